//! `non-elidable-data`: a change of rows that stays for ever when migrations are squashed.
//!
//! ```text
//! migrations.RunPython(forwards, backwards)
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::body::{Act, Function};
use crate::ir::operation::{RunSql, Sql};
use crate::ir::{Migration, OperationKind};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "non-elidable-data",
    summary: "a change of rows that stays for ever when migrations are squashed",
    page: include_str!("../../../../docs/rules/non-elidable-data.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Migration(check),
};

fn check(_: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    // A squash holds what is left of others.
    if !migration.replaces.is_empty() {
        return;
    }
    for operation in migration.walk_operations() {
        let (elidable, what) = match &operation.kind {
            OperationKind::RunPython(run)
                if run.forwards.as_ref().is_some_and(|it| reads_or_writes(it)) =>
            {
                (run.elidable, "this function")
            }
            OperationKind::RunSql(run) if only_changes_rows(run) => (run.elidable, "this SQL"),
            _ => continue,
        };
        if elidable {
            continue;
        }
        let message =
            format!("{what} changes rows and is not elidable: a squash keeps it for ever");
        let mut finding = RULE.finding(migration, operation.name_span, message);
        finding.subject.operation = Some(operation.describe());
        let advice = Advice::new(
            "add `elidable=True` unless an empty database needs it",
            "add `elidable` unless an empty database needs it",
        );
        out.push(advise(finding, migration, advice));
    }
}

fn reads_or_writes(function: &Function) -> bool {
    let is_data = |act: &Act| matches!(act, Act::Query { .. } | Act::Save { .. });
    let is_schema = |act: &Act| matches!(act, Act::Schema { .. });
    let mut steps = function.steps.iter();
    steps.any(|step| is_data(&step.act)) && !function.steps.iter().any(|step| is_schema(&step.act))
}

/// Whether a text holds nothing but changes of rows.
fn only_changes_rows(run: &RunSql) -> bool {
    let Some(sql) = run.sql.known() else {
        return false;
    };
    let texts: Vec<&str> = match sql {
        Sql::Text(text) => text.value.split(';').collect(),
        Sql::List(list) => list.iter().map(|it| it.text.value.as_str()).collect(),
    };
    let mut words = texts
        .into_iter()
        .filter_map(|text| text.split_whitespace().next())
        .map(str::to_ascii_lowercase)
        .peekable();
    words.peek().is_some()
        && words.all(|word| matches!(word.as_str(), "update" | "insert" | "delete"))
}
