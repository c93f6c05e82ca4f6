//! `unqualified-table`: handwritten SQL names a table without its schema.
//!
//! ```text
//! CREATE TABLE report (day date PRIMARY KEY)
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::Statement;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unqualified-table",
    summary: "handwritten SQL names a table without its schema",
    page: include_str!("../../../../docs/rules/unqualified-table.md"),
    category: Category::Data,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    if !execution.server.features.limits.has_search_path {
        return;
    }
    for (action, statement, _) in execution.statements() {
        if action.written.is_none() {
            continue;
        }
        let table = match statement {
            Statement::CreateTable(create) => &create.table,
            Statement::DropTable { table }
            | Statement::AddColumn { table, .. }
            | Statement::DropColumn { table, .. }
            | Statement::AlterColumn { table, .. }
            | Statement::AddConstraint { table, .. } => table,
            Statement::CreateIndex(index) => &index.table,
            _ => continue,
        };
        let table = table.as_str();
        // A table of `public` goes by its bare name in the catalog.
        let names_public = action.texts().iter().any(|text| {
            let text = text.to_ascii_lowercase().replace('"', "");
            text.contains(&format!("public.{}", table.to_ascii_lowercase()))
        });
        if table.contains("\".\"") || names_public {
            continue;
        }
        let message = format!("`{table}` is looked for in whatever `search_path` says");
        let finding = RULE
            .on_action(execution, action, message)
            .note("another user, or another setting, finds another table of the name");
        out.push(finding.help(format!("name its schema, as in `public.{table}`")));
    }
}
