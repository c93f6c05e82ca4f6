//! How a project's migrations differ from a revision of its repository.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::migration::Migration;
use super::names::{AppLabel, MigrationId, MigrationName};

/// What changed since a revision, which others may have run.
#[derive(Debug, Default)]
pub struct ChangeSet {
    /// As people name it: `main`.
    pub revision: SmolStr,
    /// Code beside migrations that changed, by the paths that people are shown; sorted.
    pub code: Vec<String>,
    pub apps: BTreeMap<AppLabel, AppChanges>,
}

/// What changed in an app.
#[derive(Debug, Default)]
pub struct AppChanges {
    /// Migrations that the revision has not: not merged yet.
    pub new: BTreeSet<MigrationName>,
    /// Migrations as the revision has them, where their files differ here.
    pub modified: Vec<Migration>,
    /// Migrations that the revision has and that are gone here.
    pub deleted: Vec<Migration>,
    /// Migrations that the revision has got since the two parted.
    pub upstream: Vec<Migration>,
    /// Those that it has lost since.
    pub withdrawn: BTreeSet<MigrationName>,
}

impl ChangeSet {
    #[must_use]
    pub fn app(&self, label: &str) -> Option<&AppChanges> {
        self.apps.get(label)
    }

    /// Whether the revision lacks a migration.
    #[must_use]
    pub fn is_new(&self, id: &MigrationId) -> bool {
        self.app(id.app.as_str())
            .is_some_and(|app| app.new.contains(&id.name))
    }
}
