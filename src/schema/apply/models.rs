//! Operations on models.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use smol_str::{SmolStr, format_smolstr};

use super::super::fault::{Fault, Gone, Role};
use super::super::key::ModelKey;
use super::super::relation;
use super::super::replay::{Dangling, Thing, depends_on_database};
use super::super::state::{ConstraintState, FieldState, IndexState, ModelState, Together};
use super::{Apply, Mode, smol};
use crate::base::Spanned;
use crate::ir::operation::{CreateModel, Options, TogetherOption};
use crate::ir::value::SpannedValue;
use crate::ir::{FieldName, ModelName, Unknown, Value};

/// What `AlterModelOptions` takes away where it does not give it.
/// Source: `AlterModelOptions.ALTER_OPTION_KEYS`, 5.2.
const ALTER_OPTION_KEYS: [&str; 11] = [
    "base_manager_name",
    "default_manager_name",
    "default_related_name",
    "get_latest_by",
    "managed",
    "ordering",
    "permissions",
    "default_permissions",
    "select_on_save",
    "verbose_name",
    "verbose_name_plural",
];

/// Fields of a model are compared one by one up to this number.
const FEW_FIELDS: usize = 24;

impl Apply<'_> {
    pub(super) fn create_model(&mut self, create: &CreateModel) {
        let key = self.key(&create.name);
        self.log.touched += 1;
        self.duplicate_names(&key, create);
        let mut fields: Vec<FieldState> = Vec::with_capacity(create.fields.len());
        for (name, field) in &create.fields {
            let origin = name.span;
            fields.push(FieldState::new(
                name.value.clone(),
                Arc::clone(field),
                origin,
            ));
        }
        let existing = self.state.state_of(&key).cloned();
        let mut model = ModelState::new(
            self.app.clone(),
            create.name.clone(),
            fields,
            create.name_span,
        );
        set_options(&mut model, &create.options, self.operation.name_span);
        model.bases = create.bases.as_slice().into();
        model.managers = Arc::clone(&create.managers);
        self.spread_unknowns(&mut model);
        if self.log.is_silent {
            model.uncertain = Some(depends_on_database(self.operation.span));
        }
        self.state.add_model(model);
        if self.log.is_silent {
            return;
        }
        if let Some(existing) = existing {
            self.duplicate_model(&existing, &key, create.name_span);
        }
        self.check_created(&key);
    }

    /// `Found duplicate value ... in CreateModel fields argument`: Django does not even
    /// load such a migration.
    fn duplicate_names(&mut self, key: &ModelKey, create: &CreateModel) {
        let names = &create.fields;
        let repeated = if names.len() <= FEW_FIELDS {
            names.iter().enumerate().find_map(|(at, (name, _))| {
                let mut before = names.iter().take(at);
                let first = before.find(|(known, _)| known.value == name.value)?;
                Some((&first.0, name))
            })
        } else {
            let mut seen = FxHashSet::default();
            let repeated = names.iter().find(|(name, _)| !seen.insert(&name.value));
            repeated.and_then(|(name, _)| {
                let first = names.iter().find(|(known, _)| known.value == name.value)?;
                Some((&first.0, name))
            })
        };
        if let Some((first, second)) = repeated {
            let fault = Fault::DuplicateField {
                model: key.clone(),
                field: second.value.clone(),
                inherited_from: None,
                existing: first.span,
            };
            let thing = Thing::Field(key.clone(), smol(&second.value));
            self.log.tell(thing, second.span, fault);
        }
    }

    /// What was not understood of a definition is put to the field in which it stands,
    /// else to the model.
    fn spread_unknowns(&self, model: &mut ModelState) {
        for unknown in &self.operation.not_understood {
            let within = |field: &FieldState| {
                let (outer, inner) = (field.field.span, unknown.span);
                outer.file == inner.file
                    && outer.range.start <= inner.range.start
                    && inner.range.end <= outer.range.end
            };
            let name = model.fields.values().find(|field| within(field));
            let name = name.map(|field| smol(&field.name));
            let why = Some(Arc::new(unknown.clone()));
            match name.and_then(|name| model.fields.get_mut(&name)) {
                Some(field) => field.uncertain = why,
                None => model.uncertain = why,
            }
        }
    }

    pub(super) fn delete_model(&mut self, name: &ModelName) {
        let key = self.key(name);
        if self.log.is_silent {
            self.change(name, |_| ());
            return;
        }
        if self.find(name).is_none() {
            return;
        }
        let gone = Gone {
            span: self.place(),
            renamed_to: None,
        };
        self.state.remove_model(&key);
        self.log.gone.insert(Thing::Model(key.clone()), gone);
        let referrers: Vec<(ModelKey, Option<FieldName>)> = self
            .state
            .referrers(&key)
            .map(|(model, field)| (model, field.cloned()))
            .collect();
        for (model, field) in referrers {
            let Some(referrer) = self.state.state_of(&model) else {
                continue;
            };
            let (role, relation) = match field {
                Some(name) => {
                    let Some(field) = referrer.fields.get(name.as_str()) else {
                        continue;
                    };
                    let span = field.field.to().map_or(field.origin, |to| to.span);
                    (Role::Field(name), span)
                }
                None => (Role::Base, referrer.origin),
            };
            self.log.dangling.push(Dangling {
                model,
                role,
                target: key.clone(),
                span: self.operation.name_span,
                relation: Some(relation),
            });
        }
    }

    /// Fields that refer to the model get its new name; bases do not, as in Django.
    pub(super) fn rename_model(&mut self, old_name: &ModelName, new_name: &ModelName) {
        let old = self.key(old_name);
        let new = self.key(new_name);
        let origin = self.operation.name_span;
        if self.log.is_silent {
            self.blur(Unknown::new(origin, "it depends on the database"));
        }
        if self.find(old_name).is_none() {
            let thing = Thing::Model(new);
            self.log.told.insert(thing);
            return;
        }
        if old == new {
            // Django files the model under its new name and then removes the old one,
            // which is the same, and stumbles over its absence. It is kept here.
            let existing = self.change(old_name, |model| {
                model.name = new_name.clone();
                model.origin
            });
            if let Some(existing) = existing {
                let fault = Fault::DuplicateModel {
                    model: new.clone(),
                    existing,
                };
                self.log.tell(Thing::Model(new), origin, fault);
            }
            return;
        }
        let existing = self.state.state_of(&new).cloned();
        let referrers: Vec<(ModelKey, Option<FieldName>)> = self
            .state
            .referrers(&old)
            .map(|(model, field)| (model, field.cloned()))
            .collect();
        let label = format_smolstr!("{}.{new_name}", self.app);
        for (from, field) in referrers {
            self.log.touched += 1;
            let Some(model) = self.state.state_of(&from) else {
                continue;
            };
            let Some(name) = field else {
                // Django leaves bases as they are, and cannot build the model then.
                self.log.dangling.push(Dangling {
                    relation: Some(model.origin),
                    model: from,
                    role: Role::Base,
                    target: old.clone(),
                    span: origin,
                });
                continue;
            };
            let Some(known) = model.fields.get(name.as_str()) else {
                continue;
            };
            let mut changed = (*known.field).clone();
            for option in ["to", "through"] {
                if let Some(value) = changed.option(option)
                    && refers_by_name(value, &from, &old, from == old)
                {
                    changed = changed.with_option(option, Value::Str(label.clone()));
                }
            }
            let before = Arc::clone(&known.field);
            let changed = Arc::new(changed);
            self.state.unlink(&from, &name, &before);
            self.state.link(&from, &name, &changed);
            self.state.change(&from, |model| {
                if let Some(field) = model.fields.get_mut(name.as_str()) {
                    field.field = changed;
                }
            });
        }
        let Some(renamed) = self.state.remove_model(&old) else {
            return;
        };
        let mut renamed = Arc::unwrap_or_clone(renamed);
        renamed.key = new.clone();
        renamed.name = new_name.clone();
        renamed.origin = origin;
        self.state.add_model(renamed);
        let gone = Gone {
            span: origin,
            renamed_to: Some(SmolStr::new(new_name.as_str())),
        };
        self.log.gone.insert(Thing::Model(old), gone);
        if let Some(existing) = existing {
            self.duplicate_model(&existing, &new, origin);
        }
    }

    pub(super) fn alter_text(
        &mut self,
        name: &ModelName,
        option: &'static str,
        text: Option<&SmolStr>,
    ) {
        let value = text.map_or(Value::None, |text| Value::Str(text.clone()));
        let value = Arc::new(Spanned::new(value, self.operation.span));
        self.change(name, |model| {
            model.options.set(SmolStr::new_static(option), value);
        });
    }

    pub(super) fn alter_order(&mut self, name: &ModelName, field: Option<&FieldName>) {
        let text = field.map(smol);
        self.alter_text(name, "order_with_respect_to", text.as_ref());
        if let Some(field) = field {
            self.check_fields(
                &self.key(name),
                std::iter::once(field.as_str()),
                self.place(),
            );
        }
    }

    pub(super) fn alter_model_options(&mut self, name: &ModelName, options: &Options) {
        let origin = self.operation.name_span;
        let unknown = self.not_understood();
        self.change(name, |model| {
            for key in ALTER_OPTION_KEYS {
                if options.get(key).is_none() {
                    model.options.remove(key);
                }
            }
            set_options(model, options, origin);
            if unknown.is_some() {
                model.uncertain = unknown;
            }
        });
    }

    pub(super) fn alter_together(
        &mut self,
        name: &ModelName,
        option: TogetherOption,
        fields: &[Vec<FieldName>],
    ) {
        // A set, which Django goes through in any order; here that of the names.
        let mut value: Vec<Arc<[FieldName]>> =
            fields.iter().map(|names| names.as_slice().into()).collect();
        value.sort();
        let value: Together = value.into();
        let unknown = self.not_understood();
        let before = self.change(name, |model| {
            if unknown.is_some() {
                model.uncertain = unknown;
            }
            let place = match option {
                TogetherOption::Unique => &mut model.unique_together,
                TogetherOption::Index => &mut model.index_together,
            };
            place.replace(Arc::clone(&value))
        });
        // What is in both is not looked at.
        let Some(before) = before else { return };
        let added = value.iter().filter(|names| {
            let mut known = before.iter().flat_map(|before| before.iter());
            !known.any(|known| known == *names)
        });
        let names: Vec<&str> = added
            .flat_map(|names| names.iter().map(FieldName::as_str))
            .collect();
        if !names.is_empty() {
            self.check_fields(&self.key(name), names.into_iter(), self.place());
        }
    }
}

/// Whether `to` or `through` names the model that is renamed. `"self"` of the model
/// itself stays.
fn refers_by_name(value: &SpannedValue, within: &ModelKey, old: &ModelKey, own: bool) -> bool {
    match &value.value {
        Value::Str(name) if own && name == "self" => false,
        Value::Str(name) => ModelKey::resolve(name, within) == *old,
        // A setting's value is what it is when the file is loaded.
        Value::Setting(_) => true,
        _ => false,
    }
}

/// Puts options in their places.
fn set_options(model: &mut ModelState, options: &Options, origin: crate::base::Span) {
    for (name, value) in &options.entries {
        match name.value.as_str() {
            "indexes" => {
                let indexes = options.indexes.iter().map(|index| {
                    let name = SmolStr::new(index.name().unwrap_or_default());
                    let index = IndexState {
                        index: Arc::clone(index),
                        origin: index.span,
                    };
                    (name, index)
                });
                model.indexes = super::super::ordered::Ordered::of(indexes.collect());
            }
            "constraints" => {
                let constraints = options.constraints.iter().map(|constraint| {
                    let name = SmolStr::new(constraint.name().unwrap_or_default());
                    let constraint = ConstraintState {
                        constraint: Arc::clone(constraint),
                        origin: constraint.span,
                    };
                    (name, constraint)
                });
                model.constraints = super::super::ordered::Ordered::of(constraints.collect());
            }
            "unique_together" | "index_together" => {
                let together = together(&value.value);
                if together.is_none() {
                    let reason = format!("`{}` is not known", name.value);
                    model.uncertain = Some(Arc::new(Unknown::new(origin, reason)));
                }
                if name.value == "unique_together" {
                    model.unique_together = together;
                } else {
                    model.index_together = together;
                }
            }
            _ => model.options.set(name.value.clone(), Arc::clone(value)),
        }
    }
}

/// A set of tuples of names, or one tuple of names (`normalize_together`, 5.2).
fn together(value: &Value) -> Option<Together> {
    if *value == Value::None {
        return Some(Arc::default());
    }
    let items = value.items()?;
    let is_set = matches!(value, Value::Set(_));
    let names = |items: &[SpannedValue]| -> Option<Arc<[FieldName]>> {
        let names = items.iter();
        names
            .map(|item| item.value.as_str().map(FieldName::from))
            .collect()
    };
    if matches!(items.first(), Some(first) if first.value.as_str().is_some()) {
        return Some(Arc::new([names(items)?]));
    }
    let all = items.iter().map(|item| names(item.value.items()?));
    let mut all: Vec<Arc<[FieldName]>> = all.collect::<Option<_>>()?;
    if is_set {
        all.sort();
    }
    Some(all.into())
}

impl Apply<'_> {
    /// A model is made whose table is there.
    fn duplicate_model(
        &mut self,
        existing: &Arc<ModelState>,
        key: &ModelKey,
        span: crate::base::Span,
    ) {
        if self.mode == Mode::State || self.state.why_uncertain(existing).is_some() {
            return;
        }
        let Some(new) = self.state.model(key) else {
            return;
        };
        let old = super::super::meta::Model::new(self.state, existing);
        let has_table =
            |model: &super::super::meta::Model<'_>| model.can_migrate().known() == Some(&true);
        let table = |model: &super::super::meta::Model<'_>| model.db_table().known().cloned();
        if !has_table(&new)
            || !has_table(&old)
            || table(&new).is_none()
            || table(&new) != table(&old)
        {
            return;
        }
        let fault = Fault::DuplicateModel {
            model: key.clone(),
            existing: existing.origin,
        };
        self.log.tell(Thing::Model(key.clone()), span, fault);
    }

    /// What a new model names must be there.
    fn check_created(&mut self, key: &ModelKey) {
        let Some(model) = self.state.state_of(key).cloned() else {
            return;
        };
        for base in model.bases.iter() {
            if let Some(target) = relation::base(base) {
                self.check_target(key, Role::Base, &target, model.origin);
            }
        }
        for field in model.fields.values() {
            self.check_relation(key, field);
        }
        self.check_clashes(key, &model);
        for index in model.indexes.values() {
            self.check_index(key, &index.index);
        }
        for constraint in model.constraints.values() {
            self.check_constraint(key, &constraint.constraint);
        }
        let together = [&model.unique_together, &model.index_together];
        for names in together.into_iter().flatten().flat_map(|all| all.iter()) {
            let names = names.iter().map(FieldName::as_str);
            self.check_fields(key, names, self.place());
        }
        if let Some(order) = model.option("order_with_respect_to")
            && let Some(name) = order.value.as_str()
        {
            self.check_fields(key, std::iter::once(name), order.span);
        }
    }
}
