//! Expressions on PostgreSQL.

use super::compile::Sql;
use super::hooks::{Expressions, Form, Source, integer, integer_range, is_offset};
use crate::ir::FieldKind;
use crate::ir::expression::FunctionKind as Kind;
use crate::sql::value::Datum;
use crate::sql::{Server, Version};

#[derive(Debug)]
pub(crate) struct PostgreSql;

const SHA: &str = "ENCODE(DIGEST(%(expressions)s, '%(function)s'), 'hex')";

const fn sha(kind: Kind, function: &'static str) -> Form {
    Form {
        kind,
        function: Some(function),
        template: Some(SHA),
        is_cast: false,
    }
}

const FORMS: &[Form] = &[
    Form::template(Kind::Now, "STATEMENT_TIMESTAMP()"),
    Form::named(Kind::StrIndex, "STRPOS"),
    sha(Kind::SHA1, "sha1"),
    sha(Kind::SHA224, "sha224"),
    sha(Kind::SHA256, "sha256"),
    sha(Kind::SHA384, "sha384"),
    sha(Kind::SHA512, "sha512"),
];

impl Expressions for PostgreSql {
    fn forms(&self) -> &'static [Form] {
        FORMS
    }

    fn unlimited_cast(&self) -> &'static str {
        "varchar"
    }

    fn has_postgres_operators(&self) -> bool {
        true
    }

    fn subtract_temporals(&self, kind: FieldKind, left: Sql, right: Sql) -> Sql {
        left.with(right, |left, right| {
            if kind == FieldKind::DateField {
                format!("(interval '1 day' * ({left} - {right}))")
            } else {
                format!("({left} - {right})")
            }
        })
    }

    fn unifies(&self, kind: FieldKind) -> bool {
        matches!(
            kind,
            FieldKind::GenericIPAddressField
                | FieldKind::IPAddressField
                | FieldKind::TimeField
                | FieldKind::UUIDField
        )
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
        let left = match kind {
            _ if !is_text => return left,
            FieldKind::IPAddressField | FieldKind::GenericIPAddressField => format!("HOST({left})"),
            _ => format!("{left}::text"),
        };
        match lookup {
            "iexact" | "icontains" | "istartswith" | "iendswith" => format!("UPPER({left})"),
            _ => left,
        }
    }

    fn iexact(&self, text: &str) -> String {
        text.to_owned()
    }

    fn integer_range(&self, kind: FieldKind) -> (i128, i128) {
        integer_range(kind)
    }

    fn cast(&self, _kind: FieldKind, _db_type: &str) -> (&'static str, Vec<Datum>) {
        ("(%(expressions)s)::%(db_type)s", Vec::new())
    }

    fn extract(&self, part: &str, source: Source, inner: Sql, zone: Option<&str>) -> Sql {
        let inner = in_zone(inner, zone);
        if part == "second" && source != Source::Date {
            return inner
                .map(|sql| format!("EXTRACT(SECOND FROM DATE_TRUNC(%s, {sql}))"))
                .before(Datum::text("second"));
        }
        inner.map(|sql| match part {
            "week_day" => format!("EXTRACT(DOW FROM {sql}) + 1"),
            "iso_week_day" => format!("EXTRACT(ISODOW FROM {sql})"),
            "iso_year" => format!("EXTRACT(ISOYEAR FROM {sql})"),
            part => format!("EXTRACT({} FROM {sql})", part.to_uppercase()),
        })
    }

    fn truncate(&self, kind: &str, result: Source, inner: Sql, zone: Option<&str>) -> Sql {
        let cast = if result == Source::Time { "::time" } else { "" };
        in_zone(inner, zone)
            .map(|sql| format!("DATE_TRUNC(%s, {sql}){cast}"))
            .before(Datum::text(kind))
    }

    fn cast_moment(&self, result: Source, inner: Sql, zone: Option<&str>) -> Sql {
        let name = if result == Source::Time {
            "time"
        } else {
            "date"
        };
        in_zone(inner, zone).map(|sql| format!("({sql})::{name}"))
    }

    fn json_key(&self, _server: &Server, inner: Sql, keys: &[String], is_text: bool) -> Sql {
        let suffix = if is_text { ">" } else { "" };
        if let [key] = keys {
            let key = integer(key).map_or_else(|| Datum::text(key.as_str()), Datum::int);
            return inner.map(|sql| format!("({sql} ->{suffix} %s)")).after(key);
        }
        inner
            .map(|sql| format!("({sql} #>{suffix} %s)"))
            .after(texts(keys))
    }

    fn json_has_keys(&self, lookup: &str, inner: Sql, _path: &[String], keys: &[String]) -> Sql {
        match (lookup, keys) {
            ("has_key", [key]) => inner
                .map(|sql| format!("{sql} ? %s"))
                .after(Datum::text(key.as_str())),
            ("has_any_keys", keys) => inner.map(|sql| format!("{sql} ?| %s")).after(texts(keys)),
            (_, keys) => inner.map(|sql| format!("{sql} ?& %s")).after(texts(keys)),
        }
    }

    fn casts_concatenated(&self) -> bool {
        true
    }

    fn casts_json_items(&self) -> bool {
        true
    }

    fn json_function(
        &self,
        server: &Server,
        kind: Kind,
        is_empty: bool,
    ) -> (&'static str, Option<&'static str>) {
        let is_native = server.version >= Version::new(16, 0, 0);
        match kind {
            Kind::JSONArray if !is_native => ("JSONB_BUILD_ARRAY", None),
            Kind::JSONArray if is_empty => (
                "JSON_ARRAY",
                Some("%(function)s(%(expressions)s  RETURNING JSONB)"),
            ),
            Kind::JSONArray => (
                "JSON_ARRAY",
                Some("%(function)s(%(expressions)s NULL ON NULL RETURNING JSONB)"),
            ),
            _ if is_native => (
                "JSON_OBJECT",
                Some("%(function)s(%(expressions)s RETURNING JSONB)"),
            ),
            _ => ("JSONB_BUILD_OBJECT", None),
        }
    }

    fn casts_floats(&self) -> bool {
        true
    }
}

fn texts(keys: &[String]) -> Datum {
    Datum::List(keys.iter().map(|key| Datum::text(key.as_str())).collect())
}

/// `_convert_sql_to_tz`.
fn in_zone(inner: Sql, zone: Option<&str>) -> Sql {
    match zone {
        Some(zone) => inner
            .map(|sql| format!("{sql} AT TIME ZONE %s"))
            .after(Datum::text(posix(zone))),
        None => inner,
    }
}

/// `_prepare_tzname_delta`: PostgreSQL counts offsets the other way.
fn posix(zone: &str) -> String {
    for (sign, other) in [('+', '-'), ('-', '+')] {
        if let Some((name, offset)) = zone.rsplit_once(sign)
            && is_offset(offset)
        {
            let minutes = if offset.contains(':') { "" } else { ":00" };
            return format!("{name}{other}{offset}{minutes}");
        }
    }
    zone.to_owned()
}
