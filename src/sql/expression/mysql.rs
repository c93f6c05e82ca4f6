//! Expressions on MySQL and MariaDB.

use super::compile::Sql;
use super::hooks::{Expressions, Form, Source, Tests, integer_range, is_offset, json_path};
use crate::ir::FieldKind;
use crate::ir::expression::FunctionKind as Kind;
use crate::sql::Server;
use crate::sql::value::{Datum, json_text};

#[derive(Debug)]
pub(crate) struct MySql {
    pub(crate) is_mariadb: bool,
}

const FORMS: &[Form] = &[
    Form {
        kind: Kind::Chr,
        function: Some("CHAR"),
        template: Some("%(function)s(%(expressions)s USING utf16)"),
        is_cast: false,
    },
    Form {
        // NULLs are passed over.
        kind: Kind::ConcatPair,
        function: Some("CONCAT_WS"),
        template: Some("%(function)s('', %(expressions)s)"),
        is_cast: false,
    },
    Form::named(Kind::Length, "CHAR_LENGTH"),
    Form::template(Kind::Now, "CURRENT_TIMESTAMP(6)"),
    Form::named(Kind::Ord, "ORD"),
    Form::named(Kind::Random, "RAND"),
    Form::template(Kind::SHA224, "SHA2(%(expressions)s, 224)"),
    Form::template(Kind::SHA256, "SHA2(%(expressions)s, 256)"),
    Form::template(Kind::SHA384, "SHA2(%(expressions)s, 384)"),
    Form::template(Kind::SHA512, "SHA2(%(expressions)s, 512)"),
];

impl Expressions for MySql {
    fn forms(&self) -> &'static [Form] {
        FORMS
    }

    fn unlimited_cast(&self) -> &'static str {
        "char"
    }

    fn has_xor(&self) -> bool {
        true
    }

    fn combine(&self, operator: &str, left: &str, right: &str) -> String {
        match operator {
            "^" => format!("POW({left},{right})"),
            // Operators on bits give what is unsigned.
            "&" | "|" | "<<" => format!("CONVERT({left}{operator}{right}, SIGNED)"),
            "#" => format!("CONVERT({left}^{right}, SIGNED)"),
            ">>" => format!("FLOOR({left} / POW(2, {right}))"),
            operator => format!("{left} {operator} {right}"),
        }
    }

    fn duration(&self, sql: String) -> String {
        format!("INTERVAL {sql} MICROSECOND")
    }

    fn subtract_temporals(&self, kind: FieldKind, left: Sql, right: Sql) -> Sql {
        if kind != FieldKind::TimeField {
            return right.with(left, |right, left| {
                format!("TIMESTAMPDIFF(MICROSECOND, {right}, {left})")
            });
        }
        if self.is_mariadb {
            return left.with(right, |left, right| {
                format!("CAST((TIME_TO_SEC({left}) - TIME_TO_SEC({right})) * 1000000 AS SIGNED)")
            });
        }
        let microseconds = |time: Sql| {
            time.repeated(2, |time| {
                format!("(TIME_TO_SEC({time}) * 1000000 + MICROSECOND({time}))")
            })
        };
        microseconds(left).with(microseconds(right), |left, right| {
            format!("({left} - {right})")
        })
    }

    fn lookup_cast(&self, lookup: &str, kind: FieldKind, left: String) -> String {
        let is_text = matches!(
            lookup,
            "iexact"
                | "contains"
                | "icontains"
                | "startswith"
                | "istartswith"
                | "endswith"
                | "iendswith"
                | "regex"
                | "iregex"
        );
        if kind == FieldKind::JSONField && (self.is_mariadb || is_text) {
            format!("JSON_UNQUOTE({left})")
        } else {
            left
        }
    }

    fn integer_range(&self, kind: FieldKind) -> (i128, i128) {
        match kind {
            FieldKind::PositiveSmallIntegerField => (0, u16::MAX.into()),
            FieldKind::PositiveIntegerField => (0, u32::MAX.into()),
            FieldKind::PositiveBigIntegerField => (0, u64::MAX.into()),
            kind => integer_range(kind),
        }
    }

    fn cast(&self, kind: FieldKind, _db_type: &str) -> (&'static str, Vec<Datum>) {
        let template = match kind {
            FieldKind::FloatField => "(%(expressions)s + 0.0)",
            FieldKind::JSONField if self.is_mariadb => "JSON_EXTRACT(%(expressions)s, '$')",
            _ => "%(function)s(%(expressions)s AS %(db_type)s)",
        };
        (template, Vec::new())
    }

    fn extract(&self, part: &str, _source: Source, inner: Sql, zone: Option<&str>) -> Sql {
        in_zone(inner, zone).map(|sql| match part {
            "week_day" => format!("DAYOFWEEK({sql})"),
            "iso_week_day" => format!("WEEKDAY({sql}) + 1"),
            "week" => format!("WEEK({sql}, 3)"),
            "iso_year" => format!("TRUNCATE(YEARWEEK({sql}, 3), -2) / 100"),
            part => format!("EXTRACT({} FROM {sql})", part.to_uppercase()),
        })
    }

    fn truncate(&self, kind: &str, result: Source, inner: Sql, zone: Option<&str>) -> Sql {
        let inner = in_zone(inner, zone);
        match result {
            Source::Date => truncated_date(kind, inner),
            Source::DateTime => truncated_moment(kind, inner),
            Source::Time => {
                let format = match kind {
                    "hour" => "%H:00:00",
                    "minute" => "%H:%i:00",
                    "second" => "%H:%i:%s",
                    _ => return inner.map(|sql| format!("TIME({sql})")),
                };
                formatted(inner, format, "TIME")
            }
        }
    }

    fn cast_moment(&self, result: Source, inner: Sql, zone: Option<&str>) -> Sql {
        let name = if result == Source::Time {
            "TIME"
        } else {
            "DATE"
        };
        in_zone(inner, zone).map(|sql| format!("{name}({sql})"))
    }

    fn json_key(&self, _server: &Server, inner: Sql, keys: &[String], is_text: bool) -> Sql {
        let inner = inner.after(Datum::text(json_path(keys)));
        inner.map(|sql| match (is_text, self.is_mariadb) {
            (false, _) => format!("JSON_EXTRACT({sql}, %s)"),
            // MariaDB has no operators for it.
            (true, true) => format!("JSON_UNQUOTE(JSON_EXTRACT({sql}, %s))"),
            (true, false) => format!("({sql} ->> %s)"),
        })
    }

    fn json_has_keys(&self, lookup: &str, inner: Sql, path: &[String], keys: &[String]) -> Sql {
        let joiner = match lookup {
            "has_keys" => " AND ",
            "has_any_keys" => " OR ",
            _ => "",
        };
        let start = json_path(path);
        let mut parts = Vec::with_capacity(keys.len());
        let mut params = Vec::new();
        for key in keys {
            parts.push(format!("JSON_CONTAINS_PATH({}, 'one', %s)", inner.text));
            params.extend(inner.params.iter().cloned());
            params.push(Datum::text(format!("{start}.{}", json_text(key))));
        }
        let mut text = parts.join(joiner);
        if !joiner.is_empty() {
            text = format!("({text})");
        }
        Sql { text, params }
    }

    fn binary_placeholder(&self) -> &'static str {
        "_binary %s"
    }

    fn json_contains(&self, outer: Sql, inner: Sql) -> Option<Sql> {
        Some(outer.with(inner, |outer, inner| {
            format!("JSON_CONTAINS({outer}, {inner})")
        }))
    }

    fn json_placeholder(&self, _value: &Datum) -> Option<&'static str> {
        Some("JSON_EXTRACT(%s, '$')")
    }

    fn extracts_json(&self) -> bool {
        true
    }

    fn json_item(&self, sql: String) -> String {
        if self.is_mariadb {
            format!("JSON_UNQUOTE({sql})")
        } else {
            sql
        }
    }

    fn folds_json(&self) -> bool {
        true
    }

    fn tests(&self) -> Tests {
        Tests::Lookups
    }

    fn sorts_nulls_first(&self) -> bool {
        true
    }

    fn indexes_collations(&self) -> bool {
        true
    }

    fn concatenates_by_operator(&self) -> bool {
        false
    }
}

/// `_convert_sql_to_tz`. The connection's zone is UTC.
fn in_zone(inner: Sql, zone: Option<&str>) -> Sql {
    match zone {
        Some(zone) if zone != "UTC" => inner
            .map(|sql| format!("CONVERT_TZ({sql}, %s, %s)"))
            .after(Datum::text("UTC"))
            .after(Datum::text(offset(zone))),
        _ => inner,
    }
}

/// `_prepare_tzname_delta`: of `UTC+03:00` the offset, else the name.
fn offset(zone: &str) -> &str {
    match zone.find(['+', '-']) {
        Some(at) if is_offset(&zone[at + 1..]) => &zone[at..],
        _ => zone,
    }
}

fn formatted(inner: Sql, format: &str, db_type: &str) -> Sql {
    inner
        .map(|sql| format!("CAST(DATE_FORMAT({sql}, %s) AS {db_type})"))
        .after(Datum::text(format))
}

fn truncated_date(kind: &str, inner: Sql) -> Sql {
    match kind {
        "year" => formatted(inner, "%Y-01-01", "DATE"),
        "month" => formatted(inner, "%Y-%m-01", "DATE"),
        "quarter" => inner.repeated(2, |sql| {
            format!(
                "MAKEDATE(YEAR({sql}), 1) + INTERVAL QUARTER({sql}) QUARTER - INTERVAL 1 QUARTER"
            )
        }),
        "week" => inner.repeated(2, |sql| {
            format!("DATE_SUB({sql}, INTERVAL WEEKDAY({sql}) DAY)")
        }),
        _ => inner.map(|sql| format!("DATE({sql})")),
    }
}

fn truncated_moment(kind: &str, inner: Sql) -> Sql {
    let format = match kind {
        "year" => "%Y-01-01 00:00:00",
        "month" => "%Y-%m-01 00:00:00",
        "day" => "%Y-%m-%d 00:00:00",
        "hour" => "%Y-%m-%d %H:00:00",
        "minute" => "%Y-%m-%d %H:%i:00",
        "second" => "%Y-%m-%d %H:%i:%s",
        "quarter" => {
            return inner
                .repeated(2, |sql| {
                    format!(
                        "CAST(DATE_FORMAT(MAKEDATE(YEAR({sql}), 1) + INTERVAL QUARTER({sql}) \
                         QUARTER - INTERVAL 1 QUARTER, %s) AS DATETIME)"
                    )
                })
                .after(Datum::text("%Y-%m-01 00:00:00"));
        }
        "week" => {
            return inner
                .repeated(2, |sql| {
                    format!(
                        "CAST(DATE_FORMAT(DATE_SUB({sql}, INTERVAL WEEKDAY({sql}) DAY), %s) \
                         AS DATETIME)"
                    )
                })
                .after(Datum::text("%Y-%m-%d 00:00:00"));
        }
        _ => return inner,
    };
    formatted(inner, format, "DATETIME")
}
