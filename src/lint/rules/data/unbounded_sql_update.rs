//! `unbounded-sql-update`: handwritten SQL changes all rows of a table in one statement.
//!
//! ```text
//! UPDATE shop_order SET total = 0
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unbounded-sql-update",
    summary: "handwritten SQL changes all rows of a table in one statement",
    page: include_str!("../../../../docs/rules/unbounded-sql-update.md"),
    category: Category::Data,
    level: Level::Info,
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
        let ByHand::Update {
            table,
            has_where: false,
            ..
        } = &**by_hand
        else {
            continue;
        };
        if !execution.is_felt(table) {
            continue;
        }
        let message = format!(
            "SQL changes all rows of `{}` in one statement",
            table.as_str()
        );
        let finding = RULE
            .on_action(execution, action, message)
            .note("every row stays locked until the migration commits");
        let advice = Advice::new(
            "on a large table, work in batches of keys in a migration with `atomic = False`",
            "on a large table, work in batches of keys in a migration with `atomic false`",
        );
        out.push(advise(finding, execution.migration, advice));
    }
}
