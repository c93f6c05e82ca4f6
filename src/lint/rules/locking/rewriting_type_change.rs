//! `rewriting-type-change`: a change of type writes the table anew, or rebuilds indexes.
//!
//! ```text
//! migrations.AlterField("order", "id", models.BigAutoField(primary_key=True))    # it was AutoField
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ColumnChange, Statement};
use crate::sql::effects::Duration;

use super::{Cause, waits};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "rewriting-type-change",
    summary: "a change of type writes the table or its indexes anew under a lock",
    page: include_str!("../../../../docs/rules/rewriting-type-change.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &["lock-held-while-working"],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for wait in waits(execution, Cause::TypeChange) {
        let Statement::AlterColumn {
            table,
            column,
            changes,
        } = wait.statement
        else {
            continue;
        };
        let new_type = changes.iter().find_map(|change| match change {
            ColumnChange::Type { db_type, .. } => Some(db_type.as_str()),
            _ => None,
        });
        let column = column.as_str();
        let work = match wait.duration {
            Duration::Rewrite => "writes the whole table anew",
            Duration::IndexBuild => "rebuilds indexes",
            Duration::Instant | Duration::Rows | Duration::Scan => "reads every row",
        };
        let message = format!(
            "changing `{column}` to `{}` {work} while {} wait",
            new_type.unwrap_or_default(),
            wait.what_waits()
        );
        let advice = Advice::alike(format!(
            "add a new column to `{}`, write both while you copy the rows in batches, and drop \
             `{column}` in a later release",
            table.as_str()
        ));
        out.push(advise(
            wait.finding(&RULE, message),
            execution.migration,
            advice,
        ));
    }
}
