//! Indexes and constraints: added, removed, renamed.
//!
//! Source: `django/db/migrations/operations/models.py` and
//! `django/contrib/postgres/operations.py`, 5.2.

use std::sync::Arc;

use smol_str::SmolStr;

use super::Context;
use crate::ir::constraint::Constraint;
use crate::ir::index::Index;
use crate::ir::{FieldName, ModelName, OperationKind, Unknown};
use crate::schema::{Model, ProjectState};
use crate::sql::catalog::EntryKind;
use crate::sql::ddl::{ConstraintKind, Statement};
use crate::sql::plan::Planned;
use crate::sql::plan::editor::Editor;
use crate::sql::plan::index;
use crate::sql::plan::model::Head;

pub(super) fn run(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    from: &ProjectState,
    to: &ProjectState,
) -> Planned<()> {
    let is_forwards = context.is_forwards();
    match &context.operation.kind {
        OperationKind::AddIndex {
            model_name,
            index,
            concurrently,
        } => {
            if is_forwards {
                add_index(editor, context, (to, model_name), index, *concurrently)
            } else {
                remove_index(editor, context, (from, model_name), index, *concurrently)
            }
        }
        OperationKind::RemoveIndex {
            model_name,
            name,
            concurrently,
        } => {
            let state = if is_forwards { from } else { to };
            let model = context.model(state, model_name)?;
            let index = index_of(context, &model, name)?;
            if is_forwards {
                remove_index(editor, context, (from, model_name), &index, *concurrently)
            } else {
                add_index(editor, context, (to, model_name), &index, *concurrently)
            }
        }
        OperationKind::RenameIndex {
            model_name,
            new_name,
            old_name,
            old_fields,
        } => match (old_name, old_fields) {
            (Some(old_name), _) => {
                let (old, new) = if is_forwards {
                    (old_name, new_name)
                } else {
                    (new_name, old_name)
                };
                rename_index(editor, context, (from, old), (to, new), model_name)
            }
            (None, Some(fields)) if is_forwards => {
                name_index(editor, context, (from, to), model_name, (fields, new_name))
            }
            _ => Ok(()),
        },
        OperationKind::AddConstraint {
            model_name,
            constraint,
            not_valid,
        } => {
            // `AddConstraintNotValid` looks at the state before.
            let state = if *not_valid && is_forwards { from } else { to };
            match context.allowed(state, model_name)? {
                None => Ok(()),
                Some(head) if is_forwards => add_constraint(editor, &head, constraint, *not_valid),
                Some(head) => remove_constraint(editor, &head, constraint),
            }
        }
        OperationKind::RemoveConstraint { model_name, name } => {
            let Some(head) = context.allowed(to, model_name)? else {
                return Ok(());
            };
            let state = if is_forwards { from } else { to };
            let model = context.model(state, model_name)?;
            let Some(constraint) = model.state().constraints.get(name) else {
                let reason = format!("`{}` has no constraint `{name}`", model.key());
                return Err(Unknown::new(context.operation.name_span, reason));
            };
            let constraint = Arc::clone(&constraint.constraint);
            if is_forwards {
                remove_constraint(editor, &head, &constraint)
            } else {
                add_constraint(editor, &head, &constraint, false)
            }
        }
        _ => Ok(()),
    }
}

fn index_of(context: &Context<'_>, model: &Model<'_>, name: &str) -> Planned<Arc<Index>> {
    match model.state().indexes.get(name) {
        Some(index) => Ok(Arc::clone(&index.index)),
        None => {
            let reason = format!("`{}` has no index `{name}`", model.key());
            Err(Unknown::new(context.operation.name_span, reason))
        }
    }
}

fn add_index(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    (state, model_name): (&ProjectState, &ModelName),
    index: &Index,
    concurrently: bool,
) -> Planned<()> {
    match context.allowed(state, model_name)? {
        Some(head) => create(editor, &head, index, concurrently),
        None => Ok(()),
    }
}

pub(super) fn create(
    editor: &mut Editor<'_>,
    head: &Head<'_>,
    index: &Index,
    concurrently: bool,
) -> Planned<()> {
    if !index::is_index_supported(editor.setup, index) {
        return Ok(());
    }
    let mut index = index::create_index(editor.setup, head, &[], index)?;
    index.concurrently = concurrently;
    editor.execute(Statement::CreateIndex(Arc::new(index)));
    Ok(())
}

fn remove_index(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    (state, model_name): (&ProjectState, &ModelName),
    index: &Index,
    concurrently: bool,
) -> Planned<()> {
    let Some(head) = context.allowed(state, model_name)? else {
        return Ok(());
    };
    let fields: Vec<SmolStr> = index.fields().into_iter().map(SmolStr::new).collect();
    let first = index::first_field(editor.setup, &fields, &index.expressions);
    let procedures = editor.setup.server.dialect.procedures;
    procedures.release_index(editor, &head, first.as_deref())?;
    if index::is_index_supported(editor.setup, index) {
        let name = index::index_name(editor.setup, &head, &[], index)?;
        editor.drop_index(&head.name, name, concurrently);
    }
    Ok(())
}

fn rename_index(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    (from, old_name): (&ProjectState, &SmolStr),
    (to, new_name): (&ProjectState, &SmolStr),
    model_name: &ModelName,
) -> Planned<()> {
    let Some(head) = context.allowed(to, model_name)? else {
        return Ok(());
    };
    let old = index_of(context, &context.model(from, model_name)?, old_name)?;
    let new = index_of(context, &head.model, new_name)?;
    let old_name = index::index_name(editor.setup, &head, &[], &old)?;
    rename(editor, &head, &old_name, &new)
}

fn rename(
    editor: &mut Editor<'_>,
    head: &Head<'_>,
    old_name: &SmolStr,
    new: &Index,
) -> Planned<()> {
    let new_name = index::index_name(editor.setup, head, &[], new)?;
    if *old_name == new_name {
        return Ok(());
    }
    if editor.setup.server.features.can_rename_index {
        editor.execute(Statement::RenameIndex {
            table: head.name.clone(),
            from: old_name.clone(),
            to: new_name,
        });
        return Ok(());
    }
    editor.drop_index(&head.name, old_name.clone(), false);
    create(editor, head, new, false)
}

/// `RenameIndex(old_fields=...)`: an index of `index_together` gets a name.
fn name_index(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    (from, to): (&ProjectState, &ProjectState),
    model_name: &ModelName,
    (fields, new_name): (&[FieldName], &SmolStr),
) -> Planned<()> {
    let Some(head) = context.allowed(to, model_name)? else {
        return Ok(());
    };
    let old = context.head(from, model_name)?;
    let columns = old.columns(editor.setup, fields)?;
    let names = editor.names(&old.name, Some(&columns), |kind| {
        matches!(
            kind,
            EntryKind::Index {
                is_unique: false,
                ..
            }
        )
    })?;
    let [name] = names.as_slice() else {
        let reason = format!(
            "{} indexes of `{}` are on these columns",
            names.len(),
            old.name.as_str()
        );
        return Err(Unknown::new(context.operation.name_span, reason));
    };
    let new = index_of(context, &head.model, new_name)?;
    rename(editor, &head, name, &new)
}

pub(super) fn add_constraint(
    editor: &mut Editor<'_>,
    head: &Head<'_>,
    constraint: &Constraint,
    not_valid: bool,
) -> Planned<()> {
    if !not_valid {
        let procedures = editor.setup.server.dialect.procedures;
        return procedures.add_constraint(editor, head, constraint);
    }
    let statement = index::create_constraint(editor.setup, head, &[], constraint)?;
    if let Some(Statement::AddConstraint {
        table, constraint, ..
    }) = statement
    {
        debug_assert!(matches!(constraint.kind, ConstraintKind::Check(_)));
        editor.execute(Statement::AddConstraint {
            table,
            constraint,
            not_valid: true,
        });
    }
    Ok(())
}

pub(super) fn remove_constraint(
    editor: &mut Editor<'_>,
    head: &Head<'_>,
    constraint: &Constraint,
) -> Planned<()> {
    let procedures = editor.setup.server.dialect.procedures;
    procedures.remove_constraint(editor, head, constraint)
}
