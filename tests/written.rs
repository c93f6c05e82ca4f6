//! Python that is written of a migration is read as the same migration.
//!
//! The migrations are those of `fixtures/sql`, which hold every operation, field,
//! option, index, constraint and function. What Django's own writer makes of a catalogue
//! is recorded in `fixtures/python/written`; that Django holds the same of whole
//! packages is for the conformance suite.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use whimbrel::base::Spanned;
use whimbrel::ir::{Dependency, DependencyTarget, Known, Migration, Project};
use whimbrel::pipeline::Purpose;
use whimbrel::python::write::{Inline, Surroundings, write_migration};
use whimbrel::sql::{Dialect, Server};

use crate::console::repository;
use crate::sql::{Config, STACK, cases, config, planned, settings, unpack};
use crate::support::documents::analyse;

/// The text of a migration whose functions stand in the file that it was read from.
fn written(root: &Path, migration: &Migration) -> Option<String> {
    let (app, name) = (&migration.id.app, &migration.id.name);
    let file = root.join(format!("{app}/migrations/{name}.py"));
    let functions = std::fs::read_to_string(file).ok()?;
    let module = format!("{app}.migrations.{name}");
    let is_module = |dotted: &str| {
        let path = root.join(dotted.replace('.', "/"));
        let is_ours = root.join(dotted.split('.').next().unwrap()).is_dir();
        is_ours.then(|| path.is_dir() || path.with_extension("py").is_file())
    };
    let inline = functions.contains("\ndef ").then_some(Inline {
        module: &module,
        text: &functions,
    });
    let surroundings = Surroundings {
        is_module: &is_module,
        inline,
    };
    match write_migration(migration, surroundings) {
        Ok(text) => Some(text),
        Err(unwritable) => {
            let reasons = unwritable.iter().map(|it| it.reason.as_str());
            let is_made = reasons
                .into_iter()
                .all(|it| it.ends_with("stands in no module"));
            assert!(is_made, "{}: {unwritable:?}", migration.id);
            None
        }
    }
}

/// A folder's project, and its SQL for two databases.
fn read(root: &Path) -> (Project, Vec<BTreeMap<String, Option<String>>>) {
    let (_, analysis) = analyse(root, Purpose::Graph, 1);
    let mut projects = analysis.projects;
    assert_eq!(projects.len(), 1);
    let project = projects.remove(0).project;
    let sql = ["postgresql", "sqlite"]
        .map(|name| {
            let server = Server::new(Dialect::by_name(name).unwrap(), None);
            planned(&project, &server, &settings(&Config::default()))
        })
        .into();
    (project, sql)
}

fn own_migrations(project: &Project) -> impl Iterator<Item = &Migration> {
    let apps = project.apps.iter().filter(|app| app.folder.is_some());
    apps.flat_map(|app| &app.migrations)
}

#[test]
fn written_python_is_the_same_migration() {
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK).build();
    let compared: usize = pool.unwrap().install(|| {
        cases()
            .par_iter()
            .map(|case| same_after_writing(case))
            .sum()
    });
    assert!(compared > 500, "{compared} migrations");
}

/// Compares a case of `fixtures/sql` with what is written of it; how many migrations
/// that were.
fn same_after_writing(case: &Path) -> usize {
    let folder = tempfile::tempdir().unwrap();
    unpack(case, &config(case), folder.path());
    let (before, sql_before) = read(folder.path());
    let mut compared = 0;
    for migration in own_migrations(&before) {
        if let Some(text) = written(folder.path(), migration) {
            let (app, name) = (&migration.id.app, &migration.id.name);
            let file = folder.path().join(format!("{app}/migrations/{name}.py"));
            std::fs::write(file, text).unwrap();
            compared += 1;
        }
    }
    let (after, sql_after) = read(folder.path());
    assert_eq!(sql_before, sql_after, "{}", case.display());
    for (before, after) in own_migrations(&before).zip(own_migrations(&after)) {
        let attributes = |migration: &Migration| {
            let targets = |list: &[Dependency]| -> Vec<DependencyTarget> {
                list.iter().map(|it| it.target.clone()).collect()
            };
            let flag =
                |flag: &Option<Spanned<Known<bool>>>| flag.as_ref().map(|flag| flag.value.clone());
            (
                flag(&migration.initial),
                flag(&migration.atomic),
                targets(&migration.dependencies),
                targets(&migration.run_before),
                targets(&migration.replaces),
            )
        };
        assert_eq!(attributes(before), attributes(after), "{}", before.id);
    }
    compared
}

#[test]
fn written_python_is_laid_out_as_django_does() {
    let folder = tempfile::tempdir().unwrap();
    let migrations = folder.path().join("shop/migrations");
    std::fs::create_dir_all(&migrations).unwrap();
    for init in ["shop/__init__.py", "shop/migrations/__init__.py"] {
        std::fs::write(folder.path().join(init), "").unwrap();
    }
    let source = repository().join("fixtures/python/written/source.py");
    std::fs::copy(&source, migrations.join("0002_catalogue.py")).unwrap();
    std::fs::write(
        folder.path().join("settings.py"),
        "INSTALLED_APPS = ['shop']\n",
    )
    .unwrap();
    let (_, analysis) = analyse(folder.path(), Purpose::Graph, 1);
    let project = &analysis.projects[0].project;
    let migration = own_migrations(project).next().unwrap();
    let surroundings = Surroundings {
        is_module: &|_| None,
        inline: None,
    };
    let text = write_migration(migration, surroundings).unwrap();
    let expected = repository().join("fixtures/python/written/expected.py");
    let expected = std::fs::read_to_string(expected).unwrap();
    assert_eq!(text, expected, "written:\n{text}");
}
