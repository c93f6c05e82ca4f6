//! The text of f-strings and t-strings; their fields are lexed like any code.

use crate::base::TextRange;

use super::string::{Prefix, skip_escaped};
use super::{FString, Lexer, Open, Opener, offset};
use crate::python::escape;
use crate::python::token::Kind;

/// CPython's MAXFSTRINGLEVEL.
const MAX_NESTED_STRINGS: usize = 150;

/// CPython's MAX_EXPR_NESTING: fields in the format specifications of fields.
const MAX_NESTED_FIELDS: usize = 3;

impl Lexer<'_> {
    /// Behind the opening quotes.
    pub(super) fn open_fstring(
        &mut self,
        start: usize,
        quote: u8,
        is_triple: bool,
        prefix: Prefix,
    ) {
        let end = self.at;
        if self.strings.len() >= MAX_NESTED_STRINGS {
            let range = TextRange::new(offset(start), offset(end));
            self.error(range, "too many nested f-strings", |error| {
                error.with_label(format!("Python allows {MAX_NESTED_STRINGS}"))
            });
            return self.abandon_line();
        }
        if self
            .strings
            .iter()
            .any(|outer| outer.quote == quote && outer.is_triple == is_triple)
        {
            self.need(12);
        }
        if prefix.is_template {
            self.need(14);
        }
        self.open.push(Open {
            opener: Opener::FString,
            start: offset(start),
        });
        self.strings.push(FString {
            quote,
            is_triple,
            is_raw: prefix.is_raw,
        });
        let kind = if prefix.is_template {
            Kind::TStringStart
        } else {
            Kind::FStringStart
        };
        self.push(kind, start, end);
    }

    /// Reads text up to the next field, the end of the field whose format
    /// specification this is, or the end of the string.
    pub(super) fn fstring_text(&mut self) {
        let Some(string) = self.strings.last().copied() else {
            self.open.clear();
            return;
        };
        let in_spec = self
            .open
            .last()
            .is_some_and(|open| open.opener == Opener::FormatSpec);
        let start = self.at;
        let mut at = start;
        let mut has_escape = false;
        loop {
            let Some(&byte) = self.bytes.get(at) else {
                return self.unterminated_fstring(at, string);
            };
            match byte {
                b'\\' => {
                    has_escape = true;
                    at = match (self.bytes.get(at + 1), self.bytes.get(at + 2)) {
                        // The backslash is text and the brace what it always is.
                        (Some(b'{' | b'}'), _) => at + 1,
                        (Some(b'N'), Some(b'{')) if !string.is_raw => {
                            let rest = &self.bytes[at..];
                            let stop = memchr::memchr3(b'}', b'\n', string.quote, rest);
                            let stop = stop.unwrap_or(rest.len());
                            at + stop + usize::from(rest.get(stop) == Some(&b'}'))
                        }
                        _ => skip_escaped(self.bytes, at),
                    };
                }
                b'{' if !in_spec && self.bytes.get(at + 1) == Some(&b'{') => at += 2,
                b'{' => {
                    self.fstring_middle(start, at, string, has_escape);
                    return self.open_field();
                }
                b'}' if in_spec => {
                    self.fstring_middle(start, at, string, has_escape);
                    self.open.pop();
                    return self.push(Kind::CurlyClose, at, at + 1);
                }
                b'}' if self.bytes.get(at + 1) == Some(&b'}') => at += 2,
                b'}' => {
                    self.fstring_middle(start, at, string, has_escape);
                    let range = TextRange::new(offset(at), offset(at + 1));
                    self.at = at + 1;
                    return self.error(range, "a single `}` in an f-string", |error| {
                        error.with_help("write `}}` for the character itself")
                    });
                }
                b'\n' | b'\r' if in_spec && !string.is_triple => {
                    // CPython 3.12 takes a line end for the end of the format
                    // specification and goes on as inside the field; 3.13 forgets
                    // to behind a nested field.
                    let is_first = matches!(
                        self.out.tokens.last(),
                        Some(token) if token.kind == Kind::FormatColon
                    );
                    if !is_first {
                        self.out.removed = Some((3, 13));
                    }
                    self.fstring_middle(start, at, string, has_escape);
                    self.at = at;
                    if let Some(open) = self.open.last_mut() {
                        open.opener = Opener::SpecTail;
                    }
                    return self.need(12);
                }
                b'\n' | b'\r' if !string.is_triple => {
                    return self.unterminated_fstring(at, string);
                }
                quote if quote == string.quote => {
                    let is_end = !string.is_triple
                        || self.bytes.get(at + 1) == Some(&quote)
                            && self.bytes.get(at + 2) == Some(&quote);
                    if !is_end {
                        at += 1;
                        continue;
                    }
                    if in_spec {
                        return self.field_never_closed(at);
                    }
                    self.fstring_middle(start, at, string, has_escape);
                    self.open.pop();
                    self.strings.pop();
                    let len = if string.is_triple { 3 } else { 1 };
                    return self.push(Kind::FStringEnd, at, at + len);
                }
                _ => at += 1,
            }
        }
    }

    fn fstring_middle(&mut self, start: usize, end: usize, string: FString, has_escape: bool) {
        if start == end {
            return;
        }
        if self.strings.len() > 1 {
            self.note_nested_text(start, end);
        }
        if has_escape
            && !string.is_raw
            && let Err(problem) = escape::check(&self.text[start..end], false)
        {
            self.at = end;
            return self.bad_escape(start, &problem);
        }
        self.push(Kind::FStringMiddle, start, end);
    }

    /// At the `{` of a field.
    pub(super) fn open_field(&mut self) {
        let start = self.at;
        let fields = self
            .open
            .iter()
            .rev()
            .take_while(|open| matches!(open.opener, Opener::FormatSpec | Opener::SpecTail))
            .count();
        if fields >= MAX_NESTED_FIELDS {
            let range = TextRange::new(offset(start), offset(start + 1));
            self.at = start + 1;
            self.error(range, "fields of an f-string nest too deeply", |error| {
                error
            });
            return self.abandon_line();
        }
        if fields + 1 >= MAX_NESTED_FIELDS {
            self.need(12);
        }
        self.opening(Opener::Field, Kind::CurlyOpen);
    }

    fn field_never_closed(&mut self, at: usize) {
        let start = self.open.last().map_or(0, |open| open.start);
        self.at = at;
        self.error(
            TextRange::new(start, start + 1),
            "`{` of an f-string is never closed",
            |error| error,
        );
        if let Some(token) = self.out.tokens.last_mut() {
            token.start = offset(at);
            token.end = offset(at);
        }
        // Ends at the quote: whatever is left of the line is not read again.
        self.leave_fstrings();
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    }

    #[cold]
    fn unterminated_fstring(&mut self, at: usize, string: FString) {
        let start = self
            .open
            .iter()
            .rev()
            .find(|open| open.opener == Opener::FString)
            .map_or(0, |open| open.start);
        let message = if string.is_triple {
            "this f-string is never closed"
        } else {
            "this f-string does not end on its line"
        };
        let quotes = if string.is_triple { 3 } else { 1 };
        let end = if string.is_triple {
            let prefix = self.bytes[start as usize..]
                .iter()
                .position(|byte| *byte == string.quote);
            start + offset(prefix.unwrap_or(0) + quotes)
        } else {
            offset(at)
        };
        self.at = at;
        self.error(TextRange::new(start, end), message, |error| error);
        if let Some(token) = self.out.tokens.last_mut() {
            token.start = offset(at);
            token.end = offset(at);
        }
        self.leave_fstrings();
    }

    /// After an error inside a string: the outermost f-string counts as ended.
    pub(super) fn leave_fstrings(&mut self) {
        let outermost = self
            .open
            .iter()
            .position(|open| open.opener == Opener::FString);
        if let Some(outermost) = outermost {
            self.open.truncate(outermost);
            self.strings.clear();
            self.recovering = true;
        }
    }
}
