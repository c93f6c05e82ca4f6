//! `irreversible-function`: `RunPython` without `reverse_code`.
//!
//! ```text
//! migrations.RunPython(forwards)
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::{Migration, OperationKind};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "irreversible-function",
    summary: "`RunPython` without `reverse_code`",
    page: include_str!("../../../../docs/rules/irreversible-function.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Migration(check),
};

fn check(_: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    for operation in migration.walk_operations() {
        let OperationKind::RunPython(run) = &operation.kind else {
            continue;
        };
        if run.reverse_code.is_some() || run.code.value.is_unknown() {
            continue;
        }
        let message = format!(
            "`{}` cannot be undone: its function has no reverse",
            migration.id
        );
        let mut finding = RULE.finding(migration, operation.name_span, message);
        finding.subject.operation = Some(operation.describe());
        let advice = Advice::new(
            "add `reverse_code`, or `migrations.RunPython.noop` where nothing needs to be undone",
            "add `down module:function`, or `down noop` where nothing needs to be undone",
        );
        out.push(advise(finding, migration, advice));
    }
}
