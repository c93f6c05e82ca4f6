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
use crate::sql::effects::Duration;

use super::{Hold, duration, locked_here, locks_on, what_waits, with_held};

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
    for (action, held) in with_held(execution) {
        // What one operation does in several statements is told by other rules.
        if !held.untold.is_empty()
            && let Some(work) = work(execution, action)
        {
            out.push(finding(execution, &held.untold, action, work));
        }
    }
}

/// What takes long of an action.
fn work(execution: &Execution<'_>, action: &Action<'_>) -> Option<&'static str> {
    match &action.deed {
        Deed::Python(_) => Some("a function runs"),
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
    held: &[Hold<'_, '_>],
    action: &Action<'_>,
    work: &str,
) -> Diagnostic {
    let waiting = what_waits(held.iter().map(|(_, lock)| *lock));
    let message = format!("{waiting} wait while {work}");
    let title = execution.server.dialect.title;
    let locks = locks_on(held.iter().map(|(_, lock)| *lock));
    let finding = RULE.on_action(execution, action, message);
    let finding = locked_here(finding, action, held)
        .note(format!("{title} holds {locks} until the transaction ends"));
    let advice = Advice::alike("put one of the two into a migration of its own");
    advise(finding, execution.migration, advice)
}
