//! `lost-attribute`: `MODIFY` drops what it does not state again.
//!
//! ```text
//! ALTER TABLE shop_order MODIFY total bigint    -- it was NOT NULL
//! ```

use crate::diag::wording::list;
use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::catalog::EntryKind;
use crate::sql::ddl::{ColumnChange, ColumnName, Statement, TableName};
use crate::sql::dialect::ColumnChecks;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "lost-attribute",
    summary: "MODIFY drops what it does not state again",
    page: include_str!("../../../../docs/rules/lost-attribute.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    if !execution.server.features.restates_columns {
        return;
    }
    for (action, statement, _) in execution.statements() {
        let Statement::AlterColumn {
            table,
            column,
            changes,
        } = statement
        else {
            continue;
        };
        // Django states what it keeps.
        if action.written.is_none() {
            continue;
        }
        let Some(facts) = execution.catalog.column_facts(table, column) else {
            continue;
        };
        let Some(kept) = changes.iter().find_map(|change| match change {
            ColumnChange::Type { kept, .. } => Some(kept),
            _ => None,
        }) else {
            continue;
        };
        let text = action.sql().unwrap_or_default().to_ascii_lowercase();
        let lost = [
            (!facts.is_null && kept.is_null == Some(true), "NOT NULL"),
            (facts.has_default && kept.default.is_none(), "DEFAULT"),
            (
                facts
                    .db_type
                    .to_ascii_lowercase()
                    .contains("auto_increment")
                    && !text.contains("auto_increment"),
                "AUTO_INCREMENT",
            ),
            (
                has_own_check(execution, table, column) && !text.contains("check"),
                "CHECK",
            ),
        ];
        let lost: Vec<&str> = lost
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, what)| *what)
            .collect();
        if lost.is_empty() {
            continue;
        }
        let (name, of) = (column.as_str(), table.as_str());
        let message = format!("`{name}` of `{of}` loses {}", list(&lost));
        let title = execution.server.dialect.title;
        let finding = RULE.on_action(execution, action, message).note(format!(
            "to {title}, `MODIFY` and `CHANGE` say all that the column is from there on"
        ));
        let advice = Advice::alike(format!("state {} again", list(&lost)));
        out.push(advise(finding, execution.migration, advice));
    }
}

/// Whether the column has a check without a name, which goes with its definition.
fn has_own_check(execution: &Execution<'_>, table: &TableName, column: &ColumnName) -> bool {
    execution.server.features.checks == ColumnChecks::Column
        && execution.catalog.entries(table).iter().any(|entry| {
            entry.kind == EntryKind::Column { has_check: true }
                && entry.columns.first() == Some(column)
        })
}
