//! What differs between databases when an expression is compiled: one table of
//! functions and a few methods for each dialect, with what Django's base classes do as
//! the default.
//!
//! Source: `as_<vendor>` methods in `django/db/models/functions/` and `lookups.py`, and
//! `django/db/backends/*/operations.py`, 5.2.

use std::fmt::Debug;

use super::compile::Sql;
use crate::ir::FieldKind;
use crate::ir::expression::FunctionKind;
use crate::sql::Server;
use crate::sql::value::Datum;

/// A database's own form of a function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    pub(crate) kind: FunctionKind,
    pub(crate) function: Option<&'static str>,
    pub(crate) template: Option<&'static str>,
    /// The result is cast as any other number is ([`Expressions::number`]).
    pub(crate) is_cast: bool,
}

impl Form {
    /// Another name.
    pub(crate) const fn named(kind: FunctionKind, function: &'static str) -> Self {
        Self {
            kind,
            function: Some(function),
            template: None,
            is_cast: false,
        }
    }

    pub(crate) const fn template(kind: FunctionKind, template: &'static str) -> Self {
        Self {
            kind,
            function: None,
            template: Some(template),
            is_cast: false,
        }
    }
}

/// Which conditions hold by themselves where a condition is expected. All others are
/// compared with true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tests {
    Anything,
    Lookups,
    /// Lookups, groups of them and raw SQL, none of which are values that can be
    /// compared.
    Filters,
}

/// Where a date or time part is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Date,
    Time,
    DateTime,
}

/// A database's side of compiling expressions. Texts hold `%s` for parameters and `%%`
/// for a percent sign, as everywhere in Django.
pub(crate) trait Expressions: Debug + Sync {
    /// Functions that are written otherwise than the class says.
    fn forms(&self) -> &'static [Form];

    /// `cast_char_field_without_max_length`.
    fn unlimited_cast(&self) -> &'static str;

    /// Lookups of `contrib.postgres` and `JSONField.contains` are there.
    fn has_postgres_operators(&self) -> bool {
        false
    }

    /// A function that Django refuses on this database.
    fn lacks(&self, _kind: FunctionKind) -> bool {
        false
    }

    /// `max_in_list_size`.
    fn longest_list(&self) -> Option<usize> {
        None
    }

    /// `supports_logical_xor`.
    fn has_xor(&self) -> bool {
        false
    }

    /// `SQLiteNumericMixin`: a decimal expression.
    fn number(&self, sql: String) -> String {
        sql
    }

    /// `combine_expression`.
    fn combine(&self, operator: &str, left: &str, right: &str) -> String {
        format!("{left} {operator} {right}")
    }

    /// `format_for_duration_arithmetic`.
    fn duration(&self, sql: String) -> String {
        sql
    }

    /// Whether Django combines two numbers by an operator here.
    fn has_operator(&self, _operator: &str) -> bool {
        true
    }

    /// `combine_duration_expression`; `None` where Django refuses the operator.
    fn combine_duration(&self, operator: &str, left: &str, right: &str) -> Option<String> {
        Some(self.combine(operator, left, right))
    }

    /// `subtract_temporals`.
    fn subtract_temporals(&self, kind: FieldKind, left: Sql, right: Sql) -> Sql;

    /// `unification_cast_sql`: whether a `CASE` of that type is cast.
    fn unifies(&self, _kind: FieldKind) -> bool {
        false
    }

    /// `lookup_cast`, around the left side.
    fn lookup_cast(&self, _lookup: &str, _kind: FieldKind, left: String) -> String {
        left
    }

    /// `prep_for_iexact_query`.
    fn iexact(&self, text: &str) -> String {
        like(text)
    }

    /// `integer_field_range`.
    fn integer_range(&self, kind: FieldKind) -> (i128, i128);

    /// `Cast`: the template for a kind of field with its type as the column has it, and
    /// parameters before.
    fn cast(&self, kind: FieldKind, db_type: &str) -> (&'static str, Vec<Datum>);

    /// `date_extract_sql` and its like; the part is `year`, `iso_week_day`, ...
    fn extract(&self, part: &str, source: Source, inner: Sql, zone: Option<&str>) -> Sql;

    /// `date_trunc_sql` and its like, for the type that comes out.
    fn truncate(&self, kind: &str, result: Source, inner: Sql, zone: Option<&str>) -> Sql;

    /// `datetime_cast_date_sql`, `datetime_cast_time_sql`.
    fn cast_moment(&self, result: Source, inner: Sql, zone: Option<&str>) -> Sql;

    /// A key path of a JSON field.
    fn json_key(&self, server: &Server, inner: Sql, keys: &[String], is_text: bool) -> Sql;

    /// `HasKeyLookup` for one key or several; `path` is where in the field they are.
    fn json_has_keys(&self, lookup: &str, inner: Sql, path: &[String], keys: &[String]) -> Sql;

    /// `KeyTransformIsNull` where it is not `IS NULL`: `None` for that.
    fn json_key_is_null(&self, _inner: Sql, _keys: &[String], _is_null: bool) -> Option<Sql> {
        None
    }

    /// `KeyTransformExact` of JSON's `null`, where it is not a comparison.
    fn json_key_holds_null(&self, _server: &Server, _inner: Sql, _keys: &[String]) -> Option<Sql> {
        None
    }

    /// `JSONExact`, where it is not `left = right`.
    fn json_equal(&self, _server: &Server, _left: &str, _right: &str) -> Option<String> {
        None
    }

    /// The right side of a comparison with a JSON key: a placeholder for a value; `None`
    /// where Django cannot read the value as JSON.
    fn json_placeholder(&self, _value: &Datum) -> Option<&'static str> {
        Some("%s")
    }

    /// `binary_placeholder_sql` of bytes.
    fn binary_placeholder(&self) -> &'static str {
        "%s"
    }

    /// JSON as a whole is compared with what is read as JSON, too.
    fn extracts_json(&self) -> bool {
        false
    }

    /// `KeyTransformIn`: an item, which is read as JSON already.
    fn json_item(&self, sql: String) -> String {
        sql
    }

    /// `DataContains` and `ContainedBy`; `None` where there are none.
    fn json_contains(&self, _outer: Sql, _inner: Sql) -> Option<Sql> {
        None
    }

    /// Text in JSON is compared in lower case where case is of no account.
    fn folds_json(&self) -> bool {
        false
    }

    /// `conditional_expression_supported_in_where_clause`.
    fn tests(&self) -> Tests {
        Tests::Anything
    }

    /// `order_by_nulls_first`: nulls come before everything else, where nothing can be
    /// said of them.
    fn sorts_nulls_first(&self) -> bool {
        false
    }

    /// `collate_as_index_expression`: a collation stands within the brackets of an
    /// expression that is indexed.
    fn indexes_collations(&self) -> bool {
        false
    }

    /// `ConcatPair` is written with `||`.
    fn concatenates_by_operator(&self) -> bool {
        true
    }

    /// `ConcatPair`s cast what is no text.
    fn casts_concatenated(&self) -> bool {
        false
    }

    /// What `Coalesce` puts around each of its texts that may be long.
    fn coalesces_texts_with(&self) -> Option<&'static str> {
        None
    }

    /// `JSONArray`: each item with its cast, or as it is.
    fn casts_json_items(&self) -> bool {
        false
    }

    /// `JSONObject` and `JSONArray`: function and, if it is not the usual, the template.
    fn json_function(
        &self,
        _server: &Server,
        kind: FunctionKind,
        _is_empty: bool,
    ) -> (&'static str, Option<&'static str>) {
        if kind == FunctionKind::JSONArray {
            ("JSON_ARRAY", None)
        } else {
            ("JSON_OBJECT", None)
        }
    }

    /// `FixDecimalInputMixin`: floats are cast to decimals.
    fn casts_floats(&self) -> bool {
        false
    }

    /// `Left` and `Right` become `Substr`.
    fn has_left_and_right(&self) -> bool {
        true
    }

    /// `Repeat` pads a text with itself.
    fn repeats_by_padding(&self) -> bool {
        false
    }

    /// `Reverse` where it is no function, and how often it names the text.
    fn reverse(&self, _server: &Server, _text: &str) -> Option<(String, usize)> {
        None
    }
}

/// `BaseDatabaseOperations.integer_field_ranges`.
pub(crate) fn integer_range(kind: FieldKind) -> (i128, i128) {
    use FieldKind as Kind;
    let (low, high) = match kind {
        Kind::SmallIntegerField | Kind::SmallAutoField | Kind::PositiveSmallIntegerField => {
            (i16::MIN.into(), i16::MAX.into())
        }
        Kind::BigIntegerField | Kind::BigAutoField | Kind::PositiveBigIntegerField => {
            (i64::MIN.into(), i64::MAX.into())
        }
        _ => (i32::MIN.into(), i32::MAX.into()),
    };
    match kind {
        Kind::PositiveSmallIntegerField
        | Kind::PositiveIntegerField
        | Kind::PositiveBigIntegerField => (0, high),
        _ => (low, high),
    }
}

/// `prep_for_like_query`.
pub(crate) fn like(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

/// `compile_json_path`: `$.owner[0]`.
pub(crate) fn json_path(keys: &[String]) -> String {
    let mut path = String::from("$");
    for key in keys {
        path.push_str(&json_step(key));
    }
    path
}

/// A step of a path; an integer is an index.
pub(crate) fn json_step(key: &str) -> String {
    match integer(key) {
        Some(index) => format!("[{index}]"),
        None => format!(".{}", crate::sql::value::json_text(key)),
    }
}

/// `int(key)`, for what Python takes for an integer.
pub(crate) fn integer(key: &str) -> Option<i64> {
    let digits = key.trim();
    let inner = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    let is_number = !inner.is_empty()
        && inner.split('_').all(|part| !part.is_empty())
        && inner.bytes().all(|it| it.is_ascii_digit() || it == b'_');
    is_number
        .then(|| digits.replace('_', "").parse().ok())
        .flatten()
}

/// What `parse_time` takes for an offset: `5`, `05:30`, `05:30:15`.
pub(crate) fn is_offset(offset: &str) -> bool {
    let mut parts = offset.split(':');
    let is_number = |part: &str| part.len() <= 2 && part.parse::<u8>().is_ok_and(|it| it < 60);
    parts.clone().count() <= 3 && parts.all(is_number)
}
