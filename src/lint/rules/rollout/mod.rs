//! Rules on what a deployment does to code that still runs: for a while, old code meets
//! the new schema, and after a step back new code meets the old one.

pub(super) mod changed_default_in_use;
pub(super) mod changed_type_in_use;
pub(super) mod dropped_column_in_use;
pub(super) mod dropped_not_null;
pub(super) mod dropped_table_in_use;
pub(super) mod forgotten_not_null_column;
pub(super) mod missing_deploy_phase;
pub(super) mod mixed_phases;
pub(super) mod narrowed_column;
pub(super) mod not_null_without_db_default;
pub(super) mod not_null_without_default;
pub(super) mod renamed_column_in_use;
pub(super) mod renamed_table_in_use;
pub(super) mod renamed_type_in_use;
pub(super) mod tightened_table_in_use;

use crate::lint::context::Context;
use crate::lint::execution::{Action, Execution};
use crate::schema::{FieldState, Model};
use crate::sql::ddl::{ColumnName, TableName};

/// The model whose rows a table holds for code that was written before the migration.
pub(super) fn model_of<'e>(
    execution: &'e Execution<'_>,
    action: &Action<'_>,
    table: &TableName,
) -> Option<Model<'e>> {
    let state = execution.before;
    let app = &execution.migration.id.app;
    let holds = |model: &Model<'_>| execution.server.table_of(model).as_ref() == Some(table);
    let named = action.operation.model_name();
    let named = named.and_then(|name| state.model(&crate::schema::ModelKey::new(app, name)));
    if let Some(model) = named.filter(holds) {
        return Some(model);
    }
    // The table of a many-to-many field belongs to no model of the state.
    state.models().find(holds)
}

/// The field that code which was written before the migration keeps in a column.
pub(super) fn field_of(model: &Model<'_>, column: &ColumnName) -> Option<FieldState> {
    let fields = model.local_fields();
    let fields = fields.known()?.iter();
    let mut fields = fields.filter(|field| {
        let known = model.column(field);
        let name = known.known().and_then(Option::as_ref);
        name.is_some_and(|name| name.eq_ignore_ascii_case(column.as_str()))
    });
    fields.next().cloned()
}

/// A label at what made a thing, if that can be shown.
pub(super) fn made_here(
    finding: crate::diag::Diagnostic,
    origin: crate::base::Span,
    message: impl Into<String>,
) -> crate::diag::Diagnostic {
    if Context::is_shown(origin) {
        finding.label(origin, message)
    } else {
        finding
    }
}
