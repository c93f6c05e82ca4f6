//! `duplicate-model`: a model gets the name and the table of one that is there.
//!
//! ```text
//! migrations.CreateModel("Post", [...])   # 0001 created it already
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::schema::Fault;

use super::{finding, label, operation};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "duplicate-model",
    summary: "a model is created or renamed over one that exists",
    page: include_str!("../../../../docs/rules/duplicate-model.md"),
    category: Category::State,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (migration, error) in ctx.replay_errors() {
        let Fault::DuplicateModel { model, existing } = &error.fault else {
            continue;
        };
        let message = format!(
            "{} of `{}` makes model `{model}`, which exists already",
            operation(error),
            migration.id
        );
        let found = finding(&RULE, migration, error, message);
        out.push(label(found, *existing, format!("`{model}` is made here")));
    }
}
