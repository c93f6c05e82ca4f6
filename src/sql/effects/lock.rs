//! Locks on tables, and what waits for them.

use std::fmt;

use crate::sql::ddl::TableName;

/// A lock that a statement takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    pub table: TableName,
    pub mode: LockMode,
    pub held: Held,
}

/// Until when a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// For a moment, when the statement begins or ends; but who waits for it makes others
    /// wait.
    Moment,
    /// Until the statement ends.
    Statement,
    /// Until the transaction ends.
    Transaction,
}

/// How a table is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockMode {
    /// One of PostgreSQL's table-level locks.
    Table(TableLock),
    /// `LOCK=NONE` of MySQL and MariaDB: reads and writes go on, but for the moments in
    /// which the definition changes.
    Online,
    /// `LOCK=SHARED` of MySQL and MariaDB: reads go on.
    Shared,
    /// `LOCK=EXCLUSIVE` of MySQL and MariaDB.
    Exclusive,
    /// SQLite's, on the whole database: one connection writes.
    Database,
    /// Oracle's `ROW EXCLUSIVE`: rows that are not touched can be written.
    RowExclusive,
    /// Oracle's `SHARE`.
    Share,
    /// Oracle's `EXCLUSIVE`: reads go on.
    NoWrites,
}

/// PostgreSQL's table-level locks, weakest first.
/// Source: "Table-Level Locks" in section 13.3 of the PostgreSQL 18 manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableLock {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

impl TableLock {
    pub const ALL: [Self; 8] = [
        Self::AccessShare,
        Self::RowShare,
        Self::RowExclusive,
        Self::ShareUpdateExclusive,
        Self::Share,
        Self::ShareRowExclusive,
        Self::Exclusive,
        Self::AccessExclusive,
    ];

    /// As SQL and the manual write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// As `pg_locks` has it: `AccessExclusiveLock`.
    #[must_use]
    pub const fn in_pg_locks(self) -> &'static str {
        match self {
            Self::AccessShare => "AccessShareLock",
            Self::RowShare => "RowShareLock",
            Self::RowExclusive => "RowExclusiveLock",
            Self::ShareUpdateExclusive => "ShareUpdateExclusiveLock",
            Self::Share => "ShareLock",
            Self::ShareRowExclusive => "ShareRowExclusiveLock",
            Self::Exclusive => "ExclusiveLock",
            Self::AccessExclusive => "AccessExclusiveLock",
        }
    }

    /// The weakest lock from which on all conflict with this one: what conflicts with a
    /// mode is itself a range of the order, but for the two that do not conflict with
    /// themselves.
    #[must_use]
    pub const fn conflicts_with(self, other: Self) -> bool {
        use TableLock as L;
        match self {
            L::AccessShare => matches!(other, L::AccessExclusive),
            L::RowShare => matches!(other, L::Exclusive | L::AccessExclusive),
            L::RowExclusive => matches!(
                other,
                L::Share | L::ShareRowExclusive | L::Exclusive | L::AccessExclusive
            ),
            L::ShareUpdateExclusive => {
                !matches!(other, L::AccessShare | L::RowShare | L::RowExclusive)
            }
            L::Share => !matches!(other, L::AccessShare | L::RowShare | L::Share),
            L::ShareRowExclusive => !matches!(other, L::AccessShare | L::RowShare),
            L::Exclusive => !matches!(other, L::AccessShare),
            L::AccessExclusive => true,
        }
    }

    /// Whether everything that waits for `weaker` waits for this one.
    #[must_use]
    pub fn includes(self, weaker: Self) -> bool {
        Self::ALL
            .into_iter()
            .all(|other| !weaker.conflicts_with(other) || self.conflicts_with(other))
    }
}

impl LockMode {
    /// Whether plain reads wait.
    #[must_use]
    pub const fn blocks_reads(self) -> bool {
        match self {
            Self::Table(lock) => lock.conflicts_with(TableLock::AccessShare),
            Self::Exclusive => true,
            Self::Online
            | Self::Shared
            | Self::Database
            | Self::RowExclusive
            | Self::Share
            | Self::NoWrites => false,
        }
    }

    /// Whether inserts, updates and deletes wait.
    #[must_use]
    pub const fn blocks_writes(self) -> bool {
        match self {
            Self::Table(lock) => lock.conflicts_with(TableLock::RowExclusive),
            Self::Shared | Self::Exclusive | Self::Database | Self::Share | Self::NoWrites => true,
            Self::Online | Self::RowExclusive => false,
        }
    }

    /// Whether other statements that change the table's definition or its statistics wait.
    #[must_use]
    pub const fn blocks_ddl(self) -> bool {
        match self {
            Self::Table(lock) => lock.conflicts_with(TableLock::ShareUpdateExclusive),
            Self::Online
            | Self::Shared
            | Self::Exclusive
            | Self::Database
            | Self::RowExclusive
            | Self::Share
            | Self::NoWrites => true,
        }
    }

    /// What waits for it, in plain words: `reads and writes`; `None` if nothing that an
    /// application does.
    #[must_use]
    pub const fn what_waits(self) -> Option<&'static str> {
        match (self.blocks_reads(), self.blocks_writes()) {
            (true, _) => Some("reads and writes"),
            (false, true) => Some("writes"),
            (false, false) => None,
        }
    }

    /// Whether everything that waits for another lock waits for this one.
    #[must_use]
    pub fn includes(self, other: Self) -> bool {
        match (self, other) {
            (Self::Table(own), Self::Table(other)) => own.includes(other),
            _ => self == other || self.strength() > other.strength(),
        }
    }

    /// Both locks at once. PostgreSQL's `SHARE` and `SHARE UPDATE EXCLUSIVE` together stop
    /// what `SHARE ROW EXCLUSIVE` stops.
    pub(super) fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Table(own), Self::Table(other)) => {
                if own.includes(other) {
                    self
                } else if other.includes(own) {
                    Self::Table(other)
                } else {
                    Self::Table(TableLock::ShareRowExclusive)
                }
            }
            _ if other.includes(self) => other,
            _ => self,
        }
    }

    const fn strength(self) -> u8 {
        match self {
            Self::Online | Self::RowExclusive => 0,
            Self::Shared | Self::Share => 1,
            Self::NoWrites | Self::Database => 2,
            Self::Exclusive => 3,
            Self::Table(_) => 4,
        }
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Table(lock) => lock.as_str(),
            Self::Online => "LOCK=NONE",
            Self::Shared => "LOCK=SHARED",
            Self::Exclusive => "LOCK=EXCLUSIVE",
            Self::Database => "write lock on the database",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::Share => "SHARE",
            Self::NoWrites => "EXCLUSIVE",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Table 13.2 of the PostgreSQL 18 manual, "Conflicting Lock Modes".
    #[test]
    fn conflicts_are_those_of_the_manual() {
        let table = [
            ".......x", "......xx", "....xxxx", "...xxxxx", "..xx.xxx", "..xxxxxx", ".xxxxxxx",
            "xxxxxxxx",
        ];
        for (own, row) in TableLock::ALL.into_iter().zip(table) {
            let found: String = TableLock::ALL
                .into_iter()
                .map(|other| if own.conflicts_with(other) { 'x' } else { '.' })
                .collect();
            assert_eq!(found, row, "{own:?}");
        }
    }

    #[test]
    fn what_waits_is_told_in_plain_words() {
        let waits = |lock| LockMode::Table(lock).what_waits();
        assert_eq!(waits(TableLock::AccessExclusive), Some("reads and writes"));
        assert_eq!(waits(TableLock::Share), Some("writes"));
        assert_eq!(waits(TableLock::ShareUpdateExclusive), None);
        let both = LockMode::Table(TableLock::Share)
            .with(LockMode::Table(TableLock::ShareUpdateExclusive));
        assert_eq!(both, LockMode::Table(TableLock::ShareRowExclusive));
    }
}
