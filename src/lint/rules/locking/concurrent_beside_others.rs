//! `concurrent-beside-others`: an index is built outside of transactions, in a migration that does more than that.
//!
//! ```text
//! atomic = False
//! operations = [
//!     migrations.AddField("order", "paid", models.BooleanField(null=True)),
//!     AddIndexConcurrently("order", models.Index(fields=["paid"], name="order_paid")),
//! ]
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement};
use crate::sql::effects::{Effects, TransactionUse};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "concurrent-beside-others",
    summary: "a concurrent statement shares its migration with others, and nothing is undone",
    page: include_str!("../../../../docs/rules/concurrent-beside-others.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    if !execution.server.features.can_rollback_ddl || execution.is_atomic() {
        return;
    }
    let is_alone = |effects: &Effects| effects.transaction == TransactionUse::Refuses;
    let mut statements = execution.statements();
    let Some((concurrent, _, effects)) = statements.find(|(_, _, effects)| is_alone(effects))
    else {
        return;
    };
    let what = effects.facts.first().map_or("it", |fact| fact.statement);
    // What sets up the session changes nothing that stays.
    let changes = |statement: &Statement, effects: &Effects| {
        !is_alone(effects)
            && !matches!(statement, Statement::ByHand(by_hand)
                if matches!(**by_hand, ByHand::SetSetting { .. } | ByHand::Harmless { .. }))
    };
    let mut others = execution.statements();
    let other = others.find(|(action, statement, effects)| {
        !std::ptr::eq(action.operation, concurrent.operation) && changes(statement, effects)
    });
    let Some((other, _, _)) = other else {
        return;
    };
    let message =
        format!("`{what}` stands beside other operations in a migration without a transaction");
    let finding = RULE
        .on_action(execution, other, message)
        .label(concurrent.place, "runs outside of transactions")
        .note(
            "if one of them fails, what the others did stays, and the migration cannot run again",
        );
    let advice = Advice::alike("put it into a migration of its own");
    out.push(advise(finding, execution.migration, advice));
}
