//! `rewriting-column`: a new column makes the server write the table anew, or read all of it.
//!
//! ```text
//! migrations.AddField("order", "key", models.UUIDField(db_default=RandomUUID()))
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{Column, Statement, TableName};
use crate::sql::effects::Duration;

use super::{Cause, waits};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "rewriting-column",
    summary: "a new column makes the server write or read the whole table under a lock",
    page: include_str!("../../../../docs/rules/rewriting-column.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &["lock-held-while-working"],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for wait in waits(execution, Cause::NewColumn) {
        let Statement::AddColumn { table, column } = wait.statement else {
            continue;
        };
        let name = column.name.as_str();
        let work = if wait.duration == Duration::Rewrite {
            "writes the whole table anew"
        } else {
            "reads every row"
        };
        let message = format!("adding `{name}` {work} while {} wait", wait.what_waits());
        out.push(advise(
            wait.finding(&RULE, message).here(why(column)),
            execution.migration,
            advice(table, column),
        ));
    }
}

/// What it is that every row needs.
fn why(column: &Column) -> String {
    match (&column.generated, &column.default) {
        (Some(_), _) => {
            "the value of a stored generated column is computed for every row".to_owned()
        }
        (None, Some(default)) => format!("`{default}` is computed for every row"),
        (None, None) => String::new(),
    }
}

fn advice(table: &TableName, column: &Column) -> Advice {
    let table = table.as_str();
    let name = column.name.as_str();
    if column.generated.is_some() {
        return Advice::alike(format!(
            "fill a plain column of `{table}` in batches, and keep it up with a trigger"
        ));
    }
    if column.default.is_some() {
        return Advice::new(
            format!(
                "add `{name}` with `null=True`, set the default in a second operation, and fill \
                 `{table}` in batches"
            ),
            format!(
                "add `{name}` as `null`, set the default in a second statement, and fill \
                 `{table}` in batches"
            ),
        );
    }
    Advice::alike(format!(
        "change `{table}` with a tool that alters tables online"
    ))
}
