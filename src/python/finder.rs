//! How the front end asks for other modules without touching the disk itself.

use crate::base::FileId;

/// Where a module's source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleSource {
    /// Its text is in the analysis' `Files`.
    pub file: FileId,
    /// It is an `__init__.py`, so that relative imports start at the module itself.
    pub is_package: bool,
}

/// Finds modules as Python's import system would in the project's environment:
/// the project's own roots first, then the Python environment. Called from many
/// threads; the same name must always give the same answer.
pub trait ModuleFinder: Send + Sync {
    /// `None` if no source file defines `dotted` (`blog.models`): absent, compiled,
    /// built in, a namespace package or unreadable.
    fn find(&self, dotted: &str) -> Option<ModuleSource>;

    /// Whether a top-level package is surely not installed: the Python environment
    /// is at hand and neither it nor the project has the package in any form
    /// (source, compiled, namespace). `false` whenever that cannot be told.
    fn is_absent(&self, root: &str) -> bool {
        let _ = root;
        false
    }
}

/// Knows no module: for files read on their own.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoModules;

impl ModuleFinder for NoModules {
    fn find(&self, _dotted: &str) -> Option<ModuleSource> {
        None
    }
}
