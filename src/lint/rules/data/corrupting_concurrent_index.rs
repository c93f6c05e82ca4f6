//! `corrupting-concurrent-index`: a concurrent build on a server that may spoil the index.
//!
//! ```text
//! server-version = "14.2"
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "corrupting-concurrent-index",
    summary: "a concurrent build on a server that may spoil the index",
    page: include_str!("../../../../docs/rules/corrupting-concurrent-index.md"),
    category: Category::Data,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let server = &execution.server;
    let version = server.version;
    // Source: the release notes of PostgreSQL 14.4.
    let is_affected = server.features.has_extensions && version.major == 14 && version.minor < 4;
    if !is_affected {
        return;
    }
    for (action, statement, _) in execution.statements() {
        let table = match statement {
            Statement::CreateIndex(index) if index.concurrently => Some(index.table.as_str()),
            Statement::ByHand(by_hand) => match &**by_hand {
                ByHand::Reindex {
                    concurrently: true, ..
                } => None,
                _ => continue,
            },
            _ => continue,
        };
        let of = table.map_or_else(String::new, |table| format!(" on `{table}`"));
        let message = format!(
            "PostgreSQL 14.{} may spoil an index{of} that it builds concurrently",
            version.minor
        );
        let finding = RULE
            .on_action(execution, action, message)
            .note("rows that are updated while it is built may be missing in it; 14.4 mends that");
        let advice = Advice::alike("update the server first, or build the index under a lock");
        out.push(advise(finding, execution.migration, advice));
    }
}
