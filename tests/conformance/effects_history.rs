//! What every statement of the whole plan does, on a live PostgreSQL.
//!
//! The plan is executed statement by statement, each in a transaction of its own, and
//! compared with what whimbrel says of it. The tables that a migration makes get rows when
//! it is done.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use serde_json::json;
use whimbrel::base::Files;
use whimbrel::ir::Project;
use whimbrel::sql::ddl::Statement as Ddl;
use whimbrel::sql::effects::{Effects, TransactionUse};
use whimbrel::sql::plan::{Line, Origin, PlannedMigration};
use whimbrel::sql::{Dialect, Server};

use crate::effects::{Measured, ask, differences};
use crate::environment::{Environment, further_project, project, say, skip};
use crate::ir::analysed_with_files;
use crate::sql::planned;

/// The whole plan of the project, with what a server did.
pub(crate) struct Executed {
    pub(crate) files: Arc<Files>,
    pub(crate) project: Project,
    /// By their ids, in the order of the plan.
    pub(crate) planned: Vec<(String, PlannedMigration)>,
    /// Of every statement, in order.
    measured: Vec<Measured>,
}

/// A statement of the plan.
pub(crate) struct Statement<'e> {
    pub(crate) sql: String,
    pub(crate) origin: Origin,
    pub(crate) effects: &'e Effects,
    pub(crate) measured: &'e Measured,
}

/// The statements of a migration as they are executed.
fn statements(planned: &PlannedMigration) -> impl Iterator<Item = (String, Origin, &Effects)> {
    planned.forwards.iter().filter_map(|line| match line {
        Line::Statement {
            sql,
            statement,
            effects,
            origin,
            ..
        } => {
            // No value of Python is known here; a default is some value of its column.
            let mut sql = sql.clone();
            let some = match &**statement {
                Ddl::AddColumn { column, .. } if !column.is_null => some_value(&column.db_type),
                _ => "NULL",
            };
            for placeholder in &planned.placeholders {
                sql = sql.replace(placeholder.text.as_str(), some);
            }
            Some((sql, *origin, &**effects))
        }
        Line::Comment(_) | Line::Note(_) => None,
    })
}

/// The table that a server says is not there.
fn missing_table(error: &str) -> Option<&str> {
    let (_, rest) = error.split_once("relation \"")?;
    rest.split_once("\" does not exist").map(|(name, _)| name)
}

/// A constant that a column of a type takes.
fn some_value(db_type: &str) -> &'static str {
    let is = |kinds: &[&str]| kinds.iter().any(|kind| db_type.starts_with(kind));
    if is(&["json"]) {
        "'{}'"
    } else if is(&["bool"]) {
        "false"
    } else if is(&["timestamp", "date"]) {
        "'2000-01-01'"
    } else if is(&["time"]) {
        "'00:00'"
    } else if is(&["uuid"]) {
        "'00000000-0000-0000-0000-000000000000'"
    } else if is(&["int", "small", "big", "num", "double", "real", "interval"]) {
        "'0'"
    } else {
        "''"
    }
}

impl Executed {
    /// The plan, executed once in a run, or why there is no server.
    pub(crate) fn of(environment: &Environment) -> Result<&'static Self, String> {
        static EXECUTED: OnceLock<Result<Executed, String>> = OnceLock::new();
        let executed = EXECUTED.get_or_init(|| Self::execute(environment));
        executed.as_ref().map_err(Clone::clone)
    }

    fn execute(environment: &Environment) -> Result<Self, String> {
        let (files, analysis) = analysed_with_files(environment, &project());
        let projects = analysis.projects.into_iter();
        let [project] = projects
            .map(|analysed| analysed.project)
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        let server = Server::new(Dialect::by_name("postgresql").unwrap(), None);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .stack_size(64 << 20)
            .build()
            .unwrap();
        let planned = pool.install(|| planned(&project, &server));
        let asked: Vec<Vec<String>> = planned
            .iter()
            .map(|(_, planned)| statements(planned).map(|(sql, ..)| sql).collect())
            .collect();
        let port = std::env::var("PGPORT").unwrap_or_else(|_| "5432".to_owned());
        let text = ask(
            environment,
            "effects_postgresql.py",
            &port,
            &json!({"extensions": [], "history": asked}).to_string(),
        )?;
        let measured: Vec<Measured> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(measured.len(), asked.concat().len());
        Ok(Self {
            files,
            project,
            planned,
            measured,
        })
    }

    /// Every migration with its statements.
    pub(crate) fn migrations(&self) -> impl Iterator<Item = (&str, Vec<Statement<'_>>)> {
        let mut measured = self.measured.iter();
        self.planned.iter().map(move |(id, planned)| {
            let statements = statements(planned).map(|(sql, origin, effects)| Statement {
                sql,
                origin,
                effects,
                measured: measured.next().unwrap(),
            });
            (id.as_str(), statements.collect())
        })
    }
}

/// The plan as a server executed it, or `None` after saying why the test is skipped.
pub(crate) fn executed(test: &str) -> Option<&'static Executed> {
    let environment = Environment::find(test)?;
    match Executed::of(&environment) {
        Ok(executed) => Some(executed),
        Err(why) if why.contains("connection failed") => {
            skip(test, &why);
            None
        }
        Err(why) => panic!("{why}"),
    }
}

#[test]
fn effects_of_the_whole_history_are_those_of_postgresql() {
    let test = "effects of the whole history";
    let Some(executed) = executed(test) else {
        return;
    };
    let mut report = String::new();
    let (mut agreed, mut doubtful, mut refused) = (0, 0, 0);
    let mut absent: BTreeSet<String> = BTreeSet::new();
    for (id, statements) in executed.migrations() {
        for statement in statements {
            let Statement {
                sql,
                effects,
                measured,
                ..
            } = statement;
            let found = match &measured.error {
                // Tables that a library makes are not there where it is not installed.
                Some(error) if further_project().is_some() => {
                    refused += 1;
                    absent.extend(missing_table(error).map(str::to_owned));
                    say(&format!("{test}: refused: {id}: {sql}: {error}"));
                    continue;
                }
                None if effects
                    .locks
                    .iter()
                    .any(|it| absent.contains(it.table.as_str())) =>
                {
                    refused += 1;
                    say(&format!(
                        "{test}: about a table that is not there: {id}: {sql}"
                    ));
                    continue;
                }
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
    }
    say(&format!(
        "{test}: {agreed} of {} statements of {} migrations agree, {refused} were refused, \
         {doubtful} told with doubts",
        executed.measured.len() - refused,
        executed.planned.len()
    ));
    assert!(report.is_empty(), "\n{report}");
}
