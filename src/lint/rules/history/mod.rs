//! Rules on what a change does to migrations that others have, and may have run: they
//! compare a project with a revision of its repository, and are silent without one.

pub(super) mod conflicting_merge;
pub(super) mod contraction_with_code;
pub(super) mod deleted_migration;
pub(super) mod modified_migration;
pub(super) mod out_of_order_migration;
pub(super) mod renamed_migration;

use crate::ir::{AppChanges, ChangeSet, Migration, MigrationName};
use crate::lint::context::Context;
use crate::lint::meaning;

/// What changed, app by app.
fn changes<'p>(
    ctx: &Context<'p>,
) -> impl Iterator<Item = (&'p ChangeSet, &'p str, &'p AppChanges)> {
    let set = ctx.project.change_set.as_ref();
    set.into_iter().flat_map(|set| {
        let apps = set.apps.iter();
        apps.map(move |(label, changes)| (set, label.as_str(), changes))
    })
}

/// A migration of the project as it is here.
fn current<'p>(ctx: &Context<'p>, app: &str, name: &MigrationName) -> Option<&'p Migration> {
    let mut migrations = ctx.app(app)?.migrations.iter();
    migrations.find(|migration| migration.id.name == *name)
}

/// New migrations of an app.
fn new_migrations<'p>(ctx: &Context<'p>, app: &str, changes: &'p AppChanges) -> Vec<&'p Migration> {
    let names = changes.new.iter();
    names.filter_map(|name| current(ctx, app, name)).collect()
}

/// The new migration that a lost one has become.
fn renamed<'p>(
    ctx: &Context<'p>,
    app: &str,
    changes: &'p AppChanges,
    lost: &Migration,
) -> Option<&'p Migration> {
    if lost.operations.is_empty() || !lost.unread.is_empty() {
        return None;
    }
    let texts = |migration: &Migration| -> Vec<String> {
        let operations = migration.operations.iter();
        operations
            .map(|it| meaning::of_operation(ctx.files(), migration, it))
            .collect()
    };
    let wanted = texts(lost);
    let mut new = new_migrations(ctx, app, changes).into_iter();
    new.find(|migration| {
        migration.operations.len() == lost.operations.len() && texts(migration) == wanted
    })
}

/// Whether a squash stands for a lost migration, here or in the revision.
fn is_replaced(ctx: &Context<'_>, app: &str, changes: &AppChanges, lost: &Migration) -> bool {
    let here = ctx.app(app).into_iter().flat_map(|app| &app.migrations);
    let then = changes.modified.iter().chain(&changes.deleted);
    let mut replaced = here.chain(then).flat_map(|it| &it.replaces);
    replaced.any(|entry| entry.target.key().as_ref() == Some(&lost.id))
}
