//! `imported-app-code`: a function of a migration calls code of the project that may change.
//!
//! ```text
//! from catalog.prices import default_price
//!
//! def forwards(apps, schema_editor):
//!     apps.get_model("catalog", "Book").objects.update(price=default_price())
//! ```

use rustc_hash::FxHashSet;

use crate::diag::{Diagnostic, Level};
use crate::ir::body::Act;
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "imported-app-code",
    summary: "a function of a migration calls code of the project that may change",
    page: include_str!("../../../../docs/rules/imported-app-code.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for call in ctx.calls() {
        let mut told: FxHashSet<&str> = FxHashSet::default();
        for step in &call.function.steps {
            let (path, message) = match &step.act {
                Act::Code { path } if is_own_code(ctx, path) => (
                    path.as_str(),
                    format!(
                        "`{}` calls `{path}` of the project, which may change",
                        call.name()
                    ),
                ),
                Act::Command { name } => {
                    let name = name.as_deref().unwrap_or("call_command");
                    let message = format!("`{}` runs the command `{name}`", call.name());
                    (name, message)
                }
                _ => continue,
            };
            if told.insert(path) {
                let finding = call
                    .finding(
                        &RULE,
                        step,
                        "as the code is when the migration runs",
                        message,
                    )
                    .help("copy what the migration needs of it into the migration");
                out.push(finding);
            }
        }
    }
}

/// Whether a path leads into an app of the project, and not to its migrations.
fn is_own_code(ctx: &Context<'_>, path: &str) -> bool {
    if path.split('.').any(|part| part.contains("migration")) {
        return false;
    }
    ctx.own_apps().any(|app| {
        path.strip_prefix(app.package.as_str())
            .is_some_and(|rest| rest.starts_with('.'))
    })
}
