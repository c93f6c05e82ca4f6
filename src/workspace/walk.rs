//! The walk over a folder on the command line: which folders hold Python modules
//! and which files tell that a project starts here.
//!
//! In parallel, with the types that the directory entries carry: no stat a file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::gitignore::GitignoreBuilder;
use ignore::{WalkBuilder, WalkState};
use rustc_hash::FxHashMap;

use super::disk::{Listing, is_listed, is_listed_name};
use super::error::io_reason;
use super::tree::{Folder, Folders, Tree};

/// Folders that hold no project of their own, whatever else they hold.
const SKIPPED: [&str; 10] = [
    "__pycache__",
    "__pypackages__",
    "_build",
    "buck-out",
    "dist-packages",
    "node_modules",
    "site-packages",
    "venv",
    "virtualenv",
    "bower_components",
];

/// Files other than Python modules that we look for.
const MARKERS: [&str; 8] = [
    ".git",
    ".whimbrel.toml",
    "pyproject.toml",
    "pytest.ini",
    "pyvenv.cfg",
    "setup.cfg",
    "tox.ini",
    "whimbrel.toml",
];

#[derive(Default)]
struct Found {
    /// Keyed by the path's bytes: hashing a `Path` walks its components.
    folders: FxHashMap<OsString, (Listing, Vec<&'static str>)>,
    unreadable: Vec<(PathBuf, String)>,
}

/// Each thread's findings, handed over when the thread ends.
struct Collector<'a> {
    own: Found,
    all: &'a Mutex<Vec<Found>>,
}

impl Drop for Collector<'_> {
    fn drop(&mut self) {
        self.all
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(std::mem::take(&mut self.own));
    }
}

/// Walks below `root`, `depth` levels at most. `excluded` is asked for each folder
/// and Python file.
pub(super) fn walk(
    root: &Path,
    depth: Option<usize>,
    excluded: &(dyn Fn(&Path, bool) -> bool + Sync),
) -> Tree {
    // What was named is checked even where a walk from above would not go.
    let is_in_environment = root
        .ancestors()
        .any(|folder| folder.join("pyvenv.cfg").exists());
    let is_unfiltered = is_in_environment || is_ignored(root);
    let mut builder = WalkBuilder::new(root);
    builder
        .standard_filters(!is_unfiltered)
        .hidden(false)
        .max_depth(depth)
        .require_git(false)
        .follow_links(false)
        .threads(rayon::current_num_threads());
    let all = Mutex::new(Vec::new());
    builder.build_parallel().run(|| {
        let mut collector = Collector {
            own: Found::default(),
            all: &all,
        };
        Box::new(move |entry| visit(&mut collector.own, entry, is_in_environment, excluded))
    });
    let mut found = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    merge(root, &mut found, is_in_environment)
}

fn visit(
    found: &mut Found,
    entry: Result<ignore::DirEntry, ignore::Error>,
    is_in_environment: bool,
    excluded: &(dyn Fn(&Path, bool) -> bool + Sync),
) -> WalkState {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => {
            found.unreadable.extend(unreadable(&error));
            return WalkState::Continue;
        }
    };
    let Some(file_type) = entry.file_type() else {
        return WalkState::Continue;
    };
    if entry.depth() == 0 {
        return WalkState::Continue;
    }
    let Some(name) = entry.file_name().to_str() else {
        return WalkState::Continue;
    };
    let is_dir = file_type.is_dir();
    let marker = MARKERS.iter().find(|marker| **marker == name);
    let is_module = is_listed_name(name);
    if is_dir && marker.is_none() {
        let is_skipped = name.starts_with('.')
            || name.ends_with(".egg-info")
            || SKIPPED.iter().any(|skipped| {
                *skipped == name && !(is_in_environment && name.ends_with("-packages"))
            });
        if is_skipped || excluded(entry.path(), true) {
            return WalkState::Skip;
        }
    }
    if marker.is_none() && !is_module {
        return WalkState::Continue;
    }
    if is_module
        && !is_dir
        && (!is_listed(entry.path(), file_type) || excluded(entry.path(), false))
    {
        return WalkState::Continue;
    }
    let Some(parent) = entry.path().parent() else {
        return WalkState::Continue;
    };
    let parent = parent.as_os_str();
    if !found.folders.contains_key(parent) {
        found.folders.insert(parent.to_owned(), Default::default());
    }
    if let Some((listing, markers)) = found.folders.get_mut(parent) {
        match marker {
            Some(marker) => markers.push(marker),
            None => listing.add(name),
        }
    }
    if marker.is_some() && is_dir {
        WalkState::Skip
    } else {
        WalkState::Continue
    }
}

fn merge(root: &Path, found: &mut Vec<Found>, is_in_environment: bool) -> Tree {
    let mut folders: FxHashMap<OsString, (Listing, Vec<&'static str>)> = FxHashMap::default();
    let mut tree = Tree::default();
    for part in found.drain(..) {
        tree.unreadable.extend(part.unreadable);
        if folders.is_empty() {
            folders = part.folders;
            continue;
        }
        #[expect(clippy::iter_over_hash_type, reason = "`Folders` is sorted by path")]
        for (folder, (listing, markers)) in part.folders {
            let entry = folders.entry(folder).or_default();
            entry.0.extend(listing);
            entry.1.extend(markers);
        }
    }
    tree.unreadable.sort();
    let environments: Vec<PathBuf> = if is_in_environment {
        Vec::new()
    } else {
        folders
            .iter()
            .filter(|(_, (_, markers))| markers.contains(&"pyvenv.cfg"))
            .map(|(folder, _)| PathBuf::from(folder))
            .collect()
    };
    let mut kept = Vec::with_capacity(folders.len());
    #[expect(clippy::iter_over_hash_type, reason = "`Folders` is sorted by path")]
    for (folder, (mut listing, mut markers)) in folders {
        let folder = PathBuf::from(folder);
        let is_output = |name: &str| {
            folder
                .strip_prefix(root)
                .is_ok_and(|relative| relative.components().any(|part| part.as_os_str() == name))
        };
        // `build/lib/` is setuptools' copy of the sources.
        let may_be_copy = memchr::memmem::find(folder.as_os_str().as_encoded_bytes(), b"build");
        let is_copy = may_be_copy.is_some() && is_output("build") && is_output("lib");
        if is_copy || environments.iter().any(|env| folder.starts_with(env)) {
            continue;
        }
        listing.sort();
        markers.sort_unstable();
        let listing = Arc::new(listing);
        kept.push((folder, Folder { listing, markers }));
    }
    tree.folders = Folders::of(kept);
    tree
}

fn unreadable(error: &ignore::Error) -> Option<(PathBuf, String)> {
    match error {
        ignore::Error::WithPath { path, err } => Some((path.clone(), reason(err))),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            unreadable(err)
        }
        _ => None,
    }
}

fn reason(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Io(error) => io_reason(error),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithPath { err, .. } => reason(err),
        other => other.to_string(),
    }
}

/// Whether a `.gitignore` above names the path itself or a folder on the way to it.
pub(super) fn is_ignored(path: &Path) -> bool {
    for folder in path.ancestors().skip(1) {
        let file = folder.join(".gitignore");
        if file.is_file() {
            let mut builder = GitignoreBuilder::new(folder);
            if builder.add(file).is_none()
                && let Ok(rules) = builder.build()
                && let Ok(relative) = path.strip_prefix(folder)
                && rules
                    .matched_path_or_any_parents(relative, true)
                    .is_ignore()
            {
                return true;
            }
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    false
}
