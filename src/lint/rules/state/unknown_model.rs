//! `unknown-model`: an operation on a model that does not exist at that point.
//!
//! ```text
//! migrations.AddField("pots", "slug", models.SlugField())
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::schema::Fault;

use super::{finding, gone_or_meant, label, operation};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unknown-model",
    summary: "an operation on a model that does not exist at that point",
    page: include_str!("../../../../docs/rules/unknown-model.md"),
    category: Category::State,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (migration, error) in ctx.replay_errors() {
        let Fault::UnknownModel {
            model,
            gone,
            models,
        } = &error.fault
        else {
            continue;
        };
        let message = format!(
            "{} of `{}` is about model `{model}`, which does not exist by then",
            operation(error),
            migration.id
        );
        let mut found = finding(&RULE, migration, error, message);
        let later = ctx.creation(model).filter(|_| gone.is_none());
        if let Some((creator, span)) = later {
            found = label(found, span, format!("`{model}` is created here"));
            if creator.id != migration.id {
                found = found.note(format!("`{}` runs later", creator.id));
            }
        } else {
            let what = format!("`{model}`");
            found = gone_or_meant(found, &what, model.name(), gone.as_ref(), models);
        }
        out.push(found);
    }
}
