//! `PythonPath`: finds modules on disk as Python's path finder does, for one
//! project: its own roots first, then the Python environment.
//!
//! Every name is looked up once, absent ones included.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::disk::Disk;
use crate::base::FileId;
use crate::diag::Diagnostic;
use crate::python::finder::{ModuleFinder, ModuleSource};
use crate::python::sources::{MigrationFolder, ProjectFiles};

/// An entry of `sys.path`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PathEntry {
    pub folder: PathBuf,
    pub is_installed: bool,
}

/// Where a dotted name leads.
#[derive(Debug)]
enum Location {
    Absent,
    Module(PathBuf),
    Package {
        folder: PathBuf,
        is_installed: bool,
    },
    /// Folders without `__init__.py`, each of which may hold a part (PEP 420).
    Namespace(Vec<PathEntry>),
}

/// The import path of a project.
#[derive(Debug)]
pub(super) struct PythonPath {
    disk: Arc<Disk>,
    pub entries: Vec<PathEntry>,
    locations: RwLock<FxHashMap<SmolStr, Arc<Location>>>,
}

impl PythonPath {
    pub(super) fn new(disk: Arc<Disk>, entries: Vec<PathEntry>) -> Self {
        let mut distinct: Vec<PathEntry> = Vec::with_capacity(entries.len());
        for entry in entries {
            if distinct.iter().all(|known| known.folder != entry.folder) {
                distinct.push(entry);
            }
        }
        Self {
            disk,
            entries: distinct,
            locations: RwLock::default(),
        }
    }

    fn locate(&self, dotted: &str) -> Arc<Location> {
        let locations = self
            .locations
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = locations.get(dotted) {
            return Arc::clone(known);
        }
        drop(locations);
        let location = match dotted.rsplit_once('.') {
            None => look_in(&self.disk, &self.entries, dotted),
            Some((parent, name)) => match &*self.locate(parent) {
                Location::Absent | Location::Module(_) => Location::Absent,
                Location::Package {
                    folder,
                    is_installed,
                } => look_in(
                    &self.disk,
                    &[PathEntry {
                        folder: folder.clone(),
                        is_installed: *is_installed,
                    }],
                    name,
                ),
                Location::Namespace(parts) => look_in(&self.disk, parts, name),
            },
        };
        Arc::clone(
            self.locations
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(SmolStr::new(dotted))
                .or_insert_with(|| Arc::new(location)),
        )
    }

    /// The file that defines `dotted`, if there is one.
    pub(super) fn module_file(&self, dotted: &str) -> Option<PathBuf> {
        match &*self.locate(dotted) {
            Location::Module(file) => Some(file.clone()),
            Location::Package { folder, .. } => Some(folder.join("__init__.py")),
            Location::Absent | Location::Namespace(_) => None,
        }
    }
}

/// The longest name that is looked up; a longer one is no module.
const LONGEST_NAME: usize = 1000;

/// `importlib._bootstrap_external.PathFinder` over source files: a package before
/// a module of the same name, both before a namespace package.
fn look_in(disk: &Disk, entries: &[PathEntry], name: &str) -> Location {
    if name.is_empty() || name.contains(['/', '\\', '\0']) || name.len() > 255 {
        return Location::Absent;
    }
    let mut parts = Vec::new();
    for entry in entries {
        let folder = entry.folder.join(name);
        // What a walk has seen is there; what it has not seen may be ignored by it.
        let is_seen = |folder: &Path, module: &str| {
            disk.walked(folder)
                .is_some_and(|listing| listing.has(module))
        };
        if is_seen(&folder, "__init__") {
            return Location::Package {
                folder,
                is_installed: entry.is_installed,
            };
        }
        if disk.is_dir(&folder) {
            if disk.is_file(&folder.join("__init__.py")) {
                return Location::Package {
                    folder,
                    is_installed: entry.is_installed,
                };
            }
            parts.push(PathEntry {
                folder,
                is_installed: entry.is_installed,
            });
        }
        let file = entry.folder.join(format!("{name}.py"));
        if disk.is_file(&file) {
            return Location::Module(file);
        }
    }
    if parts.is_empty() {
        Location::Absent
    } else {
        Location::Namespace(parts)
    }
}

impl ModuleFinder for PythonPath {
    fn find(&self, dotted: &str) -> Option<ModuleSource> {
        if dotted.len() > LONGEST_NAME {
            return None;
        }
        let (path, is_package) = match &*self.locate(dotted) {
            Location::Module(file) => (file.clone(), false),
            Location::Package { folder, .. } => (folder.join("__init__.py"), true),
            Location::Absent | Location::Namespace(_) => return None,
        };
        let file = self.disk.load(&path).ok()?;
        Some(ModuleSource { file, is_package })
    }
}

impl ProjectFiles for PythonPath {
    fn migration_folder(&self, module: &str) -> Option<MigrationFolder> {
        if module.len() > LONGEST_NAME {
            return None;
        }
        let (path, is_installed, has_init) = match &*self.locate(module) {
            Location::Package {
                folder,
                is_installed,
            } => (folder.clone(), *is_installed, true),
            Location::Namespace(parts) => {
                let first = parts.first()?;
                (first.folder.clone(), first.is_installed, false)
            }
            Location::Absent | Location::Module(_) => return None,
        };
        let listing = self.disk.listing(&path)?;
        Some(MigrationFolder {
            shown: self.disk.shown(&path),
            path,
            module: SmolStr::new(module),
            has_init,
            is_installed,
            names: listing.migration_names(),
            declarative: listing.declarative_names().cloned().collect(),
            doubled: listing.doubled_names().cloned().collect(),
            has_max_migration: listing.has_max_migration,
        })
    }

    fn load(&self, path: &Path) -> Result<FileId, Box<Diagnostic>> {
        self.disk.load(path)
    }

    fn as_finder(&self) -> &dyn ModuleFinder {
        self
    }
}
