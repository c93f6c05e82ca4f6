//! `modified-migration`: a migration that others have does something else here.
//!
//! ```text
//! migrations.AddField("post", "slug", models.SlugField())      # in `main`: CharField
//! ```

use crate::base::Span;
use crate::diag::{Diagnostic, Level};
use crate::ir::Migration;
use crate::lint::context::Context;
use crate::lint::meaning;
use crate::lint::rule::{Category, Check, Group, Rule};

use super::{changes, current};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "modified-migration",
    summary: "a merged migration does something else than before",
    page: include_str!("../../../../docs/rules/modified-migration.md"),
    category: Category::History,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (set, app, changes) in changes(ctx) {
        for former in &changes.modified {
            let Some(migration) = current(ctx, app, &former.id.name) else {
                continue;
            };
            let Some(difference) = difference(ctx, former, migration) else {
                continue;
            };
            let revision = &set.revision;
            let message = format!(
                "`{}` does not do what it does in `{revision}`",
                migration.id
            );
            let here = difference.here.unwrap_or(migration.span);
            let mut finding = RULE.finding(migration, here, message).here(difference.what);
            if let Some(there) = difference.there {
                finding = finding.label(there, format!("`{revision}` has this"));
            }
            out.push(
                finding
                    .note("a database that has run it keeps what it did then, and never runs it again")
                    .help(format!(
                        "restore it with `git checkout {revision} -- {}`, and put the change into \
                         a new migration",
                        ctx.files().path(former.file)
                    )),
            );
        }
    }
}

/// Where two versions part.
struct Difference {
    what: &'static str,
    here: Option<Span>,
    there: Option<Span>,
}

fn difference(ctx: &Context<'_>, former: &Migration, now: &Migration) -> Option<Difference> {
    let files = ctx.files();
    let texts = |migration: &Migration| -> Vec<String> {
        let operations = migration.operations.iter();
        operations
            .map(|it| meaning::forwards(files, migration, it))
            .collect()
    };
    let (then, here) = (texts(former), texts(now));
    let same = then
        .iter()
        .zip(&here)
        .take_while(|(left, right)| left == right);
    let at = same.count();
    if at < then.len() || at < here.len() {
        let span = |migration: &Migration| migration.operations.get(at).map(|it| it.name_span);
        let what = match (then.len() > at, here.len() > at) {
            (true, true) => "this operation is another one, or stands elsewhere",
            (false, _) => "this operation is new",
            (true, false) => "operations are gone from here",
        };
        return Some(Difference {
            what,
            here: span(now).or(now.operations_span),
            there: span(former),
        });
    }
    // Of a list that could not be read, its text must do.
    let unread = |migration: &Migration| -> Vec<String> {
        let parts = migration.unread.iter();
        let parts = parts.filter(|part| part.attribute == "operations");
        parts
            .map(|part| meaning::source(files, part.unknown.span))
            .collect()
    };
    if unread(former) != unread(now) {
        return Some(Difference {
            what: "operations that could not be read are written differently",
            here: now.unread.first().map(|part| part.unknown.span),
            there: former.unread.first().map(|part| part.unknown.span),
        });
    }
    let functions =
        |migration: &Migration, texts: &[String]| meaning::functions(files, migration, texts);
    if former.language == now.language && functions(former, &then) != functions(now, &here) {
        return Some(Difference {
            what: "the code of its functions is not the same",
            here: None,
            there: None,
        });
    }
    None
}
