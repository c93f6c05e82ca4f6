//! `truncated-table`: all rows of a table that is there are taken away.
//!
//! ```text
//! migrations.RunSQL("TRUNCATE shop_order")
//! ```

use crate::diag::wording::list;
use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement, TableName};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "truncated-table",
    summary: "all rows of a table are taken away",
    page: include_str!("../../../../docs/rules/truncated-table.md"),
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
        let (tables, is_cascade) = match &**by_hand {
            ByHand::Truncate { tables, is_cascade } => (tables.as_slice(), *is_cascade),
            ByHand::Delete {
                table,
                has_where: false,
                ..
            } => (std::slice::from_ref(table), false),
            _ => continue,
        };
        let old: Vec<&str> = tables
            .iter()
            .filter(|table| execution.is_old(table))
            .map(TableName::as_str)
            .collect();
        if old.is_empty() {
            continue;
        }
        let message = format!("all rows of {} are taken away", list(&old));
        let mut finding = RULE
            .on_action(execution, action, message)
            .note("they cannot be had back by migrating backwards");
        if is_cascade {
            finding =
                finding.note("`CASCADE` takes the rows of all tables that refer to it as well");
        }
        let advice = Advice::alike("delete what is not needed in batches, by a condition");
        out.push(advise(finding, execution.migration, advice));
    }
}
