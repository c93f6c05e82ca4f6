//! The alteration of a field, in Django's order of steps.
//!
//! Source: `BaseDatabaseSchemaEditor.alter_field` and `_alter_field`, 5.2.

use std::sync::Arc;

use smol_str::SmolStr;

use super::altered::is_altered;
use super::editor::{Editor, foreign_key};
use super::expressions;
use super::field::{Resolved, is_many_to_many};
use super::model::{Head, is_automatic, makes_table, own_table, through};
use super::procedures::TypeChange;
use super::related::following;
use super::{Planned, default, index};
use crate::ir::{FieldKind, Unknown};
use crate::schema::ProjectState;
use crate::sql::catalog::EntryKind;
use crate::sql::ddl::{
    ColumnChange, ColumnName, Constraint, ConstraintClass, ConstraintKind, Conversion, Fragment,
    Kept, Name, Restated, Statement, Suffix, TableName,
};
use crate::sql::dialect::ColumnChecks;
use crate::sql::value;

/// A field before and after.
#[derive(Debug, Clone, Copy)]
pub(in crate::sql) struct Alteration<'a, 's> {
    /// The model that the editor is told.
    pub(in crate::sql) head: &'a Head<'s>,
    pub(in crate::sql) old: &'a Resolved<'s>,
    pub(in crate::sql) new: &'a Resolved<'s>,
    pub(in crate::sql) from: &'s ProjectState,
    pub(in crate::sql) to: &'s ProjectState,
}

/// `alter_field`.
pub(in crate::sql) fn alter_field(
    editor: &mut Editor<'_>,
    change: &Alteration<'_, '_>,
) -> Planned<()> {
    let setup = editor.setup;
    let Alteration { old, new, .. } = *change;
    if !is_altered(setup, change.head, old, new, false)? {
        return Ok(());
    }
    let fail = |reason: String| Err(Unknown::new(new.state.origin, reason));
    if old.column.is_none() && new.column.is_none() {
        if !is_many_to_many(&old.state) || !is_many_to_many(&new.state) {
            return fail(format!("the field `{}` has no column", new.name()));
        }
        return match (is_automatic(&old.state), is_automatic(&new.state)) {
            (true, true) => {
                if let Some(own) = [old, new].into_iter().find(|it| makes_table(&it.state)) {
                    return Err(own_table(&own.state));
                }
                let before = through(setup, &old.model, &old.state)?;
                let after = through(setup, &new.model, &new.state)?;
                setup
                    .server
                    .dialect
                    .procedures
                    .alter_many_to_many(editor, change, &before, &after)
            }
            (false, false) => Ok(()),
            _ => fail("Django cannot add or remove `through` of a field".to_owned()),
        };
    }
    if old.column.is_none() || new.column.is_none() {
        return fail("Django cannot make a many-to-many field of another one".to_owned());
    }
    let is_stored = |field: &Resolved<'_>| field.field().flag("db_persist", true);
    let is_modified = if old.is_generated() != new.is_generated()
        || new.is_generated() && is_stored(old) != is_stored(new)
    {
        true
    } else if new.is_generated() {
        expressions::generated(setup, change.head, old)?
            != expressions::generated(setup, &Head::of(setup, &new.model)?, new)?
    } else {
        false
    };
    if is_modified {
        return fail("Django cannot alter generated fields".to_owned());
    }
    setup.server.dialect.procedures.alter_column(editor, change)
}

/// Names that a model's own constraints and indexes have.
struct Named {
    constraints: Vec<SmolStr>,
    indexes: Vec<SmolStr>,
}

fn named(editor: &Editor<'_>, head: &Head<'_>) -> Planned<Named> {
    let state = head.model.state();
    let constraints = state.constraints.values();
    let mut indexes = Vec::new();
    for index in state.indexes.values() {
        indexes.push(index::index_name(editor.setup, head, &[], &index.index)?);
    }
    Ok(Named {
        constraints: constraints
            .filter_map(|it| it.constraint.name().map(SmolStr::new))
            .collect(),
        indexes,
    })
}

/// `_alter_field` of the base class.
pub(in crate::sql) fn alter_column(
    editor: &mut Editor<'_>,
    change: &Alteration<'_, '_>,
) -> Planned<()> {
    let setup = editor.setup;
    let Alteration {
        head,
        old,
        new,
        from,
        to,
    } = *change;
    let table = &head.name;
    let features = setup.server.features;
    let (before, after) = (old.typed()?, new.typed()?);
    let old_column = std::slice::from_ref(&before.name);

    let mut has_dropped_key = false;
    if features.supports_foreign_keys
        && old.foreign_key().is_some()
        && is_altered(setup, head, old, new, true)?
    {
        for name in editor.foreign_keys(table, old)? {
            has_dropped_key = true;
            editor.drop_foreign_key(table, name);
        }
    }
    let became_primary_key = !old.is_primary_key && new.is_primary_key;
    if old.is_unique && (!new.is_unique || became_primary_key) {
        let own = named(editor, head)?.constraints;
        let names = editor.names(table, Some(old_column), |kind| {
            matches!(
                kind,
                EntryKind::Unique
                    | EntryKind::Index {
                        is_unique: true,
                        ..
                    }
            )
        })?;
        for name in names.into_iter().filter(|name| !own.contains(name)) {
            drop_constraint(editor, table, name, ConstraintClass::Unique);
        }
    }
    let is_retyped = before.db_type != after.db_type || before.collation != after.collation;
    let drops_followers = features.supports_foreign_keys
        && (old.is_primary_key && new.is_primary_key || old.is_unique && new.is_unique)
        && is_retyped;
    let followers = |editor: &Editor<'_>| -> Planned<Vec<(Resolved<'_>, Resolved<'_>)>> {
        let before = following(editor.setup, from, old)?;
        let after = following(editor.setup, to, new)?;
        Ok(before.into_iter().zip(after).collect())
    };
    if drops_followers {
        for (_, follower) in followers(editor)? {
            let table = table_with(editor, &follower)?.name;
            for name in editor.foreign_keys(&table, &follower)? {
                editor.drop_foreign_key(&table, name);
            }
        }
    }
    if old.is_indexed && !old.is_unique && (!new.is_indexed || new.is_unique) {
        let own = named(editor, head)?.indexes;
        let names = editor.names(table, Some(old_column), |kind| match kind {
            EntryKind::Index { is_plain, .. } => *is_plain,
            EntryKind::Unique => features.unique_constraint_has_index,
            _ => false,
        })?;
        for name in names.into_iter().filter(|name| !own.contains(name)) {
            editor.drop_index(table, name, false);
        }
    }
    let types = &setup.server.dialect.types;
    // `_field_db_check`.
    let check_of = |field: &Resolved<'_>| match features.checks {
        ColumnChecks::Table | ColumnChecks::Column | ColumnChecks::Nameless => {
            types.check(field.internal).map(ToOwned::to_owned)
        }
        ColumnChecks::Numbered => field.column.as_ref().and_then(|it| it.check.clone()),
    };
    let checks = if features.supports_table_check_constraints {
        (check_of(old), check_of(new))
    } else {
        (None, None)
    };
    let (old_check, new_check) = checks;
    if old_check != new_check && old_check.is_some() {
        let own = named(editor, head)?.constraints;
        let names = editor.names(table, Some(old_column), |kind| {
            matches!(kind, EntryKind::Check | EntryKind::NotNull)
        })?;
        for name in names.into_iter().filter(|name| !own.contains(name)) {
            drop_constraint(editor, table, name, ConstraintClass::Check);
        }
    }
    if before.name != after.name {
        editor.execute(Statement::RenameColumn {
            table: table.clone(),
            from: before.name.clone(),
            to: after.name.clone(),
        });
        let quoting = setup.server.quoting;
        editor.deferred.change(
            |it| it.references_table(table),
            |it| it.rename_column(table, &before.name, &after.name, quoting),
        );
    }

    let needs_default_dropped = alter_definition(editor, change)?;

    if old.is_primary_key && !new.is_primary_key {
        let names = editor.names(table, None, |kind| *kind == EntryKind::PrimaryKey)?;
        for name in names {
            drop_constraint(editor, table, name, ConstraintClass::PrimaryKey);
        }
    }
    if !new.is_primary_key && new.is_unique && (!old.is_unique || old.is_primary_key) {
        editor.execute(index::unique(setup, table, vec![after.name.clone()]));
    }
    if (!old.is_indexed || old.is_unique) && new.is_indexed && !new.is_unique {
        let index = index::plain(setup, head, &[new], "")?;
        editor.execute(Statement::CreateIndex(Arc::new(index)));
    }
    let mut updated = Vec::new();
    if drops_followers {
        updated.extend(followers(editor)?);
    }
    if became_primary_key {
        editor.execute(add_constraint(
            head,
            Suffix::Text("_pk"),
            ConstraintKind::PrimaryKey {
                columns: vec![after.name.clone()],
            },
        ));
        updated.extend(followers(editor)?);
    }
    for (old, new) in &updated {
        let head = table_with(editor, new)?;
        let procedures = setup.server.dialect.procedures;
        let (fragment, then) = procedures.change_type(editor, &head, old, new)?;
        editor.execute(Statement::AlterColumn {
            table: head.name.clone(),
            column: new.column_name()?.clone(),
            changes: vec![fragment],
        });
        then.into_iter().for_each(|it| editor.execute(it));
    }
    if features.supports_foreign_keys
        && new.foreign_key().is_some()
        && (has_dropped_key || old.relation.is_none() || old.foreign_key().is_none())
    {
        editor.execute(foreign_key(table, new, Suffix::ForeignKeyTarget)?);
    }
    if drops_followers {
        for (_, follower) in &updated {
            if follower.foreign_key().is_some() {
                let table = table_with(editor, follower)?.name;
                editor.execute(foreign_key(&table, follower, Suffix::Text("_fk"))?);
            }
        }
    }
    if old_check != new_check
        && let (Some(_), Some(check)) = (&new_check, &after.check)
    {
        editor.execute(add_constraint(
            head,
            Suffix::Text("_check"),
            ConstraintKind::Check(Fragment {
                sql: check.clone(),
                columns: vec![after.name.clone()],
            }),
        ));
    }
    if needs_default_dropped {
        let drop = ColumnChange::DropDefault {
            is_null: new.is_null,
        };
        editor.execute(alter(head, &after.name, vec![drop]));
    }
    Ok(())
}

/// Type, defaults and nullability. Returns whether a default was set that is to be
/// dropped at the end.
fn alter_definition(editor: &mut Editor<'_>, change: &Alteration<'_, '_>) -> Planned<bool> {
    let setup = editor.setup;
    let Alteration { head, old, new, .. } = *change;
    let features = setup.server.features;
    let (before, after) = (old.typed()?, new.typed()?);
    let mut actions = Vec::new();
    let mut post_actions = Vec::new();
    if before.db_type != after.db_type
        || before.suffix != after.suffix
        || before.collation != after.collation
        || features.supports_comments && old.comment != new.comment
    {
        let procedures = setup.server.dialect.procedures;
        let (action, then) = procedures.change_type(editor, head, old, new)?;
        actions.push(action);
        post_actions = then;
    }
    let new_head = Head::of(setup, &new.model)?;
    let new_db_default = expressions::db_default(setup, &new_head, new)?;
    if let Some(value) = &new_db_default {
        let is_same = old.db_default().is_some()
            && expressions::db_default(setup, head, old)?.as_ref() == Some(value);
        if !is_same {
            actions.push(ColumnChange::SetDefault(value.sql.clone()));
        }
    } else if old.db_default().is_some() {
        actions.push(ColumnChange::DropDefault { is_null: false });
    }
    let is_tightened = old.is_null && !new.is_null;
    let mut needs_default_dropped = false;
    let mut new_default = None;
    if is_tightened && new_db_default.is_none() {
        let old_default = default::effective(editor, old)?;
        new_default = default::effective(editor, new)?;
        let procedures = setup.server.dialect.procedures;
        if let Some(value) = &new_default
            && old_default != new_default
            && !procedures.skips_altered_default(setup, new)?
        {
            needs_default_dropped = true;
            let value = procedures.column_default(setup.server, &after.db_type, value.clone());
            actions.push(ColumnChange::SetDefault(value));
        }
    }
    let restated = Restated {
        db_type: after.db_type.clone(),
        default: new_db_default
            .as_ref()
            .filter(|_| features.restates_columns)
            .map(|default| default.sql.clone()),
    };
    // A column that holds null for an empty text may be null in any case.
    let is_always_null =
        features.interprets_empty_strings_as_nulls && value::allows_empty_texts(new.field());
    let null_action = match (old.is_null, new.is_null) {
        _ if is_always_null => None,
        (true, false) => Some(ColumnChange::SetNotNull(restated)),
        (false, true) => Some(ColumnChange::DropNotNull(restated)),
        _ => None,
    };
    let fills_nulls = (default::is_given(new) || new_db_default.is_some()) && is_tightened;
    if !actions.is_empty() || null_action.is_some() {
        if !fills_nulls {
            actions.extend(null_action.clone());
        }
        if features.supports_combined_alters && !actions.is_empty() {
            editor.execute(alter(head, &after.name, actions));
        } else {
            for action in actions {
                editor.execute(alter(head, &after.name, vec![action]));
            }
        }
        if fills_nulls {
            let value = match new_db_default {
                Some(value) => value.sql,
                None => new_default.unwrap_or_else(|| "NULL".to_owned()),
            };
            editor.execute(Statement::FillNulls {
                table: head.name.clone(),
                column: after.name.clone(),
                value,
            });
            if let Some(action) = null_action {
                editor.execute(alter(head, &after.name, vec![action]));
            }
        }
    }
    post_actions.into_iter().for_each(|it| editor.execute(it));
    Ok(needs_default_dropped)
}

fn alter(head: &Head<'_>, column: &ColumnName, changes: Vec<ColumnChange>) -> Statement {
    Statement::AlterColumn {
        table: head.name.clone(),
        column: column.clone(),
        changes,
    }
}

fn add_constraint(head: &Head<'_>, suffix: Suffix, kind: ConstraintKind) -> Statement {
    Statement::AddConstraint {
        table: head.name.clone(),
        constraint: Constraint {
            name: Some(Name::Generated(suffix)),
            kind,
        },
        not_valid: false,
    }
}

fn drop_constraint(
    editor: &mut Editor<'_>,
    table: &TableName,
    name: SmolStr,
    class: ConstraintClass,
) {
    editor.execute(Statement::DropConstraint {
        table: table.clone(),
        name,
        class,
    });
}

/// The table that a field is in.
fn table_with<'s>(editor: &Editor<'_>, field: &Resolved<'s>) -> Planned<Head<'s>> {
    Head::of(editor.setup, &field.model)
}

/// `_alter_column_type_sql` of the base class.
pub(in crate::sql) fn change_type(
    editor: &mut Editor<'_>,
    head: &Head<'_>,
    old: &Resolved<'_>,
    new: &Resolved<'_>,
) -> Planned<TypeChange> {
    let typed = new.typed()?;
    let mut then = Vec::new();
    let features = editor.setup.server.features;
    if features.supports_comments
        && !features.supports_comments_inline
        && new.kind != FieldKind::ManyToManyField
        && old.comment != new.comment
    {
        then.push(Statement::CommentOnColumn {
            table: head.name.clone(),
            column: typed.name.clone(),
            comment: new.comment.clone().unwrap_or_default(),
        });
    }
    let kept = if features.restates_columns {
        let old_head = Head::of(editor.setup, &old.model)?;
        let default = expressions::db_default(editor.setup, &old_head, old)?;
        Kept {
            default: default.map(|it| it.sql),
            is_null: Some(old.is_null),
        }
    } else {
        Kept::default()
    };
    let change = ColumnChange::Type {
        db_type: typed.db_type.clone(),
        kept,
        comment: new
            .comment
            .clone()
            .filter(|_| features.supports_comments_inline),
        collation: typed.collation.clone(),
        conversion: Conversion::Implicit,
    };
    Ok((change, then))
}
