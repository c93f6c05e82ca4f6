//! What git says of files becomes what a project's migrations are compared with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use smol_str::SmolStr;

use super::discover::app_folder;
use super::disk::{Disk, Overlay, decode};
use super::error::Error;
use super::folders;
use super::git::{self, Change, Changes};
use super::home::Home;
use super::paths;
use crate::base::Files;
use crate::diag::wording::count;
use crate::python::sources::{
    Changed, ChangedFolder, Checked, FormerFile, FoundFolder, MigrationFolder,
};

/// What counts instead of the files, where the index was asked for.
pub(super) fn overlay(changes: &Changes) -> Result<Overlay, Error> {
    let objects: Vec<_> = changes
        .index
        .iter()
        .filter_map(|(path, object)| Some((path.as_path(), object.as_ref()?)))
        .collect();
    let mut contents = changes.contents(&objects)?.into_iter();
    let overlay = changes.index.iter().map(|(path, object)| {
        let content = object.as_ref().and_then(|_| contents.next());
        (path.clone(), content)
    });
    Ok(Overlay(overlay.collect()))
}

/// Changed files that are or were migrations, by folder and name.
type ByFolder<'c> = BTreeMap<&'c Path, BTreeMap<&'c str, Vec<(&'c Path, &'c Change)>>>;

/// Compares what was found, and lets only what changed be checked.
pub(super) fn compare(
    disk: &Disk,
    changes: &Changes,
    homes: &[Home],
    found: &mut [FoundFolder],
    targets: &[PathBuf],
) -> Result<Changed, Error> {
    let mut out = Changed {
        revision: SmolStr::new(&changes.revision),
        notes: changes.notes.clone(),
        ..Changed::default()
    };
    leave_out_nested(disk, changes, found, &mut out.notes);
    let known: BTreeMap<&Path, &MigrationFolder> = found
        .iter()
        .map(|it| (it.folder.path.as_path(), &it.folder))
        .collect();
    let mut by_folder = ByFolder::new();
    for (path, change) in &changes.paths {
        let Some((folder, name)) = migration_of(path, &known) else {
            out.code.extend(code(disk, path, change));
            continue;
        };
        let is_asked = known.contains_key(folder)
            || targets
                .iter()
                .any(|target| paths::is_within(folder, target));
        if is_asked {
            let names = by_folder.entry(folder).or_default();
            names.entry(name).or_default().push((path, change));
        }
    }
    let texts = former_texts(&disk.files, changes, &by_folder, disk)?;
    for (folder, names) in &by_folder {
        let Some(mut changed) = changed_folder(disk, homes, &known, folder) else {
            continue;
        };
        for (name, of_name) in names {
            sort_in(&mut changed, name, of_name, &texts);
        }
        out.folders.push(changed);
    }
    let index: BTreeMap<String, &ChangedFolder> = out
        .folders
        .iter()
        .map(|changed| (changed.shown.clone(), changed))
        .collect();
    for folder in found {
        narrow(folder, index.get(&folder.folder.shown).copied());
    }
    Ok(out)
}

/// Submodules and other repositories inside of this one have revisions of their own.
fn leave_out_nested(
    disk: &Disk,
    changes: &Changes,
    found: &mut [FoundFolder],
    notes: &mut Vec<String>,
) {
    let mut nested: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for folder in found {
        let repository = git::repository(&folder.folder.path);
        let Some(other) = repository.filter(|it| *it != changes.top) else {
            continue;
        };
        if other.starts_with(&changes.top) {
            *nested.entry(other.to_owned()).or_default() += folder.folder.names.len();
        }
        folder.checked = Checked::Only(Vec::new());
    }
    for (repository, migrations) in nested {
        let shown = disk.shown(&repository);
        notes.push(format!(
            "`{shown}` is a repository of its own: its {} are context here; `whimbrel check \
             {shown} --since REF` compares them",
            count(migrations, "migration")
        ));
    }
}

/// The folder and name of a path that is or was a migration.
fn migration_of<'p>(
    path: &'p Path,
    known: &BTreeMap<&Path, &MigrationFolder>,
) -> Option<(&'p Path, &'p str)> {
    let folder = path.parent()?;
    let name = path.file_stem()?.to_str()?;
    let is_folder = known.contains_key(folder) || folders::has_telling_name(folder);
    let is_name = !name.starts_with(['_', '~']) && !name.contains('.');
    (is_folder && is_name).then_some((folder, name))
}

/// Code that runs in production, as far as names tell.
fn code(disk: &Disk, path: &Path, change: &Change) -> Option<String> {
    let is_ours = matches!(
        change,
        Change::New | Change::Modified(_) | Change::Deleted(_)
    );
    let is_python = path.extension().is_some_and(|extension| extension == "py");
    let shown = disk.shown(path);
    let is_test = shown.split('/').any(|part| {
        let stem = part.strip_suffix(".py").unwrap_or(part);
        stem == "tests"
            || stem == "test"
            || stem == "conftest"
            || stem.starts_with("test_")
            || stem.ends_with("_test")
    });
    // A package's mark and a module of migrations say nothing of what runs.
    let is_beside = folders::has_telling_name(path.parent()?);
    (is_ours && is_python && !is_test && !is_beside).then_some(shown)
}

/// Texts of the revision, by path.
type Texts<'c> = BTreeMap<&'c Path, FormerFile>;

fn former_texts<'c>(
    files: &Files,
    changes: &'c Changes,
    by_folder: &ByFolder<'c>,
    disk: &Disk,
) -> Result<Texts<'c>, Error> {
    let objects: Vec<(&Path, &git::Object)> = by_folder
        .values()
        .flat_map(BTreeMap::values)
        .flatten()
        .filter_map(|(path, change)| match change {
            Change::Modified(object) | Change::Deleted(object) | Change::Upstream(object) => {
                Some((*path, object))
            }
            Change::New | Change::Withdrawn => None,
        })
        .collect();
    let contents = changes.contents(&objects)?;
    let mut texts = Texts::new();
    for ((path, _), content) in objects.iter().zip(contents) {
        // What could not be read then cannot be compared now.
        let (Ok(text), Some(name)) = (
            decode(path, &content),
            path.file_stem().and_then(|name| name.to_str()),
        ) else {
            continue;
        };
        let is_declarative = path.extension().is_some_and(|extension| extension == "mig");
        if !is_declarative && !folders::is_migration(&text) {
            continue;
        }
        let former = FormerFile {
            name: SmolStr::new(name),
            file: files.add(disk.shown(path), text),
            is_declarative,
        };
        texts.insert(path, former);
    }
    Ok(texts)
}

fn changed_folder(
    disk: &Disk,
    homes: &[Home],
    known: &BTreeMap<&Path, &MigrationFolder>,
    path: &Path,
) -> Option<ChangedFolder> {
    let home = homes
        .iter()
        .enumerate()
        .filter(|(_, home)| paths::is_within(path, &home.root))
        .max_by_key(|(_, home)| home.root.as_os_str().len())
        .map(|(at, _)| at)?;
    let label = app_folder(path).file_name()?.to_str()?;
    let module = match known.get(path) {
        Some(folder) => folder.module.clone(),
        None => SmolStr::new(format!("{label}.{}", path.file_name()?.to_str()?)),
    };
    Some(ChangedFolder {
        shown: disk.shown(path),
        label: SmolStr::new(label),
        module,
        home,
        new: Vec::new(),
        modified: Vec::new(),
        deleted: Vec::new(),
        upstream: Vec::new(),
        withdrawn: Vec::new(),
    })
}

/// Files what became of one name, which a `.py` and a `.mig` may share.
fn sort_in(
    changed: &mut ChangedFolder,
    name: &str,
    of_name: &[(&Path, &Change)],
    texts: &Texts<'_>,
) {
    let name = SmolStr::new(name);
    let text = |path: &Path| texts.get(path).cloned();
    let is_new = of_name.iter().any(|(_, it)| **it == Change::New);
    for (path, change) in of_name {
        match change {
            // The other language has it already.
            Change::New if of_name.len() > 1 => {}
            Change::New => changed.new.push(name.clone()),
            Change::Modified(_) => changed.modified.extend(text(path)),
            Change::Deleted(_) if is_new => changed.modified.extend(text(path)),
            Change::Deleted(_) => changed.deleted.extend(text(path)),
            Change::Upstream(_) => changed.upstream.extend(text(path)),
            Change::Withdrawn => changed.withdrawn.push(name.clone()),
        }
    }
}

/// Only what is new or changed gets findings.
fn narrow(folder: &mut FoundFolder, changed: Option<&ChangedFolder>) {
    let mut names: BTreeSet<SmolStr> = BTreeSet::new();
    if let Some(changed) = changed {
        names.extend(changed.new.iter().cloned());
        names.extend(changed.modified.iter().map(|former| former.name.clone()));
    }
    let asked = names.into_iter().filter(|name| folder.checked.covers(name));
    folder.checked = Checked::Only(asked.collect());
}
