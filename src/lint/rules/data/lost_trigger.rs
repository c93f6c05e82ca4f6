//! `lost-trigger`: a trigger goes with the table that SQLite makes anew.
//!
//! ```text
//! migrations.AlterField("order", "total", models.BigIntegerField())    # a trigger is on it
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement};
use crate::sql::effects::Loss;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "lost-trigger",
    summary: "a trigger goes with the table that SQLite makes anew",
    page: include_str!("../../../../docs/rules/lost-trigger.md"),
    category: Category::Data,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let statements: Vec<_> = execution.statements().collect();
    for (at, (action, statement, effects)) in statements.iter().enumerate() {
        // A table that is made anew takes the name of the one that is dropped.
        let Statement::DropTable { table } = statement else {
            continue;
        };
        let mut later = statements.iter().skip(at + 1);
        let is_anew = later
            .any(|(_, later, _)| matches!(later, Statement::RenameTable { to, .. } if to == table));
        if !is_anew || action.written.is_some() {
            continue;
        }
        for loss in &effects.losses {
            let Loss::Trigger(_, name) = loss else {
                continue;
            };
            let is_made = statements.iter().skip(at + 1).any(|(_, later, _)| {
                matches!(later, Statement::ByHand(by_hand)
                    if matches!(&**by_hand, ByHand::CreateTrigger { name: made, .. } if made == name))
            });
            if is_made {
                continue;
            }
            let table = table.as_str();
            let title = execution.server.dialect.title;
            let message = format!("trigger `{name}` goes when {title} makes `{table}` anew");
            let finding = RULE.on_action(execution, action, message).note(format!(
                "Django copies the rows into a new table and drops the old one, with all triggers \
                 on it: {title} cannot alter a column in place"
            ));
            let advice = Advice::alike(format!(
                "make `{name}` again in the same migration, after it"
            ));
            out.push(advise(finding, execution.migration, advice));
        }
    }
}
