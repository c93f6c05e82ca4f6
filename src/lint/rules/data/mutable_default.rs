//! `mutable-default`: a default that all new objects share.
//!
//! ```text
//! models.JSONField(default={})
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::{Migration, Value};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

use super::for_each_field;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "mutable-default",
    summary: "a default that all new objects share",
    page: include_str!("../../../../docs/rules/mutable-default.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Migration(check),
};

fn check(_: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    for_each_field(migration, &mut |operation, field, is_kept| {
        let Some(default) = field.option("default") else {
            return;
        };
        let name = match &default.value {
            Value::List(_) => "list",
            Value::Dict(_) => "dict",
            Value::Set(_) => "set",
            _ => return,
        };
        if !is_kept {
            return;
        }
        let message = format!("all objects share this {name} as their default");
        let mut finding = RULE.finding(migration, default.span, message).help(format!(
            "write `default={name}` in the model, or a function that makes it"
        ));
        finding.subject.operation = Some(operation.describe());
        out.push(finding);
    });
}
