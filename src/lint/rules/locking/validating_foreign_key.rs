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

use super::{Cause, waits};

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
        let advice = if wait.server_has_online_forms() {
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
