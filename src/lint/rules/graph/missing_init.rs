//! `missing-init`: a migrations folder that Django passes over in silence.

use crate::base::Span;
use crate::diag::wording::count;
use crate::diag::{Diagnostic, Level, Subject};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "missing-init",
    summary: "a migrations folder lacks `__init__.py`, so Django reads none of it",
    page: include_str!("../../../../docs/rules/missing-init.md"),
    category: Category::Graph,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for app in ctx.own_apps() {
        let Some(file) = app.missing_init else {
            continue;
        };
        let folder = app.folder.as_deref().unwrap_or("the migrations folder");
        let number = app.migrations.len() + app.unreadable.len();
        let message = format!(
            "`{folder}` has no `__init__.py`, so Django ignores its {}",
            count(number, "migration")
        );
        let finding = Diagnostic::new(RULE.name, RULE.level, Span::file_start(file), message)
            .here("ignored, as all files of this folder")
            .note(format!(
                "Django takes app `{}` for one without migrations",
                app.label
            ))
            .help(format!("create an empty `{folder}/__init__.py`"))
            .about(Subject {
                app: Some(app.label.to_string()),
                ..Subject::default()
            });
        out.push(finding);
    }
}
