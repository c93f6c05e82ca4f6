//! `many-tables-locked`: one transaction locks several tables that were there before.
//!
//! ```text
//! migrations.AddField("order", "note", models.TextField(null=True)),
//! migrations.AddField("customer", "note", models.TextField(null=True)),
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Action;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::effects::{Held, Lock};

use super::blocking_locks;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "many-tables-locked",
    summary: "one transaction locks several tables",
    page: include_str!("../../../../docs/rules/many-tables-locked.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let mut held: Vec<(&Action<'_>, &Lock)> = Vec::new();
    for (action, _, effects) in execution.statements() {
        if action.transaction.is_none() {
            continue;
        }
        for lock in blocking_locks(execution, effects) {
            if lock.held != Held::Transaction {
                continue;
            }
            let other = held.iter().find(|(earlier, known)| {
                earlier.transaction == action.transaction
                    && known.table != lock.table
                    && !std::ptr::eq(earlier.operation, action.operation)
            });
            if let Some((earlier, known)) = other {
                let (first, second) = (known.table.as_str(), lock.table.as_str());
                let message = format!("`{first}` and `{second}` are locked at the same time");
                let finding = RULE
                    .on_action(execution, action, message)
                    .label(earlier.place, format!("`{first}` is locked from here on"))
                    .note("whoever locks them in the other order ends in a deadlock with it");
                let advice = Advice::alike("change one table in a migration");
                out.push(advise(finding, execution.migration, advice));
                return;
            }
            held.push((action, lock));
        }
    }
}
