//! `mismatched-foreign-key`: a foreign key of another type than the column that it refers
//! to.
//!
//! ```text
//! ALTER TABLE shop_order ADD payer_id integer REFERENCES shop_customer (id)    -- a bigint
//! ```

use rustc_hash::FxHashMap;

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ColumnChange, ColumnName, Constraint, ConstraintKind, Statement, TableName};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "mismatched-foreign-key",
    summary: "a foreign key of another type than the column that it refers to",
    page: include_str!("../../../../docs/rules/mismatched-foreign-key.md"),
    category: Category::Portability,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

/// A column with the one that it refers to.
struct Key<'s> {
    table: &'s TableName,
    column: &'s ColumnName,
    to_table: &'s TableName,
    to_column: &'s ColumnName,
}

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let limits = &execution.server.features.limits;
    // SQLite's columns hold values of any type.
    if execution.server.features.is_embedded || !execution.problems.is_empty() {
        return;
    }
    let is_known = |table: &TableName| execution.catalog.why_doubtful(table).is_none();
    let mut types: FxHashMap<(&TableName, &ColumnName), &str> = FxHashMap::default();
    for (action, statement, _) in execution.statements() {
        note(statement, &mut types);
        for key in keys(statement) {
            if !is_known(key.table) || !is_known(key.to_table) {
                continue;
            }
            let type_of = |table, column| {
                let made = types.get(&(table, column)).copied();
                let known = execution.catalog.column_facts(table, column);
                made.or(known.map(|facts| facts.db_type.as_str()))
            };
            let (Some(own), Some(other)) = (
                type_of(key.table, key.column).and_then(whole_number),
                type_of(key.to_table, key.to_column).and_then(whole_number),
            ) else {
                continue;
            };
            if own == other || own.0 == other.0 && !limits.matches_key_types {
                continue;
            }
            let shown = |number: WholeNumber| match number {
                (name, true) => format!("{name} unsigned"),
                (name, false) => name.to_owned(),
            };
            let (column, to) = (key.column.as_str(), key.to_table.as_str());
            let title = execution.server.dialect.title;
            let message = format!(
                "`{column}` is `{}`, and `{}` of `{to}`, which it refers to, is `{}`",
                shown(own),
                key.to_column.as_str(),
                shown(other)
            );
            let mut finding = RULE.on_action(execution, action, message);
            finding = if limits.matches_key_types {
                finding.level = Level::Error;
                finding.note(format!("{title} refuses a foreign key of another type"))
            } else {
                finding.note(format!(
                    "{title} makes it; the smaller of the two comes to its end first, and each \
                     comparison converts"
                ))
            };
            let advice = Advice::alike(format!("make `{column}` a `{}`", shown(other)));
            out.push(advise(finding, execution.migration, advice));
        }
    }
}

/// Remembers the types of the columns that a statement makes or changes.
fn note<'s>(
    statement: &'s Statement,
    types: &mut FxHashMap<(&'s TableName, &'s ColumnName), &'s str>,
) {
    match statement {
        Statement::CreateTable(create) => types.extend(
            create
                .columns
                .iter()
                .map(|column| ((&create.table, &column.name), column.db_type.as_str())),
        ),
        Statement::AddColumn { table, column } => {
            types.insert((table, &column.name), &column.db_type);
        }
        Statement::AlterColumn {
            table,
            column,
            changes,
        } => types.extend(changes.iter().filter_map(|change| match change {
            ColumnChange::Type { db_type, .. } => Some(((table, column), db_type.as_str())),
            _ => None,
        })),
        _ => {}
    }
}

fn keys(statement: &Statement) -> Vec<Key<'_>> {
    fn of<'s>(table: &'s TableName, constraint: &'s Constraint) -> Option<Key<'s>> {
        match &constraint.kind {
            ConstraintKind::ForeignKey {
                column,
                to_table,
                to_column,
            } => Some(Key {
                table,
                column,
                to_table,
                to_column,
            }),
            _ => None,
        }
    }
    let (table, columns, constraints) = match statement {
        Statement::CreateTable(create) => (
            &create.table,
            create.columns.as_slice(),
            create.constraints.as_slice(),
        ),
        Statement::AddColumn { table, column } => (table, std::slice::from_ref(&**column), &[][..]),
        Statement::AddConstraint {
            table, constraint, ..
        } => (table, &[][..], std::slice::from_ref(constraint)),
        _ => return Vec::new(),
    };
    let inline = columns.iter().filter_map(|column| {
        let reference = column.references.as_ref()?;
        Some(Key {
            table,
            column: &column.name,
            to_table: &reference.to_table,
            to_column: &reference.to_column,
        })
    });
    inline
        .chain(constraints.iter().filter_map(|it| of(table, it)))
        .collect()
}

/// A type of whole numbers, and whether it has no sign.
type WholeNumber = (&'static str, bool);

/// The type of whole numbers that a column's type is, if it is one.
fn whole_number(db_type: &str) -> Option<WholeNumber> {
    let lower = db_type.to_ascii_lowercase();
    let mut words = lower.split_whitespace();
    let name = words.next()?.split('(').next()?;
    let name = match name {
        "smallint" | "int2" | "smallserial" | "serial2" => "smallint",
        "integer" | "int" | "int4" | "serial" | "serial4" => "integer",
        "bigint" | "int8" | "bigserial" | "serial8" => "bigint",
        _ => return None,
    };
    Some((name, words.any(|word| word == "unsigned")))
}
