//! `irreversible-sql`: `RunSQL` without `reverse_sql`.
//!
//! ```text
//! migrations.RunSQL("UPDATE shop_order SET paid = TRUE")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::{Migration, OperationKind};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "irreversible-sql",
    summary: "`RunSQL` without `reverse_sql`",
    page: include_str!("../../../../docs/rules/irreversible-sql.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Migration(check),
};

fn check(_: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    for operation in migration.walk_operations() {
        let OperationKind::RunSql(run) = &operation.kind else {
            continue;
        };
        if run.reverse_sql.is_some() {
            continue;
        }
        let message = format!(
            "`{}` cannot be undone: its SQL has no reverse",
            migration.id
        );
        let mut finding = RULE.finding(migration, operation.name_span, message);
        finding.subject.operation = Some(operation.describe());
        let advice = Advice::new(
            "add `reverse_sql`, or `migrations.RunSQL.noop` where nothing needs to be undone",
            "add `down \"...\"`, or `down noop` where nothing needs to be undone",
        );
        out.push(advise(finding, migration, advice));
    }
}
