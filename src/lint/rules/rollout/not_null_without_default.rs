//! `not-null-without-default`: a new column needs a value, and there is none for the rows that are there.
//!
//! ```text
//! migrations.AddField("order", "paid", models.BooleanField())
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::Statement;
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
    for (action, statement, effects) in execution.statements() {
        let Statement::AddColumn { table, column } = statement else {
            continue;
        };
        if !execution.is_old(table) || !fails_on_rows(effects) {
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

/// Whether a statement fails on whatever row there is.
pub(super) fn fails_on_rows(effects: &Effects) -> bool {
    let mut failures = effects.failures.iter();
    failures.any(|failure| matches!(failure, Failure::Any(..)))
}
