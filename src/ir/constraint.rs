//! Constraints as written in `AddConstraint` and in `options["constraints"]`.

use smol_str::SmolStr;

use super::expression::Expression;
use super::value::{Known, Object, SpannedValue};
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
    /// What is unique, if not plain fields; what excludes.
    pub expressions: Vec<Expression>,
    /// The operators of an exclusion constraint, one for each expression.
    pub operators: Vec<Known<SmolStr>>,
    /// What must hold of a check; which rows another constraint is about.
    pub condition: Option<Expression>,
    /// Positional arguments as written, and keyword arguments; `check`, the older
    /// spelling of `condition`, is renamed.
    pub args: Vec<SpannedValue>,
    pub options: Vec<(SmolStr, SpannedValue)>,
    /// Where `check` stands, the older spelling of a check's `condition`.
    pub older_spelling: Option<Span>,
    /// The call itself, where the class has a constructor of its own: `args` and
    /// `options` are then what it hands to Django's.
    pub written: Option<Box<Object>>,
}

impl Constraint {
    /// A constraint as written, with its typed parts still to be filled.
    #[must_use]
    pub fn from_object(kind: ConstraintKind, object: Object, span: Span) -> Self {
        let mut options = object.kwargs;
        let mut older_spelling = None;
        if kind == ConstraintKind::Check {
            for (name, value) in &mut options {
                if name == "check" {
                    *name = SmolStr::new_static("condition");
                    older_spelling = Some(value.span);
                }
            }
        }
        Self {
            kind,
            class: object.path,
            span,
            expressions: Vec::new(),
            operators: Vec::new(),
            condition: None,
            args: object.args,
            options,
            older_spelling,
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

    /// The constraint's name if it is known.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.option("name").and_then(|name| name.value.as_str())
    }
}
