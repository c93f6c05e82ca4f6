//! `refused-by-database`: the project's database refuses what Django writes for an
//! operation.
//!
//! ```text
//! ("tags", ArrayField(models.TextField()))  # MySQL
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::support::Lack;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "refused-by-database",
    summary: "the project's database refuses what an operation makes",
    page: include_str!("../../../../docs/rules/refused-by-database.md"),
    category: Category::Portability,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for lacking in ctx.lacks() {
        let Lack::Refused(why) = lacking.lack else {
            continue;
        };
        let message = format!(
            "{} cannot be made: {} {why}",
            lacking.subject, lacking.server
        );
        let mut finding = RULE.finding(lacking.migration, lacking.span, message);
        finding.subject.operation = Some(lacking.operation.describe());
        out.push(finding.note("`migrate` stops here"));
    }
}
