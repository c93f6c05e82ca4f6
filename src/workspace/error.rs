//! Why whimbrel cannot do the job at all. Faults in migrations are diagnostics,
//! not errors.

use std::fmt;
use std::path::PathBuf;

use super::git::Fault;
use crate::diag::Diagnostic;

/// A fault of the call or of the configuration; the exit code is 2.
#[derive(Debug)]
pub enum Error {
    /// A path on the command line does not exist.
    NoSuchPath {
        shown: String,
        suggestion: Option<String>,
    },
    /// A file on the command line is no migration file.
    NotPython { shown: String },
    /// A path exists and cannot be used.
    Unreadable { shown: String, reason: String },
    /// `--python-env` or `python-env` holds no `site-packages`.
    NoEnvironment {
        shown: String,
        given_by: &'static str,
    },
    /// A settings module was asked for and no file defines it.
    NoSettings {
        module: String,
        given_by: &'static str,
        searched: Vec<String>,
    },
    /// A glob pattern of `--exclude` does not parse.
    BadGlob { pattern: String, reason: String },
    /// The configuration file has a fault; it carries its place.
    Config(Box<Diagnostic>),
    /// Migrations cannot be compared with what git has.
    Git(Fault),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Git(fault)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchPath { shown, .. } => {
                write!(out, "no such file or directory: `{shown}`")
            }
            Self::NotPython { shown } => {
                write!(out, "`{shown}` is neither a Python file nor a `.mig` file")
            }
            Self::Unreadable { shown, reason } => write!(out, "cannot read `{shown}`: {reason}"),
            Self::NoEnvironment { shown, given_by } => write!(
                out,
                "`{shown}`, given by {given_by}, is not a Python environment"
            ),
            Self::NoSettings {
                module, given_by, ..
            } => write!(
                out,
                "no file defines the settings module `{module}`, given by {given_by}"
            ),
            Self::BadGlob { pattern, reason } => {
                write!(out, "`{pattern}` is not a glob pattern: {reason}")
            }
            Self::Config(diagnostic) => out.write_str(&diagnostic.message),
            Self::Git(fault) => fault.fmt(out),
        }
    }
}

impl Error {
    /// What to do about it, when there is something to say.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoSuchPath {
                suggestion: Some(suggestion),
                ..
            } => Some(format!("did you mean `{suggestion}`?")),
            Self::NoEnvironment { .. } => Some(
                "name the environment's own folder, the one that holds `pyvenv.cfg`, or its \
                 `site-packages`"
                    .to_owned(),
            ),
            Self::NoSettings { searched, .. } if !searched.is_empty() => Some(format!(
                "modules are looked for in {}",
                crate::diag::wording::list(searched)
            )),
            Self::Git(fault) => fault.help(),
            Self::NotPython { .. } => {
                Some("name migration files (`.py`, `.mig`) or folders".to_owned())
            }
            _ => None,
        }
    }
}

impl std::error::Error for Error {}

/// Makes an [`Error::Unreadable`] of an I/O error.
pub(super) fn unreadable(shown: String, error: &std::io::Error) -> Error {
    Error::Unreadable {
        shown,
        reason: io_reason(error),
    }
}

/// An I/O error in our words: the operating system's text differs by platform.
pub(super) fn io_reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "it does not exist".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "it is a directory".to_owned(),
        ErrorKind::NotADirectory => "a part of its path is not a directory".to_owned(),
        // The kind has a name and is not stable to match on.
        kind if format!("{kind:?}") == "FilesystemLoop" => {
            "its symbolic links form a loop".to_owned()
        }
        _ => error.to_string(),
    }
}

/// The nearest existing name for a path that does not exist.
pub(super) fn suggest(missing: &std::path::Path) -> Option<PathBuf> {
    let parent = missing.parent()?;
    let wanted = missing.file_name()?.to_str()?;
    let mut names: Vec<String> = std::fs::read_dir(parent)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    crate::diag::wording::did_you_mean(wanted, names.iter().map(String::as_str))
        .map(|name| parent.join(name))
}
