//! `repeated-table-work`: one table is read or written anew several times.
//!
//! ```text
//! migrations.AlterField("order", "total", models.BigIntegerField()),
//! migrations.AlterField("order", "weight", models.BigIntegerField()),
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Action, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{Statement, TableName};
use crate::sql::effects::Duration;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "repeated-table-work",
    summary: "one table is read or written anew several times",
    page: include_str!("../../../../docs/rules/repeated-table-work.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let mut worked: Vec<(&Action<'_>, &TableName)> = Vec::new();
    let mut told: Vec<&TableName> = Vec::new();
    for (action, statement, effects) in execution.statements() {
        let Some(table) = altered(statement, execution) else {
            continue;
        };
        if effects.duration_on(table) < Duration::Scan || !execution.is_felt(table) {
            continue;
        }
        let earlier = worked.iter().find(|(_, known)| *known == table);
        if let Some((earlier, _)) = earlier
            && !told.contains(&table)
        {
            told.push(table);
            out.push(finding(execution, earlier, action, table));
        }
        worked.push((action, table));
    }
}

/// The table of a statement that others on the same table can be one statement with.
fn altered<'s>(statement: &'s Statement, execution: &Execution<'_>) -> Option<&'s TableName> {
    match statement {
        Statement::AddColumn { table, .. }
        | Statement::AlterColumn { table, .. }
        | Statement::AddConstraint { table, .. } => Some(table),
        // MySQL makes indexes in `ALTER TABLE` as well.
        Statement::CreateIndex(index) if execution.server.features.restates_columns => {
            Some(&index.table)
        }
        _ => None,
    }
}

fn finding(
    execution: &Execution<'_>,
    earlier: &Action<'_>,
    action: &Action<'_>,
    table: &TableName,
) -> Diagnostic {
    let table = table.as_str();
    let message = format!("`{table}` is gone through a second time");
    let finding = RULE
        .on_action(execution, action, message)
        .label(earlier.place, "the first time is here")
        .note("each of the two `ALTER TABLE` goes through all rows; one with both actions does so once");
    let advice = Advice::new(
        "write one `ALTER TABLE` with all actions in a `RunSQL`, with these operations as its \
         `state_operations`",
        "write one `ALTER TABLE` with all actions in `sql { up ... state { ... } }`",
    );
    advise(finding, execution.migration, advice)
}
