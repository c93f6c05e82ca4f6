//! `conflicting-merge`: this branch and the revision each went on from the same
//! migration, which a merge shows and neither of them alone.

use crate::diag::wording::count;
use crate::diag::{Diagnostic, Level};
use crate::graph::conflict::{Comparison, compare};
use crate::graph::{Fault, MigrationGraph};
use crate::ir::{App, AppChanges, AppOrigin, ChangeSet, Migration, Project};
use crate::lint::context::Context;
use crate::lint::phrase::Entry;
use crate::lint::rule::{Category, Check, Group, Rule};

use super::{changes, new_migrations};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "conflicting-merge",
    summary: "a merge with the other branch would leave an app with several leaves",
    page: include_str!("../../../../docs/rules/conflicting-merge.md"),
    category: Category::History,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

/// No more clashes than these are told.
const MOST_CLASHES: usize = 4;

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let doubtful = ctx.doubtful_apps();
    for (set, label, changes) in changes(ctx) {
        let new = new_migrations(ctx, label, changes);
        if new.is_empty() || !ctx.graph.is_certain(label) || doubtful.contains(label) {
            continue;
        }
        out.extend(lost_targets(set, changes, &new));
        if let Some(app) = ctx.app(label)
            && !changes.upstream.is_empty()
        {
            out.extend(conflict(ctx, set, app, changes));
        }
    }
}

/// Dependencies on what the revision has no longer.
fn lost_targets(set: &ChangeSet, changes: &AppChanges, new: &[&Migration]) -> Vec<Diagnostic> {
    let replaced = changes.upstream.iter().flat_map(|it| &it.replaces);
    let replaced: Vec<_> = replaced.filter_map(|entry| entry.target.key()).collect();
    let mut found = Vec::new();
    for migration in new {
        for entry in &migration.dependencies {
            let Some(target) = entry.target.key() else {
                continue;
            };
            let is_lost = target.app == migration.id.app
                && changes.withdrawn.contains(&target.name)
                && !replaced.contains(&target);
            if !is_lost {
                continue;
            }
            let revision = &set.revision;
            let message = format!(
                "`{}` depends on `{}`, which `{revision}` has no longer",
                migration.id, target.name
            );
            found.push(
                RULE.finding(migration, entry.span, message)
                    .note("after a merge the dependency leads nowhere")
                    .help(format!(
                        "merge `{revision}` or rebase onto it, and depend on the last migration of \
                         the app there"
                    )),
            );
        }
    }
    found
}

/// The app as a merge would leave it, alone.
fn merged(ctx: &Context<'_>, app: &App, changes: &AppChanges) -> Project {
    let kept = app.migrations.iter();
    let kept = kept.filter(|it| !changes.withdrawn.contains(&it.id.name));
    let mut migrations: Vec<Migration> = kept.chain(&changes.upstream).cloned().collect();
    migrations.sort_by(|left, right| left.id.cmp(&right.id));
    migrations.dedup_by(|left, right| left.id == right.id);
    Project {
        root: ctx.project.root.clone(),
        settings: ctx.project.settings.clone(),
        apps: vec![App {
            label: app.label.clone(),
            package: app.package.clone(),
            origin: AppOrigin::Project,
            folder: app.folder.clone(),
            missing_init: None,
            max_migration: None,
            migrations,
            unreadable: Vec::new(),
        }],
        change_set: None,
    }
}

fn conflict(
    ctx: &Context<'_>,
    set: &ChangeSet,
    app: &App,
    changes: &AppChanges,
) -> Option<Diagnostic> {
    let project = merged(ctx, app, changes);
    let graph = MigrationGraph::build(&project);
    let label = app.label.as_str();
    // What a merge leaves without its dependency is told first, by what took that away.
    let is_broken = graph.faults().iter().any(|fault| match fault {
        Fault::Missing { target, .. } => target.app == app.label,
        Fault::Cycle { .. } | Fault::ReplacementGone { .. } | Fault::ReplacesItself { .. } => true,
    });
    if is_broken {
        return None;
    }
    let conflict = graph
        .conflicts()
        .into_iter()
        .find(|it| it.app == app.label)?;
    let is_upstream = |migration: &Migration| {
        let mut upstream = changes.upstream.iter();
        upstream.any(|it| it.id == migration.id)
    };
    let leaves = conflict.leaves.iter();
    let leaves = leaves.filter_map(|leaf| Some((*leaf, graph.migration(&project, *leaf)?)));
    let (theirs, ours): (Vec<_>, Vec<_>) = leaves.partition(|(_, it)| is_upstream(it));
    let (our_leaf, our_last) = ours.last()?;
    let (their_leaf, their_last) = theirs.first()?;
    let revision = &set.revision;
    let message = format!(
        "a merge with `{revision}` leaves app `{label}` with {}: `{}` and `{}`",
        count(conflict.leaves.len(), "leaf migration"),
        our_last.id.name,
        their_last.id.name
    );
    let mut finding = RULE
        .finding(our_last, our_last.span, message)
        .here("this branch ends here")
        .label(their_last.span, format!("`{revision}` has got this since"))
        .note("Django refuses to migrate until one migration depends on all of them");
    let compared = compare(&project, &graph, *our_leaf, *their_leaf);
    finding = describe(finding, &compared);
    let first = compared.left.migrations.first().unwrap_or(our_last);
    let entry = Entry::migration(first, &their_last.id);
    Some(finding.help(format!(
        "merge `{revision}` or rebase onto it, and let `{}` depend on `{}`",
        first.id.name,
        entry.shown()
    )))
}

fn describe(mut finding: Diagnostic, compared: &Comparison<'_>) -> Diagnostic {
    for clash in compared.clashes.iter().take(MOST_CLASHES) {
        finding = finding.note(format!("both branches touch {}", clash.about));
    }
    if compared.commutes() {
        finding.note("the branches commute: no operation of one touches what another one touches")
    } else {
        finding
    }
}
