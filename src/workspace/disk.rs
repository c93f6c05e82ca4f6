//! Reading: file texts and folder listings, each once per path, from any thread.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::error::io_reason;
use super::paths;
use crate::base::{FileId, Files, Span};
use crate::diag::{Diagnostic, Level};
use crate::python::decode_source;
use crate::python::sources::MAX_MIGRATION;

/// Larger files are refused: the largest migration known to us has 1.5 MB.
pub const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// What a folder holds that matters to us.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Listing {
    /// Python modules as `pkgutil.iter_modules` names them, `__init__` included and
    /// subpackages not; sorted.
    pub modules: Vec<SmolStr>,
    /// Names of `.mig` files; sorted.
    pub declarative: Vec<SmolStr>,
    /// There is a `max_migration.txt`.
    pub has_max_migration: bool,
}

impl Listing {
    pub(super) fn has(&self, module: &str) -> bool {
        self.modules
            .binary_search_by(|name| name.as_str().cmp(module))
            .is_ok()
    }

    /// Adds a directory entry if it is a module. A directory named `x.py` counts:
    /// Django's loader tries to import it and fails.
    /// `.mig` files are listed beside them.
    pub(super) fn add(&mut self, file_name: &str) {
        let (stem, names) = if let Some(stem) = file_name.strip_suffix(".py") {
            (stem, &mut self.modules)
        } else if let Some(stem) = file_name.strip_suffix(".mig") {
            (stem, &mut self.declarative)
        } else {
            self.has_max_migration |= file_name == MAX_MIGRATION;
            return;
        };
        if !stem.is_empty() && !stem.contains('.') {
            names.push(SmolStr::new(stem));
        }
    }

    /// Takes a directory entry out again.
    fn remove(&mut self, file_name: &str) {
        if let Some(stem) = file_name.strip_suffix(".py") {
            self.modules.retain(|name| name != stem);
        } else if let Some(stem) = file_name.strip_suffix(".mig") {
            self.declarative.retain(|name| name != stem);
        }
    }

    /// Adds what another thread has seen of the same folder.
    pub(super) fn extend(&mut self, other: Self) {
        // Named one by one, so that none can be forgotten.
        let Self {
            modules,
            declarative,
            has_max_migration,
        } = other;
        self.modules.extend(modules);
        self.declarative.extend(declarative);
        self.has_max_migration |= has_max_migration;
    }

    pub(super) fn sort(&mut self) {
        self.modules.sort_unstable();
        self.modules.dedup();
        self.declarative.sort_unstable();
        self.declarative.dedup();
    }

    /// The names that Django's loader takes for migrations.
    pub(super) fn python_names(&self) -> impl Iterator<Item = &SmolStr> {
        self.modules
            .iter()
            .filter(|name| !name.starts_with(['_', '~']))
    }

    /// The names of `.mig` files that are migrations.
    pub(super) fn declarative_names(&self) -> impl Iterator<Item = &SmolStr> {
        self.declarative
            .iter()
            .filter(|name| !name.starts_with(['_', '~']))
    }

    /// The names of `.mig` files that a Python file of the same name stands beside.
    pub(super) fn doubled_names(&self) -> impl Iterator<Item = &SmolStr> {
        self.declarative_names().filter(|name| self.has(name))
    }

    /// The names of all migrations, sorted, each once.
    pub(super) fn migration_names(&self) -> Vec<SmolStr> {
        let mut names: Vec<SmolStr> = self.python_names().cloned().collect();
        if !self.declarative.is_empty() {
            names.extend(self.declarative_names().cloned());
            names.sort_unstable();
            names.dedup();
        }
        names
    }

    pub(super) fn has_migrations(&self) -> bool {
        self.python_names().next().is_some() || self.declarative_names().next().is_some()
    }
}

/// Texts and listings by absolute path.
#[derive(Debug)]
pub(super) struct Disk {
    pub cwd: PathBuf,
    pub files: Arc<Files>,
    /// Keyed by the path's bytes: hashing a `Path` walks its components.
    loaded: RwLock<FxHashMap<OsString, Result<FileId, Box<Diagnostic>>>>,
    listings: RwLock<FxHashMap<OsString, Option<Arc<Listing>>>>,
    overlay: OnceLock<Overlay>,
}

/// Contents that count instead of those on disk, by path; `None` for a file that counts
/// as absent.
#[derive(Debug, Default)]
pub(super) struct Overlay(pub BTreeMap<PathBuf, Option<Vec<u8>>>);

impl Overlay {
    /// The names of files directly in a folder, and whether they are there.
    pub(super) fn of_folder<'o>(
        &'o self,
        folder: &'o Path,
    ) -> impl Iterator<Item = (&'o str, bool)> {
        self.0
            .range(folder.to_owned()..)
            .take_while(move |(path, _)| path.starts_with(folder))
            .filter(move |(path, _)| path.parent() == Some(folder))
            .filter_map(|(path, content)| Some((path.file_name()?.to_str()?, content.is_some())))
    }

    /// Whether a file lies below a folder.
    fn is_below(&self, folder: &Path) -> bool {
        let mut paths = self.0.range(folder.to_owned()..);
        paths
            .find(|(_, content)| content.is_some())
            .is_some_and(|(path, _)| path.starts_with(folder))
    }

    /// A listing of a folder as it counts.
    pub(super) fn apply(&self, folder: &Path, listing: &mut Listing) {
        for (name, is_there) in self.of_folder(folder) {
            listing.remove(name);
            if is_there {
                listing.add(name);
            }
        }
        listing.sort();
    }
}

impl Disk {
    pub(super) fn new(cwd: PathBuf, files: Arc<Files>) -> Self {
        Self {
            cwd,
            files,
            loaded: RwLock::default(),
            listings: RwLock::default(),
            overlay: OnceLock::new(),
        }
    }

    /// Lets contents count instead of those on disk. Called once, before anything is read.
    pub(super) fn lay_over(&self, overlay: Overlay) {
        // A second call would be ours; what was read by then would not fit it.
        let _ = self.overlay.set(overlay);
    }

    pub(super) fn overlay(&self) -> Option<&Overlay> {
        self.overlay.get().filter(|overlay| !overlay.0.is_empty())
    }

    /// Whether there is such a file.
    pub(super) fn is_file(&self, path: &Path) -> bool {
        match self.overlay().and_then(|overlay| overlay.0.get(path)) {
            Some(content) => content.is_some(),
            None => path.is_file(),
        }
    }

    /// Whether there is such a folder.
    pub(super) fn is_dir(&self, path: &Path) -> bool {
        path.is_dir() || self.overlay().is_some_and(|overlay| overlay.is_below(path))
    }

    /// The text of a file as it counts. Errors are worded to follow "because".
    fn read(&self, path: &Path) -> Result<Arc<str>, String> {
        match self.overlay().and_then(|overlay| overlay.0.get(path)) {
            Some(Some(content)) => decode(path, content),
            Some(None) => Err("it does not exist".to_owned()),
            None => read(path),
        }
    }

    pub(super) fn shown(&self, path: &Path) -> String {
        paths::shown(&self.cwd, path)
    }

    /// The text of a file. Never called for a pipe or a device: callers know the
    /// type of the entry.
    pub(super) fn load(&self, path: &Path) -> Result<FileId, Box<Diagnostic>> {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = loaded.get(path.as_os_str()) {
            return match known {
                Ok(file) if self.files.is_released(*file) => self.load_again(*file, path),
                known => known.clone(),
            };
        }
        drop(loaded);
        let shown = self.shown(path);
        let result = match self.read(path) {
            Ok(text) => Ok(self.files.add(shown, text)),
            Err(reason) => {
                let file = self.files.add(shown.as_str(), "");
                Err(unreadable(file, &shown, &reason))
            }
        };
        self.loaded
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(path.as_os_str().to_owned())
            .or_insert(result)
            .clone()
    }

    /// A file whose text was released, under its former id.
    fn load_again(&self, file: FileId, path: &Path) -> Result<FileId, Box<Diagnostic>> {
        match self.read(path) {
            Ok(text) => {
                self.files.restore(file, text);
                Ok(file)
            }
            Err(reason) => Err(unreadable(file, &self.files.path(file), &reason)),
        }
    }

    /// Files a listing that a walk has made.
    pub(super) fn remember(&self, folder: PathBuf, listing: Arc<Listing>) {
        self.listings
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(folder.into_os_string(), Some(listing));
    }

    /// What a walk has seen in a folder.
    pub(super) fn walked(&self, folder: &Path) -> Option<Arc<Listing>> {
        self.listings
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(folder.as_os_str())
            .cloned()
            .flatten()
    }

    /// What a folder holds, `None` if it cannot be listed.
    pub(super) fn listing(&self, folder: &Path) -> Option<Arc<Listing>> {
        let listings = self.listings.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = listings.get(folder.as_os_str()) {
            return known.clone();
        }
        drop(listings);
        let mut listing = list(folder);
        if let Some(overlay) = self.overlay()
            && (listing.is_some() || overlay.is_below(folder))
        {
            overlay.apply(folder, listing.get_or_insert_default());
        }
        let listing = listing.map(Arc::new);
        self.listings
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(folder.as_os_str().to_owned())
            .or_insert(listing)
            .clone()
    }
}

fn unreadable(file: FileId, shown: &str, reason: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(
            "unreadable-file",
            Level::Error,
            Span::file_start(file),
            format!("`{shown}` cannot be read: {reason}"),
        )
        .here(reason),
    )
}

fn list(folder: &Path) -> Option<Listing> {
    let mut listing = Listing::default();
    for entry in std::fs::read_dir(folder).ok()? {
        let Ok(entry) = entry else { continue };
        let Ok(file_type) = entry.file_type() else {
            continue;
        };
        if let Some(name) = entry.file_name().to_str()
            && is_listed_name(name)
            && is_listed(&entry.path(), file_type)
        {
            listing.add(name);
        }
    }
    listing.sort();
    Some(listing)
}

/// Whether a name is one of those that a listing holds.
pub(super) fn is_listed_name(name: &str) -> bool {
    name.ends_with(".py") || name.ends_with(".mig") || name == MAX_MIGRATION
}

/// Whether an entry may be read or at least complained about. Pipes and devices
/// may not, since opening one may wait for ever.
pub(super) fn is_listed(path: &Path, file_type: std::fs::FileType) -> bool {
    if file_type.is_file() || file_type.is_dir() {
        return true;
    }
    // A link that leads nowhere stays, so that reading it gives a finding.
    file_type.is_symlink()
        && std::fs::metadata(path).map_or(true, |target| target.is_file() || target.is_dir())
}

/// One open, one read. Errors are worded to follow "because".
fn read(path: &Path) -> Result<Arc<str>, String> {
    let mut file = File::open(path).map_err(|error| io_reason(&error))?;
    let metadata = file.metadata().map_err(|error| io_reason(&error))?;
    if metadata.is_dir() {
        return Err("it is a directory".to_owned());
    }
    if metadata.len() > LARGEST_FILE {
        return Err(too_large());
    }
    let size = usize::try_from(metadata.len()).map_err(|_| too_large())?;
    let mut bytes = BUFFER.take();
    let text = fill(&mut file, &mut bytes, size).and_then(|filled| {
        let bytes = bytes.get(..filled).unwrap_or_default();
        decode(path, bytes)
    });
    if bytes.len() <= LARGEST_BUFFER {
        BUFFER.set(bytes);
    }
    text
}

/// The text of a file of these bytes.
pub(super) fn decode(path: &Path, bytes: &[u8]) -> Result<Arc<str>, String> {
    // `.mig` files are UTF-8, whatever a comment in them says.
    let may_be_mig = path.as_os_str().as_encoded_bytes().ends_with(b".mig");
    if may_be_mig && path.extension().is_some_and(|extension| extension == "mig") {
        return match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Arc::from(text)),
            Err(error) => Err(format!("byte {} is not UTF-8", error.valid_up_to())),
        };
    }
    decode_source(bytes)
        .map(|text| Arc::from(text.as_ref()))
        .map_err(|error| error.to_string())
}

/// A longer buffer is not kept for the next file.
const LARGEST_BUFFER: usize = 1 << 20;

thread_local! {
    /// Where the thread reads files to, before their text is kept.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Reads a file of about `size` bytes to the start of the buffer, which grows as
/// needed, and returns how many bytes there were.
fn fill(file: &mut File, bytes: &mut Vec<u8>, size: usize) -> Result<usize, String> {
    // One byte more than the size: a read that leaves room has reached the end.
    if bytes.len() <= size {
        bytes.resize(size + 1, 0);
    }
    let mut filled = 0;
    loop {
        let Some(room) = bytes.get_mut(filled..).filter(|room| !room.is_empty()) else {
            // The file has grown since it was measured.
            let longer = bytes.len() * 2;
            bytes.resize(longer, 0);
            continue;
        };
        match file.read(room) {
            Ok(0) => return Ok(filled),
            Ok(count) => {
                filled += count;
                if filled == size {
                    return Ok(filled);
                }
                if filled as u64 > LARGEST_FILE {
                    return Err(too_large());
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(io_reason(&error)),
        }
    }
}

fn too_large() -> String {
    format!("it is larger than {} MiB", LARGEST_FILE / (1024 * 1024))
}

#[cfg(test)]
mod tests {
    use super::Listing;

    #[test]
    fn what_two_threads_see_is_what_one_sees() {
        let names = [
            "0001_initial.py",
            "max_migration.txt",
            "0002_x.mig",
            "a.txt",
        ];
        let mut whole = Listing::default();
        for name in names {
            whole.add(name);
        }
        for first in 0..=names.len() {
            let (mut one, mut other) = (Listing::default(), Listing::default());
            names.iter().take(first).for_each(|name| one.add(name));
            names.iter().skip(first).for_each(|name| other.add(name));
            one.extend(other);
            assert_eq!(one, whole, "{first} seen by the first");
        }
    }
}
