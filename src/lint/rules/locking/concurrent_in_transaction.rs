//! `concurrent-in-transaction`: a statement that the server refuses within a transaction stands in one.
//!
//! ```text
//! AddIndexConcurrently("order", ...)          # and no `atomic = False`
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::effects::TransactionUse;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "concurrent-in-transaction",
    summary: "a statement that runs outside of transactions only stands in one",
    page: include_str!("../../../../docs/rules/concurrent-in-transaction.md"),
    category: Category::Locking,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, effects) in execution.statements() {
        if effects.transaction != TransactionUse::Refuses || action.transaction.is_none() {
            continue;
        }
        let what = effects
            .facts
            .first()
            .map_or("the statement", |fact| fact.statement);
        let title = execution.server.dialect.title;
        let message =
            format!("{title} refuses `{what}` in a transaction, and the migration is one");
        let finding = RULE.on_action(execution, action, message);
        let _ = statement;
        let advice = Advice::new(
            "write `atomic = False` in the class, and keep other operations out of it",
            "write `atomic false` at the top, and keep other operations out of the file",
        );
        out.push(advise(finding, execution.migration, advice));
    }
}
