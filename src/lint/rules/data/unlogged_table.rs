//! `unlogged-table`: a table whose rows are gone after a crash.
//!
//! ```text
//! ALTER TABLE shop_order SET UNLOGGED
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement, TableAction, TableName};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unlogged-table",
    summary: "a table whose rows are gone after a crash",
    page: include_str!("../../../../docs/rules/unlogged-table.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, _) in execution.statements() {
        let table = match statement {
            Statement::CreateTable(create) if create.is_unlogged => &create.table,
            Statement::ByHand(by_hand) => match &**by_hand {
                ByHand::AlterTable {
                    table,
                    action: TableAction::SetUnlogged,
                } => table,
                _ => continue,
            },
            _ => continue,
        };
        if !stays_unlogged(execution, table) {
            continue;
        }
        let name = table.as_str();
        let title = execution.server.dialect.title;
        let message = format!("rows of `{name}` are gone after a crash");
        let finding = RULE
            .on_action(execution, action, message)
            .here(format!("`{name}` is unlogged from here on"))
            .note(format!(
                "{title} empties an unlogged table when it starts after a crash, and no replica \
                 has its rows"
            ));
        let advice = Advice::alike(format!(
            "leave `UNLOGGED` out, or end with `ALTER TABLE {name} SET LOGGED` if it is for the \
             time of loading"
        ));
        out.push(advise(finding, execution.migration, advice));
    }
}

/// Whether the migration ends with the table, and with one that is unlogged.
fn stays_unlogged(execution: &Execution<'_>, table: &TableName) -> bool {
    let mut name = table;
    let mut is_unlogged = false;
    for (_, statement, _) in execution.statements() {
        match statement {
            Statement::CreateTable(create) if create.table == *name => {
                is_unlogged = create.is_unlogged;
            }
            Statement::RenameTable { from, to } if from == name => name = to,
            Statement::DropTable { table: dropped } if dropped == name => is_unlogged = false,
            Statement::ByHand(by_hand) => match &**by_hand {
                ByHand::AlterTable {
                    table: of,
                    action: TableAction::SetUnlogged,
                } if of == name => is_unlogged = true,
                ByHand::AlterTable {
                    table: of,
                    action: TableAction::SetLogged,
                } if of == name => is_unlogged = false,
                _ => {}
            },
            _ => {}
        }
    }
    is_unlogged
}
