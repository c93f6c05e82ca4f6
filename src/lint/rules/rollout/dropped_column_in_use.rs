//! `dropped-column-in-use`: a column goes that code which still runs reads and writes.
//!
//! ```text
//! migrations.RemoveField("order", "note")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{Statement, TableName};

use super::{field_of, made_here, model_of};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "dropped-column-in-use",
    summary: "a column is dropped that code which still runs reads and writes",
    page: include_str!("../../../../docs/rules/dropped-column-in-use.md"),
    category: Category::Rollout,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, _) in execution.statements() {
        let Statement::DropColumn { table, column } = statement else {
            continue;
        };
        // Where its table goes as well, that is what is told.
        if !execution.is_old_column(table, column) || drops(execution, table) {
            continue;
        }
        let Some(model) = model_of(execution, action, table) else {
            continue;
        };
        let Some(field) = field_of(&model, column) else {
            continue;
        };
        let (table, column) = (table.as_str(), column.as_str());
        let message =
            format!("column `{column}` of `{table}` is dropped while code that runs uses it");
        let finding = RULE.on_action(execution, action, message).note(format!(
            "Django names every column of `{}` in its queries, so that code of before fails \
             until the last of it is gone",
            model.key()
        ));
        let finding = made_here(finding, field.origin, "the field is from here");
        let name = &field.name;
        let model_name = &model.state().name;
        let advice = Advice::new(
            format!(
                "first let the models forget it, with \
                 `SeparateDatabaseAndState(state_operations=[RemoveField(\"{}\", \"{name}\")])`, \
                 and drop the column in a later release",
                model_name.as_str().to_lowercase()
            ),
            format!(
                "first let the models forget it, with \
                 `state {{ alter model {model_name} {{ drop {name} }} }}`, and drop the column \
                 in a later release"
            ),
        );
        out.push(advise(finding, execution.migration, advice));
    }
}

fn drops(execution: &Execution<'_>, table: &TableName) -> bool {
    let mut statements = execution.statements();
    statements.any(
        |(_, statement, _)| matches!(statement, Statement::DropTable { table: of } if of == table),
    )
}
