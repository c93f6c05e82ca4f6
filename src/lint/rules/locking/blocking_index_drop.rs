//! `blocking-index-drop`: an index is dropped while its table waits, if only for a moment.
//!
//! ```text
//! migrations.RemoveIndex("order", "order_paid")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::Statement;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "blocking-index-drop",
    summary: "an index is dropped in a way that locks its table",
    page: include_str!("../../../../docs/rules/blocking-index-drop.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, effects) in execution.statements() {
        let Statement::DropIndex {
            table,
            name,
            concurrently: false,
        } = statement
        else {
            continue;
        };
        let has_other_form = execution
            .server
            .dialect
            .templates
            .drop_index_concurrently
            .is_some();
        if !has_other_form || !execution.is_felt(table) || !effects.blocks_writes_on(table) {
            continue;
        }
        let message = format!("dropping index `{name}` locks `{}`", table.as_str());
        let finding = RULE.on_action(execution, action, message).note(
            "it takes a moment once it has the lock; but it waits for queries that run, and \
             everybody waits behind it",
        );
        let advice = Advice::new(
            "use `RemoveIndexConcurrently` of `django.contrib.postgres.operations` in a \
             migration of its own, with `atomic = False`",
            "write `concurrently` behind the name, in a file of its own with `atomic false`",
        );
        out.push(advise(finding, execution.migration, advice));
    }
}
