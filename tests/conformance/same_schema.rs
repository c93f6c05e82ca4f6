//! Our SQL for the whole plan, run on an empty database, makes the schema that Django
//! makes; run backwards, it leaves what Django's own backwards statements leave.
//!
//! Django's is the schema of the statements that it was seen to execute. `RunPython` is
//! no part of SQL: by what it changes the schema of `migrate` differs, which is told.
//!
//! `whimbrel schema` makes the same tables at once.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use whimbrel::sql::Dialect;

use crate::environment::{self, Environment, SETTINGS, say};
use crate::sql::recordings;

/// What `whimbrel sql` prints for the whole plan of the conformance project.
fn ours(environment: &Environment, dialect: &Dialect) -> Vec<Value> {
    let mut command = environment.whimbrel(&environment::project(), "sql");
    let output = command
        .args(["--all", "--format", "json", "--dialect", dialect.name])
        .args(["--settings", SETTINGS])
        .output()
        .expect("whimbrel starts");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        !text.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn id(migration: &Value) -> String {
    let part = |name: &str| migration[name].as_str().unwrap().to_owned();
    format!("{}.{}", part("app"), part("name"))
}

/// Tables are empty when a column is added, so that no default matters for the schema.
/// MySQL and MariaDB refuse NULL for a column that is not null, and take 0 for anything.
fn without_placeholders(migration: &mut Value, dialect: &Dialect) {
    let value = if dialect.vendor == "mysql" {
        "0"
    } else {
        "NULL"
    };
    let placeholders: Vec<String> = migration["placeholders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|placeholder| placeholder.as_str().unwrap().to_owned())
        .collect();
    for direction in ["forwards", "backwards"] {
        for line in migration[direction].as_array_mut().into_iter().flatten() {
            let mut text = line.as_str().unwrap().to_owned();
            for placeholder in &placeholders {
                text = text.replace(placeholder, value);
            }
            *line = text.into();
        }
    }
}

fn write(path: &Path, migrations: &[Value]) {
    let lines: Vec<String> = migrations.iter().map(Value::to_string).collect();
    std::fs::write(path, lines.join("\n") + "\n").unwrap();
}

fn compare(dialect: &'static Dialect) {
    let test = "same schema";
    let Some(environment) = Environment::find(test) else {
        return;
    };
    let recorded = recordings(&environment, dialect);
    let recorded: Vec<Value> = recorded
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut ours = ours(&environment, dialect);
    assert_eq!(
        ours.iter().map(id).collect::<Vec<_>>(),
        recorded.iter().map(id).collect::<Vec<_>>(),
        "the plan"
    );
    for migration in &mut ours {
        without_placeholders(migration, dialect);
    }
    let folder = folder(dialect);
    let (of_django, of_whimbrel) = (folder.join("django.jsonl"), folder.join("whimbrel.jsonl"));
    write(&of_django, &recorded);
    write(&of_whimbrel, &ours);
    let mut run = schemas(&environment, dialect, test);
    run.command.args(["--backwards", "--show-python"]);
    let differences = run.compare(&of_django, &of_whimbrel);
    assert!(differences.is_empty(), "{test}: {differences:#?}");
}

fn folder(dialect: &Dialect) -> PathBuf {
    let folder = format!("schema-{}", dialect.name);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A run of `schema.py`.
struct Schemas<'t> {
    command: Command,
    test: &'t str,
}

fn schemas<'t>(environment: &Environment, dialect: &Dialect, test: &'t str) -> Schemas<'t> {
    let mut command = Command::new(environment.root.join("bin/python"));
    command
        .args(["-B", "-W", "ignore"])
        .arg(environment::here().join("schema.py"))
        .arg(environment::project())
        .arg(SETTINGS)
        .args(["--database", dialect.name]);
    Schemas { command, test }
}

impl Schemas<'_> {
    /// What one of two ways leads to and the other does not.
    fn compare(mut self, first: &Path, second: &Path) -> Vec<String> {
        self.command
            .arg("--from")
            .arg(first)
            .arg("--from")
            .arg(second);
        let output = self
            .command
            .output()
            .expect("the environment's Python starts");
        let told = String::from_utf8_lossy(&output.stderr);
        let folder = format!("{}/", first.parent().unwrap().display());
        for line in told.lines() {
            say(&format!("{}: {}", self.test, line.replace(&folder, "")));
        }
        let is_compared = told.contains("are the same") || told.contains("differ");
        assert!(is_compared, "{}: {told}", self.test);
        let printed = String::from_utf8_lossy(&output.stdout);
        let differences: Vec<String> = printed
            .lines()
            .filter(|line| line.starts_with(['+', '-']))
            .filter(|line| !line.starts_with("+++ ") && !line.starts_with("--- "))
            .map(str::to_owned)
            .collect();
        assert_eq!(output.status.success(), differences.is_empty(), "{told}");
        differences
    }
}

/// What `whimbrel schema` leaves out: database, part of its name, and the migrations
/// whose handwritten statements make it.
const HANDWRITTEN: &[(&str, &str, &[&str])] = &[
    ("sqlite", "_fts", SEARCH),
    ("mariadb", "FULLTEXT KEY", SEARCH),
];

const SEARCH: &[&str] = &[
    "modelsearch.0002_customise_indexentry",
    "wagtailsearch.0006_customise_indexentry",
];

/// What the way through the migrations leaves on a server and no state tells: database,
/// part of its line, why.
const LEFT: &[(&str, &str, &str)] = &[
    (
        "mariadb",
        "`wagtailcore_grouppagepermission`: KEY * (`group_id`)",
        "an index that Django makes before it drops the unique constraint that served a \
         foreign key, and which stays",
    ),
    (
        "mariadb",
        "`wagtaildocs_document`: `file_size` bigint(20) unsigned",
        "`MODIFY` drops the check of a column, and Django does not make it again",
    ),
];

/// `whimbrel schema` makes at once what all migrations lead to.
fn compare_end_state(dialect: &'static Dialect) {
    let test = "end state";
    let Some(environment) = Environment::find(test) else {
        return;
    };
    let recorded: Vec<Value> = recordings(&environment, dialect)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let folder = folder(dialect);
    let (of_django, script) = (folder.join("migrated.jsonl"), folder.join("schema.sql"));
    write(&of_django, &recorded);
    let output = environment
        .whimbrel(&environment::project(), "schema")
        .args(["--all", "--dialect", dialect.name, "--settings", SETTINGS])
        .arg("--output")
        .arg(&script)
        .output()
        .expect("whimbrel starts");
    let notes = String::from_utf8_lossy(&output.stderr);
    let mut run = schemas(&environment, dialect, test);
    run.command.arg("--normal");
    let mut differences = run.compare(&of_django, &script);
    for (on, part, migrations) in HANDWRITTEN {
        if *on == dialect.name {
            for migration in *migrations {
                assert!(
                    notes.contains(migration),
                    "{migration} is not named: {notes}"
                );
            }
            differences.retain(|line| !line.contains(part));
        }
    }
    for (on, part, why) in LEFT {
        if *on == dialect.name && differences.iter().any(|line| line.contains(part)) {
            differences.retain(|line| !line.contains(part));
            say(&format!("{test}: {part}: {why}"));
        }
    }
    assert!(differences.is_empty(), "{test}: {differences:#?}");
}

#[test]
fn the_whole_plan_makes_the_schema_of_django_on_postgresql() {
    compare(Dialect::by_name("postgresql").unwrap());
}

#[test]
fn the_whole_plan_makes_the_schema_of_django_on_sqlite() {
    compare(Dialect::by_name("sqlite").unwrap());
}

#[test]
fn the_whole_plan_makes_the_schema_of_django_on_mariadb() {
    compare(Dialect::by_name("mariadb").unwrap());
}

#[test]
fn the_end_state_is_that_of_all_migrations_on_postgresql() {
    compare_end_state(Dialect::by_name("postgresql").unwrap());
}

#[test]
fn the_end_state_is_that_of_all_migrations_on_sqlite() {
    compare_end_state(Dialect::by_name("sqlite").unwrap());
}

#[test]
fn the_end_state_is_that_of_all_migrations_on_mariadb() {
    compare_end_state(Dialect::by_name("mariadb").unwrap());
}
