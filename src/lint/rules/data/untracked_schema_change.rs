//! `untracked-schema-change`: handwritten SQL takes away what the models still have.
//!
//! ```text
//! ALTER TABLE shop_order DROP COLUMN note    -- no state_operations
//! ```

use crate::base::Span;
use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Action, Execution};
use crate::lint::rule::{AtEnd, Category, Check, Group, Rule};
use crate::lint::rules::rollout::field_of;
use crate::schema::Model;
use crate::sql::ddl::Statement;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "untracked-schema-change",
    summary: "handwritten SQL takes away what the models still have",
    page: include_str!("../../../../docs/rules/untracked-schema-change.md"),
    category: Category::Data,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[
        "dropped-column-in-use",
        "dropped-table-in-use",
        "renamed-column-in-use",
        "renamed-table-in-use",
    ],
    check: Check::AtEnd(check),
};

fn check<'p>(_: &Context<'_>, execution: &Execution<'p>, out: &mut Vec<AtEnd<'p>>) {
    for (action, statement, _) in execution.statements() {
        if action.written.is_none() {
            continue;
        }
        let (table, column) = match statement {
            Statement::DropTable { table } | Statement::RenameTable { from: table, .. } => {
                (table, None)
            }
            Statement::DropColumn { table, column }
            | Statement::RenameColumn {
                table,
                from: column,
                ..
            } => (table, Some(column)),
            _ => continue,
        };
        if !execution.is_old(table) {
            continue;
        }
        let holds = |model: &Model<'_>| execution.server.table_of(model).as_ref() == Some(table);
        let mut models = execution.after.models();
        let Some(model) = models.find(holds).filter(|it| it.why_uncertain().is_none()) else {
            continue;
        };
        let (what, origin) = match column {
            None => (format!("table `{}`", table.as_str()), None),
            Some(column) => {
                let Some(field) = field_of(&model, column) else {
                    continue;
                };
                let (name, of) = (column.as_str(), table.as_str());
                (format!("column `{name}` of `{of}`"), Some(field.origin))
            }
        };
        let finding = finding(execution, action, &what, &model, origin);
        let (table, column) = (table.clone(), column.cloned());
        out.push(Box::new(move |at_end| {
            let is_there_again = match column {
                None => at_end.has_table(&table),
                Some(column) => at_end.column_facts(&table, &column).is_some(),
            };
            (!is_there_again).then_some(finding)
        }));
    }
}

fn finding(
    execution: &Execution<'_>,
    action: &Action<'_>,
    what: &str,
    model: &Model<'_>,
    origin: Option<Span>,
) -> Diagnostic {
    let message = format!("{what} goes, and `{}` still has it", model.key());
    let mut finding = RULE
        .on_action(execution, action, message)
        .note("Django knows nothing of it: every query of the model fails");
    if let Some(origin) = origin.filter(|it| Context::is_shown(*it)) {
        finding = finding.label(origin, "the field is from here");
    }
    let advice = Advice::new(
        "write the operation that does it, or name it in `state_operations` of the `RunSQL`",
        "write the operation that does it, or name it in `state { ... }` of the `sql`",
    );
    advise(finding, execution.migration, advice)
}
