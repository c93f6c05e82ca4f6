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
use crate::sql::effects::{Effects, Failure, Scope, Work};

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
    let mut emptied = Emptied::default();
    for action in &execution.actions {
        let (statement, effects) = match &action.deed {
            Deed::Statement { statement, effects } => (statement, effects),
            Deed::Python(run) => {
                emptied.after_function(execution, run);
                continue;
            }
        };
        let Statement::AddColumn { table, column } = &**statement else {
            emptied.after_statement(statement, effects);
            continue;
        };
        if !execution.is_old(table) || emptied.tables.contains(table) || !fails_on_rows(effects) {
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

/// Tables without rows: the migration has deleted all of them, and made none since.
#[derive(Default)]
struct Emptied {
    tables: Vec<TableName>,
}

impl Emptied {
    fn after_statement(&mut self, statement: &Statement, effects: &Effects) {
        if effects.why_not_analysed().is_some() {
            self.tables.clear();
        }
        match statement {
            // A table that is made anew has the rows of the old one.
            Statement::CopyRows { from, to, .. } => {
                self.tables.retain(|table| table != to);
                if self.tables.contains(from) {
                    self.tables.push(to.clone());
                }
                return;
            }
            Statement::RenameTable { from, to } => {
                self.tables.retain(|table| table != to);
                for table in self.tables.iter_mut().filter(|table| *table == from) {
                    *table = to.clone();
                }
            }
            Statement::ByHand(by_hand) => match &**by_hand {
                ByHand::Delete {
                    table,
                    has_where: false,
                    ..
                } => self.tables.push(table.clone()),
                ByHand::Truncate { tables, .. } => self.tables.extend(tables.iter().cloned()),
                _ => {}
            },
            _ => {}
        }
        for work in &effects.work {
            if let Work::Rows {
                table,
                scope: Scope::New,
            } = work
            {
                self.tables.retain(|emptied| emptied != table);
            }
        }
    }

    fn after_function(&mut self, execution: &Execution<'_>, run: &RunPython) {
        let Some(function) = &run.forwards else {
            self.tables.clear();
            return;
        };
        let table_of = |model: &ModelRef| match model {
            ModelRef::State { app, name } => {
                let model = execution.before.model(&ModelKey::of(app, name))?;
                execution.server.table_of(&model)
            }
            _ => None,
        };
        for step in &function.steps {
            match &step.act {
                Act::Query { model, method, .. } if makes_rows(method) => {
                    self.fill(table_of(model).as_ref());
                }
                Act::Query {
                    model,
                    method,
                    is_narrowed: false,
                    ..
                } if method == "delete" && !step.is_conditional && step.within.is_none() => {
                    self.tables.extend(table_of(model));
                }
                Act::Save { model, method } if method != "delete" => {
                    self.fill(model.as_ref().and_then(table_of).as_ref());
                }
                Act::Sql { .. } | Act::Command { .. } | Act::Code { .. } => self.fill(None),
                _ => {}
            }
        }
        if !function.not_analysed.is_empty() {
            self.fill(None);
        }
    }

    /// Rows may have been made, of any table where it is not known of which.
    fn fill(&mut self, table: Option<&TableName>) {
        self.tables
            .retain(|emptied| table.is_some_and(|table| table != emptied));
    }
}

/// Whether a method of a query makes rows.
fn makes_rows(method: &str) -> bool {
    matches!(
        method.strip_prefix('a').unwrap_or(method),
        "create" | "bulk_create" | "get_or_create" | "update_or_create"
    )
}

/// Whether a statement fails on whatever row there is.
pub(super) fn fails_on_rows(effects: &Effects) -> bool {
    let mut failures = effects.failures.iter();
    failures.any(|failure| matches!(failure, Failure::Any(..)))
}
