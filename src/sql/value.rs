//! Values on their way into SQL: what a migration states ([`crate::ir::Value`]), as the
//! field's `get_db_prep_value` hands it to the database driver ([`Datum`]). How a
//! driver writes it is the business of [`super::dialect::Quoting`].
//!
//! ```text
//! let datum = value::for_column(&server, &clock, &field, &value)?;   // get_db_prep_save
//! let sql = server.quoting.value(&datum)?;                   // quote_value
//! ```
//!
//! Source: `get_prep_value` and `get_db_prep_value` in `django/db/models/fields/` and
//! `django/contrib/postgres/fields/`, the `adapt_*` methods in
//! `django/db/backends/*/operations.py`, 5.2.

mod decimal;
mod field;
mod json;
mod read;
mod time;
mod zone;

use std::sync::Arc;

use smol_str::SmolStr;

use crate::base::Span;
use crate::ir::{Field, FieldKind, Known, Unknown};

pub(crate) use crate::ir::value::float_repr;
pub use decimal::Decimal;
pub use field::for_column;
pub(crate) use field::{adapted, prepared};
pub(crate) use json::text as json_text;
pub(crate) use read::read;
pub use time::{Date, DateTime, Duration, Time};

/// A Python value, or what Django makes of one for a database driver.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    Null,
    Bool(bool),
    /// An integer; with a type where Django gives psycopg one.
    Int(i64, Option<IntegerType>),
    /// In decimal digits with sign; it does not fit 64 bits.
    BigInt(SmolStr),
    Float(f64),
    Decimal(Decimal),
    Text(SmolStr),
    Bytes(Arc<[u8]>),
    Date(Date),
    Time(Time),
    DateTime(DateTime),
    Duration(Duration),
    /// 32 hexadecimal digits.
    Uuid(SmolStr),
    /// `ipaddress.ip_address(...)`.
    Inet(SmolStr),
    /// psycopg's `Jsonb`, dumped.
    Jsonb(SmolStr),
    List(Vec<Datum>),
    Tuple(Vec<Datum>),
    Dict(Vec<(Datum, Datum)>),
    Range(Box<Range>),
}

/// psycopg's wrappers for integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IntegerType {
    Int2,
    Int4,
    Int8,
}

/// psycopg's `Range`.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    pub lower: Datum,
    pub upper: Datum,
    /// `[)`; empty for an empty range.
    pub bounds: SmolStr,
}

/// The settings that decide what dates and times mean.
#[derive(Debug, Clone)]
pub struct Clock {
    pub use_tz: Known<bool>,
    pub time_zone: Known<SmolStr>,
}

impl Default for Clock {
    /// Django's own defaults.
    fn default() -> Self {
        Self {
            use_tz: Known::Yes(true),
            time_zone: Known::Yes(SmolStr::new_static("America/Chicago")),
        }
    }
}

impl Clock {
    pub(crate) fn use_tz(&self) -> Result<bool, Unknown> {
        known(&self.use_tz).copied()
    }

    pub(crate) fn time_zone(&self) -> Result<&SmolStr, Unknown> {
        known(&self.time_zone)
    }
}

/// `Known` as a `Result`, for `?`.
pub(crate) fn known<T>(value: &Known<T>) -> Result<&T, Unknown> {
    match value {
        Known::Yes(value) => Ok(value),
        Known::No(unknown) => Err(unknown.clone()),
    }
}

pub(crate) fn unknown<T>(span: Span, reason: impl Into<SmolStr>) -> Result<T, Unknown> {
    Err(Unknown::new(span, reason))
}

impl Datum {
    /// A Python `str`.
    #[must_use]
    pub fn text(text: impl Into<SmolStr>) -> Self {
        Self::Text(text.into())
    }

    #[must_use]
    pub const fn int(number: i64) -> Self {
        Self::Int(number, None)
    }

    /// `str(value)` of what Django turns into text; `None` for what has no stable one.
    #[must_use]
    pub fn as_text(&self) -> Option<SmolStr> {
        Some(match self {
            Self::Null => SmolStr::new_static("None"),
            Self::Bool(true) => SmolStr::new_static("True"),
            Self::Bool(false) => SmolStr::new_static("False"),
            Self::Int(number, _) => smol_str::format_smolstr!("{number}"),
            Self::BigInt(digits) => digits.clone(),
            Self::Float(number) => SmolStr::new(float_repr(*number)),
            Self::Decimal(number) => smol_str::format_smolstr!("{number}"),
            Self::Text(text) | Self::Inet(text) => text.clone(),
            Self::Date(date) => smol_str::format_smolstr!("{date}"),
            Self::Time(time) => smol_str::format_smolstr!("{time}"),
            Self::DateTime(moment) => smol_str::format_smolstr!("{moment}"),
            Self::Duration(duration) => smol_str::format_smolstr!("{duration}"),
            Self::Uuid(digits) => SmolStr::new(read::with_hyphens(digits)),
            Self::Bytes(_)
            | Self::Jsonb(_)
            | Self::List(_)
            | Self::Tuple(_)
            | Self::Dict(_)
            | Self::Range(_) => return None,
        })
    }
}

/// `Field.get_internal_type()`, as a kind.
#[must_use]
pub(crate) fn internal_type(kind: FieldKind) -> FieldKind {
    use FieldKind as Kind;
    match kind {
        Kind::EmailField
        | Kind::URLField
        | Kind::CommaSeparatedIntegerField
        | Kind::CICharField
        | Kind::CIEmailField => Kind::CharField,
        Kind::CITextField => Kind::TextField,
        Kind::ImageField => Kind::FileField,
        Kind::NullBooleanField => Kind::BooleanField,
        Kind::OrderWrt => Kind::IntegerField,
        kind => kind,
    }
}

/// `empty_strings_allowed`.
pub(crate) fn allows_empty_texts(field: &Field) -> bool {
    use FieldKind as Kind;
    let Some(kind) = field.extends.or(field.kind.known().copied()) else {
        return false;
    };
    matches!(
        kind,
        Kind::BinaryField
            | Kind::CharField
            | Kind::CommaSeparatedIntegerField
            | Kind::EmailField
            | Kind::Field
            | Kind::FileField
            | Kind::FilePathField
            | Kind::GeneratedField
            | Kind::ImageField
            | Kind::SlugField
            | Kind::TextField
            | Kind::URLField
            | Kind::CITextField
            | Kind::CICharField
            | Kind::CIEmailField
            | Kind::SearchVectorField
            | Kind::SearchQueryField
    )
}

/// A field's kind, or why it is not known.
pub(crate) fn kind_of(field: &Field) -> Result<FieldKind, Unknown> {
    known(&field.kind).copied()
}
