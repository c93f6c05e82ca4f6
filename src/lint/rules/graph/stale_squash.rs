//! `stale-squash`: a squash whose replaced migrations are all gone.

use crate::diag::wording::count;
use crate::diag::{Diagnostic, Level};
use crate::graph::NodeKind;
use crate::ir::{Dependency, Migration};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "stale-squash",
    summary: "a squash keeps `replaces` although the replaced files are gone",
    page: include_str!("../../../../docs/rules/stale-squash.md"),
    category: Category::Graph,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Migration(check),
};

fn check(ctx: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    let Some(first) = migration.replaces.first() else {
        return;
    };
    let unread = migration
        .unread
        .iter()
        .any(|unread| unread.attribute == "replaces");
    if unread
        || ctx.hides_squash(migration.id.app.as_str())
        || ctx.node(migration).is_none()
        || migration.replaces.iter().any(|entry| !is_gone(ctx, entry))
    {
        return;
    }
    let span = migration.replaces_span.unwrap_or(first.span);
    let number = migration.replaces.len();
    let gone = if number == 1 {
        "a migration whose file is gone".to_owned()
    } else {
        format!("{} whose files are gone", count(number, "migration"))
    };
    out.push(
        RULE.finding(
            migration,
            span,
            format!("`{}` still replaces {gone}", migration.id),
        )
        .help(
            "remove `replaces` once every database has the squash applied, after pointing other \
             dependencies to it",
        ),
    );
}

/// The app is known and has no such file.
fn is_gone(ctx: &Context<'_>, entry: &Dependency) -> bool {
    let Some(id) = entry.target.key() else {
        return false;
    };
    if ctx.app(id.app.as_str()).is_none() {
        return false;
    }
    match ctx.graph.node(&id).map(|node| ctx.graph.kind(node)) {
        None | Some(NodeKind::Missing | NodeKind::Absent) => true,
        Some(NodeKind::Replaced { place, .. }) => place.is_none(),
        Some(NodeKind::Migration(_) | NodeKind::Unreadable) => false,
    }
}
