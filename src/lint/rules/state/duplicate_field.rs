//! `duplicate-field`: a field gets the name of one that the model has.
//!
//! ```text
//! migrations.AddField("post", "title", models.TextField())   # 0001 has `title`
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::schema::Fault;

use super::{finding, label, operation};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "duplicate-field",
    summary: "a field is added or renamed over one that the model has",
    page: include_str!("../../../../docs/rules/duplicate-field.md"),
    category: Category::State,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (migration, error) in ctx.replay_errors() {
        let Fault::DuplicateField {
            model,
            field,
            inherited_from,
            existing,
        } = &error.fault
        else {
            continue;
        };
        let whose = match inherited_from {
            Some(base) => format!("inherits from `{base}`"),
            None => "has already".to_owned(),
        };
        let message = format!(
            "{} of `{}` makes field `{field}`, which `{model}` {whose}",
            operation(error),
            migration.id
        );
        let found = finding(&RULE, migration, error, message);
        out.push(label(found, *existing, format!("`{field}` is made here")));
    }
}
