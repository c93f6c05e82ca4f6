//! `forgotten-not-null-column`: the models forget a column that stays, and that needs a value.
//!
//! ```text
//! SeparateDatabaseAndState(state_operations=[migrations.RemoveField("order", "note")])
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::{FieldKind, FieldName, Operation};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Deed, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::schema::{FieldState, Model};
use crate::sql::ddl::{Statement, TableName};
use smol_str::SmolStr;

use super::made_here;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "forgotten-not-null-column",
    summary: "the models forget a NOT NULL column that stays and has no default",
    page: include_str!("../../../../docs/rules/forgotten-not-null-column.md"),
    category: Category::Rollout,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    if !execution.problems.is_empty() {
        return;
    }
    for removal in execution.removals() {
        let (Some(model), name) = (execution.before.model(&removal.model), &removal.field) else {
            continue;
        };
        if model.why_uncertain().is_some() || execution.server.has_table_of(&model) != Some(true) {
            continue;
        }
        // Nobody inserts by a model that is forgotten as a whole, and what a function does
        // beside the removal is not known.
        if execution.after.model(&removal.model).is_none()
            || runs_function(execution, removal.operation)
        {
            continue;
        }
        let Some(field) = field_named(&model, name) else {
            continue;
        };
        let needs_value = field.field.flag("null", false) == Some(false)
            && field.field.flag("primary_key", false) == Some(false)
            && field.field.option("db_default").is_none()
            && is_plain(&field);
        let (Some(table), Some(column)) =
            (execution.server.table_of(&model), column_of(&model, &field))
        else {
            continue;
        };
        if !needs_value || touches(execution, &table, &column) {
            continue;
        }
        let table = table.as_str();
        let message = format!(
            "the models forget `{column}` of `{table}`, which stays, is `NOT NULL` and has no \
             default"
        );
        let finding = RULE
            .finding(execution.migration, removal.place, message)
            .note(format!(
                "code that does not know `{column}` cannot insert rows into `{table}`"
            ));
        let finding = made_here(finding, field.origin, "the field is from here");
        let advice = Advice::alike(format!(
            "in the same migration, `ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL` or \
             give it a default"
        ));
        out.push(advise(finding, execution.migration, advice));
    }
}

fn runs_function(execution: &Execution<'_>, operation: &Operation) -> bool {
    let mut actions = execution.actions.iter();
    actions.any(|it| matches!(it.deed, Deed::Python(_)) && std::ptr::eq(it.operation, operation))
}

fn field_named(model: &Model<'_>, name: &FieldName) -> Option<FieldState> {
    let fields = model.local_fields();
    let mut fields = fields.known()?.iter();
    fields.find(|field| field.name == *name).cloned()
}

/// Whether a field has a column that code fills.
fn is_plain(field: &FieldState) -> bool {
    field.field.kind.known().is_some_and(|kind| {
        !matches!(
            kind,
            FieldKind::GeneratedField | FieldKind::ManyToManyField | FieldKind::OrderWrt
        )
    })
}

fn column_of(model: &Model<'_>, field: &FieldState) -> Option<SmolStr> {
    model.column(field).known()?.clone()
}

/// Whether a statement of the migration drops or changes the column, or may.
fn touches(execution: &Execution<'_>, table: &TableName, column: &str) -> bool {
    let mut statements = execution.statements();
    statements.any(|(_, statement, _)| match statement {
        Statement::DropColumn {
            table: of,
            column: name,
        }
        | Statement::AlterColumn {
            table: of,
            column: name,
            ..
        }
        | Statement::RenameColumn {
            table: of,
            from: name,
            ..
        } => of == table && name.as_str().eq_ignore_ascii_case(column),
        Statement::DropTable { table: of } | Statement::RenameTable { from: of, .. } => of == table,
        Statement::Raw { .. } => true,
        _ => false,
    })
}
