//! The values of literals.

use std::borrow::Cow;

use super::escape;
use super::lexer::Prefix;

/// The value of a numeric literal.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    Int(i64),
    /// An integer beyond 64 bits, as decimal digits.
    BigInt(String),
    Float(f64),
    /// The imaginary part.
    Imaginary(f64),
}

/// A literal token in its parts.
struct Literal<'t> {
    prefix: Prefix,
    content: &'t str,
}

fn split(token: &str) -> Option<Literal<'_>> {
    let bytes = token.as_bytes();
    let letters = bytes.iter().position(|byte| matches!(byte, b'"' | b'\''))?;
    let prefix = Prefix::read(bytes.get(..letters)?)?;
    let quote = *bytes.get(letters)?;
    let quoted = bytes.get(letters..)?;
    let triple = [quote; 3];
    let is_triple = quoted.len() >= 6 && quoted.starts_with(&triple) && quoted.ends_with(&triple);
    let width = if is_triple { 3 } else { 1 };
    if quoted.len() < 2 * width || quoted.last() != Some(&quote) {
        return None;
    }
    let content = token.get(letters + width..token.len() - width)?;
    Some(Literal { prefix, content })
}

/// The content of a string token without prefix, triple quotes and escapes: what nearly
/// all are.
fn plain(token: &str) -> Option<&str> {
    let [quote @ (b'"' | b'\''), content @ .., last] = token.as_bytes() else {
        return None;
    };
    if quote != last || !is_plain(content, *quote) {
        return None;
    }
    token.get(1..token.len() - 1)
}

/// Whether a text has no such quote, no backslash and no carriage return in it: eight bytes
/// are looked at together.
fn is_plain(content: &[u8], quote: u8) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    // The highest bit of some byte is set if one of the eight is the one that is looked for.
    let found = |eight: u64, byte: u8| {
        let differs = eight ^ (ONES * u64::from(byte));
        differs.wrapping_sub(ONES) & !differs & HIGH
    };
    let mut rest = content;
    while let Some((eight, behind)) = rest.split_first_chunk::<8>() {
        let eight = u64::from_ne_bytes(*eight);
        if found(eight, quote) | found(eight, b'\\') | found(eight, b'\r') != 0 {
            return false;
        }
        rest = behind;
    }
    rest.iter()
        .all(|byte| *byte != quote && !matches!(byte, b'\\' | b'\r'))
}

/// The value of one string token with prefix and quotes; `None` if it is no string
/// literal or has an escape that Python refuses. A lone surrogate, which a Rust
/// string cannot hold, becomes U+FFFD.
#[must_use]
pub fn decode_str(token: &str) -> Option<Cow<'_, str>> {
    if let Some(plain) = plain(token) {
        return Some(Cow::Borrowed(plain));
    }
    let literal = split(token)?;
    if literal.prefix.is_bytes || literal.prefix.is_format || literal.prefix.is_template {
        return None;
    }
    decode_text(literal.content, literal.prefix.is_raw)
}

/// The value of the text between the fields of an f-string: `{{` and `}}` are
/// single in it, escapes are decoded unless `raw`.
#[must_use]
pub fn decode_fstring_literal(text: &str, raw: bool) -> Option<Cow<'_, str>> {
    let is_doubled = text.contains("{{") || text.contains("}}");
    if !is_doubled {
        return decode_text(text, raw);
    }
    // Braces are halved piece by piece, since `\N{...}` has single ones and an
    // escape may yield more.
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let next = [rest.find("{{"), rest.find("}}")]
            .into_iter()
            .flatten()
            .min();
        let Some(at) = next else {
            out.push_str(&decode_text(rest, raw)?);
            return Some(Cow::Owned(out));
        };
        out.push_str(&decode_text(&rest[..=at], raw)?);
        rest = &rest[at + 2..];
    }
}

/// The value of one bytes token with prefix and quotes.
#[must_use]
pub fn decode_bytes(token: &str) -> Option<Vec<u8>> {
    let literal = split(token)?;
    if !literal.prefix.is_bytes || !literal.content.is_ascii() {
        return None;
    }
    let content = normalize_line_ends(literal.content);
    if literal.prefix.is_raw {
        return Some(content.into_owned().into_bytes());
    }
    let mut out = Vec::with_capacity(content.len());
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &content.as_bytes()[at..]) {
        out.extend_from_slice(&content.as_bytes()[at..at + found]);
        let escape = escape::read(&content, at + found, true).ok()?;
        out.extend(escape.value.and_then(|value| u8::try_from(value).ok()));
        at = escape.end;
    }
    out.extend_from_slice(&content.as_bytes()[at..]);
    Some(out)
}

fn decode_text(content: &str, raw: bool) -> Option<Cow<'_, str>> {
    if memchr::memchr2(b'\\', b'\r', content.as_bytes()).is_none() {
        return Some(Cow::Borrowed(content));
    }
    let content = normalize_line_ends(content);
    if raw || !content.contains('\\') {
        return Some(content);
    }
    let mut out = String::with_capacity(content.len());
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &content.as_bytes()[at..]) {
        out.push_str(content.get(at..at + found)?);
        let escape = escape::read(&content, at + found, false).ok()?;
        out.extend(
            escape
                .value
                .map(|value| char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER)),
        );
        at = escape.end;
    }
    out.push_str(content.get(at..)?);
    Some(Cow::Owned(out))
}

/// Python reads every kind of line end in a literal as `\n`.
fn normalize_line_ends(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The value of a numeric literal, `None` if the text is none.
#[must_use]
pub fn parse_number(text: &str) -> Option<Number> {
    // What nearly all are: a few decimal digits.
    if text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Number::Int);
    }
    let digits: Cow<'_, str> = if text.contains('_') {
        Cow::Owned(text.replace('_', ""))
    } else {
        Cow::Borrowed(text)
    };
    let lower = digits.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            return integer(digits, radix);
        }
    }
    if let Some(digits) = lower.strip_suffix('j') {
        return float(digits).map(Number::Imaginary);
    }
    if lower.contains(['.', 'e']) {
        return float(&lower).map(Number::Float);
    }
    integer(&lower, 10)
}

fn float(digits: &str) -> Option<f64> {
    let is_number = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'+' | b'-'));
    if is_number { digits.parse().ok() } else { None }
}

fn integer(digits: &str, radix: u32) -> Option<Number> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    match i64::from_str_radix(digits, radix) {
        Ok(value) => Some(Number::Int(value)),
        Err(_) => Some(Number::BigInt(to_decimal(digits, radix))),
    }
}

/// Long decimal integers are at most a few thousand digits, others are converted
/// in steps of nine decimal digits; beyond `MAX_DIGITS` the value stays as written,
/// for the conversion takes quadratic time.
fn to_decimal(digits: &str, radix: u32) -> String {
    const MAX_DIGITS: usize = 10_000;
    const STEP: u64 = 1_000_000_000;
    if radix == 10 {
        let trimmed = digits.trim_start_matches('0');
        return if trimmed.is_empty() { "0" } else { trimmed }.to_owned();
    }
    if digits.len() > MAX_DIGITS {
        let prefix = match radix {
            16 => "0x",
            8 => "0o",
            _ => "0b",
        };
        return format!("{prefix}{digits}");
    }
    let mut limbs: Vec<u64> = vec![0];
    for digit in digits.chars().filter_map(|digit| digit.to_digit(radix)) {
        let mut carry = u64::from(digit);
        for limb in &mut limbs {
            let value = *limb * u64::from(radix) + carry;
            *limb = value % STEP;
            carry = value / STEP;
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let mut out = String::new();
    for (index, limb) in limbs.iter().rev().enumerate() {
        if index == 0 {
            out.push_str(&limb.to_string());
        } else {
            out.push_str(&format!("{limb:09}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_plain_is_found_wherever_it_stands() {
        for length in 0..20 {
            let text = "é".repeat(length / 2) + "abcdefghij".get(length / 2..).unwrap();
            assert!(is_plain(text.as_bytes(), b'"'), "{text}");
            for at in 0..=text.len() {
                for byte in [b'"', b'\\', b'\r'] {
                    let mut bytes = text.clone().into_bytes();
                    bytes.insert(at, byte);
                    assert!(!is_plain(&bytes, b'"'), "{text} {at} {byte}");
                }
            }
        }
    }
}
