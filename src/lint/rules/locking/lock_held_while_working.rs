//! `lock-held-while-working`: a lock is held while a later part of the same transaction works on.
//!
//! ```text
//! migrations.AddField("order", "note", models.TextField(null=True)),
//! migrations.RunPython(fill_notes),
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::execution::{Action, Deed};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::effects::{Duration, Held, Lock};

use super::{blocking_locks, duration, lock_on};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "lock-held-while-working",
    summary: "a table stays locked while a later part of the transaction works on",
    page: include_str!("../../../../docs/rules/lock-held-while-working.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let mut held: Vec<(&Action<'_>, &Lock)> = Vec::new();
    for action in &execution.actions {
        held.retain(|(earlier, _)| {
            earlier.transaction.is_some() && earlier.transaction == action.transaction
        });
        // What one operation does in several statements is told by other rules.
        let earlier = held
            .iter()
            .find(|(earlier, _)| !std::ptr::eq(earlier.operation, action.operation));
        if let (Some((earlier, lock)), Some(work)) = (earlier, work(execution, action)) {
            out.push(finding(execution, (earlier, lock), action, work));
            // Told once: what follows waits for the same reason.
            return;
        }
        if let Some((_, effects)) = action.statement() {
            let locks = blocking_locks(execution, effects).into_iter();
            let locks = locks.filter(|lock| lock.held == Held::Transaction);
            held.extend(locks.map(|lock| (action, lock)));
        }
    }
}

/// What takes long of an action.
fn work(execution: &Execution<'_>, action: &Action<'_>) -> Option<&'static str> {
    match &action.deed {
        Deed::Python => Some("a function runs"),
        Deed::Statement { effects, .. } => match duration(execution, effects) {
            Duration::Instant => None,
            Duration::Rows => Some("rows are written"),
            Duration::Scan => Some("rows are read"),
            Duration::IndexBuild => Some("an index is built"),
            Duration::Rewrite => Some("a table is written anew"),
        },
    }
}

fn finding(
    execution: &Execution<'_>,
    (earlier, lock): (&Action<'_>, &Lock),
    action: &Action<'_>,
    work: &str,
) -> Diagnostic {
    let waiting = lock.mode.what_waits().unwrap_or("writes");
    let table = lock.table.as_str();
    let message = format!("{waiting} of `{table}` wait while {work}");
    let title = execution.server.dialect.title;
    let finding = RULE
        .on_action(execution, action, message)
        .label(earlier.place, format!("`{table}` is locked from here on"))
        .note(format!(
            "{title} holds {} until the transaction ends",
            lock_on(lock)
        ));
    let advice = Advice::alike("put one of the two into a migration of its own");
    advise(finding, execution.migration, advice)
}
