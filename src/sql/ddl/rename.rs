//! What a statement that waits to be executed refers to, and how it follows renames.
//!
//! Source: `django/db/backends/ddl_references.py`, 5.2. Django makes references of the
//! statements that it defers, those that create indexes and constraints; others refer
//! to nothing here, since they are executed at once.

use std::sync::Arc;

use super::{
    ColumnName, Constraint, ConstraintKind, CreateIndex, Fragment, Indexed, Name, Statement,
    TableName,
};
use crate::sql::dialect::Quoting;

impl Statement {
    #[must_use]
    pub fn references_table(&self, table: &TableName) -> bool {
        match self {
            Self::CreateIndex(index) => index.table == *table,
            Self::AddConstraint {
                table: own,
                constraint,
                ..
            } => own == table || constraint.to_table() == Some(table),
            _ => false,
        }
    }

    #[must_use]
    pub fn references_column(&self, table: &TableName, column: &ColumnName) -> bool {
        match self {
            Self::CreateIndex(index) => {
                index.table == *table && (index.names(column) || index.include.contains(column))
            }
            Self::AddConstraint {
                table: own,
                constraint,
                ..
            } => match &constraint.kind {
                ConstraintKind::ForeignKey {
                    column: from,
                    to_table,
                    to_column,
                } => own == table && from == column || to_table == table && to_column == column,
                ConstraintKind::Unique { columns, .. } | ConstraintKind::PrimaryKey { columns } => {
                    own == table && columns.contains(column)
                }
                ConstraintKind::Exclusion {
                    expressions,
                    include,
                    ..
                } => {
                    own == table
                        && (expressions.columns.contains(column) || include.contains(column))
                }
                ConstraintKind::Check(_) => false,
            },
            _ => false,
        }
    }

    pub fn rename_table(&mut self, from: &TableName, to: &TableName) {
        let rename = |table: &mut TableName| {
            if table == from {
                table.clone_from(to);
            }
        };
        match self {
            Self::CreateIndex(index) => rename(&mut Arc::make_mut(index).table),
            Self::AddConstraint {
                table, constraint, ..
            } => {
                rename(table);
                if let ConstraintKind::ForeignKey { to_table, .. } = &mut constraint.kind {
                    rename(to_table);
                }
            }
            _ => {}
        }
    }

    /// `quoting` is how names stand in the expressions of the statement.
    pub fn rename_column(
        &mut self,
        table: &TableName,
        from: &ColumnName,
        to: &ColumnName,
        quoting: Quoting,
    ) {
        let rename = |column: &mut ColumnName| {
            if column == from {
                column.clone_from(to);
            }
        };
        match self {
            Self::CreateIndex(index) if index.table == *table => {
                let index = Arc::make_mut(index);
                match &mut index.indexed {
                    Indexed::Columns(columns) => {
                        columns.iter_mut().for_each(|it| rename(&mut it.name));
                    }
                    Indexed::Expressions(fragment) => fragment.rename(from, to, quoting),
                }
                index.include.iter_mut().for_each(rename);
            }
            Self::AddConstraint {
                table: own,
                constraint,
                ..
            } => {
                let is_own = own == table;
                match &mut constraint.kind {
                    ConstraintKind::ForeignKey {
                        column,
                        to_table,
                        to_column,
                    } => {
                        if is_own {
                            rename(column);
                        }
                        if to_table == table {
                            rename(to_column);
                        }
                    }
                    ConstraintKind::Unique { columns, .. }
                    | ConstraintKind::PrimaryKey { columns } => {
                        if is_own {
                            columns.iter_mut().for_each(rename);
                        }
                    }
                    ConstraintKind::Exclusion {
                        expressions,
                        include,
                        ..
                    } => {
                        if is_own {
                            expressions.rename(from, to, quoting);
                            include.iter_mut().for_each(rename);
                        }
                    }
                    ConstraintKind::Check(_) => {}
                }
            }
            _ => {}
        }
    }
}

impl CreateIndex {
    fn names(&self, column: &ColumnName) -> bool {
        match &self.indexed {
            Indexed::Columns(columns) => columns.iter().any(|it| it.name == *column),
            Indexed::Expressions(fragment) => fragment.columns.contains(column),
        }
    }
}

impl Constraint {
    /// The table that a foreign key refers to.
    #[must_use]
    pub fn to_table(&self) -> Option<&TableName> {
        match &self.kind {
            ConstraintKind::ForeignKey { to_table, .. } => Some(to_table),
            _ => None,
        }
    }

    #[must_use]
    pub fn named(name: impl Into<smol_str::SmolStr>, kind: ConstraintKind) -> Self {
        Self {
            name: Some(Name::Given(name.into())),
            kind,
        }
    }
}

impl Fragment {
    fn rename(&mut self, from: &ColumnName, to: &ColumnName, quoting: Quoting) {
        if !self.columns.contains(from) {
            return;
        }
        for column in &mut self.columns {
            if column == from {
                column.clone_from(to);
            }
        }
        let (old, new) = (quoting.name(from.as_str()), quoting.name(to.as_str()));
        let mut sql = String::with_capacity(self.sql.len());
        let mut copied = 0;
        for (range, _) in quoting.names_in(&self.sql) {
            if self.sql[range.clone()] == old {
                sql.push_str(&self.sql[copied..range.start]);
                sql.push_str(&new);
                copied = range.end;
            }
        }
        sql.push_str(&self.sql[copied..]);
        self.sql = sql;
    }
}
