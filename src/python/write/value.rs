//! Values.

use smol_str::SmolStr;

use super::Writer;
use super::condition::QNode;
use crate::base::Span;
use crate::ir::Value;
use crate::ir::value::{Object, SpannedValue};

impl Writer<'_> {
    /// A value as Python spells it, on one line.
    pub(super) fn value(&mut self, value: &SpannedValue) -> String {
        self.value_at(&value.value, value.span)
    }

    fn value_at(&mut self, value: &Value, span: Span) -> String {
        match value {
            Value::None => "None".to_owned(),
            Value::Bool(true) => "True".to_owned(),
            Value::Bool(false) => "False".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::BigInt(digits) => digits.to_string(),
            Value::Float(number) => float(*number),
            Value::Complex(digits) => format!("{digits}j"),
            Value::Str(string) => text(string),
            Value::Bytes(content) => bytes(content),
            Value::Ellipsis => "...".to_owned(),
            Value::List(items) => format!("[{}]", self.values(items)),
            Value::Tuple(items) => match items.as_slice() {
                [only] => format!("({},)", self.value(only)),
                items => format!("({})", self.values(items)),
            },
            Value::Set(items) if items.is_empty() => "set()".to_owned(),
            // Django's writer sorts what Python keeps in any order.
            Value::Set(items) => {
                let mut items: Vec<String> = items.iter().map(|item| self.value(item)).collect();
                items.sort();
                format!("{{{}}}", items.join(", "))
            }
            Value::Dict(pairs) => {
                let mut pairs: Vec<&(SpannedValue, SpannedValue)> = pairs.iter().collect();
                let is_text =
                    |pair: &&(SpannedValue, SpannedValue)| pair.0.value.as_str().is_some();
                if pairs.iter().all(is_text) {
                    pairs.sort_by_key(|(key, _)| key.value.as_str());
                }
                let pairs: Vec<String> = pairs
                    .into_iter()
                    .map(|(key, value)| format!("{}: {}", self.value(key), self.value(value)))
                    .collect();
                format!("{{{}}}", pairs.join(", "))
            }
            Value::Path(path) => self.path(path, span).to_string(),
            Value::Setting(name) => {
                self.import("from django.conf import settings");
                format!("settings.{name}")
            }
            Value::Object(object) => self.object(object, span),
            Value::Conditional(conditional) => format!(
                "({} if {} else {})",
                self.value(&conditional.then),
                self.condition(&conditional.condition),
                self.value(&conditional.otherwise)
            ),
            Value::Unknown(unknown) => {
                self.unwritable.push((**unknown).clone());
                String::new()
            }
        }
    }

    pub(super) fn values(&mut self, items: &[SpannedValue]) -> String {
        let items: Vec<String> = items.iter().map(|item| self.value(item)).collect();
        items.join(", ")
    }

    /// A call. What was computed with operators is written as what it gave, as far as
    /// Django's classes can be told apart from others.
    fn object(&mut self, object: &Object, span: Span) -> String {
        if let Some(q) = QNode::of(object) {
            return self.q(&q);
        }
        if let Some(operator) = object.path.strip_prefix("operator.") {
            return self.operation_of(operator, object, span);
        }
        self.call(&object.path, &object.args, &object.kwargs, span)
    }

    /// `path(args, name=value)`, keywords by name as Django's writer has them.
    pub(super) fn call(
        &mut self,
        path: &str,
        args: &[SpannedValue],
        kwargs: &[(SmolStr, SpannedValue)],
        span: Span,
    ) -> String {
        let name = self.path(path, span);
        let mut given: Vec<String> = args.iter().map(|value| self.value(value)).collect();
        let mut kwargs: Vec<&(SmolStr, SpannedValue)> = kwargs.iter().collect();
        // The order of `JSONObject`'s keywords is that of its keys.
        if !path.ends_with(".JSONObject") {
            kwargs.sort_by(|(left, _), (right, _)| left.cmp(right));
        }
        for (name, value) in kwargs {
            given.push(format!("{name}={}", self.value(value)));
        }
        format!("{name}({})", given.join(", "))
    }
}

/// `repr` of a string.
pub(super) fn text(string: &str) -> String {
    let quote = if string.contains('\'') && !string.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::with_capacity(string.len() + 2);
    out.push(quote);
    for character in string.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote => {
                out.push('\\');
                out.push(character);
            }
            _ if is_printable(character) => out.push(character),
            _ => {
                let code = u32::from(character);
                out.push_str(&match code {
                    0..=0xff => format!("\\x{code:02x}"),
                    0x100..=0xffff => format!("\\u{code:04x}"),
                    _ => format!("\\U{code:08x}"),
                });
            }
        }
    }
    out.push(quote);
    out
}

/// Python's `str.isprintable` of one character. Rust escapes the same categories for
/// debugging, and combining marks besides.
fn is_printable(character: char) -> bool {
    matches!(character, '\'' | '"' | '\\')
        || unicode_normalization::char::is_combining_mark(character)
        || character.escape_debug().len() == 1
}

/// `repr` of bytes.
fn bytes(content: &[u8]) -> String {
    let quote = if content.contains(&b'\'') && !content.contains(&b'"') {
        '"'
    } else {
        '\''
    };
    let mut out = format!("b{quote}");
    for &byte in content {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ if char::from(byte) == quote => {
                out.push('\\');
                out.push(quote);
            }
            0x20..=0x7e => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(quote);
    out
}

/// `repr` of a float, or what gives it where that is no literal.
fn float(number: f64) -> String {
    if number.is_finite() {
        return crate::ir::value::float_repr(number);
    }
    let name = if number.is_nan() {
        "nan"
    } else if number < 0.0 {
        "-inf"
    } else {
        "inf"
    };
    format!("float(\"{name}\")")
}
