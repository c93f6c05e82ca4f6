//! `index-gap`: an index is dropped before the one that takes its place is there.
//!
//! ```text
//! RemoveIndexConcurrently("order", "by_total"),
//! AddIndexConcurrently("order", models.Index(fields=["total", "id"], name="by_total_id")),
//! ```

use smol_str::SmolStr;

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Action, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::catalog::Entry;
use crate::sql::ddl::{Indexed, Statement, TableName};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "index-gap",
    summary: "an index is dropped before the one that takes its place is there",
    page: include_str!("../../../../docs/rules/index-gap.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let mut dropped: Vec<(&Action<'_>, &TableName, &SmolStr, &Entry)> = Vec::new();
    for (action, statement, _) in execution.statements() {
        match statement {
            Statement::DropIndex { table, name, .. } if execution.is_felt(table) => {
                let entry = execution
                    .catalog
                    .named(table, &execution.server.quoting.introspected(name));
                dropped.extend(entry.map(|entry| (action, table, name, entry)));
            }
            Statement::CreateIndex(index) => {
                let Indexed::Columns(columns) = &index.indexed else {
                    continue;
                };
                let begins = |entry: &Entry| {
                    !entry.columns.is_empty()
                        && columns.len() >= entry.columns.len()
                        && entry
                            .columns
                            .iter()
                            .zip(columns)
                            .all(|(old, new)| *old == new.name)
                };
                let gap = dropped.iter().find(|(earlier, table, _, entry)| {
                    let is_one_step =
                        earlier.transaction.is_some() && earlier.transaction == action.transaction;
                    let is_one_operation = std::ptr::eq(earlier.operation, action.operation);
                    **table == index.table && !is_one_step && !is_one_operation && begins(entry)
                });
                if let Some((earlier, table, name, _)) = gap {
                    out.push(finding(execution, earlier, action, (table, name)));
                }
            }
            _ => {}
        }
    }
}

fn finding(
    execution: &Execution<'_>,
    earlier: &Action<'_>,
    action: &Action<'_>,
    (table, name): (&TableName, &SmolStr),
) -> Diagnostic {
    let table = table.as_str();
    let message =
        format!("`{table}` has neither `{name}` nor the index that replaces it for a while");
    let finding = RULE
        .on_action(execution, earlier, message)
        .label(action.place, "the new one is built here")
        .note("until it is built, searches that used the old one read the whole table");
    let advice =
        Advice::alike("make the new index first, under another name, and drop the old one then");
    advise(finding, execution.migration, advice)
}
