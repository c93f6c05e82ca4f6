//! `null-becomes-zero`: null becomes zero or an empty text without a word.
//!
//! ```text
//! migrations.AlterField("order", "weight", models.IntegerField())    # sql_mode = ""
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::Dialect;
use crate::sql::ddl::{ColumnChange, ColumnName, Statement, TableName};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "null-becomes-zero",
    summary: "null becomes zero or an empty text without a word",
    page: include_str!("../../../../docs/rules/null-becomes-zero.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(ctx: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    if !execution.server.features.limits.converts_nulls || is_strict(ctx, execution) {
        return;
    }
    let mut filled: Vec<(&TableName, &ColumnName)> = Vec::new();
    for (action, statement, _) in execution.statements() {
        if let Statement::FillNulls { table, column, .. } = statement {
            filled.push((table, column));
        }
        let Statement::AlterColumn {
            table,
            column,
            changes,
        } = statement
        else {
            continue;
        };
        let was_null = execution
            .catalog
            .column_facts(table, column)
            .is_some_and(|facts| facts.is_null);
        let is_tightened = changes.iter().any(|change| match change {
            ColumnChange::SetNotNull(_) => true,
            ColumnChange::Type { kept, .. } => kept.is_null == Some(false),
            _ => false,
        });
        if !was_null || !is_tightened || filled.contains(&(table, column)) {
            continue;
        }
        let (name, of) = (column.as_str(), table.as_str());
        let title = execution.server.dialect.title;
        let message = format!("null in `{name}` of `{of}` becomes zero or an empty text");
        let finding = RULE.on_action(execution, action, message).note(format!(
            "without a strict `sql_mode`, {title} converts it and says nothing but a warning"
        ));
        let advice = Advice::alike(
            "fill the rows before, or add `STRICT_TRANS_TABLES` to `sql_mode` in `DATABASES`",
        );
        out.push(advise(finding, execution.migration, advice));
    }
}

/// Whether all databases of the kind refuse what does not fit, as they do where nobody
/// says otherwise.
fn is_strict(ctx: &Context<'_>, execution: &Execution<'_>) -> bool {
    let databases = ctx.project.settings.databases.iter();
    let own = databases.filter(|database| {
        Dialect::by_engine(&database.engine)
            .is_some_and(|it| it.vendor == execution.server.dialect.vendor)
    });
    own.filter_map(|database| database.sql_mode.as_deref())
        .all(|modes| {
            modes.split(',').any(|mode| {
                ["STRICT_TRANS_TABLES", "STRICT_ALL_TABLES", "TRADITIONAL"]
                    .iter()
                    .any(|it| mode.trim().eq_ignore_ascii_case(it))
            })
        })
}
