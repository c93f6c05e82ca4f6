//! What belongs to a table besides its columns: constraints, indexes, sequences.

use smol_str::SmolStr;

use crate::base::shared::Shared;
use crate::sql::ddl::{ColumnName, TableName};

/// A constraint, index or sequence of a table.
pub type Entry = Shared<Definition>;

/// What is known of an [`Entry`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Empty for a name that only the server knows.
    pub name: SmolStr,
    pub kind: EntryKind,
    /// In the order of the definition; empty for expressions.
    pub columns: Vec<ColumnName>,
    pub detail: Detail,
}

/// What effects depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The columns in a check, or in the expressions and the condition of an index.
    pub uses: Vec<ColumnName>,
    /// Columns that a check shows to be never null.
    pub never_null: Vec<ColumnName>,
    /// Whether all rows are known to keep to it.
    pub is_valid: bool,
    /// An index that compares by operators of its own.
    pub has_opclass: bool,
}

impl Default for Detail {
    fn default() -> Self {
        Self {
            uses: Vec::new(),
            never_null: Vec::new(),
            is_valid: true,
            has_opclass: false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    PrimaryKey,
    Unique,
    ForeignKey {
        to_table: TableName,
        to_column: ColumnName,
    },
    Check,
    /// `NOT NULL`, where it is a constraint with a name.
    NotNull,
    Exclusion,
    Index {
        is_unique: bool,
        /// One as `db_index=True` makes it, which Django calls of type `idx`.
        is_plain: bool,
        /// Made by the server for a foreign key, until another one serves.
        is_implicit: bool,
    },
    /// A column, where checks belong to columns and are told in their order.
    Column {
        has_check: bool,
    },
    /// What counts the values of a column.
    Sequence,
}

impl EntryKind {
    /// Whether it is an index, or has one of its name.
    pub(super) const fn is_key(&self) -> bool {
        matches!(self, Self::PrimaryKey | Self::Unique | Self::Index { .. })
    }

    /// Whether an index is behind it.
    #[must_use]
    pub const fn has_index(&self) -> bool {
        match self {
            Self::PrimaryKey | Self::Unique | Self::Exclusion | Self::Index { .. } => true,
            Self::ForeignKey { .. }
            | Self::Check
            | Self::NotNull
            | Self::Column { .. }
            | Self::Sequence => false,
        }
    }
}

impl Definition {
    /// Whether the expressions or the condition of an index, or a check, name a column.
    #[must_use]
    pub fn uses(&self, column: &ColumnName) -> bool {
        self.detail.uses.contains(column)
    }

    /// Whether it is about a column, in whatever way.
    pub(super) fn names(&self, column: &ColumnName) -> bool {
        self.columns.contains(column)
            || self.uses(column)
            || self.detail.never_null.contains(column)
    }

    /// Whether it is a foreign key to a table, or to one of its columns.
    pub(super) fn refers_to(&self, table: &TableName, column: Option<&ColumnName>) -> bool {
        match &self.kind {
            EntryKind::ForeignKey {
                to_table,
                to_column,
            } => to_table == table && column.is_none_or(|column| column == to_column),
            _ => false,
        }
    }
}
