//! `reducible-operations`: two operations of one migration that one would do.
//!
//! ```text
//! migrations.AddField("order", "paid", models.DateField(null=True)),
//! migrations.AlterField("order", "paid", models.DateTimeField(null=True)),
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::{Migration, Operation, OperationKind};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "reducible-operations",
    summary: "two operations of one migration that one would do",
    page: include_str!("../../../../docs/rules/reducible-operations.md"),
    category: Category::Data,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Migration(check),
};

fn check(_: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    // What is seen by handwritten parts between two operations is no part of either.
    let mut made: Vec<&Operation> = Vec::new();
    for operation in &migration.operations {
        let is_plain = operation.condition.is_none() && operation.methods.is_none();
        let is_opaque = matches!(
            operation.kind,
            OperationKind::RunPython(_)
                | OperationKind::RunSql(_)
                | OperationKind::SeparateDatabaseAndState { .. }
                | OperationKind::Custom(_)
                | OperationKind::Opaque(_)
        );
        if is_opaque || !is_plain {
            made.clear();
            continue;
        }
        let reduced = made
            .iter()
            .find_map(|earlier| Some((*earlier, reduced(earlier, operation)?)));
        if let Some((earlier, how)) = reduced {
            let message = format!(
                "`{}` and the one before are one operation",
                operation.class_name()
            );
            let mut finding = RULE
                .finding(migration, operation.name_span, message)
                .help(how);
            if Context::is_shown(earlier.name_span) {
                finding = finding.label(earlier.name_span, "the one before");
            }
            finding.subject.operation = Some(operation.describe());
            out.push(finding);
            continue;
        }
        made.push(operation);
    }
}

/// What to write in place of the two.
fn reduced(earlier: &Operation, later: &Operation) -> Option<&'static str> {
    let is_same_model = earlier.model_name()?.key() == later.model_name()?.key();
    let (first, second) = (earlier.field_name(), later.field_name());
    let is_same_field = is_same_model && first.is_some() && first == second;
    match (&earlier.kind, &later.kind) {
        (OperationKind::AddField { .. }, OperationKind::AlterField { .. }) if is_same_field => {
            Some("write the field as it is in the end into `AddField`")
        }
        (OperationKind::AlterField { .. }, OperationKind::AlterField { .. }) if is_same_field => {
            Some("keep the later one alone")
        }
        (OperationKind::AddField { .. }, OperationKind::RemoveField { .. }) if is_same_field => {
            Some("remove both")
        }
        (OperationKind::AlterField { .. }, OperationKind::RemoveField { .. }) if is_same_field => {
            Some("keep `RemoveField` alone")
        }
        (OperationKind::CreateModel(_), OperationKind::DeleteModel { .. }) if is_same_model => {
            Some("remove both")
        }
        (OperationKind::CreateModel(create), OperationKind::AlterField { name, .. })
            if is_same_model && create.fields.iter().any(|(field, _)| field.value == *name) =>
        {
            Some("write the field as it is in the end into `CreateModel`")
        }
        _ => None,
    }
}
