//! `enum-value-used-at-once`: a new value of an enum is used in the transaction that adds it.
//!
//! ```text
//! ALTER TYPE state ADD VALUE 'paid';
//! UPDATE shop_order SET state = 'paid';
//! ```

use smol_str::SmolStr;

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Action, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, ColumnChange, Statement};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "enum-value-used-at-once",
    summary: "a new value of an enum is used in the transaction that adds it",
    page: include_str!("../../../../docs/rules/enum-value-used-at-once.md"),
    category: Category::Data,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let version = execution.server.version;
    let mut made: Vec<&SmolStr> = Vec::new();
    let mut added: Vec<(&SmolStr, &Action<'_>)> = Vec::new();
    for action in &execution.actions {
        added.retain(|(_, earlier)| {
            earlier.transaction.is_some() && earlier.transaction == action.transaction
        });
        let used = added
            .iter()
            .find(|(value, earlier)| uses(action, value, earlier));
        if let Some((value, earlier)) = used {
            out.push(finding(execution, action, value, earlier));
            return;
        }
        let Some((Statement::ByHand(by_hand), _)) = action.statement() else {
            continue;
        };
        match &**by_hand {
            ByHand::CreateEnum { name } => made.push(name),
            // From 17 on, values of a type of the same transaction are good at once.
            ByHand::AddEnumValue { name, value, .. }
                if version.major < 17 || !made.contains(&name) =>
            {
                added.push((value, action));
            }
            _ => {}
        }
    }
}

/// Whether a statement has the value as a text. Those of one `RunSQL` are told apart by
/// how often their text has it.
fn uses(action: &Action<'_>, value: &str, earlier: &Action<'_>) -> bool {
    let quoted = format!("'{value}'");
    match action.statement() {
        Some((Statement::AlterColumn { changes, .. }, _)) => changes.iter().any(|change| {
            matches!(change, ColumnChange::SetDefault(default) if default.contains(&quoted))
        }),
        Some((Statement::AddColumn { column, .. }, _)) => {
            let default = column.default.as_ref();
            default.is_some_and(|default| default.contains(&quoted))
        }
        Some((Statement::ByHand(by_hand), _)) => {
            let writes = matches!(
                **by_hand,
                ByHand::Insert { .. } | ByHand::Update { .. } | ByHand::Delete { .. }
            );
            let is_same = std::ptr::eq(action.operation, earlier.operation);
            let least = if is_same { 2 } else { 1 };
            let text = action.sql();
            writes && text.is_some_and(|text| text.matches(&quoted).count() >= least)
        }
        _ => false,
    }
}

fn finding(
    execution: &Execution<'_>,
    action: &Action<'_>,
    value: &str,
    earlier: &Action<'_>,
) -> Diagnostic {
    let message = format!("`{value}` is used in the transaction that adds it");
    let finding = RULE
        .on_action(execution, action, message)
        .label(earlier.place, "the value is added here")
        .note(
            "PostgreSQL refuses it: new values of an enum must be committed before they are used",
        );
    let advice = Advice::alike("add the value in a migration of its own, before this one");
    advise(finding, execution.migration, advice)
}
