//! The SQL of the project and of its installed apps, as whimbrel plans it and as Django
//! made it on a live database.
//!
//! Recording takes Django minutes; `WHIMBREL_SQL_RECORDINGS` names a folder with
//! `postgresql.jsonl` and `sqlite.jsonl` as `sql.py` prints them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use serde::Deserialize;
use whimbrel::graph::MigrationGraph;
use whimbrel::ir::{Known, Project};
use whimbrel::schema::History;
use whimbrel::sql::catalog::Catalog;
use whimbrel::sql::plan::{
    Line, Now, Placeholder, PlaceholderReason, PlannedMigration, Planner, Settings,
};
use whimbrel::sql::value::{Clock, Date, DateTime, Time};
use whimbrel::sql::{Dialect, Server};

use crate::environment::{Environment, further_project, say, table};
use crate::ir::analysed_project;

/// One line of a recording.
#[derive(Deserialize)]
struct Recorded {
    app: String,
    name: String,
    forwards: Option<Vec<String>>,
    backwards: Option<Vec<String>>,
    executed_forwards: Option<Vec<String>>,
    executed_backwards: Option<Vec<String>>,
}

/// What Django made of every migration on a live database, recorded once in a run.
pub(crate) fn recordings(environment: &Environment, dialect: &'static Dialect) -> Arc<str> {
    static MADE: Mutex<BTreeMap<&str, Arc<OnceLock<Arc<str>>>>> = Mutex::new(BTreeMap::new());
    let made = Arc::clone(MADE.lock().unwrap().entry(dialect.name).or_default());
    let text = made.get_or_init(|| match std::env::var_os("WHIMBREL_SQL_RECORDINGS") {
        Some(folder) => {
            let file = PathBuf::from(folder).join(format!("{}.jsonl", dialect.name));
            std::fs::read_to_string(file).unwrap().into()
        }
        None => environment
            .ask_django_with("sql.py", &["--database", dialect.name])
            .into(),
    });
    Arc::clone(text)
}

fn settings() -> Settings {
    let moment = |offset| DateTime {
        date: Date::new(2026, 1, 2).unwrap(),
        time: Time::new(3, 4, 5, 678_901).unwrap(),
        offset,
    };
    Settings {
        default_tablespace: None,
        default_index_tablespace: None,
        clock: Clock {
            use_tz: Known::Yes(true),
            time_zone: Known::Yes("UTC".into()),
        },
        now: Now {
            utc: moment(Some(0)),
            local: moment(None),
        },
        uuid: "0123456789ab4cde8f0123456789abcd".into(),
    }
}

pub(crate) fn planned(project: &Project, server: &Server) -> Vec<(String, PlannedMigration)> {
    let settings = settings();
    let graph = MigrationGraph::build(project);
    let planner = Planner::new(server, &settings);
    let decide = |condition: &whimbrel::ir::value::Condition| planner.holds(condition);
    let plan = graph.full_plan();
    let migrations = plan
        .iter()
        .filter_map(|node| graph.migration(project, *node));
    let started = std::time::Instant::now();
    let history = History::of(project, migrations, Some(&decide));
    let mut catalog = Catalog::default();
    let planned = history
        .steps()
        .iter()
        .map(|step| {
            let planned = planner.migration(step, &mut catalog);
            (step.migration.id.to_string(), planned)
        })
        .collect();
    say(&format!(
        "sql parity on {}: states and statements took {:.1} ms",
        server.dialect.name,
        started.elapsed().as_secs_f64() * 1000.0
    ));
    planned
}

/// Whether a text is Django's but for values that only Python knows.
fn equal(theirs: &str, ours: &str, placeholders: &[Placeholder]) -> bool {
    let Some((found, at)) = placeholders
        .iter()
        .filter_map(|placeholder| Some((placeholder, ours.find(placeholder.text.as_str())?)))
        .min_by_key(|(_, at)| *at)
    else {
        return theirs == ours;
    };
    let rest = &ours[at + found.text.len()..];
    let Some(theirs) = theirs.strip_prefix(&ours[..at]) else {
        return false;
    };
    // A name that the server made is of its own kind.
    let is_name = |text: &str| {
        let digits = text
            .strip_prefix("\"SYS_C")
            .and_then(|it| it.strip_suffix('"'));
        digits.is_some_and(|digits| digits.bytes().all(|it| it.is_ascii_digit()))
    };
    theirs.char_indices().any(|(at, _)| {
        (found.reason == PlaceholderReason::OnlyPython || is_name(&theirs[..at]))
            && equal(&theirs[at..], rest, placeholders)
    })
}

/// What differs between two runs of one migration.
fn difference(
    theirs: Option<&Vec<String>>,
    ours: Option<&Vec<Line>>,
    placeholders: &[Placeholder],
) -> Option<String> {
    let (theirs, ours) = match (theirs, ours) {
        (None, None) => return None,
        (Some(_), None) => return Some("  whimbrel: irreversible\n".to_owned()),
        (None, Some(_)) => return Some("  Django: irreversible\n".to_owned()),
        (Some(theirs), Some(ours)) => (theirs, ours),
    };
    // A statement written by hand may have several.
    let ours: Vec<&str> = ours
        .iter()
        .filter(|line| !matches!(line, Line::Note(_)))
        .flat_map(|line| line.text().split('\n'))
        .collect();
    if theirs.len() == ours.len()
        && theirs
            .iter()
            .zip(&ours)
            .all(|(theirs, ours)| equal(theirs, ours, placeholders))
    {
        return None;
    }
    let mut out = String::new();
    let start = theirs
        .iter()
        .zip(&ours)
        .take_while(|(theirs, ours)| equal(theirs, ours, placeholders))
        .count();
    let (theirs, ours) = (&theirs[start..], &ours[start..]);
    let end = theirs
        .iter()
        .rev()
        .zip(ours.iter().rev())
        .take_while(|(theirs, ours)| equal(theirs, ours, placeholders))
        .count();
    for line in &theirs[..theirs.len() - end] {
        writeln!(out, "  - {line}").unwrap();
    }
    for line in &ours[..ours.len() - end] {
        writeln!(out, "  + {line}").unwrap();
    }
    Some(out)
}

fn compare(dialect: &'static Dialect) {
    let test = "sql parity";
    let Some(environment) = Environment::find(test) else {
        return;
    };
    let recorded: Vec<Recorded> = recordings(&environment, dialect)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let analysis = analysed_project(&environment);
    let [analysed] = analysis.projects.as_slice() else {
        panic!("{} projects", analysis.projects.len());
    };
    let server = Server::new(dialect, None);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .stack_size(64 << 20)
        .build()
        .unwrap();
    let planned = pool.install(|| planned(&analysed.project, &server));
    let mut report = String::new();
    let (mut lines, mut sections, mut equal) = (0, 0, 0);
    let mut by_app: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut is_good = true;
    for recorded in &recorded {
        let id = format!("{}.{}", recorded.app, recorded.name);
        let of_app = by_app.entry(&recorded.app).or_default();
        of_app[0] += 1;
        let Some((_, planned)) = planned.iter().find(|(known, _)| *known == id) else {
            is_good = false;
            writeln!(report, "{id}: not planned").unwrap();
            continue;
        };
        let ways = [
            (
                "forwards",
                recorded
                    .executed_forwards
                    .as_ref()
                    .or(recorded.forwards.as_ref()),
                Some(&planned.forwards),
            ),
            (
                "backwards",
                recorded
                    .executed_backwards
                    .as_ref()
                    .or(recorded.backwards.as_ref()),
                planned.backwards.as_ref(),
            ),
        ];
        for (way, theirs, ours) in ways {
            sections += 1;
            of_app[2] += 1;
            lines += theirs.map_or(0, Vec::len);
            of_app[3] += theirs.map_or(0, Vec::len);
            match difference(theirs, ours, &planned.placeholders) {
                None => {
                    equal += 1;
                    of_app[1] += 1;
                }
                Some(found) => {
                    is_good = false;
                    write!(report, "{id} {way}:\n{found}").unwrap();
                }
            }
        }
        // The only lines that may differ.
        for placeholder in &planned.placeholders {
            say(&format!("{test}: {id}: {}", placeholder.text));
        }
    }
    say(&format!(
        "{test} on {}: {} migrations, {equal} of {sections} directions equal, {lines} lines",
        dialect.name,
        recorded.len()
    ));
    if further_project().is_some() {
        say(&figures_of_apps(&by_app));
    }
    assert!(is_good, "{report}");
}

fn figures_of_apps(by_app: &BTreeMap<&str, [usize; 4]>) -> String {
    let head = ["app", "migrations", "equal", "directions", "lines"].map(str::to_owned);
    let mut rows = vec![head.to_vec()];
    rows.extend(by_app.iter().map(|(app, figures)| {
        let figures = figures.iter().map(usize::to_string);
        std::iter::once((*app).to_owned()).chain(figures).collect()
    }));
    table(&rows)
}

#[test]
fn statements_are_those_of_django_on_postgresql() {
    compare(Dialect::by_name("postgresql").unwrap());
}

#[test]
fn statements_are_those_of_django_on_sqlite() {
    compare(Dialect::by_name("sqlite").unwrap());
}

#[test]
fn statements_are_those_of_django_on_mariadb() {
    compare(Dialect::by_name("mariadb").unwrap());
}

#[test]
fn statements_are_those_of_django_on_mysql() {
    compare(Dialect::by_name("mysql").unwrap());
}

#[test]
fn statements_are_those_of_django_on_oracle() {
    compare(Dialect::by_name("oracle").unwrap());
}
