//! Each migration, as read, holds what Django holds after running it: classes,
//! names, fields with every option, indexes, constraints, options and SQL.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;
use whimbrel::base::{Afterwards, Files};
use whimbrel::ir::Migration;
use whimbrel::pipeline::{Analysis, Progress, Purpose, analyse};
use whimbrel::workspace::{self, Options};

use crate::compare::Differences;
use crate::environment::{Environment, SETTINGS, project, say};
use crate::vocabulary;

#[test]
fn every_migration_holds_what_django_holds_after_running_it() {
    let test = "IR parity";
    let Some(environment) = Environment::find(test) else {
        return;
    };
    let told = environment.ask_django("operations.py");
    let told: Json = serde_json::from_str(&told).expect("operations.py prints JSON");
    let read = read_project(&environment);
    let mut differences = Differences::default();
    let mut operations = 0;
    for django in told["migrations"].as_array().expect("a list") {
        let key = (text(&django["app"]), text(&django["migration"]));
        operations += django["operations"].as_array().map_or(0, Vec::len);
        match read.get(&key) {
            Some(ours) => differences.migration(django, ours),
            None => differences.found.push(format!("{key:?}: not read")),
        }
    }
    let unexplained: Vec<&String> = differences
        .found
        .iter()
        .filter(|difference| !is_explained(difference))
        .collect();
    let lines: Vec<&str> = unexplained.iter().map(|line| line.as_str()).collect();
    assert!(
        lines.is_empty(),
        "{} differences\n{}",
        lines.len(),
        lines.join("\n")
    );
    say(&format!(
        "{test}: {} migrations and {operations} operations alike; {} differences explained",
        read.len(),
        differences.found.len()
    ));
}

/// Differences that are as they should be: parts of two places and why.
const EXPLAINED: &[(&str, &str, &str)] = &[
    (
        "unread: Django []",
        "which decides what is run",
        "`apply` and `unapply` are code, which is reported and not run",
    ),
    (
        " choices",
        "whimbrel {\"$path\":",
        "neither state nor SQL reads choices, so a name in them is kept as a name",
    ),
    (
        " choices",
        "whimbrel {\"$setting\":",
        "neither state nor SQL reads choices, so a setting in them is kept as a name",
    ),
    (
        "wagtailcore.0001_",
        "{\"on\":null,\"setting\":null}",
        "the setting is set while the package is imported",
    ),
    (
        "options swappable",
        "\"path\":\"swapper.swappable_setting\"",
        "the name depends on what was called before",
    ),
    (
        "bases",
        "{\"$path\":\"wagtail.search.index.Indexed\"}",
        "a base is named as written, and that module takes it from elsewhere",
    ),
    (
        "_customise_indexentry [3]",
        "`sqlite3.sqlite_version_info` could not be read",
        "the version of SQLite is the running Python's",
    ),
    (
        "_customise_indexentry [3]",
        "condition: Django null",
        "the version of SQLite is the running Python's",
    ),
];

pub(crate) fn is_explained(difference: &str) -> bool {
    EXPLAINED
        .iter()
        .any(|(place, told, _)| difference.contains(place) && difference.contains(told))
}

fn text(value: &Json) -> String {
    value.as_str().expect("a string").to_owned()
}

/// The project with its installed apps, as Django loads it.
pub(crate) fn analysed_project(environment: &Environment) -> Analysis {
    analysed(environment, &project())
}

/// A project with its installed apps.
pub(crate) fn analysed(environment: &Environment, root: &Path) -> Analysis {
    analysed_with_files(environment, root).1
}

/// As [`analysed`], with the texts.
pub(crate) fn analysed_with_files(
    environment: &Environment,
    root: &Path,
) -> (Arc<Files>, Analysis) {
    let files = Arc::new(Files::default());
    let options = Options {
        cwd: root.to_owned(),
        settings: Some(SETTINGS.to_owned()),
        python_env: Some(environment.root.clone()),
        ..Options::default()
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .stack_size(16 << 20)
        .build()
        .expect("threads can be started");
    let analysis = pool.install(|| {
        let sources = workspace::discover(&files, &options, &[root.to_owned()])
            .expect("the project can be read");
        analyse(
            &files,
            &sources,
            Purpose::Graph,
            Afterwards::Continue,
            &Progress::default(),
        )
    });
    (files, analysis)
}

/// Every migration of the project and of its installed apps.
fn read_project(environment: &Environment) -> BTreeMap<(String, String), Json> {
    analysed_project(environment)
        .projects
        .iter()
        .flat_map(|analysed| &analysed.project.apps)
        .flat_map(|app| &app.migrations)
        .map(|migration: &Migration| {
            let id = &migration.id;
            let key = (id.app.as_str().to_owned(), id.name.as_str().to_owned());
            (key, vocabulary::migration_on("sqlite", migration))
        })
        .collect()
}
