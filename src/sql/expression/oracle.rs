//! Expressions on Oracle, which has no boolean values before 23: a condition that stands
//! where a value is expected becomes `CASE WHEN ... THEN 1 ELSE 0 END`.

use super::compile::Sql;
use super::hooks::{Expressions, Form, Source, Tests, json_path, json_step};
use crate::ir::FieldKind;
use crate::ir::expression::FunctionKind as Kind;
use crate::sql::value::{Datum, json_text};
use crate::sql::{Server, Version};

#[derive(Debug)]
pub(crate) struct Oracle;

const HASH: &str = "LOWER(RAWTOHEX(STANDARD_HASH(UTL_I18N.STRING_TO_RAW(%(expressions)s, 'AL32UTF8'), '%(function)s')))";

const FORMS: &[Form] = &[
    Form::named(Kind::Ceil, "CEIL"),
    Form::template(Kind::Chr, "%(function)s(%(expressions)s USING NCHAR_CS)"),
    Form::template(Kind::Cot, "(1 / TAN(%(expressions)s))"),
    Form::template(
        Kind::Degrees,
        "((%(expressions)s) * 180 / 3.141592653589793)",
    ),
    Form::template(Kind::MD5, HASH),
    Form::template(Kind::Now, "LOCALTIMESTAMP"),
    Form::template(Kind::Pi, "3.141592653589793"),
    Form::template(
        Kind::Radians,
        "((%(expressions)s) * 3.141592653589793 / 180)",
    ),
    Form::named(Kind::Random, "DBMS_RANDOM.VALUE"),
    Form::template(Kind::SHA1, HASH),
    Form::template(Kind::SHA256, HASH),
    Form::template(Kind::SHA384, HASH),
    Form::template(Kind::SHA512, HASH),
    Form::named(Kind::Substr, "SUBSTR"),
];

impl Expressions for Oracle {
    fn forms(&self) -> &'static [Form] {
        FORMS
    }

    fn lacks(&self, kind: Kind) -> bool {
        kind == Kind::SHA224
    }

    fn unlimited_cast(&self) -> &'static str {
        "NVARCHAR2(2000)"
    }

    fn tests(&self) -> Tests {
        Tests::Filters
    }

    fn longest_list(&self) -> Option<usize> {
        Some(1000)
    }

    fn combine(&self, operator: &str, left: &str, right: &str) -> String {
        match operator {
            "%%" => format!("MOD({left},{right})"),
            "&" => format!("BITAND({left},{right})"),
            "|" => format!("BITAND(-{left}-1,{right})+{left}"),
            "<<" => format!("({left} * POWER(2, {right}))"),
            ">>" => format!("FLOOR({left} / POWER(2, {right}))"),
            "^" => format!("POWER({left},{right})"),
            operator => format!("{left} {operator} {right}"),
        }
    }

    fn has_operator(&self, operator: &str) -> bool {
        operator != "#"
    }

    fn subtract_temporals(&self, kind: FieldKind, left: Sql, right: Sql) -> Sql {
        left.with(right, |left, right| {
            if kind == FieldKind::DateField {
                format!("NUMTODSINTERVAL(TO_NUMBER({left} - {right}), 'DAY')")
            } else {
                format!("({left} - {right})")
            }
        })
    }

    fn lookup_cast(&self, lookup: &str, kind: FieldKind, left: String) -> String {
        match (lookup, kind) {
            ("iexact" | "icontains" | "istartswith" | "iendswith", _) => format!("UPPER({left})"),
            ("isnull", _) => left,
            (_, FieldKind::BinaryField | FieldKind::TextField) => {
                format!("DBMS_LOB.SUBSTR({left})")
            }
            _ => left,
        }
    }

    fn iexact(&self, text: &str) -> String {
        text.to_owned()
    }

    fn integer_range(&self, kind: FieldKind) -> (i128, i128) {
        const SMALL: i128 = 99_999;
        const PLAIN: i128 = 99_999_999_999;
        const BIG: i128 = 9_999_999_999_999_999_999;
        match kind {
            FieldKind::BigIntegerField | FieldKind::BigAutoField => (-BIG, BIG),
            FieldKind::PositiveBigIntegerField => (0, BIG),
            FieldKind::PositiveSmallIntegerField | FieldKind::PositiveIntegerField => (0, PLAIN),
            FieldKind::SmallAutoField => (-SMALL, SMALL),
            _ => (-PLAIN, PLAIN),
        }
    }

    fn cast(&self, kind: FieldKind, _db_type: &str) -> (&'static str, Vec<Datum>) {
        let template = if kind == FieldKind::JSONField {
            "JSON_QUERY(%(expressions)s, '$')"
        } else {
            "%(function)s(%(expressions)s AS %(db_type)s)"
        };
        (template, Vec::new())
    }

    fn extract(&self, part: &str, source: Source, inner: Sql, zone: Option<&str>) -> Sql {
        let inner = in_zone(inner, zone);
        if part == "second" && source != Source::Date {
            return inner.map(|sql| format!("FLOOR(EXTRACT(SECOND FROM {sql}))"));
        }
        let format = match part {
            "week_day" | "iso_week_day" => "D",
            "week" => "IW",
            "quarter" => "Q",
            "iso_year" => "IYYY",
            part => {
                return inner.map(|sql| format!("EXTRACT({} FROM {sql})", part.to_uppercase()));
            }
        };
        let day_before = if part == "iso_week_day" { " - 1" } else { "" };
        inner
            .map(|sql| format!("TO_CHAR({sql}{day_before}, %s)"))
            .after(Datum::text(format))
    }

    fn truncate(&self, kind: &str, result: Source, inner: Sql, zone: Option<&str>) -> Sql {
        let inner = in_zone(inner, zone);
        let is_date = result != Source::Time;
        let format = match kind {
            "year" if is_date => "YEAR",
            "month" if is_date => "MONTH",
            "quarter" if is_date => "Q",
            "week" if is_date => "IW",
            "hour" if result != Source::Date => "HH24",
            "minute" if result != Source::Date => "MI",
            // Only a second's parts are to go, which a DATE does not have.
            "second" if result != Source::Date => {
                return inner.map(|sql| format!("CAST({sql} AS DATE)"));
            }
            _ => return inner.map(|sql| format!("TRUNC({sql})")),
        };
        inner
            .map(|sql| format!("TRUNC({sql}, %s)"))
            .after(Datum::text(format))
    }

    fn cast_moment(&self, result: Source, inner: Sql, zone: Option<&str>) -> Sql {
        let inner = in_zone(inner, zone);
        if result != Source::Time {
            return inner.map(|sql| format!("TRUNC({sql})"));
        }
        let Sql { text, params } = inner;
        // A TimeField is a TIMESTAMP of the first day of 1900.
        let text = format!(
            "CASE WHEN {text} IS NOT NULL THEN TO_TIMESTAMP(CONCAT('1900-01-01 ', \
             TO_CHAR({text}, 'HH24:MI:SS.FF')), 'YYYY-MM-DD HH24:MI:SS.FF') ELSE NULL END"
        );
        Sql {
            text,
            params: [params.as_slice(), params.as_slice()].concat(),
        }
    }

    fn json_key(&self, server: &Server, inner: Sql, keys: &[String], _is_text: bool) -> Sql {
        let path = quoted_path(&escaped_path(keys));
        let Sql { text, params } = inner;
        let text = if has_json_scalars(server) {
            format!(
                "COALESCE(JSON_VALUE({text}, {path}),JSON_QUERY({text}, {path} DISALLOW SCALARS))"
            )
        } else {
            format!("COALESCE(JSON_QUERY({text}, {path}),JSON_VALUE({text}, {path}))")
        };
        Sql {
            text,
            params: [params.as_slice(), params.as_slice()].concat(),
        }
    }

    fn json_has_keys(&self, lookup: &str, inner: Sql, path: &[String], keys: &[String]) -> Sql {
        let joiner = match lookup {
            "has_keys" => " AND ",
            "has_any_keys" => " OR ",
            _ => "",
        };
        let start = escaped_path(path);
        let Sql { text, params } = inner;
        let mut parts = Vec::with_capacity(keys.len());
        let mut all = Vec::new();
        for key in keys {
            parts.push(exists(&text, &format!("{start}.{}", json_text(key))));
            all.extend(params.iter().cloned());
        }
        let mut text = parts.join(joiner);
        if !joiner.is_empty() {
            text = format!("({text})");
        }
        Sql { text, params: all }
    }

    fn json_key_is_null(&self, inner: Sql, keys: &[String], is_null: bool) -> Option<Sql> {
        let Sql { text, mut params } = inner;
        let found = exists(&text, &path_with_last_key(keys)?);
        if !is_null {
            return Some(Sql {
                text: found,
                params,
            });
        }
        params.extend(params.clone());
        Some(Sql {
            text: format!("(NOT {found} OR {text} IS NULL)"),
            params,
        })
    }

    fn json_key_holds_null(&self, server: &Server, inner: Sql, keys: &[String]) -> Option<Sql> {
        let found = exists(&inner.text, &path_with_last_key(keys)?);
        let key = self.json_key(server, inner.clone(), keys, false);
        Some(Sql {
            text: format!("{found} AND {} IS NULL", key.text),
            params: [inner.params, key.params].concat(),
        })
    }

    fn json_equal(&self, server: &Server, left: &str, right: &str) -> Option<String> {
        Some(if has_json_scalars(server) {
            format!("JSON_EQUAL(JSON({left}), JSON({right}) ERROR ON ERROR)")
        } else {
            format!("JSON_EQUAL({left}, {right} ERROR ON ERROR)")
        })
    }

    fn json_placeholder(&self, value: &Datum) -> Option<&'static str> {
        let Datum::Text(text) = value else {
            return None;
        };
        Some(match serde_json::from_str(text).ok()? {
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
                "JSON_QUERY(JSON_OBJECT('value' VALUE %s FORMAT JSON), '$.value')"
            }
            _ => "JSON_VALUE(JSON_OBJECT('value' VALUE %s FORMAT JSON), '$.value')",
        })
    }

    fn concatenates_by_operator(&self) -> bool {
        false
    }

    fn coalesces_texts_with(&self) -> Option<&'static str> {
        Some("TO_NCLOB")
    }

    fn json_function(
        &self,
        _server: &Server,
        kind: Kind,
        is_empty: bool,
    ) -> (&'static str, Option<&'static str>) {
        match kind {
            Kind::JSONArray if is_empty => (
                "JSON_ARRAY",
                Some("%(function)s(%(expressions)s  RETURNING CLOB)"),
            ),
            Kind::JSONArray => (
                "JSON_ARRAY",
                Some("%(function)s(%(expressions)s NULL ON NULL RETURNING CLOB)"),
            ),
            _ => (
                "JSON_OBJECT",
                Some("%(function)s(%(expressions)s RETURNING CLOB)"),
            ),
        }
    }

    fn has_left_and_right(&self) -> bool {
        false
    }

    fn repeats_by_padding(&self) -> bool {
        true
    }

    fn reverse(&self, server: &Server, text: &str) -> Option<(String, usize)> {
        let suffix = if server.version >= Version::new(23, 0, 0) {
            ""
        } else {
            " FROM DUAL"
        };
        let sql = format!(
            "(SELECT LISTAGG(s) WITHIN GROUP (ORDER BY n DESC) FROM \
             (SELECT LEVEL n, SUBSTR({text}, LEVEL, 1) s{suffix} \
             CONNECT BY LEVEL <= LENGTH({text})) GROUP BY {text})"
        );
        Some((sql, 3))
    }
}

/// `supports_primitives_in_json_field`.
fn has_json_scalars(server: &Server) -> bool {
    server.version >= Version::new(21, 0, 0)
}

/// `compile_json_path` of keys that stand in SQL, in which `%` is a format's.
fn escaped_path(keys: &[String]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| key.replace('%', "%%")).collect();
    json_path(&keys)
}

/// `HasKeyOrArrayIndex`, in which Django escapes all keys but the last one.
fn path_with_last_key(keys: &[String]) -> Option<String> {
    let (last, path) = keys.split_last()?;
    Some(format!("{}{}", escaped_path(path), json_step(last)))
}

/// A path as a literal; JSON holds no such delimiter.
fn quoted_path(path: &str) -> String {
    format!("q'\u{ffff}{path}\u{ffff}'")
}

fn exists(text: &str, path: &str) -> String {
    format!("JSON_EXISTS({text}, {})", quoted_path(path))
}

/// `_convert_sql_to_tz`; the connection's own zone is UTC.
fn in_zone(inner: Sql, zone: Option<&str>) -> Sql {
    match zone {
        Some(zone) if zone != "UTC" => {
            let zone = offset(zone);
            inner.map(|sql| {
                format!("CAST((FROM_TZ({sql}, 'UTC') AT TIME ZONE '{zone}') AS TIMESTAMP)")
            })
        }
        _ => inner,
    }
}

/// `_prepare_tzname_delta`: of `UTC+05:30` only the offset.
fn offset(zone: &str) -> String {
    for sign in ['+', '-'] {
        if let Some((_, offset)) = zone.rsplit_once(sign)
            && super::hooks::is_offset(offset)
        {
            let minutes = if offset.contains(':') { "" } else { ":00" };
            return format!("{sign}{offset}{minutes}");
        }
    }
    zone.to_owned()
}
