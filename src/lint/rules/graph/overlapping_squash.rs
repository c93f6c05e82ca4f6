//! `overlapping-squash`: two squashes that replace the same migration.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diag::{Diagnostic, Level};
use crate::ir::{Dependency, Migration, MigrationId};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "overlapping-squash",
    summary: "two squashes replace the same migration",
    page: include_str!("../../../../docs/rules/overlapping-squash.md"),
    category: Category::Graph,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    // Which squash was first to name a migration.
    let mut first: FxHashMap<MigrationId, (&Migration, &Dependency)> = FxHashMap::default();
    let mut told: FxHashSet<(&MigrationId, &MigrationId)> = FxHashSet::default();
    for app in &ctx.project.apps {
        for squash in app.migrations.iter().filter(|it| !it.replaces.is_empty()) {
            for entry in &squash.replaces {
                let Some(id) = entry.target.key() else {
                    continue;
                };
                let Some((other, other_entry)) = first.get(&id).copied() else {
                    first.insert(id, (squash, entry));
                    continue;
                };
                // `nested-squash` tells of one inside the other.
                if other.id == squash.id
                    || names(other, &squash.id)
                    || names(squash, &other.id)
                    || !ctx.is_own(app.label.as_str())
                    || !told.insert((&other.id, &squash.id))
                {
                    continue;
                }
                out.push(finding(squash, entry, other, other_entry, &id));
            }
        }
    }
}

fn names(squash: &Migration, id: &MigrationId) -> bool {
    squash
        .replaces
        .iter()
        .any(|entry| entry.target.key().as_ref() == Some(id))
}

fn finding(
    squash: &Migration,
    entry: &Dependency,
    other: &Migration,
    other_entry: &Dependency,
    id: &MigrationId,
) -> Diagnostic {
    let finding = RULE
        .finding(
            squash,
            entry.span,
            format!(
                "`{}` replaces `{id}`, which `{}` replaces as well",
                squash.id, other.id
            ),
        )
        .note("both run on an empty database, so that what the shared migrations do is done twice")
        .help(format!(
            "delete one of the two squashes: `{}` or `{}`",
            other.id, squash.id
        ));
    if Context::is_shown(other_entry.span) {
        finding.label(other_entry.span, "replaced here first")
    } else {
        finding
    }
}
