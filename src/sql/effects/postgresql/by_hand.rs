//! Statements that people write.

use super::{Gathered, L};
use crate::sql::ddl::{ByHand, ReindexTarget, TableAction, TableName, TransactionControl};
use crate::sql::dialect::{Server, Version};
use crate::sql::effects::fact::{Amount, Fact};
use crate::sql::effects::{Effects, Failure, LockMode, Loss, Scope, TransactionUse, Work};

const INSERT: Fact = Fact::table("INSERT, COPY", L::RowExclusive).work(Amount::Rows);
const UPDATE: Fact = Fact::table("UPDATE", L::RowExclusive).work(Amount::Rows);
const DELETE: Fact = Fact::table("DELETE", L::RowExclusive).work(Amount::Rows);
const SELECT: Fact = Fact::table("SELECT", L::AccessShare);
const SELECT_FOR_UPDATE: Fact = Fact::table("SELECT ... FOR UPDATE", L::RowShare);
const TRUNCATE: Fact = Fact::table("TRUNCATE", L::AccessExclusive).and(L::AccessExclusive);
const CREATE_TABLE_AS: Fact = Fact::table("CREATE TABLE AS, LIKE", L::AccessExclusive);
const INHERITS: Fact =
    Fact::table("CREATE TABLE ... INHERITS", L::AccessExclusive).and(L::ShareUpdateExclusive);
const CREATE_PARTITION: Fact =
    Fact::table("CREATE TABLE ... PARTITION OF", L::AccessExclusive).and(L::AccessExclusive);
const ATTACH_PARTITION: Fact = Fact::table("ATTACH PARTITION", L::ShareUpdateExclusive)
    .and(L::AccessExclusive)
    .work(Amount::Scan);
const DETACH_PARTITION: Fact =
    Fact::table("DETACH PARTITION", L::AccessExclusive).and(L::AccessExclusive);
const DETACH_PARTITION_CONCURRENTLY: Fact =
    Fact::table("DETACH PARTITION CONCURRENTLY", L::ShareUpdateExclusive)
        .and(L::ShareUpdateExclusive)
        .manual("https://www.postgresql.org/docs/18/sql-altertable.html");
const SET_LOGGED: Fact =
    Fact::table("SET LOGGED, SET UNLOGGED", L::AccessExclusive).work(Amount::Rewrite);
const SET_TABLESPACE: Fact = Fact::table("SET TABLESPACE", L::AccessExclusive)
    .work(Amount::Rewrite)
    .manual("https://www.postgresql.org/docs/18/sql-altertable.html");
const SET_PARAMETERS: Fact = Fact::table(
    "SET (fillfactor ...), SET STATISTICS, CLUSTER ON",
    L::ShareUpdateExclusive,
);
const ALTER_TABLE: Fact = Fact::table(
    "SET STORAGE, OWNER TO, ROW LEVEL SECURITY, REPLICA IDENTITY, INHERIT",
    L::AccessExclusive,
);
const TRIGGER_STATE: Fact = Fact::table("ENABLE, DISABLE TRIGGER", L::ShareRowExclusive);
const ADD_KEY_USING_INDEX: Fact = Fact::table("ADD UNIQUE USING INDEX", L::AccessExclusive);
const ADD_PRIMARY_KEY_USING_INDEX: Fact = Fact::table(
    "ADD PRIMARY KEY USING INDEX of columns that may be null",
    L::AccessExclusive,
)
.work(Amount::Scan);
const ALTER_CONSTRAINT: Fact = Fact::table("ALTER CONSTRAINT", L::AccessExclusive);
const ADD_NOT_NULL_NOT_VALID: Fact =
    Fact::table("ADD NOT NULL ... NOT VALID (18)", L::AccessExclusive);
const LOCK_TABLE: Fact = Fact::table("LOCK TABLE", L::AccessExclusive);
const REINDEX: Fact = Fact::table("REINDEX", L::Share).work(Amount::IndexBuild);
const REINDEX_CONCURRENTLY: Fact = Fact::table("REINDEX CONCURRENTLY", L::ShareUpdateExclusive)
    .work(Amount::IndexBuild)
    .manual("https://www.postgresql.org/docs/18/sql-reindex.html");
const VACUUM: Fact = Fact::table("VACUUM", L::ShareUpdateExclusive)
    .work(Amount::Scan)
    .manual("https://www.postgresql.org/docs/18/sql-vacuum.html");
const VACUUM_FULL: Fact = Fact::table("VACUUM FULL", L::AccessExclusive)
    .work(Amount::Rewrite)
    .manual("https://www.postgresql.org/docs/18/sql-vacuum.html");
const ANALYZE: Fact = Fact::table("ANALYZE", L::ShareUpdateExclusive);
const CLUSTER: Fact = Fact::table("CLUSTER", L::AccessExclusive).work(Amount::Rewrite);
const VIEW: Fact = Fact::table("CREATE VIEW, DROP VIEW", L::AccessExclusive);
const REFRESH: Fact =
    Fact::table("REFRESH MATERIALIZED VIEW", L::AccessExclusive).work(Amount::Rewrite);
const REFRESH_CONCURRENTLY: Fact =
    Fact::table("REFRESH MATERIALIZED VIEW CONCURRENTLY", L::Exclusive).work(Amount::Rows);
const CREATE_TRIGGER: Fact = Fact::table("CREATE TRIGGER", L::ShareRowExclusive);
const DROP_TRIGGER: Fact = Fact::table("DROP TRIGGER", L::AccessExclusive);
const POLICY: Fact = Fact::table("CREATE, ALTER, DROP POLICY and RULE", L::AccessExclusive);
const CREATE_STATISTICS: Fact = Fact::table("CREATE STATISTICS", L::ShareUpdateExclusive);

pub(super) const FACTS: &[&Fact] = &[
    &INSERT,
    &UPDATE,
    &DELETE,
    &SELECT,
    &SELECT_FOR_UPDATE,
    &TRUNCATE,
    &CREATE_TABLE_AS,
    &INHERITS,
    &CREATE_PARTITION,
    &ATTACH_PARTITION,
    &DETACH_PARTITION,
    &DETACH_PARTITION_CONCURRENTLY,
    &SET_LOGGED,
    &SET_TABLESPACE,
    &SET_PARAMETERS,
    &ALTER_TABLE,
    &TRIGGER_STATE,
    &ADD_KEY_USING_INDEX,
    &ADD_PRIMARY_KEY_USING_INDEX,
    &ALTER_CONSTRAINT,
    &ADD_NOT_NULL_NOT_VALID,
    &LOCK_TABLE,
    &REINDEX,
    &REINDEX_CONCURRENTLY,
    &VACUUM,
    &VACUUM_FULL,
    &ANALYZE,
    &CLUSTER,
    &VIEW,
    &REFRESH,
    &REFRESH_CONCURRENTLY,
    &CREATE_TRIGGER,
    &DROP_TRIGGER,
    &POLICY,
    &CREATE_STATISTICS,
];

impl Gathered<'_> {
    #[allow(clippy::too_many_lines, reason = "one arm a statement")]
    pub(super) fn by_hand(&mut self, statement: &ByHand, server: &Server) {
        match statement {
            ByHand::Insert { table, reads } => {
                self.fact(&INSERT, table);
                self.rows(table, Scope::New);
                self.read(reads);
            }
            ByHand::LoadRows { table } => {
                self.fact(&INSERT, table);
                self.rows(table, Scope::New);
            }
            ByHand::Update {
                table,
                has_where,
                reads,
                ..
            } => {
                self.fact(&UPDATE, table);
                self.rows(table, scope(*has_where));
                self.read(reads);
            }
            ByHand::Delete {
                table,
                has_where,
                reads,
            } => {
                self.fact(&DELETE, table);
                self.rows(table, scope(*has_where));
                self.read(reads);
                let loss = Loss::Rows(table.clone(), scope(*has_where));
                self.effects.losses.push(loss);
            }
            ByHand::Select {
                reads,
                locks_rows,
                calls,
            } => {
                if *locks_rows {
                    for table in reads {
                        self.fact(&SELECT_FOR_UPDATE, table);
                    }
                }
                self.read(reads);
                if let Some(function) = calls.first() {
                    self.unknown(&format!("what the function `{function}` does is not known"));
                }
            }
            ByHand::Truncate { tables, is_cascade } => {
                for table in tables {
                    self.truncate(table, *is_cascade);
                }
            }
            ByHand::CreateTableAs { table, reads } => {
                self.fact(&CREATE_TABLE_AS, table);
                self.rows(table, Scope::New);
                self.read(reads);
            }
            ByHand::CreateTableLike {
                table,
                like,
                inherits,
            } => {
                if *inherits {
                    self.fact(&INHERITS, table);
                    self.other(&INHERITS, like, table);
                } else {
                    self.fact(&CREATE_TABLE_AS, table);
                    self.read(std::slice::from_ref(like));
                }
            }
            ByHand::CreatePartition { table, of } => {
                self.fact(&CREATE_PARTITION, table);
                self.other(&CREATE_PARTITION, of, table);
            }
            ByHand::AttachPartition { table, partition } => {
                self.effects
                    .take(table, LockMode::Table(L::ShareUpdateExclusive), Fact::HELD);
                self.other(&ATTACH_PARTITION, partition, table);
                self.scan(partition);
                self.fails(Failure::Check(partition.clone()));
            }
            ByHand::DetachPartition {
                table,
                partition,
                concurrently,
            } => {
                let fact = if *concurrently {
                    self.effects.transaction = TransactionUse::Refuses;
                    &DETACH_PARTITION_CONCURRENTLY
                } else {
                    &DETACH_PARTITION
                };
                self.effects.take(
                    table,
                    fact.lock.unwrap_or(LockMode::Table(L::AccessExclusive)),
                    Fact::HELD,
                );
                self.other(fact, partition, table);
            }
            ByHand::AlterTable { table, action } => self.table_action(table, *action),
            ByHand::RenameConstraint { table, .. } => self.fact(&super::RENAME, table),
            ByHand::AddKeyUsingIndex {
                table,
                index,
                is_primary,
                ..
            } => {
                self.fact(&ADD_KEY_USING_INDEX, table);
                if *is_primary {
                    let columns = self.before.named(table, index).map(|it| it.columns.clone());
                    match columns {
                        Some(columns) => {
                            for column in columns {
                                if !self.before.proves_not_null(table, &column) {
                                    self.fact(&ADD_PRIMARY_KEY_USING_INDEX, table);
                                    self.fails(Failure::Null(table.clone(), column));
                                }
                            }
                        }
                        None => self
                            .effects
                            .doubt("whether the columns of the index may be null is not known"),
                    }
                }
            }
            ByHand::AddCompositeForeignKey {
                table,
                columns,
                to_table,
                not_valid,
                ..
            } => {
                let fact = super::foreign_key_fact(*not_valid);
                self.fact(fact, table);
                self.other(fact, to_table, table);
                if let (false, Some(column)) = (*not_valid, columns.first()) {
                    self.fails(Failure::Orphan(table.clone(), column.clone()));
                }
            }
            ByHand::AlterConstraint { table, .. } => self.fact(&ALTER_CONSTRAINT, table),
            ByHand::AddNotNullNotValid { table, .. } => {
                self.fact(&ADD_NOT_NULL_NOT_VALID, table);
            }
            ByHand::Lock { tables, mode, .. } => {
                let named = mode.as_deref().and_then(|mode| {
                    L::ALL
                        .into_iter()
                        .find(|lock| lock.as_str().eq_ignore_ascii_case(mode))
                });
                for table in tables {
                    let lock = LockMode::Table(named.unwrap_or(L::AccessExclusive));
                    self.effects.take(table, lock, Fact::HELD);
                }
                self.effects.facts.push(&LOCK_TABLE);
            }
            ByHand::Reindex {
                target,
                concurrently,
            } => self.reindex(target, *concurrently),
            ByHand::Vacuum { table, is_full } => {
                self.effects.transaction = TransactionUse::Refuses;
                let fact = if *is_full { &VACUUM_FULL } else { &VACUUM };
                match table {
                    Some(table) => self.fact(fact, table),
                    None => self
                        .effects
                        .doubt("all tables of the database are locked in turn"),
                }
            }
            ByHand::Analyze { table } => {
                if let Some(table) = table {
                    self.fact(&ANALYZE, table);
                }
            }
            ByHand::Cluster { table } => match table {
                Some(table) => self.fact(&CLUSTER, table),
                None => {
                    self.effects.transaction = TransactionUse::Refuses;
                    self.effects
                        .doubt("all clustered tables are rewritten in turn");
                }
            },
            ByHand::CreateView { view, reads, .. } => {
                self.fact(&VIEW, view);
                self.read(reads);
            }
            ByHand::DropView { view, .. } => {
                self.fact(&VIEW, view);
                self.effects.losses.push(Loss::Dependents(view.clone()));
            }
            ByHand::RefreshMaterializedView { view, concurrently } => {
                if *concurrently {
                    self.fact(&REFRESH_CONCURRENTLY, view);
                    self.rows(view, Scope::Some);
                } else {
                    self.fact(&REFRESH, view);
                }
            }
            ByHand::CreateTrigger { table, .. } => self.fact(&CREATE_TRIGGER, table),
            ByHand::DropTrigger { table, .. } => match table {
                Some(table) => self.fact(&DROP_TRIGGER, table),
                None => self
                    .effects
                    .doubt("which table the trigger is on is not known"),
            },
            ByHand::Policy { table } => self.fact(&POLICY, table),
            ByHand::CreateStatistics { table } => self.fact(&CREATE_STATISTICS, table),
            ByHand::DoBlock => self.unknown("what a `DO` block does is not analysed"),
            ByHand::Call { name } => {
                self.unknown(&format!("what the procedure `{name}` does is not known"));
            }
            ByHand::AlterDomain { adds_check, .. } => {
                if *adds_check {
                    self.effects
                        .doubt("every table with a column of the domain is read");
                }
            }
            ByHand::AddEnumValue { .. } => {
                // Release notes of PostgreSQL 12.
                if server.version < Version::new(12, 0, 0) {
                    self.effects.transaction = TransactionUse::Refuses;
                }
                self.effects.facts.push(&super::NO_TABLE);
            }
            ByHand::DropSchema { .. } | ByHand::DropType { .. } => {
                self.effects.doubt("what depends on it may go with it");
            }
            ByHand::Transaction(control) => {
                self.effects.transaction = match control {
                    TransactionControl::Begin => TransactionUse::Begins,
                    TransactionControl::Commit | TransactionControl::Rollback => {
                        TransactionUse::Ends
                    }
                    TransactionControl::Savepoint => TransactionUse::Joins,
                };
            }
            ByHand::Unread { reason } => self.unknown(reason),
            ByHand::Optimize { .. } | ByHand::Pragma { .. } => {
                self.unknown("PostgreSQL has no such statement");
            }
            ByHand::CreateFunction { .. }
            | ByHand::DropFunction { .. }
            | ByHand::CreateEnum { .. }
            | ByHand::CreateType { .. }
            | ByHand::CreateDomain { .. }
            | ByHand::RenameEnumValue { .. }
            | ByHand::RenameType { .. }
            | ByHand::CreateSchema { .. }
            | ByHand::RenameSchema { .. }
            | ByHand::CreateSequence { .. }
            | ByHand::AlterSequence { .. }
            | ByHand::SetSetting { .. }
            | ByHand::SetConstraints
            | ByHand::Harmless { .. } => self.effects.facts.push(&super::NO_TABLE),
        }
    }

    fn unknown(&mut self, reason: &str) {
        let unknown = Effects::not_analysed(reason);
        self.effects.doubts.extend(unknown.doubts);
    }

    fn read(&mut self, tables: &[TableName]) {
        for table in tables {
            self.fact(&SELECT, table);
        }
    }

    fn truncate(&mut self, table: &TableName, is_cascade: bool) {
        if self
            .effects
            .losses
            .contains(&Loss::Rows(table.clone(), Scope::All))
        {
            return;
        }
        self.fact(&TRUNCATE, table);
        self.effects.work(Work::Empty {
            table: table.clone(),
        });
        let loss = Loss::Rows(table.clone(), Scope::All);
        self.effects.losses.push(loss);
        if is_cascade {
            for referrer in self.before.referring_tables(table, None) {
                self.truncate(&referrer, true);
            }
        }
    }

    fn table_action(&mut self, table: &TableName, action: TableAction) {
        let fact = match action {
            TableAction::SetLogged | TableAction::SetUnlogged => &SET_LOGGED,
            TableAction::SetTablespace => &SET_TABLESPACE,
            TableAction::SetParameters | TableAction::SetStatistics | TableAction::ClusterOn => {
                &SET_PARAMETERS
            }
            TableAction::SetStorage
            | TableAction::Owner
            | TableAction::RowSecurity
            | TableAction::ReplicaIdentity
            | TableAction::Inherit => &ALTER_TABLE,
            TableAction::EnableTrigger | TableAction::DisableTrigger => &TRIGGER_STATE,
            TableAction::Engine
            | TableAction::Force
            | TableAction::RowFormat
            | TableAction::ConvertCharset
            | TableAction::AutoIncrement
            | TableAction::Comment
            | TableAction::Partitions => {
                self.unknown("PostgreSQL has no such action");
                return;
            }
        };
        self.fact(fact, table);
    }

    fn reindex(&mut self, target: &ReindexTarget, concurrently: bool) {
        let fact = if concurrently {
            self.effects.transaction = TransactionUse::Refuses;
            &REINDEX_CONCURRENTLY
        } else {
            &REINDEX
        };
        let Some(table) = self.before.reindexed(target) else {
            self.effects
                .doubt("which tables the indexes are on is not known");
            return;
        };
        self.fact(fact, &table);
        match target {
            ReindexTarget::Index(index) => self.index_build(&table, Some(index)),
            ReindexTarget::Table(_) | ReindexTarget::More => {
                let indexes: Vec<_> = self
                    .before
                    .entries(&table)
                    .iter()
                    .filter(|entry| entry.kind.has_index())
                    .map(|entry| entry.name.clone())
                    .collect();
                for index in indexes {
                    self.index_build(&table, Some(&index));
                }
            }
        }
    }
}

const fn scope(has_where: bool) -> Scope {
    if has_where { Scope::Some } else { Scope::All }
}
