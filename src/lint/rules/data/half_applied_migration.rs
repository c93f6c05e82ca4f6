//! `half-applied-migration`: several changes of tables in one migration, on a server that commits each of them.
//!
//! ```text
//! migrations.AddField("order", "note", models.TextField(null=True)),     # MySQL
//! migrations.AddField("customer", "note", models.TextField(null=True)),
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "half-applied-migration",
    summary: "a migration that fails half-way leaves half of its changes",
    page: include_str!("../../../../docs/rules/half-applied-migration.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    if execution.server.features.can_rollback_ddl {
        return;
    }
    let mut changes = execution
        .statements()
        .filter(|(_, statement, _)| match statement {
            // A new table is easily dropped again.
            Statement::CreateTable(_) => false,
            Statement::ByHand(by_hand) => matches!(**by_hand, ByHand::AlterTable { .. }),
            _ => true,
        });
    let Some((first, _, _)) = changes.next() else {
        return;
    };
    let next = changes.find(|(action, _, _)| !std::ptr::eq(action.operation, first.operation));
    let Some((next, _, _)) = next else {
        return;
    };
    let title = execution.server.dialect.title;
    let message = format!(
        "{title} commits each change of `{}` by itself",
        execution.migration.id
    );
    let finding = RULE
        .on_action(execution, next, message)
        .label(first.place, "this stays where the next one fails")
        .note("a migration that fails half-way can neither be undone nor run again");
    let advice = Advice::alike("write one operation in a migration");
    out.push(advise(finding, execution.migration, advice));
}
