//! `dropped-not-null`: a column may be null from here on, under code that does not know it.
//!
//! ```text
//! migrations.AlterField("order", "total", models.IntegerField(null=True))
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ColumnChange, Statement};

use super::{field_of, made_here, model_of};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "dropped-not-null",
    summary: "a column may be null from here on, under code that does not know it",
    page: include_str!("../../../../docs/rules/dropped-not-null.md"),
    category: Category::Rollout,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, _) in execution.statements() {
        let Statement::AlterColumn {
            table,
            column,
            changes,
        } = statement
        else {
            continue;
        };
        let was_not_null = execution
            .catalog
            .column_facts(table, column)
            .is_some_and(|facts| !facts.is_null);
        let may_be_null = changes.iter().any(|change| match change {
            ColumnChange::DropNotNull(_) => true,
            ColumnChange::Type { kept, .. } => kept.is_null == Some(true),
            _ => false,
        });
        if !was_not_null || !may_be_null || !execution.is_old_column(table, column) {
            continue;
        }
        let Some(model) = model_of(execution, action, table) else {
            continue;
        };
        let Some(field) = field_of(&model, column) else {
            continue;
        };
        let (name, of) = (column.as_str(), table.as_str());
        let message = format!("`{name}` of `{of}` may be null from here on");
        let finding = RULE
            .on_action(execution, action, message)
            .note("code of before meets `None` as soon as newer code writes it");
        let finding = made_here(finding, field.origin, "the field is from here");
        let advice = Advice::alike(
            "release code that reads `None` first, and code that writes it after that",
        );
        out.push(advise(finding, execution.migration, advice));
    }
}
