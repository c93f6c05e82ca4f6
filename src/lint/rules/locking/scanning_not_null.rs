//! `scanning-not-null`: a column becomes `NOT NULL` while every row is read under a lock.
//!
//! ```text
//! migrations.AlterField("order", "note", models.TextField())     # it was null=True
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::Statement;

use super::{Cause, waits};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "scanning-not-null",
    summary: "a column becomes NOT NULL while every row is read under a lock",
    page: include_str!("../../../../docs/rules/scanning-not-null.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &["lock-held-while-working"],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for wait in waits(execution, Cause::NotNull) {
        let Statement::AlterColumn { column, .. } = wait.statement else {
            continue;
        };
        let column = column.as_str();
        let message = format!(
            "making `{column}` `NOT NULL` reads every row while {} wait",
            wait.what_waits()
        );
        let table = wait.table().as_str();
        let finding = wait.finding(&RULE, message);
        let advice = if wait.server_has_online_forms() {
            Advice::alike(format!(
                "before it, add `CHECK ({column} IS NOT NULL) NOT VALID` to `{table}`, and \
                 validate it in a migration of its own: then `SET NOT NULL` reads nothing"
            ))
        } else {
            Advice::alike(format!(
                "change `{table}` with a tool that alters tables online"
            ))
        };
        out.push(advise(finding, execution.migration, advice));
    }
}
