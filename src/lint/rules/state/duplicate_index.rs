//! `duplicate-index`: an index gets the name of one that the model has.
//!
//! ```text
//! migrations.AddIndex("post", models.Index(fields=["slug"], name="post_slug_idx"))
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::schema::Fault;

use super::{finding, label, operation};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "duplicate-index",
    summary: "an index is added under a name that the model has for another",
    page: include_str!("../../../../docs/rules/duplicate-index.md"),
    category: Category::State,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (migration, error) in ctx.replay_errors() {
        let Fault::DuplicateIndex {
            model,
            name,
            existing,
        } = &error.fault
        else {
            continue;
        };
        let message = format!(
            "{} of `{}` makes index `{name}`, which `{model}` has already",
            operation(error),
            migration.id
        );
        let found = finding(&RULE, migration, error, message);
        out.push(label(found, *existing, format!("`{name}` is made here")));
    }
}
