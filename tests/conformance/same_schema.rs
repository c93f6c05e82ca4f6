//! Our SQL for the whole plan, run on an empty database, makes the schema that Django
//! makes; run backwards, it leaves what Django's own backwards statements leave.
//!
//! Django's is the schema of the statements that it was seen to execute. `RunPython` is
//! no part of SQL: by what it changes the schema of `migrate` differs, which is told.
//! For migrations that `sql.rs` lists as exceptions the recorded statements stand in, so
//! that the others find what they need.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use whimbrel::sql::Dialect;

use crate::environment::{self, Environment, SETTINGS, say};
use crate::sql::{EXCEPTIONS, recordings};

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
fn without_placeholders(migration: &mut Value) {
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
                text = text.replace(placeholder, "NULL");
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
    for (ours, recorded) in ours.iter_mut().zip(&recorded) {
        let name = id(ours);
        let is_excepted = EXCEPTIONS
            .iter()
            .any(|(on, known, _)| (*on == "*" || *on == dialect.name) && *known == name);
        if is_excepted {
            say(&format!("{test}: {name}: Django's own statements stand in"));
            ours.clone_from(recorded);
        } else {
            without_placeholders(ours);
        }
    }
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("schema-{}", dialect.name));
    std::fs::create_dir_all(&folder).unwrap();
    let (of_django, of_whimbrel) = (folder.join("django.jsonl"), folder.join("whimbrel.jsonl"));
    write(&of_django, &recorded);
    write(&of_whimbrel, &ours);
    let mut command = Command::new(environment.root.join("bin/python"));
    command
        .args(["-B", "-W", "ignore"])
        .arg(environment::here().join("schema.py"))
        .args(["--database", dialect.name, "--backwards", "--show-python"])
        .arg("--from")
        .arg(&of_django)
        .arg("--from")
        .arg(&of_whimbrel)
        .arg("--output")
        .arg(&folder)
        .arg(environment::project())
        .arg(SETTINGS);
    let output = command.output().expect("the environment's Python starts");
    let told = String::from_utf8_lossy(&output.stderr);
    for line in told.lines() {
        say(&format!(
            "{test}: {}",
            line.replace(&*folder.to_string_lossy(), "")
        ));
    }
    assert!(
        output.status.success(),
        "{test} on {}: {}\n{}",
        dialect.name,
        output.status,
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn the_whole_plan_makes_the_schema_of_django_on_postgresql() {
    compare(Dialect::by_name("postgresql").unwrap());
}

#[test]
fn the_whole_plan_makes_the_schema_of_django_on_sqlite() {
    compare(Dialect::by_name("sqlite").unwrap());
}
