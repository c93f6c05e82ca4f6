//! The only place that touches the disk and the environment: finds projects and
//! their migration folders, reads configuration, and serves file texts to the
//! layers below through `python::sources`.

mod config;
mod declarative;
mod discover;
mod disk;
mod environment;
mod error;
mod finder;
mod folders;
mod home;
mod map;
mod paths;
mod settings;
mod tree;
mod walk;
mod write;

use std::path::PathBuf;
use std::sync::Arc;

pub use declarative::declarative_files;
pub use disk::LARGEST_FILE;
pub use error::Error;
pub use write::write;

use crate::base::Files;
use crate::python::sources::Sources;

/// What the call says about where and how to look.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The working directory, absolute.
    pub cwd: PathBuf,
    /// `--config`: this file instead of the nearest one.
    pub config: Option<PathBuf>,
    /// `--settings`: a dotted module.
    pub settings: Option<String>,
    /// `--python-env`.
    pub python_env: Option<PathBuf>,
    /// `VIRTUAL_ENV`.
    pub virtual_env: Option<PathBuf>,
    /// `--exclude`: patterns as in `.gitignore`, from the working directory.
    pub exclude: Vec<String>,
    /// `--force-exclude`: files and folders that were named are left out as well.
    pub force_exclude: bool,
    /// `--select`: these rules instead of those of the configuration.
    pub select: Option<Vec<String>>,
    /// `--extend-select` and `--ignore`: besides those of the configuration.
    pub extend_select: Vec<String>,
    pub ignore: Vec<String>,
}

/// Finds what there is to analyse at and below `paths`. Texts go to `files`.
///
/// # Errors
/// If the job cannot be done as asked; faults in migrations are no errors.
pub fn discover(
    files: &Arc<Files>,
    options: &Options,
    paths: &[PathBuf],
) -> Result<Sources, Error> {
    discover::discover(files, options, paths)
}
