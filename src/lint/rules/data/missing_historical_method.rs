//! `missing-historical-method`: a function of a migration uses code that only today's model has.
//!
//! ```text
//! for book in apps.get_model("catalog", "Book").objects.all():
//!     book.compute_price()
//! ```

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::diag::{Diagnostic, Level};
use crate::ir::Value;
use crate::ir::body::{Act, Owner};
use crate::lint::calls::{Call, key};
use crate::lint::context::Context;
use crate::lint::names::{Names, query_has};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::schema::{History, ModelKey, ProjectState, Step};

use super::{Missing, elsewhere, missing_attribute};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "missing-historical-method",
    summary: "a function of a migration uses code that only today's model has",
    page: include_str!("../../../../docs/rules/missing-historical-method.md"),
    category: Category::Data,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let doubtful = ctx.doubtful_apps();
    let lacks_app = ctx.graph.lacks_app();
    for call in ctx.calls() {
        if doubtful.contains(call.migration.id.app.as_str()) {
            continue;
        }
        let mut told = FxHashSet::default();
        for step in &call.function.steps {
            let Act::Attribute {
                model,
                of,
                path,
                is_call,
            } = &step.act
            else {
                continue;
            };
            let Some(missing) = key(model).and_then(|key| missing(call, &key, *of, path)) else {
                continue;
            };
            let (on, name) = (&missing.model, &missing.name);
            // A field of another time is told as an unknown field.
            let was_field = *of == Owner::Row && !is_call && elsewhere(ctx, on, name).is_some();
            // What is called is no relation, of whatever models.
            let may_be_of_lost_app = *of == Owner::Row && !is_call && lacks_app;
            if step.is_guarded
                || was_field
                || may_be_of_lost_app
                || (*of == Owner::Row && may_be_relation(ctx, call, on, name))
                || doubtful.contains(on.app())
                || !told.insert((on.clone(), name.clone(), *of == Owner::Query))
            {
                continue;
            }
            let function = call.name();
            let message = match of {
                Owner::Row if *is_call => format!(
                    "`{function}` calls `{name}` of a row of `{on}`, and models of migrations have \
                     no methods of their own"
                ),
                Owner::Row => format!(
                    "`{function}` reads `{name}` of a row of `{on}`, and models of migrations have \
                     fields and no more"
                ),
                Owner::Class => format!(
                    "`{function}` uses `{name}` of the class `{on}`, and models of migrations have \
                     neither its attributes nor its managers"
                ),
                Owner::Query => format!(
                    "`{function}` calls `{name}` of a manager of `{on}`, and those of migrations \
                     have Django's methods alone"
                ),
            };
            let help = match of {
                Owner::Row | Owner::Class => "write what it does into the migration",
                Owner::Query => {
                    "write what it does into the migration, or set `use_in_migrations` on the manager"
                }
            };
            let finding = call.finding(&RULE, step, "raises `AttributeError`", message);
            out.push(finding.help(help));
        }
    }
}

/// Whether another model refers to the model by that name: one whose target is not known, or
/// one that comes later in the plan; where its app was migrated before, the relation is there.
fn may_be_relation(ctx: &Context<'_>, call: &Call<'_>, model: &ModelKey, name: &str) -> bool {
    let has = |state: &ProjectState| {
        let names = Names::of(state, model);
        names.is_some_and(|names| names.attribute(name).is_some())
    };
    let later = ctx.history().into_iter().flat_map(History::steps);
    let mut later = later.filter_map(Step::after);
    leads_nowhere(&call.state, name) || ctx.end().is_some_and(has) || later.any(has)
}

/// Whether there is a relation of which it is not known where it leads, and that would give
/// its target an attribute of the name.
fn leads_nowhere(state: &ProjectState, name: &str) -> bool {
    state.models().any(|model| {
        let own = model.state();
        own.fields.values().any(|field| {
            let is_relation = field.field.kind.known().is_some_and(|it| it.is_relation());
            let accessor = match field.field.option("related_name").map(|it| &it.value) {
                Some(Value::Str(given)) => *given == name,
                Some(Value::None) | None => {
                    let model = own.name.as_str().to_lowercase();
                    name.strip_suffix("_set").unwrap_or(name) == model
                }
                Some(_) => true,
            };
            is_relation && accessor && model.related(field).known().is_none()
        })
    })
}

fn missing(call: &Call<'_>, key: &ModelKey, of: Owner, path: &[SmolStr]) -> Option<Missing> {
    if of == Owner::Row {
        return missing_attribute(call, key, path);
    }
    let name = path.first()?;
    let is_given = match of {
        Owner::Query => query_has(name),
        Owner::Class => call.is_given_manager(key, name),
        Owner::Row => false,
    };
    if is_given {
        return None;
    }
    let names = call.names(key)?;
    let is_there = match of {
        Owner::Class => names.class_has(name),
        Owner::Query => names.has_mixin || !names.managers_are_plain(),
        Owner::Row => true,
    };
    (!is_there).then(|| Missing {
        model: key.clone(),
        name: name.clone(),
        fields: names.fields.clone(),
    })
}
