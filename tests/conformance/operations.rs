//! What whimbrel reads without running is what Django holds after running.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::environment::{Environment, project, say};

/// Migrations and top-level operations of one app.
type Counts = (u64, u64);

#[test]
fn every_app_has_as_many_operations_as_django_loads() {
    let test = "operation counts";
    let Some(environment) = Environment::find(test) else {
        return;
    };
    let loaded = environment.ask_django("operations.py");
    let loaded: Value = serde_json::from_str(&loaded).expect("operations.py prints JSON");
    let expected = counts_by_folder(&loaded);
    assert!(
        expected.len() > 35,
        "Django loaded only {} apps",
        expected.len()
    );

    let site = environment.site_packages();
    let mut total = (0, 0);
    let mut wrong = Vec::new();
    for (folder, expected) in &expected {
        let report = environment.check(&project(), &[site.join(folder)]);
        let summary = &report["summary"];
        let read = (
            number(&summary["migrations"]),
            number(&summary["operations"]),
        );
        total = (total.0 + read.0, total.1 + read.1);
        if read != *expected {
            wrong.push(format!(
                "{}: Django {expected:?}, whimbrel {read:?}",
                folder.display()
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "(migrations, operations) differ\n{}",
        wrong.join("\n")
    );
    say(&format!(
        "{test}: {} migrations, {} operations, app by app",
        total.0, total.1
    ));
}

/// The migrations packages that Django loaded, below the site packages.
fn counts_by_folder(loaded: &Value) -> BTreeMap<PathBuf, Counts> {
    let mut counts: BTreeMap<PathBuf, Counts> = BTreeMap::new();
    for migration in loaded["migrations"]
        .as_array()
        .expect("a list of migrations")
    {
        let file = Path::new(migration["file"].as_str().expect("a path"));
        let folder = file.parent().expect("a file in a folder").to_owned();
        let operations = migration["operations"]
            .as_array()
            .expect("a list of operations");
        let entry = counts.entry(folder).or_default();
        *entry = (entry.0 + 1, entry.1 + operations.len() as u64);
    }
    counts
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("{value} is not a count"))
}
