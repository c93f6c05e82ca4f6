//! `replaced-dependency`: a dependency on a migration that a squash replaces.

use crate::diag::{Diagnostic, Level};
use crate::graph::NodeKind;
use crate::ir::{DependencyTarget, Migration};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "replaced-dependency",
    summary: "a dependency names a migration that a squash replaces",
    page: include_str!("../../../../docs/rules/replaced-dependency.md"),
    category: Category::Graph,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Migration(check),
};

fn check(ctx: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    let Some(node) = ctx.node(migration) else {
        return;
    };
    // What is replaced itself goes with its files.
    if !matches!(ctx.graph.kind(node), NodeKind::Migration(_)) {
        return;
    }
    let entries = migration.dependencies.iter().chain(&migration.run_before);
    for entry in entries {
        let target = match &entry.target {
            DependencyTarget::Migration(id) => ctx.graph.node(id),
            swappable @ DependencyTarget::Swappable { .. } => {
                swappable.key().and_then(|id| ctx.graph.node(&id))
            }
            DependencyTarget::Computed(_) => None,
        };
        let Some(target) = target else {
            continue;
        };
        let NodeKind::Replaced { place, .. } = ctx.graph.kind(target) else {
            continue;
        };
        let squash = ctx.graph.standing_for(target);
        // A squash that waits for the migration is worse, and told of elsewhere.
        if squash == node || ctx.is_in_cycle(node) && ctx.is_in_cycle(squash) {
            continue;
        }
        let (target, squash_id) = (ctx.graph.id(target), ctx.graph.id(squash));
        let gone = place.is_none();
        let state = if gone { ", and whose file is gone" } else { "" };
        let mut finding = RULE.finding(
            migration,
            entry.span,
            format!(
                "`{}` names `{target}`, which `{squash_id}` replaces{state}",
                migration.id
            ),
        );
        if gone {
            finding = finding.note(format!(
                "it works only as long as `{squash_id}` keeps its `replaces`"
            ));
        } else {
            finding.level = Level::Info;
        }
        if let Some(squash) = ctx.migration(squash)
            && let Some(replaces) = squash
                .replaces
                .iter()
                .find(|entry| entry.target.key().as_ref() == Some(target))
            && Context::is_shown(replaces.span)
        {
            finding = finding.label(replaces.span, "replaced here");
        }
        out.push(finding.help(format!(
            "name `(\"{}\", \"{}\")` instead",
            squash_id.app, squash_id.name
        )));
    }
}
