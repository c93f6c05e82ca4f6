//! `json.dumps`.

use std::fmt::Write;

use super::read::with_hyphens;
use super::{Datum, float_repr};

/// What `json.dumps(value)` prints, with the separators that Python has by default;
/// `is_django` is for `DjangoJSONEncoder`. `None` if it refuses the value, or if its
/// text is not known.
pub(crate) fn dumps(value: &Datum, is_django: bool) -> Option<String> {
    let mut out = String::new();
    write_value(&mut out, value, is_django)?;
    Some(out)
}

fn write_value(out: &mut String, value: &Datum, is_django: bool) -> Option<()> {
    match value {
        Datum::Null => out.push_str("null"),
        Datum::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Datum::Int(number, _) => write!(out, "{number}").ok()?,
        Datum::BigInt(digits) => out.push_str(digits),
        Datum::Float(number) => out.push_str(&float(*number)),
        Datum::Text(value) => out.push_str(&text(value)),
        Datum::List(items) | Datum::Tuple(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                write_value(out, item, is_django)?;
            }
            out.push(']');
        }
        Datum::Dict(pairs) => {
            out.push('{');
            for (at, (key, value)) in pairs.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                out.push_str(&text(&name(key)?));
                out.push_str(": ");
                write_value(out, value, is_django)?;
            }
            out.push('}');
        }
        Datum::Uuid(digits) if is_django => out.push_str(&text(&with_hyphens(digits))),
        Datum::Decimal(_) | Datum::Date(_) if is_django => {
            out.push_str(&text(&value.as_text()?));
        }
        _ => return None,
    }
    Some(())
}

fn name(key: &Datum) -> Option<String> {
    Some(match key {
        Datum::Text(text) => text.to_string(),
        Datum::Null => "null".to_owned(),
        Datum::Bool(flag) => flag.to_string(),
        Datum::Int(number, _) => number.to_string(),
        Datum::BigInt(digits) => digits.to_string(),
        Datum::Float(number) => float(*number),
        _ => return None,
    })
}

fn float(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned()
    } else {
        float_repr(number)
    }
}

/// A JSON string in ASCII.
pub(crate) fn text(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for letter in value.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(letter),
            _ => {
                let mut units = [0; 2];
                for unit in letter.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expectations are what Python prints.
    #[test]
    fn texts_are_ascii() {
        assert_eq!(
            text("a\"b\\\n\u{1f}é😀/\u{7f}"),
            "\"a\\\"b\\\\\\n\\u001f\\u00e9\\ud83d\\ude00/\\u007f\""
        );
        let value = Datum::Dict(vec![
            (
                Datum::int(1),
                Datum::List(vec![Datum::Float(1.0), Datum::Null]),
            ),
            (Datum::text("b"), Datum::Bool(true)),
        ]);
        assert_eq!(
            dumps(&value, false).unwrap(),
            "{\"1\": [1.0, null], \"b\": true}"
        );
        assert_eq!(dumps(&Datum::Bytes(Arc::default()), true), None);
    }

    use std::sync::Arc;
}
