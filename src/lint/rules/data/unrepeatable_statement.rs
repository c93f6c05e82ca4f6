//! `unrepeatable-statement`: a statement outside of a transaction that cannot be run again.
//!
//! ```text
//! atomic = False
//! operations = [migrations.RunSQL("CREATE TABLE report (id int)"), ...]
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::Server;
use crate::sql::ddl::Statement;
use crate::sql::handwritten::Existence;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unrepeatable-statement",
    summary: "a statement outside of a transaction that cannot be run again",
    page: include_str!("../../../../docs/rules/unrepeatable-statement.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    if execution.is_atomic()
        || execution.actions.len() < 2 && execution.server.features.can_rollback_ddl
    {
        return;
    }
    for (action, statement, _) in execution.statements() {
        if action.written != Some(Existence::Fails) {
            continue;
        }
        let Some((what, words)) = form(statement, &execution.server) else {
            continue;
        };
        let message = format!("{what} fails if the migration has to be run again");
        let finding = RULE
            .on_action(execution, action, message)
            .note("nothing undoes it if a later statement fails, and the next run begins with it");
        let advice = Advice::alike(format!("write `{words}`"));
        out.push(advise(finding, execution.migration, advice));
    }
}

/// The form of a statement that can be run again, where the server has one.
fn form(statement: &Statement, server: &Server) -> Option<(String, &'static str)> {
    // MySQL has it for tables and views only, MariaDB for all.
    let has_all = server.features.limits.has_conditional_forms;
    let has_columns = has_all && !server.features.is_embedded;
    let (what, words, is_there) = match statement {
        Statement::CreateTable(create) => (
            format!("`CREATE TABLE` of `{}`", create.table.as_str()),
            "CREATE TABLE IF NOT EXISTS",
            true,
        ),
        Statement::DropTable { table } => (
            format!("`DROP TABLE` of `{}`", table.as_str()),
            "DROP TABLE IF EXISTS",
            true,
        ),
        Statement::AddColumn { table, column } => (
            format!(
                "`ADD COLUMN` of `{}.{}`",
                table.as_str(),
                column.name.as_str()
            ),
            "ADD COLUMN IF NOT EXISTS",
            has_columns,
        ),
        Statement::DropColumn { table, column } => (
            format!("`DROP COLUMN` of `{}.{}`", table.as_str(), column.as_str()),
            "DROP COLUMN IF EXISTS",
            has_columns,
        ),
        // An index that failed is there, and invalid: `IF NOT EXISTS` would keep it.
        Statement::CreateIndex(index) if index.concurrently => return None,
        Statement::CreateIndex(index) => (
            format!("`CREATE INDEX` on `{}`", index.table.as_str()),
            "CREATE INDEX IF NOT EXISTS",
            has_all,
        ),
        Statement::DropIndex { name, .. } => (
            format!("`DROP INDEX` of `{name}`"),
            "DROP INDEX IF EXISTS",
            has_all,
        ),
        Statement::DropConstraint { name, .. } => (
            format!("`DROP CONSTRAINT` of `{name}`"),
            "DROP CONSTRAINT IF EXISTS",
            has_columns,
        ),
        Statement::CreateExtension { name } => (
            format!("`CREATE EXTENSION` of `{name}`"),
            "CREATE EXTENSION IF NOT EXISTS",
            true,
        ),
        _ => return None,
    };
    is_there.then_some((what, words))
}
