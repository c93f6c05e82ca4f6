//! `unfilled-not-null`: a column becomes `NOT NULL`, and nothing fills its nulls.
//!
//! ```text
//! migrations.AlterField("order", "note", models.TextField())     # it was null=True
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::body::{Act, Function};
use crate::ir::operation::{RunSql, Sql};
use crate::ir::{FieldName, Known, Migration, Operation, OperationKind};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Action, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::lint::rules::rollout::{field_of, made_here, model_of};
use crate::sql::ddl::{ByHand, ColumnName, Statement, TableName};
use crate::sql::effects::Failure;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unfilled-not-null",
    summary: "a column becomes NOT NULL, and nothing fills its nulls",
    page: include_str!("../../../../docs/rules/unfilled-not-null.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(ctx: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, _, effects) in execution.statements() {
        let failing = effects.failures.iter().find_map(|failure| match failure {
            Failure::Null(table, column) => Some((table, column)),
            _ => None,
        });
        let Some((table, column)) = failing else {
            continue;
        };
        if !execution.is_old_column(table, column) || is_filled_here(execution, table, column) {
            continue;
        }
        let model = model_of(execution, action, table);
        let Some(field) = model.and_then(|model| field_of(&model, column)) else {
            continue;
        };
        if may_be_filled(ctx, execution.migration, table, &field.name) {
            continue;
        }
        out.push(finding(execution, action, (table, column), field.origin));
    }
}

fn finding(
    execution: &Execution<'_>,
    action: &Action<'_>,
    (table, column): (&TableName, &ColumnName),
    origin: crate::base::Span,
) -> Diagnostic {
    let (table, column) = (table.as_str(), column.as_str());
    let message =
        format!("`{column}` of `{table}` becomes `NOT NULL`, and nothing fills its nulls");
    let finding = RULE.on_action(execution, action, message).note(format!(
        "`migrate` stops here if `{column}` is null in any row: no migration of the app writes it"
    ));
    let finding = made_here(finding, origin, "it may be null since here");
    let sql = format!("UPDATE {table} SET {column} = ... WHERE {column} IS NULL");
    let advice = Advice::new(
        format!(
            "in a migration before it, write `migrations.RunSQL(\"{sql}\", \
             migrations.RunSQL.noop)` or a function that does it in batches"
        ),
        format!(
            "in a migration before it, write `sql {{ up \"{sql}\" down noop }}`; a small table \
             can be filled here, with `fill=`"
        ),
    );
    advise(finding, execution.migration, advice)
}

/// Whether a statement of the migration gives the column values.
fn is_filled_here(execution: &Execution<'_>, table: &TableName, column: &ColumnName) -> bool {
    let mut statements = execution.statements();
    statements.any(|(_, statement, _)| match statement {
        Statement::FillNulls {
            table: of,
            column: filled,
            ..
        }
        | Statement::FillColumn {
            table: of,
            column: filled,
            ..
        } => of == table && filled == column,
        Statement::ByHand(by_hand) => match &**by_hand {
            ByHand::Update {
                table: of, columns, ..
            } => {
                let mut names = columns.iter().map(ColumnName::as_str);
                of == table
                    && (columns.is_empty()
                        || names.any(|name| name.eq_ignore_ascii_case(column.as_str())))
            }
            ByHand::Delete { table: of, .. } => of == table,
            ByHand::Unread { .. } | ByHand::DoBlock | ByHand::Call { .. } => true,
            _ => false,
        },
        Statement::Raw { .. } => true,
        _ => false,
    })
}

/// Whether a migration of the app writes the field, or may: a function whose code is not
/// read, or SQL that is not. Models may have had other names by then.
fn may_be_filled(
    ctx: &Context<'_>,
    migration: &Migration,
    table: &TableName,
    field: &FieldName,
) -> bool {
    let app = &migration.id.app;
    let mut operations = ctx.handwritten(app.as_str()).iter();
    let by_operation = operations.any(|operation| may_fill(operation, table));
    let mut calls = ctx.all_calls().iter().filter(|call| !call.is_reverse);
    by_operation
        || calls.any(|call| {
            let is_near = call.migration.id.app == *app;
            writes(call.function, field, table) || is_near && hides_writes(call.function)
        })
}

/// Whether an operation of [`Context::handwritten`] may write rows of a table.
fn may_fill(operation: &Operation, table: &TableName) -> bool {
    match &operation.kind {
        OperationKind::RunSql(run) => sql_writes(run, table),
        OperationKind::RunPython(run) => !run.is_noop && run.forwards.is_none(),
        _ => true,
    }
}

fn sql_writes(run: &RunSql, table: &TableName) -> bool {
    let writes = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.contains(&table.as_str().to_ascii_lowercase())
            && ["update", "delete", "merge"]
                .iter()
                .any(|it| text.contains(it))
    };
    match &run.sql {
        Known::Yes(Sql::Text(text)) => writes(&text.value),
        Known::Yes(Sql::List(all)) => all.iter().any(|it| writes(&it.text.value)),
        Known::No(_) => true,
    }
}

/// Whether a function sets the field of any model, or deletes the rows.
fn writes(function: &Function, field: &FieldName, table: &TableName) -> bool {
    let is_it = |name: &str| {
        let name = name.strip_suffix("_id").unwrap_or(name);
        let field = field.as_str();
        name == field.strip_suffix("_id").unwrap_or(field)
    };
    function.introduced.iter().any(|name| is_it(name))
        || function.steps.iter().any(|step| match &step.act {
            Act::Field { path, .. } => is_it(path.split("__").next().unwrap_or(path)),
            Act::Attribute { path, .. } => path.first().is_some_and(|name| is_it(name)),
            Act::Assign { name, .. } => is_it(name),
            Act::Query { fields, .. } => fields.iter().any(|name| is_it(name)),
            Act::Sql { text, .. } => text
                .as_ref()
                .is_none_or(|text| text.contains(table.as_str())),
            _ => false,
        })
}

/// Whether a function may write anything.
fn hides_writes(function: &Function) -> bool {
    function.introduces_unknown
        || !function.not_analysed.is_empty()
        || function.steps.iter().any(|step| {
            matches!(
                step.act,
                Act::Code { .. } | Act::Command { .. } | Act::Save { model: None, .. }
            )
        })
}
