//! `renamed-migration`: a migration that others have goes by another name here.
//!
//! ```text
//! blog/migrations/0003_slug.py → blog/migrations/0004_slug.py
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::phrase::Entry;
use crate::lint::rule::{Category, Check, Group, Rule};

use super::{changes, is_replaced, renamed};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "renamed-migration",
    summary: "a merged migration was renamed, so that databases would run it again",
    page: include_str!("../../../../docs/rules/renamed-migration.md"),
    category: Category::History,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (set, app, changes) in changes(ctx) {
        for lost in &changes.deleted {
            if is_replaced(ctx, app, changes, lost) {
                continue;
            }
            let Some(migration) = renamed(ctx, app, changes, lost) else {
                continue;
            };
            let (old, new) = (&lost.id.name, &migration.id.name);
            let revision = &set.revision;
            let message = format!("`{app}.{new}` is `{old}` of `{revision}` under another name");
            let entry = Entry::migration(migration, &lost.id);
            let finding = RULE
                .finding(migration, migration.span, message)
                .here("the same operations")
                .label(lost.span, format!("`{revision}` has this"))
                .note(format!(
                    "a database that has run `{old}` runs `{new}` as well, and fails or does it \
                     twice"
                ));
            let advice = Advice::new(
                format!(
                    "give it its name back, or add `replaces = [{}]`",
                    entry.shown()
                ),
                format!("give it its name back, or add `replaces {}`", entry.shown()),
            );
            out.push(advise(finding, migration, advice));
        }
    }
}
