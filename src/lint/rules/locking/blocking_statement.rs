//! `blocking-statement`: a statement keeps others from a table while it works on all of its rows, and no
//! rule of a nearer name tells of it.
//!
//! ```text
//! migrations.RunSQL("VACUUM FULL shop_order")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::effects::Duration;

use super::{Cause, waits};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "blocking-statement",
    summary: "a statement works on a whole table while others wait for it",
    page: include_str!("../../../../docs/rules/blocking-statement.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for wait in waits(execution, Cause::Other) {
        let work = match wait.duration {
            Duration::Rewrite => "writes a table anew",
            Duration::IndexBuild => "builds an index",
            Duration::Rows => "changes rows",
            Duration::Instant | Duration::Scan => "reads every row",
        };
        let message = format!("a statement {work} while {} wait", wait.what_waits());
        let advice = Advice::alike(format!(
            "run it apart from other changes, while nobody needs `{}`",
            wait.table().as_str()
        ));
        out.push(advise(
            wait.finding(&RULE, message),
            execution.migration,
            advice,
        ));
    }
}
