//! `renamed-table-in-use`: a table gets another name while code that still runs uses the one of before.
//!
//! ```text
//! migrations.RenameModel("Order", "Purchase")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::Statement;

use super::{made_here, model_of};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "renamed-table-in-use",
    summary: "a table is renamed while code that still runs uses its name",
    page: include_str!("../../../../docs/rules/renamed-table-in-use.md"),
    category: Category::Rollout,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, _) in execution.statements() {
        let Statement::RenameTable { from, to } = statement else {
            continue;
        };
        if !execution.is_old(from) {
            continue;
        }
        let Some(model) = model_of(execution, action, from) else {
            continue;
        };
        let (from, to) = (from.as_str(), to.as_str());
        let message =
            format!("table `{from}` is renamed to `{to}` while code that runs uses `{from}`");
        let finding = RULE
            .on_action(execution, action, message)
            .note("there is no moment at which old and new code both find their table");
        let finding = made_here(finding, model.state().origin, "the model is from here");
        let advice = Advice::new(
            format!("keep the table's name with `options={{\"db_table\": \"{from}\"}}`"),
            format!("keep the table's name with `table \"{from}\"`"),
        );
        out.push(advise(finding, execution.migration, advice));
    }
}
