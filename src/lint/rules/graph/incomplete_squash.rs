//! `incomplete-squash`: a squash that names what does not exist beside what does, or
//! that leaves out migrations in between.

use crate::diag::wording::list;
use crate::diag::{Diagnostic, Level};
use crate::graph::{Fault, NodeId, NodeKind};
use crate::ir::{Dependency, Migration, MigrationName};
use crate::lint::context::Context;
use crate::lint::phrase::Entry;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "incomplete-squash",
    summary: "a squash replaces only part of a history",
    page: include_str!("../../../../docs/rules/incomplete-squash.md"),
    category: Category::Graph,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for app in ctx.own_apps() {
        for migration in &app.migrations {
            if !migration.replaces.is_empty()
                && !ctx.hides_squash(app.label.as_str())
                && ctx.node(migration).is_some()
            {
                out.extend(absent(ctx, migration));
            }
        }
    }
    for fault in ctx.graph.faults() {
        if let Fault::Cycle { edges } = fault
            && let Some((squash, left_out)) = ctx.gap(edges)
        {
            out.extend(gap(ctx, squash, &left_out));
        }
    }
}

/// Some of the replaced migrations have files, others do not.
fn absent(ctx: &Context<'_>, squash: &Migration) -> Option<Diagnostic> {
    let has_file = |entry: &&Dependency| {
        let node = entry.target.key().and_then(|id| ctx.graph.node(&id));
        node.is_some_and(|node| match ctx.graph.kind(node) {
            NodeKind::Migration(_) | NodeKind::Unreadable => true,
            NodeKind::Replaced { place, .. } => place.is_some(),
            NodeKind::Missing | NodeKind::Absent => false,
        })
    };
    let (present, absent): (Vec<&Dependency>, Vec<&Dependency>) =
        squash.replaces.iter().partition(has_file);
    let first = absent.first().filter(|_| !present.is_empty())?;
    let target = first.target.key()?;
    let near = ctx
        .nearest(&target)
        .filter(|near| !is_named(ctx, squash, *near));
    let finding = if absent.len() == 1 {
        let message = format!("`{}` replaces `{target}`, which does not exist", squash.id);
        RULE.finding(squash, first.span, message)
    } else {
        let message = format!(
            "`{}` replaces {} migrations, of which {} do not exist",
            squash.id,
            squash.replaces.len(),
            absent.len()
        );
        absent.iter().skip(1).take(8).fold(
            RULE.finding(squash, first.span, message)
                .here("does not exist"),
            |finding, entry| finding.label(entry.span, "nor does this one"),
        )
    };
    let finding = finding.note(
        "where the others are applied, Django takes the squash for applied in part and does not \
         use it",
    );
    Some(match near {
        Some(near) => {
            let id = ctx.graph.id(near);
            let entry = Entry::migration(squash, id);
            let finding = finding.help(format!("did you mean `{}`?", entry.shown()));
            match ctx.migration(near) {
                Some(near) if Context::is_shown(near.span) => {
                    finding.label(near.span, format!("`{id}` is here"))
                }
                _ => finding,
            }
        }
        None => finding.help(
            "keep the files of all replaced migrations until the squash is applied everywhere, \
             then delete all of them",
        ),
    })
}

/// The near name is one that the squash replaces anyway.
fn is_named(ctx: &Context<'_>, squash: &Migration, near: NodeId) -> bool {
    let id = ctx.graph.id(near);
    *id == squash.id
        || squash
            .replaces
            .iter()
            .any(|entry| entry.target.key().as_ref() == Some(id))
}

/// Migrations that need one replaced migration and are needed by another.
fn gap(ctx: &Context<'_>, squash: NodeId, left_out: &[NodeId]) -> Option<Diagnostic> {
    let squash = ctx.own_migration(squash)?;
    let names: Vec<&MigrationName> = left_out.iter().map(|it| &ctx.graph.id(*it).name).collect();
    let span = squash.replaces_span.unwrap_or(squash.span);
    let mut finding = RULE
        .finding(
            squash,
            span,
            format!(
                "`{}` leaves out {}, between migrations that it replaces",
                squash.id,
                list(&names)
            ),
        )
        .note("what is left out would have to run before and after the squash");
    for node in left_out {
        if let Some(migration) = ctx.migration(*node)
            && Context::is_shown(migration.span)
        {
            finding = finding.label(migration.span, "left out");
        }
    }
    let entries: Vec<String> = names
        .iter()
        .map(|name| format!("(\"{}\", \"{name}\")", squash.id.app))
        .collect();
    Some(finding.help(format!("add {} to `replaces`", list(&entries))))
}
