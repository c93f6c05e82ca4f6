//! `wide-index`: an index on many columns.
//!
//! ```text
//! models.Index(fields=["number", "total", "note", "customer"], name="wide")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{Indexed, Name, Statement};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "wide-index",
    summary: "an index on many columns",
    page: include_str!("../../../../docs/rules/wide-index.md"),
    category: Category::Data,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

/// As in strong_migrations.
const MOST: usize = 3;

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, _) in execution.statements() {
        let Statement::CreateIndex(index) = statement else {
            continue;
        };
        let Indexed::Columns(columns) = &index.indexed else {
            continue;
        };
        // SQLite makes indexes again with their table.
        let is_again = matches!(&index.name, Name::Given(name)
            if execution.catalog.named(&index.table, name).is_some());
        if index.is_unique || columns.len() <= MOST || is_again {
            continue;
        }
        let message = format!(
            "an index of `{}` is on {} columns",
            index.table.as_str(),
            columns.len()
        );
        let finding = RULE
            .on_action(execution, action, message)
            .note("the later ones narrow little, and every write of one of them writes the index");
        out.push(finding.help("index the columns that narrow most"));
    }
}
