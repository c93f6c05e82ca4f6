//! `validated-at-once`: a constraint is added without a look at the rows, and validated at once.
//!
//! ```text
//! AddConstraintNotValid("order", models.CheckConstraint(..., name="total_ok")),
//! ValidateConstraint("order", "total_ok"),
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Action;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{Statement, TableName};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "validated-at-once",
    summary: "a constraint is validated under the lock that adding it took",
    page: include_str!("../../../../docs/rules/validated-at-once.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &["lock-held-while-working"],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let mut added: Vec<(&Action<'_>, &TableName)> = Vec::new();
    for (action, statement, effects) in execution.statements() {
        match statement {
            Statement::AddConstraint {
                table,
                not_valid: true,
                ..
            } if execution.is_old(table) => added.push((action, table)),
            Statement::ValidateConstraint { table, .. } => {
                let found = added.iter().find(|(earlier, of)| {
                    *of == table
                        && earlier.transaction.is_some()
                        && earlier.transaction == action.transaction
                });
                let (Some((earlier, _)), true) = (found, effects.scans(table)) else {
                    continue;
                };
                let name = table.as_str();
                let message = format!(
                    "the rows of `{name}` are checked while the lock of the new constraint is held"
                );
                let finding = RULE
                    .on_action(execution, action, message)
                    .label(earlier.place, format!("`{name}` is locked from here on"));
                let advice = Advice::alike("validate the constraint in a later migration");
                out.push(advise(finding, execution.migration, advice));
            }
            _ => {}
        }
    }
}
