//! `cascading-drop`: a view goes with the table or column that it reads.
//!
//! ```text
//! migrations.RemoveField("order", "total")    # a view reads it
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement, TableName};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "cascading-drop",
    summary: "a view goes with the table or column that it reads",
    page: include_str!("../../../../docs/rules/cascading-drop.md"),
    category: Category::Data,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    // Elsewhere a view stays, and fails when it is read.
    let templates = &execution.server.dialect.templates;
    if !templates.drop_column.ends_with("CASCADE") {
        return;
    }
    let remade = |view: &TableName| {
        execution.statements().any(|(_, statement, _)| {
            matches!(statement, Statement::ByHand(by_hand)
                if matches!(&**by_hand,
                    ByHand::DropView { view: of, .. } | ByHand::CreateView { view: of, .. }
                        if of == view))
        })
    };
    for (action, statement, _) in execution.statements() {
        // What somebody wrote by hand says `CASCADE` itself, or fails.
        if action.written.is_some() {
            continue;
        }
        let (table, column) = match statement {
            Statement::DropTable { table } => (table, None),
            Statement::DropColumn { table, column } => (table, Some(column)),
            _ => continue,
        };
        for view in execution.catalog.views_of(table, column) {
            if remade(&view) {
                continue;
            }
            let (view, table) = (view.as_str(), table.as_str());
            let what = match column {
                Some(column) => format!("column `{}` of `{table}`", column.as_str()),
                None => format!("table `{table}`"),
            };
            let message = format!("view `{view}` goes with {what}");
            let finding = RULE.on_action(execution, action, message).note(
                "Django writes `CASCADE`, so that whatever depends on it goes without a word",
            );
            let advice = Advice::alike(format!(
                "drop `{view}` by name before, and make it anew without what goes"
            ));
            out.push(advise(finding, execution.migration, advice));
        }
    }
}
