//! Conditions on rows, which are `Q` objects: combined as Django combines them and
//! written as it writes them.

use smol_str::SmolStr;

use super::Writer;
use crate::ir::Value;
use crate::ir::expression::Connector;
use crate::ir::value::{Object, SpannedValue};

/// A `Q` with its children as values.
#[derive(Clone)]
pub(super) struct QNode<'v> {
    connector: Connector,
    negated: bool,
    children: Vec<Child<'v>>,
}

#[derive(Clone)]
enum Child<'v> {
    /// `name=value`.
    Lookup(SmolStr, &'v SpannedValue),
    /// A positional argument that is no `Q`: an expression, or a pair.
    Value(&'v SpannedValue),
    Q(QNode<'v>),
}

impl<'v> QNode<'v> {
    /// A `Q`, or operators on nothing but such; `None` for any other call.
    /// Source: `Q.__init__`, `Q._combine`, `Q.__invert__`, Django 5.2.
    pub(super) fn of(object: &'v Object) -> Option<Self> {
        match object.path.as_str() {
            "django.db.models.Q" | "django.db.models.query_utils.Q" => Self::call(object),
            "operator.invert" => {
                let mut q = Self::of_value(object.args.first()?)?;
                q.negated = !q.negated;
                Some(q)
            }
            path => {
                let connector = match path.strip_prefix("operator.")? {
                    "and" | "and_" => Connector::And,
                    "or" | "or_" => Connector::Or,
                    "xor" => Connector::Xor,
                    _ => return None,
                };
                let [left, right] = object.args.as_slice() else {
                    return None;
                };
                Some(Self::of_value(left)?.combine(Self::of_value(right)?, connector))
            }
        }
    }

    fn of_value(value: &'v SpannedValue) -> Option<Self> {
        match &value.value {
            Value::Object(object) => Self::of(object),
            _ => None,
        }
    }

    fn call(object: &'v Object) -> Option<Self> {
        let mut q = Self {
            connector: Connector::And,
            negated: false,
            children: Vec::new(),
        };
        for value in &object.args {
            q.children.push(match Self::of_value(value) {
                Some(inner) => Child::Q(inner),
                None => Child::Value(value),
            });
        }
        let mut named: Vec<&(SmolStr, SpannedValue)> = Vec::new();
        for pair in &object.kwargs {
            match (pair.0.as_str(), &pair.1.value) {
                ("_connector", Value::Str(name)) => q.connector = Connector::by_name(name)?,
                ("_negated", Value::Bool(flag)) => q.negated = *flag,
                ("_connector" | "_negated", _) => return None,
                _ => named.push(pair),
            }
        }
        named.sort_by(|left, right| left.0.cmp(&right.0));
        for (name, value) in named {
            q.children.push(Child::Lookup(name.clone(), value));
        }
        Some(q)
    }

    fn combine(self, other: Self, connector: Connector) -> Self {
        if self.children.is_empty() {
            return other;
        }
        if other.children.is_empty() {
            return self;
        }
        let mut children = Vec::new();
        for side in [self, other] {
            if !side.negated && (side.connector == connector || side.children.len() == 1) {
                children.extend(side.children);
            } else {
                children.push(Child::Q(side));
            }
        }
        Self {
            connector,
            negated: false,
            children,
        }
    }
}

impl Writer<'_> {
    /// Source: `Q.deconstruct`, Django 5.2.
    pub(super) fn q(&mut self, q: &QNode<'_>) -> String {
        self.import("from django.db import models");
        let mut given: Vec<String> = Vec::new();
        for child in &q.children {
            given.push(match child {
                Child::Lookup(name, value) => {
                    format!("({}, {})", super::value::text(name), self.value(value))
                }
                Child::Value(value) => self.value(value),
                Child::Q(inner) => self.q(inner),
            });
        }
        if q.connector != Connector::And {
            given.push(format!("_connector='{}'", q.connector.as_str()));
        }
        if q.negated {
            given.push("_negated=True".to_owned());
        }
        format!("models.Q({})", given.join(", "))
    }
}
