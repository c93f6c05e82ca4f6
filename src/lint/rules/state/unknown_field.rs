//! `unknown-field`: an operation on, or an index over, a field that does not exist.
//!
//! ```text
//! migrations.RemoveField("post", "slgu")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::schema::Fault;

use super::{finding, gone_or_meant, label, operation};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unknown-field",
    summary: "an operation names a field that does not exist at that point",
    page: include_str!("../../../../docs/rules/unknown-field.md"),
    category: Category::State,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (migration, error) in ctx.replay_errors() {
        let Fault::UnknownField {
            model,
            field,
            gone,
            model_origin,
            fields,
        } = &error.fault
        else {
            continue;
        };
        let message = format!(
            "{} of `{}` names field `{field}`, which `{model}` does not have by then",
            operation(error),
            migration.id
        );
        let found = finding(&RULE, migration, error, message);
        let what = format!("`{field}`");
        let found = gone_or_meant(found, &what, field.as_str(), gone.as_ref(), fields);
        out.push(if gone.is_none() {
            label(found, *model_origin, format!("`{model}` is made here"))
        } else {
            found
        });
    }
}
