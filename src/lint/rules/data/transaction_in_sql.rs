//! `transaction-in-sql`: handwritten SQL begins or ends a transaction within the migration's own.
//!
//! ```text
//! migrations.RunSQL("BEGIN; UPDATE shop_order SET paid = true; COMMIT;")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement, TransactionControl};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "transaction-in-sql",
    summary: "handwritten SQL begins or ends a transaction within the migration's own",
    page: include_str!("../../../../docs/rules/transaction-in-sql.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, _) in execution.statements() {
        let Statement::ByHand(by_hand) = statement else {
            continue;
        };
        let word = match &**by_hand {
            ByHand::Transaction(TransactionControl::Begin) => "BEGIN",
            ByHand::Transaction(TransactionControl::Commit) => "COMMIT",
            ByHand::Transaction(TransactionControl::Rollback) => "ROLLBACK",
            _ => continue,
        };
        if action.transaction.is_none() {
            continue;
        }
        let message = format!("`{word}` stands within the transaction of the migration");
        let finding = RULE.on_action(execution, action, message).note(
            "`COMMIT` makes what came before it final, so that a later failure undoes half of \
             the migration",
        );
        let advice = Advice::new(
            "remove it, or write `atomic = False` in the class",
            "remove it, or write `atomic false` at the top",
        );
        out.push(advise(finding, execution.migration, advice));
    }
}
