//! Text to tokens. Never fails: what begins nothing is a `Strange` token, and the
//! grammar says so where it meets it.
//!
//! Newlines end statements at the level of blocks and are left out inside of
//! brackets. A bracket that is never closed would swallow the rest of the file, so a
//! line that looks like a statement again closes it.

mod bracket;
mod string;
mod word;

use super::Arena;
use super::token::{Comment, Kind, Token, Word};
use crate::base::TextRange;
use crate::base::word::ascii_word_length;
use crate::parse::SyntaxError;
use bumpalo::collections::Vec as ArenaVec;

use bracket::Open;
pub(super) use string::{block_quotes, decode_bytes, decode_name, decode_string, is_plain_word};
use word::{ascii_word, is_word, word_length};

/// No token of ordinary text is shorter with the space before it, on average, so that
/// a list of tokens is made once.
const BYTES_A_TOKEN: usize = 3;

/// What a text is made of.
#[derive(Debug)]
pub(super) struct Lexed<'t> {
    /// The last one is the end of the file.
    pub(super) tokens: &'t [Token],
    pub(super) comments: Vec<Comment>,
    /// Faults that leave the tokens whole, such as a comment in the manner of SQL.
    pub(super) errors: Vec<SyntaxError>,
}

/// What a byte can begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Letter,
    Digit,
    Blank,
    Newline,
    Open,
    Close,
    /// A sign of its own, unless the byte behind it belongs to the sign.
    Sign,
    Quote,
    /// What has to be looked at more closely, or begins nothing.
    Other,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 128 {
        classes[byte] = class(byte as u8);
        byte += 1;
    }
    classes
};

const fn class(byte: u8) -> Class {
    match byte {
        b'_' | b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
        b'0'..=b'9' => Class::Digit,
        b' ' | b'\t' | b'\r' | b'\x0c' => Class::Blank,
        b'\n' => Class::Newline,
        b'"' | b'\'' | b'`' => Class::Quote,
        b'(' | b'[' | b'{' => Class::Open,
        b')' | b']' | b'}' => Class::Close,
        _ if single(byte).is_some() => Class::Sign,
        _ => Class::Other,
    }
}

/// [`single`] of every byte.
static SINGLE: [Option<Kind>; 256] = {
    let mut signs = [None; 256];
    let mut byte = 0;
    while byte < 128 {
        signs[byte] = single(byte as u8);
        byte += 1;
    }
    signs
};

/// The class of a byte.
#[inline]
fn class_of(byte: u8) -> Class {
    CLASSES
        .get(usize::from(byte))
        .copied()
        .unwrap_or(Class::Other)
}

const MAX_LENGTH: usize = u32::MAX as usize - 1;

struct Lexer<'t> {
    text: &'t str,
    /// Behind the mark of the byte order, if there is one.
    start: usize,
    at: usize,
    tokens: ArenaVec<'t, Token>,
    comments: Vec<Comment>,
    errors: Vec<SyntaxError>,
    open: ArenaVec<'t, Open>,
    /// The first token of this line, once there is one.
    line: u32,
}

/// Tokens of a whole file.
pub(super) fn lex<'t>(text: &'t str, arena: &'t Arena) -> Lexed<'t> {
    // No file that is read is longer than that; places are counted in 32 bits.
    let text = match text.len() {
        ..=MAX_LENGTH => text,
        // A character has at most four bytes.
        _ => (0..4)
            .find_map(|less| text.get(..MAX_LENGTH - less))
            .unwrap_or_default(),
    };
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let tokens = ArenaVec::with_capacity_in(text.len() / BYTES_A_TOKEN + 8, arena);
    let open = ArenaVec::with_capacity_in(8, arena);
    let mut lexer = Lexer {
        text,
        start,
        at: start,
        tokens,
        open,
        comments: Vec::new(),
        errors: Vec::new(),
        line: 0,
    };
    lexer.run();
    lexer.close_brackets();
    let end = offset(text.len());
    lexer.push(Kind::EndOfFile, end);
    Lexed {
        tokens: lexer.tokens.into_bump_slice(),
        comments: lexer.comments,
        errors: lexer.errors,
    }
}

/// An offset into a text that [`lex`] has cut to a length that fits.
#[inline]
const fn offset(at: usize) -> u32 {
    at as u32
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    #[inline]
    fn push(&mut self, kind: Kind, start: u32) {
        let end = offset(self.at);
        self.tokens.push(Token { kind, start, end });
    }

    #[inline]
    fn push_at(&mut self, kind: Kind, start: usize, end: usize) {
        self.tokens.push(Token {
            kind,
            start: offset(start),
            end: offset(end),
        });
    }

    fn error(&mut self, error: SyntaxError) {
        // More than these nobody reads.
        if self.errors.len() < super::grammar::MAX_ERRORS {
            self.errors.push(error);
        }
    }

    fn last_kind(&self) -> Kind {
        self.tokens.last().map_or(Kind::Newline, |last| last.kind)
    }

    /// Takes the whole text. What is most of it is taken here, with the place in a
    /// register, and the rest by [`Self::next`].
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = self.at;
        while let Some(byte) = bytes.get(at).copied() {
            if byte == b' ' {
                at += 1;
                continue;
            }
            let taken = match class_of(byte) {
                Class::Letter => self.word(bytes, at),
                Class::Sign => self.short_sign(byte, bytes, at),
                Class::Newline => self.end_line(at),
                Class::Open => self.open_plainly(byte, at),
                Class::Close => self.close_group(byte, at),
                _ => None,
            };
            at = taken.unwrap_or_else(|| {
                self.at = at;
                self.next(byte);
                self.at
            });
        }
        self.at = at;
    }

    /// Takes what begins with `byte`.
    #[inline(never)]
    fn next(&mut self, byte: u8) {
        let start = offset(self.at);
        match class_of(byte) {
            Class::Blank => self.at += 1,
            Class::Newline => self.newline(),
            Class::Letter => self.odd_word(byte, start),
            Class::Digit => self.number(start),
            Class::Sign => self.sign(start),
            Class::Open => self.open(byte, start),
            Class::Close => self.close(byte, start),
            Class::Quote => self.quoted(byte),
            Class::Other if self.is_between_tokens(byte) => {}
            Class::Other => self.other(byte, start),
        }
    }

    /// Takes comments, joined lines and odd spaces.
    fn is_between_tokens(&mut self, byte: u8) -> bool {
        match byte {
            b'\\' => self.joins_lines(),
            b'#' if !self.is_phase_mark() => {
                self.comment();
                true
            }
            // A space that does not break lines.
            0xc2 if self.rest().starts_with('\u{a0}') => {
                self.at += '\u{a0}'.len_utf8();
                true
            }
            _ => false,
        }
    }

    /// A token that begins with no ordinary sign.
    fn other(&mut self, byte: u8, start: u32) {
        if byte == b';' {
            self.at += 1;
            let kind = if self.is_in_brackets() {
                Kind::Strange
            } else {
                Kind::Newline
            };
            self.push(kind, start);
            if kind == Kind::Newline {
                self.begin_line();
            }
            return;
        }
        if !byte.is_ascii() && self.rest().starts_with(is_word) {
            self.at += word_length(self.rest());
            return self.push(Kind::Word(Word::Wide), start);
        }
        self.sign(start);
    }

    /// The end of a line inside of brackets.
    fn newline(&mut self) {
        let start = offset(self.at);
        self.at += 1;
        if self.next_line_is_a_statement() {
            let keep = self
                .open
                .iter()
                .rposition(|open| open.kind == Kind::BlockOpen)
                .map_or(0, |at| at + 1);
            self.close_down_to(keep, start);
            self.push(Kind::Newline, start);
        }
        self.begin_line();
    }

    /// Takes the end of a line outside of brackets.
    #[inline]
    fn end_line(&mut self, at: usize) -> Option<usize> {
        if self.is_in_brackets() {
            return None;
        }
        // Nothing ends on a line without tokens.
        if self.tokens.len() > self.line as usize {
            self.push_at(Kind::Newline, at, at + 1);
        }
        self.begin_line();
        Some(at + 1)
    }

    /// The next token is the first of its line.
    #[inline]
    fn begin_line(&mut self) {
        self.line = offset(self.tokens.len());
    }

    /// `\` at the end of a line joins it to the next.
    fn joins_lines(&mut self) -> bool {
        let after = self.rest().get(1..).unwrap_or_default();
        let blank = after.len() - after.trim_start_matches([' ', '\t', '\r']).len();
        if after.get(blank..).unwrap_or_default().starts_with('\n') {
            self.at += 1 + blank + 1;
            return true;
        }
        false
    }

    /// `0004_x#expand`: right behind a word, before the name of a phase.
    fn is_phase_mark(&self) -> bool {
        let is_behind_word = self.tokens.last().is_some_and(|last| {
            last.end as usize == self.at
                && matches!(
                    last.kind,
                    Kind::Word(_)
                        | Kind::Quoted
                        | Kind::Int
                        | Kind::Str
                        | Kind::Escaped
                        | Kind::TextBlock
                )
        });
        let after = self.rest().get(1..).unwrap_or_default();
        is_behind_word
            && ["expand", "migrate", "contract"].iter().any(|name| {
                after
                    .strip_prefix(name)
                    .is_some_and(|rest| !rest.starts_with(is_word))
            })
    }

    fn end_of_line(&self) -> usize {
        let rest = self.rest();
        let length = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        self.at + rest.get(..length).unwrap_or_default().trim_end().len()
    }

    fn comment(&mut self) {
        let start = offset(self.at);
        self.at = self.end_of_line().max(self.at + 1);
        self.comments.push(Comment {
            start,
            end: offset(self.at),
        });
    }

    /// A comment in the manner of another language.
    fn foreign_comment(&mut self, sign: &str, start: u32) {
        self.at = self.end_of_line();
        let range = TextRange::new(start, start + offset(sign.len()));
        self.error(
            SyntaxError::new(range, format!("`{sign}` does not begin a comment"))
                .with_label("comments begin with `#`")
                .with_help(format!("write `#` in place of `{sign}`")),
        );
    }

    /// Takes a word that begins with an ASCII letter, unless what stands behind it may
    /// belong to it.
    #[inline]
    fn word(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let (length, word) = ascii_word(bytes.get(at..)?);
        let end = at + length;
        let next = bytes.get(end);
        if next.is_some_and(|byte| class_of(*byte) >= Class::Quote) {
            return None;
        }
        self.push_at(Kind::Word(word), at, end);
        Some(end)
    }

    /// A word with a quote or a character behind it that is not ASCII.
    fn odd_word(&mut self, first: u8, start: u32) {
        let from = self.at;
        let bytes = self.rest().as_bytes();
        let (length, word) = ascii_word(bytes);
        let behind = bytes.get(length).copied();
        self.at = from + length;
        match behind {
            Some(b'"') if first == b'b' && length == 1 => self.string(b'"', Kind::Bytes, start),
            Some(128..) => self.rest_of_word(from, start),
            _ => self.push(Kind::Word(word), start),
        }
    }

    /// A word of which a character that is not ASCII may be part.
    fn rest_of_word(&mut self, from: usize, start: u32) {
        let length = word_length(self.rest());
        if length == 0 {
            let word = self.text.as_bytes().get(from..self.at);
            return self.push(Kind::Word(Word::of(word.unwrap_or_default())), start);
        }
        self.at += length;
        self.push(Kind::Word(Word::Wide), start);
    }

    /// A number, or a word that begins with a digit.
    fn number(&mut self, start: u32) {
        let from = self.at;
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        let length = ascii_word_length(rest);
        let is_end = |byte: &u8| !byte.is_ascii_digit();
        let digits = rest.iter().position(is_end).unwrap_or(rest.len());
        self.at = from + length;
        match rest.get(length) {
            Some(128..) => self.rest_of_number(from, digits, start),
            _ if length > digits => self.push(Kind::Word(Word::Name), start),
            Some(b'.') if self.last_kind() != Kind::Dot => self.decimals(start),
            _ => self.push(Kind::Int, start),
        }
    }

    /// A word that begins with digits, or digits, before a character that is not ASCII.
    fn rest_of_number(&mut self, from: usize, digits: usize, start: u32) {
        let length = word_length(self.rest());
        self.at += length;
        let kind = match self.at - from == digits {
            true => Kind::Int,
            false if length == 0 => Kind::Word(Word::Name),
            false => Kind::Word(Word::Wide),
        };
        self.push(kind, start);
    }

    /// Behind the digits before a dot: `1.5`, but not `1.5x` or `0001.x`.
    fn decimals(&mut self, start: u32) {
        let after = self.rest().get(1..).unwrap_or_default();
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let is_number = digits > 0
            && !after
                .get(digits..)
                .is_some_and(|after| after.starts_with(is_word));
        if is_number {
            self.at += 1 + digits;
        }
        self.push(if is_number { Kind::Dec } else { Kind::Int }, start);
    }

    /// Takes a sign of one byte, unless it may be longer.
    #[inline]
    fn short_sign(&mut self, byte: u8, bytes: &[u8], at: usize) -> Option<usize> {
        // Signs of several bytes have another sign second.
        if matches!(class_of(*bytes.get(at + 1)?), Class::Sign | Class::Other) {
            return None;
        }
        let kind = (*SINGLE.get(usize::from(byte))?)?;
        self.push_at(kind, at, at + 1);
        Some(at + 1)
    }

    /// A sign of one or more characters, or a comment in the manner of another
    /// language.
    fn sign(&mut self, start: u32) {
        let rest = self.rest();
        if rest.starts_with("//") {
            return self.foreign_comment("//", start);
        }
        if rest.starts_with("--") {
            return self.foreign_comment("--", start);
        }
        if rest.starts_with("/*") {
            return self.block_comment(start);
        }
        let (length, kind) = sign(rest);
        self.at += length;
        self.push(kind, start);
    }

    fn block_comment(&mut self, start: u32) {
        let rest = self.rest();
        self.at += rest.find("*/").map_or(rest.len(), |end| end + 2);
        self.error(
            SyntaxError::new(
                TextRange::new(start, start + 2),
                "`/*` does not begin a comment",
            )
            .with_label("comments begin with `#` and end with the line")
            .with_help("write `#` before each line of the comment"),
        );
    }
}

/// The sign that a text begins with, and how many bytes it has.
fn sign(text: &str) -> (usize, Kind) {
    // Signs of other languages stay whole, so that hints can name them.
    const LONG: &[(&str, Kind)] = &[
        ("<->", Kind::BothArrow),
        ("->", Kind::Arrow),
        ("!=", Kind::NotEqual),
        ("<=", Kind::LessEqual),
        (">=", Kind::GreaterEqual),
        ("===", Kind::Strange),
        ("==", Kind::Strange),
        ("=>", Kind::Strange),
        (":=", Kind::Strange),
        ("<>", Kind::Strange),
        ("&&", Kind::Strange),
        ("||", Kind::Strange),
        ("**", Kind::Strange),
        ("@@", Kind::Strange),
        ("...", Kind::Strange),
    ];
    let mut bytes = text.bytes();
    let first = bytes.next().unwrap_or_default();
    if bytes
        .next()
        .is_some_and(|second| b"->=&|*@.".contains(&second))
        && let Some((sign, kind)) = LONG.iter().find(|(sign, _)| text.starts_with(sign))
    {
        return (sign.len(), *kind);
    }
    match single(first) {
        Some(kind) => (1, kind),
        None if first == b'#' => (1, Kind::PhaseMark),
        None => {
            let length = text.chars().next().map_or(1, char::len_utf8);
            (length, Kind::Strange)
        }
    }
}

/// The sign that a byte is by itself.
const fn single(byte: u8) -> Option<Kind> {
    Some(match byte {
        b'=' => Kind::Equal,
        b'<' => Kind::Less,
        b'>' => Kind::Greater,
        b'+' => Kind::Plus,
        b'-' => Kind::Minus,
        b'*' => Kind::Star,
        b'/' => Kind::Slash,
        b'%' => Kind::Percent,
        b'.' => Kind::Dot,
        b',' => Kind::Comma,
        b'@' => Kind::At,
        b':' => Kind::Colon,
        _ => return None,
    })
}
