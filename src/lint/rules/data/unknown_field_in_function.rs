//! `unknown-field-in-function`: a function of a migration uses a field that does not exist by then.
//!
//! ```text
//! Book.objects.filter(titel="")
//! ```

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::diag::wording::did_you_mean;
use crate::diag::{Diagnostic, Level};
use crate::ir::body::{Act, Owner, Step};
use crate::lint::calls::{Call, key};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

use super::{Missing, elsewhere, missing_attribute, missing_lookup};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unknown-field-in-function",
    summary: "a function of a migration uses a field that does not exist by then",
    page: include_str!("../../../../docs/rules/unknown-field-in-function.md"),
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
        if doubtful.contains(call.migration.id.app.as_str()) {
            continue;
        }
        let mut told = FxHashSet::default();
        for step in &call.function.steps {
            let Some(missing) = missing(ctx, call, step) else {
                continue;
            };
            let on = missing.model.clone();
            if doubtful.contains(on.app()) || !told.insert((on.clone(), missing.name.clone())) {
                continue;
            }
            let message = format!(
                "`{}` uses field `{}` of `{on}`, which has no such field by then",
                call.name(),
                missing.name
            );
            let mut finding = call.finding(&RULE, step, "no field of the model", message);
            let near = did_you_mean(&missing.name, missing.fields.iter().map(SmolStr::as_str));
            if let Some((migration, span, what)) = elsewhere(ctx, &on, &missing.name) {
                if Context::is_shown(span) {
                    finding = finding.label(span, format!("{what} in `{}`", migration.id));
                }
            } else if let Some(near) = near {
                finding = finding.help(format!("did you mean `{near}`?"));
            }
            out.push(finding);
        }
    }
}

fn missing(ctx: &Context<'_>, call: &Call<'_>, step: &Step) -> Option<Missing> {
    match &step.act {
        Act::Field { model, path } => missing_lookup(call, &key(model)?, path),
        // An attribute of no field is a fault of this rule if it was ever a field.
        Act::Attribute {
            model,
            of: Owner::Row,
            path,
            is_call: false,
        } => {
            let found = missing_attribute(call, &key(model)?, path)?;
            let was_field = elsewhere(ctx, &found.model, &found.name).is_some();
            was_field.then_some(found)
        }
        _ => None,
    }
}
