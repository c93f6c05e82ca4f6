//! Which of the walked folders hold Django migrations: told by name and content,
//! never by name alone, since Alembic, South and others call their folders
//! `migrations` as well.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rustc_hash::FxHashSet;

use super::disk::{Disk, Listing};
use super::tree::Tree;

/// Whether a folder is worth a look inside. Django's own `db/migrations` is not: it
/// is the code that runs migrations, and holds a template of one.
fn is_candidate(folder: &Path, listing: &Listing) -> bool {
    if folder.ends_with("django/db/migrations") {
        return false;
    }
    has_telling_name(folder)
        || listing.modules.iter().any(|name| is_numbered(name))
        || listing.declarative_names().next().is_some()
}

/// `migrations`, `db_migrations`, `migrations_postgres`.
pub(super) fn has_telling_name(folder: &Path) -> bool {
    folder
        .file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.contains("migration"))
}

/// `0001_initial`, and also a date as some projects number by.
fn is_numbered(name: &str) -> bool {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    digits >= 3 && name.as_bytes().get(digits) == Some(&b'_')
}

/// Whether the text defines a migration of Django's. South's look alike; its
/// classes come from `south.v2`. Django's own base class is none: it has no base.
/// Neither is a model that is called `Migration`.
pub(super) fn is_migration(text: &str) -> bool {
    let holds = |part: &str| memchr::memmem::find(text.as_bytes(), part.as_bytes()).is_some();
    // A class of a misspelt name still shows what was meant, and so does one that
    // extends a class of the project's own.
    let is_named = holds("(migrations.Migration)")
        || (holds("class Migration(") && (holds("dependencies") || holds("operations")));
    is_named && !holds("from south")
}

/// Whether a file of the folder defines a migration. Files are read until one does;
/// their texts are kept, so that nothing is read twice.
pub(super) fn holds_migrations(disk: &Disk, folder: &Path, listing: &Listing) -> bool {
    // The extension is ours.
    if listing.declarative_names().next().is_some() {
        return true;
    }
    listing.python_names().any(|name| {
        match disk.load(&folder.join(format!("{name}.py"))) {
            Ok(file) => is_migration(&disk.files.text(file)),
            // What cannot be read is told by its name, so that it is complained about.
            Err(_) => has_telling_name(folder) && is_numbered(name),
        }
    })
}

/// The migration folders of a walk, sorted. `named` are folders that the
/// configuration names: these are taken without a look inside.
pub(super) fn in_tree(disk: &Disk, tree: &Tree, named: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let candidates: Vec<(&PathBuf, &Listing)> = tree
        .folders
        .iter()
        .filter(|(path, folder)| {
            folder.listing.has_migrations()
                && (named.contains(*path) || is_candidate(path, &folder.listing))
        })
        .map(|(path, folder)| (path, &*folder.listing))
        .collect();
    let mut found: Vec<PathBuf> = candidates
        .into_par_iter()
        .filter(|(path, listing)| named.contains(*path) || holds_migrations(disk, path, listing))
        .map(|(path, _)| path.clone())
        .collect();
    // Below a folder of migrations lie old ones that were put aside: Django reads
    // no subfolders.
    let all: FxHashSet<OsString> = found.iter().map(|path| path.clone().into()).collect();
    found.retain(|path| {
        named.contains(path)
            || path.parent().is_none_or(|parent| {
                !(has_telling_name(parent) && all.contains(parent.as_os_str()))
            })
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_names_are_told_from_others() {
        assert!(is_numbered("0001_initial"));
        assert!(is_numbered("20240101_add"));
        assert!(!is_numbered("test_0001"));
        assert!(!is_numbered("01_x"));
        assert!(!is_numbered("0001"));
    }

    #[test]
    fn migrations_of_other_tools_are_not_djangos() {
        assert!(is_migration(
            "from django.db import migrations\nclass Migration(migrations.Migration): pass"
        ));
        assert!(!is_migration(
            "from south.v2 import SchemaMigration\nclass Migration(SchemaMigration): pass"
        ));
        assert!(!is_migration("revision = 'ab12'\ndef upgrade(): pass"));
        assert!(is_migration(
            "class Migration(CheckedMigration):\n    dependencies = []"
        ));
        assert!(!is_migration(
            "class Migration(models.Model):\n    name = models.TextField()"
        ));
    }
}
