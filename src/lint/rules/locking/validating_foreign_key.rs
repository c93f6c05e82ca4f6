//! `validating-foreign-key`: a foreign key checks every row while both tables wait.
//!
//! ```text
//! migrations.AlterField("order", "customer_id", models.ForeignKey("crm.customer", models.PROTECT))
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ColumnChange, ConstraintClass, Statement};

use super::{Cause, Wait, waits};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "validating-foreign-key",
    summary: "a foreign key checks every row while both tables wait",
    page: include_str!("../../../../docs/rules/validating-foreign-key.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &["lock-held-while-working"],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for wait in waits(execution, Cause::ForeignKey) {
        let message = format!(
            "a foreign key checks every row while {} wait",
            wait.what_waits()
        );
        let table = wait.table().as_str();
        let advice = if is_made_again(execution, &wait) {
            let text = "the constraint is dropped and made again only to be the same: write what \
                        else the operation does to the table";
            Advice::new(
                format!("{text} as `RunSQL`, with the operation in `state_operations`"),
                format!("{text} as a `sql` block, with the change in `state`"),
            )
        } else if wait.server_has_online_forms() {
            let sql = format!(
                "then `ALTER TABLE {table} ADD CONSTRAINT ... FOREIGN KEY ... NOT VALID`, and \
                 `VALIDATE CONSTRAINT` in a later migration"
            );
            Advice::new(
                format!("give the field `db_constraint=False`, {sql}"),
                format!("give the field `db_constraint=false`, {sql}"),
            )
        } else {
            Advice::new(
                "give the field `db_constraint=False`, and add the constraint with a tool that \
                 alters tables online",
                "give the field `db_constraint=false`, and add the constraint with a tool that \
                 alters tables online",
            )
        };
        out.push(advise(
            wait.finding(&RULE, message),
            execution.migration,
            advice,
        ));
    }
}

/// Whether the operation has dropped a foreign key of the same columns to the same table
/// before, as Django does where it alters or renames one of the columns.
fn is_made_again(execution: &Execution<'_>, wait: &Wait<'_, '_>) -> bool {
    let Statement::AddConstraint { table, .. } = wait.statement else {
        return false;
    };
    let mut types = false;
    let mut drops = false;
    for (action, statement, _) in execution.statements() {
        if std::ptr::eq(action, wait.action) {
            break;
        }
        if !std::ptr::eq(action.operation, wait.action.operation) {
            continue;
        }
        match statement {
            Statement::DropConstraint {
                table: of,
                class: ConstraintClass::ForeignKey,
                ..
            } => drops |= of == table,
            Statement::AlterColumn { changes, .. } => {
                types |= changes
                    .iter()
                    .any(|change| matches!(change, ColumnChange::Type { .. }));
            }
            _ => {}
        }
    }
    drops && !types
}
