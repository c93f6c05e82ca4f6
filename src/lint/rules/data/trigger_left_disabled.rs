//! `trigger-left-disabled`: triggers are turned off and not on again.
//!
//! ```text
//! ALTER TABLE shop_order DISABLE TRIGGER ALL
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Action, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement, TableAction, TableName};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "trigger-left-disabled",
    summary: "triggers are turned off and not on again",
    page: include_str!("../../../../docs/rules/trigger-left-disabled.md"),
    category: Category::Data,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let mut disabled: Vec<(&Action<'_>, &TableName)> = Vec::new();
    for (action, statement, _) in execution.statements() {
        match statement {
            Statement::ByHand(by_hand) => match &**by_hand {
                ByHand::AlterTable {
                    table,
                    action: TableAction::DisableTrigger,
                } => disabled.push((action, table)),
                ByHand::AlterTable {
                    table,
                    action: TableAction::EnableTrigger,
                } => disabled.retain(|(_, known)| *known != table),
                _ => {}
            },
            Statement::DropTable { table } => disabled.retain(|(_, known)| *known != table),
            _ => {}
        }
    }
    for (action, table) in disabled {
        let table = table.as_str();
        let message = format!("triggers of `{table}` are turned off and stay off");
        let finding = RULE.on_action(execution, action, message).note(
            "foreign keys are triggers to PostgreSQL: with `ALL`, nothing checks them from here on",
        );
        let advice = Advice::alike(format!(
            "end the migration with `ALTER TABLE {table} ENABLE TRIGGER ...`"
        ));
        out.push(advise(finding, execution.migration, advice));
    }
}
