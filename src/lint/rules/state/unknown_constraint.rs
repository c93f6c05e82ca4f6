//! `unknown-constraint`: a constraint is removed that the model does not have.
//!
//! ```text
//! migrations.RemoveConstraint("post", "positive_price")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::schema::Fault;

use super::{finding, gone_or_meant, operation};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unknown-constraint",
    summary: "an operation names a constraint that does not exist at that point",
    page: include_str!("../../../../docs/rules/unknown-constraint.md"),
    category: Category::State,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (migration, error) in ctx.replay_errors() {
        let Fault::UnknownConstraint {
            model,
            name,
            gone,
            constraints,
        } = &error.fault
        else {
            continue;
        };
        let message = format!(
            "{} of `{}` names constraint `{name}`, which `{model}` does not have by then",
            operation(error),
            migration.id
        );
        let found = finding(&RULE, migration, error, message);
        let what = format!("`{name}`");
        out.push(gone_or_meant(
            found,
            &what,
            name,
            gone.as_ref(),
            constraints,
        ));
    }
}
