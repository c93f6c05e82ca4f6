//! `ineffective-setting`: a setting that sets nothing where it stands.
//!
//! ```text
//! PRAGMA foreign_keys = OFF    -- in a transaction
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "ineffective-setting",
    summary: "a setting that sets nothing where it stands",
    page: include_str!("../../../../docs/rules/ineffective-setting.md"),
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
        let (message, note, advice) = match &**by_hand {
            // Source: SQLite, "PRAGMA foreign_keys".
            ByHand::Pragma {
                name,
                value: Some(_),
            } if name.eq_ignore_ascii_case("foreign_keys") && action.transaction.is_some() => (
                "`PRAGMA foreign_keys` sets nothing within a transaction".to_owned(),
                "Django turns foreign keys off for the whole migration before it begins",
                Advice::new(
                    "remove it, or write `atomic = False` in the class",
                    "remove it, or write `atomic false` at the top",
                ),
            ),
            // Source: PostgreSQL, "SET".
            ByHand::SetSetting {
                name,
                is_local: true,
                ..
            } if action.transaction.is_none() && execution.server.features.has_extensions => (
                format!("`SET LOCAL {name}` sets nothing outside of a transaction"),
                "PostgreSQL warns, and goes on without it",
                Advice::alike(format!("write `SET {name}`, and `RESET {name}` at the end")),
            ),
            _ => continue,
        };
        let finding = RULE.on_action(execution, action, message).note(note);
        out.push(advise(finding, execution.migration, advice));
    }
}
