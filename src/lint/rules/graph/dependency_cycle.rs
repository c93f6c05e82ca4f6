//! `dependency-cycle`: migrations that wait for each other.

use crate::diag::wording::{count, count_of, list};
use crate::diag::{Diagnostic, Level};
use crate::graph::{CycleEdge, Fault, List, NodeKind};
use crate::ir::{Migration, MigrationId};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "dependency-cycle",
    summary: "migrations wait for each other, so none can run",
    page: include_str!("../../../../docs/rules/dependency-cycle.md"),
    category: Category::Graph,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

/// A longer ring is told in part.
const MOST_EDGES: usize = 12;

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for fault in ctx.graph.faults() {
        let Fault::Cycle { edges } = fault else {
            continue;
        };
        // `incomplete-squash` tells of a ring that a squash makes by its gap.
        if ctx.gap(edges).is_some() {
            continue;
        }
        out.extend(judge(ctx, edges));
    }
}

fn judge(ctx: &Context<'_>, edges: &[CycleEdge]) -> Option<Diagnostic> {
    // The ring may begin anywhere: show it from the first entry of our own on.
    let start = edges
        .iter()
        .position(|edge| ctx.own_migration(edge.edge.declared_by).is_some())?;
    let ring: Vec<&CycleEdge> = edges.iter().cycle().skip(start).take(edges.len()).collect();
    let first = ring.first()?;
    let migration = ctx.own_migration(first.edge.declared_by)?;
    let names: Vec<&MigrationId> = ring.iter().map(|edge| ctx.graph.id(edge.after)).collect();

    if let [only] = names.as_slice() {
        return Some(judge_one(ctx, migration, first, only));
    }
    let message = match names.as_slice() {
        few if few.len() <= 4 => format!("{} wait for each other", list(few)),
        [one, .., last] => format!(
            "`{one}` and `{last}` wait for each other, with {} between them",
            count(names.len() - 2, "migration")
        ),
        _ => return None,
    };
    let mut finding = RULE
        .finding(migration, first.edge.span, message)
        .here(words(ctx, first));
    for edge in ring.iter().skip(1).take(MOST_EDGES - 1) {
        if Context::is_shown(edge.edge.span) {
            finding = finding.label(edge.edge.span, words(ctx, edge));
        }
    }
    if ring.len() > MOST_EDGES {
        let more = count_of(
            ring.len() - MOST_EDGES,
            "more dependency",
            "more dependencies",
        );
        finding = finding.note(format!("the ring has {more}"));
    }
    Some(finding.help(
        "remove one of these dependencies, or split a migration so that one half can run first",
    ))
}

/// A migration that waits for itself, perhaps by what it replaces.
fn judge_one(
    ctx: &Context<'_>,
    migration: &Migration,
    edge: &CycleEdge,
    only: &MigrationId,
) -> Diagnostic {
    let find = |message: String| RULE.finding(migration, edge.edge.span, message);
    let finding = if edge.edge.declared_by != edge.after {
        let declared = ctx.graph.id(edge.edge.declared_by);
        find(format!(
            "`{declared}` waits for `{only}`, which replaces it"
        ))
    } else if migration.replaces.is_empty() {
        find(format!("`{only}` depends on itself"))
    } else {
        find(format!("`{only}` depends on a migration that it replaces"))
    };
    finding.help("remove the entry")
}

/// What one entry says, and how it came to be part of the ring.
fn words(ctx: &Context<'_>, edge: &CycleEdge) -> String {
    let after = ctx.graph.id(edge.after);
    let before = ctx.graph.id(edge.before);
    let declared = edge.edge.declared_by;
    let verb = match edge.edge.list {
        List::Dependencies => format!("`{after}` depends on `{before}`"),
        List::RunBefore => format!("`{before}` is to run before `{after}`"),
    };
    let own = match edge.edge.list {
        List::Dependencies => edge.after,
        List::RunBefore => edge.before,
    };
    if declared == own {
        return verb;
    }
    match ctx.graph.kind(declared) {
        NodeKind::Replaced { .. } => {
            let declared = ctx.graph.id(declared);
            let stand_in = ctx.graph.id(own);
            format!("{verb}: `{stand_in}` replaces `{declared}`")
        }
        NodeKind::Migration(_) | NodeKind::Unreadable | NodeKind::Missing | NodeKind::Absent => {
            verb
        }
    }
}
