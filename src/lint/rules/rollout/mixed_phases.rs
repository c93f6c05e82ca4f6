//! `mixed-phases`: one migration adds what new code needs and takes what old code needs.
//!
//! ```text
//! migrations.AddField("order", "paid", models.DateField(null=True)),
//! migrations.RemoveField("order", "note"),
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Action, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::Statement;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "mixed-phases",
    summary: "one migration adds what new code needs and takes what old code needs",
    page: include_str!("../../../../docs/rules/mixed-phases.md"),
    category: Category::Rollout,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let (mut adds, mut takes) = (None, None);
    for (action, statement, _) in execution.statements() {
        match phase(execution, statement) {
            Some(Phase::Adds) => adds = adds.or(Some(action)),
            Some(Phase::Takes) => takes = takes.or(Some(action)),
            None => {}
        }
    }
    let (Some(adds), Some(takes)): (Option<&Action<'_>>, Option<&Action<'_>>) = (adds, takes)
    else {
        return;
    };
    // One operation that does both is one change.
    if std::ptr::eq(adds.operation, takes.operation) {
        return;
    }
    let message = format!(
        "`{}` can run neither before the release nor after it",
        execution.migration.id
    );
    let finding = RULE
        .on_action(execution, takes, message)
        .here("old code needs what goes here")
        .label(adds.place, "new code needs what comes here");
    let advice = Advice::alike(
        "add in a migration that runs before the release, and take in one that runs after it",
    );
    out.push(advise(finding, execution.migration, advice));
}

#[derive(Clone, Copy)]
enum Phase {
    Adds,
    Takes,
}

fn phase(execution: &Execution<'_>, statement: &Statement) -> Option<Phase> {
    match statement {
        Statement::CreateTable(_) | Statement::AddColumn { .. } => Some(Phase::Adds),
        Statement::DropTable { table }
        | Statement::DropColumn { table, .. }
        | Statement::RenameColumn { table, .. }
        | Statement::RenameTable { from: table, .. }
            if execution.is_old(table) =>
        {
            Some(Phase::Takes)
        }
        _ => None,
    }
}
