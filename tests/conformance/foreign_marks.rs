//! What one database refuses because it is another one's, as live servers refuse it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use whimbrel::sql::handwritten::MARKS;
use whimbrel::sql::{Dialect, Server};

use crate::environment::{Environment, here, say, skip};

/// Codes of errors on what a server does not know: syntax, a type, a function, a setting, a
/// table of the server's own.
const UNKNOWN: &[&str] = &[
    "42601", "42704", "42883", "42P01", // PostgreSQL
    "1064", "1146", "1193", "1305", "4161", "1630", // MariaDB
    "",     // SQLite has one for all
];

#[test]
fn servers_refuse_what_belongs_to_others() {
    let test = "foreign SQL";
    let Some(environment) = Environment::find(test) else {
        return;
    };
    let examples: Vec<&str> = MARKS.iter().map(|mark| mark.example).collect();
    let mut child = Command::new(environment.root.join("bin/python"))
        .arg(here().join("foreign_marks.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let asked = serde_json::to_vec(&examples).unwrap();
    child.stdin.take().unwrap().write_all(&asked).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let told: BTreeMap<String, Vec<Option<(String, String)>>> =
        serde_json::from_slice(&output.stdout).unwrap();
    let mut report = String::new();
    let mut refused = 0;
    for name in ["postgresql", "mariadb", "sqlite"] {
        let Some(told) = told.get(name) else {
            skip(test, &format!("{name} does not answer"));
            continue;
        };
        let server = Server::new(Dialect::by_name(name).unwrap(), None);
        for (mark, error) in MARKS.iter().zip(told) {
            if !mark.is_refused_by(&server) {
                continue;
            }
            refused += 1;
            let is_unknown = error
                .as_ref()
                .is_some_and(|(code, _)| UNKNOWN.contains(&code.as_str()));
            if !is_unknown {
                writeln!(report, "{name}: {}: {error:?}", mark.example).unwrap();
            }
        }
    }
    say(&format!("{test}: {refused} refusals by live servers"));
    assert!(report.is_empty(), "\n{report}");
}
