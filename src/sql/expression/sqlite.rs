//! Expressions on SQLite. Much of it are functions that Django registers with every
//! connection, such as `django_date_extract`.

use super::compile::Sql;
use super::hooks::{Expressions, Form, Source, json_path, json_step};
use crate::ir::FieldKind;
use crate::ir::expression::FunctionKind as Kind;
use crate::sql::Server;
use crate::sql::value::{Datum, json_text};

#[derive(Debug)]
pub(crate) struct Sqlite;

/// SQLite's form keeps what `SQLiteNumericMixin` does.
const fn cast(kind: Kind, function: &'static str) -> Form {
    Form {
        kind,
        function: Some(function),
        template: None,
        is_cast: true,
    }
}

/// Same function, without what `SQLiteNumericMixin` does.
const fn uncast(kind: Kind) -> Form {
    Form {
        kind,
        function: None,
        template: None,
        is_cast: false,
    }
}

const FORMS: &[Form] = &[
    cast(Kind::Greatest, "MAX"),
    cast(Kind::Least, "MIN"),
    Form::named(Kind::Chr, "CHAR"),
    Form::named(Kind::Ord, "UNICODE"),
    Form::named(Kind::Substr, "SUBSTR"),
    Form::named(Kind::Random, "RAND"),
    uncast(Kind::ATan2),
    uncast(Kind::Log),
    Form::template(
        Kind::Now,
        "STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f', 'NOW')",
    ),
];

impl Expressions for Sqlite {
    fn forms(&self) -> &'static [Form] {
        FORMS
    }

    fn unlimited_cast(&self) -> &'static str {
        "text"
    }

    fn number(&self, sql: String) -> String {
        format!("(CAST({sql} AS NUMERIC))")
    }

    fn combine(&self, operator: &str, left: &str, right: &str) -> String {
        match operator {
            "^" => format!("POWER({left},{right})"),
            "#" => format!("BITXOR({left},{right})"),
            operator => format!("{left} {operator} {right}"),
        }
    }

    fn combine_duration(&self, operator: &str, left: &str, right: &str) -> Option<String> {
        matches!(operator, "+" | "-" | "*" | "/")
            .then(|| format!("django_format_dtdelta('{operator}', {left}, {right})"))
    }

    fn subtract_temporals(&self, kind: FieldKind, left: Sql, right: Sql) -> Sql {
        let function = if kind == FieldKind::TimeField {
            "django_time_diff"
        } else {
            "django_timestamp_diff"
        };
        left.with(right, |left, right| format!("{function}({left}, {right})"))
    }

    fn integer_range(&self, kind: FieldKind) -> (i128, i128) {
        match kind {
            FieldKind::PositiveBigIntegerField
            | FieldKind::PositiveIntegerField
            | FieldKind::PositiveSmallIntegerField => (0, i128::from(i64::MAX)),
            _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
        }
    }

    fn cast(&self, _kind: FieldKind, db_type: &str) -> (&'static str, Vec<Datum>) {
        match db_type {
            // `datetime()` and `time()` drop fractions of seconds.
            "datetime" => (
                "strftime(%%s, %(expressions)s)",
                vec![Datum::text("%Y-%m-%d %H:%M:%f")],
            ),
            "time" => (
                "strftime(%%s, %(expressions)s)",
                vec![Datum::text("%H:%M:%f")],
            ),
            "date" => ("date(%(expressions)s)", Vec::new()),
            _ => ("%(function)s(%(expressions)s AS %(db_type)s)", Vec::new()),
        }
    }

    fn extract(&self, part: &str, source: Source, inner: Sql, zone: Option<&str>) -> Sql {
        let inner = inner.before(Datum::text(part.to_lowercase()));
        match source {
            Source::Date => inner.map(|sql| format!("django_date_extract(%s, {sql})")),
            Source::Time => inner.map(|sql| format!("django_time_extract(%s, {sql})")),
            Source::DateTime => zones(
                inner.map(|sql| format!("django_datetime_extract(%s, {sql}, %s, %s)")),
                zone,
            ),
        }
    }

    fn truncate(&self, kind: &str, result: Source, inner: Sql, zone: Option<&str>) -> Sql {
        let name = match result {
            Source::Date => "date",
            Source::Time => "time",
            Source::DateTime => "datetime",
        };
        let inner = inner
            .before(Datum::text(kind.to_lowercase()))
            .map(|sql| format!("django_{name}_trunc(%s, {sql}, %s, %s)"));
        zones(inner, zone)
    }

    fn cast_moment(&self, result: Source, inner: Sql, zone: Option<&str>) -> Sql {
        let name = if result == Source::Time {
            "time"
        } else {
            "date"
        };
        zones(
            inner.map(|sql| format!("django_datetime_cast_{name}({sql}, %s, %s)")),
            zone,
        )
    }

    fn json_key(&self, _server: &Server, inner: Sql, keys: &[String], _is_text: bool) -> Sql {
        let path = Datum::text(json_path(keys));
        let Sql { text, params } = inner;
        // Django has a `frozenset` of these, whose order differs from run to run; here
        // it is that of the names.
        let text = format!(
            "(CASE WHEN JSON_TYPE({text}, %s) IN ('false','null','true') \
             THEN JSON_TYPE({text}, %s) ELSE JSON_EXTRACT({text}, %s) END)"
        );
        let mut all = Vec::with_capacity((params.len() + 1) * 3);
        for _ in 0..3 {
            all.extend(params.iter().cloned());
            all.push(path.clone());
        }
        Sql { text, params: all }
    }

    fn json_has_keys(&self, lookup: &str, inner: Sql, path: &[String], keys: &[String]) -> Sql {
        let joiner = match lookup {
            "has_keys" => " AND ",
            "has_any_keys" => " OR ",
            _ => "",
        };
        let start = json_path(path);
        let Sql { text, params } = inner;
        let mut parts = Vec::with_capacity(keys.len());
        let mut all = Vec::new();
        for key in keys {
            parts.push(format!("JSON_TYPE({text}, %s) IS NOT NULL"));
            all.extend(params.iter().cloned());
            all.push(Datum::text(format!("{start}.{}", json_text(key))));
        }
        let mut text = parts.join(joiner);
        if !joiner.is_empty() {
            text = format!("({text})");
        }
        Sql { text, params: all }
    }

    fn json_key_is_null(&self, inner: Sql, keys: &[String], is_null: bool) -> Option<Sql> {
        let (last, path) = keys.split_last()?;
        let not = if is_null { "" } else { "NOT " };
        let path = format!("{}{}", json_path(path), json_step(last));
        Some(
            inner
                .map(|sql| format!("JSON_TYPE({sql}, %s) IS {not}NULL"))
                .after(Datum::text(path)),
        )
    }

    fn json_placeholder(&self, value: &Datum) -> Option<&'static str> {
        Some(match value {
            Datum::Text(text) if matches!(text.as_str(), "null" | "false" | "true") => "%s",
            _ => "JSON_EXTRACT(%s, '$')",
        })
    }

    fn has_left_and_right(&self) -> bool {
        false
    }
}

/// `_convert_tznames_to_sql`: the zone, and the connection's, which is UTC.
fn zones(inner: Sql, zone: Option<&str>) -> Sql {
    match zone {
        Some(zone) => inner.after(Datum::text(zone)).after(Datum::text("UTC")),
        None => inner.after(Datum::Null).after(Datum::Null),
    }
}
