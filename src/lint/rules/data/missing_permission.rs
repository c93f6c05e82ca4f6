//! `missing-permission`: a function of a migration expects rows that `post_migrate` makes later.
//!
//! ```text
//! Permission.objects.get(codename="add_book")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::body::{Act, ModelRef, Owner};
use crate::ir::{AppOrigin, Migration, OperationKind};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "missing-permission",
    summary: "a function of a migration expects rows that `post_migrate` makes later",
    page: include_str!("../../../../docs/rules/missing-permission.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for call in ctx.all_calls().iter().filter(|call| !call.is_reverse) {
        // An earlier function may have made the rows that later ones look for.
        if call.function.makes_permissions {
            return;
        }
        for step in &call.function.steps {
            let (model, method) = match &step.act {
                Act::Query { model, method, .. } => (model, method.as_str()),
                // `get_for_model` makes what is not there.
                Act::Attribute {
                    model,
                    of: Owner::Query,
                    path,
                    ..
                } => (model, path.first().map_or("", |name| name.as_str())),
                _ => continue,
            };
            let Some(what) = of(model) else {
                continue;
            };
            if is_creation(method) {
                return;
            }
            // Within a loop over rows there are rows, and the application has run.
            if method != "get"
                || step.is_guarded
                || step.is_conditional
                || step.within.is_some()
                || !ctx.is_judged(call.migration)
                || others_may_make(ctx, call.migration)
            {
                continue;
            }
            let message = format!(
                "`{}` expects a {what} that does not exist yet where all migrations run at once",
                call.name()
            );
            let finding = call
                .finding(
                    &RULE,
                    step,
                    "raises `DoesNotExist` on an empty database",
                    message,
                )
                .note(format!(
                    "{what}s are made by `post_migrate`, after the last migration"
                ))
                .help("use `get_or_create`, or call `create_permissions` for the app before");
            out.push(finding);
        }
    }
}

/// Whether functions of installed apps run before, which may make such rows and are not
/// looked into.
fn others_may_make(ctx: &Context<'_>, migration: &Migration) -> bool {
    let Some(node) = ctx.node(migration) else {
        return false;
    };
    let before = ctx.graph.ancestors(node).into_iter();
    let mut installed = before
        .filter_map(|node| ctx.migration(node))
        .filter(|other| {
            let app = ctx.app(other.id.app.as_str());
            app.is_some_and(|app| {
                app.origin == AppOrigin::Installed && !app.package.starts_with("django.contrib.")
            })
        });
    installed.any(|other| {
        let mut operations = other.walk_operations();
        operations.any(|it| matches!(&it.kind, OperationKind::RunPython(run) if !run.is_noop))
    })
}

fn is_creation(method: &str) -> bool {
    matches!(
        method,
        "create"
            | "get_or_create"
            | "update_or_create"
            | "bulk_create"
            | "get_for_model"
            | "get_for_models"
    )
}

fn of(model: &ModelRef) -> Option<&'static str> {
    let (app, name) = match model {
        ModelRef::State { app, name } => (app.as_str(), name.to_ascii_lowercase()),
        ModelRef::Code(path) => {
            let (package, name) = path
                .strip_prefix("django.contrib.")?
                .split_once(".models.")?;
            (package, name.to_ascii_lowercase())
        }
    };
    match (app, name.as_str()) {
        ("auth", "permission") => Some("permission"),
        ("contenttypes", "contenttype") => Some("content type"),
        _ => None,
    }
}
