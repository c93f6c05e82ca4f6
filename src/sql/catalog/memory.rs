//! What copies of a catalog share, since it says nothing of what there is: what the server
//! has of an index, for where tables are made anew their indexes are made again with every
//! change; and where an index is looked for first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::Entry;
use crate::sql::ddl::{CreateIndex, TableName};

#[derive(Debug, Default)]
pub(super) struct Memory {
    /// By the place of the definition in memory.
    indexes: Mutex<FxHashMap<usize, Made>>,
    /// For which table an index was made last.
    owners: Mutex<FxHashMap<SmolStr, TableName>>,
}

#[derive(Debug)]
struct Made {
    /// Keeps the place in memory, by which it is known, from being another index's.
    _index: Arc<CreateIndex>,
    entry: Entry,
}

impl Memory {
    fn indexes(&self) -> MutexGuard<'_, FxHashMap<usize, Made>> {
        self.indexes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn entry(&self, index: &Arc<CreateIndex>) -> Option<Entry> {
        let indexes = self.indexes();
        let made = indexes.get(&Arc::as_ptr(index).addr())?;
        Some(made.entry.clone())
    }

    pub(super) fn add_entry(&self, index: &Arc<CreateIndex>, entry: &Entry) {
        let made = Made {
            _index: Arc::clone(index),
            entry: entry.clone(),
        };
        self.indexes().insert(Arc::as_ptr(index).addr(), made);
    }

    fn owners(&self) -> MutexGuard<'_, FxHashMap<SmolStr, TableName>> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn owner(&self, index: &str) -> Option<TableName> {
        self.owners().get(index).cloned()
    }

    /// Notes for which table an index was made.
    pub(super) fn own(&self, index: &SmolStr, table: &TableName) {
        let mut owners = self.owners();
        if owners.get(index) != Some(table) {
            owners.insert(index.clone(), table.clone());
        }
    }
}
