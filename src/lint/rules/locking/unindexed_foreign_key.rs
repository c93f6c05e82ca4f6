//! `unindexed-foreign-key`: a foreign key has no index.
//!
//! ```text
//! models.ForeignKey("shop.customer", models.PROTECT, db_index=False)
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Action, Execution, Site};
use crate::lint::rule::{AtEnd, Category, Check, Group, Rule};
use crate::sql::catalog::{Catalog, Entry, EntryKind};
use crate::sql::ddl::{ColumnName, ConstraintKind, Statement, TableName};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unindexed-foreign-key",
    summary: "a foreign key has no index",
    page: include_str!("../../../../docs/rules/unindexed-foreign-key.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::AtEnd(check),
};

fn check<'p>(_: &Context<'_>, execution: &Execution<'p>, out: &mut Vec<AtEnd<'p>>) {
    // MySQL and MariaDB make one by themselves.
    if execution.server.features.foreign_keys_have_indexes {
        return;
    }
    for (action, statement, _) in execution.statements() {
        match statement {
            Statement::CreateTable(create) => {
                for column in create.columns.iter().filter(|it| it.references.is_some()) {
                    out.extend(question(execution, action, &create.table, &column.name));
                }
                for constraint in &create.constraints {
                    if let ConstraintKind::ForeignKey { column, .. } = &constraint.kind {
                        out.extend(question(execution, action, &create.table, column));
                    }
                }
            }
            Statement::AddColumn { table, column } if column.references.is_some() => {
                out.extend(question(execution, action, table, &column.name));
            }
            Statement::AddConstraint {
                table, constraint, ..
            } => {
                if let ConstraintKind::ForeignKey { column, .. } = &constraint.kind {
                    out.extend(question(execution, action, table, column));
                }
            }
            _ => {}
        }
    }
}

fn question<'p>(
    execution: &Execution<'p>,
    action: &Action<'p>,
    table: &TableName,
    column: &ColumnName,
) -> Option<AtEnd<'p>> {
    if execution.is_small(table) {
        return None;
    }
    let (site, title) = (execution.site(action), execution.server.dialect.title);
    let (table, column) = (table.clone(), column.clone());
    Some(Box::new(move |at_end| {
        finding(at_end, site, title, &table, &column)
    }))
}

/// A finding on a foreign key that still is there without an index when all migrations
/// have run.
fn finding(
    at_end: &Catalog,
    site: Site<'_>,
    title: &str,
    table: &TableName,
    column: &ColumnName,
) -> Option<Diagnostic> {
    if at_end.why_doubtful(table).is_some() {
        return None;
    }
    let entries = at_end.entries(table);
    let begins = |entry: &Entry| entry.columns.first() == Some(column);
    let mut keys = entries.iter().filter(|entry| begins(entry));
    let to_table = keys.find_map(|entry| match &entry.kind {
        EntryKind::ForeignKey { to_table, .. } if entry.columns.len() == 1 => Some(to_table),
        _ => None,
    })?;
    let serves = |entry: &Entry| entry.kind.has_index() && (begins(entry) || entry.uses(column));
    if entries.iter().any(serves) {
        return None;
    }
    let (table, column, to_table) = (table.as_str(), column.as_str(), to_table.as_str());
    let message = format!("foreign key `{column}` of `{table}` has no index");
    let finding = RULE.on_site(site, message).note(format!(
        "whoever deletes a row of `{to_table}`, or changes its key, makes {title} read all of \
         `{table}`"
    ));
    let advice = Advice::new(
        "leave `db_index=False` out, or add an index that begins with it: \
         `AddIndexConcurrently` where the table has rows",
        "leave `index=false` out, or add an index that begins with it: `add index ... \
         concurrently` where the table has rows",
    );
    Some(advise(finding, site.migration, advice))
}
