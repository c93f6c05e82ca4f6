//! `renamed-type-in-use`: a value of an enum, a type or a schema gets another name while code that runs
//! uses the one of before.
//!
//! ```text
//! migrations.RunSQL("ALTER TYPE status RENAME VALUE 'open' TO 'new'")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "renamed-type-in-use",
    summary: "a type, one of its values or a schema is renamed while code that runs uses it",
    page: include_str!("../../../../docs/rules/renamed-type-in-use.md"),
    category: Category::Rollout,
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
        let what = match &**by_hand {
            ByHand::RenameEnumValue { name, from } => format!("value `{from}` of type `{name}`"),
            ByHand::RenameType { name } => format!("type `{name}`"),
            ByHand::RenameSchema { name } => format!("schema `{name}`"),
            _ => continue,
        };
        let message = format!("{what} is renamed while code that runs uses its name");
        let finding = RULE
            .on_action(execution, action, message)
            .note("there is no moment at which old and new code both find it");
        let advice =
            Advice::alike("add the new one beside it, and drop the old one in a later release");
        out.push(advise(finding, execution.migration, advice));
    }
}
