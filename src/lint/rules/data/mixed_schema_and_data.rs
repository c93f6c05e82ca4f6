//! `mixed-schema-and-data`: one migration changes tables and rows.
//!
//! ```text
//! migrations.AddField("order", "paid", models.DateField(null=True)),
//! migrations.RunPython(fill),
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Action, Deed, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "mixed-schema-and-data",
    summary: "one migration changes tables and rows",
    page: include_str!("../../../../docs/rules/mixed-schema-and-data.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let mut rows: Option<&Action<'_>> = None;
    let mut tables: Option<&Action<'_>> = None;
    for action in &execution.actions {
        match &action.deed {
            Deed::Python(run) if run.forwards.as_ref().is_none_or(|it| !it.steps.is_empty()) => {
                rows = rows.or(Some(action));
            }
            Deed::Python(_) => {}
            Deed::Statement { statement, .. } => match &**statement {
                Statement::ByHand(by_hand) => match &**by_hand {
                    ByHand::Insert { .. } | ByHand::Update { .. } | ByHand::Delete { .. } => {
                        rows = rows.or(Some(action));
                    }
                    _ => {}
                },
                Statement::CreateTable(_)
                | Statement::DropTable { .. }
                | Statement::RenameTable { .. }
                | Statement::AddColumn { .. }
                | Statement::DropColumn { .. }
                | Statement::RenameColumn { .. }
                | Statement::AlterColumn { .. }
                | Statement::AddConstraint { .. } => tables = tables.or(Some(action)),
                _ => {}
            },
        }
    }
    let (Some(rows), Some(tables)) = (rows, tables) else {
        return;
    };
    let message = format!("`{}` changes tables and rows", execution.migration.id);
    let note = if execution.is_atomic() {
        "the locks of the one are held for as long as the other works"
    } else {
        "where one of them fails, the other stays done"
    };
    let finding = RULE
        .on_action(execution, rows, message)
        .here("rows are changed here")
        .label(tables.place, "tables are changed here")
        .note(note);
    let advice = Advice::alike("move the rows to a migration of their own");
    out.push(advise(finding, execution.migration, advice));
}
