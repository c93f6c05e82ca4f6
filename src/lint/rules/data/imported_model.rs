//! `imported-model`: a function of a migration uses a model that it imports.
//!
//! ```text
//! from catalog.models import Book
//!
//! def forwards(apps, schema_editor):
//!     Book.objects.update(price=0)
//! ```

use rustc_hash::FxHashSet;

use crate::diag::{Diagnostic, Level};
use crate::ir::body::Act;
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "imported-model",
    summary: "a function of a migration uses a model that it imports",
    page: include_str!("../../../../docs/rules/imported-model.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for call in ctx.calls() {
        let mut told: FxHashSet<&str> = FxHashSet::default();
        for step in &call.function.steps {
            let Act::ImportedModel { path } = &step.act else {
                continue;
            };
            if !told.insert(path.as_str()) {
                continue;
            }
            let name = path.rsplit('.').next().unwrap_or(path);
            let message = format!(
                "`{}` uses today's model `{path}` and not the one of the migrations",
                call.name()
            );
            let finding = call
                .finding(
                    &RULE,
                    step,
                    "as the code has it when the migration runs",
                    message,
                )
                .note("it fails once the model has a field that the table has not by then");
            let help = if name == "get_user_model()" {
                "use `apps.get_model(settings.AUTH_USER_MODEL)`".to_owned()
            } else if name.starts_with("get_model") || name.ends_with(')') {
                "use the `apps` that the function is given".to_owned()
            } else {
                format!("use `apps.get_model(\"{}\", \"{name}\")`", label(ctx, path))
            };
            out.push(finding.help(help));
        }
    }
}

/// The label of the app that a class belongs to.
fn label(ctx: &Context<'_>, path: &str) -> String {
    let apps = ctx.project.apps.iter();
    let holds = |package: &str| {
        path.strip_prefix(package)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    let of = apps.filter(|app| holds(&app.package));
    match of.max_by_key(|app| app.package.len()) {
        Some(app) => app.label.to_string(),
        None => {
            let package = path
                .split_once(".models")
                .map_or(path, |(package, _)| package);
            package.rsplit('.').next().unwrap_or(package).to_owned()
        }
    }
}
