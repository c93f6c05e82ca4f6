//! What every statement of the whole plan does, on a live PostgreSQL.
//!
//! The plan is executed statement by statement on an empty database, each in a
//! transaction of its own, and compared with what whimbrel says of it.

use std::fmt::Write as _;

use serde_json::json;
use whimbrel::sql::effects::TransactionUse;
use whimbrel::sql::plan::Line;
use whimbrel::sql::{Dialect, Server};

use crate::effects::{Measured, ask, differences};
use crate::environment::{Environment, say, skip};
use crate::ir::analysed_project;
use crate::sql::planned;

#[test]
fn effects_of_the_whole_history_are_those_of_postgresql() {
    let test = "effects of the whole history";
    let Some(environment) = Environment::find(test) else {
        return;
    };
    let analysis = analysed_project(&environment);
    let [analysed] = analysis.projects.as_slice() else {
        panic!("{} projects", analysis.projects.len());
    };
    let server = Server::new(Dialect::by_name("postgresql").unwrap(), None);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .stack_size(64 << 20)
        .build()
        .unwrap();
    let planned = pool.install(|| planned(&analysed.project, &server));
    let mut statements = Vec::new();
    for (id, migration) in &planned {
        for line in &migration.forwards {
            if let Line::Statement { sql, effects, .. } = line {
                // No value of Python is known here, and the tables hold no rows.
                let mut sql = sql.clone();
                for placeholder in &migration.placeholders {
                    sql = sql.replace(placeholder.text.as_str(), "NULL");
                }
                statements.push((id, sql, effects));
            }
        }
    }
    let asked = json!({
        "extensions": [],
        "history": statements.iter().map(|(_, sql, _)| sql).collect::<Vec<_>>(),
    });
    let port = std::env::var("PGPORT").unwrap_or_else(|_| "5432".to_owned());
    let text = match ask(
        &environment,
        "effects_postgresql.py",
        &port,
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
    assert_eq!(measured.len(), statements.len());
    let mut report = String::new();
    let (mut agreed, mut doubtful) = (0, 0);
    for ((id, sql, effects), measured) in statements.iter().zip(&measured) {
        let found = match &measured.error {
            Some(error) => format!("    {error}\n"),
            None if measured.alone != (effects.transaction == TransactionUse::Refuses) => {
                "    whether it runs in a transaction\n".to_owned()
            }
            None if measured.alone => String::new(),
            None => differences(effects, measured),
        };
        if !effects.is_sure() {
            doubtful += 1;
            say(&format!(
                "{test}: in doubt: {id}: {sql}: {:?}",
                effects.doubts
            ));
        }
        if found.is_empty() {
            agreed += 1;
        } else {
            writeln!(report, "{id}: {sql}\n{found}").unwrap();
        }
    }
    say(&format!(
        "{test}: {agreed} of {} statements of {} migrations agree, {doubtful} told with doubts",
        statements.len(),
        planned.len()
    ));
    assert!(report.is_empty(), "\n{report}");
}
