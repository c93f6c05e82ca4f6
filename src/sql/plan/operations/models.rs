//! Models: created, deleted, renamed, and options that a table shows.
//!
//! Source: `django/db/migrations/operations/models.py`, 5.2.

use std::sync::Arc;

use super::Context;
use crate::ir::operation::TogetherOption;
use crate::ir::{FieldName, Known, ModelName, Unknown, Value};
use crate::schema::{FieldState, ProjectState};
use crate::sql::catalog::EntryKind;
use crate::sql::ddl::{ConstraintClass, Statement, TableName};
use crate::sql::plan::Planned;
use crate::sql::plan::alter::{Alteration, alter_field};
use crate::sql::plan::editor::Editor;
use crate::sql::plan::field::{Resolved, is_many_to_many};
use crate::sql::plan::index;
use crate::sql::plan::model::{Head, Table, is_automatic, through, together};
use crate::sql::plan::related::{Reverse, reverse};

/// `CreateModel` forwards.
pub(super) fn create(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    state: &ProjectState,
    name: &ModelName,
) -> Planned<()> {
    let Some(head) = context.allowed(state, name)? else {
        return Ok(());
    };
    let table = Table::of(editor.setup, &head.model)?;
    editor.create_model(&table)?;
    for fields in together(head.model.state().index_together.as_ref()) {
        let index = index_together(editor, &head, &fields)?;
        editor.execute(index);
    }
    Ok(())
}

/// `DeleteModel` backwards, which knows no `index_together`.
pub(super) fn create_again(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    state: &ProjectState,
    name: &ModelName,
) -> Planned<()> {
    let Some(head) = context.allowed(state, name)? else {
        return Ok(());
    };
    let table = Table::of(editor.setup, &head.model)?;
    editor.create_model(&table)
}

pub(super) fn delete(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    state: &ProjectState,
    name: &ModelName,
) -> Planned<()> {
    match context.allowed(state, name)? {
        Some(head) => editor.delete_model(&head),
        None => Ok(()),
    }
}

pub(super) fn rename(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    (from, old_name): (&ProjectState, &ModelName),
    (to, new_name): (&ProjectState, &ModelName),
) -> Planned<()> {
    let Some(new) = context.allowed(to, new_name)? else {
        return Ok(());
    };
    let setup = editor.setup;
    let old = context.head(from, old_name)?;
    editor.rename_table(&old.name, &new.name);
    for Reverse { model, field } in reverse(from, old.model.key()) {
        if is_hidden(&field) && !is_many_to_many(&field) {
            continue;
        }
        let key = if model.key() == old.model.key() {
            new.model.key()
        } else {
            model.key()
        };
        let Known::Yes(Some(other)) = to.find(key) else {
            let reason = format!("there is no model `{key}`");
            return Err(Unknown::new(field.origin, reason));
        };
        let other = Head::of(setup, &other)?;
        let before = Resolved::new(setup, &model, field)?;
        let after = other.field(setup, before.name().as_str())?;
        let change = Alteration {
            head: &other,
            old: &before,
            new: &after,
            from,
            to,
        };
        alter_field(editor, &change)?;
    }
    let before = old.model.local_many_to_many();
    let after = new.model.local_many_to_many();
    for (before, after) in before.into_iter().zip(after) {
        let is_own = new.model.related(&after).known() == Some(new.model.key());
        if is_own || !is_automatic(&after) {
            continue;
        }
        let before = Resolved::new(setup, &old.model, before)?;
        let after = Resolved::new(setup, &new.model, after)?;
        let old_through = through(setup, &old.model, &before.state)?;
        let new_through = through(setup, &new.model, &after.state)?;
        let change = Alteration {
            head: &new,
            old: &before,
            new: &after,
            from,
            to,
        };
        let procedures = setup.server.dialect.procedures;
        procedures.alter_many_to_many(editor, &change, &old_through, &new_through)?;
    }
    Ok(())
}

/// A relation without a way back: `related_name="+"`.
fn is_hidden(field: &FieldState) -> bool {
    matches!(
        field.field.option("related_name").map(|value| &value.value),
        Some(Value::Str(name)) if name.ends_with('+')
    )
}

pub(super) fn rename_table(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    from: &ProjectState,
    to: &ProjectState,
    name: &ModelName,
) -> Planned<()> {
    let Some(new) = context.allowed(to, name)? else {
        return Ok(());
    };
    let setup = editor.setup;
    let old = context.head(from, name)?;
    editor.rename_table(&old.name, &new.name);
    let before = old.model.local_many_to_many();
    let after = new.model.local_many_to_many();
    for (before, after) in before.iter().zip(&after) {
        if is_automatic(after) {
            let before = table_behind(editor, &old, before)?;
            let after = through(setup, &new.model, after)?.table.head.name;
            editor.rename_table(&before, &after);
        }
    }
    Ok(())
}

fn table_behind(editor: &Editor<'_>, head: &Head<'_>, field: &FieldState) -> Planned<TableName> {
    Ok(through(editor.setup, &head.model, field)?.table.head.name)
}

pub(super) fn comment(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    to: &ProjectState,
    name: &ModelName,
) -> Planned<()> {
    let Some(head) = context.allowed(to, name)? else {
        return Ok(());
    };
    if editor.setup.server.features.supports_comments {
        let comment = match head.model.state().text("db_table_comment") {
            Known::Yes(comment) => comment.unwrap_or_default(),
            Known::No(unknown) => return Err(unknown),
        };
        editor.execute(Statement::CommentOnTable {
            table: head.name,
            comment,
        });
    }
    Ok(())
}

fn index_together(
    editor: &Editor<'_>,
    head: &Head<'_>,
    fields: &[FieldName],
) -> Planned<Statement> {
    let fields = fields
        .iter()
        .map(|name| head.field(editor.setup, name.as_str()))
        .collect::<Planned<Vec<_>>>()?;
    let fields: Vec<&Resolved<'_>> = fields.iter().collect();
    let index = index::plain(editor.setup, head, &fields, "_idx")?;
    Ok(Statement::CreateIndex(Arc::new(index)))
}

pub(super) fn alter_together(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    (from, to): (&ProjectState, &ProjectState),
    name: &ModelName,
    option: TogetherOption,
) -> Planned<()> {
    let Some(head) = context.allowed(to, name)? else {
        return Ok(());
    };
    let setup = editor.setup;
    let before = context.model(from, name)?;
    // Django goes through a Python set here, whose order is of no account.
    let sets = |state: &crate::schema::ModelState| {
        let mut sets = match option {
            TogetherOption::Unique => together(state.unique_together.as_ref()),
            TogetherOption::Index => together(state.index_together.as_ref()),
        };
        sets.sort_by(|left, right| {
            let left = left.iter().map(FieldName::as_str);
            left.cmp(right.iter().map(FieldName::as_str))
        });
        sets
    };
    let (olds, news) = (sets(before.state()), sets(head.model.state()));
    for fields in olds.iter().filter(|fields| !news.contains(fields)) {
        let columns = head.columns(setup, fields)?;
        let procedures = setup.server.dialect.procedures;
        procedures.release_index(editor, &head, fields.first().map(FieldName::as_str))?;
        let name = composed(editor, &head, &columns, option, context)?;
        let is_index =
            option == TogetherOption::Index || setup.server.features.unique_constraint_is_index;
        editor.execute(if is_index {
            Statement::DropIndex {
                table: head.name.clone(),
                name,
                concurrently: false,
            }
        } else {
            Statement::DropConstraint {
                table: head.name.clone(),
                name,
                class: ConstraintClass::Unique,
            }
        });
    }
    for fields in news.iter().filter(|fields| !olds.contains(fields)) {
        let statement = match option {
            TogetherOption::Unique => {
                index::unique(setup, &head.name, head.columns(setup, fields)?)
            }
            TogetherOption::Index => index_together(editor, &head, fields)?,
        };
        editor.execute(statement);
    }
    Ok(())
}

/// The one constraint or index on columns that is none of the model's own.
/// Source: `_delete_composed_index`, 5.2.
fn composed(
    editor: &Editor<'_>,
    head: &Head<'_>,
    columns: &[crate::sql::ddl::ColumnName],
    option: TogetherOption,
    context: &Context<'_>,
) -> Planned<smol_str::SmolStr> {
    let state = head.model.state();
    let is_own = |name: &smol_str::SmolStr| {
        let mut constraints = state.constraints.values();
        let mut indexes = state.indexes.values();
        constraints.any(|it| it.constraint.name() == Some(name))
            || indexes.any(|it| it.index.name() == Some(name))
    };
    let mut names = editor.names(&head.name, Some(columns), |kind| match option {
        TogetherOption::Unique => matches!(
            kind,
            EntryKind::Unique
                | EntryKind::Index {
                    is_unique: true,
                    ..
                }
        ),
        TogetherOption::Index => matches!(
            kind,
            EntryKind::Index {
                is_unique: false,
                ..
            }
        ),
    })?;
    names.retain(|name| !is_own(name));
    if option == TogetherOption::Unique && !names.is_empty() {
        let columns: Vec<&str> = columns.iter().map(|column| column.as_str()).collect();
        let by_default = crate::sql::names::index_name(
            head.name.as_str(),
            &columns,
            "_uniq",
            editor.setup.server.features.max_name_length,
        );
        if names.iter().any(|name| *name == by_default) {
            return Ok(by_default.into());
        }
    }
    match <[_; 1]>::try_from(names) {
        Ok([name]) => Ok(name),
        Err(names) => Err(Unknown::new(
            context.operation.name_span,
            format!(
                "{} constraints of `{}` are on these columns",
                names.len(),
                head.name.as_str()
            ),
        )),
    }
}

pub(super) fn alter_order(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    from: &ProjectState,
    to: &ProjectState,
    name: &ModelName,
) -> Planned<()> {
    let Some(new) = context.allowed(to, name)? else {
        return Ok(());
    };
    let setup = editor.setup;
    let old = context.head(from, name)?;
    let is_ordered = |head: &Head<'_>| match head.model.state().text("order_with_respect_to") {
        Known::Yes(field) => Ok(field.is_some()),
        Known::No(unknown) => Err(unknown),
    };
    match (is_ordered(&old)?, is_ordered(&new)?) {
        (true, false) => {
            let field = old.field(setup, "_order")?;
            editor.remove_field(&old, &field)
        }
        (false, true) => {
            let mut field = new.field(setup, "_order")?.state;
            if field.field.option("default").is_none() {
                field.field =
                    std::sync::Arc::new(field.field.with_option("default", Value::Int(0)));
            }
            let field = Resolved::new(setup, &new.model, field)?;
            editor.add_field(&old, &field)
        }
        _ => Ok(()),
    }
}
