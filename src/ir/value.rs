//! `Value` and `Known<T>`: what could and what could not be read.

use std::sync::Arc;

use smol_str::SmolStr;

use super::procedure::SchemaTest;
use crate::base::{Span, Spanned};

/// Why something is not known, and where that shows. Worded to follow "because".
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Unknown {
    pub span: Span,
    pub reason: SmolStr,
}

impl Unknown {
    #[must_use]
    pub fn new(span: Span, reason: impl Into<SmolStr>) -> Self {
        Self {
            span,
            reason: reason.into(),
        }
    }

    /// What stands in a statement that has a syntax error, and so a finding already.
    #[must_use]
    pub const fn of_syntax_error(span: Span) -> Self {
        Self {
            span,
            reason: SmolStr::new_static(SYNTAX_ERROR),
        }
    }

    #[must_use]
    pub fn is_syntax_error(&self) -> bool {
        self.reason == SYNTAX_ERROR
    }
}

const SYNTAX_ERROR: &str = "it has a syntax error";

/// A `T`, or the reason why it could not be read. Never guessed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Known<T> {
    Yes(T),
    No(Unknown),
}

impl<T> Known<T> {
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Yes(value) => Some(value),
            Self::No(_) => None,
        }
    }

    pub const fn unknown(&self) -> Option<&Unknown> {
        match self {
            Self::Yes(_) => None,
            Self::No(unknown) => Some(unknown),
        }
    }

    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Yes(value) => Known::Yes(change(value)),
            Self::No(unknown) => Known::No(unknown),
        }
    }
}

/// A statically read value with its place.
pub type SpannedValue = Spanned<Value>;

/// A value as written in a migration.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// An integer that does not fit 64 bits, in decimal digits with sign.
    BigInt(SmolStr),
    Float(f64),
    /// An imaginary number, in source form without the `j`.
    Complex(SmolStr),
    Str(SmolStr),
    Bytes(Arc<[u8]>),
    Ellipsis,
    List(Vec<SpannedValue>),
    Tuple(Vec<SpannedValue>),
    Set(Vec<SpannedValue>),
    Dict(Vec<(SpannedValue, SpannedValue)>),
    /// A class, function or other named thing, by canonical dotted path:
    /// `django.db.models.deletion.CASCADE`, `blog.paths.cover_path`.
    Path(SmolStr),
    /// `settings.NAME`, not read further.
    Setting(SmolStr),
    /// The result of calling a class (or a factory) that is not evaluated further.
    Object(Box<Object>),
    /// Depends on the database: one of two values.
    Conditional(Box<Conditional>),
    Unknown(Box<Unknown>),
}

/// A constructor call kept as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Canonical dotted path of what is called.
    pub path: SmolStr,
    pub args: Vec<SpannedValue>,
    pub kwargs: Vec<(SmolStr, SpannedValue)>,
}

/// A test that only a database can answer. Two tests are equal if they ask the same,
/// wherever they were written.
#[derive(Debug, Clone)]
pub enum Condition {
    /// `connection.features.name`.
    Feature {
        name: SmolStr,
        span: Span,
    },
    /// `connection.vendor in vendors`. Django's vendor of MariaDB is `mysql`; the
    /// vendor `mariadb` here stands for `connection.mysql_is_mariadb`.
    Vendor {
        vendors: Vec<SmolStr>,
        span: Span,
    },
    /// What the project state or the tables of the database answer.
    Schema {
        test: Box<SchemaTest>,
        span: Span,
    },
    /// The server's version, of a database that a `Vendor` beside it names.
    Version {
        comparison: Comparison,
        /// `12`, `8.0`: as many parts as matter.
        version: Vec<u32>,
        span: Span,
    },
    Not(Box<Condition>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
    /// A test that could not be read.
    Unknown(Unknown),
}

/// How a server's version compares to another. A version is as long as the one that
/// was written: `16.2` is equal to `16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Comparison {
    #[must_use]
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterEqual => order.is_ge(),
        }
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Feature { name: left, .. }, Self::Feature { name: right, .. }) => left == right,
            (Self::Vendor { vendors: left, .. }, Self::Vendor { vendors: right, .. }) => {
                left == right
            }
            (Self::Schema { test: left, .. }, Self::Schema { test: right, .. }) => left == right,
            (
                Self::Version {
                    comparison: left,
                    version: left_version,
                    ..
                },
                Self::Version {
                    comparison: right,
                    version: right_version,
                    ..
                },
            ) => (left, left_version) == (right, right_version),
            (Self::Not(left), Self::Not(right)) => left == right,
            (Self::All(left), Self::All(right)) | (Self::Any(left), Self::Any(right)) => {
                left == right
            }
            (Self::Unknown(left), Self::Unknown(right)) => left == right,
            _ => false,
        }
    }
}

impl Eq for Condition {}

impl Condition {
    /// What holds always.
    pub const ALWAYS: Self = Self::All(Vec::new());

    /// The first part that is not known.
    #[must_use]
    pub fn first_unknown(&self) -> Option<&Unknown> {
        match self {
            Self::Vendor { .. }
            | Self::Feature { .. }
            | Self::Version { .. }
            | Self::Schema { .. } => None,
            Self::Unknown(unknown) => Some(unknown),
            Self::Not(inner) => inner.first_unknown(),
            Self::All(all) | Self::Any(all) => all.iter().find_map(Self::first_unknown),
        }
    }
}

/// One of several, by conditions on the database: the first whose condition holds.
#[derive(Debug, Clone)]
pub struct Choices<T>(pub Vec<(Condition, T)>);

/// Which value holds on which side of a condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditional {
    pub condition: Condition,
    pub then: SpannedValue,
    pub otherwise: SpannedValue,
}

impl Value {
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self {
            Some(text)
        } else {
            None
        }
    }

    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    /// The items of a list, tuple or set.
    #[must_use]
    pub fn items(&self) -> Option<&[SpannedValue]> {
        match self {
            Self::List(items) | Self::Tuple(items) | Self::Set(items) => Some(items),
            _ => None,
        }
    }

    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// The first unknown inside, depth first.
    #[must_use]
    pub fn first_unknown(&self) -> Option<&Unknown> {
        match self {
            Self::Unknown(unknown) => Some(unknown),
            Self::List(items) | Self::Tuple(items) | Self::Set(items) => {
                items.iter().find_map(|item| item.value.first_unknown())
            }
            Self::Dict(pairs) => pairs.iter().find_map(|(key, value)| {
                key.value
                    .first_unknown()
                    .or_else(|| value.value.first_unknown())
            }),
            Self::Object(object) => object
                .args
                .iter()
                .chain(object.kwargs.iter().map(|(_, value)| value))
                .find_map(|value| value.value.first_unknown()),
            Self::Conditional(conditional) => conditional
                .then
                .value
                .first_unknown()
                .or_else(|| conditional.otherwise.value.first_unknown()),
            _ => None,
        }
    }
}

/// `repr(number)`: the shortest digits that read back as the same number.
pub(crate) fn float_repr(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{number}");
        if plain.contains('.') {
            plain
        } else {
            format!("{plain}.0")
        }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    }
}
