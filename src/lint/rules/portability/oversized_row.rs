//! `oversized-row`: a row is longer than the database takes.
//!
//! ```text
//! models.CharField(max_length=10000), models.CharField(max_length=10000)    # MySQL
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::Statement;

use super::sizes::Sizes;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "oversized-row",
    summary: "a row is longer than the database takes",
    page: include_str!("../../../../docs/rules/oversized-row.md"),
    category: Category::Portability,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    // Source: MySQL 8.4, "Limits on Table Column Count and Row Size"; MariaDB 10.11, error
    // 1118.
    let Some(most) = execution.server.features.limits.row_bytes else {
        return;
    };
    let mut sizes = Sizes::of(&execution.catalog);
    for (action, statement, _) in execution.statements() {
        sizes.note(statement);
        let table = match statement {
            Statement::CreateTable(create) => &create.table,
            Statement::AddColumn { table, .. } | Statement::AlterColumn { table, .. } => table,
            _ => continue,
        };
        let bytes = sizes.row_bytes(table);
        if bytes <= most {
            continue;
        }
        let title = execution.server.dialect.title;
        let message = format!(
            "a row of `{}` takes {bytes} bytes, and {title} takes {most}",
            table.as_str()
        );
        let finding = RULE.on_action(execution, action, message).note(
            "every column counts with what it may hold, but for texts without a length; a \
             character takes four bytes in `utf8mb4`, the usual character set",
        );
        let advice =
            Advice::alike("make long columns `TextField`, or give them a shorter `max_length`");
        out.push(advise(finding, execution.migration, advice));
    }
}
