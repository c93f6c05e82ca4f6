//! `constraint-silently-skipped`: Django makes no SQL of a constraint or an index, since
//! the project's database has nothing like it.
//!
//! ```text
//! UniqueConstraint(fields=["slug"], condition=Q(draft=False), name="one_slug")  # MySQL
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::support::Lack;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "constraint-silently-skipped",
    summary: "a constraint or an index is not made on the project's database",
    page: include_str!("../../../../docs/rules/constraint-silently-skipped.md"),
    category: Category::Portability,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for lacking in ctx.lacks() {
        let Lack::Skipped(what) = lacking.lack else {
            continue;
        };
        let message = format!(
            "{} is not made: {} has no {what}",
            lacking.subject, lacking.server
        );
        let mut finding = RULE.finding(lacking.migration, lacking.span, message);
        finding.subject.operation = Some(lacking.operation.describe());
        out.push(finding.note("Django writes no SQL for it, and says nothing"));
    }
}
