//! What statements do, as whimbrel tells it and as live servers show it.
//!
//! The statements are data in `fixtures/effects/`; nothing is expected there. What
//! whimbrel says of each is compared with what the server did: the locks on tables, the
//! tables and indexes that have new files, the tables that were scanned.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::json;
use whimbrel::sql::catalog::Catalog;
use whimbrel::sql::ddl::TableName;
use whimbrel::sql::effects::{
    Algorithm, Effects, LockMode, Scope, TableLock, TransactionUse, Work,
};
use whimbrel::sql::handwritten::Executed;
use whimbrel::sql::{Dialect, Server, Version};

use crate::environment::{Environment, crate_root, here, say, skip};

/// One line of a file of statements.
pub(crate) struct Case {
    /// Extensions that it needs.
    pub(crate) needs: Vec<String>,
    pub(crate) since: u16,
    /// The last one is looked at.
    pub(crate) statements: Vec<String>,
}

/// What stands before the first heading, and the cases below.
pub(crate) fn cases(file: &str) -> (String, Vec<Case>) {
    let path = crate_root().join("fixtures/effects").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let (setup, rest) = text.split_once("\n-- # ").unwrap();
    let lines = rest.lines().skip(1);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("--"));
    let cases = lines.map(|line| {
        let mut case = Case {
            needs: Vec::new(),
            since: 0,
            statements: Vec::new(),
        };
        let mut rest = line;
        while let Some((mark, after)) = rest.strip_prefix('[').and_then(|it| it.split_once("] ")) {
            match mark.parse() {
                Ok(version) => case.since = version,
                Err(_) => case.needs.push(mark.to_owned()),
            }
            rest = after;
        }
        case.statements = rest.split(" ;; ").map(str::to_owned).collect();
        case
    });
    (setup.to_owned(), cases.collect())
}

/// What a server did.
#[derive(Debug, Deserialize)]
pub(crate) struct Measured {
    #[serde(default)]
    skipped: bool,
    /// It is refused in a transaction, and ran without one.
    #[serde(default)]
    pub(crate) alone: bool,
    pub(crate) error: Option<String>,
    #[serde(default)]
    locks: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(crate) rewritten: BTreeSet<String>,
    /// Tables and indexes.
    #[serde(default)]
    pub(crate) built: BTreeSet<(String, String)>,
    #[serde(default)]
    pub(crate) scanned: BTreeSet<String>,
    /// New tables, where a history is looked at.
    #[serde(default)]
    pub(crate) made: BTreeSet<String>,
    /// Tables, from and to, where a history is looked at.
    #[serde(default)]
    pub(crate) renamed: Vec<(String, String)>,
    /// Those of the locked tables that have rows, where a history is looked at.
    #[serde(default)]
    pub(crate) rows: BTreeSet<String>,
}

impl Measured {
    /// The locks on tables for which writes wait, at least.
    pub(crate) fn blocked(&self) -> BTreeSet<&str> {
        let blocks = |mode: &String| {
            lock_named(mode).is_some_and(|lock| LockMode::Table(lock).blocks_writes())
        };
        let locks = self.locks.iter();
        locks
            .filter(|(_, modes)| modes.iter().any(blocks))
            .map(|(table, _)| table.as_str())
            .collect()
    }

    /// Tables whose rows are written.
    pub(crate) fn written(&self) -> BTreeSet<&str> {
        let locks = self.locks.iter();
        locks
            .filter(|(_, modes)| modes.iter().any(|mode| mode == "RowExclusiveLock"))
            .map(|(table, _)| table.as_str())
            .collect()
    }
}

fn lock_named(name: &str) -> Option<TableLock> {
    let mut all = TableLock::ALL.into_iter();
    all.find(|lock| lock.in_pg_locks() == name)
}

/// The locks that stop more than `ACCESS EXCLUSIVE`; what weaker ones hold besides does
/// not show.
fn strong(locks: impl Iterator<Item = (String, TableLock)>) -> BTreeMap<String, TableLock> {
    let mut found: BTreeMap<String, TableLock> = BTreeMap::new();
    for (table, lock) in locks {
        if lock <= TableLock::RowShare {
            continue;
        }
        let known = found.entry(table).or_insert(lock);
        if lock.includes(*known) {
            *known = lock;
        } else if !known.includes(lock) {
            *known = TableLock::ShareRowExclusive;
        }
    }
    found
}

/// What differs; empty if nothing does.
pub(crate) fn differences(effects: &Effects, measured: &Measured) -> String {
    let mut out = String::new();
    let told = effects.locks.iter().filter_map(|lock| match lock.mode {
        LockMode::Table(mode) => Some((lock.table.as_str().to_owned(), mode)),
        _ => None,
    });
    let shown = measured.locks.iter().flat_map(|(table, modes)| {
        let modes = modes.iter().filter_map(|mode| lock_named(mode));
        modes.map(|mode| (table.clone(), mode))
    });
    let (told, shown) = (strong(told), strong(shown));
    if told != shown {
        writeln!(out, "    locks told {told:?}, taken {shown:?}").unwrap();
    }
    let tables = |is_meant: &dyn Fn(&Work) -> bool| -> BTreeSet<String> {
        let work = effects.work.iter().filter(|work| is_meant(work));
        work.map(|work| work.table().as_str().to_owned()).collect()
    };
    let rewritten = tables(&|work| matches!(work, Work::Rewrite { .. } | Work::Empty { .. }));
    if rewritten != measured.rewritten {
        writeln!(
            out,
            "    rewrites told {rewritten:?}, done {:?}",
            measured.rewritten
        )
        .unwrap();
    }
    let built: BTreeSet<(String, Option<String>)> = effects
        .work
        .iter()
        .filter_map(|work| match work {
            Work::IndexBuild { table, index } if !rewritten.contains(table.as_str()) => {
                let index = index.as_ref().map(ToString::to_string);
                Some((table.as_str().to_owned(), index))
            }
            _ => None,
        })
        .collect();
    let done: BTreeSet<(String, String)> = measured
        .built
        .iter()
        .filter(|(table, _)| !rewritten.contains(table))
        .cloned()
        .collect();
    let is_told = built.len() == done.len()
        && built.iter().all(|(table, index)| {
            done.iter()
                .any(|(of, name)| of == table && index.as_ref().is_none_or(|it| it == name))
        });
    if !is_told {
        writeln!(out, "    indexes told {built:?}, built {done:?}").unwrap();
    }
    // Which way a query reads a table is the planner's choice.
    let is_open = |table: &str| {
        let is_some = |work: &Work| {
            matches!(
                work,
                Work::Rows {
                    scope: Scope::Some | Scope::New,
                    ..
                }
            ) && work.table().as_str() == table
        };
        let table = TableName::new(table);
        let is_read = effects.lock(&table).is_some_and(
            |lock| matches!(lock.mode, LockMode::Table(mode) if mode <= TableLock::RowShare),
        );
        is_read || effects.lock(&table).is_none() || effects.work.iter().any(is_some)
    };
    let scanned: BTreeSet<String> = tables(&|work| {
        let has_new_index_only = matches!(work, Work::Empty { .. });
        !has_new_index_only
    })
    .into_iter()
    .filter(|table| !is_open(table))
    .collect();
    let done: BTreeSet<String> = measured
        .scanned
        .iter()
        .filter(|table| !is_open(table))
        .cloned()
        .collect();
    // A foreign key looks for its rows as the planner likes.
    let parents = effects.facts.iter().any(|fact| fact.other.is_some());
    let differ = scanned.symmetric_difference(&done);
    let differ: Vec<&String> = differ
        .filter(|table| !(parents && !scanned.contains(*table) && done.contains(*table)))
        .collect();
    if !differ.is_empty() {
        writeln!(out, "    scans told {scanned:?}, done {done:?}").unwrap();
    }
    out
}

/// The effects of the last statement of a case, after the setup and the ones before it.
fn effects_of(server: &Server, setup: &Catalog, case: &Case) -> (Effects, Vec<Executed>) {
    let mut catalog = setup.clone();
    let (last, before) = case.statements.split_last().unwrap();
    for statement in before {
        catalog.run(server, statement);
    }
    let executed = catalog.run(server, last).unwrap();
    let effects: Vec<Effects> = executed.iter().map(|it| it.effects.clone()).collect();
    (Effects::join(&effects), executed)
}

fn compare(test: &str, port: &str, version: u16) {
    let Some(environment) = Environment::find(test) else {
        return;
    };
    let server = Server::new(
        Dialect::by_name("postgresql").unwrap(),
        Some(Version::new(version, 0, 0)),
    );
    let (setup, cases) = cases("postgresql.sql");
    let cases: Vec<Case> = cases.into_iter().filter(|it| it.since <= version).collect();
    let asked = json!({
        "setup": setup,
        "extensions": ["btree_gist", "citext"],
        "cases": cases
            .iter()
            .map(|case| json!({"needs": case.needs, "statements": case.statements}))
            .collect::<Vec<_>>(),
    });
    let text = match ask(
        &environment,
        "effects_postgresql.py",
        port,
        &asked.to_string(),
    ) {
        Ok(text) => text,
        Err(why) if why.contains("connection failed") => return skip(test, &why),
        Err(why) => panic!("{why}"),
    };
    let measured: Vec<Measured> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(measured.len(), cases.len());
    let mut catalog = Catalog::default();
    let unread = catalog.run(&server, &setup).unwrap();
    for executed in unread {
        assert!(
            executed.effects.why_not_analysed().is_none(),
            "{:?}",
            executed.statement
        );
    }
    let (mut agreed, mut compared, mut skipped, mut doubtful) = (0, 0, 0, 0);
    let mut report = String::new();
    for (case, measured) in cases.iter().zip(&measured) {
        if measured.skipped {
            skipped += 1;
            continue;
        }
        compared += 1;
        let (effects, _) = effects_of(&server, &catalog, case);
        let text = case.statements.join(" ;; ");
        let found = match &measured.error {
            Some(error) if error.contains("cannot run inside a transaction block") => {
                if effects.transaction == TransactionUse::Refuses {
                    String::new()
                } else {
                    format!("    {error}\n")
                }
            }
            // What rows make a statement fail is told.
            Some(error) if !effects.failures.is_empty() => {
                say(&format!("{test}: {text}: {error}"));
                String::new()
            }
            Some(error) => format!("    {error}\n"),
            None if effects.transaction == TransactionUse::Refuses => {
                "    runs in a transaction\n".to_owned()
            }
            None => differences(&effects, measured),
        };
        if !effects.is_sure() {
            doubtful += 1;
            say(&format!("{test}: in doubt: {text}: {:?}", effects.doubts));
        }
        if found.is_empty() {
            agreed += 1;
        } else {
            write!(report, "{text}\n{found}").unwrap();
        }
    }
    say(&format!(
        "{test}: {agreed} of {compared} statements agree, {doubtful} told with doubts, \
         {skipped} passed over for want of an extension"
    ));
    assert!(report.is_empty(), "\n{report}");
}

/// What a script prints that reads its questions from standard input.
pub(crate) fn ask(
    environment: &Environment,
    script: &str,
    port: &str,
    questions: &str,
) -> Result<String, String> {
    use std::io::Write as _;
    let mut child = Command::new(environment.root.join("bin/python"))
        .args(["-B", "-W", "ignore"])
        .arg(here().join(script))
        .args(["-", "-", port])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the environment's Python starts");
    let mut input = child.stdin.take().unwrap();
    let questions = questions.to_owned();
    let writer = std::thread::spawn(move || input.write_all(questions.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn effects_are_those_of_postgresql_15() {
    let port = std::env::var("PGPORT").unwrap_or_else(|_| "5432".to_owned());
    compare("effects on PostgreSQL 15", &port, 15);
}

#[test]
fn effects_are_those_of_a_newer_postgresql() {
    let port = std::env::var("WHIMBREL_NEWER_PGPORT").unwrap_or_else(|_| "54330".to_owned());
    compare("effects on PostgreSQL 18", &port, 18);
}

/// The way in which MariaDB altered a table.
#[derive(Debug, Deserialize)]
struct Taken {
    error: Option<String>,
    algorithm: Option<String>,
    lock: Option<String>,
}

#[test]
fn effects_are_those_of_mariadb() {
    let test = "effects on MariaDB";
    let Some(environment) = Environment::find(test) else {
        return;
    };
    let port = std::env::var("MYSQL_TCP_PORT").unwrap_or_else(|_| "3306".to_owned());
    let server = Server::new(Dialect::by_name("mariadb").unwrap(), None);
    let (setup, cases) = cases("mariadb.sql");
    let asked = json!({
        "setup": setup,
        "cases": cases
            .iter()
            .map(|case| json!({"statements": case.statements}))
            .collect::<Vec<_>>(),
    });
    let text = match ask(
        &environment,
        "effects_mariadb.py",
        &port,
        &asked.to_string(),
    ) {
        Ok(text) => text,
        Err(why) if why.contains("connection failed") => return skip(test, &why),
        Err(why) => panic!("{why}"),
    };
    let taken: Vec<Taken> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(taken.len(), cases.len());
    let mut catalog = Catalog::default();
    for executed in catalog.run(&server, &setup).unwrap() {
        assert!(
            executed.effects.why_not_analysed().is_none(),
            "{:?}: {:?}",
            executed.statement,
            executed.effects.doubts
        );
    }
    let mut agreed = 0;
    let mut report = String::new();
    for (case, taken) in cases.iter().zip(&taken) {
        let (effects, _) = effects_of(&server, &catalog, case);
        let algorithm = effects.algorithm.map(|it| match it {
            Algorithm::Instant => "INSTANT",
            Algorithm::NoCopy => "NOCOPY",
            Algorithm::InPlace => "INPLACE",
            Algorithm::Copy => "COPY",
        });
        let lock = effects.locks.first().and_then(|lock| match lock.mode {
            LockMode::Online => Some("NONE"),
            LockMode::Shared => Some("SHARED"),
            LockMode::Exclusive => Some("EXCLUSIVE"),
            _ => None,
        });
        let is_sure = effects.is_sure();
        let found = (taken.algorithm.as_deref(), taken.lock.as_deref());
        if found == (algorithm, lock) && taken.error.is_none() && is_sure {
            agreed += 1;
        } else {
            writeln!(
                report,
                "{}\n    told {algorithm:?} {lock:?} {:?}, taken {taken:?}",
                case.statements.join(" ;; "),
                effects.doubts
            )
            .unwrap();
        }
    }
    say(&format!(
        "{test}: {agreed} of {} statements agree",
        cases.len()
    ));
    assert!(report.is_empty(), "\n{report}");
}
