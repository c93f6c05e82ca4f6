//! `three-byte-charset`: a character set that lacks most characters.
//!
//! ```text
//! ALTER TABLE shop_order CONVERT TO CHARACTER SET utf8    -- MySQL
//! ```

use smol_str::SmolStr;

use crate::diag::{Diagnostic, Level};
use crate::ir::Operation;
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ColumnChange, Statement};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "three-byte-charset",
    summary: "a character set that lacks most characters",
    page: include_str!("../../../../docs/rules/three-byte-charset.md"),
    category: Category::Portability,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    if !execution.server.features.limits.has_three_byte_charset {
        return;
    }
    let mut told: Vec<*const Operation> = Vec::new();
    for (action, statement, _) in execution.statements() {
        let found = match action.written {
            Some(_) => action.sql().and_then(in_text),
            None => in_statement(statement),
        };
        let Some(name) = found else {
            continue;
        };
        let operation: *const Operation = action.operation;
        if told.contains(&operation) {
            continue;
        }
        told.push(operation);
        let message = format!("`{name}` holds no character beyond three bytes, such as an emoji");
        let finding = RULE
            .on_action(execution, action, message)
            .note("inserts of others fail, or are cut where the server is not strict");
        let advice = Advice::alike("write `utf8mb4`, or a collation of it");
        out.push(advise(finding, execution.migration, advice));
    }
}

/// A collation that a statement of Django's names.
fn in_statement(statement: &Statement) -> Option<String> {
    let collations: Vec<&SmolStr> = match statement {
        Statement::CreateTable(create) => {
            let columns = create.columns.iter();
            columns.filter_map(|it| it.collation.as_ref()).collect()
        }
        Statement::AddColumn { column, .. } => column.collation.iter().collect(),
        Statement::AlterColumn { changes, .. } => changes
            .iter()
            .filter_map(|change| match change {
                ColumnChange::Type { collation, .. } => collation.as_ref(),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    let mut short = collations.into_iter().filter(|name| is_short(name));
    short.next().map(ToString::to_string)
}

/// What a text names behind `CHARACTER SET`, `CHARSET` or `COLLATE`.
fn in_text(text: &str) -> Option<String> {
    let words: Vec<&str> = text
        .split(|it: char| !it.is_alphanumeric() && it != '_')
        .filter(|word| !word.is_empty())
        .collect();
    let is = |at: Option<usize>, wanted: &str| {
        at.and_then(|at| words.get(at))
            .is_some_and(|word| word.eq_ignore_ascii_case(wanted))
    };
    let found = words.iter().enumerate().find(|(at, word)| {
        let before = at.checked_sub(1);
        let names_it = is(before, "charset")
            || is(before, "collate")
            || is(before, "set") && is(at.checked_sub(2), "character");
        names_it && is_short(word)
    });
    found.map(|(_, word)| (*word).to_owned())
}

/// Source: MySQL 8.4, "The utf8mb3 Character Set".
fn is_short(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let set = name.split('_').next().unwrap_or_default();
    matches!(set, "utf8" | "utf8mb3")
}
