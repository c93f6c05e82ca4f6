//! Fields: added, removed, altered, renamed.
//!
//! Source: `django/db/migrations/operations/fields.py`, 5.2.

use std::sync::Arc;

use super::Context;
use crate::ir::{Field, FieldName, ModelName, OperationKind, Value};
use crate::schema::ProjectState;
use crate::sql::plan::Planned;
use crate::sql::plan::alter::{Alteration, alter_field};
use crate::sql::plan::editor::Editor;
use crate::sql::plan::field::Resolved;

pub(super) fn run(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    from: &ProjectState,
    to: &ProjectState,
) -> Planned<()> {
    match &context.operation.kind {
        OperationKind::AddField {
            model_name,
            name,
            field,
            preserve_default,
        } => {
            if context.is_forwards() {
                let temporary = (!preserve_default).then_some(&**field);
                add(editor, context, (from, to), model_name, (name, temporary))
            } else {
                remove(editor, context, from, model_name, name)
            }
        }
        OperationKind::RemoveField { model_name, name } => {
            if context.is_forwards() {
                remove(editor, context, from, model_name, name)
            } else {
                add(editor, context, (from, to), model_name, (name, None))
            }
        }
        OperationKind::AlterField {
            model_name,
            name,
            field,
            preserve_default,
        } => {
            let temporary = (!preserve_default).then_some(&**field);
            alter(
                editor,
                context,
                (from, name),
                (to, name, temporary),
                model_name,
            )
        }
        OperationKind::RenameField {
            model_name,
            old_name,
            new_name,
        } => {
            let (old, new) = if context.is_forwards() {
                (old_name, new_name)
            } else {
                (new_name, old_name)
            };
            alter(editor, context, (from, old), (to, new, None), model_name)
        }
        _ => Ok(()),
    }
}

/// The field with the default that the operation has and the state has not.
fn with_default<'s>(
    editor: &Editor<'_>,
    field: Resolved<'s>,
    temporary: Option<&Field>,
) -> Planned<Resolved<'s>> {
    let Some(default) = temporary.and_then(|field| field.option("default")) else {
        return Ok(field);
    };
    let mut state = field.state;
    let mut with = state.field.with_option("default", Value::None);
    let given = std::iter::once(&mut with.options).chain(&mut with.base_options);
    for options in given {
        options.set("default", default.clone());
    }
    state.field = Arc::new(with);
    Resolved::new(editor.setup, &field.model, state)
}

fn add(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    (from, to): (&ProjectState, &ProjectState),
    model_name: &ModelName,
    (name, temporary): (&FieldName, Option<&Field>),
) -> Planned<()> {
    let Some(new) = context.allowed(to, model_name)? else {
        return Ok(());
    };
    let old = context.head(from, model_name)?;
    let field = new.field(editor.setup, name.as_str())?;
    let field = with_default(editor, field, temporary)?;
    editor.add_field(&old, &field)
}

fn remove(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    from: &ProjectState,
    model_name: &ModelName,
    name: &FieldName,
) -> Planned<()> {
    let Some(head) = context.allowed(from, model_name)? else {
        return Ok(());
    };
    let field = head.field(editor.setup, name.as_str())?;
    editor.remove_field(&head, &field)
}

fn alter(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    (from, old_name): (&ProjectState, &FieldName),
    (to, new_name, temporary): (&ProjectState, &FieldName, Option<&Field>),
    model_name: &ModelName,
) -> Planned<()> {
    let Some(new) = context.allowed(to, model_name)? else {
        return Ok(());
    };
    let head = context.head(from, model_name)?;
    let before = head.field(editor.setup, old_name.as_str())?;
    let after = new.field(editor.setup, new_name.as_str())?;
    let after = with_default(editor, after, temporary)?;
    let change = Alteration {
        head: &head,
        old: &before,
        new: &after,
        from,
        to,
    };
    alter_field(editor, &change)
}
