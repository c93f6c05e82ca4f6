//! What MySQL and MariaDB do to keys and checks by themselves.
//!
//! A foreign key needs an index that begins with its column. Where there is none the
//! server makes one under the name of the constraint, and drops it again without a word
//! as soon as another index will do:
//!
//! ```text
//! ALTER TABLE `book` ADD CONSTRAINT `fk` FOREIGN KEY (`author_id`) ...   -- index `fk`
//! CREATE UNIQUE INDEX `once` ON `book` (`author_id`, `title`)            -- `fk` is gone
//! ```
//!
//! Source: the MySQL 8.4 manual, "FOREIGN KEY Constraints" and "CHECK Constraints";
//! `mysql_prepare_create_table` in MariaDB 10.11.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::{Catalog, Definition, Detail, Entry, EntryKind};
use crate::sql::ddl::{ColumnChange, ColumnName, TableName};

/// The index that the server makes for a foreign key, if it must.
pub(super) fn implicit(entries: &[Entry], key: &Entry) -> Option<Entry> {
    let column = key.columns.first();
    let is_served = entries
        .iter()
        .any(|entry| entry.kind.is_key() && entry.columns.first() == column);
    (!is_served).then(|| {
        Entry::from(Definition {
            name: key.name.clone(),
            columns: key.columns.clone(),
            kind: EntryKind::Index {
                is_unique: false,
                is_plain: true,
                is_implicit: true,
            },
            detail: Detail::default(),
        })
    })
}

/// Another key begins with a column, so that none is kept for the server's own needs.
pub(super) fn release_implicit(entries: &mut Vec<Entry>, first: Option<&ColumnName>) {
    let Some(first) = first else {
        return;
    };
    entries.retain(|entry| {
        let is_implicit = matches!(
            entry.kind,
            EntryKind::Index {
                is_implicit: true,
                ..
            }
        );
        !is_implicit || entry.columns.first() != Some(first)
    });
}

/// The name of a key that has none: its column's, with a number if that is taken.
pub(super) fn key_name(entries: &[Entry], column: &str) -> SmolStr {
    let is_taken = |name: &SmolStr| {
        entries
            .iter()
            .any(|it| it.kind.is_key() && it.name == *name)
    };
    let numbered = (2..).map(|number| format_smolstr!("{column}_{number}"));
    std::iter::once(column.to_smolstr())
        .chain(numbered)
        .find(|name| !is_taken(name))
        .unwrap_or_default()
}

/// `book_chk_1`.
pub(super) fn check_name(table: &TableName, entries: &[Entry]) -> SmolStr {
    let numbers = entries.iter().filter_map(|entry| number_of(table, entry));
    let last = numbers.max().unwrap_or(0);
    format_smolstr!("{}_chk_{}", table.as_str(), last + 1)
}

fn number_of(table: &TableName, entry: &Entry) -> Option<u32> {
    let rest = entry.name.strip_prefix(table.as_str())?;
    rest.strip_prefix("_chk_")?.parse().ok()
}

/// Whether MariaDB gives a column of the type a check: `json` is a text that must be
/// JSON there.
pub(super) fn has_own_check(db_type: &str) -> bool {
    db_type == "json"
}

impl Catalog {
    /// How many keys of a table begin with a column.
    #[must_use]
    pub fn keys_starting_with(&self, table: &TableName, column: &ColumnName) -> usize {
        let entries = self.entries(table).iter();
        entries
            .filter(|entry| entry.kind.is_key() && entry.columns.first() == Some(column))
            .count()
    }

    /// A column is dropped: keys go on without it, and go with their last column.
    pub(super) fn leave_indexes(&mut self, table: &TableName, column: &ColumnName) {
        let mut entries = self.take(table);
        for entry in &mut entries {
            if entry.kind.is_key() && entry.columns.len() > 1 {
                entry.columns.retain(|known| known != column);
            }
        }
        self.set(table, entries);
    }

    /// A column is modified: its own check goes, unless its type brings one.
    pub(super) fn modify(
        &mut self,
        table: &TableName,
        column: &ColumnName,
        changes: &[ColumnChange],
    ) {
        let mut types = changes.iter().rev().filter_map(|change| match change {
            ColumnChange::Type { db_type, .. } => Some(db_type),
            ColumnChange::SetNotNull(column) | ColumnChange::DropNotNull(column) => {
                Some(&column.db_type)
            }
            ColumnChange::SetDefault(_) | ColumnChange::DropDefault { .. } => None,
        });
        let Some(db_type) = types.next() else {
            return;
        };
        let mut entries = self.take(table);
        for entry in &mut entries {
            if matches!(entry.kind, EntryKind::Column { .. })
                && entry.columns.first() == Some(column)
            {
                entry.kind = EntryKind::Column {
                    has_check: has_own_check(db_type),
                };
            }
        }
        self.set(table, entries);
    }

    /// A table was renamed, and with it the checks that have its name.
    pub(super) fn renumber(&mut self, from: &TableName, to: &TableName) {
        let mut entries = self.take(to);
        for entry in &mut entries {
            if let Some(number) = number_of(from, entry) {
                let name = format_smolstr!("{}_chk_{number}", to.as_str());
                entry.name = name;
            }
        }
        self.set(to, entries);
    }
}
