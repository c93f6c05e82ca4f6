//! `narrowed-column`: a column becomes too narrow for values that it may hold.
//!
//! ```text
//! migrations.AlterField("order", "number", models.CharField(max_length=10))    # it was 20
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ColumnChange, Statement};
use crate::sql::effects::Loss;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "narrowed-column",
    summary: "a column becomes narrower than values that it may hold",
    page: include_str!("../../../../docs/rules/narrowed-column.md"),
    category: Category::Rollout,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, effects) in execution.statements() {
        let Statement::AlterColumn { changes, .. } = statement else {
            continue;
        };
        let new_type = changes.iter().find_map(|change| match change {
            ColumnChange::Type { db_type, .. } => Some(db_type.as_str()),
            _ => None,
        });
        let narrowed = effects.losses.iter().find_map(|loss| match loss {
            Loss::Precision(table, column) if execution.is_old_column(table, column) => {
                Some((table, column))
            }
            _ => None,
        });
        let (Some(new_type), Some((table, column))) = (new_type, narrowed) else {
            continue;
        };
        let (table, column) = (table.as_str(), column.as_str());
        let message = format!("`{column}` of `{table}` becomes narrower: `{new_type}`");
        let finding = RULE.on_action(execution, action, message).note(
            "rows with a longer value make it fail, or lose what does not fit; code that runs \
             may still write such values",
        );
        let advice = Advice::alike(
            "let the code keep to the new limit first, and look for rows that do not",
        );
        out.push(advise(finding, execution.migration, advice));
    }
}
