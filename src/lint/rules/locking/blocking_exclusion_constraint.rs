//! `blocking-exclusion-constraint`: an exclusion constraint builds its index while its table waits.
//!
//! ```text
//! migrations.AddConstraint("booking", ExclusionConstraint(name="no_overlap", expressions=[...]))
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};

use super::{Cause, waits};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "blocking-exclusion-constraint",
    summary: "an exclusion constraint builds its index while its table waits",
    page: include_str!("../../../../docs/rules/blocking-exclusion-constraint.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &["lock-held-while-working"],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for wait in waits(execution, Cause::ExclusionConstraint) {
        let message = format!(
            "the index of an exclusion constraint is built while {} wait",
            wait.what_waits()
        );
        let advice = Advice::alike(
            "there is no way to add one online: make a new table with the constraint and move \
             the rows, or run this while nobody uses the table",
        );
        out.push(advise(
            wait.finding(&RULE, message),
            execution.migration,
            advice,
        ));
    }
}
