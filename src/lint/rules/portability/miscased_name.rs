//! `miscased-name`: SQL names a table or column in letters that the database does not
//! take for it.
//!
//! ```text
//! UPDATE ShopOrder SET total = 0        -- PostgreSQL looks for shoporder
//! DELETE FROM "shop_order"              -- on Oracle it is SHOP_ORDER
//! ```

use std::cell::LazyCell;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::TableName;
use crate::sql::handwritten::{WrittenName, names};
use crate::sql::limits::Folding;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "miscased-name",
    summary: "SQL names a table or column in letters that the database does not know",
    page: include_str!("../../../../docs/rules/miscased-name.md"),
    category: Category::Portability,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let folds = execution.server.features.limits.folds;
    if execution.is_assumed || folds == Folding::None {
        return;
    }
    let mut told: FxHashSet<*const crate::ir::Operation> = FxHashSet::default();
    let tables = LazyCell::new(|| tables(execution));
    for (action, _, _) in execution.statements() {
        let texts = action.texts();
        if texts.is_empty() || !told.insert(std::ptr::from_ref(action.operation)) {
            continue;
        }
        let written: Vec<WrittenName> = texts
            .iter()
            .flat_map(|text| names(text, &execution.server))
            .collect();
        let Some(found) = miscased(execution, folds, &tables, &written) else {
            continue;
        };
        let title = execution.server.dialect.title;
        let (name, known) = (&found.written, &found.known);
        let message = match folds {
            Folding::Upper => format!("{title} knows no {} `\"{name}\"`", found.what),
            Folding::Lower | Folding::None => {
                format!("{title} takes `{name}` for `{}`", name.to_lowercase())
            }
        };
        let why = match folds {
            Folding::Upper => format!("Django makes names in capitals: it is `{known}`"),
            Folding::Lower | Folding::None => format!("the {} is `{known}`", found.what),
        };
        let finding = RULE
            .on_action(execution, action, message)
            .note(format!("{why}; `migrate` stops here"));
        let advice = match folds {
            Folding::Upper => Advice::alike(format!("write `{name}` without quotes")),
            Folding::Lower | Folding::None => Advice::alike(format!("write `\"{known}\"`")),
        };
        out.push(advise(finding, execution.migration, advice));
    }
}

struct Miscased {
    what: &'static str,
    written: SmolStr,
    known: SmolStr,
}

fn miscased(
    execution: &Execution<'_>,
    folds: Folding,
    tables: &[SmolStr],
    written: &[WrittenName],
) -> Option<Miscased> {
    let is_table = |name: &str| tables.iter().any(|it| it.eq_ignore_ascii_case(name));
    if folds == Folding::Upper {
        let wrong = written.iter().find(|it| {
            it.is_quoted && it.text.chars().any(char::is_lowercase) && is_table(&it.text)
        })?;
        return Some(Miscased {
            what: "table",
            written: wrong.text.clone(),
            known: wrong.text.to_uppercase().into(),
        });
    }
    let plain = || written.iter().filter(|it| !it.is_quoted && !it.is_alias);
    // Words are folded as they are read.
    let table = plain().find_map(|it| {
        let has_capitals = |table: &&SmolStr| table.chars().any(char::is_uppercase);
        let mut alike = tables.iter().filter(has_capitals);
        let known = alike.find(|table| table.eq_ignore_ascii_case(&it.text))?;
        let is_other = execution
            .catalog
            .has_table(&TableName::new(it.text.to_lowercase()));
        (!is_other).then(|| (it, known.clone()))
    });
    if let Some((it, known)) = table {
        return Some(Miscased {
            what: "table",
            written: it.text.clone(),
            known,
        });
    }
    let named: Vec<TableName> = tables
        .iter()
        .filter(|table| written.iter().any(|it| it.text == **table))
        .map(|table| TableName::new(table.clone()))
        .collect();
    let columns: Vec<&str> = named
        .iter()
        .flat_map(|table| execution.catalog.columns(table))
        .map(|(name, _)| name.as_str())
        .collect();
    plain().find_map(|it| {
        let lower = it.text.to_lowercase();
        let mut alike = columns
            .iter()
            .filter(|name| name.eq_ignore_ascii_case(&lower));
        let known = alike.next()?;
        let is_folded = columns.contains(&lower.as_str());
        (!is_folded).then(|| Miscased {
            what: "column",
            written: it.text.clone(),
            known: SmolStr::new(known),
        })
    })
}

/// The tables of the models before the migration.
fn tables(execution: &Execution<'_>) -> Vec<SmolStr> {
    let models = execution.before.models();
    let tables = models.filter_map(|model| execution.server.table_of(&model));
    let there = tables.filter(|table| execution.catalog.has_table(table));
    there.map(|table| SmolStr::new(table.as_str())).collect()
}
