//! Indexes as written in `AddIndex` and in `options["indexes"]`.

use smol_str::SmolStr;

use super::expression::Expression;
use super::value::{Object, SpannedValue, Value};
use crate::base::Span;

/// An index: its class (`Index`, `GinIndex`, ...) and its arguments.
#[derive(Debug, Clone)]
pub struct Index {
    pub class: SmolStr,
    pub span: Span,
    /// What is indexed, if not plain fields.
    pub expressions: Vec<Expression>,
    /// Which rows are indexed.
    pub condition: Option<Expression>,
    /// Positional arguments and keyword arguments as written; the typed parts above
    /// are made from them.
    pub args: Vec<SpannedValue>,
    pub options: Vec<(SmolStr, SpannedValue)>,
    /// The call itself, where the class has a constructor of its own: `args` and
    /// `options` are then what it hands to Django's.
    pub written: Option<Box<Object>>,
}

impl Index {
    /// An index as written, with its typed parts still to be filled.
    #[must_use]
    pub fn from_object(object: Object, span: Span) -> Self {
        Self {
            class: object.path,
            span,
            expressions: Vec::new(),
            condition: None,
            args: object.args,
            options: object.kwargs,
            written: None,
        }
    }

    #[must_use]
    pub fn option(&self, name: &str) -> Option<&SpannedValue> {
        self.options
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// The index's name if it is known.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.option("name").and_then(|name| name.value.as_str())
    }

    /// `fields`, each with its `-` if descending; empty for an expression index.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        self.option("fields")
            .and_then(|fields| fields.value.items())
            .unwrap_or_default()
            .iter()
            .filter_map(|field| match &field.value {
                Value::Str(name) => Some(name.as_str()),
                _ => None,
            })
            .collect()
    }
}
