//! `short-integer-key`: a primary key that runs out of numbers.
//!
//! ```text
//! ("id", models.AutoField(primary_key=True))
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{
    Column, ColumnKey, ColumnName, Constraint, ConstraintKind, Statement, TableName,
};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "short-integer-key",
    summary: "a primary key that runs out of numbers",
    page: include_str!("../../../../docs/rules/short-integer-key.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, _) in execution.statements() {
        let Statement::CreateTable(create) = statement else {
            continue;
        };
        let primary: Vec<&ColumnName> = create
            .constraints
            .iter()
            .filter_map(|it| match &it.kind {
                ConstraintKind::PrimaryKey { columns } => {
                    columns.first().filter(|_| columns.len() == 1)
                }
                _ => None,
            })
            .collect();
        let key = create
            .columns
            .iter()
            .find(|column| column.key == ColumnKey::Primary || primary.contains(&&column.name));
        // A key that another table counts is as long as that one's.
        let is_counted = |column: &&Column| {
            column.references.is_none() && !refers(execution, &create.table, &column.name)
        };
        let Some(key) = key.filter(is_counted) else {
            continue;
        };
        let lower = key.db_type.to_ascii_lowercase();
        let most = match lower.split(['(', ' ']).next().unwrap_or_default() {
            "integer" | "int" | "serial" if !execution.server.features.is_embedded => "2147483647",
            "smallint" | "smallserial" => "32767",
            _ => continue,
        };
        let (table, name) = (create.table.as_str(), key.name.as_str());
        let message = format!("key `{name}` of `{table}` ends at {most}");
        let finding = RULE
            .on_action(execution, action, message)
            .note("to widen it later writes the table anew, and all that refer to it");
        let advice = Advice::new(
            "use `BigAutoField`, or `DEFAULT_AUTO_FIELD` in the settings",
            "use `bigauto`",
        );
        out.push(advise(finding, execution.migration, advice));
    }
}

/// Whether a foreign key is made of a column, in the table or after it.
fn refers(execution: &Execution<'_>, table: &TableName, key: &ColumnName) -> bool {
    let is_key = |constraint: &Constraint| matches!(&constraint.kind, ConstraintKind::ForeignKey { column, .. } if column == key);
    let mut statements = execution.statements();
    statements.any(|(_, statement, _)| match statement {
        Statement::CreateTable(create) if create.table == *table => {
            create.constraints.iter().any(is_key)
        }
        Statement::AddConstraint {
            table: of,
            constraint,
            ..
        } => of == table && is_key(constraint),
        _ => false,
    })
}
