//! `table-without-key`: a table without a primary key.
//!
//! ```text
//! CREATE TABLE report (day date, total int)
//! ```

use crate::diag::Level;
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{AtEnd, Category, Check, Group, Rule};
use crate::sql::catalog::EntryKind;
use crate::sql::ddl::{ColumnKey, ConstraintKind, Statement};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "table-without-key",
    summary: "a table without a primary key",
    page: include_str!("../../../../docs/rules/table-without-key.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::AtEnd(check),
};

fn check<'p>(_: &Context<'_>, execution: &Execution<'p>, out: &mut Vec<AtEnd<'p>>) {
    for (action, statement, _) in execution.statements() {
        let Statement::CreateTable(create) = statement else {
            continue;
        };
        let has_key = create.columns.iter().any(|it| it.key == ColumnKey::Primary)
            || create
                .constraints
                .iter()
                .any(|it| matches!(it.kind, ConstraintKind::PrimaryKey { .. }));
        if action.written.is_none() || has_key {
            continue;
        }
        let message = format!("table `{}` has no primary key", create.table.as_str());
        let finding = RULE.on_action(execution, action, message).note(
            "no row can be named: replicas find it by reading the table, and Django cannot have a model of it",
        );
        let finding = finding.help("give it a primary key");
        let table = create.table.clone();
        out.push(Box::new(move |at_end| {
            let entries = at_end.entries(&table);
            let mut keys = entries.iter().map(|entry| &entry.kind);
            let has_one_later = keys.any(|kind| *kind == EntryKind::PrimaryKey);
            (!has_one_later).then_some(finding)
        }));
    }
}
