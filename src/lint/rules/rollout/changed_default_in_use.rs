//! `changed-default-in-use`: the default of a column changes under code that relies on it.
//!
//! ```text
//! migrations.AlterField("order", "state", models.CharField(max_length=9))    # it had a db_default
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ColumnChange, Statement};

use super::{field_of, made_here, model_of};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "changed-default-in-use",
    summary: "the default of a column changes under code that relies on it",
    page: include_str!("../../../../docs/rules/changed-default-in-use.md"),
    category: Category::Rollout,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let changes: Vec<_> = execution
        .statements()
        .filter_map(|(action, statement, _)| {
            let Statement::AlterColumn {
                table,
                column,
                changes,
            } = statement
            else {
                return None;
            };
            let change = changes.iter().rev().find_map(|change| match change {
                ColumnChange::SetDefault(_) => Some(Change::New),
                ColumnChange::DropDefault { .. } => Some(Change::Gone),
                // MySQL states the default with the type.
                ColumnChange::Type { kept, .. } if execution.server.features.restates_columns => {
                    Some(match kept.default {
                        Some(_) => Change::Kept,
                        None => Change::Gone,
                    })
                }
                _ => None,
            })?;
            Some((action, table, column, change))
        })
        .collect();
    for (at, (action, table, column, change)) in changes.iter().enumerate() {
        let is_last = changes
            .iter()
            .skip(at + 1)
            .all(|(_, other, of, _)| (other, of) != (table, column));
        if !is_last || !execution.is_old_column(table, column) {
            continue;
        }
        let Some(model) = model_of(execution, action, table) else {
            continue;
        };
        let Some(field) = field_of(&model, column) else {
            continue;
        };
        if field.field.db_default.is_none() {
            continue;
        }
        let (name, of) = (column.as_str(), table.as_str());
        let is_null = field.field.flag("null", false);
        let finding = match change {
            Change::Kept => continue,
            Change::New => RULE
                .on_action(
                    execution,
                    action,
                    format!("the default of `{name}` of `{of}` changes while code that runs relies on it"),
                )
                .note("code of before leaves the column to the database, and gets the new value"),
            Change::Gone if is_null == Some(false) => {
                let message = format!(
                    "`{name}` of `{of}` has no default any more, and code that runs gives no value"
                );
                let mut finding = RULE.on_action(execution, action, message);
                finding.level = Level::Warning;
                finding.note(
                    "code of before writes `DEFAULT` for a field with `db_default`: that is null \
                     from here on, which the column refuses",
                )
            }
            Change::Gone => continue,
        };
        let finding = made_here(finding, field.origin, "the field is from here");
        let advice = Advice::alike(
            "let the code that runs give a value itself first, and change the default in a later \
             release",
        );
        out.push(advise(finding, execution.migration, advice));
    }
}

/// What becomes of a default.
#[derive(Clone, Copy)]
enum Change {
    New,
    Gone,
    Kept,
}
