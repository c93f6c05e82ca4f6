//! What fields and bases refer to.

use super::key::ModelKey;
use super::state::ProjectState;
use crate::ir::operation::Base;
use crate::ir::value::SpannedValue;
use crate::ir::{Field, FieldName, Known, Unknown, Value};

/// How a model refers to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Via {
    Field(FieldName),
    Base,
}

/// The model that a value of `to` or `through` names, said in the model `within`.
pub(super) fn named(
    state: &ProjectState,
    within: &ModelKey,
    value: &SpannedValue,
) -> Known<ModelKey> {
    match &value.value {
        Value::Str(name) => Known::Yes(ModelKey::resolve(name, within)),
        Value::Setting(name) => state.setting(name, value.span),
        Value::Unknown(unknown) => Known::No((**unknown).clone()),
        _ => Known::No(Unknown::new(value.span, "it names no model")),
    }
}

/// The models that a field refers to, as far as they are known, each once. A field
/// whose class was not found counts by its `to` as any other.
pub(super) fn targets(state: &ProjectState, within: &ModelKey, field: &Field) -> Vec<ModelKey> {
    let mut found: Vec<ModelKey> = Vec::new();
    let Some(to) = field.to() else {
        return found;
    };
    for value in [Some(to), field.option("through")].into_iter().flatten() {
        if let Known::Yes(key) = named(state, within, value)
            && value.value != Value::None
            && !found.contains(&key)
        {
            found.push(key);
        }
    }
    found
}

/// The model that a base names.
pub(super) fn base(base: &Base) -> Option<ModelKey> {
    match base {
        Base::Model { app, name, .. } if !app.is_empty() => Some(ModelKey::of(app, name.as_str())),
        Base::Model { .. } | Base::Class { .. } | Base::Unknown(_) => None,
    }
}
