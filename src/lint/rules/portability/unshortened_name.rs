//! `unshortened-name`: SQL names a table in full, and Django has shortened its name.
//!
//! ```text
//! UPDATE shop_orderlinewithaverylongname SET total = 0       -- on Oracle, 30 characters
//! ```

use rustc_hash::FxHashSet;

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::handwritten::names;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unshortened-name",
    summary: "SQL names a table in full, and Django has shortened its name",
    page: include_str!("../../../../docs/rules/unshortened-name.md"),
    category: Category::Portability,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

/// No database makes Django shorten a name that is not longer.
const SHORTEST: usize = 30;

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    if execution.is_assumed {
        return;
    }
    let mut told: FxHashSet<*const crate::ir::Operation> = FxHashSet::default();
    for (action, _, _) in execution.statements() {
        let texts = action.texts();
        if texts.is_empty() || !told.insert(std::ptr::from_ref(action.operation)) {
            continue;
        }
        let written = texts.iter().flat_map(|text| names(text, &execution.server));
        let long = written.filter(|it| it.text.chars().count() > SHORTEST);
        let found = long.into_iter().find_map(|it| {
            let known = shortened(execution, &it.text)?;
            Some((it.text, known))
        });
        let Some((name, known)) = found else {
            continue;
        };
        let title = execution.server.dialect.title;
        let message = format!("{title} has no table `{name}`");
        let finding = RULE.on_action(execution, action, message).note(format!(
            "Django shortens names that are longer than it takes: the table is `{known}`"
        ));
        let advice = Advice::alike(format!(
            "write `{known}`, or give the model a shorter `db_table`"
        ));
        out.push(advise(finding, execution.migration, advice));
    }
}

/// The name of the table that a model has on the server, where it is not the one that
/// is written.
fn shortened(execution: &Execution<'_>, name: &str) -> Option<String> {
    let mut models = execution.before.models();
    let model = models.find(|model| {
        let table = model.db_table();
        table
            .known()
            .is_some_and(|it| it.eq_ignore_ascii_case(name))
    })?;
    let table = execution.server.table_of(&model)?;
    let is_other =
        !table.as_str().eq_ignore_ascii_case(name) && execution.catalog.has_table(&table);
    is_other.then(|| table.as_str().to_owned())
}
