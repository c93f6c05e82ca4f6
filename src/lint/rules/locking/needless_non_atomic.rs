//! `needless-non-atomic`: a migration gives up its transaction and needs not.
//!
//! ```text
//! atomic = False
//! operations = [migrations.AddField("order", "note", models.TextField(null=True))]
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::effects::TransactionUse;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "needless-non-atomic",
    summary: "a migration without a transaction has nothing that refuses one",
    page: include_str!("../../../../docs/rules/needless-non-atomic.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let migration = execution.migration;
    let Some(flag) = &migration.atomic else {
        return;
    };
    if flag.value.known() != Some(&false) || !execution.server.features.can_rollback_ddl {
        return;
    }
    let is_unknown = !execution.problems.is_empty() || !migration.unread.is_empty();
    let needs_none = execution
        .actions
        .iter()
        .any(|action| match action.statement() {
            // A function may well work in batches.
            None => true,
            Some((_, effects)) => {
                effects.transaction != TransactionUse::Joins || effects.why_not_analysed().is_some()
            }
        });
    if is_unknown || needs_none || execution.actions.is_empty() {
        return;
    }
    let message = format!(
        "`{}` gives up its transaction, and nothing in it needs that",
        migration.id
    );
    let finding = RULE
        .finding(migration, flag.span, message)
        .note("if it fails half-way, what it has done stays, and it cannot run again");
    let advice = Advice::new("remove `atomic = False`", "remove `atomic false`");
    out.push(advise(finding, migration, advice));
}
