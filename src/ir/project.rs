//! What a project is once it has been read: its apps with their migrations.

use std::sync::Arc;

use smol_str::SmolStr;

use super::change_set::ChangeSet;
use super::migration::Migration;
use super::names::AppLabel;
use super::policy::Policy;
use super::value::Known;
use crate::base::{FileId, Span};

/// Where an app comes from; findings are only made for apps of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AppOrigin {
    /// Below the project's root.
    Project,
    /// Read from the Python environment.
    Installed,
    /// Described by whimbrel itself (Django's contrib apps when no environment
    /// was found).
    Bundled,
}

/// The file of what whimbrel describes itself: it is in no `Files` and must never
/// be shown.
pub const NO_FILE: FileId = FileId::NONE;

/// An app with migrations, or with an empty migrations package.
#[derive(Debug)]
pub struct App {
    pub label: AppLabel,
    /// Dotted path of the app's package: `django.contrib.auth`.
    pub package: SmolStr,
    pub origin: AppOrigin,
    /// The folder of the migrations as shown to people, if it is on disk.
    pub folder: Option<String>,
    /// The migrations folder lacks `__init__.py`: Django calls the app unmigrated
    /// (a namespace package) and silently reads none of its migrations
    /// (`MigrationLoader.load_disk`, Django 5.2). A file of the folder, to point at.
    pub missing_init: Option<FileId>,
    /// The `max_migration.txt` of the folder.
    pub max_migration: Option<MaxMigration>,
    /// Sorted by name. Files that could not be read as a migration are absent and
    /// have a diagnostic.
    pub migrations: Vec<Migration>,
    /// Names of files that look like migrations and could not be read at all, so
    /// that a dependency on them is not called dangling.
    pub unreadable: Vec<SmolStr>,
}

/// What `max_migration.txt` of django-linear-migrations says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaxMigration {
    pub file: FileId,
    /// Its lines, but for empty ones.
    pub lines: Vec<SmolStr>,
}

/// The settings that decide what migrations mean, where they could be read.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Dotted module that was read, `None` if no settings were found.
    pub module: Option<SmolStr>,
    pub installed_apps: Vec<SmolStr>,
    /// `AUTH_USER_MODEL`; Django's default is `auth.User`.
    pub auth_user_model: Option<(SmolStr, Span)>,
    pub default_auto_field: Option<SmolStr>,
    /// Other settings that name a model, by their name, which ends with `_MODEL`:
    /// those that can swap a model out.
    pub models: Vec<(SmolStr, SmolStr)>,
    /// The names of all settings, sorted; `None` if not all of them are known.
    pub names: Option<Vec<SmolStr>>,
    /// Those of `DATABASES` whose engine could be read.
    pub databases: Vec<Database>,
    /// The server that the configuration names, whatever the settings say.
    pub server: Option<ConfiguredServer>,
    /// Those that the configuration wants migrations to be judged for; none for the
    /// one above, or those of the settings.
    pub dialects: Vec<ConfiguredServer>,
    /// What the configuration says about rules.
    pub policy: Arc<Policy>,
    /// `MIGRATION_MODULES`: label to module, `None` where migrations are disabled.
    pub migration_modules: Vec<(SmolStr, Option<SmolStr>)>,
    /// Settings that show in SQL.
    pub sql: SqlSettings,
    /// Labels of installed apps that have no migrations package, and of those whose
    /// migrations `MIGRATION_MODULES` disables.
    pub unmigrated_apps: Vec<AppLabel>,
    /// Every entry of `INSTALLED_APPS` was found, so that an app that is neither
    /// among the project's apps nor in `unmigrated_apps` does not exist.
    pub all_apps_found: bool,
}

/// One of `DATABASES`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    pub alias: SmolStr,
    pub engine: SmolStr,
    /// The engine is this one whatever the environment says.
    pub is_certain: bool,
    /// `sql_mode` and `default_storage_engine`, as `OPTIONS` has them by themselves or
    /// sets them in `init_command`.
    pub sql_mode: Option<SmolStr>,
    pub storage_engine: Option<SmolStr>,
}

/// `dialect` and `server-version` of the configuration, which are such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredServer {
    pub dialect: Option<SmolStr>,
    pub version: Option<SmolStr>,
}

/// Settings that show in the SQL of migrations. What no settings module sets has
/// Django's default.
#[derive(Debug, Clone)]
pub struct SqlSettings {
    pub default_tablespace: Option<SmolStr>,
    pub default_index_tablespace: Option<SmolStr>,
    pub use_tz: Known<bool>,
    pub time_zone: Known<SmolStr>,
}

impl Default for SqlSettings {
    /// Source: `django/conf/global_settings.py`, 5.2.
    fn default() -> Self {
        Self {
            default_tablespace: None,
            default_index_tablespace: None,
            use_tz: Known::Yes(true),
            time_zone: Known::Yes(SmolStr::new_static("America/Chicago")),
        }
    }
}

/// One Django project, or one folder of apps that no project claims.
#[derive(Debug)]
pub struct Project {
    /// Its root as shown to people; `.` for the working directory.
    pub root: String,
    pub settings: Settings,
    /// In the order of `INSTALLED_APPS` where settings were read, then by label.
    pub apps: Vec<App>,
    /// What changed, where that was asked: only new migrations are judged then.
    pub change_set: Option<ChangeSet>,
}

impl Project {
    #[must_use]
    pub fn app(&self, label: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.label.as_str() == label)
    }
}
