//! Strings, text blocks, bytes and quoted names: where they end, and what they hold.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::super::token::Kind;
use super::{Lexer, is_word, offset};
use crate::base::TextRange;
use crate::parse::SyntaxError;

impl Lexer<'_> {
    pub(super) fn quoted(&mut self, quote: u8) {
        let start = offset(self.at);
        match quote {
            b'"' => {
                if self.rest().starts_with("\"\"\"") {
                    let quotes = self.rest().bytes().take_while(|byte| *byte == b'"').count();
                    return self.text_block(quotes, start);
                }
                self.string(b'"', Kind::Str, start);
            }
            b'\'' => self.string(b'\'', Kind::SingleQuoted, start),
            _ => self.string(b'`', Kind::Quoted, start),
        }
    }

    /// From the opening quote to the closing one, or to the end of the line.
    pub(super) fn string(&mut self, quote: u8, kind: Kind, start: u32) {
        // All that ends a string is ASCII, which no part of another character is.
        let bytes = self.rest().as_bytes();
        let mut at = 1;
        let mut end = None;
        let mut kind = kind;
        while let Some(rest) = bytes.get(at..)
            && let Some(found) = memchr::memchr3(quote, b'\\', b'\n', rest)
        {
            at += found;
            match bytes.get(at) {
                Some(byte) if *byte == quote => {
                    end = Some(at + 1);
                    break;
                }
                // A line end is no escape.
                Some(b'\\') if quote == b'`' => at += 1,
                Some(b'\\') if bytes.get(at + 1) != Some(&b'\n') => {
                    at += 2;
                    if kind == Kind::Str {
                        kind = Kind::Escaped;
                    }
                }
                _ => break,
            }
        }
        match end {
            Some(end) => {
                self.at += end;
                self.push(kind, start);
            }
            None => {
                self.at = self.end_of_line().max(self.at + 1);
                self.push(Kind::Unclosed, start);
            }
        }
    }

    /// From three or more quotes to as many. One that is never closed ends before the
    /// next line that stands further left, else with the file.
    fn text_block(&mut self, quotes: usize, start: u32) {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let mut at = quotes;
        while let Some(found) = memchr::memchr(b'"', bytes.get(at..).unwrap_or_default()) {
            let from = at + found;
            let run = bytes
                .iter()
                .skip(from)
                .take_while(|byte| **byte == b'"')
                .count();
            if run >= quotes {
                self.at += from + run;
                return self.push(Kind::TextBlock, start);
            }
            at = from + run;
        }
        let indent = self.indent(self.line, start) as usize;
        let mut end = 0;
        for line in rest.split_inclusive('\n') {
            let trimmed = line.trim_start();
            let is_left = !trimmed.is_empty() && line.len() - trimmed.len() < indent.max(1);
            if end > 0 && is_left {
                break;
            }
            end += line.len();
        }
        let taken = rest.get(..end).unwrap_or_default().trim_end().len();
        self.at += taken.max(quotes);
        self.push(Kind::Unclosed, start);
        let quotes = "\"".repeat(quotes);
        self.error(
            SyntaxError::new(
                TextRange::new(start, start + offset(quotes.len())),
                format!("this `{quotes}` is never closed"),
            )
            .with_label("the text block begins here")
            .with_help(format!("end the text with `{quotes}` on a line of its own")),
        );
    }
}

/// The text between backticks, composed as Python composes identifiers.
pub(in super::super) fn decode_name(text: &str) -> smol_str::SmolStr {
    let inner = text
        .strip_prefix('`')
        .map_or(text, |inner| inner.strip_suffix('`').unwrap_or(inner));
    if inner.is_ascii() || is_nfkc_quick(inner.chars()) == IsNormalized::Yes {
        smol_str::SmolStr::new(inner)
    } else {
        inner.nfkc().collect()
    }
}

/// What a string token of any kind holds, and the ranges of escapes that mean
/// nothing, from the token's start.
pub(in super::super) fn decode_string(text: &str) -> (String, Vec<TextRange>) {
    let quotes = text.bytes().take_while(|byte| *byte == b'"').count();
    if quotes >= 3 {
        return (decode_block(text, quotes), Vec::new());
    }
    if let Some(plain) = plain(text) {
        return (plain.to_owned(), Vec::new());
    }
    let mut out = String::with_capacity(text.len());
    let faults = decode_escapes(text, &mut out);
    (out, faults)
}

/// What stands between two quotes, if nothing of it is an escape.
fn plain(text: &str) -> Option<&str> {
    let quote = *text.as_bytes().first()?;
    let inner = text.get(1..text.len() - 1)?;
    let is_closed = text.len() > 1 && text.as_bytes().last() == Some(&quote);
    let is_plain = memchr::memchr2(b'\\', quote, inner.as_bytes()).is_none();
    (is_closed && is_plain).then_some(inner)
}

/// How many quotes a text block needs that holds a text: more than stand in a row in it.
pub(in super::super) fn block_quotes(text: &str) -> usize {
    let runs = text.split(|character| character != '"').map(str::len);
    runs.max().map_or(3, |longest| 3.max(longest + 1))
}

/// A text block: the newline after the opener and the one before the closer are
/// dropped, and the closer's indentation is taken off every line.
fn decode_block(text: &str, quotes: usize) -> String {
    let inner = text.get(quotes..).unwrap_or_default();
    let closing = inner.bytes().rev().take_while(|byte| *byte == b'"').count();
    // More quotes than opened it: the first ones belong to the text.
    let inner = inner
        .get(..inner.len() - closing.min(quotes))
        .unwrap_or_default();
    let first = inner.find('\n');
    let is_blank = |line: &str| line.chars().all(|it| matches!(it, ' ' | '\t' | '\r'));
    let Some(first) = first.filter(|at| is_blank(inner.get(..*at).unwrap_or_default())) else {
        return inner.replace("\r\n", "\n");
    };
    let body = inner.get(first + 1..).unwrap_or_default();
    let (body, indent) = match body.rfind('\n') {
        Some(last) if is_blank(body.get(last + 1..).unwrap_or_default()) => (
            body.get(..last).unwrap_or_default(),
            body.get(last + 1..).unwrap_or_default(),
        ),
        None if is_blank(body) => return String::new(),
        _ => (body, ""),
    };
    let lines: Vec<&str> = body
        .split('\n')
        .map(|line| {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if is_blank(line) {
                // A line of blanks shorter than the indentation is empty.
                return line.strip_prefix(indent).unwrap_or("");
            }
            line.strip_prefix(indent)
                .unwrap_or_else(|| line.trim_start_matches([' ', '\t']))
        })
        .collect();
    lines.join("\n")
}

/// The text between two quotes.
fn decode_escapes(text: &str, out: &mut String) -> Vec<TextRange> {
    let mut faults = Vec::new();
    let quote = text.chars().next().unwrap_or('"');
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character == quote {
            break;
        }
        if character != '\\' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some((_, 'n')) => out.push('\n'),
            Some((_, 'r')) => out.push('\r'),
            Some((_, 't')) => out.push('\t'),
            Some((_, it @ ('\\' | '"' | '\''))) => out.push(it),
            Some((_, 'u')) => {
                let code = text.get(at..).and_then(|rest| {
                    let inner = rest.strip_prefix("\\u{")?;
                    let end = inner.find('}')?;
                    let digits = inner.get(..end)?;
                    let code = u32::from_str_radix(digits, 16).ok()?;
                    Some((char::from_u32(code)?, at + 3 + end + 1))
                });
                match code {
                    Some((decoded, end)) => {
                        out.push(decoded);
                        while characters.peek().is_some_and(|(at, _)| *at < end) {
                            characters.next();
                        }
                    }
                    None => faults.push(TextRange::new(offset(at), offset(at) + 2)),
                }
            }
            Some((next, other)) => {
                faults.push(TextRange::new(offset(at), offset(next + other.len_utf8())));
                out.push(other);
            }
            None => break,
        }
    }
    faults
}

/// What `b"..."` holds; `None` if it holds something that bytes cannot be written as.
pub(in super::super) fn decode_bytes(text: &str) -> Option<Vec<u8>> {
    let inner = text.strip_prefix("b\"")?.strip_suffix('"')?;
    let mut out = Vec::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(u8::try_from(character).ok().filter(u8::is_ascii)?);
            continue;
        }
        match characters.next()? {
            'n' => out.push(b'\n'),
            'r' => out.push(b'\r'),
            't' => out.push(b'\t'),
            '\\' => out.push(b'\\'),
            '"' => out.push(b'"'),
            'x' => {
                let digits: String = characters.by_ref().take(2).collect();
                out.push(
                    u8::from_str_radix(&digits, 16)
                        .ok()
                        .filter(|_| digits.len() == 2)?,
                );
            }
            _ => return None,
        }
    }
    Some(out)
}

/// Whether a text can be written without backticks.
pub(in super::super) fn is_plain_word(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(is_word)
        && !text.bytes().all(|byte| byte.is_ascii_digit())
        && decode_name(text) == text
}
