//! `missing-dependency`: a relation to another app's model that may not exist yet.
//!
//! ```text
//! # shop/migrations/0001_initial.py, without any dependency on `blog`
//! ("post", models.ForeignKey(to="blog.post", on_delete=models.CASCADE))
//! ```

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use crate::base::Span;
use crate::diag::{Diagnostic, Level};
use crate::graph::NodeId;
use crate::graph::reach::Reach;
use crate::ir::operation::Base;
use crate::ir::value::SpannedValue;
use crate::ir::{Field, Migration, MigrationId, ModelName, Operation, OperationKind, Value};
use crate::lint::context::Context;
use crate::lint::phrase::Entry;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::schema;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "missing-dependency",
    summary: "a relation to another app's model without a dependency on that app",
    page: include_str!("../../../../docs/rules/missing-dependency.md"),
    category: Category::Graph,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

/// A model of another app that a migration needs.
struct Need<'p> {
    app: SmolStr,
    model: ModelName,
    /// Named through `settings.AUTH_USER_MODEL`.
    swappable: bool,
    span: Span,
    operation: &'p Operation,
}

/// Which migration brings each model into being.
type Creators<'p> = FxHashMap<(&'p str, SmolStr), Vec<(NodeId, Span)>>;

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let creators = creators(ctx);
    let dangling: FxHashSet<Span> = ctx
        .replay_errors()
        .filter(|(_, error)| matches!(error.fault, schema::Fault::DanglingRelation { .. }))
        .map(|(_, error)| error.span)
        .collect();
    // A later migration of the app that needs the same is not told of again.
    let mut told: FxHashSet<(String, SmolStr, Option<NodeId>)> = FxHashSet::default();
    ctx.graph.for_each_reach(
        |node| ctx.migration(node).is_some_and(|it| is_open(ctx, it)),
        |reach| {
            let Some(migration) = ctx.own_migration(reach.node()) else {
                return;
            };
            if reach.is_open() {
                return;
            }
            for need in needs(ctx, migration) {
                // `dangling-relation` tells that nothing makes the model.
                if dangling.contains(&need.span) {
                    continue;
                }
                let Some((finding, creator)) = judge(ctx, reach, migration, &need, &creators)
                else {
                    continue;
                };
                if told.insert((migration.id.app.to_string(), need.app, creator)) {
                    out.push(finding);
                }
            }
        },
    );
}

/// Whether some dependencies of a migration are not known.
pub(in crate::lint::rules) fn is_open(ctx: &Context<'_>, migration: &Migration) -> bool {
    let unread = migration
        .unread
        .iter()
        .any(|unread| matches!(unread.attribute, "dependencies" | "replaces"));
    unread
        || migration.dependencies.iter().any(|entry| {
            entry.target.key().is_none_or(|id| {
                let label = id.app.as_str();
                let known = ctx.app(label).is_some()
                    || ctx
                        .project
                        .settings
                        .unmigrated_apps
                        .iter()
                        .any(|app| app.as_str() == label);
                !known && !ctx.project.settings.all_apps_found
            })
        })
}

fn creators<'p>(ctx: &Context<'p>) -> Creators<'p> {
    let mut creators: Creators<'p> = FxHashMap::default();
    for app in &ctx.project.apps {
        for migration in &app.migrations {
            let Some(node) = ctx.node(migration) else {
                continue;
            };
            let node = ctx.graph.standing_for(node);
            let mut add = |name: SmolStr, span: Span| {
                creators
                    .entry((app.label.as_str(), name))
                    .or_default()
                    .push((node, span));
            };
            for operation in migration.walk_operations() {
                match &operation.kind {
                    OperationKind::CreateModel(create) => {
                        add(create.name.key(), create.name_span);
                    }
                    OperationKind::RenameModel { new_name, .. } => {
                        add(new_name.key(), operation.name_span);
                    }
                    _ => {}
                }
            }
        }
    }
    creators
}

/// The models of other apps that the operations of a migration refer to.
fn needs<'p>(ctx: &Context<'_>, migration: &'p Migration) -> Vec<Need<'p>> {
    let mut out = Vec::new();
    for operation in migration.walk_operations() {
        match &operation.kind {
            OperationKind::CreateModel(create) => {
                for base in &create.bases {
                    if let Base::Model { app, name, span } = base {
                        out.push(Need {
                            app: app.clone(),
                            model: name.clone(),
                            swappable: false,
                            span: *span,
                            operation,
                        });
                    }
                }
                for (_, field) in &create.fields {
                    needs_of_field(ctx, operation, field, &mut out);
                }
            }
            OperationKind::AddField { field, .. } | OperationKind::AlterField { field, .. } => {
                needs_of_field(ctx, operation, field, &mut out);
            }
            _ => {}
        }
    }
    out.retain(|need| need.app != migration.id.app.as_str());
    out
}

fn needs_of_field<'p>(
    ctx: &Context<'_>,
    operation: &'p Operation,
    field: &Field,
    out: &mut Vec<Need<'p>>,
) {
    if !field.kind.known().is_some_and(|kind| kind.is_relation()) {
        return;
    }
    for value in [field.to(), field.option("through")].into_iter().flatten() {
        out.extend(need(ctx, operation, value));
    }
}

fn need<'p>(ctx: &Context<'_>, operation: &'p Operation, value: &SpannedValue) -> Option<Need<'p>> {
    let (name, swappable) = match &value.value {
        Value::Str(name) => (name.as_str(), false),
        Value::Setting(setting) if setting == "AUTH_USER_MODEL" => {
            let settings = &ctx.project.settings;
            match &settings.auth_user_model {
                Some((model, _)) => (model.as_str(), true),
                // Without settings the user model may be anywhere.
                None if settings.module.is_none() => return None,
                None => ("auth.User", true),
            }
        }
        _ => return None,
    };
    let (app, model) = name.split_once('.')?;
    Some(Need {
        app: SmolStr::new(app),
        model: ModelName::from(model),
        swappable,
        span: value.span,
        operation,
    })
}

/// The finding and the migration that should be depended on, if one is known.
fn judge(
    ctx: &Context<'_>,
    reach: &Reach<'_>,
    migration: &Migration,
    need: &Need<'_>,
    creators: &Creators<'_>,
) -> Option<(Diagnostic, Option<NodeId>)> {
    let app = ctx.app(&need.app)?;
    if app.missing_init.is_some() || app.migrations.is_empty() || !ctx.graph.is_certain(&need.app) {
        return None;
    }
    let created = creators.get(&(app.label.as_str(), need.model.key()));
    // Any migration that makes the model will do.
    if let Some(created) = created
        && !need.swappable
        && created.iter().any(|(node, _)| reach.reaches(*node))
    {
        return None;
    }
    let reaches_app = reach.reaches_app(&need.app);
    // A swappable dependency is one on the app's first migration, wherever the model
    // is made; and where the model's migration is not known, the app must do.
    if reaches_app && (need.swappable || created.is_none()) {
        return None;
    }
    let creator = created.and_then(|created| created.first().copied());
    let of = format!("{}.{}", need.app, need.model);
    let message = match creator {
        Some((node, _)) if reaches_app => format!(
            "`{}` refers to `{of}`, but does not depend on `{}`, which creates it",
            migration.id,
            ctx.graph.id(node)
        ),
        _ => format!(
            "`{}` refers to `{of}`, but depends on no migration of `{}`",
            migration.id, need.app
        ),
    };
    let mut finding = RULE.finding(migration, need.span, message);
    finding.subject.operation = Some(need.operation.describe());
    let entry = if need.swappable {
        Entry::user_model(migration)
    } else {
        let name = creator.map_or("__first__", |(node, _)| ctx.graph.id(node).name.as_str());
        Entry::migration(migration, &MigrationId::new(need.app.as_str(), name))
    };
    if let Some(span) = migration.dependencies_span {
        finding = finding.label(span, format!("lacks `{}`", entry.shown()));
    }
    if let Some((node, span)) = creator {
        finding = finding.label(span, format!("`{of}` is created here"));
        finding = if reach.comes_after(node) {
            finding.note("it runs after that migration only by the order of names")
        } else {
            finding.level = Level::Error;
            finding.note(format!(
                "on an empty database it runs before `{}`",
                ctx.graph.id(node)
            ))
        };
    }
    Some((finding.help(entry.add()), creator.map(|(node, _)| node)))
}
