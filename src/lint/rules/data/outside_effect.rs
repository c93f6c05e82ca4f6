//! `outside-effect`: a function of a migration reaches outside of the database.
//!
//! ```text
//! def forwards(apps, schema_editor):
//!     requests.post("https://example.org/hook")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::OperationKind;
use crate::ir::body::{Act, Outside};
use crate::lint::calls::Call;
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "outside-effect",
    summary: "a function of a migration reaches outside of the database",
    page: include_str!("../../../../docs/rules/outside-effect.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for call in ctx.calls() {
        for step in &call.function.steps {
            let Act::Outside { effect, name } = &step.act else {
                continue;
            };
            let what = match effect {
                Outside::Mail => "sends mail",
                Outside::Request => "asks another server",
                Outside::Task => "queues a task",
                Outside::File => "changes files",
                Outside::Process => "starts a process",
                // Between batches that each have a transaction, a pause is meant.
                Outside::Sleep if !is_atomic(call) => continue,
                Outside::Sleep => "sleeps in a transaction",
            };
            let message = format!("`{}` {what}: `{name}`", call.name());
            let finding = call.finding(&RULE, step, "no rollback takes this back", message);
            let finding = match effect {
                Outside::Task => finding.note("the task may start before the migration commits"),
                Outside::Sleep => finding.note("locks are held all the while"),
                _ => finding.note("it also happens in every test run and on every new database"),
            };
            out.push(finding.help("do it in a management command or in the code of the release"));
        }
    }
}

fn is_atomic(call: &Call<'_>) -> bool {
    let own = match &call.operation.kind {
        OperationKind::RunPython(run) => run.atomic,
        _ => None,
    };
    let of_migration = call.migration.atomic.as_ref();
    let of_migration = of_migration.and_then(|atomic| atomic.value.known().copied());
    own.or(of_migration).unwrap_or(true)
}
