//! String and bytes literals without interpolation.

use crate::base::TextRange;

use super::{Lexer, Opener, offset};
use crate::python::escape;
use crate::python::token::Kind;

/// What the letters before the quotes say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Prefix {
    pub(crate) is_raw: bool,
    pub(crate) is_bytes: bool,
    pub(crate) is_format: bool,
    pub(crate) is_template: bool,
}

impl Prefix {
    /// `None` if the letters are no prefix, so that the word is a name.
    pub(crate) fn read(letters: &[u8]) -> Option<Self> {
        let mut prefix = Self::default();
        let mut is_unicode = false;
        for letter in letters {
            let flag = match letter.to_ascii_lowercase() {
                b'r' => &mut prefix.is_raw,
                b'b' => &mut prefix.is_bytes,
                b'f' => &mut prefix.is_format,
                b't' => &mut prefix.is_template,
                b'u' => &mut is_unicode,
                _ => return None,
            };
            if *flag {
                return None;
            }
            *flag = true;
        }
        let kinds = [
            prefix.is_bytes,
            prefix.is_format,
            prefix.is_template,
            is_unicode,
        ];
        let count = kinds.iter().filter(|kind| **kind).count();
        (count <= 1 && !(is_unicode && prefix.is_raw)).then_some(prefix)
    }
}

/// Bytes that matter inside a string on one line.
static STOPS: [bool; 256] = {
    let mut table = [false; 256];
    table[b'"' as usize] = true;
    table[b'\'' as usize] = true;
    table[b'\\' as usize] = true;
    table[b'\n' as usize] = true;
    table[b'\r' as usize] = true;
    table
};

/// The offset behind the character that `\` at `at` takes along.
#[inline]
pub(super) fn skip_escaped(bytes: &[u8], at: usize) -> usize {
    match (bytes.get(at + 1), bytes.get(at + 2)) {
        (Some(b'\r'), Some(b'\n')) => at + 3,
        (Some(_), _) => at + 2,
        (None, _) => at + 1,
    }
}

impl Lexer<'_> {
    /// At the opening quote; the prefix starts at `start`.
    #[inline]
    pub(super) fn string(&mut self, start: usize, prefix: Prefix) {
        let quote = self.bytes[self.at];
        let is_triple = self.byte(1) == Some(quote) && self.byte(2) == Some(quote);
        let body = self.at + if is_triple { 3 } else { 1 };
        if prefix.is_format || prefix.is_template {
            self.at = body;
            return self.open_fstring(start, quote, is_triple, prefix);
        }
        let found = if is_triple {
            find_triple_end(self.bytes, body, quote)
        } else {
            find_single_end(self.bytes, body, quote)
        };
        let (end, has_escape) = match found {
            Ok(found) => found,
            Err(end) => return self.unterminated(start, body, end, is_triple),
        };
        let close = end + if is_triple { 3 } else { 1 };
        if !self.strings.is_empty() {
            self.note_nested_text(start, close);
        }
        let content = &self.text[body..end];
        if prefix.is_bytes
            && let Some(at) = content.bytes().position(|byte| !byte.is_ascii())
        {
            self.at = close;
            let character = content[at..].chars().next().map_or(1, char::len_utf8);
            let range = TextRange::new(offset(body + at), offset(body + at + character));
            let message = format!(
                "`{}` cannot stand in a bytes literal, which holds ASCII only",
                range.text(self.text)
            );
            return self.error(range, message, |error| {
                error.with_help("use an escape such as `\\xe9`, or a string")
            });
        }
        if has_escape
            && !prefix.is_raw
            && let Err(problem) = escape::check(content, prefix.is_bytes)
        {
            self.at = close;
            return self.bad_escape(body, &problem);
        }
        let kind = if prefix.is_bytes {
            Kind::Bytes
        } else {
            Kind::String
        };
        self.push(kind, start, close);
    }

    #[cold]
    pub(super) fn bad_escape(&mut self, body: usize, problem: &escape::Problem) {
        let range = TextRange::new(offset(body + problem.start), offset(body + problem.end));
        self.error(range, problem.message, |error| error);
    }

    #[cold]
    fn unterminated(&mut self, start: usize, body: usize, end: usize, is_triple: bool) {
        self.at = end;
        let field = self.open.iter().rfind(|open| open.opener == Opener::Field);
        let closes_outer = self
            .strings
            .last()
            .is_some_and(|outer| !outer.is_triple && outer.quote == self.bytes[body - 1]);
        let (range, message) = if let Some(field) = field
            && closes_outer
            && !is_triple
        {
            // What looks like a string that starts here ends the f-string.
            (
                TextRange::new(field.start, field.start + 1),
                "`{` of an f-string is never closed",
            )
        } else if is_triple {
            (
                TextRange::new(offset(start), offset(body)),
                "this string is never closed",
            )
        } else {
            (
                TextRange::new(offset(start), offset(end)),
                "this string does not end on its line",
            )
        };
        self.error(range, message, |error| error);
        if let Some(token) = self.out.tokens.last_mut() {
            token.start = token.start.max(offset(start));
            token.end = token.end.max(token.start);
        }
        self.leave_fstrings();
    }

    /// CPython before 3.12 finds the end of an f-string before looking inside, and
    /// allows no backslash there. `start..end` is a literal, or a part of one, in a
    /// field of the f-strings that are open.
    #[cold]
    pub(super) fn note_nested_text(&mut self, start: usize, end: usize) {
        let text = &self.bytes[start..end];
        let ends_outer = self.strings.iter().any(|outer| {
            if outer.is_triple {
                memchr::memmem::find(text, &[outer.quote; 3]).is_some()
            } else {
                memchr::memchr(outer.quote, text).is_some()
            }
        });
        if ends_outer || memchr::memchr(b'\\', text).is_some() {
            self.need(12);
        }
    }
}

/// The offset of the next byte that matters, eight bytes at a time.
#[inline]
fn skip_plain(bytes: &[u8], mut at: usize) -> usize {
    while let Some(run) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        for (ahead, byte) in run.iter().enumerate() {
            if STOPS[*byte as usize] {
                return at + ahead;
            }
        }
        at += run.len();
    }
    while let Some(&byte) = bytes.get(at)
        && !STOPS[byte as usize]
    {
        at += 1;
    }
    at
}

/// The offset of the closing quote and whether there was a backslash, or where
/// the line ends.
#[inline]
fn find_single_end(bytes: &[u8], mut at: usize, quote: u8) -> Result<(usize, bool), usize> {
    let mut has_escape = false;
    loop {
        at = skip_plain(bytes, at);
        match bytes.get(at) {
            Some(&byte) if byte == quote => return Ok((at, has_escape)),
            Some(b'\\') => {
                has_escape = true;
                at = skip_escaped(bytes, at);
            }
            Some(b'\n' | b'\r') | None => return Err(at),
            Some(_) => at += 1,
        }
    }
}

fn find_triple_end(bytes: &[u8], mut at: usize, quote: u8) -> Result<(usize, bool), usize> {
    let mut has_escape = false;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(found) = memchr::memchr2(quote, b'\\', rest) else {
            return Err(bytes.len());
        };
        at += found;
        if bytes[at] == b'\\' {
            has_escape = true;
            at = skip_escaped(bytes, at);
        } else if bytes.get(at + 1) == Some(&quote) && bytes.get(at + 2) == Some(&quote) {
            return Ok((at, has_escape));
        } else {
            at += 1;
        }
    }
}
