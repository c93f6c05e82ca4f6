//! What the database side of an operation would fail on.

use std::sync::Arc;

use super::super::fault::{Fault, Role};
use super::super::key::ModelKey;
use super::super::meta::is_foreign_key;
use super::super::relation;
use super::super::replay::{Dangling, Thing};
use super::super::state::{FieldState, ModelState};
use super::{Apply, Mode};
use crate::base::Span;
use crate::ir::constraint::Constraint;
use crate::ir::index::Index;
use crate::ir::{FieldKind, FieldName, Known, Value};
use smol_str::SmolStr;

impl Apply<'_> {
    /// Whether the operation also changes the database for a model, and nothing about
    /// that is in doubt.
    pub(super) fn migrates(&self, key: &ModelKey) -> bool {
        self.mode == Mode::Both
            && !self.log.is_silent
            && self
                .state
                .model(key)
                .is_some_and(|model| model.can_migrate().known() == Some(&true))
    }

    /// Fields that are looked up by name on the model, as rendered.
    pub(super) fn check_fields<'n>(
        &mut self,
        key: &ModelKey,
        names: impl Iterator<Item = &'n str>,
        span: Span,
    ) {
        let mut missing: Vec<FieldName> = Vec::new();
        let mut judged = None;
        for name in names {
            let Some(model) = self.state.state_of(key) else {
                return;
            };
            if model.fields.contains(name) {
                continue;
            }
            // Whether the database side runs at all is asked for only now: most names
            // are there.
            if !*judged.get_or_insert_with(|| self.migrates(key)) {
                return;
            }
            let found = self.state.model(key).map(|model| model.field(name));
            if matches!(found, Some(Known::Yes(None))) {
                missing.push(FieldName::from(name));
            }
        }
        for field in missing {
            self.unknown_field(key, &field, span);
        }
    }

    pub(super) fn unknown_field(&mut self, key: &ModelKey, field: &FieldName, span: Span) {
        let Some(model) = self.state.state_of(key) else {
            return;
        };
        if self.state.why_uncertain(model).is_some() {
            return;
        }
        let fault = Fault::UnknownField {
            model: key.clone(),
            field: field.clone(),
            gone: self.log.gone_field(key, field),
            model_origin: model.origin,
            fields: model.fields.iter().map(|(name, _)| name.clone()).collect(),
        };
        let thing = Thing::Field(key.clone(), super::smol(field));
        self.log.tell(thing, span, fault);
    }

    pub(super) fn check_index(&mut self, key: &ModelKey, index: &Index) {
        let fields = index.fields();
        let include = names_of(index.option("include"));
        let names = fields.into_iter().chain(include);
        let names = names.map(|name| name.strip_prefix('-').unwrap_or(name));
        self.check_fields(key, names, index.span);
    }

    pub(super) fn check_constraint(&mut self, key: &ModelKey, constraint: &Constraint) {
        let fields = names_of(constraint.option("fields"));
        let include = names_of(constraint.option("include"));
        let names = fields.chain(include);
        self.check_fields(key, names, constraint.span);
    }

    /// The models that a field refers to.
    pub(super) fn check_relation(&mut self, key: &ModelKey, field: &FieldState) {
        let Some(kind) = field.field.kind.known() else {
            return;
        };
        if !kind.is_relation() {
            return;
        }
        let through = field.field.option("through");
        let through = through.filter(|value| value.value != Value::None);
        for value in [field.field.to(), through].into_iter().flatten() {
            if let Known::Yes(target) = relation::named(self.state, key, value) {
                let role = Role::Field(field.name.clone());
                self.check_target(key, role, &target, value.span);
            }
        }
    }

    /// A model that a relation or a base names. One that is missing is a fault at once
    /// if the app itself should have made it, and the database is changed; else only
    /// if nothing makes it in the end.
    pub(super) fn check_target(
        &mut self,
        key: &ModelKey,
        role: Role,
        target: &ModelKey,
        span: Span,
    ) {
        if self.state.state_of(target).is_some()
            || self.state.why_incomplete(target.app()).is_some()
            || self.log.is_silent
        {
            return;
        }
        if target.app() == key.app() && (role == Role::Base || self.migrates(key)) {
            let thing = Thing::Model(target.clone());
            let fault = Fault::DanglingRelation {
                model: key.clone(),
                role,
                target: target.clone(),
                gone: self.log.gone.get(&thing).cloned(),
            };
            self.log.tell(thing, span, fault);
        } else {
            self.log.dangling.push(Dangling {
                model: key.clone(),
                role,
                target: target.clone(),
                span,
                relation: None,
            });
        }
    }

    /// Fields of a new model that a concrete base has as well.
    pub(super) fn check_clashes(&mut self, key: &ModelKey, model: &Arc<ModelState>) {
        if model
            .bases
            .iter()
            .all(|base| relation::base(base).is_none())
        {
            return;
        }
        for field in model.fields.values() {
            self.check_clash(key, model, field);
        }
    }

    /// `Local field ... clashes with field of the same name from base class`.
    pub(super) fn check_clash(
        &mut self,
        key: &ModelKey,
        model: &Arc<ModelState>,
        field: &FieldState,
    ) {
        if self.log.is_silent || self.state.why_uncertain(model).is_some() {
            return;
        }
        for target in model.bases.iter().filter_map(relation::base) {
            let Some(base) = self.state.model(&target) else {
                continue;
            };
            let Known::Yes(base) = base.concrete() else {
                continue;
            };
            let Some(existing) = base.state().fields.get(field.name.as_str()) else {
                continue;
            };
            let fault = Fault::DuplicateField {
                model: key.clone(),
                field: field.name.clone(),
                inherited_from: Some(base.key().clone()),
                existing: existing.origin,
            };
            let thing = Thing::Field(key.clone(), super::smol(&field.name));
            let span = field.origin;
            self.log.tell(thing, span, fault);
            return;
        }
    }

    /// A field is added under a name that is taken. It is a fault if the column or the
    /// table is there as well.
    pub(super) fn duplicate_field(&mut self, key: &ModelKey, old: &FieldState, new: &FieldState) {
        if !self.migrates(key) {
            return;
        }
        let Some(model) = self.state.model(key) else {
            return;
        };
        if model.why_uncertain().is_some() || old.uncertain.is_some() {
            return;
        }
        let is_many =
            |field: &FieldState| field.field.kind.known() == Some(&FieldKind::ManyToManyField);
        let clashes = if is_many(old) && is_many(new) {
            let table = |field: &FieldState| {
                let through = model.many_to_many(field);
                let through = through.known()?;
                let table = through.through.db_table().known().cloned();
                table.filter(|_| through.is_auto_created)
            };
            table(old).is_some() && table(old) == table(new)
        } else {
            let column = |field: &FieldState| model.column(field).known().cloned().flatten();
            column(old).is_some() && column(old) == column(new)
        };
        if clashes {
            let fault = Fault::DuplicateField {
                model: key.clone(),
                field: new.name.clone(),
                inherited_from: None,
                existing: old.origin,
            };
            let thing = Thing::Field(key.clone(), super::smol(&new.name));
            let span = self.place();
            self.log.tell(thing, span, fault);
        }
    }

    /// Whether something with a name is in doubt on a model.
    pub(super) fn is_doubtful(&self, model: &ModelState) -> bool {
        self.log.is_silent || self.state.why_uncertain(model).is_some()
    }
}

/// The texts of a list.
fn names_of(value: Option<&crate::ir::value::SpannedValue>) -> impl Iterator<Item = &str> {
    let items = value.and_then(|value| value.value.items());
    let items = items.unwrap_or_default().iter();
    items.filter_map(|item| item.value.as_str())
}

/// Names that indexes and constraints are told by.
pub(super) fn known_names<'s, V: Clone + 's>(
    all: &'s super::super::ordered::Ordered<V>,
) -> Vec<SmolStr> {
    all.iter().map(|(name, _)| name.clone()).collect()
}

/// Whether the value `to_field` of a field names another one.
pub(super) fn refers_to_field(field: &FieldState, name: &FieldName) -> bool {
    is_foreign_key(field)
        && field
            .field
            .option("to_field")
            .is_some_and(|to| to.value.as_str() == Some(name.as_str()))
}
