//! `refused-statement`: a statement that the database refuses.
//!
//! ```text
//! models.CheckConstraint(condition=models.Q(id__gt=0), name="positive")    # MariaDB
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::execution::{Action, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::catalog::EntryKind;
use crate::sql::ddl::{
    ByHand, ColumnKey, ColumnName, Constraint, ConstraintKind, Fragment, Statement,
};
use crate::sql::effects::{Effects, Failure};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "refused-statement",
    summary: "a statement that the database refuses",
    page: include_str!("../../../../docs/rules/refused-statement.md"),
    category: Category::Portability,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let mut dropped: Vec<&str> = Vec::new();
    for (action, statement, effects) in execution.statements() {
        if let Statement::DropConstraint { name, .. } | Statement::DropIndex { name, .. } =
            statement
        {
            dropped.push(name);
        }
        let refusal = in_check(execution, statement)
            .or_else(|| literal_default(execution, action, statement))
            .or_else(|| null_default(execution, statement))
            .or_else(|| under_view(execution, effects))
            .or_else(|| not_of_sqlite(execution, action, statement, effects))
            .or_else(|| assigned_twice(execution, statement))
            .or_else(|| held_column(execution, statement, &dropped));
        let Some((what, why)) = refusal else {
            continue;
        };
        let title = execution.server.dialect.title;
        let message = format!("{title} refuses {what}");
        let finding = RULE.on_action(execution, action, message).note(why);
        out.push(finding.note("`migrate` stops here"));
    }
}

/// What is refused, and why.
type Refusal = Option<(String, String)>;

/// Sources: MySQL 8.4, "CHECK Constraints"; MariaDB 10.11, error 1901.
fn in_check(execution: &Execution<'_>, statement: &Statement) -> Refusal {
    if !execution.server.features.limits.checks_forbid_counters {
        return None;
    }
    let counts = |db_type: &str, suffix: Option<&str>| {
        let has = |text: &str| text.to_ascii_uppercase().contains("AUTO_INCREMENT");
        has(db_type) || suffix.is_some_and(has)
    };
    let names = |check: &Fragment, column: &ColumnName| {
        let mut words = check
            .sql
            .split(|it: char| !it.is_alphanumeric() && it != '_');
        words.any(|word| word.eq_ignore_ascii_case(column.as_str()))
    };
    let (checks, counting): (Vec<&Fragment>, Vec<&ColumnName>) = match statement {
        Statement::CreateTable(create) => (
            create.constraints.iter().filter_map(check_of).collect(),
            create
                .columns
                .iter()
                .filter(|column| counts(&column.db_type, column.suffix))
                .map(|column| &column.name)
                .collect(),
        ),
        Statement::AddConstraint {
            table, constraint, ..
        } => (
            check_of(constraint).into_iter().collect(),
            execution
                .catalog
                .columns(table)
                .filter(|(_, facts)| counts(&facts.db_type, None))
                .map(|(name, _)| name)
                .collect(),
        ),
        _ => return None,
    };
    let mut named = counting
        .into_iter()
        .filter(|column| checks.iter().any(|check| names(check, column)));
    let column = named.next()?.as_str();
    Some((
        format!("a check that names `{column}`"),
        format!(
            "`{column}` counts by itself (`AUTO_INCREMENT`), and a check may not name such a column"
        ),
    ))
}

const fn check_of(constraint: &Constraint) -> Option<&Fragment> {
    match &constraint.kind {
        ConstraintKind::Check(check) => Some(check),
        _ => None,
    }
}

/// Source: MySQL 8.4, "Data Type Default Values".
fn literal_default(
    execution: &Execution<'_>,
    action: &Action<'_>,
    statement: &Statement,
) -> Refusal {
    if !execution.server.features.limits.refuses_literal_defaults || action.written.is_none() {
        return None;
    }
    let columns = match statement {
        Statement::CreateTable(create) => create.columns.as_slice(),
        Statement::AddColumn { column, .. } => std::slice::from_ref(&**column),
        _ => return None,
    };
    let has_none = |db_type: &str| {
        db_type.ends_with("text")
            || db_type.ends_with("blob")
            || ["json", "geometry"].contains(&db_type)
    };
    let column = columns.iter().find(|column| {
        has_none(&column.db_type)
            && column.default.as_deref().is_some_and(|default| {
                !default.starts_with('(') && !default.eq_ignore_ascii_case("null")
            })
    })?;
    let (name, db_type) = (column.name.as_str(), &column.db_type);
    Some((
        format!("a literal as the default of `{name}`"),
        format!("a column of type `{db_type}` takes an expression in parentheses only"),
    ))
}

/// MySQL and MariaDB, error 1067.
fn null_default(execution: &Execution<'_>, statement: &Statement) -> Refusal {
    if !execution.server.features.limits.refuses_null_defaults {
        return None;
    }
    let columns = match statement {
        Statement::CreateTable(create) => create.columns.as_slice(),
        Statement::AddColumn { column, .. } => std::slice::from_ref(&**column),
        _ => return None,
    };
    let column = columns
        .iter()
        .find(|it| !it.is_null && it.default.is_some() && !it.has_value())?;
    let name = column.name.as_str();
    Some((
        format!("`DEFAULT NULL` of `{name}`"),
        format!("`{name}` is `NOT NULL`: give it another `db_default`, or none"),
    ))
}

fn under_view(execution: &Execution<'_>, effects: &Effects) -> Refusal {
    let (table, column) = effects.failures.iter().find_map(|failure| match failure {
        Failure::View(table, column) => Some((table, column)),
        _ => None,
    })?;
    let views = execution.catalog.views_of(table, Some(column));
    let view = views.first()?.as_str();
    Some((
        format!(
            "another type for `{}` of `{}`",
            column.as_str(),
            table.as_str()
        ),
        format!("view `{view}` reads it: drop the view before, and make it anew after it"),
    ))
}

/// Source: SQLite, "ALTER TABLE".
fn not_of_sqlite(
    execution: &Execution<'_>,
    action: &Action<'_>,
    statement: &Statement,
    effects: &Effects,
) -> Refusal {
    // In a project that names no database, the text is for another one.
    if !execution.server.features.is_embedded || action.written.is_none() || execution.is_assumed {
        return None;
    }
    if let Statement::AddColumn { column, .. } = statement
        && column.key != ColumnKey::None
    {
        return Some((
            format!("a new column `{}` that is unique", column.name.as_str()),
            "`ADD COLUMN` takes neither `UNIQUE` nor `PRIMARY KEY`: make a unique index after it"
                .to_owned(),
        ));
    }
    let has_form = !matches!(
        statement,
        Statement::AlterColumn { .. }
            | Statement::AddConstraint { .. }
            | Statement::DropConstraint { .. }
            | Statement::CreateExtension { .. }
            | Statement::RenameIndex { .. }
    );
    (!has_form && effects.why_not_analysed().is_some()).then(|| {
        (
            "this statement".to_owned(),
            "it has no such statement: write the operation, for which Django makes the table anew"
                .to_owned(),
        )
    })
}

/// PostgreSQL: "multiple assignments to same column".
fn assigned_twice(execution: &Execution<'_>, statement: &Statement) -> Refusal {
    let Statement::ByHand(by_hand) = statement else {
        return None;
    };
    let ByHand::Update { table, columns, .. } = &**by_hand else {
        return None;
    };
    if !execution.server.features.limits.assigns_once {
        return None;
    }
    let mut later = columns.iter().enumerate();
    let (_, twice) = later.find(|(at, column)| columns.iter().take(*at).any(|it| it == *column))?;
    Some((
        format!(
            "two values for `{}` of `{}`",
            twice.as_str(),
            table.as_str()
        ),
        "an `UPDATE` assigns to a column once".to_owned(),
    ))
}

/// MariaDB 10.11, errors 1072 and 1054.
fn held_column(execution: &Execution<'_>, statement: &Statement, dropped: &[&str]) -> Refusal {
    let Statement::DropColumn { table, column } = statement else {
        return None;
    };
    if !execution.server.features.limits.constraints_hold_columns || !execution.is_old(table) {
        return None;
    }
    let holder = execution.catalog.entries(table).iter().find(|entry| {
        let columns = match entry.kind {
            EntryKind::Unique
            | EntryKind::Index {
                is_unique: true, ..
            } => &entry.columns,
            EntryKind::Check => &entry.detail.uses,
            _ => return false,
        };
        columns.len() > 1 && columns.contains(column) && !dropped.contains(&entry.name.as_str())
    })?;
    Some((
        format!("to drop `{}` of `{}`", column.as_str(), table.as_str()),
        format!(
            "constraint `{}` is on it and on others: drop that before",
            holder.name
        ),
    ))
}
