//! `renamed-model-variable`: a variable is called otherwise than the model that it holds.
//!
//! ```text
//! Item = apps.get_model("shop", "Order")
//! ```

use rustc_hash::FxHashSet;

use crate::base::Span;
use crate::diag::{Diagnostic, Level};
use crate::ir::body::{Act, ModelRef, Step};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "renamed-model-variable",
    summary: "a variable is called otherwise than the model that it holds",
    page: include_str!("../../../../docs/rules/renamed-model-variable.md"),
    category: Category::Data,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut told: FxHashSet<Span> = FxHashSet::default();
    for call in ctx.calls() {
        let variables = &call.function.model_variables;
        for variable in variables {
            let ModelRef::State { app, name } = &variable.model else {
                continue;
            };
            // A variable that holds several models in turn has no name of its own.
            let holds_others = variables
                .iter()
                .any(|it| it.span == variable.span && it.model != variable.model);
            if holds_others || is_of_model(&variable.name, name) || !told.insert(variable.span) {
                continue;
            }
            let shown = Step {
                act: Act::GetModel {
                    app: app.clone(),
                    name: name.clone(),
                },
                span: variable.span,
                via: None,
                within: None,
                is_guarded: false,
                is_conditional: false,
            };
            let message = format!("`{}` holds model `{app}.{name}`", variable.name);
            let finding = call.finding(&RULE, &shown, "this variable", message);
            out.push(finding.help(format!("call it `{name}`")));
        }
    }
}

/// Whether a variable's name tells of the model: it is its name, or a part of that, or says
/// no more than that it is a model.
fn is_of_model(variable: &str, model: &str) -> bool {
    let plain = |name: &str| name.to_ascii_lowercase().replace('_', "");
    let (variable, model) = (plain(variable), plain(model));
    variable.contains(&model)
        || variable.len() > 2 && model.contains(&variable)
        || ["model", "cls", "klass"].contains(&variable.as_str())
}
