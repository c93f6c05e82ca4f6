//! What a walk has found, by folder.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::disk::{Listing, Overlay};
use super::paths;

/// One folder of a walk.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub listing: Arc<Listing>,
    pub markers: Vec<&'static str>,
}

impl Folder {
    pub(super) fn marked(&self, marker: &str) -> bool {
        self.markers.contains(&marker)
    }
}

/// Everything that a walk found.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub folders: Folders,
    /// Folders that could not be listed, and why.
    pub unreadable: Vec<(PathBuf, String)>,
}

/// Folders in the order of paths, found by path at once. Comparing and hashing a
/// `Path` walks its components, which is felt with thousands of them; here bytes
/// are compared.
#[derive(Debug, Default)]
pub(super) struct Folders {
    sorted: Vec<(PathBuf, Folder)>,
    index: FxHashMap<OsString, usize>,
}

impl Folders {
    pub(super) fn of(mut folders: Vec<(PathBuf, Folder)>) -> Self {
        folders.sort_unstable_by(|(left, _), (right, _)| in_order(left, right));
        let index = folders
            .iter()
            .enumerate()
            .map(|(at, (path, _))| (path.as_os_str().to_owned(), at))
            .collect();
        Self {
            sorted: folders,
            index,
        }
    }

    pub(super) fn get(&self, path: &Path) -> Option<&Folder> {
        let at = *self.index.get::<OsStr>(path.as_os_str())?;
        self.sorted.get(at).map(|(_, folder)| folder)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&PathBuf, &Folder)> {
        self.sorted.iter().map(|(path, folder)| (path, folder))
    }

    /// The folders at and below `root`.
    pub(super) fn below<'s>(
        &'s self,
        root: &'s Path,
    ) -> impl Iterator<Item = (&'s PathBuf, &'s Folder)> {
        let start = self
            .sorted
            .partition_point(|(path, _)| in_order(path, root) == Ordering::Less);
        self.sorted
            .get(start..)
            .unwrap_or_default()
            .iter()
            .take_while(move |(path, _)| paths::is_within(path, root))
            .map(|(path, folder)| (path, folder))
    }

    /// Lets contents count instead of those on disk, below the folder that was walked.
    pub(super) fn lay_over(&mut self, root: &Path, overlay: &Overlay) {
        let mut folders = std::mem::take(&mut self.sorted);
        let touched: BTreeSet<&Path> = overlay
            .0
            .keys()
            .filter_map(|path| path.parent())
            .filter(|folder| paths::is_within(folder, root))
            .collect();
        for path in touched {
            let at = folders.iter().position(|(known, _)| known == path);
            let at = at.unwrap_or_else(|| {
                folders.push((path.to_owned(), Folder::default()));
                folders.len() - 1
            });
            if let Some((_, folder)) = folders.get_mut(at) {
                overlay.apply(path, Arc::make_mut(&mut folder.listing));
            }
        }
        *self = Self::of(folders);
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&Path) -> bool) {
        let all = std::mem::take(&mut self.sorted);
        *self = Self::of(all.into_iter().filter(|(path, _)| keep(path)).collect());
    }
}

/// The order of paths by their components, which keeps what is below a folder
/// together: a separator comes before any other byte.
fn in_order(left: &Path, right: &Path) -> Ordering {
    let left = left.as_os_str().as_encoded_bytes();
    let right = right.as_os_str().as_encoded_bytes();
    let same = left
        .iter()
        .zip(right)
        .take_while(|(left, right)| left == right)
        .count();
    let rank = |bytes: &[u8]| {
        bytes.get(same).map(|byte| match byte {
            byte if std::path::is_separator(char::from(*byte)) => 0,
            byte => u16::from(*byte) + 1,
        })
    };
    rank(left).cmp(&rank(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_a_folder_stays_together() {
        let folders = ["/a/b", "/a/b-c", "/a", "/a/b/d", "/ab"].map(PathBuf::from);
        let folders = Folders::of(folders.map(|path| (path, Folder::default())).into());
        let below: Vec<&Path> = folders
            .below(Path::new("/a/b"))
            .map(|(path, _)| path.as_path())
            .collect();
        assert_eq!(below, [Path::new("/a/b"), Path::new("/a/b/d")]);
        let mut sorted: Vec<&PathBuf> = folders.iter().map(|(path, _)| path).collect();
        let found = sorted.clone();
        sorted.sort();
        assert_eq!(found, sorted);
        assert!(folders.get(Path::new("/a/b-c")).is_some());
        assert!(folders.get(Path::new("/a/x")).is_none());
    }
}
