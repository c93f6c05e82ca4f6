//! `table-without-key`: a table without a primary key.
//!
//! ```text
//! CREATE TABLE report (day date, total int)
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
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
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, _) in execution.statements() {
        let Statement::CreateTable(create) = statement else {
            continue;
        };
        let has_key = create.columns.iter().any(|it| it.key == ColumnKey::Primary)
            || create
                .constraints
                .iter()
                .any(|it| matches!(it.kind, ConstraintKind::PrimaryKey { .. }));
        let at_end = execution.at_end.entries(&create.table);
        let has_one_later = at_end
            .iter()
            .any(|entry| entry.kind == EntryKind::PrimaryKey);
        if action.written.is_none() || has_key || has_one_later {
            continue;
        }
        let message = format!("table `{}` has no primary key", create.table.as_str());
        let finding = RULE.on_action(execution, action, message).note(
            "no row can be named: replicas find it by reading the table, and Django cannot have a model of it",
        );
        out.push(finding.help("give it a primary key"));
    }
}
