//! `empty-text-comparison`: SQL compares with an empty text, which Oracle takes for null.
//!
//! ```text
//! DELETE FROM shop_order WHERE note = ''
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::Statement;
use crate::sql::handwritten::compared_with_empty;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "empty-text-comparison",
    summary: "SQL compares with an empty text, which Oracle takes for null",
    page: include_str!("../../../../docs/rules/empty-text-comparison.md"),
    category: Category::Portability,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let server = &execution.server;
    if !server.features.interprets_empty_strings_as_nulls || execution.is_assumed {
        return;
    }
    for (action, statement, _) in execution.statements() {
        let Statement::Raw { sql } = statement else {
            continue;
        };
        let Some(operator) = compared_with_empty(sql, server) else {
            continue;
        };
        let title = server.dialect.title;
        let message = format!("`{operator} ''` holds for no row on {title}");
        let finding = RULE.on_action(execution, action, message).note(format!(
            "{title} takes an empty text for null, and nothing compares with null"
        ));
        let instead = match operator {
            "=" => "IS NULL",
            _ => "IS NOT NULL",
        };
        let advice = Advice::alike(format!("write `{instead}`"));
        out.push(advise(finding, execution.migration, advice));
    }
}
