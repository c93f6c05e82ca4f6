//! The case documents of static evaluation, run by Django: what is read of a case is
//! what Django holds, but for what is told to be unknown.
//!
//! A case that Django 5.2 cannot run says so, `<!-- django: cannot run it -->`, and so
//! does one of which too little is read, `<!-- django: knows more -->`.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde_json::Value as Json;
use whimbrel::pipeline::{Analysis, Purpose};

use crate::compare::Differences;
use crate::documents::{Case, analyse, cases};
use crate::environment::{Environment, crate_root, say};
use crate::vocabulary;

const NOT_COMPARED: [&str; 2] = [
    "<!-- django: cannot run it -->",
    "<!-- django: knows more -->",
];

/// Vendors of databases that Django can be given without connecting to them.
const VENDORS: [(&str, &str); 2] = [("sqlite", "sqlite3"), ("postgresql", "postgresql")];

#[test]
fn what_is_read_of_each_case_is_what_django_holds() {
    let test = "cases of static evaluation";
    let Some(environment) = Environment::find(test) else {
        return;
    };
    let mut all: Vec<(String, Case)> = Vec::new();
    let mut left_out = 0;
    for entry in std::fs::read_dir(crate_root().join("fixtures/python/evaluation"))
        .expect("the fixtures are there")
    {
        let path = entry.expect("an entry can be read").path();
        let text = std::fs::read_to_string(&path).expect("a fixture can be read");
        let document = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let parts: Vec<&str> = text.split("\n## ").skip(1).collect();
        for (case, part) in cases(&text).into_iter().zip(parts) {
            if NOT_COMPARED.iter().any(|marker| part.contains(marker)) {
                left_out += 1;
            } else {
                all.push((document.clone(), case));
            }
        }
    }
    all.sort_by(|left, right| (&left.0, &left.1.name).cmp(&(&right.0, &right.1.name)));
    let told: Vec<(Vec<String>, usize)> = all
        .par_iter()
        .map(|(document, case)| {
            let (found, explained) = compare(&environment, case);
            let named = found
                .into_iter()
                .map(|difference| format!("{document}, {}: {difference}", case.name));
            (named.collect(), explained)
        })
        .collect();
    let found: Vec<&String> = told.iter().flat_map(|(found, _)| found).collect();
    let explained: usize = told.iter().map(|(_, explained)| explained).sum();
    let lines: Vec<&str> = found.iter().map(|line| line.as_str()).collect();
    assert!(
        lines.is_empty(),
        "{} differences\n{}",
        lines.len(),
        lines.join("\n")
    );
    assert!(all.len() > 40, "only {} cases", all.len());
    say(&format!(
        "{test}: {} alike, {explained} parts told to be unknown, {left_out} left out",
        all.len()
    ));
}

/// Differences of a case, and how many more are told as unknown by whimbrel itself.
fn compare(environment: &Environment, case: &Case) -> (Vec<String>, usize) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut files = case.clone();
    files.files.retain(|(path, _)| path != "output");
    files.unpack(folder.path());
    let (_, analysis) = analyse(folder.path(), Purpose::Graph, 1);
    let (mut found, mut explained) = (Vec::new(), 0);
    let mut contents = case.files.iter().map(|(_, content)| content);
    let asks = contents.any(|content| content.contains("connection"));
    let vendors = if asks { &VENDORS[..] } else { &VENDORS[..1] };
    for (vendor, engine) in vendors {
        settings_for_django(folder.path(), &files, engine);
        let read = read(&analysis, vendor);
        let (different, told) = compare_on(environment, folder.path(), &read);
        found.extend(different.into_iter().map(|it| format!("{vendor}: {it}")));
        explained += told;
    }
    (found, explained)
}

fn compare_on(
    environment: &Environment,
    root: &Path,
    read: &BTreeMap<(String, String), Json>,
) -> (Vec<String>, usize) {
    let told = match environment.ask_django_about("operations.py", root, "for_django") {
        Ok(told) => told,
        Err(error) => return (vec![error], 0),
    };
    let told: Json = serde_json::from_str(&told).expect("operations.py prints JSON");
    let mut differences = Differences::default();
    let mut compared = 0;
    for django in told["migrations"].as_array().expect("a list") {
        let text = |key: &str| django[key].as_str().expect("a string").to_owned();
        if let Some(ours) = read.get(&(text("app"), text("migration"))) {
            compared += 1;
            differences.migration(django, ours);
        }
    }
    if compared != read.len() {
        let fault = format!("{compared} of {} migrations compared", read.len());
        return (vec![fault], 0);
    }
    let is_told =
        |difference: &String| difference.contains("$unknown") || difference.contains(" opaque: ");
    let (explained, found): (Vec<String>, Vec<String>) =
        differences.found.into_iter().partition(is_told);
    (found, explained.len())
}

fn read(analysis: &Analysis, vendor: &'static str) -> BTreeMap<(String, String), Json> {
    let apps = analysis.projects.iter().flat_map(|it| &it.project.apps);
    apps.filter(|app| app.folder.is_some())
        .flat_map(|app| &app.migrations)
        .map(|migration| {
            let id = &migration.id;
            let key = (id.app.as_str().to_owned(), id.name.as_str().to_owned());
            (key, vocabulary::migration_on(vendor, migration))
        })
        .collect()
}

/// Settings with what Django needs to start, on top of the case's own.
fn settings_for_django(root: &Path, case: &Case, engine: &str) {
    let mut text = String::new();
    if root.join("settings.py").exists() {
        text.push_str("from settings import *\n");
    } else {
        let mut apps = vec!["django.contrib.contenttypes", "django.contrib.auth"];
        apps.extend(
            case.top_folders()
                .into_iter()
                .filter(|folder| root.join(folder).join("migrations").is_dir()),
        );
        text.push_str(&format!("INSTALLED_APPS = {apps:?}\n"));
    }
    text.push_str("SECRET_KEY = \"-\"\nUSE_TZ = True\n");
    text.push_str(&format!(
        "DATABASES = {{\"default\": {{\"ENGINE\": \"django.db.backends.{engine}\", \"NAME\": \"-\"}}}}\n",
    ));
    std::fs::write(root.join("for_django.py"), text).expect("a file can be written");
}
