//! `uncopied-squash-function`: a squash calls a function of a migration that it replaces.
//!
//! ```text
//! replaces = [("shop", "0001_initial"), ("shop", "0002_fill")]
//! operations = [migrations.RunPython(import_module("shop.migrations.0002_fill").forwards)]
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::migration::DependencyTarget;
use crate::ir::{Migration, MigrationId, OperationKind, Value};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "uncopied-squash-function",
    summary: "a squash calls a function of a migration that it replaces",
    page: include_str!("../../../../docs/rules/uncopied-squash-function.md"),
    category: Category::Graph,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Migration(check),
};

fn check(_: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    if migration.replaces.is_empty() {
        return;
    }
    let replaced: Vec<&MigrationId> = migration
        .replaces
        .iter()
        .filter_map(|it| match &it.target {
            DependencyTarget::Migration(id) => Some(id),
            DependencyTarget::Swappable { .. } | DependencyTarget::Computed(_) => None,
        })
        .collect();
    for operation in migration.walk_operations() {
        let OperationKind::RunPython(run) = &operation.kind else {
            continue;
        };
        for code in std::iter::once(&run.code).chain(&run.reverse_code) {
            let Value::Path(path) = &code.value else {
                continue;
            };
            let of = replaced
                .iter()
                .find(|id| path.contains(&module(migration, id)));
            let Some(id) = of else {
                continue;
            };
            let name = path.rsplit('.').next().unwrap_or_default();
            let message =
                format!("`{name}` is a function of `{id}`, which this migration replaces");
            let place = if code.span.file == migration.file {
                code.span
            } else {
                operation.name_span
            };
            let mut finding = RULE
                .finding(migration, place, message)
                .note("the file of the replaced migration cannot go as long as this one needs it");
            finding.subject.operation = Some(operation.describe());
            let advice = Advice::new(
                format!("copy `{name}` into this file, with what it needs"),
                format!("copy `{name}` into the module beside this file, with what it needs"),
            );
            out.push(advise(finding, migration, advice));
        }
    }
}

/// What is in the path of every function of a migration. A migration that moved to
/// another app replaces one of its own name, from which only the app tells it.
fn module(of: &Migration, replaced: &MigrationId) -> String {
    let MigrationId { app, name } = replaced;
    if *name == of.id.name {
        format!("{app}.migrations.{name}.")
    } else {
        format!(".{name}.")
    }
}
