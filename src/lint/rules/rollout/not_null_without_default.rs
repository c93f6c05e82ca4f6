//! `not-null-without-default`: a new column needs a value, and there is none for the rows that are there.
//!
//! ```text
//! migrations.AddField("order", "paid", models.BooleanField())
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::body::{Act, ModelRef};
use crate::ir::operation::RunPython;
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Deed, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::schema::ModelKey;
use crate::sql::ddl::{ByHand, Statement, TableName};
use crate::sql::effects::{Effects, Failure};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "not-null-without-default",
    summary: "a new NOT NULL column has no value for rows that are there",
    page: include_str!("../../../../docs/rules/not-null-without-default.md"),
    category: Category::Data,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[
        "blocking-index",
        "blocking-unique-constraint",
        "lock-held-while-working",
        "not-null-without-db-default",
        "rewriting-column",
        "validating-check",
        "validating-foreign-key",
    ],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let mut emptied: Vec<TableName> = Vec::new();
    for action in &execution.actions {
        let (statement, effects) = match &action.deed {
            Deed::Statement { statement, effects } => (statement, effects),
            Deed::Python(run) => {
                emptied.extend(emptied_by(execution, run));
                continue;
            }
        };
        let Statement::AddColumn { table, column } = &**statement else {
            emptied.extend(deleted(statement).iter().cloned());
            continue;
        };
        if !execution.is_old(table) || emptied.contains(table) || !fails_on_rows(effects) {
            continue;
        }
        let (table, column) = (table.as_str(), column.name.as_str());
        let message = format!(
            "new column `{column}` of `{table}` is `NOT NULL`, and rows that are there have no \
             value for it"
        );
        let finding = RULE
            .on_action(execution, action, message)
            .note(format!("`migrate` fails if `{table}` has any row"));
        let advice = Advice::new(
            "give the field a `db_default`, or a `default` with `preserve_default=False`",
            "give the field a `db_default`, or a value with `fill=`",
        );
        out.push(advise(finding, execution.migration, advice));
    }
}

/// The tables all of whose rows a function deletes: `Book.objects.all().delete()`.
fn emptied_by(execution: &Execution<'_>, run: &RunPython) -> Vec<TableName> {
    let steps = run.forwards.iter().flat_map(|function| &function.steps);
    let deletions = steps.filter(|step| !step.is_conditional && step.within.is_none());
    deletions
        .filter_map(|step| match &step.act {
            Act::Query {
                model: ModelRef::State { app, name },
                method,
                is_narrowed: false,
                ..
            } if method == "delete" => {
                let model = execution.before.model(&ModelKey::of(app, name))?;
                execution.server.table_of(&model)
            }
            _ => None,
        })
        .collect()
}

/// The tables all of whose rows handwritten SQL deletes.
fn deleted(statement: &Statement) -> &[TableName] {
    let Statement::ByHand(by_hand) = statement else {
        return &[];
    };
    match &**by_hand {
        ByHand::Delete {
            table,
            has_where: false,
            ..
        } => std::slice::from_ref(table),
        ByHand::Truncate { tables, .. } => tables,
        _ => &[],
    }
}

/// Whether a statement fails on whatever row there is.
pub(super) fn fails_on_rows(effects: &Effects) -> bool {
    let mut failures = effects.failures.iter();
    failures.any(|failure| matches!(failure, Failure::Any(..)))
}
