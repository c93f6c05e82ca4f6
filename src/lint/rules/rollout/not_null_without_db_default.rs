//! `not-null-without-db-default`: a new column needs a value that code which still runs does not give.
//!
//! ```text
//! migrations.AddField("order", "paid", models.BooleanField(default=False))
//! ```
//!
//! Django gives the default to the rows that are there, and takes it out of the column
//! at once.

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{Column, ColumnChange, ColumnKey, Statement, TableName};

use super::model_of;
use super::not_null_without_default::fails_on_rows;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "not-null-without-db-default",
    summary: "a new NOT NULL column has no default in the database",
    page: include_str!("../../../../docs/rules/not-null-without-db-default.md"),
    category: Category::Rollout,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, effects) in execution.statements() {
        let Statement::AddColumn { table, column } = statement else {
            continue;
        };
        if !execution.is_old(table)
            || column.is_null
            || column.generated.is_some()
            || column.key == ColumnKey::Primary
            || fails_on_rows(effects)
            || keeps_default(execution, table, column)
        {
            continue;
        }
        // Nobody inserts into a table for which there was no model.
        if model_of(execution, action, table).is_none() {
            continue;
        }
        let (table, column) = (table.as_str(), column.name.as_str());
        let message = format!("new column `{column}` of `{table}` has no default in the database");
        let finding = RULE.on_action(execution, action, message).note(format!(
            "code that runs does not know `{column}`: its inserts into `{table}` fail until the \
             last of it is gone, and again after a step back"
        ));
        let advice = Advice::new(
            "give the field a `db_default` (Django 5.0), or add it with `null=True` and make it \
             `NOT NULL` in a later release",
            "give the field a `db_default`, or add it as `null` and make it `NOT NULL` in a \
             later release",
        );
        out.push(advise(finding, execution.migration, advice));
    }
}

/// Whether the database gives a value to rows of which nobody names one.
fn keeps_default(execution: &Execution<'_>, table: &TableName, column: &Column) -> bool {
    if column.default.is_none() {
        return false;
    }
    let mut statements = execution.statements();
    !statements.any(|(_, statement, _)| match statement {
        Statement::AlterColumn {
            table: of,
            column: name,
            changes,
        } => {
            of == table
                && *name == column.name
                && changes
                    .iter()
                    .any(|change| matches!(change, ColumnChange::DropDefault { .. }))
        }
        _ => false,
    })
}
