//! `long-transaction`: a function writes many rows in the one transaction of its migration.
//!
//! ```text
//! migrations.RunPython(forwards)      # and no `atomic = False` in the class
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::body::{Act, Function, ModelRef};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Deed, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::schema::ModelKey;
use crate::sql::ddl::TableName;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "long-transaction",
    summary: "a function writes many rows in the one transaction of its migration",
    page: include_str!("../../../../docs/rules/long-transaction.md"),
    category: Category::Data,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    if execution.server.features.is_embedded {
        return;
    }
    for action in &execution.actions {
        let Deed::Python(run) = &action.deed else {
            continue;
        };
        let Some(function) = run
            .forwards
            .as_ref()
            .filter(|_| action.transaction.is_some())
        else {
            continue;
        };
        let Some(table) = written(execution, function) else {
            continue;
        };
        let name = function.path.rsplit('.').next().unwrap_or(&function.path);
        let table = table.as_str();
        let message = format!("`{name}` writes rows of `{table}` in one transaction");
        let finding = RULE.on_action(execution, action, message).note(
            "each row stays locked until all are written, and batches change nothing of that",
        );
        let advice = Advice::new(
            "write `atomic = False` in the class, and each batch within `transaction.atomic()`",
            "write `atomic false` at the top, and each batch within `transaction.atomic()`",
        );
        out.push(advise(finding, execution.migration, advice));
    }
}

/// The first table with many rows of which the function writes all, or one after the other.
fn written(execution: &Execution<'_>, function: &Function) -> Option<TableName> {
    function.steps.iter().find_map(|step| {
        let in_loop = function.row_loop(step).is_some() || step.within.is_some();
        let model = match &step.act {
            Act::Query {
                model,
                method,
                is_narrowed,
                ..
            } => match method.as_str() {
                "update" | "delete" if !is_narrowed || in_loop => model,
                "bulk_update" => model,
                _ => return None,
            },
            Act::Save {
                model: Some(model), ..
            } if in_loop => model,
            _ => return None,
        };
        let ModelRef::State { app, name } = model else {
            return None;
        };
        let model = execution.before.model(&ModelKey::of(app, name))?;
        let table = execution.server.table_of(&model)?;
        execution.is_felt(&table).then_some(table)
    })
}
