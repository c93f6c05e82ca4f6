//! `schema-change-in-function`: a function of a migration changes tables unseen by the project state.
//!
//! ```text
//! def forwards(apps, schema_editor):
//!     schema_editor.execute("ALTER TABLE catalog_book ADD isbn text")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::body::Act;
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "schema-change-in-function",
    summary: "a function of a migration changes tables unseen by the project state",
    page: include_str!("../../../../docs/rules/schema-change-in-function.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for call in ctx.calls() {
        for step in &call.function.steps {
            let what = match &step.act {
                Act::Schema { method } => format!("`schema_editor.{method}`"),
                Act::Sql {
                    text: Some(text), ..
                } => match changes_table(text) {
                    Some(words) => format!("`{words}`"),
                    None => continue,
                },
                _ => continue,
            };
            let message = format!(
                "`{}` changes tables with {what}, which neither the state nor `sqlmigrate` knows",
                call.name()
            );
            let finding = call
                .finding(
                    &RULE,
                    step,
                    "not part of the migration's operations",
                    message,
                )
                .help("use an operation, or `RunSQL` with `state_operations`");
            out.push(finding);
            break;
        }
    }
}

/// The words with which a statement changes a table.
fn changes_table(text: &str) -> Option<String> {
    let mut words = text.split_whitespace().map(str::to_ascii_uppercase);
    let (first, second) = (words.next()?, words.next()?);
    let is_change = matches!(
        (first.as_str(), second.as_str()),
        ("ALTER" | "CREATE" | "DROP" | "RENAME" | "TRUNCATE", "TABLE")
            | ("CREATE" | "DROP" | "ALTER", "INDEX")
    ) || first == "CREATE" && second == "UNIQUE";
    is_change.then(|| format!("{first} {second}"))
}
