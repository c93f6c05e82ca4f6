//! `dropped-table-in-use`: a table goes that code which still runs reads and writes.
//!
//! ```text
//! migrations.DeleteModel("Order")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{Statement, TableName};

use super::{made_here, model_of};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "dropped-table-in-use",
    summary: "a table is dropped that code which still runs reads and writes",
    page: include_str!("../../../../docs/rules/dropped-table-in-use.md"),
    category: Category::Rollout,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, _) in execution.statements() {
        let Statement::DropTable { table } = statement else {
            continue;
        };
        // SQLite drops a table to put a changed copy in its place.
        if !execution.is_old(table) || is_replaced(execution, table) {
            continue;
        }
        let Some(model) = model_of(execution, action, table) else {
            continue;
        };
        let message = format!(
            "table `{}` is dropped while code that runs uses `{}`",
            table.as_str(),
            model.key()
        );
        let finding = RULE.on_action(execution, action, message);
        let finding = made_here(finding, model.state().origin, "the model is from here");
        let name = &model.state().name;
        let advice = Advice::new(
            format!(
                "first let the models forget it, with \
                 `SeparateDatabaseAndState(state_operations=[DeleteModel(\"{name}\")])`, and \
                 drop the table in a later release"
            ),
            format!(
                "first let the models forget it, with `state {{ drop model {name} }}`, and drop \
                 the table in a later release"
            ),
        );
        out.push(advise(finding, execution.migration, advice));
    }
}

fn is_replaced(execution: &Execution<'_>, table: &TableName) -> bool {
    let mut statements = execution.statements();
    statements.any(
        |(_, statement, _)| matches!(statement, Statement::RenameTable { to, .. } if to == table),
    )
}
