//! `created-enum`: an enum, whose values no statement removes.
//!
//! ```text
//! CREATE TYPE state AS ENUM ('new', 'paid')
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "created-enum",
    summary: "an enum, whose values no statement removes",
    page: include_str!("../../../../docs/rules/created-enum.md"),
    category: Category::Data,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, _) in execution.statements() {
        let Statement::ByHand(by_hand) = statement else {
            continue;
        };
        let ByHand::CreateEnum { name } = &**by_hand else {
            continue;
        };
        let message = format!("enum `{name}` keeps every value that it ever gets");
        let finding = RULE
            .on_action(execution, action, message)
            .note("a value can be added and renamed, and never be removed");
        let advice = Advice::new(
            "use a `CharField` with `choices` and a `CheckConstraint`, or a table of the values",
            "use a `char` with a check, or a table of the values",
        );
        out.push(advise(finding, execution.migration, advice));
    }
}
