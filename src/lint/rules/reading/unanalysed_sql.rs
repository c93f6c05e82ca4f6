//! `unanalysed-sql`: handwritten SQL that could not be read, or that runs code of its own, so that it
//! never passes for fine.
//!
//! ```text
//! migrations.RunSQL("DO $$ BEGIN ... END $$")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::execution::{Action, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::Server;
use crate::sql::ddl::{ByHand, Statement};
use crate::sql::handwritten::can_read;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unanalysed-sql",
    summary: "handwritten SQL was not analysed",
    page: include_str!("../../../../docs/rules/unanalysed-sql.md"),
    category: Category::Reading,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(ctx: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, effects) in execution.statements() {
        let Some(reason) = effects
            .why_not_analysed()
            .filter(|_| is_beyond_reading(statement))
        else {
            continue;
        };
        if is_for_another(ctx, execution, action, statement) {
            continue;
        }
        let message = format!("SQL was not analysed: {reason}");
        let finding = RULE.on_action(execution, action, message);
        out.push(finding.note("nothing is said of what it locks, changes or loses"));
    }
}

/// Whether nobody says which databases the project has, and the text is plainly for
/// another one of those that most projects run on.
fn is_for_another(
    ctx: &Context<'_>,
    execution: &Execution<'_>,
    action: &Action<'_>,
    statement: &Statement,
) -> bool {
    let is_unread = matches!(statement, Statement::ByHand(by_hand)
        if matches!(**by_hand, ByHand::Unread { .. }));
    let texts = action.texts();
    if !execution.is_assumed || !is_unread || texts.is_empty() {
        return false;
    }
    Server::judged_for(&ctx.project.settings)
        .iter()
        .any(|server| texts.iter().all(|text| can_read(text, server)))
}

/// Whether it is the text that is not known, and not what the database does with it.
fn is_beyond_reading(statement: &Statement) -> bool {
    match statement {
        Statement::Raw { .. } => true,
        Statement::ByHand(by_hand) => matches!(
            **by_hand,
            ByHand::Unread { .. }
                | ByHand::DoBlock
                | ByHand::Call { .. }
                | ByHand::CreateFunction { .. }
        ),
        _ => false,
    }
}
