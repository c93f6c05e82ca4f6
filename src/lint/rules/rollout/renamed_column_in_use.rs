//! `renamed-column-in-use`: a column gets another name while code that still runs uses the one of before.
//!
//! ```text
//! migrations.RenameField("order", "note", "remark")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::Statement;

use super::{field_of, made_here, model_of};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "renamed-column-in-use",
    summary: "a column is renamed while code that still runs uses its name",
    page: include_str!("../../../../docs/rules/renamed-column-in-use.md"),
    category: Category::Rollout,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, _) in execution.statements() {
        let Statement::RenameColumn { table, from, to } = statement else {
            continue;
        };
        if !execution.is_old_column(table, from) {
            continue;
        }
        let Some(model) = model_of(execution, action, table) else {
            continue;
        };
        let Some(field) = field_of(&model, from) else {
            continue;
        };
        let (table, from, to) = (table.as_str(), from.as_str(), to.as_str());
        let message = format!(
            "column `{from}` of `{table}` is renamed to `{to}` while code that runs uses `{from}`"
        );
        let finding = RULE
            .on_action(execution, action, message)
            .note("there is no moment at which old and new code both find their column");
        let finding = made_here(finding, field.origin, "the field is from here");
        let advice = Advice::new(
            format!("rename the field alone, and keep the column: `db_column=\"{from}\"`"),
            format!("rename the field alone, and keep the column: `db_column=\"{from}\"`"),
        );
        out.push(advise(finding, execution.migration, advice));
    }
}
