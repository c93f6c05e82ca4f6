//! Operations on indexes and constraints.

use std::sync::Arc;

use smol_str::SmolStr;

use super::super::fault::{Fault, Gone};
use super::super::replay::Thing;
use super::super::state::{ConstraintState, IndexState, ModelState};
use super::check::known_names;
use super::{Apply, Mode};
use crate::base::Spanned;
use crate::ir::constraint::Constraint;
use crate::ir::index::Index;
use crate::ir::value::Object;
use crate::ir::{FieldName, ModelName, Unknown, Value};

impl Apply<'_> {
    pub(super) fn add_index(&mut self, model_name: &ModelName, index: &Arc<Index>) {
        let origin = self.operation.name_span;
        let name = SmolStr::new(index.name().unwrap_or_default());
        let added = IndexState {
            index: Arc::clone(index),
            origin,
        };
        let before = self.change(model_name, |model| {
            let before = model.indexes.get(&name).cloned();
            if name.is_empty() {
                forget_names(model, origin);
            }
            model.indexes.push(name.clone(), added);
            before
        });
        let Some(before) = before else { return };
        let key = self.key(model_name);
        self.check_index(&key, index);
        if let Some(before) = before
            && self.is_sure_on_database(model_name)
            && !name.is_empty()
        {
            let fault = Fault::DuplicateIndex {
                model: key.clone(),
                name: name.clone(),
                existing: before.origin,
            };
            self.log.tell(Thing::Index(key, name), origin, fault);
        }
    }

    /// Whether the database is changed for the model, and the state has all of it.
    fn is_sure_on_database(&self, name: &ModelName) -> bool {
        let key = self.key(name);
        self.mode == Mode::Both
            && self.migrates(&key)
            && self
                .state
                .state_of(&key)
                .is_some_and(|model| !self.is_doubtful(model))
    }

    pub(super) fn remove_index(&mut self, model_name: &ModelName, name: &SmolStr) {
        let is_silent = self.log.is_silent;
        let removed = self.change(model_name, |model| {
            !is_silent && model.indexes.remove(name).is_some()
        });
        let Some(removed) = removed else { return };
        if removed {
            self.lose_index(model_name, name, None);
        } else {
            self.unknown_index(model_name, name);
        }
    }

    fn lose_index(&mut self, model_name: &ModelName, name: &SmolStr, renamed_to: Option<SmolStr>) {
        let gone = Gone {
            span: self.place(),
            renamed_to,
        };
        let thing = Thing::Index(self.key(model_name), name.clone());
        self.log.gone.insert(thing, gone);
    }

    fn unknown_index(&mut self, model_name: &ModelName, name: &SmolStr) {
        let key = self.key(model_name);
        if !self.is_sure_on_database(model_name) {
            return;
        }
        let Some(model) = self.state.state_of(&key) else {
            return;
        };
        let thing = Thing::Index(key.clone(), name.clone());
        let fault = Fault::UnknownIndex {
            indexes: known_names(&model.indexes),
            gone: self.log.gone.get(&thing).cloned(),
            model: key,
            name: name.clone(),
        };
        let span = self.place();
        self.log.tell(thing, span, fault);
    }

    pub(super) fn rename_index(
        &mut self,
        model_name: &ModelName,
        old_name: &SmolStr,
        new_name: &SmolStr,
    ) {
        let origin = self.operation.name_span;
        let mut taken = None;
        let renamed = self.change(model_name, |model| {
            if !model.indexes.contains(old_name) {
                return false;
            }
            if old_name != new_name {
                taken = model.indexes.get(new_name).map(|index| index.origin);
            }
            // The index keeps its place.
            let indexes = model.indexes.iter().map(|(name, known)| {
                if name != old_name {
                    return (name.clone(), known.clone());
                }
                let index = Arc::new(with_name(&known.index, new_name));
                (new_name.clone(), IndexState { index, origin })
            });
            model.indexes = super::super::ordered::Ordered::of(indexes.collect());
            true
        });
        let Some(renamed) = renamed else { return };
        if !renamed {
            self.unknown_index(model_name, old_name);
            let thing = Thing::Index(self.key(model_name), new_name.clone());
            self.log.told.insert(thing);
            return;
        }
        self.lose_index(model_name, old_name, Some(new_name.clone()));
        if let Some(existing) = taken
            && self.is_sure_on_database(model_name)
        {
            let key = self.key(model_name);
            let thing = Thing::Index(key.clone(), new_name.clone());
            let fault = Fault::DuplicateIndex {
                model: key,
                name: new_name.clone(),
                existing,
            };
            self.log.tell(thing, origin, fault);
        }
    }

    /// `RenameIndex(old_fields=...)`: the index of an `index_together` gets a name.
    pub(super) fn name_index(
        &mut self,
        model_name: &ModelName,
        new_name: &SmolStr,
        fields: &[FieldName],
    ) {
        let span = self.operation.span;
        let names = fields
            .iter()
            .map(|name| Spanned::new(Value::Str(super::smol(name)), span));
        let index = Index::from_object(
            Object {
                path: SmolStr::new_static("django.db.models.Index"),
                args: Vec::new(),
                kwargs: vec![
                    (
                        SmolStr::new_static("fields"),
                        Spanned::new(Value::List(names.collect()), span),
                    ),
                    (
                        SmolStr::new_static("name"),
                        Spanned::new(Value::Str(new_name.clone()), span),
                    ),
                ],
            },
            span,
        );
        let added = IndexState {
            index: Arc::new(index),
            origin: self.operation.name_span,
        };
        let changed = self.change(model_name, |model| {
            model.indexes.push(new_name.clone(), added);
            if let Some(together) = &mut model.index_together {
                *together = together
                    .iter()
                    .filter(|names| ***names != *fields)
                    .cloned()
                    .collect();
            }
        });
        if changed.is_some() {
            let names = fields.iter().map(FieldName::as_str);
            self.check_fields(&self.key(model_name), names, self.place());
        }
    }

    pub(super) fn add_constraint(&mut self, model_name: &ModelName, constraint: &Arc<Constraint>) {
        let origin = self.operation.name_span;
        let name = SmolStr::new(constraint.name().unwrap_or_default());
        let added = ConstraintState {
            constraint: Arc::clone(constraint),
            origin,
        };
        let before = self.change(model_name, |model| {
            let before = model.constraints.get(&name).cloned();
            if name.is_empty() {
                forget_names(model, origin);
            }
            model.constraints.push(name.clone(), added);
            before
        });
        let Some(before) = before else { return };
        let key = self.key(model_name);
        self.check_constraint(&key, constraint);
        if let Some(before) = before
            && self.is_sure_on_database(model_name)
            && !name.is_empty()
        {
            let fault = Fault::DuplicateConstraint {
                model: key.clone(),
                name: name.clone(),
                existing: before.origin,
            };
            self.log.tell(Thing::Constraint(key, name), origin, fault);
        }
    }

    pub(super) fn remove_constraint(&mut self, model_name: &ModelName, name: &SmolStr) {
        let is_silent = self.log.is_silent;
        let removed = self.change(model_name, |model| {
            !is_silent && model.constraints.remove(name).is_some()
        });
        let Some(removed) = removed else { return };
        let key = self.key(model_name);
        let thing = Thing::Constraint(key.clone(), name.clone());
        if removed {
            let gone = Gone {
                span: self.place(),
                renamed_to: None,
            };
            self.log.gone.insert(thing, gone);
            return;
        }
        if !self.is_sure_on_database(model_name) {
            return;
        }
        let Some(model) = self.state.state_of(&key) else {
            return;
        };
        let fault = Fault::UnknownConstraint {
            constraints: known_names(&model.constraints),
            gone: self.log.gone.get(&thing).cloned(),
            model: key,
            name: name.clone(),
        };
        let span = self.place();
        self.log.tell(thing, span, fault);
    }

    /// The database stays as it is, and Django does not mind if there is none.
    pub(super) fn alter_constraint(
        &mut self,
        model_name: &ModelName,
        name: &SmolStr,
        constraint: &Arc<Constraint>,
    ) {
        let origin = self.operation.name_span;
        let new_name = SmolStr::new(constraint.name().unwrap_or_default());
        self.change(model_name, |model| {
            if !model.constraints.contains(name) {
                return;
            }
            let constraints = model.constraints.iter().map(|(known_name, known)| {
                if known_name != name {
                    return (known_name.clone(), known.clone());
                }
                let constraint = Arc::clone(constraint);
                (new_name.clone(), ConstraintState { constraint, origin })
            });
            model.constraints = super::super::ordered::Ordered::of(constraints.collect());
        });
    }
}

/// Something without a known name may be what a later operation names.
fn forget_names(model: &mut ModelState, span: crate::base::Span) {
    let why = Unknown::new(span, "a name is not known");
    model.uncertain = Some(Arc::new(why));
}

/// The same index under another name.
fn with_name(index: &Index, name: &SmolStr) -> Index {
    let mut renamed = index.clone();
    let given = renamed.options.iter_mut().rev();
    let mut given = given.filter(|(key, _)| key == "name");
    if let Some((_, value)) = given.next() {
        value.value = Value::Str(name.clone());
    }
    renamed
}
