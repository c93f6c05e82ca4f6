//! `blocking-primary-key`: a primary key is made while its table waits.
//!
//! ```text
//! migrations.AlterField("order", "number", models.CharField(max_length=20, primary_key=True))
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};

use super::{Cause, waits};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "blocking-primary-key",
    summary: "a primary key builds its index while its table waits",
    page: include_str!("../../../../docs/rules/blocking-primary-key.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &["lock-held-while-working"],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for wait in waits(execution, Cause::PrimaryKey) {
        let message = format!("a primary key is made while {} wait", wait.what_waits());
        let table = wait.table().as_str();
        let advice = if wait.server_has_online_forms() {
            Advice::alike(format!(
                "build a unique index with `CREATE UNIQUE INDEX CONCURRENTLY` on columns that \
                 are `NOT NULL`, then `ALTER TABLE {table} ADD PRIMARY KEY USING INDEX ...`"
            ))
        } else {
            Advice::alike(format!(
                "change `{table}` with a tool that alters tables online"
            ))
        };
        out.push(advise(
            wait.finding(&RULE, message),
            execution.migration,
            advice,
        ));
    }
}
