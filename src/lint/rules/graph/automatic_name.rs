//! `automatic-name`: a migration goes by the name that `makemigrations` makes of the time.
//!
//! ```text
//! 0007_auto_20240131_0915.py
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::Migration;
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "automatic-name",
    summary: "a migration goes by the name that `makemigrations` makes of the time",
    page: include_str!("../../../../docs/rules/automatic-name.md"),
    category: Category::Graph,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Migration(check),
};

fn check(_: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    if !is_automatic(migration.id.name.as_str()) {
        return;
    }
    let message = format!("`{}` does not say what it does", migration.id);
    let finding = RULE
        .finding(migration, migration.span, message)
        .help("rename the file before it is merged, or use `makemigrations --name`");
    out.push(finding);
}

/// `0007_auto_20240131_0915`: digits behind `_auto_`, and no more.
fn is_automatic(name: &str) -> bool {
    name.split_once("_auto_").is_some_and(|(number, time)| {
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        let (day, clock) = time.split_once('_').unwrap_or((time, "0000"));
        is_digits(number) && day.len() == 8 && is_digits(day) && is_digits(clock)
    })
}
