//! Text to tokens, in one pass and with no recursion.
//!
//! Open brackets, open f-strings and their open fields share one stack, whose top
//! tells how the next byte is to be read. Indentation follows CPython's tokenizer:
//! two columns, tabs to 8 and tabs to 1, that must agree. An error becomes an
//! [`Kind::Error`] token and the rest is still read; a logical line has at most one.
//!
//! A bracket that is never closed would swallow the file. So the first time that
//! the end is met inside a bracket, the logical line is read once more, and this
//! time a line inside brackets that looks like a statement ends them.

mod fstring;
mod indentation;
mod name;
mod number;
mod string;

use crate::base::TextRange;
use crate::parse::SyntaxError;

use super::token::{Kind, Token};

pub(crate) use string::Prefix;

/// More errors than anyone reads; further ones are counted as found, not kept.
pub(crate) const MAX_ERRORS: usize = 100;

/// CPython's MAXLEVEL: open brackets, fields of f-strings among them.
const MAX_BRACKETS: usize = 200;

/// What lexing yields. The last token is `EndOfFile`, `Newline` precedes it if
/// there is any statement, and every `Indent` has its `Dedent`.
#[derive(Debug, Default)]
pub(crate) struct Lexed {
    pub(crate) tokens: Vec<Token>,
    pub(crate) comments: Vec<TextRange>,
    pub(crate) errors: Vec<SyntaxError>,
    pub(crate) newest: (u8, u8),
    pub(crate) removed: Option<(u8, u8)>,
}

/// Lexes a whole file.
pub(crate) fn lex(text: &str) -> Lexed {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    Lexer::new(text, start, text.len()).run(true)
}

/// Lexes a part of a file that starts in the middle of a line.
pub(crate) fn lex_part(text: &str, range: TextRange) -> Lexed {
    Lexer::new(text, range.start as usize, range.end as usize).run(false)
}

/// A list of more tokens than this is not kept for the next file.
const LARGEST_KEPT: usize = 1 << 17;

thread_local! {
    /// The emptied token list of the file before, as for trees.
    static SPARE: std::cell::Cell<Vec<Token>> = const { std::cell::Cell::new(Vec::new()) };
}

fn spare_tokens(room: usize) -> Vec<Token> {
    let mut tokens = SPARE.take();
    tokens.reserve(room);
    tokens
}

/// Gives a token list back for the next file that this thread lexes.
pub(crate) fn give_back(mut tokens: Vec<Token>) {
    if tokens.capacity() <= LARGEST_KEPT {
        tokens.clear();
        SPARE.set(tokens);
    }
}

/// How a bracket, or what is treated as one, was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opener {
    Paren,
    Square,
    Curly,
    /// An f-string's text.
    FString,
    /// `{` of an f-string, inside the expression.
    Field,
    /// The same `{`, behind the `:`.
    FormatSpec,
    /// The same `{`, behind a line end in the format specification.
    SpecTail,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    opener: Opener,
    start: u32,
}

/// An f-string or t-string being read.
#[derive(Debug, Clone, Copy)]
struct FString {
    quote: u8,
    is_triple: bool,
    is_raw: bool,
}

/// Where the logical line began, to read it again.
#[derive(Debug, Clone, Copy, Default)]
struct LineStart {
    at: usize,
    tokens: usize,
    comments: usize,
    errors: usize,
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// Columns of the open blocks, tabs counted to 8 and to 1.
    indents: Vec<(u32, u32)>,
    open: Vec<Open>,
    strings: Vec<FString>,
    line: LineStart,
    line_is_broken: bool,
    recovering: bool,
    /// Behind `<<<<<<<`, before `>>>>>>>`.
    in_conflict: bool,
    out: Lexed,
}

#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "`Files` refuses texts whose offsets would not fit"
)]
const fn offset(at: usize) -> u32 {
    at as u32
}

impl<'t> Lexer<'t> {
    fn new(text: &'t str, start: usize, end: usize) -> Self {
        // A range that is not on character boundaries cannot come from a tree.
        let text = text.get(..end).unwrap_or_default();
        let start = start.min(text.len());
        let size = text.len() - start;
        Self {
            text,
            bytes: text.as_bytes(),
            at: start,
            indents: Vec::new(),
            open: Vec::new(),
            strings: Vec::new(),
            line: LineStart::default(),
            line_is_broken: false,
            recovering: false,
            in_conflict: false,
            out: Lexed {
                tokens: spare_tokens(size / 5 + 8),
                newest: (3, 8),
                ..Lexed::default()
            },
        }
    }

    fn run(mut self, at_line_start: bool) -> Lexed {
        if let Some(nul) = memchr::memchr(0, &self.bytes[self.at..]) {
            // Anywhere, be it in a comment.
            let at = self.at + nul;
            let range = TextRange::new(offset(at), offset(at + 1));
            let message = "a Python file cannot contain NUL bytes";
            self.out.errors.push(SyntaxError::new(range, message));
        }
        if at_line_start {
            self.start_line();
        } else {
            self.mark_line();
        }
        loop {
            // Most files have no f-string, so that the bracket need not be looked at.
            if !self.strings.is_empty()
                && matches!(self.top(), Some(Opener::FString | Opener::FormatSpec))
            {
                self.fstring_text();
            } else if !self.next_token() && !self.end_of_file() {
                break;
            }
        }
        self.out
    }

    /// Reads one token outside of strings; false at the end of the file.
    #[inline]
    fn next_token(&mut self) -> bool {
        // Mostly one space stands between tokens; it is not worth a dispatch.
        if self.bytes.get(self.at) == Some(&b' ') {
            self.at = skip_spaces(self.bytes, self.at + 1);
        }
        let Some(&byte) = self.bytes.get(self.at) else {
            return false;
        };
        match byte {
            b' ' | b'\t' | 0x0c | 0 => self.at += 1,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
            b'0'..=b'9' => self.number(),
            b'"' | b'\'' => self.string(self.at, Prefix::default()),
            // What nearly all operators of a migration are.
            b',' => self.push(Kind::Comma, self.at, self.at + 1),
            b'=' if self.byte(1) != Some(b'=') => self.push(Kind::Equal, self.at, self.at + 1),
            b'\n' | b'\r' => self.newline(),
            b'#' => self.comment(),
            b'(' => self.opening(Opener::Paren, Kind::ParenOpen),
            b'[' => self.opening(Opener::Square, Kind::SquareOpen),
            b'{' if self.top() == Some(Opener::SpecTail) => self.open_field(),
            b'{' => self.opening(Opener::Curly, Kind::CurlyOpen),
            b')' => self.closing(Opener::Paren, Kind::ParenClose),
            b']' => self.closing(Opener::Square, Kind::SquareClose),
            b'}' => self.closing(Opener::Curly, Kind::CurlyClose),
            b'.' => match self.byte(1) {
                Some(b'0'..=b'9') => self.number(),
                Some(b'.') => self.operator(byte),
                _ => self.push(Kind::Dot, self.at, self.at + 1),
            },
            b'\\' => self.continuation(),
            0x80.. => self.unicode_word(),
            _ => self.operator(byte),
        }
        true
    }

    #[inline]
    fn top(&self) -> Option<Opener> {
        self.open.last().map(|open| open.opener)
    }

    #[inline]
    fn byte(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    #[inline]
    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        self.out.tokens.push(Token {
            kind,
            start: offset(start),
            end: offset(end),
        });
        self.at = end;
    }

    fn need(&mut self, minor: u8) {
        self.out.newest = self.out.newest.max((3, minor));
    }

    /// Records a finding and leaves an error token in its place.
    #[cold]
    fn error(
        &mut self,
        range: TextRange,
        message: impl Into<String>,
        refine: impl FnOnce(SyntaxError) -> SyntaxError,
    ) {
        self.out.tokens.push(Token {
            kind: Kind::Error,
            start: range.start,
            end: range.end,
        });
        if !self.line_is_broken && self.out.errors.len() < MAX_ERRORS {
            self.out
                .errors
                .push(refine(SyntaxError::new(range, message)));
        }
        self.line_is_broken = true;
    }

    fn opening(&mut self, opener: Opener, kind: Kind) {
        let start = self.at;
        if self.open.len() - self.strings.len() >= MAX_BRACKETS {
            self.at += 1;
            self.error(
                TextRange::new(offset(start), offset(start + 1)),
                "too many nested brackets",
                |error| error.with_label(format!("Python allows {MAX_BRACKETS}")),
            );
            self.abandon_line();
            return;
        }
        self.open.push(Open {
            opener,
            start: offset(start),
        });
        self.push(kind, start, start + 1);
    }

    fn closing(&mut self, closer: Opener, kind: Kind) {
        let start = self.at;
        let range = TextRange::new(offset(start), offset(start + 1));
        match self.open.last() {
            Some(open) if open.opener == closer => {
                self.open.pop();
                self.push(kind, start, start + 1);
            }
            Some(open)
                if closer == Opener::Curly
                    && matches!(open.opener, Opener::Field | Opener::SpecTail) =>
            {
                self.open.pop();
                self.push(kind, start, start + 1);
            }
            None => {
                self.at += 1;
                let text = range.text(self.text);
                self.error(range, format!("`{text}` closes nothing"), |error| error);
            }
            Some(&open) => {
                self.at += 1;
                self.recovering = true;
                let opened = TextRange::new(open.start, open.start + 1);
                let (text, other) = (range.text(self.text), opened.text(self.text));
                self.error(
                    range,
                    format!("`{text}` does not close `{other}`"),
                    |error| error.with_note(opened, "opened here"),
                );
                // If it closes an outer bracket, the inner ones were forgotten.
                let matching = self.open.iter().rposition(|open| {
                    open.opener == closer
                        || !matches!(open.opener, Opener::Paren | Opener::Square | Opener::Curly)
                });
                if let Some(index) = matching
                    && self.open[index].opener == closer
                {
                    self.open.truncate(index);
                }
            }
        }
    }

    /// Forgets open brackets and strings and skips to the end of the line.
    fn abandon_line(&mut self) {
        self.open.clear();
        self.strings.clear();
        self.recovering = true;
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    }

    fn comment(&mut self) {
        let start = self.at;
        let rest = &self.bytes[start..];
        self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        self.out
            .comments
            .push(TextRange::new(offset(start), offset(self.at)));
        if !self.strings.is_empty() {
            self.need(12);
        }
    }

    /// `\` before a line end joins two lines.
    fn continuation(&mut self) {
        let start = self.at;
        if !self.strings.is_empty() {
            self.need(12);
        }
        match line_end(self.bytes, start + 1) {
            Some(next) => {
                self.at = next;
                if next >= self.bytes.len() {
                    self.error(
                        TextRange::new(offset(start), offset(start + 1)),
                        "the file ends after `\\`, which continues the line",
                        |error| error,
                    );
                }
            }
            None => {
                self.at = start + 1;
                let message = if self.at >= self.bytes.len() {
                    "the file ends after `\\`, which continues the line"
                } else {
                    "nothing may follow `\\`, which continues the line"
                };
                self.error(
                    TextRange::new(offset(start), offset(start + 1)),
                    message,
                    |error| error,
                );
            }
        }
    }

    fn operator(&mut self, byte: u8) {
        let start = self.at;
        let second = self.byte(1).unwrap_or_default();
        let third = self.byte(2).unwrap_or_default();
        let top = self.top();
        let (kind, len) = match (byte, second, third) {
            (b':', ..) if top == Some(Opener::Field) => {
                if let Some(open) = self.open.last_mut() {
                    open.opener = Opener::FormatSpec;
                }
                (Kind::FormatColon, 1)
            }
            (b'*', b'*', b'=') => (Kind::StarStarEqual, 3),
            (b'/', b'/', b'=') => (Kind::SlashSlashEqual, 3),
            (b'<', b'<', b'=') => (Kind::ShiftLeftEqual, 3),
            (b'>', b'>', b'=') => (Kind::ShiftRightEqual, 3),
            (b'.', b'.', b'.') => (Kind::Ellipsis, 3),
            (b'=', b'=', _) => (Kind::EqualEqual, 2),
            (b'!', b'=', _) => (Kind::NotEqual, 2),
            (b':', b'=', _) => (Kind::Walrus, 2),
            (b'-', b'>', _) => (Kind::Arrow, 2),
            (b'*', b'*', _) => (Kind::StarStar, 2),
            (b'/', b'/', _) => (Kind::SlashSlash, 2),
            (b'<', b'<', _) => (Kind::ShiftLeft, 2),
            (b'>', b'>', _) => (Kind::ShiftRight, 2),
            (b'<', b'=', _) => (Kind::LessEqual, 2),
            (b'>', b'=', _) => (Kind::GreaterEqual, 2),
            (b'+', b'=', _) => (Kind::PlusEqual, 2),
            (b'-', b'=', _) => (Kind::MinusEqual, 2),
            (b'*', b'=', _) => (Kind::StarEqual, 2),
            (b'/', b'=', _) => (Kind::SlashEqual, 2),
            (b'%', b'=', _) => (Kind::PercentEqual, 2),
            (b'&', b'=', _) => (Kind::AmpersandEqual, 2),
            (b'|', b'=', _) => (Kind::BarEqual, 2),
            (b'^', b'=', _) => (Kind::CaretEqual, 2),
            (b'@', b'=', _) => (Kind::AtEqual, 2),
            (b'!', ..) if top == Some(Opener::Field) => (Kind::Exclamation, 1),
            (b',', ..) => (Kind::Comma, 1),
            (b':', ..) => (Kind::Colon, 1),
            (b';', ..) => (Kind::Semicolon, 1),
            (b'.', ..) => (Kind::Dot, 1),
            (b'@', ..) => (Kind::At, 1),
            (b'=', ..) => (Kind::Equal, 1),
            (b'+', ..) => (Kind::Plus, 1),
            (b'-', ..) => (Kind::Minus, 1),
            (b'*', ..) => (Kind::Star, 1),
            (b'/', ..) => (Kind::Slash, 1),
            (b'%', ..) => (Kind::Percent, 1),
            (b'&', ..) => (Kind::Ampersand, 1),
            (b'|', ..) => (Kind::Bar, 1),
            (b'^', ..) => (Kind::Caret, 1),
            (b'~', ..) => (Kind::Tilde, 1),
            (b'<', ..) => (Kind::Less, 1),
            (b'>', ..) => (Kind::Greater, 1),
            _ => {
                self.at += 1;
                let range = TextRange::new(offset(start), offset(start + 1));
                return self.invalid_character(range, char::from(byte));
            }
        };
        self.push(kind, start, start + len);
    }
}

/// The offset behind a run of spaces. A third of a migration is indentation, so
/// that eight are compared at once.
#[inline]
fn skip_spaces(bytes: &[u8], mut at: usize) -> usize {
    while let Some(run) = bytes.get(at..at + 8)
        && run == b"        "
    {
        at += 8;
    }
    while bytes.get(at) == Some(&b' ') {
        at += 1;
    }
    at
}

/// The offset after the line end at `at`, if there is one.
#[inline]
fn line_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at) {
        Some(b'\n') => Some(at + 1),
        Some(b'\r') if bytes.get(at + 1) == Some(&b'\n') => Some(at + 2),
        Some(b'\r') => Some(at + 1),
        _ => None,
    }
}
