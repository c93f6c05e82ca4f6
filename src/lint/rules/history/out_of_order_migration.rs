//! `out-of-order-migration`: a new migration that does not come after those that are
//! merged.
//!
//! ```text
//! 0001 ── 0002 ── 0003          in main
//!     └── 0002_new ──┘          new: 0003 comes to depend on it
//! ```

use rustc_hash::FxHashSet;

use crate::diag::{Diagnostic, Level};
use crate::graph::NodeId;
use crate::graph::conflict::compare;
use crate::ir::{ChangeSet, Migration};
use crate::lint::context::Context;
use crate::lint::phrase::Entry;
use crate::lint::rule::{Category, Check, Group, Rule};

use super::{changes, new_migrations};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "out-of-order-migration",
    summary: "a new migration does not come after the merged ones of its app",
    page: include_str!("../../../../docs/rules/out-of-order-migration.md"),
    category: Category::History,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let doubtful = ctx.doubtful_apps();
    for (set, app, changes) in changes(ctx) {
        // What order such an app has is not known, and another rule's business.
        if !ctx.graph.is_certain(app) || doubtful.contains(app) {
            continue;
        }
        let leaves = merged_leaves(ctx, set, app);
        for migration in new_migrations(ctx, app, changes) {
            // A squash stands where those that it replaces stood.
            if !migration.replaces.is_empty() {
                continue;
            }
            let Some(node) = ctx.node(migration) else {
                continue;
            };
            let found = comes_before(ctx, set, migration, node)
                .or_else(|| misses_leaf(ctx, set, migration, node, &leaves));
            out.extend(found);
        }
    }
}

/// The last migrations of an app as the revision has them.
fn merged_leaves(ctx: &Context<'_>, set: &ChangeSet, app: &str) -> Vec<NodeId> {
    let nodes = ctx.graph.app_nodes(app);
    let merged: Vec<NodeId> = nodes
        .into_iter()
        .filter(|node| !set.is_new(ctx.graph.id(*node)))
        .collect();
    let mut followed: FxHashSet<NodeId> = FxHashSet::default();
    for node in &merged {
        followed.extend(ctx.graph.parents(*node));
    }
    // A new one between two merged ones does not make the first of them a leaf.
    let is_last = |node: &NodeId| {
        let after = ctx.graph.descendants_in_app(*node);
        after.iter().all(|it| set.is_new(ctx.graph.id(*it)))
    };
    merged
        .into_iter()
        .filter(|node| !followed.contains(node) && is_last(node))
        .collect()
}

/// A merged migration depends on the new one.
fn comes_before(
    ctx: &Context<'_>,
    set: &ChangeSet,
    migration: &Migration,
    node: NodeId,
) -> Option<Diagnostic> {
    let after = ctx.graph.descendants(node);
    let merged = after.into_iter().find(|it| {
        let is_own = ctx.own_migration(*it).is_some();
        is_own && !set.is_new(ctx.graph.id(*it))
    })?;
    let (id, revision) = (ctx.graph.id(merged), &set.revision);
    let message = format!(
        "`{}` is new and comes before `{id}`, which `{revision}` has",
        migration.id
    );
    let edges = ctx.graph.parent_edges(merged);
    let edge = edges.iter().find(|(parent, _)| *parent == node);
    let mut finding = RULE.finding(migration, migration.span, message);
    if let Some((_, edge)) = edge.filter(|(_, edge)| Context::is_shown(edge.span)) {
        finding = finding.label(edge.span, "this makes it come first");
    }
    Some(
        finding
            .note(format!(
                "a database that has run `{}` refuses to migrate: `InconsistentMigrationHistory`",
                id.name
            ))
            .help("let it come after the last merged migration of its app"),
    )
}

/// A merged migration that nothing merged follows is not among its ancestors. Told of
/// the first one of a branch.
fn misses_leaf(
    ctx: &Context<'_>,
    set: &ChangeSet,
    migration: &Migration,
    node: NodeId,
    leaves: &[NodeId],
) -> Option<Diagnostic> {
    let parents = ctx.graph.parents(node);
    let mut own_parents = parents.iter().filter(|it| ctx.graph.same_app(node, **it));
    if own_parents.any(|parent| set.is_new(ctx.graph.id(*parent))) {
        return None;
    }
    let before = ctx.graph.ancestors_in_app(node);
    let leaf = leaves.iter().find(|leaf| !before.contains(leaf))?;
    let (id, revision) = (ctx.graph.id(*leaf), &set.revision);
    let message = format!(
        "`{}` does not follow `{}`, the last one of `{revision}`",
        migration.id, id.name
    );
    let mut finding = RULE.finding(migration, migration.span, message);
    if let Some(last) = ctx.own_migration(*leaf) {
        finding = finding.label(last.span, format!("`{revision}` ends here"));
    }
    let commutes = compare(ctx.project, ctx.graph, *leaf, node).commutes();
    finding.level = if commutes {
        Level::Info
    } else {
        Level::Warning
    };
    let entry = Entry::migration(migration, id);
    Some(
        finding
            .note(if commutes {
                "databases run the two in different orders, which makes no difference here"
            } else {
                "databases run the two in different orders, and may end with different schemas"
            })
            .help(format!(
                "let it depend on `{}`; a merge migration is not needed then",
                entry.shown()
            )),
    )
}
