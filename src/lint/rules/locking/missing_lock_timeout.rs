//! `missing-lock-timeout`: a table is locked, and nothing limits how long the migration waits for it.
//!
//! ```text
//! migrations.AddField("order", "note", models.TextField(null=True))    # and no lock_timeout
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};

use super::first_unlimited;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "missing-lock-timeout",
    summary: "a table is locked and no lock_timeout is set",
    page: include_str!("../../../../docs/rules/missing-lock-timeout.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    if let Some((action, table)) =
        first_unlimited(execution, &["lock_timeout", "lock_wait_timeout"])
    {
        let table = table.as_str();
        let message = format!("`{table}` is locked, and no `lock_timeout` is set");
        let finding = RULE.on_action(execution, action, message).note(
            "whoever comes after a migration that waits has to wait as well, be it for a read",
        );
        let advice = Advice::new(
            "begin with `migrations.RunSQL(\"SET LOCAL lock_timeout = '2s'\", migrations.RunSQL.noop)`, \
             or set it in `OPTIONS` of the connection that migrates",
            "begin with `sql { up \"SET LOCAL lock_timeout = '2s'\" }`, or set it for the \
             connection that migrates",
        );
        out.push(advise(finding, execution.migration, advice));
    }
}
