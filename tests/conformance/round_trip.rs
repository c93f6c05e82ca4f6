//! The migrations of the packages become `.mig` files and then Python again, as
//! `whimbrel convert --in-place` does it: SQL is the same for both languages in every
//! dialect, and Django loads what came back, holds the same of it and makes the same
//! SQL.
//!
//! The packages are in a folder that Python searches before its environment.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use whimbrel::sql::dialect::DIALECTS;
use whimbrel::sql::plan::Line;
use whimbrel::sql::{Dialect, Server};

use crate::environment::{Environment, further_project, project, say, told};
use crate::ir::analysed;
use crate::sql::{planned, recordings};
use crate::written::differences;

/// A folder with the conformance project and with every package that has migrations.
fn packages(environment: &Environment) -> tempfile::TempDir {
    // Beside the build, so that files can be linked instead of copied.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    link(&project(), folder.path());
    let site = environment.site_packages();
    for package in fs::read_dir(&site).unwrap().flatten() {
        if package.path().is_dir() && has_migrations(&package.path()) {
            link(&package.path(), &folder.path().join(package.file_name()));
        }
    }
    folder
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).unwrap().flatten();
    let is_folder = |entry: &fs::DirEntry| entry.file_type().unwrap().is_dir();
    entries.filter(is_folder).map(|it| it.path()).collect()
}

fn has_migrations(package: &Path) -> bool {
    let inner = folders(package);
    inner.iter().any(|folder| {
        folder.file_name().is_some_and(|name| name == "migrations") || has_migrations(folder)
    })
}

fn migration_files(folder: &Path) -> usize {
    let inside = folders(folder);
    let further: usize = inside.iter().map(|folder| migration_files(folder)).sum();
    if folder.file_name().is_none_or(|name| name != "migrations") {
        return further;
    }
    let files = fs::read_dir(folder).unwrap().flatten();
    let names = files.filter_map(|file| file.file_name().into_string().ok());
    further
        + names
            .filter(|it| it.ends_with(".py") && !it.starts_with('_'))
            .count()
}

/// Links files, or copies them where the file system does not link. Nothing writes to a
/// file that is there: it is replaced.
fn link(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            link(&entry.path(), &target);
        } else if fs::hard_link(entry.path(), &target).is_err() {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// The files that `convert` left as they are.
fn convert(environment: &Environment, folder: &Path, language: &str) -> BTreeSet<String> {
    let mut command = environment.whimbrel(folder, "convert");
    let output = command
        .args(["--to", language, "--in-place", "."])
        .output()
        .expect("whimbrel starts");
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        told(&output)
    );
    let text = String::from_utf8(output.stderr).unwrap();
    let places = text.lines().filter_map(|line| {
        let place = line.trim_start().strip_prefix("┌─ ")?;
        Some(place.split(':').next()?.to_owned())
    });
    places.collect()
}

/// The SQL of the whole plan, a line a statement, in all dialects.
fn sql(environment: &Environment, folder: &Path) -> Vec<String> {
    let analysis = analysed(environment, folder);
    // Folders that look like migrations and that the settings do not name are apart.
    let found = analysis.projects.iter();
    let found = found.max_by_key(|it| it.project.apps.len());
    let project = &found.expect("there is a project").project;
    let pool = rayon::ThreadPoolBuilder::new().stack_size(64 << 20).build();
    let pool = pool.unwrap();
    let mut out = Vec::new();
    for dialect in DIALECTS {
        let server = Server::new(dialect, None);
        for (id, planned) in pool.install(|| planned(project, &server)) {
            let text = |lines: &[Line]| -> Vec<String> {
                lines.iter().map(|line| line.text().to_owned()).collect()
            };
            let backwards = planned.backwards.as_deref().map(text);
            let forwards = text(&planned.forwards);
            out.push(format!("{} {id} {forwards:?}", dialect.name));
            out.push(format!("{} {id} {backwards:?}", dialect.name));
        }
    }
    out
}

#[test]
fn migrations_are_the_same_after_a_way_through_the_other_language() {
    let test = "round trip";
    let Some(environment) = Environment::find(test) else {
        return;
    };
    let folder = packages(&environment);
    let folder = folder.path();

    let files = migration_files(folder);
    let of_python = sql(&environment, folder);
    let left = convert(&environment, folder, "mig");
    let of_mig = sql(&environment, folder);
    assert_eq!(of_python.len(), of_mig.len());
    for (of_python, of_mig) in of_python.iter().zip(&of_mig) {
        assert_eq!(of_python, of_mig);
    }
    let dialects: Vec<&str> = DIALECTS.iter().map(|dialect| dialect.name).collect();
    say(&format!(
        "{test}: {} directions have the same SQL from `.mig` as from Python ({}); {} of {files} files stay: {left:?}",
        of_mig.len(),
        dialects.join(", "),
        left.len(),
    ));
    let (enough, spared) = match further_project() {
        Some(_) => (0, files / 100),
        None => (3_000, 3),
    };
    assert!(of_mig.len() > enough, "{}", of_mig.len());
    let too_many = (left.len() > spared).then_some(left);

    let left = convert(&environment, folder, "python");
    assert!(left.is_empty(), "{left:?}");
    held_alike(test, &environment, folder);
    for name in ["postgresql", "sqlite"] {
        same_sql(test, &environment, folder, Dialect::by_name(name).unwrap());
    }
    assert!(too_many.is_none(), "of {files}: {too_many:?}");
}

/// Django holds the same of the migrations that came back.
fn held_alike(test: &str, environment: &Environment, folder: &Path) {
    let migrations = |told: &str| -> Vec<Json> {
        let mut told: Json = serde_json::from_str(told).unwrap();
        let Json::Array(mut all) = told["migrations"].take() else {
            panic!("no list of migrations");
        };
        for migration in &mut all {
            migration.as_object_mut().unwrap().remove("file");
            unmoved(migration);
        }
        all
    };
    let theirs = migrations(&environment.ask_django("operations.py"));
    let ours = migrations(&environment.ask_django_in(folder, "operations.py", &[]));
    assert_eq!(theirs.len(), ours.len());
    let mut operations = 0;
    let mut different = String::new();
    for (theirs, ours) in theirs.iter().zip(&ours) {
        operations += theirs["operations"].as_array().unwrap().len();
        let mut found = Vec::new();
        differences("", theirs, ours, &mut found);
        for line in found {
            let name = |key: &str| theirs[key].as_str().unwrap().to_owned();
            different.push_str(&format!("{}.{}{line}\n", name("app"), name("migration")));
        }
    }
    assert!(different.is_empty(), "{different}");
    say(&format!(
        "{test}: Django holds the same of {} migrations with {operations} operations",
        ours.len()
    ));
}

/// Functions and classes moved to modules that Django's loader passes over.
fn unmoved(value: &mut Json) {
    match value {
        Json::Object(object) => {
            for (key, inner) in object {
                match inner {
                    Json::String(path) if matches!(key.as_str(), "$function" | "module") => {
                        *path = path
                            .replace(".migrations._", ".migrations.")
                            .replace('-', "_")
                            .replace(".Migration.<lambda>", ".<lambda>");
                    }
                    inner => unmoved(inner),
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(unmoved),
        _ => {}
    }
}

/// Django makes the same SQL, but for values that are new in every run.
fn same_sql(test: &str, environment: &Environment, folder: &Path, dialect: &'static Dialect) {
    let lines = |text: &str| -> Vec<String> { text.lines().map(without_values).collect() };
    let theirs = lines(&recordings(environment, dialect));
    let ours = environment.ask_django_in(folder, "sql.py", &["--database", dialect.name]);
    let ours = lines(&ours);
    assert_eq!(theirs.len(), ours.len());
    for (theirs, ours) in theirs.iter().zip(&ours) {
        assert_eq!(theirs, ours);
    }
    say(&format!(
        "{test}: Django's SQL of {} migrations is the same on {}",
        ours.len(),
        dialect.name
    ));
}

fn without_values(line: &str) -> String {
    let migration: Json = serde_json::from_str(line).unwrap();
    let mut line = line.to_owned();
    for placeholder in migration["placeholders"].as_array().unwrap() {
        if let Some(value) = placeholder["value"].as_str() {
            line = line.replace(value, placeholder["function"].as_str().unwrap());
        }
    }
    line
}
