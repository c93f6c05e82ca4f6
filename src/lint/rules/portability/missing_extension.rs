//! `missing-extension`: what only an extension has is used, and no migration makes the extension.
//!
//! ```text
//! HStoreField()    # no HStoreExtension() before
//! ```

use smol_str::SmolStr;

use crate::diag::{Diagnostic, Level};
use crate::ir::body::Act;
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{
    Column, ColumnChange, ColumnName, Constraint, ConstraintKind, CreateTable, Indexed, Statement,
    TableName,
};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "missing-extension",
    summary: "what only an extension has is used, and no migration makes the extension",
    page: include_str!("../../../../docs/rules/missing-extension.md"),
    category: Category::Portability,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(ctx: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    // An app that was not found may make it.
    if !execution.server.features.has_extensions || ctx.graph.lacks_app() {
        return;
    }
    let mut made: Vec<&SmolStr> = Vec::new();
    for (action, statement, _) in execution.statements() {
        if let Statement::CreateExtension { name } = statement {
            made.push(name);
        }
        let Some((extension, what)) = needed(execution, statement) else {
            continue;
        };
        let is_there = execution.catalog.has_extension(extension)
            || made.iter().any(|it| *it == extension)
            || is_made_by_code(ctx, extension);
        if is_there {
            continue;
        }
        let message =
            format!("{what} needs extension `{extension}`, which no migration before makes");
        let finding = RULE
            .on_action(execution, action, message)
            .note("a new database, such as that of tests, has it only if its template does");
        let advice = Advice::new(
            format!(
                "write `CreateExtension(\"{extension}\")` of `django.contrib.postgres.operations` before it"
            ),
            format!("write `extension \"{extension}\"` before it"),
        );
        out.push(advise(finding, execution.migration, advice));
        return;
    }
}

/// The extension that a statement cannot do without, and for what.
fn needed(execution: &Execution<'_>, statement: &Statement) -> Option<(&'static str, String)> {
    let of_type = |column: &Column| {
        let name = column.name.as_str();
        extension_of(&column.db_type).map(|it| (it, format!("column `{name}`")))
    };
    match statement {
        Statement::CreateTable(create) => create.columns.iter().find_map(of_type).or_else(|| {
            create
                .constraints
                .iter()
                .find_map(|it| excludes(execution, Some(create), &create.table, it))
        }),
        Statement::AddColumn { column, .. } => of_type(column),
        Statement::AlterColumn {
            column, changes, ..
        } => changes.iter().find_map(|change| match change {
            ColumnChange::Type { db_type, .. } => {
                extension_of(db_type).map(|it| (it, format!("column `{}`", column.as_str())))
            }
            _ => None,
        }),
        Statement::AddConstraint {
            table, constraint, ..
        } => excludes(execution, None, table, constraint),
        Statement::CreateIndex(index) => {
            let has_trigrams = match &index.indexed {
                Indexed::Columns(columns) => columns.iter().any(|column| {
                    column
                        .opclass
                        .as_deref()
                        .is_some_and(|it| it.ends_with("_trgm_ops"))
                }),
                Indexed::Expressions(fragment) => fragment.sql.contains("_trgm_ops"),
            };
            let of = format!("an index of `{}`", index.table.as_str());
            has_trigrams.then_some(("pg_trgm", of))
        }
        _ => None,
    }
}

fn extension_of(db_type: &str) -> Option<&'static str> {
    match db_type.trim_end_matches("[]") {
        "hstore" => Some("hstore"),
        "citext" => Some("citext"),
        _ => None,
    }
}

/// An exclusion constraint that compares a plain column for equality needs `btree_gist`.
fn excludes(
    execution: &Execution<'_>,
    made: Option<&CreateTable>,
    table: &TableName,
    constraint: &Constraint,
) -> Option<(&'static str, String)> {
    let ConstraintKind::Exclusion {
        method,
        expressions,
        ..
    } = &constraint.kind
    else {
        return None;
    };
    let is_plain = |column: &ColumnName| {
        let own = made.and_then(|create| create.columns.iter().find(|it| it.name == *column));
        let known = execution.catalog.column_facts(table, column);
        let db_type = own.map(|it| &it.db_type).or(known.map(|it| &it.db_type));
        db_type.is_some_and(|it| {
            [
                "integer", "bigint", "smallint", "uuid", "text", "date", "boolean",
            ]
            .contains(&it.as_str())
                || it.starts_with("varchar")
        })
    };
    let compared = expressions.columns.iter().any(|column| {
        let written = format!("\"{}\" WITH =", column.as_str());
        expressions.sql.contains(&written) && is_plain(column)
    });
    let is_gist = method.eq_ignore_ascii_case("gist");
    (is_gist && compared).then(|| {
        let table = table.as_str();
        (
            "btree_gist",
            format!("an exclusion constraint of `{table}`"),
        )
    })
}

/// Whether a function of any migration makes it.
fn is_made_by_code(ctx: &Context<'_>, extension: &str) -> bool {
    ctx.all_calls().iter().any(|call| {
        call.function.steps.iter().any(|step| {
            matches!(&step.act, Act::Sql { text: Some(text), .. }
                if text.to_ascii_lowercase().contains("create extension") && text.contains(extension))
        })
    })
}
