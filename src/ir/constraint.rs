//! Constraints as written in `AddConstraint` and in `options["constraints"]`.

use smol_str::SmolStr;

use super::value::{Object, SpannedValue};
use crate::base::Span;

/// Which constraint it is or extends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConstraintKind {
    Check,
    Unique,
    /// `contrib.postgres`.
    Exclusion,
    /// A class that could not be traced to any of the above.
    Other,
}

#[derive(Debug, Clone)]
pub struct Constraint {
    pub kind: ConstraintKind,
    pub class: SmolStr,
    pub span: Span,
    /// Positional arguments: expressions of a unique constraint.
    pub expressions: Vec<SpannedValue>,
    /// Keyword arguments; `check`, the older spelling of `condition`, is renamed.
    pub options: Vec<(SmolStr, SpannedValue)>,
}

impl Constraint {
    #[must_use]
    pub fn from_object(kind: ConstraintKind, object: Object, span: Span) -> Self {
        let mut options = object.kwargs;
        if kind == ConstraintKind::Check {
            for (name, _) in &mut options {
                if name == "check" {
                    *name = SmolStr::new_static("condition");
                }
            }
        }
        Self {
            kind,
            class: object.path,
            span,
            expressions: object.args,
            options,
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

    /// The constraint's name if it is known.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.option("name").and_then(|name| name.value.as_str())
    }
}
