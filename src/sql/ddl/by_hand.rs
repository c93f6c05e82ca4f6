//! Statements that people write and that Django's operations never make.

use smol_str::SmolStr;

use super::{ColumnName, TableName};

/// A statement of handwritten SQL beyond those that operations make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ByHand {
    // Rows.
    Insert {
        table: TableName,
        /// The tables that the new rows are read from.
        reads: Vec<TableName>,
    },
    Update {
        table: TableName,
        columns: Vec<ColumnName>,
        has_where: bool,
        reads: Vec<TableName>,
    },
    Delete {
        table: TableName,
        has_where: bool,
        reads: Vec<TableName>,
    },
    Truncate {
        tables: Vec<TableName>,
        is_cascade: bool,
    },
    Select {
        reads: Vec<TableName>,
        /// `FOR UPDATE` and the like.
        locks_rows: bool,
        /// Functions that are not known to do nothing but compute.
        calls: Vec<SmolStr>,
    },
    /// `COPY ... FROM`, `LOAD DATA`.
    LoadRows {
        table: TableName,
    },

    // Tables.
    CreateTableAs {
        table: TableName,
        reads: Vec<TableName>,
    },
    /// `CREATE TABLE ... (LIKE ...)`, `INHERITS`: columns that come from elsewhere.
    CreateTableLike {
        table: TableName,
        like: TableName,
        inherits: bool,
    },
    CreatePartition {
        table: TableName,
        of: TableName,
    },
    AttachPartition {
        table: TableName,
        partition: TableName,
    },
    DetachPartition {
        table: TableName,
        partition: TableName,
        concurrently: bool,
    },
    AlterTable {
        table: TableName,
        action: TableAction,
    },
    RenameConstraint {
        table: TableName,
        from: SmolStr,
        to: SmolStr,
    },
    /// `ADD UNIQUE USING INDEX`, `ADD PRIMARY KEY USING INDEX`.
    AddKeyUsingIndex {
        table: TableName,
        /// `None` leaves it the index's name.
        name: Option<SmolStr>,
        index: SmolStr,
        is_primary: bool,
    },
    /// A foreign key of several columns.
    AddCompositeForeignKey {
        table: TableName,
        name: Option<SmolStr>,
        columns: Vec<ColumnName>,
        to_table: TableName,
        not_valid: bool,
    },
    /// `ALTER CONSTRAINT`.
    AlterConstraint {
        table: TableName,
        name: SmolStr,
    },
    /// `NOT NULL` as a constraint that is not checked yet, of PostgreSQL 18.
    AddNotNullNotValid {
        table: TableName,
        column: ColumnName,
        name: Option<SmolStr>,
    },
    Lock {
        tables: Vec<TableName>,
        /// As SQL writes it; `None` for the strongest.
        mode: Option<SmolStr>,
        nowait: bool,
    },

    // Upkeep.
    Reindex {
        target: ReindexTarget,
        concurrently: bool,
    },
    Vacuum {
        /// `None` for all.
        table: Option<TableName>,
        is_full: bool,
    },
    Analyze {
        table: Option<TableName>,
    },
    Cluster {
        table: Option<TableName>,
    },
    /// `OPTIMIZE TABLE`.
    Optimize {
        table: TableName,
    },

    // Views and triggers.
    CreateView {
        view: TableName,
        is_materialized: bool,
        is_replacement: bool,
        reads: Vec<TableName>,
        query: String,
    },
    DropView {
        view: TableName,
        is_materialized: bool,
    },
    RefreshMaterializedView {
        view: TableName,
        concurrently: bool,
    },
    CreateTrigger {
        table: TableName,
        name: SmolStr,
    },
    DropTrigger {
        /// `None` where the statement does not name it.
        table: Option<TableName>,
        name: SmolStr,
    },
    /// `CREATE POLICY`, `ALTER POLICY`, `DROP POLICY`, `CREATE RULE`.
    Policy {
        table: TableName,
    },
    /// `CREATE STATISTICS`.
    CreateStatistics {
        table: TableName,
    },

    // Code.
    CreateFunction {
        name: SmolStr,
    },
    DropFunction {
        name: SmolStr,
    },
    /// Its body is code that runs at once.
    DoBlock,
    Call {
        name: SmolStr,
    },

    // Types, schemas, sequences.
    CreateEnum {
        name: SmolStr,
    },
    CreateType {
        name: SmolStr,
    },
    CreateDomain {
        name: SmolStr,
        base: SmolStr,
        has_check: bool,
    },
    AlterDomain {
        name: SmolStr,
        adds_check: bool,
    },
    DropType {
        name: SmolStr,
    },
    AddEnumValue {
        name: SmolStr,
        value: SmolStr,
        has_position: bool,
    },
    RenameEnumValue {
        name: SmolStr,
        from: SmolStr,
    },
    RenameType {
        name: SmolStr,
    },
    CreateSchema {
        name: SmolStr,
    },
    DropSchema {
        name: SmolStr,
    },
    RenameSchema {
        name: SmolStr,
    },
    CreateSequence {
        name: SmolStr,
    },
    AlterSequence {
        name: SmolStr,
    },

    // Sessions.
    SetSetting {
        name: SmolStr,
        value: String,
        /// `SET LOCAL`: until the transaction ends.
        is_local: bool,
    },
    Transaction(TransactionControl),
    /// `SET CONSTRAINTS`.
    SetConstraints,
    Pragma {
        name: SmolStr,
        value: Option<String>,
    },
    /// `GRANT` and others that touch no rows and lock no table.
    Harmless {
        what: SmolStr,
    },

    /// What could not be read, and why.
    Unread {
        reason: SmolStr,
    },
}

/// What `ALTER TABLE` does that is neither a column nor a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableAction {
    SetLogged,
    SetUnlogged,
    SetTablespace,
    /// `SET (fillfactor = ...)`.
    SetParameters,
    /// `ALTER COLUMN ... SET STATISTICS`, `SET (n_distinct = ...)`.
    SetStatistics,
    /// `ALTER COLUMN ... SET STORAGE`.
    SetStorage,
    ClusterOn,
    Owner,
    RowSecurity,
    ReplicaIdentity,
    EnableTrigger,
    DisableTrigger,
    Inherit,
    // MySQL's.
    Engine,
    Force,
    RowFormat,
    ConvertCharset,
    AutoIncrement,
    Comment,
    /// `PARTITION BY` and changes of partitions.
    Partitions,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReindexTarget {
    Index(SmolStr),
    Table(TableName),
    /// A schema or the whole database.
    More,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionControl {
    Begin,
    Commit,
    Rollback,
    /// `SAVEPOINT`, `RELEASE`, `ROLLBACK TO`.
    Savepoint,
}
