//! How much of real packages is understood, and whether the rest is accounted for.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::environment::{Environment, crate_root, project, report_of, say, table};

/// The distributions that are compared, and their folders in the site packages.
const PACKAGES: &[(&str, &[&str])] = &[
    ("Django's contrib", &["django/contrib"]),
    ("django-allauth", &["allauth"]),
    ("wagtail", &["wagtail", "modelsearch"]),
    ("django-oauth-toolkit", &["oauth2_provider"]),
    ("django-taggit", &["taggit"]),
    ("django-reversion", &["reversion"]),
    ("djangorestframework", &["rest_framework"]),
    ("django-celery-beat", &["django_celery_beat"]),
    ("django-celery-results", &["django_celery_results"]),
    ("django-filer", &["filer"]),
    ("easy-thumbnails", &["easy_thumbnails"]),
    ("django-cms", &["cms", "menus"]),
    ("django-waffle", &["waffle"]),
    ("django-constance", &["constance"]),
    ("social-auth-app-django", &["social_django"]),
    ("django-otp", &["django_otp"]),
];

/// At most one operation in this many may be not understood: 0.5%.
const ONE_IN: u64 = 200;

#[derive(Clone, Copy, Default)]
struct Figures {
    migrations: u64,
    operations: u64,
    not_understood: u64,
}

#[test]
fn installed_packages_are_understood_but_for_one_operation_in_two_hundred() {
    let test = "understanding";
    let Some(environment) = Environment::find(test) else {
        return;
    };
    let site = environment.site_packages();
    let mut rows = Vec::new();
    let mut unaccounted = Vec::new();
    for (package, folders) in PACKAGES {
        let paths: Vec<PathBuf> = folders.iter().map(|folder| site.join(folder)).collect();
        let report = environment.check(&project(), &paths);
        rows.push((*package, figures_of(&report)));
        unaccounted.extend(faults_of(package, &report));
    }
    let report = environment.check(&project(), &[project()]);
    unaccounted.extend(faults_of("the project", &report));

    say(&format!("{test}:\n{}", figures_table(&rows)));
    assert!(unaccounted.is_empty(), "{}", unaccounted.join("\n"));
    for (package, figures) in &rows {
        assert!(figures.operations > 0, "{package}: nothing was read");
    }
    let total = sum(&rows);
    assert!(
        total.not_understood * ONE_IN <= total.operations,
        "{} of {} operations are not understood",
        total.not_understood,
        total.operations
    );
}

/// Figures on packages that nothing was developed against: shown, and held only
/// to being accounted for, since what is read there is not in our hands.
#[test]
fn unfamiliar_packages_are_accounted_for() {
    let test = "unfamiliar packages";
    let root = match std::env::var_os("WHIMBREL_CONFORMANCE_OTHERS") {
        Some(root) => PathBuf::from(root),
        None => crate_root().join("target/conformance/others"),
    };
    let Ok(packages) = std::fs::read_dir(root.join("packages")) else {
        // Fetched by hand, so this is no part of WHIMBREL_REQUIRE_LIVE.
        say(&format!(
            "{test}: skipped: no packages at {}; tests/conformance/others.sh fetches them",
            root.display()
        ));
        return;
    };
    let environment = Environment {
        root: root.join("env"),
    };
    let mut folders: Vec<PathBuf> = packages.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let mut named = Vec::new();
    let mut unaccounted = Vec::new();
    for folder in &folders {
        let name = folder
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let name = name.expect("a directory entry has a name");
        let report = check_folder(&environment, folder);
        unaccounted.extend(faults_of(&name, &report));
        named.push((name, figures_of(&report)));
    }
    let rows: Vec<(&str, Figures)> = named
        .iter()
        .map(|(name, figures)| (name.as_str(), *figures))
        .collect();
    say(&format!("{test}:\n{}", figures_table(&rows)));
    assert!(unaccounted.is_empty(), "{}", unaccounted.join("\n"));
    assert!(sum(&rows).operations > 0, "nothing was read");
}

fn check_folder(environment: &Environment, folder: &Path) -> Value {
    let mut command = environment.whimbrel(folder, "check");
    report_of(command.args(["--output-format", "json"]))
}

fn figures_of(report: &Value) -> Figures {
    let count = |name: &str| {
        let value = &report["summary"][name];
        value
            .as_u64()
            .unwrap_or_else(|| panic!("summary.{name} is {value}, not a count"))
    };
    Figures {
        migrations: count("migrations"),
        operations: count("operations"),
        not_understood: count("not_understood"),
    }
}

/// Ways in which the report leaves an operation that was not understood unexplained.
fn faults_of(package: &str, report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("a list of findings");
    let unanalysed: Vec<&Value> = findings
        .iter()
        .filter(|finding| finding["rule"] == "unanalysed-operation")
        .collect();
    let mut faults = Vec::new();
    let claimed = figures_of(report).not_understood;
    if claimed != unanalysed.len() as u64 {
        faults.push(format!(
            "{package}: {claimed} operations not understood, but {} findings",
            unanalysed.len()
        ));
    }
    for finding in unanalysed {
        let is_placed = finding["path"]
            .as_str()
            .is_some_and(|path| !path.is_empty())
            && finding["line"].as_u64().is_some_and(|line| line > 0)
            && finding["column"].as_u64().is_some_and(|column| column > 0);
        let place = |finding: &Value, line: &str, column: &str| {
            (
                finding[line].as_u64().unwrap_or(0),
                finding[column].as_u64().unwrap_or(0),
            )
        };
        let is_span = place(finding, "line", "column") < place(finding, "end_line", "end_column");
        let is_explained = finding["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty());
        if !(is_placed && is_span && is_explained) {
            faults.push(format!(
                "{package}: without file, span or reason: {finding}"
            ));
        }
    }
    faults
}

fn sum(rows: &[(&str, Figures)]) -> Figures {
    rows.iter()
        .fold(Figures::default(), |sum, (_, figures)| Figures {
            migrations: sum.migrations + figures.migrations,
            operations: sum.operations + figures.operations,
            not_understood: sum.not_understood + figures.not_understood,
        })
}

fn figures_table(rows: &[(&str, Figures)]) -> String {
    let head = ["package", "migrations", "operations", "not understood", "%"];
    let mut cells = vec![head.map(str::to_owned).to_vec()];
    let total = [("total", sum(rows))];
    for (package, figures) in rows.iter().chain(&total) {
        let share = 100.0 * figures.not_understood as f64 / figures.operations.max(1) as f64;
        cells.push(vec![
            (*package).to_owned(),
            figures.migrations.to_string(),
            figures.operations.to_string(),
            figures.not_understood.to_string(),
            format!("{share:.2}"),
        ]);
    }
    table(&cells)
}
