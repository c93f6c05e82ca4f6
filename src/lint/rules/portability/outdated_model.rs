//! `outdated-model`: a model ends up with what later versions of Django know in migrations only.
//!
//! ```text
//! models.NullBooleanField()    # and no later migration alters it
//! ```

use rustc_hash::FxHashMap;

use crate::base::{FileId, Span};
use crate::diag::{Diagnostic, Level};
use crate::ir::{Field, FieldKind, Migration};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::schema::{ModelKey, Step};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "outdated-model",
    summary: "a model ends up with what later versions of Django know in migrations only",
    page: include_str!("../../../../docs/rules/outdated-model.md"),
    category: Category::Portability,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let history = ctx.history();
    let Some(end) = history
        .and_then(|it| it.steps().last())
        .and_then(Step::after)
    else {
        return;
    };
    let mut found: Vec<(Span, String, &str, &str)> = Vec::new();
    for model in end.models().filter(|it| ctx.is_own(it.key().app())) {
        // What was not understood may have taken it away.
        if model.why_uncertain().is_some() {
            continue;
        }
        let (key, model) = (model.key(), model.state());
        for field in model.fields.values() {
            let is_known = field.uncertain.is_none() && field.field.class.starts_with("django.");
            let Some((version, instead)) = removed(&field.field).filter(|_| is_known) else {
                continue;
            };
            let class = field.field.class.rsplit('.').next().unwrap_or_default();
            let what = format!("field `{}` of `{key}` is a `{class}`", field.name);
            found.push((field.origin, what, version, instead));
        }
        let sets = model.index_together.as_ref();
        if sets.is_some_and(|sets| sets.iter().next().is_some()) {
            let first = model.fields.values().next().map(|field| field.origin);
            let what = format!("`{key}` has `index_together`");
            let origin = created(ctx, key).or(first);
            found.extend(origin.map(|origin| (origin, what, "5.1", "`indexes` of `Meta`")));
        }
    }
    if found.is_empty() {
        return;
    }
    let migrations: FxHashMap<FileId, &Migration> = ctx
        .own_apps()
        .flat_map(|app| &app.migrations)
        .map(|migration| (migration.file, migration))
        .collect();
    for (origin, what, version, instead) in found {
        let Some(migration) = migrations.get(&origin.file) else {
            continue;
        };
        let message = format!("{what}, which models cannot have from Django {version} on");
        let finding = RULE
            .finding(migration, origin, message)
            .note("migrations that had it may keep it; no later one takes it away from the model");
        out.push(finding.help(format!(
            "use {instead} in the model, and make a migration of that"
        )));
    }
}

fn created(ctx: &Context<'_>, key: &ModelKey) -> Option<Span> {
    ctx.creation(key).map(|(_, span)| span)
}

/// The version from which on a model with the field does not pass Django's checks, and
/// what took its place.
/// Source: `system_check_removed_details` of the classes, Django 2.0 to 6.0.
fn removed(field: &Field) -> Option<(&'static str, &'static str)> {
    let path = field.class.as_str();
    Some(match field.kind.known()? {
        FieldKind::NullBooleanField => ("4.0", "`BooleanField(null=True)`"),
        FieldKind::IPAddressField => ("1.9", "`GenericIPAddressField`"),
        FieldKind::CommaSeparatedIntegerField => (
            "2.0",
            "`CharField` with `validate_comma_separated_integer_list`",
        ),
        FieldKind::JSONField if path.contains(".contrib.postgres.") => {
            ("4.0", "`models.JSONField`")
        }
        FieldKind::CITextField | FieldKind::CICharField | FieldKind::CIEmailField => {
            ("5.1", "a field with `db_collation`")
        }
        _ => return None,
    })
}
