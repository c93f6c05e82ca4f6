//! Statements, typed: what operations do to a database, whatever the dialect.
//!
//! They hold tables, columns and the names of things rather than SQL, so that locks
//! can be told from them and so that a deferred statement follows a later rename
//! (`rename.rs`, Django's `ddl_references.py`). `render.rs` writes them by the
//! templates of a dialect. SQL stands in them only where nothing else is known:
//! expressions, conditions, defaults, and what somebody wrote by hand.

mod by_hand;
mod rename;
pub(super) mod render;

pub use by_hand::{ByHand, ReindexTarget, TableAction, TransactionControl};

use std::sync::Arc;

use smol_str::SmolStr;

use crate::base::shared::Shared;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(SmolStr);

        impl $name {
            #[must_use]
            pub fn new(name: impl Into<SmolStr>) -> Self {
                Self(name.into())
            }

            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name!(
    /// A table's name, at the length that the database has it; `"a"."b"` for one in
    /// another schema.
    TableName
);
name!(
    /// A column's name.
    ColumnName
);

impl TableName {
    pub(in crate::sql) const fn as_smol(&self) -> &SmolStr {
        &self.0
    }
}

/// One statement, or what Django sends as one.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    CreateTable(CreateTable),
    DropTable {
        table: TableName,
    },
    RenameTable {
        from: TableName,
        to: TableName,
    },
    AddColumn {
        table: TableName,
        column: Box<Column>,
    },
    DropColumn {
        table: TableName,
        column: ColumnName,
    },
    RenameColumn {
        table: TableName,
        from: ColumnName,
        to: ColumnName,
    },
    AlterColumn {
        table: TableName,
        column: ColumnName,
        changes: Vec<ColumnChange>,
    },
    CreateIndex(Arc<CreateIndex>),
    DropIndex {
        table: TableName,
        name: SmolStr,
        concurrently: bool,
    },
    RenameIndex {
        table: TableName,
        from: SmolStr,
        to: SmolStr,
    },
    AddConstraint {
        table: TableName,
        constraint: Constraint,
        not_valid: bool,
    },
    DropConstraint {
        table: TableName,
        name: SmolStr,
        class: ConstraintClass,
    },
    ValidateConstraint {
        table: TableName,
        name: SmolStr,
    },
    CommentOnTable {
        table: TableName,
        comment: SmolStr,
    },
    CommentOnColumn {
        table: TableName,
        column: ColumnName,
        comment: SmolStr,
    },
    AddIdentity {
        table: TableName,
        column: ColumnName,
    },
    DropIdentity {
        table: TableName,
        column: ColumnName,
    },
    AlterSequenceType {
        sequence: SmolStr,
        db_type: SmolStr,
    },
    DropSequence {
        sequence: SmolStr,
    },
    /// Of a table's automatic key from before there were identity columns, if there is
    /// one.
    DropOldSequence {
        sequence: SmolStr,
    },
    CreateExtension {
        name: SmolStr,
    },
    DropExtension {
        name: SmolStr,
    },
    CreateCollation {
        name: SmolStr,
        locale: SmolStr,
        /// `None` for the database's own.
        provider: Option<SmolStr>,
        is_deterministic: bool,
    },
    DropCollation {
        name: SmolStr,
    },
    /// `UPDATE ... SET column = value WHERE column IS NULL`.
    FillNulls {
        table: TableName,
        column: ColumnName,
        value: String,
    },
    /// `UPDATE ... SET column = value`.
    FillColumn {
        table: TableName,
        column: ColumnName,
        value: String,
    },
    /// All rows of a table into another one.
    CopyRows {
        from: TableName,
        to: TableName,
        /// A column of `to` and what goes there, as SQL over columns of `from`; not told
        /// where statements are planned without their text.
        columns: Vec<(String, String)>,
    },
    /// Handwritten text, as it is sent: of one statement or several.
    Raw {
        sql: String,
    },
    /// A statement within such a text that operations do not make.
    ByHand(Box<ByHand>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct CreateTable {
    pub table: TableName,
    pub columns: Vec<Column>,
    pub constraints: Vec<Constraint>,
    pub tablespace: Option<SmolStr>,
    /// PostgreSQL's `UNLOGGED`.
    pub is_unlogged: bool,
}

/// A column as it is created. Copies share memory, so that a table that is made anew, for
/// one column of many, has all others of the table that it replaces.
pub type Column = Shared<ColumnDefinition>;

/// What is said of a [`Column`].
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDefinition {
    pub name: ColumnName,
    pub db_type: SmolStr,
    pub collation: Option<SmolStr>,
    /// Where comments stand in the definition.
    pub comment: Option<SmolStr>,
    pub default: Option<String>,
    pub generated: Option<Generated>,
    pub is_null: bool,
    pub key: ColumnKey,
    /// Where the index of an inline constraint lies.
    pub index_tablespace: Option<SmolStr>,
    pub check: Option<String>,
    /// What stands at the end: `AUTOINCREMENT`.
    pub suffix: Option<&'static str>,
    pub references: Option<Reference>,
    /// `FIRST`, `AFTER`: it does not come last.
    pub is_placed: bool,
}

impl ColumnDefinition {
    /// A column that may be null, with nothing more said of it.
    #[must_use]
    pub const fn nullable(name: ColumnName, db_type: SmolStr) -> Self {
        Self {
            name,
            db_type,
            collation: None,
            comment: None,
            default: None,
            generated: None,
            is_null: true,
            key: ColumnKey::None,
            index_tablespace: None,
            check: None,
            suffix: None,
            references: None,
            is_placed: false,
        }
    }

    /// Whether rows that are there, and those that do not name the column, get a value:
    /// `DEFAULT NULL` gives none.
    #[must_use]
    pub fn has_value(&self) -> bool {
        self.default.as_deref().is_some_and(|it| {
            !it.trim_matches(['(', ')', ' '])
                .eq_ignore_ascii_case("NULL")
        })
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    pub expression: String,
    pub is_stored: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKey {
    None,
    Primary,
    Unique,
}

/// A foreign key that is written with its column.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// `None` for the name that Django makes.
    pub name: Option<Name>,
    pub to_table: TableName,
    pub to_column: ColumnName,
}

/// One thing that `ALTER TABLE ... ALTER COLUMN` changes.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnChange {
    Type {
        db_type: SmolStr,
        /// What the column has before and keeps.
        kept: Kept,
        collation: Option<SmolStr>,
        comment: Option<SmolStr>,
        conversion: Conversion,
    },
    SetDefault(String),
    DropDefault {
        is_null: bool,
    },
    SetNotNull(Restated),
    DropNotNull(Restated),
}

/// What MySQL's `MODIFY` would drop if it were not stated again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kept {
    pub default: Option<String>,
    pub is_null: Option<bool>,
}

/// A column's type with its default, for a dialect that states them again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restated {
    pub db_type: SmolStr,
    pub default: Option<String>,
}

/// How the values of a column come to have its new type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    Implicit,
    Cast,
    /// Somebody's `USING`.
    Expression,
    /// Of a geometry, with a third dimension or without.
    Force3d,
    Force2d,
}

/// What an index or constraint is called: as somebody wrote it, or as Django makes it
/// from its table and columns when the statement is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    Given(SmolStr),
    Generated(Suffix),
}

/// How a generated name ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suffix {
    Text(&'static str),
    /// `_fk_author_id`: the table and column that a foreign key refers to.
    ForeignKeyTarget,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CreateIndex {
    pub table: TableName,
    pub name: Name,
    pub is_unique: bool,
    pub concurrently: bool,
    /// `GIN`; `None` for the database's default.
    pub method: Option<SmolStr>,
    pub indexed: Indexed,
    pub include: Vec<ColumnName>,
    pub nulls_distinct: Option<bool>,
    /// `WITH (...)`.
    pub parameters: Vec<String>,
    pub tablespace: Option<SmolStr>,
    pub condition: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Indexed {
    Columns(Vec<IndexedColumn>),
    Expressions(Fragment),
}

#[derive(Debug, Clone, PartialEq)]
pub struct IndexedColumn {
    pub name: ColumnName,
    pub opclass: Option<SmolStr>,
    pub is_descending: bool,
}

/// SQL with the columns that it names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fragment {
    pub sql: String,
    pub columns: Vec<ColumnName>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    /// `None` leaves the name to the database.
    pub name: Option<Name>,
    pub kind: ConstraintKind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ConstraintKind {
    PrimaryKey {
        columns: Vec<ColumnName>,
    },
    Unique {
        columns: Vec<ColumnName>,
        nulls_distinct: Option<bool>,
        deferrable: Option<Deferrable>,
    },
    Check(Fragment),
    ForeignKey {
        column: ColumnName,
        to_table: TableName,
        to_column: ColumnName,
    },
    Exclusion {
        method: SmolStr,
        expressions: Fragment,
        include: Vec<ColumnName>,
        condition: Option<String>,
        deferrable: Option<Deferrable>,
    },
}

/// What kind of constraint is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstraintClass {
    PrimaryKey,
    Unique,
    Check,
    ForeignKey,
    Exclusion,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deferrable {
    Deferred,
    Immediate,
}
