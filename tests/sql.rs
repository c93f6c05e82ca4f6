//! The SQL of the cases in `fixtures/sql`, as whimbrel plans it and as Django made it.
//!
//! `CASE=part-of-a-name` runs some cases, of `DATABASE`
//! only if that is set, and prints all differences.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use whimbrel::graph::MigrationGraph;
use whimbrel::ir::{Known, Project};
use whimbrel::pipeline::Purpose;
use whimbrel::schema::History;
use whimbrel::sql::catalog::Catalog;
use whimbrel::sql::plan::{Line, Now, Placeholder, PlaceholderReason, Planner, Settings};
use whimbrel::sql::value::{Clock, Date, DateTime, Time};
use whimbrel::sql::{Dialect, Server};

use crate::console::repository;
use crate::support::documents::analyse;

/// Versions that are recorded besides the dialects' default ones.
const VERSIONS: &[&str] = &[
    "postgresql-14",
    "postgresql-18",
    "sqlite-3.31",
    "mysql-8.0.11",
    "mysql-8.0",
    "mariadb-10.6",
    "mariadb-11.8",
    "oracle-23",
];

/// Planning goes as deep as expressions and relations do.
pub(crate) const STACK: usize = 64 * 1024 * 1024;

/// `case.toml`.
#[derive(Default)]
pub(crate) struct Config {
    installed_apps: Vec<String>,
    settings: toml::Table,
}

pub(crate) fn config(folder: &Path) -> Config {
    let Ok(text) = std::fs::read_to_string(folder.join("case.toml")) else {
        return Config::default();
    };
    let table: toml::Table = text.parse().unwrap();
    let apps = table.get("installed_apps").and_then(|it| it.as_array());
    Config {
        installed_apps: apps
            .into_iter()
            .flatten()
            .map(|app| app.as_str().unwrap().to_owned())
            .collect(),
        settings: table
            .get("settings")
            .and_then(|it| it.as_table())
            .cloned()
            .unwrap_or_default(),
    }
}

/// A project like the one that `record.py` makes of a case.
pub(crate) fn unpack(folder: &Path, config: &Config, root: &Path) {
    let mut labels = vec!["shop".to_owned()];
    copy_app(folder, &root.join("shop"));
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() && !path.ends_with("__pycache__"))
        .collect();
    entries.sort();
    for (at, path) in entries.iter().enumerate() {
        let label = path.file_name().unwrap().to_str().unwrap().to_owned();
        copy_app(path, &root.join(&label));
        labels.insert(at, label);
    }
    let mut settings = String::new();
    let apps: Vec<String> = config
        .installed_apps
        .iter()
        .chain(&labels)
        .map(|app| format!("{app:?}"))
        .collect();
    writeln!(settings, "INSTALLED_APPS = [{}]", apps.join(", ")).unwrap();
    if !config.settings.contains_key("DEFAULT_AUTO_FIELD") {
        settings.push_str("DEFAULT_AUTO_FIELD = \"django.db.models.BigAutoField\"\n");
    }
    for (name, value) in &config.settings {
        let value = match value {
            toml::Value::Boolean(true) => "True".to_owned(),
            toml::Value::Boolean(false) => "False".to_owned(),
            toml::Value::String(text) => format!("{text:?}"),
            value => panic!("a setting like {value:?}"),
        };
        writeln!(settings, "{name} = {value}").unwrap();
    }
    std::fs::write(root.join("settings.py"), settings).unwrap();
}

fn copy_app(from: &Path, to: &Path) {
    let migrations = to.join("migrations");
    std::fs::create_dir_all(&migrations).unwrap();
    std::fs::write(to.join("__init__.py"), "").unwrap();
    std::fs::write(migrations.join("__init__.py"), "").unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.extension().is_none_or(|it| it != "py") {
            continue;
        }
        let target = if name.starts_with(|first: char| first.is_ascii_digit()) {
            migrations.join(name)
        } else {
            to.join(name)
        };
        std::fs::copy(&path, target).unwrap();
    }
}

/// The sections of a recording by their headers; what is really executed wins.
fn recorded(text: &str) -> Vec<(String, Option<String>)> {
    let mut sections: Vec<(String, Option<String>)> = Vec::new();
    let mut lines = text.lines();
    lines.next();
    let mut current: Option<(String, Option<String>)> = None;
    let mut keep = |section: Option<(String, Option<String>)>| {
        let Some((header, text)) = section else {
            return;
        };
        match sections.iter_mut().find(|(known, _)| *known == header) {
            Some((_, known)) => *known = text,
            None => sections.push((header, text)),
        }
    };
    for line in lines {
        if let Some(header) = line.strip_prefix("-- >>> ") {
            keep(current.take());
            let mut words = header.split(' ');
            let name = format!("{} {}", words.next().unwrap(), words.next().unwrap());
            let is_irreversible = words.any(|word| word == "irreversible");
            current = Some((name, (!is_irreversible).then(String::new)));
        } else if let Some((_, Some(text))) = &mut current {
            text.push_str(line);
            text.push('\n');
        }
    }
    keep(current);
    sections
}

pub(crate) fn settings(config: &Config) -> Settings {
    let text = |name: &str| {
        let value = config.settings.get(name).and_then(|it| it.as_str());
        value.map(Into::into)
    };
    let moment = |offset| DateTime {
        date: Date::new(2026, 1, 2).unwrap(),
        time: Time::new(3, 4, 5, 678_901).unwrap(),
        offset,
    };
    let use_tz = config.settings.get("USE_TZ").and_then(|it| it.as_bool());
    Settings {
        default_tablespace: text("DEFAULT_TABLESPACE"),
        default_index_tablespace: text("DEFAULT_INDEX_TABLESPACE"),
        clock: Clock {
            use_tz: Known::Yes(use_tz.unwrap_or(true)),
            time_zone: Known::Yes(text("TIME_ZONE").unwrap_or_else(|| "America/Chicago".into())),
        },
        now: Now {
            utc: moment(Some(0)),
            local: moment(None),
        },
        uuid: "0123456789ab4cde8f0123456789abcd".into(),
    }
}

/// The lines that `sqlmigrate` prints. Names that only the server knows are all alike.
fn joined(lines: &[Line], placeholders: &[Placeholder]) -> String {
    let lines = lines.iter().filter(|line| !matches!(line, Line::Note(_)));
    let mut text: String = lines.flat_map(|line| [line.text(), "\n"]).collect();
    for placeholder in placeholders {
        if placeholder.reason == PlaceholderReason::OnlyServer {
            text = text.replace(placeholder.text.as_str(), SERVER_NAME);
        }
    }
    text
}

/// What stands here for a name that Oracle makes, such as `"SYS_C0008315"`.
const SERVER_NAME: &str = "\"SYS_C\"";

fn without_server_names(text: &str) -> String {
    let mut parts = text.split("\"SYS_C");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("\"SYS_C");
        out.push_str(part.trim_start_matches(|it: char| it.is_ascii_digit()));
    }
    out
}

/// What whimbrel plans, by the headers of recordings, and why it could not.
pub(crate) fn planned(
    project: &Project,
    server: &Server,
    settings: &Settings,
) -> BTreeMap<String, Option<String>> {
    let graph = MigrationGraph::build(project);
    let planner = Planner::new(server, settings);
    let decide = |condition: &whimbrel::ir::value::Condition| planner.holds(condition);
    let plan = graph.full_plan();
    let migrations = plan
        .iter()
        .filter_map(|node| graph.migration(project, *node));
    let history = History::of(project, migrations, Some(&decide));
    let mut catalog = Catalog::default();
    let mut sections = BTreeMap::new();
    for step in history.steps() {
        let planned = planner.migration(step, &mut catalog);
        let id = &step.migration.id;
        let text = |lines: &[Line]| joined(lines, &planned.placeholders);
        sections.insert(format!("{id} forwards"), Some(text(&planned.forwards)));
        let backwards = planned.backwards.as_deref().map(text);
        sections.insert(format!("{id} backwards"), backwards);
    }
    sections
}

/// The cases that Django refuses for a version and that have no recording of it.
fn refused() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(repository().join("fixtures/sql/refused.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let mut found = Vec::new();
    for (database, refusals) in &table {
        for refusal in refusals.as_array().unwrap() {
            if refusal.get("printed").is_some() {
                continue;
            }
            let cases = refusal["cases"].as_array().unwrap().iter();
            found.extend(cases.map(|case| (database.clone(), case.as_str().unwrap().to_owned())));
        }
    }
    found
}

/// The differences of a case, empty if there is none.
fn differences(folder: &Path, database: &str) -> String {
    let (dialect, version) = database.split_once('-').unwrap_or((database, ""));
    let own = std::fs::read_to_string(folder.join(format!("{database}.sql")));
    // A version has a file only where it is unlike the dialect's default.
    let text = match own {
        Ok(text) => text,
        Err(_) => std::fs::read_to_string(folder.join(format!("{dialect}.sql"))).unwrap(),
    };
    let text = without_server_names(&text);
    let config = config(folder);
    let root = tempfile::tempdir().unwrap();
    unpack(folder, &config, root.path());
    let (_, analysis) = analyse(root.path(), Purpose::Graph, 1);
    let server = Server::new(Dialect::by_name(dialect).unwrap(), version.parse().ok());
    let settings = settings(&config);
    let [analysed] = analysis.projects.as_slice() else {
        return format!("{} projects were found\n", analysis.projects.len());
    };
    let ours = planned(&analysed.project, &server, &settings);
    let mut out = String::new();
    for (header, theirs) in recorded(&text) {
        let ours = ours.get(&header).cloned();
        let Some(ours) = ours else {
            writeln!(out, ">>> {header}: not planned").unwrap();
            continue;
        };
        if ours == theirs {
            continue;
        }
        writeln!(out, ">>> {header}").unwrap();
        match (theirs, ours) {
            (Some(theirs), Some(ours)) => compare(&mut out, &theirs, &ours),
            (theirs, _) => {
                let verdict = if theirs.is_some() {
                    "reversible"
                } else {
                    "irreversible"
                };
                writeln!(out, "  Django: {verdict}").unwrap();
            }
        }
    }
    out
}

fn compare(out: &mut String, theirs: &str, ours: &str) {
    let (theirs, ours): (Vec<&str>, Vec<&str>) = (theirs.lines().collect(), ours.lines().collect());
    let same_start = theirs
        .iter()
        .zip(&ours)
        .take_while(|(left, right)| left == right)
        .count();
    let (theirs, ours) = (&theirs[same_start..], &ours[same_start..]);
    let same_end = theirs
        .iter()
        .rev()
        .zip(ours.iter().rev())
        .take_while(|(left, right)| left == right)
        .count();
    for line in &theirs[..theirs.len() - same_end] {
        writeln!(out, "  - {line}").unwrap();
    }
    for line in &ours[..ours.len() - same_end] {
        writeln!(out, "  + {line}").unwrap();
    }
}

pub(crate) fn cases() -> Vec<PathBuf> {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let mut cases: Vec<PathBuf> = std::fs::read_dir(repository().join("fixtures/sql"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() && !path.ends_with("__pycache__"))
        .filter(|path| path.to_str().unwrap().contains(&wanted))
        .collect();
    cases.sort();
    cases
}

#[test]
fn statements_are_those_of_django() {
    let names = whimbrel::sql::dialect::DIALECTS.iter().map(|it| it.name);
    let wanted = std::env::var("DATABASE").ok();
    let databases: Vec<&str> = names
        .chain(VERSIONS.iter().copied())
        .filter(|name| wanted.as_deref().is_none_or(|wanted| wanted == *name))
        .collect();
    let refused = refused();
    let mut tasks = Vec::new();
    for folder in cases() {
        let case = folder.file_name().unwrap().to_str().unwrap();
        for database in &databases {
            let is_refused = |it: &(String, String)| it.0 == *database && it.1 == case;
            if refused.iter().any(is_refused) {
                continue;
            }
            let dialect = database.split('-').next().unwrap();
            let files = [*database, dialect].map(|it| folder.join(format!("{it}.sql")));
            if files.iter().any(|file| file.exists()) {
                tasks.push((folder.clone(), *database));
            }
        }
    }
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK).build();
    let results: Vec<(String, &str, String)> = pool.unwrap().install(|| {
        tasks
            .into_par_iter()
            .map(|(folder, database)| {
                let case = folder.file_name().unwrap().to_str().unwrap().to_owned();
                let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    differences(&folder, database)
                }));
                let found = found.unwrap_or_else(|_| "panicked\n".to_owned());
                (case, database, found)
            })
            .collect()
    });
    let mut report = String::new();
    let mut is_good = true;
    for database in &databases {
        let all = results.iter().filter(|(_, name, _)| name == database);
        let (equal, different): (Vec<_>, Vec<_>) = all.partition(|(_, _, found)| found.is_empty());
        writeln!(
            report,
            "{database}: {} cases equal, {} different",
            equal.len(),
            different.len()
        )
        .unwrap();
        for (case, name, found) in different {
            is_good = false;
            write!(report, "{case} on {name}:\n{found}").unwrap();
        }
    }
    assert!(is_good, "{report}");
}
