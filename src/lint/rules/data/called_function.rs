//! `called-function`: what `RunPython` is given is no function: it was called already.
//!
//! ```text
//! migrations.RunPython(forwards())
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::{Migration, OperationKind, Value};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "called-function",
    summary: "what `RunPython` is given is no function: it was called already",
    page: include_str!("../../../../docs/rules/called-function.md"),
    category: Category::Data,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Migration(check),
};

fn check(_: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    for operation in migration.walk_operations() {
        let OperationKind::RunPython(run) = &operation.kind else {
            continue;
        };
        for code in std::iter::once(&run.code).chain(&run.reverse_code) {
            let what = match &code.value {
                Value::None => "`None`",
                Value::Bool(_) => "a boolean",
                Value::Int(_) | Value::BigInt(_) | Value::Float(_) => "a number",
                Value::Str(_) => "a text",
                Value::List(_) | Value::Tuple(_) | Value::Set(_) => "a list",
                Value::Dict(_) => "a dict",
                _ => continue,
            };
            let message = format!("`RunPython` is given {what} and not a function");
            let mut finding = RULE
                .finding(migration, code.span, message)
                .note("Django refuses it when it loads the migration");
            finding.subject.operation = Some(operation.describe());
            let advice = Advice::new(
                "name the function without calling it: `migrations.RunPython(forwards)`",
                "name the function as `module:function`",
            );
            out.push(advise(finding, migration, advice));
        }
    }
}
