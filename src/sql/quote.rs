//! Names and values as a server reads them.

use smol_str::SmolStr;

use super::dialect::Quoting;
use super::names;
use super::value::{Datum, IntegerType, Range, float_repr};

fn between(quote: char, name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    out.push(quote);
    out.push_str(name);
    out.push(quote);
    out
}

impl Quoting {
    /// A name in quotes; one that is in quotes already stays as it is.
    /// Source: `DatabaseOperations.quote_name`, 5.2.
    #[must_use]
    pub fn name(self, name: &str) -> String {
        match self {
            Self::PostgreSql | Self::Sqlite => {
                if name.len() > 1 && name.starts_with('"') && name.ends_with('"') {
                    name.to_owned()
                } else {
                    between('"', name)
                }
            }
            Self::MySql { .. } => {
                if name.len() > 1 && name.starts_with('`') && name.ends_with('`') {
                    name.to_owned()
                } else {
                    between('`', name)
                }
            }
            Self::Oracle => {
                let quoted = if name.starts_with('"') || name.ends_with('"') {
                    name.to_owned()
                } else {
                    between('"', &names::truncate(name, Some(30)))
                };
                // What is executed is a format, in which `%%` is a percent sign.
                let quoted = if quoted.contains('%') {
                    quoted.replace('%', "%%")
                } else {
                    quoted
                };
                quoted.to_uppercase()
            }
        }
    }

    const fn quote(self) -> char {
        match self {
            Self::PostgreSql | Self::Sqlite | Self::Oracle => '"',
            Self::MySql { .. } => '`',
        }
    }

    /// Whether names are the same that differ in case alone.
    #[must_use]
    pub const fn folds_case(self) -> bool {
        matches!(self, Self::Oracle)
    }

    /// A name as Django's introspection tells it, of which it makes the case that it
    /// compares names in.
    pub fn introspected(self, name: &str) -> SmolStr {
        match self {
            Self::Sqlite | Self::MySql { .. } => SmolStr::new(name),
            // The server cuts what is longer (`NAMEDATALEN`).
            Self::PostgreSql => {
                let mut length = name.len().min(63);
                while !name.is_char_boundary(length) {
                    length -= 1;
                }
                SmolStr::new(&name[..length])
            }
            Self::Oracle => names::truncate(name, Some(30)).to_lowercase().into(),
        }
    }

    /// The quoted names that stand in SQL outside of its texts, with their places,
    /// quotes included.
    pub fn names_in(self, sql: &str) -> Vec<(std::ops::Range<usize>, &str)> {
        let escapes = self == Self::MySql { escapes: true };
        let mut names = Vec::new();
        let mut letters = sql.char_indices();
        while let Some((start, letter)) = letters.next() {
            if letter != '\'' && letter != self.quote() {
                continue;
            }
            while let Some((at, inner)) = letters.next() {
                if inner == '\\' && letter == '\'' && escapes {
                    letters.next();
                } else if inner == letter {
                    if letter != '\'' {
                        names.push((start..at + 1, &sql[start + 1..at]));
                    }
                    break;
                }
            }
        }
        names
    }

    /// `schema_editor.quote_value(value)`: the value as SQL, or why the driver refuses
    /// it. psycopg, whose client-side parameters come out the same, writes a blank
    /// before a negative number and before `E'...'`.
    ///
    /// Source: `DatabaseSchemaEditor.quote_value`, 5.2; `psycopg/_transformer.py`
    /// (`as_literal`) and `psycopg/types/`, 3.2.
    pub fn value(self, value: &Datum) -> Result<String, &'static str> {
        match self {
            Self::PostgreSql => postgresql(value),
            Self::Sqlite => sqlite(value),
            Self::MySql { escapes } => mysql(value, escapes),
            Self::Oracle => oracle(value),
        }
    }
}

/// A text in single quotes, with its quotes doubled.
#[must_use]
pub(crate) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn sqlite(value: &Datum) -> Result<String, &'static str> {
    Ok(match value {
        Datum::Null => "NULL".to_owned(),
        Datum::Bool(flag) => u8::from(*flag).to_string(),
        Datum::Int(number, _) => number.to_string(),
        Datum::BigInt(digits) => digits.to_string(),
        Datum::Float(number) => float_repr(*number),
        Datum::Text(value) => text(value),
        // Adapters that Django registers with `sqlite3`.
        Datum::Decimal(_) | Datum::Date(_) | Datum::DateTime(_) => {
            text(&value.as_text().unwrap_or_default())
        }
        Datum::Bytes(bytes) => format!("X'{}'", hexadecimal(bytes)),
        _ => return Err("SQLite has no such values"),
    })
}

/// Source: `pymysql/converters.py` and `Connection.escape_string`, 1.2; `MySQLdb`
/// writes the same, but for bytes, which it hands to Django as bytes.
fn mysql(value: &Datum, escapes: bool) -> Result<String, &'static str> {
    let text = |value: &str| {
        if !escapes {
            return text(value);
        }
        let mut out = String::with_capacity(value.len() + 2);
        out.push('\'');
        for letter in value.chars() {
            match letter {
                '\0' => out.push_str("\\0"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\u{1a}' => out.push_str("\\Z"),
                '\'' | '"' | '\\' => out.extend(['\\', letter]),
                letter => out.push(letter),
            }
        }
        out.push('\'');
        out
    };
    Ok(match value {
        Datum::Null => "NULL".to_owned(),
        Datum::Bool(flag) => u8::from(*flag).to_string(),
        Datum::Int(number, _) => number.to_string(),
        Datum::BigInt(digits) => digits.to_string(),
        Datum::Float(number) if !number.is_finite() => {
            return Err("MySQL takes no such numbers");
        }
        Datum::Float(number) => {
            let digits = float_repr(*number);
            let exponent = if digits.contains('e') { "" } else { "e0" };
            format!("{digits}{exponent}")
        }
        Datum::Decimal(number) => number.without_exponent(),
        Datum::Bytes(bytes) => format!("X'{}'", hexadecimal(bytes)),
        Datum::Text(_) | Datum::Uuid(_) | Datum::Date(_) | Datum::Time(_) | Datum::DateTime(_) => {
            text(&value.as_text().unwrap_or_default())
        }
        _ => return Err("MySQL has no such values"),
    })
}

fn oracle(value: &Datum) -> Result<String, &'static str> {
    Ok(match value {
        Datum::Bool(flag) => u8::from(*flag).to_string(),
        Datum::Date(_) | Datum::Time(_) | Datum::DateTime(_) | Datum::Text(_) => {
            text(&value.as_text().unwrap_or_default())
        }
        Datum::Duration(duration) => text(&duration.as_iso()),
        Datum::Bytes(bytes) => text(&hexadecimal(bytes)),
        Datum::Null | Datum::Int(..) | Datum::BigInt(_) | Datum::Float(_) | Datum::Decimal(_) => {
            value.as_text().unwrap_or_default().to_string()
        }
        _ => return Err("Oracle has no such values"),
    })
}

fn postgresql(value: &Datum) -> Result<String, &'static str> {
    let minus = |negative: bool, text: String| {
        if negative { format!(" {text}") } else { text }
    };
    let literal = match value {
        Datum::Null => return Ok("NULL".to_owned()),
        Datum::Bool(flag) => return Ok(flag.to_string()),
        Datum::Int(number, _) => return Ok(minus(*number < 0, number.to_string())),
        Datum::BigInt(digits) => return Ok(minus(digits.starts_with('-'), digits.to_string())),
        Datum::Float(number) if number.is_nan() => return Ok("'NaN'::float8".to_owned()),
        Datum::Float(number) if number.is_infinite() => {
            let sign = if *number < 0.0 { "-" } else { "" };
            return Ok(format!("'{sign}Infinity'::float8"));
        }
        Datum::Float(number) => {
            return Ok(minus(number.is_sign_negative(), float_repr(*number)));
        }
        Datum::Decimal(number) => {
            return Ok(minus(number.is_negative(), number.to_string()));
        }
        value => dumped(value)?,
    };
    if literal.contains('\0') {
        return Err("PostgreSQL takes no text with a NUL in it");
    }
    let quoted = if literal.contains('\\') && !matches!(value, Datum::Bytes(_)) {
        format!(" E{}", text(&literal.replace('\\', "\\\\")))
    } else {
        text(&literal)
    };
    Ok(match type_of(value) {
        "" | "text" => quoted,
        name => format!("{quoted}::{name}"),
    })
}

/// The value's text form, before it is quoted.
fn dumped(value: &Datum) -> Result<String, &'static str> {
    Ok(match value {
        Datum::Bool(flag) => if *flag { "t" } else { "f" }.to_owned(),
        Datum::Int(..)
        | Datum::BigInt(_)
        | Datum::Float(_)
        | Datum::Decimal(_)
        | Datum::Text(_)
        | Datum::Inet(_)
        | Datum::Date(_)
        | Datum::Time(_)
        | Datum::DateTime(_) => value.as_text().unwrap_or_default().to_string(),
        Datum::Bytes(bytes) => format!("\\x{}", hexadecimal(bytes)),
        Datum::Duration(duration) => duration.as_interval(),
        Datum::Uuid(digits) => digits.to_string(),
        Datum::Jsonb(text) => text.to_string(),
        Datum::List(items) => list(items)?,
        Datum::Tuple(items) => {
            let items = items.iter().map(|item| match item {
                Datum::Null => Ok(String::new()),
                item => dumped(item).map(|text| in_brackets(&text)),
            });
            let last = if items.len() == 1 { "," } else { "" };
            format!(
                "({}{last})",
                items.collect::<Result<Vec<_>, _>>()?.join(",")
            )
        }
        Datum::Range(range) => of_range(range)?,
        Datum::Dict(pairs) => hstore(pairs)?,
        Datum::Null => return Err("it has no text form"),
    })
}

/// An array. Source: `psycopg/types/array.py`.
fn list(items: &[Datum]) -> Result<String, &'static str> {
    let mut kinds = items.iter().filter(|item| **item != Datum::Null);
    if let Some(first) = kinds.next()
        && kinds.any(|item| std::mem::discriminant(item) != std::mem::discriminant(first))
    {
        return Err("psycopg takes no lists of mixed types");
    }
    let items = items.iter().map(|item| match item {
        Datum::Null => Ok("NULL".to_owned()),
        Datum::List(inner) => list(inner),
        item => dumped(item).map(|text| {
            let is_plain = !text.is_empty()
                && !text.eq_ignore_ascii_case("null")
                && !text.contains(|it: char| {
                    matches!(it, '"' | '\\' | '{' | '}' | ',') || is_blank(it)
                });
            if is_plain {
                text
            } else {
                format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
            }
        }),
    });
    Ok(format!(
        "{{{}}}",
        items.collect::<Result<Vec<_>, _>>()?.join(",")
    ))
}

fn of_range(range: &Range) -> Result<String, &'static str> {
    let mut bounds = range.bounds.chars();
    let (Some(first), Some(last)) = (bounds.next(), bounds.next()) else {
        return Ok("empty".to_owned());
    };
    let side = |value: &Datum| match value {
        Datum::Null => Ok(String::new()),
        value => dumped(value).map(|text| in_brackets(&text)),
    };
    Ok(format!(
        "{first}{},{}{last}",
        side(&range.lower)?,
        side(&range.upper)?
    ))
}

/// A part of a range or of a composite value, quoted if it must be.
fn in_brackets(text: &str) -> String {
    let special = |it: char| matches!(it, '"' | '\\' | '(' | ')' | '[' | ']' | ',') || is_blank(it);
    if text.is_empty() || text.contains(special) {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

const fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

fn hstore(pairs: &[(Datum, Datum)]) -> Result<String, &'static str> {
    let quoted =
        |text: &SmolStr| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let pairs = pairs.iter().map(|pair| match pair {
        (Datum::Text(key), Datum::Text(value)) => Ok(format!("{}=>{}", quoted(key), quoted(value))),
        (Datum::Text(key), Datum::Null) => Ok(format!("{}=>NULL", quoted(key))),
        _ => Err("hstore keys and values can only be strings"),
    });
    Ok(pairs.collect::<Result<Vec<_>, _>>()?.join(","))
}

/// The type that psycopg states, by PostgreSQL's name; empty where it states none.
fn type_of(value: &Datum) -> &'static str {
    match value {
        Datum::Bytes(_) => "bytea",
        Datum::Date(_) => "date",
        Datum::Time(_) => "time",
        Datum::DateTime(moment) if moment.offset.is_some() => "timestamptz",
        Datum::DateTime(_) => "timestamp",
        Datum::Duration(_) => "interval",
        Datum::Uuid(_) => "uuid",
        Datum::Inet(_) => "inet",
        Datum::Jsonb(_) => "jsonb",
        Datum::Dict(_) => "hstore",
        Datum::List(items) => array_type(items),
        Datum::Range(range) => range_type(range),
        _ => "",
    }
}

fn array_type(items: &[Datum]) -> &'static str {
    match items.iter().find(|item| **item != Datum::Null) {
        None => "",
        Some(Datum::List(inner)) => array_type(inner),
        Some(Datum::Int(..) | Datum::BigInt(_)) => match items.iter().map(width).max() {
            Some(Some(IntegerType::Int2)) => "int2[]",
            Some(Some(IntegerType::Int4)) => "int4[]",
            Some(Some(IntegerType::Int8)) => "int8[]",
            _ => "numeric[]",
        },
        Some(Datum::Float(_)) => "float8[]",
        Some(Datum::Decimal(_)) => "numeric[]",
        Some(Datum::Bool(_)) => "bool[]",
        Some(Datum::Bytes(_)) => "bytea[]",
        Some(Datum::Date(_)) => "date[]",
        Some(Datum::Time(_)) => "time[]",
        Some(Datum::DateTime(moment)) if moment.offset.is_some() => "timestamptz[]",
        Some(Datum::DateTime(_)) => "timestamp[]",
        Some(Datum::Duration(_)) => "interval[]",
        Some(Datum::Uuid(_)) => "uuid[]",
        Some(Datum::Inet(_)) => "inet[]",
        Some(Datum::Jsonb(_)) => "jsonb[]",
        Some(Datum::Dict(_)) => "hstore[]",
        Some(Datum::Range(_) | Datum::Tuple(_) | Datum::Text(_) | Datum::Null) => "",
    }
}

/// The type that psycopg gives an integer: the one it was wrapped in, or the smallest.
fn width(value: &Datum) -> Option<IntegerType> {
    match value {
        Datum::Int(_, Some(width)) => Some(*width),
        Datum::Int(number, None) => Some(if i16::try_from(*number).is_ok() {
            IntegerType::Int2
        } else if i32::try_from(*number).is_ok() {
            IntegerType::Int4
        } else {
            IntegerType::Int8
        }),
        Datum::Null => Some(IntegerType::Int2),
        _ => None,
    }
}

/// The type of a range of what has one; ranges of integers and texts have none.
fn range_type(range: &Range) -> &'static str {
    let side = match &range.lower {
        Datum::Null => &range.upper,
        lower => lower,
    };
    match side {
        _ if range.bounds.is_empty() => "",
        Datum::Decimal(_) => "numrange",
        Datum::Date(_) => "daterange",
        // Django has its own dumper, since its moments may be naive.
        Datum::DateTime(_) => "tstzrange",
        _ => "",
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::value::{Date, DateTime, Decimal, Duration, Time};
    use super::*;

    fn moment(offset: Option<i32>) -> Datum {
        Datum::DateTime(DateTime {
            date: Date::new(2020, 1, 2).unwrap(),
            time: Time::new(3, 4, 5, 678).unwrap(),
            offset,
        })
    }

    fn texts(items: &[&str]) -> Datum {
        Datum::List(items.iter().map(|item| Datum::text(*item)).collect())
    }

    fn range(lower: Datum, upper: Datum) -> Datum {
        Datum::Range(Box::new(Range::new(lower, upper, "[)")))
    }

    // Expectations are what `quote_value` of Django's schema editor gives, with psycopg.
    #[test]
    fn values_are_written_as_psycopg_writes_them() {
        let decimal = |text| Datum::Decimal(Decimal::parse(text).unwrap());
        let bytes = |bytes: &[u8]| Datum::Bytes(bytes.into());
        for (value, expected) in [
            (Datum::Null, "NULL"),
            (Datum::Bool(true), "true"),
            (Datum::int(-1), " -1"),
            (Datum::Float(1e20), "1e+20"),
            (Datum::Float(-1.5), " -1.5"),
            (Datum::Float(f64::INFINITY), "'Infinity'::float8"),
            (decimal("-1.50"), " -1.50"),
            (decimal("1E+3"), "1E+3"),
            (Datum::text("a'b"), "'a''b'"),
            (Datum::text("a\\b"), " E'a\\\\b'"),
            (bytes(b"\x01\\ab'"), "'\\x015c616227'::bytea"),
            (moment(None), "'2020-01-02 03:04:05.000678'::timestamp"),
            (
                moment(Some(-19800)),
                "'2020-01-02 03:04:05.000678-05:30'::timestamptz",
            ),
            (
                Datum::Duration(Duration(86_403_000_004)),
                "'1 day 0:00:03.000004'::interval",
            ),
            (
                Datum::Uuid("00000000000000000000000000000005".into()),
                "'00000000000000000000000000000005'::uuid",
            ),
            (Datum::Inet("1.2.3.4".into()), "'1.2.3.4'::inet"),
            (
                Datum::Jsonb("{\"a\": \"\\n\"}".into()),
                " E'{\"a\": \"\\\\n\"}'::jsonb",
            ),
            (
                Datum::List(vec![Datum::int(1), Datum::int(2)]),
                "'{1,2}'::int2[]",
            ),
            (
                Datum::List(vec![Datum::int(70000), Datum::Null]),
                "'{70000,NULL}'::int4[]",
            ),
            (Datum::List(vec![]), "'{}'"),
            (
                texts(&["a", "b'c", "d\"e", "null", "", "a b", "a\\b"]),
                " E'{a,b''c,\"d\\\\\"e\",\"null\",\"\",\"a b\",\"a\\\\\\\\b\"}'",
            ),
            (
                Datum::List(vec![Datum::Duration(Duration(86_400_000_000))]),
                "'{\"1 day 0:00:00\"}'::interval[]",
            ),
            (range(Datum::int(1), Datum::int(5)), "'[1,5)'"),
            (range(decimal("1.5"), Datum::Null), "'[1.5,)'::numrange"),
            (
                range(moment(Some(0)), Datum::Null),
                "'[\"2020-01-02 03:04:05.000678+00:00\",)'::tstzrange",
            ),
        ] {
            assert_eq!(Quoting::PostgreSql.value(&value).unwrap(), expected);
        }
        let mixed = Datum::List(vec![Datum::int(1), Datum::text("a")]);
        assert!(Quoting::PostgreSql.value(&mixed).is_err());
    }

    // Expectations are what `escape` of PyMySQL gives.
    #[test]
    fn values_are_written_as_pymysql_writes_them() {
        let quoting = |escapes| Quoting::MySql { escapes };
        let decimal = |text| Datum::Decimal(Decimal::parse(text).unwrap());
        let uuid = "eb338813355849618328dd4850e3a0dd";
        for (value, expected) in [
            (Datum::Bool(true), "1"),
            (Datum::int(-1), "-1"),
            (Datum::Float(1.5), "1.5e0"),
            (Datum::Float(1e20), "1e+20"),
            (decimal("1E-7"), "0.0000001"),
            (
                Datum::text("a'b\"c\\d\n\0\u{1a}%é"),
                "'a\\'b\\\"c\\\\d\\n\\0\\Z%é'",
            ),
            (
                Datum::Bytes(b"ab'\x00\xff".as_slice().into()),
                "X'61622700ff'",
            ),
            (
                Datum::Uuid(uuid.into()),
                "'eb338813-3558-4961-8328-dd4850e3a0dd'",
            ),
        ] {
            assert_eq!(quoting(true).value(&value).unwrap(), expected);
        }
        let text = Datum::text("a'b\\c");
        assert_eq!(quoting(false).value(&text).unwrap(), "'a''b\\c'");
        assert!(quoting(true).value(&Datum::Float(f64::NAN)).is_err());
    }

    #[test]
    fn names_are_found_outside_of_texts() {
        let names = |quoting: Quoting, sql| {
            let found = quoting.names_in(sql).into_iter();
            found.map(|(_, name)| name.to_owned()).collect::<Vec<_>>()
        };
        let mysql = |escapes| Quoting::MySql { escapes };
        assert_eq!(names(mysql(true), "`a` = 'x\\'`b`' AND `c`"), ["a", "c"]);
        assert_eq!(names(mysql(false), "`a` = '\\' AND `b`"), ["a", "b"]);
        assert_eq!(names(Quoting::Sqlite, "\"a\" = 'it''s \"b\"'"), ["a"]);
    }

    // Expectations are what `quote_name` and `quote_value` of Django's Oracle backend give.
    #[test]
    fn names_and_values_are_written_for_oracle() {
        for (name, expected) in [
            ("title", "\"TITLE\""),
            ("\"Title\"", "\"TITLE\""),
            ("100%", "\"100%%\""),
            (
                "a_name_that_is_longer_than_thirty_letters",
                "\"A_NAME_THAT_IS_LONGER_THANA1F6\"",
            ),
        ] {
            assert_eq!(Quoting::Oracle.name(name), expected);
        }
        for (value, expected) in [
            (Datum::Null, "None"),
            (Datum::Bool(true), "1"),
            (Datum::int(-1), "-1"),
            (Datum::Float(1.0), "1.0"),
            (Datum::Decimal(Decimal::parse("1.50").unwrap()), "1.50"),
            (Datum::text("a'b"), "'a''b'"),
            (Datum::Bytes(b"ab".as_slice().into()), "'6162'"),
            (moment(None), "'2020-01-02 03:04:05.000678'"),
            (
                Datum::Duration(Duration(86_403_000_004)),
                "'P1DT00H00M03.000004S'",
            ),
            (Datum::Duration(Duration(-1_000_000)), "'-P0DT00H00M01S'"),
        ] {
            assert_eq!(Quoting::Oracle.value(&value).unwrap(), expected);
        }
        assert!(Quoting::Oracle.value(&Datum::List(vec![])).is_err());
    }

    #[test]
    fn values_are_written_as_sqlite_has_them() {
        for (value, expected) in [
            (Datum::Bool(true), "1"),
            (Datum::int(-1), "-1"),
            (Datum::Float(1.0), "1.0"),
            (Datum::Decimal(Decimal::parse("1.50").unwrap()), "'1.50'"),
            (Datum::text("a'b"), "'a''b'"),
            (Datum::Bytes(b"ab".as_slice().into()), "X'6162'"),
            (moment(None), "'2020-01-02 03:04:05.000678'"),
        ] {
            assert_eq!(Quoting::Sqlite.value(&value).unwrap(), expected);
        }
        assert!(Quoting::Sqlite.value(&Datum::List(vec![])).is_err());
    }
}
