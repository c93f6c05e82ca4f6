//! `missing-idle-timeout`: a lock is held while a function runs, and no limit on idleness is set.
//!
//! ```text
//! migrations.AddField("order", "paid", models.DateField(null=True)),
//! migrations.RunPython(fill),
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::execution::{Deed, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};

use super::without_limit;
use crate::sql::limits::Timeout;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "missing-idle-timeout",
    summary: "a lock is held while a function runs, and no limit on idleness is set",
    page: include_str!("../../../../docs/rules/missing-idle-timeout.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    // Other databases have no such setting.
    let has_functions = execution
        .actions
        .iter()
        .any(|action| matches!(action.deed, Deed::Python(_)) && action.transaction.is_some());
    if !execution.server.features.has_extensions || !has_functions || !execution.is_atomic() {
        return;
    }
    let limit = Timeout {
        setting: "idle_in_transaction_session_timeout",
        set: "SET LOCAL idle_in_transaction_session_timeout = '1min'",
    };
    let why = "a function that hangs between two statements keeps the lock while it hangs";
    out.extend(without_limit(
        &RULE,
        execution,
        limit,
        "transaction_timeout",
        why,
    ));
}
