//! `oversized-key`: an index is on longer values than the database indexes.
//!
//! ```text
//! models.CharField(max_length=1000, unique=True)    # MySQL
//! ```

use crate::diag::wording::list;
use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Action, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{
    Column, ColumnKey, ColumnName, Constraint, ConstraintKind, Indexed, Statement, TableName,
};

use super::sizes::Sizes;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "oversized-key",
    summary: "an index is on longer values than the database indexes",
    page: include_str!("../../../../docs/rules/oversized-key.md"),
    category: Category::Portability,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    // Source: MySQL 8.4, "InnoDB Limits"; MariaDB 10.11, error 1071.
    let Some(most) = execution.server.features.limits.key_bytes else {
        return;
    };
    let mut sizes = Sizes::of(&execution.catalog);
    for (action, statement, _) in execution.statements() {
        sizes.note(statement);
        for key in keys(statement) {
            let bytes: Option<u64> = key
                .columns
                .iter()
                .map(|column| sizes.key_bytes(key.table, column))
                .sum();
            let is_refused = bytes.is_some_and(|bytes| bytes > most) && refuses(execution, &key);
            if is_refused {
                let bytes = bytes.unwrap_or_default();
                out.push(finding(execution, action, &key, bytes, most));
            }
        }
    }
}

struct Key<'s> {
    table: &'s TableName,
    columns: Vec<&'s ColumnName>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Primary,
    Unique,
    Plain,
}

/// MariaDB makes a hash of what is unique, and cuts the only column of an index.
fn refuses(execution: &Execution<'_>, key: &Key<'_>) -> bool {
    !execution.server.features.limits.mends_long_keys
        || key.kind == Kind::Primary
        || key.kind == Kind::Plain && key.columns.len() > 1
}

fn keys(statement: &Statement) -> Vec<Key<'_>> {
    let of_column = |table, column: &'_ Column| match column.key {
        ColumnKey::None => None,
        ColumnKey::Primary => Some((table, Kind::Primary)),
        ColumnKey::Unique => Some((table, Kind::Unique)),
    };
    match statement {
        Statement::CreateTable(create) => {
            let columns = create.columns.iter().filter_map(|column| {
                let (table, kind) = of_column(&create.table, column)?;
                let columns = vec![&column.name];
                Some(Key {
                    table,
                    columns,
                    kind,
                })
            });
            let constraints = create.constraints.iter();
            let constraints = constraints.filter_map(|it| of_constraint(&create.table, it));
            columns.chain(constraints).collect()
        }
        Statement::AddColumn { table, column } => of_column(table, column)
            .map(|(table, kind)| {
                let columns = vec![&column.name];
                Key {
                    table,
                    columns,
                    kind,
                }
            })
            .into_iter()
            .collect(),
        Statement::AddConstraint {
            table, constraint, ..
        } => of_constraint(table, constraint).into_iter().collect(),
        Statement::CreateIndex(index) => match &index.indexed {
            Indexed::Columns(columns) if index.method.is_none() => vec![Key {
                table: &index.table,
                columns: columns.iter().map(|it| &it.name).collect(),
                kind: if index.is_unique {
                    Kind::Unique
                } else {
                    Kind::Plain
                },
            }],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn of_constraint<'s>(table: &'s TableName, constraint: &'s Constraint) -> Option<Key<'s>> {
    let (columns, kind) = match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } => (columns, Kind::Primary),
        ConstraintKind::Unique { columns, .. } => (columns, Kind::Unique),
        _ => return None,
    };
    Some(Key {
        table,
        columns: columns.iter().collect(),
        kind,
    })
}

fn finding(
    execution: &Execution<'_>,
    action: &Action<'_>,
    key: &Key<'_>,
    bytes: u64,
    most: u64,
) -> Diagnostic {
    let title = execution.server.dialect.title;
    let columns: Vec<&str> = key.columns.iter().map(|it| it.as_str()).collect();
    let message = format!(
        "a key on {} of `{}` takes {bytes} bytes, and {title} indexes {most}",
        list(&columns),
        key.table.as_str()
    );
    let finding = RULE.on_action(execution, action, message).note(
        "a character takes four bytes in `utf8mb4`, the usual character set; with another one \
         the key may be short enough",
    );
    let advice = Advice::alike("give the columns a shorter `max_length`, 768 characters in all");
    advise(finding, execution.migration, advice)
}
