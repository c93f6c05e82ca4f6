//! How files differ from a revision, as the `git` command tells it.
//!
//! Three states of a path count: in the revision, in the working tree (or the index),
//! and in the commit that both come from. What the two have in common with that commit
//! is nobody's change here, so that a branch that lags behind is not blamed for what
//! others did.
//!
//! ```text
//!              ┌── revision (main)     what others did
//! merge base ──┤
//!              └── HEAD ── files       what is judged
//! ```

mod command;
mod diff;
mod fault;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use smol_str::SmolStr;

use command::{Call, Git};
use diff::{Diff, State};

pub use fault::Fault;

use super::paths;
use crate::diag::wording::did_you_mean;

/// What migrations are compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compare {
    /// `--since`; without it the last commit.
    pub since: Option<String>,
    /// `--staged`: the content of the index instead of that of the files.
    pub staged: bool,
    /// `--merge-base`: the commit at which the branch left the revision instead of the
    /// revision itself.
    pub merge_base: bool,
}

/// The content of a path in the repository.
pub(super) type Object = SmolStr;

/// What became of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    New,
    /// The revision has this other content, or one that only looks so.
    Modified(Object),
    Deleted(Object),
    /// The revision has got it since, and the files lack it.
    Upstream(Object),
    /// The revision has lost it since, and the files have it.
    Withdrawn,
}

/// How files differ from a revision.
#[derive(Debug)]
pub(super) struct Changes {
    git: Git,
    /// The top folder of the working tree.
    pub(super) top: PathBuf,
    /// The revision as people name it.
    pub(super) revision: String,
    /// By absolute path.
    pub(super) paths: BTreeMap<PathBuf, Change>,
    /// Files whose content in the index is not that on disk; `None` for those that the
    /// index lacks.
    pub(super) index: BTreeMap<PathBuf, Option<Object>>,
    /// What could not be told.
    pub(super) notes: Vec<String>,
}

impl Changes {
    /// The contents of some objects, with the paths that they are asked for.
    pub(super) fn contents(&self, objects: &[(&Path, &Object)]) -> Result<Vec<Vec<u8>>, Fault> {
        let names: Vec<&str> = objects.iter().map(|(_, object)| object.as_str()).collect();
        let contents = self.git.contents(&names)?;
        objects
            .iter()
            .zip(contents)
            .map(|((path, _), content)| {
                content.ok_or_else(|| Fault::Missing {
                    path: paths::shown(&self.top, path),
                })
            })
            .collect()
    }
}

/// The commits that take part.
struct Commits {
    /// `None` before the first commit.
    head: Option<Object>,
    /// What is compared with: a commit, or a tree that holds nothing.
    revision: Object,
    /// Where both come from, if that is known.
    base: Option<Object>,
    /// What is being merged into `HEAD`.
    merging: Option<Object>,
}

/// Compares the files at and below `targets`, which are absolute.
pub(super) fn changes(
    cwd: &Path,
    targets: &[PathBuf],
    compare: &Compare,
) -> Result<Changes, Fault> {
    let git = place(cwd, targets)?;
    let spec = Spec::new(&git, targets, compare.staged);
    // What needs no commit is asked while the commits are looked up.
    let untracked = git.start(&spec.call(&["ls-files", "--others", "--exclude-standard", "-z"]))?;
    let unstaged = if compare.staged {
        Some(git.start(&spec.call(&["diff-files", "--raw", "-z", "--abbrev=64"]))?)
    } else {
        None
    };
    let Found {
        top,
        commits,
        notes,
    } = commits(&git, cwd, compare)?;
    let start = commits.base.as_ref().unwrap_or(&commits.revision);
    let own = spec.start_diff(&git, "diff-index", compare.staged, &[start])?;
    let others = match &commits.base {
        Some(base) if *base != commits.revision => {
            Some(spec.start_diff(&git, "diff-tree", false, &[base, &commits.revision])?)
        }
        _ => None,
    };
    let merging = match (&commits.head, &commits.merging) {
        (Some(head), Some(merging)) => {
            Some(spec.start_diff(&git, "diff-tree", false, &[head, merging])?)
        }
        _ => None,
    };
    let mut own = read_diff(own)?;
    let others = others.map_or(Ok(Diff::new()), read_diff)?;
    let merging = merging.map_or(Ok(Diff::new()), read_diff)?;
    let untracked = untracked.finish()??;
    let mut index = BTreeMap::new();
    if let Some(unstaged) = unstaged {
        unmerged(&own)?;
        for (path, pair) in read_diff(unstaged)? {
            index.insert(top.join(&path), pair.old.blob().cloned());
        }
        for path in diff::paths(&untracked).filter(|path| is_source(path)) {
            index.insert(top.join(path), None);
        }
    } else {
        for path in diff::paths(&untracked) {
            let pair = own.entry(path.to_owned()).or_insert(diff::Pair {
                old: State::Absent,
                new: State::Unhashed,
                is_unmerged: false,
            });
            // Taken out of the index and left on disk.
            pair.new = State::Unhashed;
        }
    }
    own.retain(|path, _| is_source(path));
    let mut changes = Changes {
        git,
        top,
        revision: compare.since.clone().unwrap_or_else(|| "HEAD".to_owned()),
        paths: BTreeMap::new(),
        index,
        notes,
    };
    for (path, change) in judged(&own, &others, &merging, compare.merge_base) {
        // Without the common commit nobody knows on which side it went.
        if commits.base.is_none() && matches!(change, Change::Deleted(_)) {
            continue;
        }
        changes.paths.insert(changes.top.join(path), change);
    }
    Ok(changes)
}

fn read_diff(call: Call) -> Result<Diff, Fault> {
    Ok(diff::read(&call.finish()??))
}

/// Whether a file may be a migration or code.
fn is_source(path: &str) -> bool {
    let extension = Path::new(path).extension();
    extension.is_some_and(|extension| extension == "py" || extension == "mig")
}

fn unmerged(diff: &Diff) -> Result<(), Fault> {
    let paths: Vec<String> = diff
        .iter()
        .filter(|(_, pair)| pair.is_unmerged)
        .map(|(path, _)| path.clone())
        .collect();
    if paths.is_empty() {
        Ok(())
    } else {
        Err(Fault::Unmerged { paths })
    }
}

/// What became of each path, seen from the revision, or from where the branch left it.
fn judged(own: &Diff, others: &Diff, merging: &Diff, against_base: bool) -> Vec<(String, Change)> {
    let mut out = Vec::new();
    for (path, pair) in own {
        // What a merge brings in is not of this commit.
        let is_merged_in = merging
            .get(path)
            .is_some_and(|theirs| theirs.new == pair.new && pair.new != State::Unhashed);
        if is_merged_in {
            continue;
        }
        let before = match others.get(path) {
            Some(theirs) if !against_base => &theirs.new,
            _ => &pair.old,
        };
        let change = match (before, &pair.new) {
            (State::Absent, State::Absent) => continue,
            (State::Absent, _) if pair.old.is_absent() => Change::New,
            // The revision has lost what was changed here.
            (State::Absent, _) => match &pair.old {
                State::Blob(object) => Change::Modified(object.clone()),
                State::Absent | State::Unhashed => continue,
            },
            (State::Blob(object), State::Absent) => Change::Deleted(object.clone()),
            (State::Blob(object), new) if new.blob() != Some(object) => {
                Change::Modified(object.clone())
            }
            (State::Blob(_) | State::Unhashed, _) => continue,
        };
        out.push((path.clone(), change));
    }
    for (path, theirs) in others {
        if own.contains_key(path) {
            continue;
        }
        let change = match (&theirs.old, &theirs.new) {
            (State::Absent, State::Blob(object)) => Change::Upstream(object.clone()),
            (_, State::Absent) => Change::Withdrawn,
            _ => continue,
        };
        out.push((path.clone(), change));
    }
    out
}

/// Where git is to be asked, so that it sees the targets.
fn place(cwd: &Path, targets: &[PathBuf]) -> Result<Git, Fault> {
    let own = repository(cwd);
    let mut found: Vec<(Option<&Path>, &Path)> = Vec::new();
    for target in targets {
        let folder = if target.is_dir() {
            target.as_path()
        } else {
            target.parent().unwrap_or(target)
        };
        // A folder that is gone lies where the nearest one that is there does.
        let folder = folder.ancestors().find(|it| it.is_dir()).unwrap_or(folder);
        let repository = repository(folder);
        if !found.iter().any(|(known, _)| *known == repository) {
            found.push((repository, folder));
        }
    }
    match found.as_slice() {
        [] => Ok(Git {
            folder: cwd.to_owned(),
            is_elsewhere: false,
        }),
        [(repository, folder)] => {
            let is_elsewhere = *repository != own;
            Ok(Git {
                folder: if is_elsewhere { folder } else { cwd }.to_owned(),
                is_elsewhere,
            })
        }
        several => Err(Fault::SeveralRepositories {
            shown: several
                .iter()
                .map(|(repository, folder)| paths::shown(cwd, repository.unwrap_or(folder)))
                .collect(),
        }),
    }
}

/// The top folder of the repository that a folder lies in, by the `.git` that marks it.
pub(super) fn repository(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|it| it.join(".git").exists())
}

/// Which files are looked at.
struct Spec {
    patterns: Vec<String>,
}

/// More folders than this are not named one by one.
const MOST_PATTERNS: usize = 200;

impl Spec {
    /// All sources of the repository for a folder that may hold anything, else those in
    /// the folders of the files. The index is compared whole, as context.
    fn new(git: &Git, targets: &[PathBuf], staged: bool) -> Self {
        let mut patterns = Vec::new();
        for target in targets {
            let folder = match target.parent() {
                Some(parent) if !staged && !target.is_dir() => parent,
                // What an app's migrations mean is also decided elsewhere.
                _ => {
                    patterns.clear();
                    break;
                }
            };
            let relative = relative(&git.folder, folder);
            let Some(relative) = relative.filter(|it| !it.contains(['*', '?', '[', '\\'])) else {
                patterns.clear();
                break;
            };
            for extension in ["py", "mig"] {
                patterns.push(format!(":(glob){relative}*.{extension}"));
            }
        }
        patterns.sort_unstable();
        patterns.dedup();
        if patterns.is_empty() || patterns.len() > MOST_PATTERNS {
            patterns = vec![
                ":(top,glob)**/*.py".to_owned(),
                ":(top,glob)**/*.mig".to_owned(),
            ];
        }
        Self { patterns }
    }

    fn call<'s>(&'s self, words: &[&'s str]) -> Vec<&'s str> {
        let mut call = words.to_vec();
        // Paths are always told from the top.
        call.extend((words.first() == Some(&"ls-files")).then_some("--full-name"));
        call.push("--");
        call.extend(self.patterns.iter().map(String::as_str));
        call
    }

    fn start_diff(
        &self,
        git: &Git,
        command: &str,
        cached: bool,
        commits: &[&Object],
    ) -> Result<Call, Fault> {
        let mut words = vec![command, "--raw", "-z", "--no-renames", "--abbrev=64"];
        words.extend(match command {
            "diff-tree" => Some("-r"),
            _ => Some("--ignore-submodules=all"),
        });
        words.extend(cached.then_some("--cached"));
        words.extend(commits.iter().map(|commit| commit.as_str()));
        git.start(&self.call(&words))
    }
}

/// `blog/migrations/` of a folder below another one, `../` for one beside it.
fn relative(from: &Path, folder: &Path) -> Option<String> {
    let below = folder.strip_prefix(from).ok()?;
    let mut out = String::new();
    for part in below.components() {
        out.push_str(part.as_os_str().to_str()?);
        out.push('/');
    }
    Some(out)
}

struct Found {
    top: PathBuf,
    commits: Commits,
    notes: Vec<String>,
}

/// The trees that hold nothing, in repositories of either kind of hash.
const EMPTY_TREES: [(&str, &str); 2] = [
    ("sha1", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
    (
        "sha256",
        "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
    ),
];

/// What is asked about a repository, before its commits.
const ABOUT: [&str; 7] = [
    "rev-parse",
    "--is-inside-work-tree",
    "--show-toplevel",
    "--show-cdup",
    "--is-shallow-repository",
    "--git-path",
    "MERGE_HEAD",
];

fn commits(git: &Git, cwd: &Path, compare: &Compare) -> Result<Found, Fault> {
    let name = compare.since.as_deref().unwrap_or("HEAD");
    let wanted = format!("{name}^{{commit}}");
    if name.is_empty() || name.starts_with('-') {
        return Err(Fault::NoRevision {
            name: name.to_owned(),
            suggestion: None,
            is_shallow: false,
        });
    }
    let mut words = ABOUT.to_vec();
    words.extend(["HEAD^{commit}", wanted.as_str()]);
    let about = git.start(&words)?;
    let base = match &compare.since {
        Some(_) => Some(git.start(&["merge-base", "HEAD", &wanted])?),
        None => None,
    };
    let Some(about) = about.finish()?.ok().and_then(|it| About::read(git, &it)) else {
        return without_commits(git, cwd, name, compare);
    };
    let mut notes = Vec::new();
    let base = match base {
        None => Some(about.revision.clone()),
        Some(call) => call.finish()?.ok().map(|output| object(&output)),
    };
    if base.is_none() {
        if compare.merge_base {
            return Err(Fault::NoMergeBase {
                name: name.to_owned(),
                is_shallow: about.is_shallow,
            });
        }
        let why = if about.is_shallow {
            "the clone is shallow"
        } else {
            "their histories have nothing in common"
        };
        notes.push(format!(
            "where this branch left `{name}` is not known, as {why}: deleted migrations are not \
             told from those that `{name}` has got since"
        ));
    }
    // A merge that is not committed yet: what it brings in is not new.
    let merging = if about.merge_head.exists() {
        let merging = git.run(&["rev-parse", "--verify", "--quiet", "MERGE_HEAD^{commit}"])?;
        merging.ok().map(|output| object(&output))
    } else {
        None
    };
    Ok(Found {
        top: about.top,
        commits: Commits {
            head: Some(about.head),
            revision: about.revision,
            base,
            merging,
        },
        notes,
    })
}

fn object(output: &[u8]) -> Object {
    let text = String::from_utf8_lossy(output);
    SmolStr::new(text.lines().next().unwrap_or_default())
}

/// What holds where git does not know the commits: nothing was committed yet, or why
/// there is nothing to compare with.
fn without_commits(git: &Git, cwd: &Path, name: &str, compare: &Compare) -> Result<Found, Fault> {
    let about = match git.run(&ABOUT)? {
        Ok(about) => about,
        Err(refusal) => return Err(no_repository(git, cwd, refusal.reason)),
    };
    let mut lines = about;
    // The commits that the other call told.
    lines.extend_from_slice(b"-\n-\n");
    let about = About::read(git, &lines).ok_or_else(|| Fault::NoWorkTree {
        shown: paths::shown(cwd, &git.folder),
    })?;
    let has_head = git
        .run(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])?
        .is_ok();
    if has_head || compare.since.is_some() {
        return Err(no_revision(git, name, about.is_shallow));
    }
    if !compare.staged {
        return Err(Fault::NoCommit);
    }
    let tree = empty_tree(git)?;
    Ok(Found {
        top: about.top,
        commits: Commits {
            head: None,
            revision: tree.clone(),
            base: Some(tree),
            merging: None,
        },
        notes: Vec::new(),
    })
}

/// What git says of the repository itself.
struct About {
    top: PathBuf,
    is_shallow: bool,
    merge_head: PathBuf,
    head: Object,
    revision: Object,
}

impl About {
    /// `None` outside of a working tree.
    fn read(git: &Git, output: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(output);
        let mut lines = text.lines();
        let _is_inside = lines.next().filter(|it| *it == "true")?;
        let real_top = lines.next()?;
        let up = lines.next()?;
        let is_shallow = lines.next()? == "true";
        let merge_head = git.folder.join(lines.next()?);
        let head = SmolStr::new(lines.next()?);
        let revision = SmolStr::new(lines.next()?);
        // The folder as it was called here, whatever links lead to it.
        let from_here = paths::absolute(&git.folder, Path::new(up));
        let same = |left: &Path, right: &Path| {
            let real = |path: &Path| path.canonicalize().ok();
            real(left).is_some() && real(left) == real(right)
        };
        let top = if same(&from_here, Path::new(real_top)) {
            from_here
        } else {
            PathBuf::from(real_top)
        };
        Some(Self {
            top,
            is_shallow,
            merge_head,
            head,
            revision,
        })
    }
}

fn empty_tree(git: &Git) -> Result<Object, Fault> {
    let format = git.run(&["rev-parse", "--show-object-format"])?;
    let format = format.unwrap_or_else(|_| Vec::new());
    let format = String::from_utf8_lossy(&format);
    let known = EMPTY_TREES.iter().find(|(name, _)| *name == format.trim());
    let (_, tree) = known.unwrap_or(&EMPTY_TREES[0]);
    Ok(SmolStr::new_static(tree))
}

fn no_repository(git: &Git, cwd: &Path, reason: String) -> Fault {
    let shown = paths::shown(cwd, &git.folder);
    if reason.starts_with("not a git repository") {
        Fault::NoRepository { shown }
    } else if reason.contains("work tree") {
        Fault::NoWorkTree { shown }
    } else {
        Fault::Refused { reason }
    }
}

/// The branch or tag that was meant.
fn no_revision(git: &Git, name: &str, is_shallow: bool) -> Fault {
    let names = git.run(&["for-each-ref", "--format=%(refname:short)"]);
    let names = match names {
        Ok(Ok(output)) => String::from_utf8_lossy(&output).into_owned(),
        _ => String::new(),
    };
    // `main` where only `origin/main` was fetched.
    let at_remote = names.lines().find(|known| {
        known
            .split_once('/')
            .is_some_and(|(_, branch)| branch == name)
    });
    let near = at_remote.or_else(|| did_you_mean(name, names.lines()));
    Fault::NoRevision {
        name: name.to_owned(),
        suggestion: near.map(str::to_owned),
        is_shallow,
    }
}
