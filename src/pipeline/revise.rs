//! What changed since a revision becomes IR: the migrations that the revision has and
//! that are not here as they were there.

use smol_str::format_smolstr;

use super::read::Read;
use super::{Context, guard};
use crate::ir::{AppLabel, AppOrigin, ChangeSet, Migration, MigrationId, MigrationName, Project};
use crate::mig;
use crate::python::sources::{ChangedFolder, FormerFile, ProjectSource, Sources};
use crate::python::{Detail, read_migration};

/// What changed in a project; `None` where nobody asked.
pub(super) fn change_set(
    context: &Context<'_>,
    sources: &Sources,
    index: usize,
    project: &Project,
    out: &mut Read,
) -> Option<ChangeSet> {
    let changed = sources.changed.as_ref()?;
    let source = sources.projects.get(index)?;
    let mut set = ChangeSet {
        revision: changed.revision.clone(),
        code: changed.code.clone(),
        ..ChangeSet::default()
    };
    let own = project
        .apps
        .iter()
        .filter(|app| app.origin == AppOrigin::Project);
    let own: Vec<_> = own.collect();
    for folder in &changed.folders {
        let app = own
            .iter()
            .find(|app| app.folder.as_ref() == Some(&folder.shown));
        let label = match app {
            Some(app) => app.label.clone(),
            // Its app may have moved, or be gone.
            None if folder.home == index => AppLabel::new(folder.label.clone()),
            None => continue,
        };
        add(context, source, index, folder, label, &mut set);
    }
    for (label, changes) in &mut set.apps {
        let Some(app) = own.iter().find(|app| app.label == *label) else {
            continue;
        };
        // A folder that moved has its migrations still.
        let is_here = |migration: &mut Migration| {
            let mut here = app.migrations.iter();
            here.any(|it| it.id.name == migration.id.name)
        };
        let moved: Vec<Migration> = changes.deleted.extract_if(.., is_here).collect();
        for migration in &moved {
            changes.new.remove(&migration.id.name);
        }
        changes.modified.extend(moved);
        changes
            .modified
            .sort_by(|left, right| left.id.cmp(&right.id));
    }
    // Findings on what is gone can only point at what was there.
    let gone = set.apps.values().flat_map(|changes| &changes.deleted);
    out.checked.extend(gone.map(|migration| migration.file));
    Some(set)
}

fn add(
    context: &Context<'_>,
    source: &ProjectSource,
    index: usize,
    folder: &ChangedFolder,
    label: AppLabel,
    set: &mut ChangeSet,
) {
    let read = |files: &[FormerFile]| -> Vec<Migration> {
        let files = files.iter();
        files
            .filter_map(|former| former_migration(context, source, index, folder, &label, former))
            .collect()
    };
    let (modified, deleted) = (read(&folder.modified), read(&folder.deleted));
    let upstream = read(&folder.upstream);
    let changes = set.apps.entry(label).or_default();
    let names = |names: &[smol_str::SmolStr]| -> Vec<MigrationName> {
        names
            .iter()
            .map(|name| MigrationName::new(name.clone()))
            .collect()
    };
    changes.new.extend(names(&folder.new));
    changes.withdrawn.extend(names(&folder.withdrawn));
    changes.modified.extend(modified);
    changes.deleted.extend(deleted);
    changes.upstream.extend(upstream);
}

/// A migration as it was. Its faults are not told: nobody can change them any more.
fn former_migration(
    context: &Context<'_>,
    source: &ProjectSource,
    index: usize,
    folder: &ChangedFolder,
    label: &AppLabel,
    former: &FormerFile,
) -> Option<Migration> {
    let resolver = context.resolver(index, source);
    let module = format_smolstr!("{}.{}", folder.module, former.name);
    let id = MigrationId::new(label.as_str(), former.name.clone());
    let read = guard::file(former.file, || {
        if former.is_declarative {
            mig::read_migration(resolver, former.file, &module, id, Detail::Schema)
        } else {
            read_migration(resolver, former.file, &module, id, Detail::Schema)
        }
    });
    read.ok()?.migration
}
