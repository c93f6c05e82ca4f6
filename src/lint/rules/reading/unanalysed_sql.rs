//! `unanalysed-sql`: handwritten SQL that could not be read, or that runs code of its own, so that it
//! never passes for fine.
//!
//! ```text
//! migrations.RunSQL("DO $$ BEGIN ... END $$")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement};

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

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, effects) in execution.statements() {
        let Some(reason) = effects
            .why_not_analysed()
            .filter(|_| is_beyond_reading(statement))
        else {
            continue;
        };
        let message = format!("SQL was not analysed: {reason}");
        let finding = RULE.on_action(execution, action, message);
        out.push(finding.note("nothing is said of what it locks, changes or loses"));
    }
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
