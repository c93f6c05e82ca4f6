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
mod git;
mod home;
mod map;
mod paths;
mod revision;
mod settings;
mod tree;
mod walk;
mod write;

use std::path::PathBuf;
use std::sync::Arc;

pub use config::{Key, Said, config_keys, config_schema};
pub use declarative::declarative_files;
pub use disk::LARGEST_FILE;
pub use error::Error;
pub use git::{Compare, Fault};
pub use write::write;

use crate::base::{FileId, Files, Span};
use crate::python::sources::Sources;

/// What the call says about where and how to look.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The working directory, absolute.
    pub cwd: PathBuf,
    /// `--config FILE`: this file instead of the nearest one.
    pub config: Option<PathBuf>,
    /// `--config KEY=VALUE`: on top of any file.
    pub overrides: Vec<String>,
    /// `WHIMBREL_...` of the environment: on top of any file, below the call.
    pub variables: Vec<(String, String)>,
    /// `--isolated`: no file is read.
    pub isolated: bool,
    /// `--settings`: a dotted module.
    pub settings: Option<String>,
    /// `--python-env`.
    pub python_env: Option<PathBuf>,
    /// `VIRTUAL_ENV`.
    pub virtual_env: Option<PathBuf>,
    /// `--exclude`: patterns as in `.gitignore`, from the working directory.
    pub exclude: Vec<String>,
    /// `--stdin-filename`: a file, from the working directory, with the text that counts instead of what is
    /// on disk.
    pub stdin: Option<(PathBuf, Vec<u8>)>,
    /// `--force-exclude`: files and folders that were named are left out as well.
    pub force_exclude: bool,
    /// `--select`: these rules instead of those of the configuration.
    pub select: Option<Vec<String>>,
    /// `--extend-select` and `--ignore`: besides those of the configuration.
    pub extend_select: Vec<String>,
    pub ignore: Vec<String>,
    /// Findings count for migrations that are new against this only.
    pub compare: Option<Compare>,
    /// `--since` with a migration or a date: judging begins there, whatever the
    /// configuration says.
    pub since: Option<String>,
    /// Findings are to be known again in another run.
    pub fingerprints: bool,
}

/// What is said of each key that is set, for the working directory.
///
/// # Errors
/// If a configuration has a fault.
pub fn said_keys(
    files: &Arc<Files>,
    options: &Options,
) -> Result<std::collections::BTreeMap<String, Said>, Error> {
    discover::configuration(files, options).map(|config| config.origins.clone())
}

/// The text of a file that is no migration.
///
/// # Errors
/// Why it cannot be read, worded to follow "because".
pub fn read_text(file: &std::path::Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| error::io_reason(&error))
}

/// Whether `--since` names a migration or a date, and no revision of git.
#[must_use]
pub fn is_point(text: &str) -> bool {
    config::point(text, || Span::file_start(FileId::NONE)).is_some()
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
