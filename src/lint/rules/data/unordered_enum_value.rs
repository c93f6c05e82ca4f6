//! `unordered-enum-value`: a new value of an enum without a place in its order.
//!
//! ```text
//! ALTER TYPE state ADD VALUE 'paid'
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unordered-enum-value",
    summary: "a new value of an enum without a place in its order",
    page: include_str!("../../../../docs/rules/unordered-enum-value.md"),
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
        let ByHand::AddEnumValue {
            name,
            value,
            has_position: false,
        } = &**by_hand
        else {
            continue;
        };
        let message = format!(
            "`{value}` becomes the last value of `{name}`, as nothing says where it belongs"
        );
        let finding = RULE
            .on_action(execution, action, message)
            .note("the order decides `ORDER BY` and `<`, and no statement changes it later");
        let advice = Advice::alike("say `BEFORE` or `AFTER` which value it stands");
        out.push(advise(finding, execution.migration, advice));
    }
}
