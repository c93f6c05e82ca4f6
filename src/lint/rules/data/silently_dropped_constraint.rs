//! `silently-dropped-constraint`: a constraint on several columns goes with one of them.
//!
//! ```text
//! migrations.RemoveField("order", "number")    # `unique_together` has it
//! ```

use crate::diag::wording::list;
use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Action, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::catalog::{Entry, EntryKind};
use crate::sql::ddl::{ColumnName, Statement, TableName};
use smol_str::SmolStr;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "silently-dropped-constraint",
    summary: "a constraint goes with one of its columns",
    page: include_str!("../../../../docs/rules/silently-dropped-constraint.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let features = &execution.server.features;
    // MySQL leaves the index to the other columns, SQLite makes the table anew.
    if features.indexes_outlive_columns || features.is_embedded {
        return;
    }
    // What could not be planned may have dropped it.
    if !execution.problems.is_empty() {
        return;
    }
    let mut dropped: Vec<SmolStr> = Vec::new();
    for (action, statement, _) in execution.statements() {
        match statement {
            Statement::DropConstraint { name, .. } | Statement::DropIndex { name, .. } => {
                dropped.push(execution.server.quoting.introspected(name));
            }
            Statement::DropColumn { table, column }
                if execution.is_old(table) && execution.catalog.why_doubtful(table).is_none() =>
            {
                let lost = execution.catalog.entries(table).iter().filter(|entry| {
                    keeps_rows_right(entry, column) && !dropped.contains(&entry.name)
                });
                for entry in lost {
                    out.push(finding(execution, action, (table, column), entry));
                }
            }
            _ => {}
        }
    }
}

/// Whether an entry is about this column and others.
fn keeps_rows_right(entry: &Entry, column: &ColumnName) -> bool {
    let (is_constraint, columns) = match &entry.kind {
        EntryKind::Unique
        | EntryKind::Exclusion
        | EntryKind::PrimaryKey
        | EntryKind::Index {
            is_unique: true, ..
        } => (true, &entry.columns),
        EntryKind::Check => (true, &entry.detail.uses),
        EntryKind::ForeignKey { .. }
        | EntryKind::NotNull
        | EntryKind::Index {
            is_unique: false, ..
        }
        | EntryKind::Column { .. }
        | EntryKind::Sequence => (false, &entry.columns),
    };
    is_constraint && columns.len() > 1 && columns.contains(column)
}

fn finding(
    execution: &Execution<'_>,
    action: &Action<'_>,
    (table, column): (&TableName, &ColumnName),
    entry: &Entry,
) -> Diagnostic {
    let title = execution.server.dialect.title;
    let (table, column, name) = (table.as_str(), column.as_str(), &entry.name);
    let message = format!("constraint `{name}` of `{table}` goes with column `{column}`");
    let columns = match entry.kind {
        EntryKind::Check => &entry.detail.uses,
        _ => &entry.columns,
    };
    let others: Vec<&str> = columns
        .iter()
        .map(ColumnName::as_str)
        .filter(|it| *it != column)
        .collect();
    let stay = if others.len() == 1 { "stays" } else { "stay" };
    let finding = RULE.on_action(execution, action, message).note(format!(
        "{title} drops it without a word; {} {stay}, and nothing is left of it there",
        list(&others)
    ));
    let advice = Advice::alike(
        "drop the constraint by name in an operation before this one, and make the one that is \
         to hold for what stays",
    );
    advise(finding, execution.migration, advice)
}
