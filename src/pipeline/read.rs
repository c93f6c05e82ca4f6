//! Migrations become IR: every file of every planned app, in parallel, and in
//! rounds where dependencies name apps that nobody has planned yet.

use std::sync::atomic::Ordering;

use rayon::iter::{
    IndexedParallelIterator, IntoParallelRefIterator, IntoParallelRefMutIterator, ParallelIterator,
};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use super::claim::{self, Content, PlannedApp, PlannedProject};
use super::entry;
use super::lookup::{self, Known};
use super::recall::Noting;
use super::revise;
use super::{Analysed, Context, Figures, Progress, guard};
use crate::base::text::concat;
use crate::base::{FileId, Span};
use crate::diag::{Diagnostic, Level, Subject};
use crate::ir::body::Act;
use crate::ir::operation::Base;
use crate::ir::project::{MaxMigration, Settings};
use crate::ir::{App, AppOrigin, Field, Migration, MigrationId, Operation, OperationKind, Project};
use crate::lint;
use crate::lint::baseline::Scope;
use crate::mig;
use crate::python::finder::ModuleFinder;
use crate::python::sources::{Checked, MAX_MIGRATION, MigrationFolder, ProjectSource, Sources};
use crate::python::{Detail, ReadMigration, Resolver, read_migration};

/// How often apps named by dependencies may name further ones.
const ROUNDS: usize = 16;

/// What reading has given so far.
#[derive(Default)]
pub(super) struct Read {
    pub diagnostics: Vec<Diagnostic>,
    /// Files that were asked about.
    pub checked: FxHashSet<FileId>,
    pub figures: Figures,
    /// Files that were asked about, and others, each of which counts once.
    counted: FxHashSet<FileId>,
    context: FxHashSet<FileId>,
    pub scope: Scope,
}

/// One file, read. What is asked of every migration is answered right where it was
/// read, while it is in the processor's cache.
#[derive(Default)]
struct ReadFile {
    file: Option<FileId>,
    migration: Option<Migration>,
    diagnostics: Vec<Diagnostic>,
    named_apps: Vec<SmolStr>,
    count: Count,
}

/// How much a file holds.
#[derive(Default, Clone, Copy)]
struct Count {
    operations: usize,
    not_understood: usize,
}

/// One app, read, with what its files gave.
struct ReadApp {
    app: App,
    checked: Vec<FileId>,
    diagnostics: Vec<Diagnostic>,
    /// The apps that its migrations name, in dependencies and, where it is checked, in
    /// relations too.
    named_apps: Vec<SmolStr>,
    /// For each migration.
    counts: Vec<Count>,
    /// All of its files were asked about.
    is_whole: bool,
}

/// Reads some projects with all their migrations, and adds what that gave to `out`.
/// `known` is made of all projects of the run.
pub(super) fn read(
    context: &Context<'_>,
    sources: &Sources,
    mut planned: Vec<PlannedProject>,
    known: &Known,
    out: &mut Read,
    progress: &Progress,
) -> Vec<Analysed> {
    let work: Vec<(&PlannedProject, &PlannedApp)> = planned
        .iter()
        .flat_map(|project| project.apps.iter().map(move |app| (project, app)))
        .collect();
    let mut apps = read_apps(context, sources, &work, progress).into_iter();
    let mut by_project: Vec<Vec<ReadApp>> = planned
        .iter()
        .map(|project| apps.by_ref().take(project.apps.len()).collect())
        .collect();
    add_context(
        context,
        sources,
        &mut planned,
        known,
        &mut by_project,
        progress,
    );

    let mut projects = Vec::with_capacity(planned.len());
    for (project, apps) in planned.into_iter().zip(by_project) {
        let mut has_checked = false;
        let mut read = Vec::with_capacity(apps.len());
        for app in apps {
            let is_checked = !app.checked.is_empty();
            let checked: FxHashSet<FileId> = app.checked.iter().copied().collect();
            let mut is_new = false;
            for (migration, count) in app.app.migrations.iter().zip(&app.counts) {
                if app.app.folder.is_none() {
                    continue;
                }
                // What one project reads as context, another may be asked about.
                if !checked.contains(&migration.file) {
                    let is_first = out.context.insert(migration.file);
                    let counts = is_first && !out.counted.contains(&migration.file);
                    out.figures.context += usize::from(counts);
                } else if out.counted.insert(migration.file) {
                    is_new = true;
                    out.figures.context -= usize::from(out.context.contains(&migration.file));
                    out.figures.migrations += 1;
                    out.figures.operations += count.operations;
                    out.figures.not_understood += count.not_understood;
                }
            }
            has_checked |= is_checked;
            if is_checked {
                note_checked(&app, &mut out.scope);
            }
            out.figures.apps += usize::from(is_new);
            out.checked.extend(checked);
            out.diagnostics.extend(app.diagnostics);
            read.push(app.app);
        }
        out.figures.projects += usize::from(has_checked);
        let mut made = Project {
            root: project.shown,
            settings: project.settings,
            apps: read,
            change_set: None,
        };
        made.change_set = revise::change_set(context, sources, project.source, &made, out);
        projects.push(Analysed {
            project: made,
            missing_apps: project.missing_apps,
            unlisted: project.unlisted,
        });
    }
    projects
}

/// Notes which migrations of an app were asked about.
fn note_checked(read: &ReadApp, scope: &mut Scope) {
    let app = scope.apps.entry(read.app.label.to_string()).or_default();
    app.is_whole |= read.is_whole;
    let checked: FxHashSet<FileId> = read.checked.iter().copied().collect();
    let migrations = read.app.migrations.iter();
    let asked = migrations.filter(|migration| checked.contains(&migration.file));
    app.migrations
        .extend(asked.map(|it| it.id.name.to_string()));
}

fn count(migration: &Migration) -> Count {
    let doubtful = |operation: &&Operation| !operation.is_understood();
    let mut count = Count {
        operations: migration.operations.len(),
        not_understood: migration.operations.iter().filter(doubtful).count(),
    };
    for unread in &migration.unread {
        count.not_understood += 1;
        // An element of `operations` that could not be read is an operation, too.
        if unread.attribute == "operations" && unread.is_element {
            count.operations += 1;
        }
    }
    count
}

/// Reads all files of some apps, each with its project's settings and modules.
fn read_apps(
    context: &Context<'_>,
    sources: &Sources,
    work: &[(&PlannedProject, &PlannedApp)],
    progress: &Progress,
) -> Vec<ReadApp> {
    let tasks: Vec<(&PlannedProject, &PlannedApp, &MigrationFolder, &SmolStr)> = work
        .iter()
        .filter_map(|(project, app)| match &app.content {
            Content::Folder(folder) => Some((*project, *app, folder)),
            Content::Bundled(_) => None,
        })
        .flat_map(|(project, app, folder)| {
            folder
                .names
                .iter()
                .map(move |name| (project, app, folder, name))
        })
        .collect();
    progress.total.fetch_add(tasks.len(), Ordering::Relaxed);
    let files: Vec<ReadFile> = tasks
        .par_iter()
        .map(|(project, app, folder, name)| {
            let mut read = read_file(context, sources, project, app, folder, name);
            if let Some(migration) = &read.migration {
                let checked = app.checked.as_ref();
                let is_checked = checked.is_some_and(|which| which.covers(name));
                read.count = count(migration);
                read.named_apps = named_apps(std::slice::from_ref(migration), is_checked);
            }
            progress.done.fetch_add(1, Ordering::Relaxed);
            read
        })
        .collect();
    let mut files = files.into_iter();
    work.iter()
        .map(|(project, app)| match &app.content {
            Content::Folder(folder) => {
                let count = folder.names.len();
                let mut read = assemble(app, folder, files.by_ref().take(count).collect());
                let source = sources.projects.get(project.source);
                if let Some(source) = source.filter(|_| app.origin == AppOrigin::Project) {
                    read.app.max_migration = max_migration(context, source, folder);
                }
                read
            }
            Content::Bundled(bundled) => {
                let source = sources.projects.get(project.source);
                let resolver = source.map(|source| context.resolver(project.source, source));
                described(bundled.read(resolver, context.detail))
            }
        })
        .collect()
}

fn read_file(
    context: &Context<'_>,
    sources: &Sources,
    project: &PlannedProject,
    app: &PlannedApp,
    folder: &MigrationFolder,
    name: &SmolStr,
) -> ReadFile {
    let Some(source) = sources.projects.get(project.source) else {
        return ReadFile::default();
    };
    let file = match source.files.load(&folder.file(name)) {
        Ok(file) => file,
        Err(diagnostic) => {
            return ReadFile {
                file: Some(diagnostic.primary.span.file),
                diagnostics: vec![*diagnostic],
                ..ReadFile::default()
            };
        }
    };
    let id = MigrationId::new(app.label.as_str(), name.clone());
    let module = concat([folder.module.as_str(), ".", name.as_str()]);
    let resolver = context.resolver(project.source, source);
    // Context gets no findings, so that the next project may take it as it is.
    let is_shared = app.checked.is_none() && sources.projects.len() > 1;
    let has_settings = resolver.settings_module.is_some();
    if is_shared
        && let Some(migration) =
            context
                .recall
                .recalled(file, &module, has_settings, resolver.finder, &id)
    {
        return ReadFile {
            file: Some(file),
            migration,
            ..ReadFile::default()
        };
    }
    // Functions are judged in what was asked about and nowhere else.
    let is_checked = app.checked.as_ref().is_some_and(|which| which.covers(name));
    let detail = match context.detail {
        Detail::Schema if is_checked => Detail::Judged,
        other => other,
    };
    let noting = is_shared.then(|| Noting::new(resolver.finder));
    let result = guard::file(file, || {
        let resolver = Resolver {
            finder: noting
                .as_ref()
                .map_or(resolver.finder, |noting| noting as &dyn ModuleFinder),
            // What is asked on behalf of all is not noted.
            constants: resolver.constants.filter(|_| noting.is_none()),
            ..resolver
        };
        if folder.is_declarative(name) {
            mig::read_migration(resolver, file, &module, id, detail)
        } else {
            read_migration(resolver, file, &module, id, detail)
        }
    });
    if let (Some(noting), Ok(read)) = (noting, &result) {
        let migration = read.migration.as_ref();
        context
            .recall
            .keep(file, &module, has_settings, noting, migration);
    }
    match result {
        Ok(ReadMigration {
            mut migration,
            diagnostics,
        }) => {
            if let Some(migration) = &mut migration {
                migration.may_suppress = lint::may_suppress(&context.modules.files.text(file));
            }
            ReadFile {
                file: Some(file),
                migration,
                diagnostics,
                ..ReadFile::default()
            }
        }
        Err(bug) => ReadFile {
            file: Some(file),
            diagnostics: vec![*bug],
            ..ReadFile::default()
        },
    }
}

/// A `.py` is passed over, since a `.mig` of its name stands beside it.
fn doubled(planned: &PlannedApp, name: &SmolStr, file: FileId) -> Diagnostic {
    let id = format!("{}.{name}", planned.label);
    let message =
        format!("`{id}` is read from this file, and `{name}.py` beside it is passed over");
    Diagnostic::new(
        "doubled-migration",
        Level::Info,
        Span::file_start(file),
        message,
    )
    .here("this one counts")
    .note("Django runs the other one, which should be made of this")
    .help(format!(
        "write it anew with `whimbrel convert {name}.mig --to python`, or remove one of the two"
    ))
    .about(Subject {
        app: Some(planned.label.to_string()),
        migration: Some(name.to_string()),
        ..Subject::default()
    })
}

/// What a folder's `max_migration.txt` says, if it can be read.
fn max_migration(
    context: &Context<'_>,
    source: &ProjectSource,
    folder: &MigrationFolder,
) -> Option<MaxMigration> {
    if !folder.has_max_migration {
        return None;
    }
    let file = source.files.load(&folder.path.join(MAX_MIGRATION)).ok()?;
    let text = context.modules.files.text(file);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Some(MaxMigration {
        file,
        lines: lines.map(SmolStr::new).collect(),
    })
}

fn assemble(planned: &PlannedApp, folder: &MigrationFolder, files: Vec<ReadFile>) -> ReadApp {
    let mut app = App {
        label: planned.label.clone(),
        package: planned.package.clone(),
        origin: planned.origin,
        folder: Some(folder.shown.clone()),
        missing_init: None,
        max_migration: None,
        migrations: Vec::with_capacity(files.len()),
        unreadable: Vec::new(),
    };
    let mut checked = Vec::new();
    let mut diagnostics = Vec::new();
    let mut named_apps = Vec::new();
    let mut counts = Vec::with_capacity(files.len());
    for (name, read) in folder.names.iter().zip(files) {
        // Only Django asks for `__init__.py`, and it reads no `.mig` files.
        if !folder.has_init && app.missing_init.is_none() && !folder.is_declarative(name) {
            app.missing_init = read.file;
        }
        if planned
            .checked
            .as_ref()
            .is_some_and(|which: &Checked| which.covers(name))
        {
            checked.extend(read.file);
            if let Some(file) = read.file.filter(|_| folder.doubled.contains(name)) {
                diagnostics.push(doubled(planned, name, file));
            }
            diagnostics.extend(read.diagnostics.into_iter().map(|mut diagnostic| {
                let subject = &mut diagnostic.subject;
                subject
                    .app
                    .get_or_insert_with(|| planned.label.as_str().to_owned());
                subject
                    .migration
                    .get_or_insert_with(|| name.as_str().to_owned());
                diagnostic
            }));
        }
        named_apps.extend(read.named_apps);
        match read.migration {
            Some(migration) => {
                counts.push(read.count);
                app.migrations.push(migration);
            }
            None => app.unreadable.push(name.clone()),
        }
    }
    named_apps.sort_unstable();
    named_apps.dedup();
    ReadApp {
        app,
        checked,
        diagnostics,
        named_apps,
        counts,
        is_whole: planned.checked == Some(Checked::All),
    }
}

/// An app that whimbrel describes, of which nothing is checked.
fn described(app: App) -> ReadApp {
    ReadApp {
        checked: Vec::new(),
        diagnostics: Vec::new(),
        is_whole: false,
        named_apps: named_apps(&app.migrations, false),
        counts: app.migrations.iter().map(count).collect(),
        app,
    }
}

/// Projects gain the apps that their dependencies name, as context, where these
/// were not planned from the start.
fn add_context(
    context: &Context<'_>,
    sources: &Sources,
    planned: &mut [PlannedProject],
    known: &Known,
    read: &mut [Vec<ReadApp>],
    progress: &Progress,
) {
    let found = claim::found(sources);
    planned
        .par_iter_mut()
        .zip(read)
        .for_each(|(project, apps)| {
            let mut tried: FxHashSet<SmolStr> = apps
                .iter()
                .map(|app| SmolStr::new(app.app.label.as_str()))
                .collect();
            let mut wanted: Vec<SmolStr> = user_app(&project.settings).into_iter().collect();
            let mut unseen = 0;
            for _ in 0..ROUNDS {
                wanted.extend(
                    apps.get(unseen..)
                        .unwrap_or_default()
                        .iter()
                        .flat_map(|app| app.named_apps.iter().cloned()),
                );
                unseen = apps.len();
                wanted.sort_unstable();
                wanted.dedup();
                wanted.retain(|label| tried.insert(label.clone()));
                if wanted.is_empty() {
                    break;
                }
                let new = lookup::find(context, sources, project, &wanted, known, &found);
                wanted.clear();
                let work: Vec<(&PlannedProject, &PlannedApp)> =
                    new.iter().map(|app| (&*project, app)).collect();
                apps.extend(read_apps(context, sources, &work, progress));
                project.apps.extend(new);
            }
        });
}

/// The app of the user model: rules on it want to know its first migration.
fn user_app(settings: &Settings) -> Option<SmolStr> {
    let model = entry::user_model(settings);
    let (app, _) = model.known()?.split_once('.')?;
    Some(SmolStr::new(app))
}

/// The apps that migrations name: in dependencies, and, where asked for, in relations
/// too; each once.
fn named_apps(migrations: &[Migration], with_relations: bool) -> Vec<SmolStr> {
    let mut labels: Vec<SmolStr> = Vec::new();
    for migration in migrations {
        let listed = [
            &migration.dependencies,
            &migration.run_before,
            &migration.replaces,
        ];
        for dependency in listed.into_iter().flatten() {
            if let Some(label) = dependency.target.app() {
                note(label, &mut labels);
            }
        }
        if with_relations {
            for operation in migration.walk_operations() {
                related_apps(&operation.kind, &mut labels);
            }
        }
    }
    labels
}

fn note(label: &str, labels: &mut Vec<SmolStr>) {
    if !labels.iter().any(|known| known == label) {
        labels.push(SmolStr::new(label));
    }
}

/// `catalog` of `to="catalog.book"` and of `bases=("catalog.book",)`.
fn related_apps(kind: &OperationKind, out: &mut Vec<SmolStr>) {
    let mut relations = |field: &Field| {
        for (name, value) in &field.options {
            if matches!(name.as_str(), "to" | "through")
                && let Some((label, _)) = value.value.as_str().and_then(|to| to.split_once('.'))
            {
                note(label, out);
            }
        }
    };
    match kind {
        OperationKind::CreateModel(model) => {
            for (_, field) in &model.fields {
                relations(field);
            }
            for base in &model.bases {
                if let Base::Model { app, .. } = base {
                    note(app.as_str(), out);
                }
            }
        }
        OperationKind::AddField { field, .. } | OperationKind::AlterField { field, .. } => {
            relations(field);
        }
        OperationKind::RunPython(run) => {
            let functions = [&run.forwards, &run.backwards].into_iter().flatten();
            for step in functions.flat_map(|function| &function.steps) {
                if let Act::GetModel { app, .. } = &step.act {
                    note(app.as_str(), out);
                }
            }
        }
        _ => {}
    }
}
