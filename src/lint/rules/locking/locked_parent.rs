//! `locked-parent`: a new table refers to one that is there, whose writes wait until the transaction ends.
//!
//! ```text
//! migrations.CreateModel("Line", [..., ("order", models.ForeignKey("shop.order", ...))])
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ConstraintKind, Statement};

use super::{blocking_locks, locks_on};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "locked-parent",
    summary: "a new table refers to one that is there, and locks it",
    page: include_str!("../../../../docs/rules/locked-parent.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, effects) in execution.statements() {
        let own = match statement {
            Statement::CreateTable(create) => &create.table,
            Statement::AddConstraint {
                table, constraint, ..
            } if matches!(constraint.kind, ConstraintKind::ForeignKey { .. }) => table,
            _ => continue,
        };
        if execution.is_old(own) {
            continue;
        }
        for lock in blocking_locks(execution, effects) {
            let (parent, child) = (lock.table.as_str(), own.as_str());
            let message = format!("`{child}` refers to `{parent}`, whose writes wait for it");
            let title = execution.server.dialect.title;
            let finding = RULE.on_action(execution, action, message).note(format!(
                "{title} holds {} until the transaction ends",
                locks_on(std::iter::once(lock))
            ));
            let advice = Advice::alike("keep the migration short, and set a `lock_timeout`");
            out.push(advise(finding, execution.migration, advice));
        }
    }
}
