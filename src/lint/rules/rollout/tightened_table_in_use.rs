//! `tightened-table-in-use`: rows have to keep to something that code that runs does not know.
//!
//! ```text
//! migrations.AddConstraint("order", models.UniqueConstraint(fields=["number"], name="once"))
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ColumnName, ConstraintKind, Indexed, Name, Statement, TableName};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "tightened-table-in-use",
    summary: "rows have to keep to something that code that runs does not know",
    page: include_str!("../../../../docs/rules/tightened-table-in-use.md"),
    category: Category::Rollout,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let mut new: Vec<(&TableName, &ColumnName)> = Vec::new();
    let mut dropped: Vec<&TableName> = Vec::new();
    for (action, statement, _) in execution.statements() {
        match statement {
            Statement::AddColumn { table, column } => new.push((table, &column.name)),
            // What takes the place of another one is known.
            Statement::DropConstraint { table, .. } => dropped.push(table),
            _ => {}
        }
        let Some((table, columns, what)) = tightened(statement) else {
            continue;
        };
        let is_known = columns.is_empty()
            || columns
                .iter()
                .any(|column| !new.contains(&(table, *column)));
        if !execution.is_old(table) || !is_known || dropped.contains(&table) {
            continue;
        }
        let of = table.as_str();
        let message = format!("{what} of `{of}` holds for code that does not know it");
        let finding = RULE.on_action(execution, action, message).note(
            "code of before may write rows that it refuses, and rows that are there may make the \
             migration fail",
        );
        let advice = Advice::alike(
            "release code that keeps to it first, mend the rows, and add it in the next release",
        );
        out.push(advise(finding, execution.migration, advice));
    }
}

/// The table that a statement asks more of, with the columns that are known to be meant.
fn tightened(statement: &Statement) -> Option<(&TableName, Vec<&ColumnName>, String)> {
    match statement {
        Statement::AddConstraint {
            table, constraint, ..
        } => {
            let (kind, columns): (_, Vec<&ColumnName>) = match &constraint.kind {
                ConstraintKind::Unique { columns, .. } => {
                    ("unique constraint", columns.iter().collect())
                }
                ConstraintKind::Check(check) => ("check", check.columns.iter().collect()),
                ConstraintKind::Exclusion { expressions, .. } => {
                    ("exclusion constraint", expressions.columns.iter().collect())
                }
                ConstraintKind::PrimaryKey { .. } | ConstraintKind::ForeignKey { .. } => {
                    return None;
                }
            };
            let what = match &constraint.name {
                Some(Name::Given(name)) => format!("{kind} `{name}`"),
                Some(Name::Generated(_)) | None => format!("a {kind}"),
            };
            Some((table, columns, what))
        }
        Statement::CreateIndex(index) if index.is_unique => {
            let columns = match &index.indexed {
                Indexed::Columns(columns) => columns.iter().map(|it| &it.name).collect(),
                Indexed::Expressions(fragment) => fragment.columns.iter().collect(),
            };
            let what = match &index.name {
                Name::Given(name) => format!("unique index `{name}`"),
                Name::Generated(_) => "a unique index".to_owned(),
            };
            Some((&index.table, columns, what))
        }
        _ => None,
    }
}
