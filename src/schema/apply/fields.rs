//! Operations on fields.

use std::sync::Arc;

use smol_str::SmolStr;

use super::super::fault::Gone;
use super::super::key::ModelKey;
use super::super::replay::{Thing, depends_on_database};
use super::super::state::{FieldState, ModelState, Together};
use super::check::refers_to_field;
use super::{Apply, Mode, smol};
use crate::base::Spanned;
use crate::ir::{Field, FieldName, Known, ModelName, Value};

impl Apply<'_> {
    fn field_state(
        &self,
        name: &FieldName,
        field: &Arc<Field>,
        preserve_default: bool,
    ) -> FieldState {
        let field = if preserve_default || field.option("default").is_none() {
            Arc::clone(field)
        } else {
            Arc::new(field.without_option("default"))
        };
        let mut state = FieldState::new(name.clone(), field, self.operation.name_span);
        state.uncertain = if self.log.is_silent {
            Some(depends_on_database(self.operation.span))
        } else {
            self.not_understood()
        };
        state
    }

    /// Puts a field under its name, in the place of one that is there.
    fn set_field(&mut self, key: &ModelKey, field: FieldState) -> Option<FieldState> {
        let name = field.name.clone();
        let definition = Arc::clone(&field.field);
        let old = self.state.change(key, |model| {
            let old = model.fields.get(name.as_str()).cloned();
            model.fields.set(smol(&name), field);
            old
        })?;
        if let Some(old) = &old {
            self.state.unlink(key, &name, &old.field);
        }
        self.state.link(key, &name, &definition);
        old
    }

    pub(super) fn add_field(
        &mut self,
        model_name: &ModelName,
        name: &FieldName,
        field: &Arc<Field>,
        preserve_default: bool,
    ) {
        if !self.touch(model_name) {
            return;
        }
        let key = self.key(model_name);
        let new = self.field_state(name, field, preserve_default);
        let old = self.set_field(&key, new.clone());
        self.check_relation(&key, &new);
        match old {
            Some(old) => self.duplicate_field(&key, &old, &new),
            None => self.check_inherited(&key, &new),
        }
    }

    fn check_inherited(&mut self, key: &ModelKey, field: &FieldState) {
        if let Some(model) = self.state.state_of(key).cloned() {
            self.check_clash(key, &model, field);
        }
    }

    pub(super) fn alter_field(
        &mut self,
        model_name: &ModelName,
        name: &FieldName,
        field: &Arc<Field>,
        preserve_default: bool,
    ) {
        if !self.touch(model_name) {
            return;
        }
        let key = self.key(model_name);
        let new = self.field_state(name, field, preserve_default);
        self.check_fields(&key, std::iter::once(name.as_str()), self.place());
        self.set_field(&key, new.clone());
        self.check_relation(&key, &new);
    }

    pub(super) fn remove_field(&mut self, model_name: &ModelName, name: &FieldName) {
        let is_silent = self.log.is_silent;
        let Some(removed) = self.change(model_name, |model| {
            if is_silent {
                return model.fields.get(name.as_str()).cloned();
            }
            model.fields.remove(name.as_str())
        }) else {
            return;
        };
        let key = self.key(model_name);
        match removed {
            Some(_) if is_silent => {}
            Some(removed) => {
                self.state.unlink(&key, name, &removed.field);
                let gone = Gone {
                    span: self.place(),
                    renamed_to: None,
                };
                self.log.gone.insert(Thing::Field(key, smol(name)), gone);
            }
            None if is_silent => {}
            None => self.unknown_field(&key, name, self.place()),
        }
    }

    pub(super) fn rename_field(
        &mut self,
        model_name: &ModelName,
        old_name: &FieldName,
        new_name: &FieldName,
    ) {
        let Some(model) = self.find(model_name) else {
            return;
        };
        let key = self.key(model_name);
        let Some(found) = model.fields.get(old_name.as_str()).cloned() else {
            if !self.log.is_silent {
                self.unknown_field(&key, old_name, self.place());
                let thing = Thing::Field(key, smol(new_name));
                self.log.told.insert(thing);
            }
            return;
        };
        let taken = (old_name != new_name)
            .then(|| model.fields.get(new_name.as_str()).cloned())
            .flatten();
        let origin = self.operation.name_span;
        let mut renamed = found.clone();
        renamed.name = new_name.clone();
        renamed.origin = origin;
        self.state.unlink(&key, old_name, &found.field);
        if let Some(taken) = &taken {
            self.state.unlink(&key, new_name, &taken.field);
        }
        let new = renamed.clone();
        self.change(model_name, |model| {
            model.fields.remove(old_name.as_str());
            model.fields.set(smol(new_name), renamed);
            rename_within(model, old_name, new_name);
        });
        self.state.link(&key, new_name, &new.field);
        self.rename_targets(&key, old_name, new_name);
        let gone = Gone {
            span: origin,
            renamed_to: Some(smol(new_name)),
        };
        self.log
            .gone
            .insert(Thing::Field(key.clone(), smol(old_name)), gone);
        match taken {
            Some(taken) if self.mode == Mode::Both => self.duplicate_field(&key, &taken, &new),
            Some(_) => {}
            None => self.check_inherited(&key, &new),
        }
    }

    /// Foreign keys that name the field in `to_field`.
    fn rename_targets(&mut self, key: &ModelKey, old_name: &FieldName, new_name: &FieldName) {
        let referrers: Vec<(ModelKey, FieldName)> = self
            .state
            .referrers(key)
            .filter_map(|(model, field)| Some((model, field?.clone())))
            .filter(|(model, field)| {
                let model = self.state.state_of(model);
                let field = model.and_then(|model| model.fields.get(field.as_str()));
                field.is_some_and(|field| {
                    refers_to_field(field, old_name) || names_target(field, old_name)
                })
            })
            .collect();
        for (model, field) in referrers {
            // `to` may name another model than `through`, which is why it is asked.
            let is_target = self.state.model(&model).is_some_and(|model| {
                let known = model.state().fields.get(field.as_str());
                known.is_some_and(
                    |known| matches!(model.related(known), Known::Yes(target) if target == *key),
                )
            });
            if !is_target {
                continue;
            }
            self.log.touched += 1;
            self.state.change(&model, |model| {
                if let Some(known) = model.fields.get_mut(field.as_str()) {
                    let mut changed = (*known.field).clone();
                    if refers_to_field(known, old_name) {
                        changed = changed.with_option("to_field", Value::Str(smol(new_name)));
                    }
                    rename_in_list(&mut changed, "to_fields", old_name, new_name);
                    known.field = Arc::new(changed);
                }
            });
        }
    }
}

fn names_target(field: &FieldState, name: &FieldName) -> bool {
    let names = field.field.option("to_fields");
    names.is_some_and(|names| names_it(&names.value, name))
}

fn names_it(value: &Value, name: &FieldName) -> bool {
    let mut items = value.items().unwrap_or_default().iter();
    items.any(|item| item.value.as_str() == Some(name.as_str()))
}

/// `from_fields` of foreign objects and the names of a composite primary key, and the
/// `_together`s. Indexes and constraints keep the old name, as in Django.
fn rename_within(model: &mut ModelState, old: &FieldName, new: &FieldName) {
    let named: Vec<SmolStr> = model
        .fields
        .iter()
        .filter(|(_, field)| {
            ["from_fields", "field_names"].iter().any(|option| {
                let value = field.field.option(option);
                value.is_some_and(|value| names_it(&value.value, old))
            })
        })
        .map(|(name, _)| name.clone())
        .collect();
    for name in named {
        if let Some(field) = model.fields.get_mut(&name) {
            let mut changed = (*field.field).clone();
            for option in ["from_fields", "field_names"] {
                rename_in_list(&mut changed, option, old, new);
            }
            field.field = Arc::new(changed);
        }
    }
    for together in [&mut model.unique_together, &mut model.index_together]
        .into_iter()
        .flatten()
    {
        if together
            .iter()
            .flat_map(|names| names.iter())
            .any(|name| name == old)
        {
            *together = renamed_together(together, old, new);
        }
    }
}

fn renamed_together(together: &Together, old: &FieldName, new: &FieldName) -> Together {
    let renamed = |name: &FieldName| {
        if name == old {
            new.clone()
        } else {
            name.clone()
        }
    };
    together
        .iter()
        .map(|names| names.iter().map(renamed).collect())
        .collect()
}

fn rename_in_list(field: &mut Field, option: &str, old: &FieldName, new: &FieldName) {
    let Some(value) = field.option(option) else {
        return;
    };
    if !names_it(&value.value, old) {
        return;
    }
    let items = value.value.items().unwrap_or_default().iter();
    let items = items.map(|item| {
        let is_it = item.value.as_str() == Some(old.as_str());
        let value = if is_it {
            Value::Str(smol(new))
        } else {
            item.value.clone()
        };
        Spanned::new(value, item.span)
    });
    let items = Value::Tuple(items.collect());
    *field = field.with_option(option, items);
}
