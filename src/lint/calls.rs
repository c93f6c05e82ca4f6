//! Functions that migrations call (`RunPython`), each with the state in which it runs.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use super::context::Context;
use super::names::Names;
use super::rule::Rule;
use crate::base::Span;
use crate::diag::Diagnostic;
use crate::ir::body::{Function, ModelRef, Step};
use crate::ir::operation::Base;
use crate::ir::{Migration, Operation, OperationKind, Project};
use crate::schema::{FieldState, ModelKey, ProjectState};

/// One function of one operation.
#[derive(Debug)]
pub(super) struct Call<'p> {
    pub(super) migration: &'p Migration,
    pub(super) operation: &'p Operation,
    pub(super) function: &'p Function,
    /// The function as the operation names it.
    pub(super) place: Span,
    pub(super) is_reverse: bool,
    /// The models that its `apps` has.
    pub(super) state: ProjectState,
    /// Models that the same migration or the same change makes: their tables are empty.
    made: FxHashSet<ModelKey>,
    /// What several rules ask about the same models.
    names: Mutex<FxHashMap<ModelKey, Option<Arc<Names>>>>,
}

/// Adds the functions of an operation and of those nested in it.
pub(super) fn gather<'p>(
    migration: &'p Migration,
    operation: &'p Operation,
    before: &ProjectState,
    batch: &FxHashSet<ModelKey>,
    out: &mut Vec<Call<'p>>,
) {
    for child in operation.children() {
        gather(migration, child, before, batch, out);
    }
    let OperationKind::RunPython(run) = &operation.kind else {
        return;
    };
    let forwards = run.forwards.as_ref().map(|it| (it, run.code.span, false));
    let reverse = run.reverse_code.as_ref().map(|code| code.span);
    let backwards = run.backwards.as_ref().zip(reverse);
    let backwards = backwards.map(|(it, place)| (it, place, true));
    for (function, place, is_reverse) in forwards.into_iter().chain(backwards) {
        out.push(Call {
            migration,
            operation,
            function,
            place,
            is_reverse,
            state: before.clone(),
            made: made(migration).chain(batch.iter().cloned()).collect(),
            names: Mutex::default(),
        });
    }
}

/// Models that the project's new migrations make, where it is known which are new.
pub(super) fn made_by_change(project: &Project) -> FxHashSet<ModelKey> {
    let Some(set) = &project.change_set else {
        return FxHashSet::default();
    };
    let migrations = project.apps.iter().flat_map(|app| &app.migrations);
    let new = migrations.filter(|migration| set.is_new(&migration.id));
    new.flat_map(made).collect()
}

fn made(migration: &Migration) -> impl Iterator<Item = ModelKey> {
    migration
        .walk_operations()
        .filter_map(|operation| match &operation.kind {
            OperationKind::CreateModel(create) => {
                Some(ModelKey::new(&migration.id.app, &create.name))
            }
            _ => None,
        })
}

impl Call<'_> {
    /// The function's name: `forwards`.
    pub(super) fn name(&self) -> &str {
        let path = &self.function.path;
        path.rsplit('.').next().unwrap_or(path)
    }

    /// The names that a model has by then; `None` if it is not there or not sure.
    pub(super) fn names(&self, model: &ModelKey) -> Option<Arc<Names>> {
        let names = self.names.lock();
        let mut names = names.unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = names.get(model) {
            return known.clone();
        }
        let found = Names::of(&self.state, model).map(Arc::new);
        names.insert(model.clone(), found.clone());
        found
    }

    /// Whether the way from a row ends at a field of the model itself: no other name that
    /// the model has needs to be known then.
    pub(super) fn ends_at_field(&self, model: &ModelKey, name: &str, is_last: bool) -> bool {
        let Some(model) = self.state.model(model) else {
            return false;
        };
        let ends = |field: &FieldState| {
            let kind = field.field.kind.known();
            is_last || kind.is_some_and(|kind| !kind.is_relation())
        };
        model.state().fields.get(name).is_some_and(ends)
    }

    /// Whether a name of a model's class is the manager that Django gives to models which
    /// have none: no other name needs to be known then.
    pub(super) fn is_given_manager(&self, model: &ModelKey, name: &str) -> bool {
        let model = self.state.model(model);
        name == "objects"
            && model.is_some_and(|model| {
                let own = model.state();
                own.managers.is_empty() && own.bases.iter().all(Base::is_plain)
            })
    }

    /// Whether the table of a model may have many rows: it is there before the
    /// migration, and the configuration does not call it small.
    pub(super) fn is_felt(&self, ctx: &Context<'_>, model: &ModelRef) -> bool {
        let Some(key) = key(model) else {
            return true;
        };
        let table = self.state.model(&key).map(|model| model.db_table());
        let table = table.as_ref().and_then(|table| table.known());
        let mut small = ctx.policy().small.iter();
        let is_small = small.any(|small| match small.split_once('.') {
            Some((app, name)) => ModelKey::of(app, name) == key,
            None => table.is_some_and(|table| table.eq_ignore_ascii_case(small)),
        });
        !is_small && !self.made.contains(&key)
    }

    /// A finding about a step, shown in the migration: where the step stands in another
    /// module, at what leads there.
    pub(super) fn finding(
        &self,
        rule: &Rule,
        step: &Step,
        here: &str,
        message: impl Into<String>,
    ) -> Diagnostic {
        let file = self.migration.file;
        let place = if step.span.file == file {
            step.span
        } else {
            let via = step.via.filter(|via| via.file == file);
            via.unwrap_or(self.place)
        };
        let mut finding = rule.finding(self.migration, place, message);
        finding.subject.operation = Some(self.operation.describe());
        if place == step.span {
            finding.here(here)
        } else if Context::is_shown(step.span) {
            finding.label(step.span, here)
        } else {
            finding
        }
    }

    /// A finding about the function itself.
    pub(super) fn on_function(&self, rule: &Rule, message: impl Into<String>) -> Diagnostic {
        let mut finding = rule.finding(self.migration, self.place, message);
        finding.subject.operation = Some(self.operation.describe());
        finding
    }
}

/// The key of a model of the project state.
pub(super) fn key(model: &ModelRef) -> Option<ModelKey> {
    match model {
        ModelRef::State { app, name } => Some(ModelKey::of(app, name)),
        ModelRef::Code(_) => None,
    }
}

/// A model as people name it.
pub(super) fn shown(model: &ModelRef) -> String {
    match model {
        ModelRef::State { app, name } => format!("{app}.{name}"),
        ModelRef::Code(path) => path.to_string(),
    }
}
