//! `destructive-reverse`: undoing the migration loses rows or values.
//!
//! ```text
//! migrations.AddField("order", "paid", models.DateField(null=True))
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::{Migration, OperationKind};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "destructive-reverse",
    summary: "undoing the migration loses rows or values",
    page: include_str!("../../../../docs/rules/destructive-reverse.md"),
    category: Category::Data,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Migration(check),
};

fn check(_: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    let found = migration.operations.iter().find_map(|operation| {
        let what = match &operation.kind {
            OperationKind::CreateModel(create) => {
                format!("the table of `{}` with its rows", create.name)
            }
            OperationKind::AddField {
                model_name, name, ..
            } => format!("the values of `{model_name}.{name}`"),
            _ => return None,
        };
        Some((operation, what))
    });
    // The first migrations of an app have nothing to go back to.
    let is_first = migration
        .dependencies
        .iter()
        .all(|it| it.target.app() != Some(migration.id.app.as_str()));
    let Some((operation, what)) = found.filter(|_| !is_first) else {
        return;
    };
    let message = format!("undoing `{}` drops {what}", migration.id);
    let mut finding = RULE
        .finding(migration, operation.name_span, message)
        .note("what was written since the release is gone with it");
    finding.subject.operation = Some(operation.describe());
    let advice = Advice::alike("go back with the code alone, and leave the tables as they are");
    out.push(advise(finding, migration, advice));
}
