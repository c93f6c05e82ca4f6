//! `missing-statement-timeout`: a table is locked, and nothing limits how long the migration waits for it.
//!
//! ```text
//! migrations.AddField("order", "note", models.TextField(null=True))    # and no statement_timeout
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};

use super::without_limit;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "missing-statement-timeout",
    summary: "a table is locked and no statement_timeout is set",
    page: include_str!("../../../../docs/rules/missing-statement-timeout.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let Some(limit) = execution.server.features.limits.statement_timeout else {
        return;
    };
    let other = "transaction_timeout";
    let why = "a statement that takes long keeps its lock for as long as it takes";
    out.extend(without_limit(&RULE, execution, limit, other, why));
}
