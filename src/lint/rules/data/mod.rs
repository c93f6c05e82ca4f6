//! Rules on rows: what is lost, what fails on them, what changes them: functions, SQL and
//! defaults.

pub(super) mod called_default;
pub(super) mod called_function;
pub(super) mod cascading_drop;
pub(super) mod copied_table;
pub(super) mod corrupting_concurrent_index;
pub(super) mod created_enum;
pub(super) mod destructive_reverse;
pub(super) mod discouraged_type;
pub(super) mod dropped_constraint;
pub(super) mod dropped_schema;
pub(super) mod enum_value_used_at_once;
pub(super) mod formatted_sql;
pub(super) mod half_applied_migration;
pub(super) mod ignored_database_alias;
pub(super) mod imported_app_code;
pub(super) mod imported_model;
pub(super) mod ineffective_setting;
pub(super) mod irreversible_function;
pub(super) mod irreversible_sql;
pub(super) mod long_transaction;
pub(super) mod lost_attribute;
pub(super) mod lost_trigger;
pub(super) mod missing_historical_method;
pub(super) mod missing_permission;
pub(super) mod mixed_schema_and_data;
pub(super) mod mutable_default;
pub(super) mod non_elidable_data;
pub(super) mod null_becomes_zero;
pub(super) mod outside_effect;
pub(super) mod pending_trigger_events;
pub(super) mod reducible_operations;
pub(super) mod redundant_index;
pub(super) mod renamed_model_variable;
pub(super) mod row_by_row_write;
pub(super) mod schema_change_in_function;
pub(super) mod shared_default_for_unique;
pub(super) mod short_integer_key;
pub(super) mod silently_dropped_constraint;
pub(super) mod table_without_key;
pub(super) mod transaction_in_sql;
pub(super) mod trigger_left_disabled;
pub(super) mod truncated_table;
pub(super) mod unbatched_read;
pub(super) mod unbounded_sql_update;
pub(super) mod unbounded_update;
pub(super) mod unconventional_argument_names;
pub(super) mod undeclared_app_in_function;
pub(super) mod unfilled_not_null;
pub(super) mod unknown_field_in_function;
pub(super) mod unknown_model_in_function;
pub(super) mod unlogged_table;
pub(super) mod unordered_enum_value;
pub(super) mod unqualified_table;
pub(super) mod unrepeatable_statement;
pub(super) mod untracked_schema_change;
pub(super) mod wide_index;
pub(super) mod wrong_function_signature;

use smol_str::SmolStr;

use crate::base::Span;
use crate::ir::{Field, Migration, Operation, OperationKind};
use crate::lint::calls::Call;
use crate::lint::context::Context;
use crate::lint::names::{Leads, is_of_every_row};
use crate::schema::ModelKey;
use crate::sql::ddl::{ColumnChange, ColumnName, Statement};

/// A name that a model does not have.
struct Missing {
    model: ModelKey,
    name: SmolStr,
    fields: Vec<SmolStr>,
}

/// The part of a lookup that names nothing: `titel` of `author__titel__in`.
fn missing_lookup(call: &Call<'_>, key: &ModelKey, path: &str) -> Option<Missing> {
    let function = call.function;
    let is_new = |name: &str| function.introduced.iter().any(|known| known == name);
    if function.introduces_unknown || is_new(path) {
        return None;
    }
    let mut model = key.clone();
    let mut parts = path.split("__").enumerate().peekable();
    while let Some((at, part)) = parts.next() {
        let is_last = parts.peek().is_none();
        let is_key = is_last && part == "pk";
        if is_key || call.ends_at_field(&model, part, is_last) {
            return None;
        }
        let names = call.names(&model)?;
        // `prefetch_related` goes by the names of attributes.
        let found = names
            .lookup(part)
            .or_else(|| names.attributes.get(part).cloned());
        match found {
            Some(Leads::Row(next) | Leads::Rows(next)) => model = next,
            Some(Leads::Value | Leads::Unknown) => return None,
            None if is_new(part) || at > 0 && is_lookup(part) || part.is_empty() => return None,
            None => {
                return Some(Missing {
                    model,
                    name: SmolStr::new(part),
                    fields: names.fields.clone(),
                });
            }
        }
    }
    None
}

/// The attribute on the way from a row that names nothing.
fn missing_attribute(call: &Call<'_>, key: &ModelKey, path: &[SmolStr]) -> Option<Missing> {
    let function = call.function;
    if function.introduces_unknown {
        return None;
    }
    let mut model = key.clone();
    for (at, part) in path.iter().enumerate() {
        let is_new = function.introduced.iter().any(|known| known == part);
        let is_last = at + 1 == path.len();
        let is_given = is_last && is_of_every_row(part);
        if is_new || is_given || call.ends_at_field(&model, part, is_last) {
            return None;
        }
        let names = call.names(&model)?;
        match names.attribute(part) {
            Some(Leads::Row(next)) => model = next,
            Some(Leads::Value | Leads::Rows(_) | Leads::Unknown) => return None,
            // Which of several fields a helper is about shows only when it runs.
            None if path.len() > 1
                && matches!(part.as_str(), "set" | "add" | "remove" | "clear") =>
            {
                return None;
            }
            None => {
                return Some(Missing {
                    model,
                    name: part.clone(),
                    fields: names.fields.clone(),
                });
            }
        }
    }
    None
}

/// Lookups that relations have. Source: `django/db/models/fields/related_lookups.py`
/// and `fields/related.py`, 5.2.
fn is_lookup(name: &str) -> bool {
    matches!(
        name,
        "exact"
            | "iexact"
            | "in"
            | "gt"
            | "gte"
            | "lt"
            | "lte"
            | "isnull"
            | "range"
            | "contains"
            | "icontains"
            | "startswith"
            | "istartswith"
            | "endswith"
            | "iendswith"
            | "regex"
            | "iregex"
    )
}

/// Where a migration of the app adds, renames or removes a field of the name, and which
/// of these.
fn elsewhere<'p>(
    ctx: &Context<'p>,
    model: &ModelKey,
    name: &str,
) -> Option<(&'p Migration, Span, &'static str)> {
    let app = ctx.app(model.app())?;
    app.migrations.iter().find_map(|migration| {
        let found = migration.walk_operations().find_map(|operation| {
            let is_about = operation
                .model_name()
                .is_some_and(|it| it.key() == model.name());
            if !is_about {
                return None;
            }
            match &operation.kind {
                OperationKind::CreateModel(create) => create
                    .fields
                    .iter()
                    .find(|(field, _)| field.value.as_str() == name)
                    .map(|(field, _)| (field.span, "it is a field")),
                OperationKind::AddField { name: field, .. } if field.as_str() == name => {
                    Some((operation.span, "it is added"))
                }
                OperationKind::RenameField {
                    old_name, new_name, ..
                } if old_name.as_str() == name || new_name.as_str() == name => {
                    Some((operation.span, "a field is renamed"))
                }
                OperationKind::RemoveField { name: field, .. } if field.as_str() == name => {
                    Some((operation.span, "it is removed"))
                }
                _ => None,
            }
        });
        found.map(|(span, what)| (migration, span, what))
    })
}

/// Calls with every field that a migration makes or alters, and whether its default is
/// kept.
pub(super) fn for_each_field<'p>(
    migration: &'p Migration,
    visit: &mut dyn FnMut(&'p Operation, &'p Field, bool),
) {
    for operation in migration.walk_operations() {
        match &operation.kind {
            OperationKind::CreateModel(create) => {
                for (_, field) in &create.fields {
                    visit(operation, field, true);
                }
            }
            OperationKind::AddField {
                field,
                preserve_default,
                ..
            }
            | OperationKind::AlterField {
                field,
                preserve_default,
                ..
            } => visit(operation, field, *preserve_default),
            _ => {}
        }
    }
}

/// The columns that a statement makes or gives another type, with their types.
fn typed_columns(statement: &Statement) -> Vec<(&ColumnName, &str)> {
    match statement {
        Statement::CreateTable(create) => create
            .columns
            .iter()
            .map(|column| (&column.name, column.db_type.as_str()))
            .collect(),
        Statement::AddColumn { column, .. } => vec![(&column.name, column.db_type.as_str())],
        Statement::AlterColumn {
            column, changes, ..
        } => changes
            .iter()
            .filter_map(|change| match change {
                ColumnChange::Type { db_type, .. } => Some((column, db_type.as_str())),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}
