//! `blocking-index`: an index is built while writes of its table wait.
//!
//! ```text
//! migrations.AddIndex("order", models.Index(fields=["paid"], name="order_paid"))
//! ```

use crate::diag::wording::list;
use crate::diag::{Diagnostic, Level};
use crate::ir::OperationKind;
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ColumnName, Indexed, Name, Statement};

use super::{Cause, Wait, waits};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "blocking-index",
    summary: "an index is built while writes of its table wait",
    page: include_str!("../../../../docs/rules/blocking-index.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &["lock-held-while-working"],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for wait in waits(execution, Cause::Index) {
        let index = index_name(wait.statement);
        let message = format!("building {index} blocks {}", wait.what_waits());
        let finding = wait.finding(&RULE, message);
        out.push(advise(finding, execution.migration, advice(&wait)));
    }
}

/// `` index `order_paid` ``, or `` an index on `paid` `` where Django makes the name.
fn index_name(statement: &Statement) -> String {
    let Statement::CreateIndex(index) = statement else {
        return "an index".to_owned();
    };
    if let Name::Given(name) = &index.name {
        return format!("index `{name}`");
    }
    let columns: Vec<&str> = match &index.indexed {
        Indexed::Columns(columns) => columns.iter().map(|it| it.name.as_str()).collect(),
        Indexed::Expressions(fragment) => fragment.columns.iter().map(ColumnName::as_str).collect(),
    };
    format!("an index on {}", list(&columns))
}

fn advice(wait: &Wait<'_, '_>) -> Advice {
    if !wait.server_has_online_forms() {
        return Advice::alike("build the index with a tool that changes tables online");
    }
    match &wait.action.operation.kind {
        OperationKind::AddIndex { .. } => Advice::new(
            "use `AddIndexConcurrently` of `django.contrib.postgres.operations` in a migration \
             of its own, with `atomic = False`",
            "write `concurrently` after the index, in a file of its own with `atomic false`",
        ),
        OperationKind::RunSql(_) => Advice::new(
            "use `CREATE INDEX CONCURRENTLY` in a migration of its own, with `atomic = False`",
            "use `CREATE INDEX CONCURRENTLY` in a file of its own with `atomic false`",
        ),
        OperationKind::AddConstraint { .. } => Advice::new(
            "use `CREATE UNIQUE INDEX CONCURRENTLY` in a `RunSQL`, with the operation in \
             `state_operations`, in a migration of its own with `atomic = False`",
            "use `CREATE UNIQUE INDEX CONCURRENTLY` in a `sql` block, with the constraint in \
             `state`, in a file of its own with `atomic false`",
        ),
        OperationKind::AddField { .. } | OperationKind::AlterField { .. } => Advice::new(
            "give the field `db_index=False`, and add a `models.Index` with \
             `AddIndexConcurrently` in a later migration of its own, with `atomic = False`",
            "give the field `index=false`, and write `add index ... concurrently` in a later \
             file of its own with `atomic false`",
        ),
        _ => Advice::new(
            "make a `models.Index` with `AddIndexConcurrently` in a migration of its own, with \
             `atomic = False`",
            "write `add index ... concurrently` in a file of its own with `atomic false`",
        ),
    }
}
