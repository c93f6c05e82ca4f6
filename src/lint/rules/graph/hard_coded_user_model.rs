//! `hard-coded-user-model`: a relation to `auth.User` where the model can be swapped.

use crate::diag::{Diagnostic, Level};
use crate::ir::{Field, Migration, Operation, OperationKind};
use crate::lint::context::Context;
use crate::lint::phrase::Entry;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "hard-coded-user-model",
    summary: "a relation names `auth.User` instead of `settings.AUTH_USER_MODEL`",
    page: include_str!("../../../../docs/rules/hard-coded-user-model.md"),
    category: Category::Graph,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Migration(check),
};

fn check(ctx: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    if migration.id.app.as_str() == "auth" {
        return;
    }
    for operation in migration.walk_operations() {
        match &operation.kind {
            OperationKind::CreateModel(create) => {
                for (name, field) in &create.fields {
                    let of = || format!("{}.{}", create.name, name.value);
                    judge(ctx, migration, operation, of, field, out);
                }
            }
            OperationKind::AddField {
                model_name,
                name,
                field,
                ..
            }
            | OperationKind::AlterField {
                model_name,
                name,
                field,
                ..
            } => {
                let of = || format!("{model_name}.{name}");
                judge(ctx, migration, operation, of, field, out);
            }
            _ => {}
        }
    }
}

fn judge(
    ctx: &Context<'_>,
    migration: &Migration,
    operation: &Operation,
    of: impl FnOnce() -> String,
    field: &Field,
    out: &mut Vec<Diagnostic>,
) {
    if !field.kind.known().is_some_and(|kind| kind.is_relation()) {
        return;
    }
    let Some(to) = field.to() else {
        return;
    };
    if !to.value.as_str().is_some_and(|name| {
        name.eq_ignore_ascii_case("auth.User") && ctx.is_written_out(name, to.span)
    }) {
        return;
    }
    let of = of();
    let swapped = ctx
        .project
        .settings
        .auth_user_model
        .as_ref()
        .filter(|(model, _)| !model.eq_ignore_ascii_case("auth.User"));
    let mut finding = match swapped {
        Some((model, span)) => {
            let mut finding = RULE.finding(
                migration,
                to.span,
                format!("`{of}` refers to `auth.User`, but the project's user model is `{model}`"),
            );
            finding.level = Level::Error;
            finding
                .label(*span, "the user model is chosen here")
                .note("the table of a user model that is swapped out does not exist")
        }
        None => RULE.finding(
            migration,
            to.span,
            format!("`{of}` refers to `auth.User`, which a project may swap out"),
        ),
    };
    finding.subject.operation = Some(operation.describe());
    let entry = Entry::user_model(migration);
    out.push(finding.help(format!(
        "refer to `settings.AUTH_USER_MODEL`, and {}",
        entry.add()
    )));
}
