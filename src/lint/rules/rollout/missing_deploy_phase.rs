//! `missing-deploy-phase`: a migration does not say when of a deployment it runs.
//!
//! ```text
//! class Migration(migrations.Migration):
//!     safe = Safe.before_deploy()    # missing
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::Migration;
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "missing-deploy-phase",
    summary: "a migration does not say when of a deployment it runs",
    page: include_str!("../../../../docs/rules/missing-deploy-phase.md"),
    category: Category::Rollout,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Migration(check),
};

fn check(_: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    if migration.attributes.iter().any(|(name, _)| name == "safe") {
        return;
    }
    let message = format!(
        "`{}` does not say when of a deployment it runs",
        migration.id
    );
    let finding = RULE
        .finding(migration, migration.span, message)
        .note("`safemigrate` takes it for one that runs after the deployment");
    let advice = Advice::new(
        "write `safe = Safe.before_deploy()`, `after_deploy()` or `always()` in the class",
        "write `attr safe = django_safemigrate.Safe.before_deploy()` at the top",
    );
    out.push(advise(finding, migration, advice));
}
