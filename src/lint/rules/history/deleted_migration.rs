//! `deleted-migration`: migrations that others have are gone.

use crate::diag::wording::{count, list};
use crate::diag::{Diagnostic, Level};
use crate::ir::{AppChanges, Migration};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

use super::{changes, is_replaced, renamed};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "deleted-migration",
    summary: "a merged migration is gone, and no squash stands for it",
    page: include_str!("../../../../docs/rules/deleted-migration.md"),
    category: Category::History,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

/// No more are named.
const MOST_NAMED: usize = 4;

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (set, app, changes) in changes(ctx) {
        out.extend(judge(ctx, &set.revision, app, changes));
    }
}

fn judge(ctx: &Context<'_>, revision: &str, app: &str, changes: &AppChanges) -> Option<Diagnostic> {
    let lost: Vec<&Migration> = changes
        .deleted
        .iter()
        .filter(|lost| !is_replaced(ctx, app, changes, lost))
        .filter(|lost| renamed(ctx, app, changes, lost).is_none())
        .collect();
    let (first, others) = lost.split_first()?;
    let is_app_gone = ctx.app(app).is_none_or(|app| app.migrations.is_empty());
    let message = if is_app_gone {
        format!(
            "app `{app}` is gone with its {}, and `{revision}` has it",
            count(lost.len(), "migration")
        )
    } else if others.is_empty() {
        format!("`{}` is gone, and `{revision}` has it", first.id)
    } else {
        let names: Vec<&str> = lost.iter().map(|it| it.id.name.as_str()).collect();
        let shown = match names.as_slice() {
            few if few.len() <= MOST_NAMED => list(few),
            [first, .., last] => format!("from `{first}` to `{last}`"),
            _ => return None,
        };
        let count = count(lost.len(), "migration");
        format!("{count} of app `{app}` are gone, and `{revision}` has them: {shown}")
    };
    let mut finding = RULE
        .finding(first, first.span, message)
        .here(format!("`{revision}` has this"));
    for other in others.iter().take(MOST_NAMED) {
        finding = finding.label(other.span, "and this");
    }
    if is_app_gone {
        finding.level = Level::Info;
        return Some(finding.note("its tables stay in every database that has them"));
    }
    let path = ctx.files().path(first.file);
    Some(
        finding
            .note(
                "a database that has run it keeps what it did, a new one never gets it: their \
                 schemas part",
            )
            .help(format!(
                "restore it with `git checkout {revision} -- {path}`, and undo what it did in a \
                 new migration; or let a squash stand for it, which names it in `replaces`"
            )),
    )
}
