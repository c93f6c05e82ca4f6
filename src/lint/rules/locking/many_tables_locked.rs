//! `many-tables-locked`: one transaction locks several tables that were there before.
//!
//! ```text
//! migrations.AddField("order", "note", models.TextField(null=True)),
//! migrations.AddField("customer", "note", models.TextField(null=True)),
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::effects::Held;

use super::{Holding, blocking_locks};

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
    let mut holding = Holding::default();
    for (action, _, effects) in execution.statements() {
        let held = holding.before(action);
        let locks = blocking_locks(execution, effects).into_iter();
        let mut locks = locks.filter(|lock| lock.held == Held::Transaction);
        let both = locks.find_map(|lock| {
            let mut others = held.iter().filter(|(earlier, known)| {
                known.table != lock.table && !std::ptr::eq(earlier.operation, action.operation)
            });
            others.next().map(|other| (*other, lock))
        });
        if let Some(((earlier, known), lock)) = both {
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
        holding.after(execution, action);
    }
}
