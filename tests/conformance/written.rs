//! Migrations of the packages, read and written as Python again: Django loads the
//! written ones and holds the same.

use std::path::Path;

use serde_json::Value as Json;
use whimbrel::ir::{App, Migration};
use whimbrel::python::write::{Inline, Surroundings, Unwritable, write_migration};

use crate::environment::{Environment, project, say};
use crate::ir::analysed_project;

#[test]
fn django_holds_the_same_of_migrations_that_were_written_again() {
    let test = "written Python";
    let Some(environment) = Environment::find(test) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let roots = [project(), environment.site_packages()];
    let is_module = |dotted: &str| {
        let path = dotted.replace('.', "/");
        let root = dotted.split('.').next().unwrap_or(dotted);
        let holds = |base: &Path, path: &str| {
            base.join(path).is_dir() || base.join(format!("{path}.py")).is_file()
        };
        if roots.iter().any(|base| holds(base, &path)) {
            Some(true)
        } else {
            roots.iter().any(|base| holds(base, root)).then_some(false)
        }
    };
    let mut written = 0;
    let mut left = Vec::new();
    let analysis = analysed_project(&environment);
    let apps = analysis.projects.iter().flat_map(|it| &it.project.apps);
    for app in apps {
        for migration in &app.migrations {
            match text(app, migration, &is_module) {
                Ok(text) => {
                    let home = folder.path().join(migration.id.app.as_str());
                    std::fs::create_dir_all(&home).unwrap();
                    std::fs::write(home.join(format!("{}.py", migration.id.name)), text).unwrap();
                    written += 1;
                }
                Err(unwritable) => left.push((migration.id.to_string(), unwritable)),
            }
        }
    }
    if let Some(kept) = std::env::var_os("WHIMBREL_KEEP_WRITTEN") {
        let copy = std::process::Command::new("cp")
            .arg("-r")
            .arg(folder.path())
            .arg(kept)
            .status();
        assert!(copy.unwrap().success());
    }
    let ask = |arguments: &[&str]| -> Vec<Json> {
        let told = environment.ask_django_with("operations.py", arguments);
        let mut told: Json = serde_json::from_str(&told).unwrap();
        let Json::Array(mut all) = told["migrations"].take() else {
            panic!("no list of migrations");
        };
        for migration in &mut all {
            migration.as_object_mut().unwrap().remove("file");
        }
        all
    };
    let theirs = ask(&[]);
    let ours = ask(&[folder.path().to_str().unwrap()]);
    assert_eq!(theirs.len(), ours.len());
    let mut different = String::new();
    for (theirs, ours) in theirs.iter().zip(&ours) {
        let mut found = Vec::new();
        differences("", theirs, ours, &mut found);
        for line in found {
            different.push_str(&format!(
                "{}.{}{line}\n",
                theirs["app"].as_str().unwrap(),
                theirs["migration"].as_str().unwrap()
            ));
        }
    }
    for (id, unwritable) in &left {
        let reasons: Vec<&str> = unwritable.iter().map(|it| it.reason.as_str()).collect();
        say(&format!("{test}: {id} stays: {}", reasons.join("; ")));
    }
    assert!(different.is_empty(), "{different}");
    let all = written + left.len();
    say(&format!(
        "{test}: {written} of {all} migrations written, all held alike"
    ));
    assert!(written * 100 >= all * 98, "{} stay", left.len());
}

/// A migration whose own functions and classes come from the module that it was.
fn text(
    app: &App,
    migration: &Migration,
    is_module: &dyn Fn(&str) -> Option<bool>,
) -> Result<String, Vec<Unwritable>> {
    let module = format!("{}.migrations.{}", app.package, migration.id.name);
    let names = format!(
        "import importlib\n\nglobals().update(vars(importlib.import_module({module:?})))\n"
    );
    let inline = Some(Inline {
        module: &module,
        text: &names,
    });
    write_migration(migration, Surroundings { is_module, inline })
}

/// Where two JSON values differ, a line a place.
pub(crate) fn differences(place: &str, theirs: &Json, ours: &Json, out: &mut Vec<String>) {
    match (theirs, ours) {
        (Json::Object(left), Json::Object(right)) if left.keys().eq(right.keys()) => {
            for (key, value) in left {
                differences(&format!("{place} {key}"), value, &right[key], out);
            }
        }
        (Json::Array(left), Json::Array(right)) if left.len() == right.len() => {
            for (index, value) in left.iter().enumerate() {
                differences(&format!("{place} [{index}]"), value, &right[index], out);
            }
        }
        // Translated text is text once it is written, as Django itself writes it.
        (Json::Object(lazy), Json::String(text))
            if lazy.get("$lazy") == Some(&Json::String(text.clone())) => {}
        // To Django, no `unique_together` is an empty one.
        (Json::Null, Json::Object(set))
            if place.ends_with("_together") && set.get("$set") == Some(&Json::Array(vec![])) => {}
        _ if theirs == ours => {}
        _ => out.push(format!("{place}: Django {theirs}, written {ours}")),
    }
}
