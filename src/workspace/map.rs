//! What is known of folders: from walks where they went, from the disk elsewhere.

use std::path::{Path, PathBuf};

use super::finder::PathEntry;
use super::paths;
use super::tree::{Folder, Tree};

/// Files that stand in the top folder of a repository or a distribution.
const ROOT_MARKERS: [&str; 5] = [
    ".git",
    ".whimbrel.toml",
    "pyproject.toml",
    "setup.cfg",
    "whimbrel.toml",
];

/// Walks by their roots.
#[derive(Default)]
pub(super) struct Map {
    trees: Vec<(PathBuf, Tree)>,
}

impl Map {
    pub(super) fn add(&mut self, root: PathBuf, tree: Tree) {
        self.trees.push((root, tree));
    }

    pub(super) fn trees(&self) -> impl Iterator<Item = &Tree> {
        self.trees.iter().map(|(_, tree)| tree)
    }

    /// The deepest walk that covers `folder`.
    fn tree(&self, folder: &Path) -> Option<&Tree> {
        self.trees
            .iter()
            .filter(|(root, _)| paths::is_within(folder, root))
            .max_by_key(|(root, _)| root.as_os_str().len())
            .map(|(_, tree)| tree)
    }

    pub(super) fn is_walked(&self, folder: &Path) -> bool {
        self.tree(folder).is_some()
    }

    /// The walked folders at and below `root`, sorted.
    pub(super) fn below<'m>(
        &'m self,
        root: &'m Path,
    ) -> impl Iterator<Item = (&'m PathBuf, &'m Folder)> {
        self.tree(root)
            .into_iter()
            .flat_map(move |tree| tree.folders.below(root))
    }

    pub(super) fn has_module(&self, folder: &Path, module: &str) -> bool {
        match self.tree(folder) {
            Some(tree) => tree
                .folders
                .get(folder)
                .is_some_and(|known| known.listing.has(module)),
            None => folder.join(format!("{module}.py")).is_file(),
        }
    }

    /// Whether a repository or a distribution starts in this folder.
    pub(super) fn is_root(&self, folder: &Path) -> bool {
        match self.tree(folder) {
            Some(tree) => tree.folders.get(folder).is_some_and(|known| {
                known.listing.has("setup") || ROOT_MARKERS.iter().any(|marker| known.marked(marker))
            }),
            None => {
                folder.join("setup.py").is_file()
                    || ROOT_MARKERS
                        .iter()
                        .any(|marker| folder.join(marker).exists())
            }
        }
    }

    /// The folder from which a package is imported: the first above it without
    /// `__init__.py`. For a folder that is no package, the folder itself.
    pub(super) fn import_root<'p>(&self, folder: &'p Path) -> &'p Path {
        let mut top = folder;
        while self.has_module(top, "__init__") {
            let Some(parent) = top.parent() else { break };
            top = parent;
        }
        top
    }

    /// A folder as Python imports it, from `entries` or from the folder above its
    /// top package, whichever is nearer.
    pub(super) fn dotted(&self, folder: &Path, entries: &[PathEntry]) -> Option<String> {
        let import_root = self.import_root(folder);
        let nearest = if import_root == folder {
            entries
                .iter()
                .map(|entry| entry.folder.as_path())
                .filter(|entry| folder.starts_with(entry) && *entry != folder)
                .max_by_key(|entry| entry.as_os_str().len())?
        } else {
            import_root
        };
        paths::dotted(folder.strip_prefix(nearest).ok()?)
    }
}
