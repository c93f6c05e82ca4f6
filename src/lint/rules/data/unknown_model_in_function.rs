//! `unknown-model-in-function`: a function of a migration asks for a model that does not exist by then.
//!
//! ```text
//! apps.get_model("catalog", "Boook")
//! ```

use rustc_hash::FxHashSet;

use crate::diag::wording::did_you_mean;
use crate::diag::{Diagnostic, Level};
use crate::ir::Known;
use crate::ir::body::Act;
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::schema::ModelKey;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unknown-model-in-function",
    summary: "a function of a migration asks for a model that does not exist by then",
    page: include_str!("../../../../docs/rules/unknown-model-in-function.md"),
    category: Category::Data,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let doubtful = ctx.doubtful_apps();
    for call in ctx.calls() {
        let mut told = FxHashSet::default();
        for step in &call.function.steps {
            let Act::GetModel { app, name } = &step.act else {
                continue;
            };
            let key = ModelKey::of(app, name);
            let is_missing = matches!(call.state.find(&key), Known::Yes(None));
            if !is_missing
                || step.is_guarded
                || doubtful.contains(app.as_str())
                || doubtful.contains(call.migration.id.app.as_str())
                || !ctx.graph.is_certain(app)
                || !told.insert(key.clone())
            {
                continue;
            }
            let message = format!(
                "`{}` asks for model `{app}.{name}`, which does not exist by then",
                call.name()
            );
            let mut finding = call.finding(&RULE, step, "raises `LookupError`", message);
            if let Some((creator, span)) = ctx.creation(&key) {
                if Context::is_shown(span) {
                    finding = finding.label(span, format!("`{app}.{name}` is created here"));
                }
                finding = if ctx.runs_before(creator, call.migration) {
                    finding.note("a later migration than that renames or deletes it")
                } else {
                    finding
                        .note(format!("`{}` runs later", creator.id))
                        .help(format!("depend on `{}`", creator.id))
                };
            } else {
                let label = crate::ir::AppLabel::from(app.as_str());
                let known: Vec<String> = call
                    .state
                    .models_of(&label)
                    .map(|model| model.state().name.to_string())
                    .collect();
                if let Some(near) = did_you_mean(name, known.iter().map(String::as_str)) {
                    finding = finding.help(format!("did you mean `{near}`?"));
                }
            }
            out.push(finding);
        }
    }
}
