//! A fact about a kind of statement, with where it is from.

use super::{Algorithm, Held, LockMode, TableLock};

/// What is true of a kind of statement on a database.
#[derive(Debug, PartialEq, Eq)]
pub struct Fact {
    /// In SQL's words: `SET NOT NULL`.
    pub statement: &'static str,
    /// On the table that the statement is about.
    pub lock: Option<LockMode>,
    /// On the tables that its foreign keys lead to, or that lead to it.
    pub other: Option<LockMode>,
    pub work: Amount,
    /// How MySQL or MariaDB alter the table.
    pub algorithm: Option<Algorithm>,
    pub source: Source,
}

/// How much of a table a statement reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    Nothing,
    Rows,
    Scan,
    IndexBuild,
    Rewrite,
}

/// How a fact is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The conformance suite runs the statement on live servers.
    Measured,
    /// It cannot be run there; the page of the manual that says it.
    Manual(&'static str),
}

impl Fact {
    /// A fact that the conformance suite measures, about a statement that takes a lock of
    /// PostgreSQL.
    pub(super) const fn table(statement: &'static str, lock: TableLock) -> Self {
        Self {
            statement,
            lock: Some(LockMode::Table(lock)),
            other: None,
            algorithm: None,
            work: Amount::Nothing,
            source: Source::Measured,
        }
    }

    /// A fact about `ALTER TABLE` of MySQL and MariaDB.
    pub(super) const fn online(
        statement: &'static str,
        algorithm: Algorithm,
        lock: LockMode,
    ) -> Self {
        Self {
            algorithm: Some(algorithm),
            ..Self::statement(statement, lock)
        }
    }

    pub(super) const fn statement(statement: &'static str, lock: LockMode) -> Self {
        Self {
            lock: Some(lock),
            ..Self::none(statement)
        }
    }

    pub(super) const fn none(statement: &'static str) -> Self {
        Self {
            lock: None,
            ..Self::table(statement, TableLock::AccessShare)
        }
    }

    pub(super) const fn and(mut self, other: TableLock) -> Self {
        self.other = Some(LockMode::Table(other));
        self
    }

    pub(super) const fn work(mut self, work: Amount) -> Self {
        self.work = work;
        self
    }

    pub(super) const fn manual(mut self, page: &'static str) -> Self {
        self.source = Source::Manual(page);
        self
    }

    /// Until when PostgreSQL holds what a statement takes.
    pub(super) const HELD: Held = Held::Transaction;
}
