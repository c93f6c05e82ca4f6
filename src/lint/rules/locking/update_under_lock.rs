//! `update-under-lock`: rows are filled in while a lock of the same transaction keeps others from the table.
//!
//! ```text
//! migrations.AlterField("order", "note", models.TextField(default=""))     # it was null=True
//! ```
//!
//! Django sets the default first, which locks the table, and then updates every row.

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::effects::{Duration, Work};

use super::{Cause, Hold, cause, duration, locked_here, locks_on, with_held};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "update-under-lock",
    summary: "rows are updated while the same transaction locks their table",
    page: include_str!("../../../../docs/rules/update-under-lock.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &["lock-held-while-working", "scanning-not-null"],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, standing) in with_held(execution) {
        let Some((statement, effects)) = action.statement() else {
            continue;
        };
        let is_fill = cause(statement, effects) == Cause::Rows
            && duration(execution, effects) >= Duration::Rows;
        let table = effects.work.first().map(Work::table);
        let lock = standing
            .all
            .iter()
            .find(|(_, lock)| Some(&lock.table) == table);
        if let (true, Some((_, lock))) = (is_fill, lock)
            && execution.is_old(&lock.table)
        {
            let waiting = lock.mode.what_waits().unwrap_or("writes");
            let name = lock.table.as_str();
            let message = format!("rows of `{name}` are updated while {waiting} of it wait");
            let title = execution.server.dialect.title;
            let own = standing.all.iter().filter(|(_, it)| it.table == lock.table);
            let others = standing.beside(action, &[]).into_iter();
            let others = others.filter(|(_, it)| it.table != lock.table);
            let held: Vec<Hold<'_, '_>> = own.copied().chain(others).collect();
            let locks = locks_on(held.iter().map(|(_, lock)| *lock));
            let finding = RULE.on_action(execution, action, message).note(format!(
                "since earlier, {title} holds {locks}, until the transaction ends"
            ));
            let finding = locked_here(finding, action, &held);
            let advice = Advice::alike(format!(
                "fill `{name}` in batches in a migration before this one, and run this one when \
                 no row is left"
            ));
            out.push(advise(finding, execution.migration, advice));
        }
    }
}
