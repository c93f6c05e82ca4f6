//! Words, strings and numbers as text.

use super::super::lexer::{block_quotes, decode_string, is_plain_word};

/// Words that mean something inside of expressions.
const RESERVED: &[&str] = &[
    "and", "false", "in", "is", "not", "null", "or", "true", "xor",
];

/// A name where only a name can stand.
pub(super) fn word(name: &str) -> Option<String> {
    if is_plain_word(name) {
        return Some(name.to_owned());
    }
    quoted(name)
}

/// A name inside of an expression.
pub(super) fn name(name: &str) -> Option<String> {
    let is_taken = RESERVED.contains(&name) || matches!(name, "True" | "False" | "None");
    if is_plain_word(name) && !is_taken {
        return Some(name.to_owned());
    }
    if matches!(name, "True" | "False" | "None") {
        return None;
    }
    quoted(name)
}

/// Whether a text is a name as [`name`] writes it.
pub(super) fn is_written_name(text: &str) -> bool {
    let inner = text.strip_prefix('`').and_then(|it| it.strip_suffix('`'));
    is_plain_word(text) || inner.is_some_and(|inner| !inner.contains('`'))
}

fn quoted(name: &str) -> Option<String> {
    let is_possible = !name.is_empty()
        && !name.contains(['`', '\n', '\r'])
        && super::super::lexer::decode_name(&format!("`{name}`")) == name;
    is_possible.then(|| format!("`{name}`"))
}

/// A label or the name of a migration.
#[must_use]
pub fn segment(name: &str) -> String {
    let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain_word(name) || is_number {
        name.to_owned()
    } else {
        string(name)
    }
}

/// A string on one line.
pub(super) fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            character if needs_escape(character) => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(character)));
            }
            character => out.push(character),
        }
    }
    out.push('"');
    out
}

/// Characters that nobody sees, and those that turn the direction of text.
fn needs_escape(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        )
}

/// A text of several lines as a block, if it can be written so exactly.
pub(super) fn block(text: &str) -> Option<String> {
    let is_exact = text.contains('\n')
        && !text
            .chars()
            .any(|it| needs_escape(it) && it != '\n' && it != '\t')
        && text.split('\n').all(|line| line.trim_end() == line);
    if !is_exact {
        return None;
    }
    let quotes = "\"".repeat(block_quotes(text));
    let out = format!("{quotes}\n{text}\n{quotes}");
    (decode_string(&out).0 == text).then_some(out)
}

pub(super) fn bytes(bytes: &[u8]) -> String {
    let mut out = String::from("b\"");
    for byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'"' => out.push_str("\\\""),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x20..=0x7e => out.push(char::from(*byte)),
            byte => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

/// A float as digits, or as `float("...")` where digits do not do.
pub(super) fn float(value: f64) -> String {
    let shown = format!("{value:?}");
    let is_plain = value.is_finite()
        && !(value == 0.0 && value.is_sign_negative())
        && shown
            .trim_start_matches('-')
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_plain {
        return shown;
    }
    let shown = if value.is_nan() {
        "nan".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "inf" } else { "-inf" }.to_owned()
    } else {
        shown
    };
    format!("float(\"{shown}\")")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_as_they_are_read() {
        for text in ["", "a\"b\\c", "tab\there", "line\nline", "\u{202e}x", "é"] {
            assert_eq!(decode_string(&string(text)).0, text);
        }
        for text in ["a\nb", "  a\n\n  b\n", "\n", "a\n\"\"\"\nb"] {
            assert_eq!(decode_string(&block(text).unwrap()).0, text, "{text:?}");
        }
        assert!(block("trailing \nblank").is_none());
        assert!(block("carriage\r\nreturn").is_none());
    }

    #[test]
    fn floats_are_digits_where_digits_do() {
        assert_eq!(float(1.5), "1.5");
        assert_eq!(float(-2.0), "-2.0");
        assert_eq!(float(1e300), "float(\"1e300\")");
        assert_eq!(float(f64::NEG_INFINITY), "float(\"-inf\")");
    }
}
