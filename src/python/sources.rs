//! How the pipeline asks for a project's files without touching the disk itself:
//! which migration folders there are, and the text of one file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use smol_str::SmolStr;

use super::finder::ModuleFinder;
use crate::base::FileId;
use crate::diag::Diagnostic;
use crate::ir::policy::Policy;
use crate::ir::project::ConfiguredServer;

/// A folder of migration files, listed but not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationFolder {
    pub path: PathBuf,
    /// The path as shown to people.
    pub shown: String,
    /// The folder as Python imports it: `blog.migrations`.
    pub module: SmolStr,
    /// It has an `__init__.py`. Without one it is a namespace package, which
    /// Django's loader takes for "no migrations".
    pub has_init: bool,
    /// It lies in the Python environment, not in the project.
    pub is_installed: bool,
    /// Names of migrations: modules as `pkgutil.iter_modules` gives them to Django's
    /// loader, and `.mig` files, without those that start with `_` or `~`; sorted.
    pub names: Vec<SmolStr>,
    /// Those of the names that are `.mig` files; sorted. Where a `.py` of the same name
    /// stands beside one, the `.mig` counts: the other may be made of it.
    pub declarative: Vec<SmolStr>,
    /// Those of the `.mig` files that a `.py` of the same name stands beside; sorted.
    pub doubled: Vec<SmolStr>,
    /// There is a `max_migration.txt`, in which django-linear-migrations keeps the name
    /// of the last migration.
    pub has_max_migration: bool,
}

/// The file of a migrations folder that names its last migration.
pub const MAX_MIGRATION: &str = "max_migration.txt";

impl MigrationFolder {
    /// Whether the migration is a `.mig` file.
    #[must_use]
    pub fn is_declarative(&self, name: &str) -> bool {
        self.declarative
            .binary_search_by(|known| known.as_str().cmp(name))
            .is_ok()
    }

    /// Where the migration of this name is.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        let extension = if self.is_declarative(name) {
            ".mig"
        } else {
            ".py"
        };
        let mut file = String::with_capacity(name.len() + extension.len());
        file.push_str(name);
        file.push_str(extension);
        self.path.join(file)
    }
}

/// The files of one project: its own roots and its Python environment.
pub trait ProjectFiles: ModuleFinder {
    /// The folder that `module` names, whatever it holds; `None` if it is no folder.
    fn migration_folder(&self, module: &str) -> Option<MigrationFolder>;

    /// The text of a file, loaded once per path.
    ///
    /// # Errors
    /// A worded `unreadable-file` finding, placed at the start of the file.
    fn load(&self, path: &Path) -> Result<FileId, Box<Diagnostic>>;

    /// This view of the files as a plain module finder.
    fn as_finder(&self) -> &dyn ModuleFinder;
}

/// Which settings a project uses, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsSource {
    pub module: SmolStr,
    /// Worded to follow "from": `manage.py`, `--settings`.
    pub from: String,
}

/// A project as it was found: named, not read.
pub struct ProjectSource {
    pub root: PathBuf,
    /// The root as shown to people.
    pub shown: String,
    /// `None` where no settings were found: its apps are known by their folders
    /// alone.
    pub settings: Option<SettingsSource>,
    /// The server that the configuration names.
    pub server: Option<ConfiguredServer>,
    /// The servers that it wants migrations to be judged for.
    pub dialects: Vec<ConfiguredServer>,
    /// What it says about rules.
    pub policy: Arc<Policy>,
    /// Labels and folders that the configuration names.
    pub apps: Vec<(SmolStr, MigrationFolder)>,
    pub files: Arc<dyn ProjectFiles>,
}

/// Which files of a folder get findings; all of them are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    All,
    /// Only the migrations of these names.
    Only(Vec<SmolStr>),
}

impl Checked {
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|known| known == name),
        }
    }
}

/// A migration folder below the paths that were given.
#[derive(Debug)]
pub struct FoundFolder {
    pub folder: MigrationFolder,
    /// Dotted path of the app's package: `shop.orders`.
    pub app_package: SmolStr,
    /// Index of the project whose root is nearest above.
    pub home: usize,
    pub checked: Checked,
}

/// A migration as a revision of the repository has it.
#[derive(Debug, Clone)]
pub struct FormerFile {
    pub name: SmolStr,
    pub file: FileId,
    pub is_declarative: bool,
}

/// How a migrations folder differs from a revision.
#[derive(Debug)]
pub struct ChangedFolder {
    /// The path as shown to people.
    pub shown: String,
    /// The label that its app most likely has, where the folder is gone.
    pub label: SmolStr,
    /// Dotted, as [`MigrationFolder::module`].
    pub module: SmolStr,
    /// Index of the project whose root is nearest above.
    pub home: usize,
    pub new: Vec<SmolStr>,
    pub modified: Vec<FormerFile>,
    pub deleted: Vec<FormerFile>,
    pub upstream: Vec<FormerFile>,
    pub withdrawn: Vec<SmolStr>,
}

/// What changed since a revision.
#[derive(Debug, Default)]
pub struct Changed {
    /// The revision as people name it.
    pub revision: SmolStr,
    /// Code beside migrations, as shown to people; sorted.
    pub code: Vec<String>,
    pub folders: Vec<ChangedFolder>,
    /// What could not be told, for people.
    pub notes: Vec<String>,
}

/// What there is to analyse.
#[derive(Default)]
pub struct Sources {
    pub projects: Vec<ProjectSource>,
    pub folders: Vec<FoundFolder>,
    /// What could not be looked into.
    pub diagnostics: Vec<Diagnostic>,
    /// Files that were named and are no migrations, as shown to people.
    pub not_migrations: Vec<String>,
    /// What was named and left out, as `--force-exclude` asks.
    pub excluded: Vec<String>,
    /// Only files were named, so that projects are read as far as these depend on them.
    pub names_files: bool,
    /// What changed, where that was asked.
    pub changed: Option<Changed>,
    /// Baselines that configurations name; sorted, each once.
    pub baselines: Vec<PathBuf>,
    /// Findings are to be known again in another run.
    pub wants_fingerprints: bool,
}
