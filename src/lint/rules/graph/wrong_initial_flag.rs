//! `wrong-initial-flag`: `initial = True` on a later migration, or `False` on the
//! first.

use crate::diag::{Diagnostic, Level};
use crate::ir::{DependencyTarget, Known, Migration, OperationKind};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "wrong-initial-flag",
    summary: "`initial` does not fit the migration's place in its app",
    page: include_str!("../../../../docs/rules/wrong-initial-flag.md"),
    category: Category::Graph,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Migration(check),
};

fn check(ctx: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    let Some(initial) = &migration.initial else {
        return;
    };
    let Known::Yes(flag) = &initial.value else {
        return;
    };
    let unread = migration
        .unread
        .iter()
        .any(|unread| unread.attribute == "dependencies");
    if unread || !migration.replaces.is_empty() {
        return;
    }
    if *flag {
        out.extend(later(ctx, migration, initial.span));
    } else if own_app_dependencies(migration).next().is_none() && creates_models(migration) {
        let finding = RULE
            .finding(
                migration,
                initial.span,
                format!(
                    "`{}` is the first of its app and says it is not",
                    migration.id
                ),
            )
            .note("`migrate --fake-initial` will not recognise its tables")
            .help("remove `initial = False`");
        out.push(finding);
    }
}

/// The makers of migrations write `initial = True` into a second one, too, where
/// models need each other: it is wrong only after one that is not initial.
fn later(ctx: &Context<'_>, migration: &Migration, span: crate::base::Span) -> Option<Diagnostic> {
    let (entry, parent) = own_app_dependencies(migration).find_map(|entry| {
        let id = entry.target.key()?;
        let parent = ctx.migration(ctx.graph.node(&id)?)?;
        (is_initial(parent) == Some(false)).then_some((entry, parent))
    })?;
    Some(
        RULE.finding(
            migration,
            span,
            format!(
                "`{}` says it is initial but depends on `{}`, which is not",
                migration.id, parent.id.name
            ),
        )
        .label(entry.span, "so it is not among the first of its app")
        .note(
            "`migrate --fake-initial` may record it as applied without running it, where its \
             tables exist",
        )
        .help("remove `initial = True`"),
    )
}

fn own_app_dependencies(migration: &Migration) -> impl Iterator<Item = &crate::ir::Dependency> {
    migration.dependencies.iter().filter(|entry| {
        matches!(&entry.target, DependencyTarget::Migration(id)
            if id.app == migration.id.app && id.name.as_str() != "__first__")
    })
}

/// As Django sees it (`MigrationExecutor.detect_soft_applied`, Django 5.2): without
/// the flag, a migration is initial if it depends on none of its app.
fn is_initial(migration: &Migration) -> Option<bool> {
    match &migration.initial {
        Some(flag) => flag.value.known().copied(),
        None if migration.unread.is_empty() => {
            Some(own_app_dependencies(migration).next().is_none())
        }
        None => None,
    }
}

fn creates_models(migration: &Migration) -> bool {
    migration
        .walk_operations()
        .any(|operation| matches!(operation.kind, OperationKind::CreateModel(_)))
}
