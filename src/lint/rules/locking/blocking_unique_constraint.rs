//! `blocking-unique-constraint`: a unique constraint builds its index while its table waits.
//!
//! ```text
//! migrations.AddConstraint("order", models.UniqueConstraint(fields=["number"], name="one_number"))
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};

use super::{Cause, Wait, waits};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "blocking-unique-constraint",
    summary: "a unique constraint builds its index while its table waits",
    page: include_str!("../../../../docs/rules/blocking-unique-constraint.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &["blocking-index", "lock-held-while-working"],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for wait in waits(execution, Cause::UniqueConstraint) {
        let message = format!(
            "the index of a unique constraint is built while {} wait",
            wait.what_waits()
        );
        let finding = wait
            .finding(&RULE, message)
            .note("it fails if rows are alike by then");
        out.push(advise(finding, execution.migration, advice(&wait)));
    }
}

fn advice(wait: &Wait<'_, '_>) -> Advice {
    let table = wait.table().as_str();
    if !wait.server_has_online_forms() {
        return Advice::alike(format!(
            "change `{table}` with a tool that alters tables online"
        ));
    }
    let sql = format!(
        "build the index first with `CREATE UNIQUE INDEX CONCURRENTLY` in a migration of its \
         own, then `ALTER TABLE {table} ADD CONSTRAINT ... UNIQUE USING INDEX ...`"
    );
    Advice::new(
        format!("{sql}, both as `RunSQL`, with the operation in `state_operations`"),
        format!("{sql}, both as `sql` blocks, with the change in `state`"),
    )
}
