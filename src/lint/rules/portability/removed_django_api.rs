//! `removed-django-api`: an import that later versions of Django do not have.
//!
//! ```text
//! from django.utils.translation import ugettext_lazy as _
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::Migration;
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "removed-django-api",
    summary: "an import that later versions of Django do not have",
    page: include_str!("../../../../docs/rules/removed-django-api.md"),
    category: Category::Portability,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Migration(check),
};

fn check(_: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    for outdated in &migration.outdated {
        let (path, version) = (&outdated.path, outdated.removed_in);
        let message = format!("`{path}` does not exist from Django {version} on");
        let finding = RULE
            .finding(migration, outdated.span, message)
            .note(format!("`{}` cannot be loaded there", migration.id));
        let finding = match outdated.instead {
            "nothing" => finding.help("remove it: Python 3 needs nothing in its place"),
            instead => finding.help(format!("use `{instead}`")),
        };
        out.push(finding);
    }
}
