//! `dangling-dependency`: an entry that names a migration which does not exist.

use crate::base::Span;
use crate::diag::wording::{did_you_mean, list};
use crate::diag::{Diagnostic, Level};
use crate::graph::fault::{Cause, Fault};
use crate::graph::{List, NodeId};
use crate::ir::{Migration, MigrationId};
use crate::lint::context::Context;
use crate::lint::phrase::Entry;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "dangling-dependency",
    summary: "a dependency names a migration that does not exist",
    page: include_str!("../../../../docs/rules/dangling-dependency.md"),
    category: Category::Graph,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for fault in ctx.graph.faults() {
        let Fault::Missing {
            from,
            target,
            list,
            span,
            cause,
            tried,
        } = fault
        else {
            continue;
        };
        let Some(migration) = ctx.own_migration(*from) else {
            continue;
        };
        let Some(mut finding) = judge(ctx, migration, *list, target, *span, *cause) else {
            continue;
        };
        if !tried.is_empty() {
            finding = finding.note(format!(
                "{} would replace it, but is itself replaced",
                self::list(tried)
            ));
        }
        out.push(finding);
    }
}

fn judge(
    ctx: &Context<'_>,
    migration: &Migration,
    list: List,
    target: &MigrationId,
    span: Span,
    cause: Cause,
) -> Option<Diagnostic> {
    let from = &migration.id;
    let app = &target.app;
    let says = match list {
        List::Dependencies => "depends on",
        List::RunBefore => "is to run before",
    };
    let find = |message: String| RULE.finding(migration, span, message);
    let special = match target.name.as_str() {
        "__first__" => Some("first"),
        "__latest__" => Some("latest"),
        _ => None,
    };
    match (cause, special) {
        (Cause::NoMigration, _) if ctx.hides_squash(app.as_str()) => None,
        (Cause::NoMigration, Some("latest")) if *app == from.app => Some(
            find(format!(
                "`{from}` {says} the latest migration of its own app"
            ))
            .note("Django resolves `__latest__` for other apps only")
            .help("name the migration"),
        ),
        (Cause::NoMigration, Some(special)) => Some(find(format!(
            "`{from}` {says} the {special} migration of `{app}`, which has none"
        ))),
        (Cause::NoMigration, None) => {
            let finding = find(format!("`{from}` {says} `{target}`, which does not exist"));
            Some(match ctx.nearest(target) {
                Some(near) => suggest(ctx, migration, finding, near),
                None => match ctx.graph.leaf_nodes(Some(app.as_str())).as_slice() {
                    [latest] if *app != from.app => finding.note(format!(
                        "the latest migration of `{app}` is `{}`",
                        ctx.graph.id(*latest).name
                    )),
                    _ => finding,
                },
            })
        }
        (Cause::Unmigrated, _) => Some(
            find(format!(
                "`{from}` {says} `{target}`, but app `{app}` has no migrations"
            ))
            .help(format!(
                "depend on `{}`, which Django ignores as long as the app has no migrations",
                Entry::migration(migration, &MigrationId::new(app.as_str(), "__first__")).shown()
            )),
        ),
        // `missing-init` tells of it, unless the app is not ours.
        (Cause::MissingInit, _) if ctx.is_own(app.as_str()) => None,
        (Cause::MissingInit, _) => Some(find(format!(
            "`{from}` {says} `{target}`, but the migrations folder of `{app}` lacks \
             `__init__.py`"
        ))),
        (Cause::NoApp, _) => {
            let finding = find(format!(
                "`{from}` {says} `{target}`, but no app `{app}` is installed"
            ));
            let labels = ctx.project.apps.iter().map(|app| app.label.as_str());
            Some(match did_you_mean(app.as_str(), labels) {
                Some(near) => finding.help(format!("did you mean app `{near}`?")),
                None => finding.help(format!(
                    "add the app to `INSTALLED_APPS`, or remove the entry `{target}`"
                )),
            })
        }
        // `unknown-app` tells of it.
        (Cause::UnknownApp, _) => None,
    }
}

fn suggest(ctx: &Context<'_>, within: &Migration, finding: Diagnostic, near: NodeId) -> Diagnostic {
    let id = ctx.graph.id(near);
    let entry = Entry::migration(within, id);
    let finding = finding.help(format!("did you mean `{}`?", entry.shown()));
    match ctx.migration(near) {
        Some(migration) if Context::is_shown(migration.span) => {
            finding.label(migration.span, format!("`{id}` is here"))
        }
        _ => finding,
    }
}
