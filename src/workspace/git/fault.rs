//! Why migrations cannot be compared with what git has.

use std::fmt;

use crate::diag::wording::list;

/// A fault of the call, of the repository or of the machine.
#[derive(Debug)]
pub enum Fault {
    /// There is no `git` to run, or it could not be run.
    NotRun {
        reason: String,
        is_missing: bool,
    },
    NoRepository {
        shown: String,
    },
    /// The paths lie in more than one repository.
    SeveralRepositories {
        shown: Vec<String>,
    },
    /// A repository without files of its own.
    NoWorkTree {
        shown: String,
    },
    NoRevision {
        name: String,
        suggestion: Option<String>,
        is_shallow: bool,
    },
    /// Nothing was committed yet.
    NoCommit,
    NoMergeBase {
        name: String,
        is_shallow: bool,
    },
    /// Files of the index are in conflict, so that it has no one content of them.
    Unmerged {
        paths: Vec<String>,
    },
    /// The object is not in a partial clone.
    Missing {
        path: String,
    },
    /// Anything else that git says.
    Refused {
        reason: String,
    },
}

impl Fault {
    #[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
    pub(super) fn not_run(error: std::io::Error) -> Self {
        Self::NotRun {
            is_missing: error.kind() == std::io::ErrorKind::NotFound,
            reason: crate::workspace::error::io_reason(&error),
        }
    }

    /// What to do about it.
    pub(in crate::workspace) fn help(&self) -> Option<String> {
        Some(match self {
            Self::NotRun {
                is_missing: true, ..
            } => "install git, or call whimbrel without `--since`, `--staged` and `--merge-base`"
                .to_owned(),
            Self::NotRun { .. } | Self::Refused { .. } => return None,
            Self::NoRepository { .. } => {
                "call whimbrel in a repository, or without `--since`, `--staged` and `--merge-base`"
                    .to_owned()
            }
            Self::SeveralRepositories { .. } => {
                "call whimbrel once for each repository; a submodule is one of its own".to_owned()
            }
            Self::NoWorkTree { .. } => {
                "call whimbrel where the files are: `git worktree add` makes such a place"
                    .to_owned()
            }
            Self::NoRevision {
                suggestion: Some(near),
                ..
            } => format!("did you mean `{near}`?"),
            Self::NoRevision {
                is_shallow: true, ..
            } => format!("the clone is shallow; {DEEPEN}"),
            Self::NoRevision { name, .. } => format!(
                "`git branch --all` lists branches; `git fetch origin {}` gets one",
                name.trim_start_matches("origin/")
            ),
            Self::NoCommit => {
                "use `--staged`, which compares with nothing in a repository without commits"
                    .to_owned()
            }
            Self::NoMergeBase {
                is_shallow: true, ..
            } => format!("the clone is shallow; {DEEPEN}"),
            Self::NoMergeBase { .. } => {
                "leave out `--merge-base`: the histories have nothing in common".to_owned()
            }
            Self::Unmerged { .. } => {
                "resolve the conflicts and `git add` the files first".to_owned()
            }
            Self::Missing { .. } => {
                "the clone is partial, and whimbrel uses no network: `git fetch --refetch \
                 --no-filter` gets all objects"
                    .to_owned()
            }
        })
    }
}

/// How a shallow clone gets the history that it lacks.
const DEEPEN: &str = "`git fetch --unshallow` gets its history, as `fetch-depth: 0` does in GitHub's \
                      checkout and `GIT_DEPTH: 0` in GitLab's";

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRun {
                is_missing: true, ..
            } => write!(out, "there is no `git` command to ask for changes"),
            Self::NotRun { reason, .. } => write!(out, "git cannot be run: {reason}"),
            Self::NoRepository { shown } => write!(out, "`{shown}` is in no git repository"),
            Self::SeveralRepositories { shown } => {
                write!(
                    out,
                    "the paths are in several repositories: {}",
                    list(shown)
                )
            }
            Self::NoWorkTree { shown } => {
                write!(out, "the git repository of `{shown}` has no working tree")
            }
            Self::NoRevision { name, .. } => write!(out, "git knows no revision `{name}`"),
            Self::NoCommit => write!(out, "the repository has no commit to compare with"),
            Self::NoMergeBase { name, .. } => {
                write!(out, "`HEAD` and `{name}` have no common commit")
            }
            Self::Unmerged { paths } => {
                write!(out, "files in the index are in conflict: {}", list(paths))
            }
            Self::Missing { path } => write!(out, "git has not the content of `{path}`"),
            Self::Refused { reason } => write!(out, "git refused: {reason}"),
        }
    }
}
