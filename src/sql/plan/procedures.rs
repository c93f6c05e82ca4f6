//! The steps in which a dialect makes its statements, where these differ: the methods
//! of Django's schema editors that some backend overrides.

use std::fmt;
use std::sync::Arc;

use super::alter::{self, Alteration};
use super::editor::Editor;
use super::field::Resolved;
use super::index;
use super::model::{Head, Through};
use super::{Planned, Setup, alter_many};
use crate::ir::constraint::Constraint;
use crate::sql::Server;
use crate::sql::ddl::{ColumnChange, CreateIndex, Statement, TableName};

/// What alters a column's type, and what is executed after that.
pub(in crate::sql) type TypeChange = (ColumnChange, Vec<Statement>);

pub(in crate::sql) trait Procedures: fmt::Debug + Sync {
    /// A column is added; the field is none of many-to-many.
    fn add_column(
        &self,
        editor: &mut Editor<'_>,
        head: &Head<'_>,
        field: &Resolved<'_>,
    ) -> Planned<()> {
        editor.add_column(head, field)
    }

    /// A table was dropped.
    fn clean_up(&self, _editor: &mut Editor<'_>, _table: &TableName) {}

    fn remove_column(
        &self,
        editor: &mut Editor<'_>,
        head: &Head<'_>,
        field: &Resolved<'_>,
    ) -> Planned<()> {
        editor.remove_column(head, field)
    }

    /// `_alter_field`.
    fn alter_column(&self, editor: &mut Editor<'_>, change: &Alteration<'_, '_>) -> Planned<()> {
        alter::alter_column(editor, change)
    }

    /// `_alter_column_type_sql`.
    fn change_type(
        &self,
        editor: &mut Editor<'_>,
        head: &Head<'_>,
        old: &Resolved<'_>,
        new: &Resolved<'_>,
    ) -> Planned<TypeChange> {
        alter::change_type(editor, head, old, new)
    }

    /// `_alter_many_to_many`, where the tables are Django's on both sides.
    fn alter_many_to_many(
        &self,
        editor: &mut Editor<'_>,
        change: &Alteration<'_, '_>,
        old: &Through<'_>,
        new: &Through<'_>,
    ) -> Planned<()> {
        alter_many::repoint(editor, change, old, new)
    }

    fn add_constraint(
        &self,
        editor: &mut Editor<'_>,
        head: &Head<'_>,
        constraint: &Constraint,
    ) -> Planned<()> {
        index::add_constraint(editor, head, constraint)
    }

    fn remove_constraint(
        &self,
        editor: &mut Editor<'_>,
        head: &Head<'_>,
        constraint: &Constraint,
    ) -> Planned<()> {
        index::remove_constraint(editor, head, constraint)
    }

    /// `_field_should_be_indexed`.
    fn is_indexed(&self, _setup: Setup<'_>, field: &Resolved<'_>) -> Planned<bool> {
        Ok(field.is_indexed && !field.is_unique)
    }

    /// An index or unique constraint is about to go whose first column is of this
    /// field; `None` where it begins with an expression.
    fn release_index(
        &self,
        _editor: &mut Editor<'_>,
        _head: &Head<'_>,
        _first: Option<&str>,
    ) -> Planned<()> {
        Ok(())
    }

    /// `skip_default`.
    fn skips_default(&self, _setup: Setup<'_>, _field: &Resolved<'_>) -> Planned<bool> {
        Ok(false)
    }

    /// `skip_default_on_alter`.
    fn skips_altered_default(&self, _setup: Setup<'_>, _field: &Resolved<'_>) -> Planned<bool> {
        Ok(false)
    }

    /// `_column_default_sql`: a value as it stands after `DEFAULT` of a column of a type.
    fn column_default(&self, _server: &Server, _db_type: &str, value: String) -> String {
        value
    }

    /// The index that a field has beside the one that `db_index` gives it.
    fn extra_index(
        &self,
        _editor: &Editor<'_>,
        _head: &Head<'_>,
        _field: &Resolved<'_>,
    ) -> Planned<Option<Arc<CreateIndex>>> {
        Ok(None)
    }
}
