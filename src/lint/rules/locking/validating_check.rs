//! `validating-check`: a check constraint reads every row while its table waits.
//!
//! ```text
//! migrations.AddConstraint("order", models.CheckConstraint(condition=Q(total__gte=0), name="total_ok"))
//! migrations.AddField("order", "count", models.PositiveIntegerField(null=True))
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::OperationKind;
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::Statement;

use super::{Cause, Wait, waits};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "validating-check",
    summary: "a check constraint reads every row while its table waits",
    page: include_str!("../../../../docs/rules/validating-check.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &["lock-held-while-working"],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for wait in waits(execution, Cause::Check) {
        let is_column = matches!(wait.statement, Statement::AddColumn { .. });
        let what = if is_column {
            "the check of a new column"
        } else {
            "a check constraint"
        };
        let message = format!("{what} reads every row while {} wait", wait.what_waits());
        let advice = advice(&wait, is_column);
        out.push(advise(
            wait.finding(&RULE, message),
            execution.migration,
            advice,
        ));
    }
}

fn advice(wait: &Wait<'_, '_>, is_column: bool) -> Advice {
    if !wait.server_has_online_forms() {
        let table = wait.table().as_str();
        return Advice::alike(format!(
            "change `{table}` with a tool that alters tables online"
        ));
    }
    if is_column {
        return Advice::new(
            "use a field without a check, such as `IntegerField`, and add the check with \
             `AddConstraintNotValid` and, in a later migration, `ValidateConstraint`",
            "use a field without a check, such as `int`, and write `add check ... not valid` \
             and, in a later file, `validate ...`",
        );
    }
    if let OperationKind::RunSql(_) = wait.action.operation.kind {
        return Advice::alike(
            "add it `NOT VALID`, and run `VALIDATE CONSTRAINT` in a later migration",
        );
    }
    Advice::new(
        "use `AddConstraintNotValid` of `django.contrib.postgres.operations`, and \
         `ValidateConstraint` in a later migration",
        "write `not valid` after the check, and `validate ...` in a later file",
    )
}
