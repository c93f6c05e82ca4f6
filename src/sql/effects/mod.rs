//! What a statement does to a database besides what it is for: which locks it takes and
//! what these stop, what it reads or writes of the rows that are there, whether it can be
//! undone, what it loses and on what rows it fails.
//!
//! ```text
//! CREATE INDEX ... ON shop_book     PostgreSQL: writes of `shop_book` wait until the
//!                                   transaction ends, for as long as the index is built
//! ```
//!
//! [`of`] answers for one statement on one server, given what the database holds before
//! it. Each dialect has a file of its facts, as data with their source.

mod fact;
mod lock;
pub(super) mod mysql;
mod narrow;
pub(super) mod oracle;
pub(super) mod postgresql;
pub(super) mod sqlite;

pub use fact::{Fact, Source};
pub use lock::{Held, Lock, LockMode, TableLock};

use smol_str::SmolStr;

use super::catalog::Catalog;
use super::ddl::{ColumnName, Statement, TableName};
use super::dialect::{Dialect, Server};
use super::handwritten::Mark;

/// What a statement does besides what it is for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Effects {
    /// The strongest of each table. A table that the statement makes is one of them.
    pub locks: Vec<Lock>,
    /// What takes longer the more rows there are.
    pub work: Vec<Work>,
    pub transaction: TransactionUse,
    /// What cannot be had back.
    pub losses: Vec<Loss>,
    /// What rows the statement fails on.
    pub failures: Vec<Failure>,
    /// What the server refuses of a handwritten statement, because it is another database's.
    pub foreign: Option<&'static Mark>,
    /// How MySQL and MariaDB alter the table.
    pub algorithm: Option<Algorithm>,
    /// What it is not known of, and why; rules are silent on it.
    pub doubts: Vec<Doubt>,
    /// Where this is from.
    pub facts: Vec<&'static Fact>,
}

/// Work that grows with a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Rows are inserted, updated or deleted.
    Rows { table: TableName, scope: Scope },
    /// All rows are read.
    Scan { table: TableName },
    /// All rows are read, and an index is made of them.
    IndexBuild {
        table: TableName,
        /// `None` for one whose name the server chooses.
        index: Option<SmolStr>,
    },
    /// All rows are written anew, with all indexes.
    Rewrite { table: TableName },
    /// All rows go at once, whatever their number.
    Empty { table: TableName },
}

/// How many of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    All,
    /// Those that a condition holds for.
    Some,
    /// New ones.
    New,
}

/// How long a statement works, and holds its locks at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duration {
    /// The same for any number of rows.
    Instant,
    /// As long as it takes to write the rows that are meant.
    Rows,
    /// As long as it takes to read the table.
    Scan,
    /// As long as it takes to build an index on the table.
    IndexBuild,
    /// As long as it takes to write the table and its indexes anew.
    Rewrite,
}

/// What a statement has to do with transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TransactionUse {
    /// It is part of one, and undone with it.
    #[default]
    Joins,
    /// The database refuses it within one.
    Refuses,
    /// It ends the one that runs, and cannot be undone.
    Commits,
    /// `BEGIN`.
    Begins,
    /// `COMMIT`, `ROLLBACK`.
    Ends,
}

/// How MySQL and MariaDB alter a table: `ALGORITHM=`, from the cheapest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    Instant,
    /// MariaDB: only what is changed is written.
    NoCopy,
    InPlace,
    Copy,
}

/// What cannot be had back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loss {
    Table(TableName),
    Column(TableName, ColumnName),
    Rows(TableName, Scope),
    /// Parts of values: a column becomes narrower.
    Precision(TableName, ColumnName),
    /// A constraint that kept rows right.
    Constraint(TableName, SmolStr),
    /// A trigger that goes with its table.
    Trigger(TableName, SmolStr),
    /// Whatever depends on the table or column: `CASCADE`.
    Dependents(TableName),
}

/// What rows a statement fails on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Any: the column would be null in them.
    Any(TableName, ColumnName),
    Null(TableName, ColumnName),
    Duplicate(TableName, Vec<ColumnName>),
    /// Those for which a condition does not hold.
    Check(TableName),
    /// Those that refer to a row that is not there.
    Orphan(TableName, ColumnName),
    /// Those whose value has no counterpart in the new type.
    Value(TableName, ColumnName),
    /// None at all is needed: a view reads the column.
    View(TableName, ColumnName),
}

/// What is not known, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    pub of: DoubtOf,
    pub reason: SmolStr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoubtOf {
    /// Locks and work as told are the least that happens.
    Work,
    /// Everything: the statement was not analysed.
    All,
}

/// The effects of a statement on a server that holds what `before` says.
#[must_use]
pub fn of(statement: &Statement, server: &Server, before: &Catalog) -> Effects {
    let mut effects = (server.dialect.knowledge.effects)(statement, server, before);
    // SQLite's columns hold values of any length.
    if !server.features.is_embedded {
        effects.losses.extend(narrow::loss(statement, before));
    }
    effects
}

/// The facts that are known of a dialect.
pub fn facts(dialect: &Dialect) -> impl Iterator<Item = &'static Fact> {
    let Knowledge {
        facts,
        further_facts,
        ..
    } = dialect.knowledge;
    facts.iter().chain(further_facts).copied()
}

/// What is known of the statements of a dialect.
#[derive(Debug)]
pub(super) struct Knowledge {
    effects: fn(&Statement, &Server, &Catalog) -> Effects,
    facts: &'static [&'static Fact],
    /// On what only people write.
    further_facts: &'static [&'static Fact],
}

impl Effects {
    pub(super) fn not_analysed(reason: impl Into<SmolStr>) -> Self {
        Self {
            doubts: vec![Doubt {
                of: DoubtOf::All,
                reason: reason.into(),
            }],
            ..Self::default()
        }
    }

    /// Why nothing is known, if so.
    #[must_use]
    pub fn why_not_analysed(&self) -> Option<&SmolStr> {
        let mut doubts = self.doubts.iter();
        doubts
            .find(|doubt| doubt.of == DoubtOf::All)
            .map(|doubt| &doubt.reason)
    }

    /// Whether all that happens is told.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.doubts.is_empty()
    }

    /// The lock on a table.
    #[must_use]
    pub fn lock(&self, table: &TableName) -> Option<&Lock> {
        self.locks.iter().find(|lock| lock.table == *table)
    }

    /// Whether reads of a table wait while the lock is held.
    #[must_use]
    pub fn blocks_reads_on(&self, table: &TableName) -> bool {
        self.lock(table)
            .is_some_and(|lock| lock.mode.blocks_reads())
    }

    /// Whether writes of a table wait while the lock is held.
    #[must_use]
    pub fn blocks_writes_on(&self, table: &TableName) -> bool {
        self.lock(table)
            .is_some_and(|lock| lock.mode.blocks_writes())
    }

    /// The tables whose writes wait.
    pub fn blocked(&self) -> impl Iterator<Item = &Lock> {
        self.locks.iter().filter(|lock| lock.mode.blocks_writes())
    }

    /// How long the statement works, on whatever table.
    #[must_use]
    pub fn duration(&self) -> Duration {
        let durations = self.work.iter().map(Work::duration);
        durations.max().unwrap_or(Duration::Instant)
    }

    /// How long the statement works on one table.
    #[must_use]
    pub fn duration_on(&self, table: &TableName) -> Duration {
        let own = self.work.iter().filter(|work| work.table() == table);
        own.map(Work::duration).max().unwrap_or(Duration::Instant)
    }

    #[must_use]
    pub fn rewrites(&self, table: &TableName) -> bool {
        self.duration_on(table) == Duration::Rewrite
    }

    /// Whether all rows of a table are read, for whatever reason.
    #[must_use]
    pub fn scans(&self, table: &TableName) -> bool {
        self.duration_on(table) >= Duration::Scan
    }

    /// Takes a lock; of two on one table the stronger stays.
    fn take(&mut self, table: &TableName, mode: LockMode, held: Held) {
        let lock = Lock {
            table: table.clone(),
            mode,
            held,
        };
        match self.locks.iter_mut().find(|lock| lock.table == *table) {
            None => self.locks.push(lock),
            Some(known) if mode.includes(known.mode) => *known = lock,
            Some(known) => {
                known.mode = known.mode.with(mode);
                known.held = known.held.max(held);
            }
        }
    }

    /// What is left where a statement finds what it would make, or nothing to drop: the
    /// database locks the table before it looks.
    pub(super) fn of_nothing(self, statement: &Statement) -> Self {
        let table = match statement {
            Statement::AddColumn { table, .. }
            | Statement::DropColumn { table, .. }
            | Statement::DropConstraint { table, .. } => table,
            Statement::CreateIndex(index) => &index.table,
            _ => return Self::default(),
        };
        let locks = self.locks.into_iter().filter(|lock| lock.table == *table);
        Self {
            locks: locks.collect(),
            transaction: self.transaction,
            ..Self::default()
        }
    }

    /// All of the parts of one text.
    #[must_use]
    pub fn join(parts: &[Self]) -> Self {
        let mut all = Self::default();
        for part in parts {
            for lock in &part.locks {
                all.take(&lock.table, lock.mode, lock.held);
            }
            for work in &part.work {
                all.work(work.clone());
            }
            if part.transaction != TransactionUse::Joins {
                all.transaction = part.transaction;
            }
            all.losses.extend(part.losses.iter().cloned());
            all.failures.extend(part.failures.iter().cloned());
            all.doubts.extend(part.doubts.iter().cloned());
            all.algorithm = all.algorithm.max(part.algorithm);
            all.foreign = all.foreign.or(part.foreign);
            all.facts.extend(&part.facts);
        }
        all
    }

    fn work(&mut self, work: Work) {
        if !self.work.contains(&work) {
            self.work.push(work);
        }
    }

    fn doubt(&mut self, reason: impl Into<SmolStr>) {
        self.doubts.push(Doubt {
            of: DoubtOf::Work,
            reason: reason.into(),
        });
    }
}

impl Work {
    #[must_use]
    pub const fn table(&self) -> &TableName {
        match self {
            Self::Rows { table, .. }
            | Self::Scan { table }
            | Self::IndexBuild { table, .. }
            | Self::Rewrite { table }
            | Self::Empty { table } => table,
        }
    }

    #[must_use]
    pub const fn duration(&self) -> Duration {
        match self {
            Self::Rows {
                scope: Scope::New, ..
            } => Duration::Rows,
            Self::Rows { .. } | Self::Scan { .. } => Duration::Scan,
            Self::IndexBuild { .. } => Duration::IndexBuild,
            Self::Rewrite { .. } => Duration::Rewrite,
            Self::Empty { .. } => Duration::Instant,
        }
    }
}
