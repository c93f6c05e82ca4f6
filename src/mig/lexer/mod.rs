//! Text to tokens. Never fails: what begins nothing is a `Strange` token, and the
//! grammar says so where it meets it.
//!
//! Newlines end statements at the level of blocks and are left out inside of
//! brackets. A bracket that is never closed would swallow the rest of the file, so a
//! line that looks like a statement again closes it.

mod string;
mod word;

use super::Arena;
use super::token::{Comment, Kind, Token, Word};
use crate::base::TextRange;
use crate::base::word::is_word_byte;
use crate::parse::SyntaxError;
use bumpalo::collections::Vec as ArenaVec;

pub(super) use string::{decode_bytes, decode_name, decode_string, is_plain_word};
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Blank,
    Newline,
    Quote,
    Open,
    Close,
    /// A sign of its own, unless the byte behind it belongs to the sign.
    Sign,
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

/// An open bracket.
#[derive(Debug, Clone, Copy)]
struct Open {
    kind: Kind,
    at: u32,
    /// The column of the first token of its line.
    indent: u32,
}

const MAX_LENGTH: usize = u32::MAX as usize - 1;

/// Before the first token of a line.
const NO_INDENT: u32 = u32::MAX;

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: ArenaVec<'t, Token>,
    comments: Vec<Comment>,
    errors: Vec<SyntaxError>,
    open: ArenaVec<'t, Open>,
    line_start: usize,
    /// The column of the first token of this line, once there is one.
    indent: u32,
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
    let mut lexer = Lexer {
        text,
        at: start,
        tokens: ArenaVec::with_capacity_in(text.len() / BYTES_A_TOKEN + 8, arena),
        comments: Vec::new(),
        errors: Vec::new(),
        open: ArenaVec::with_capacity_in(8, arena),
        line_start: start,
        indent: NO_INDENT,
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

    fn error(&mut self, error: SyntaxError) {
        // More than these nobody reads.
        if self.errors.len() < super::grammar::MAX_ERRORS {
            self.errors.push(error);
        }
    }

    fn last_kind(&self) -> Kind {
        self.tokens.last().map_or(Kind::Newline, |last| last.kind)
    }

    fn is_in_brackets(&self) -> bool {
        self.open
            .last()
            .is_some_and(|open| open.kind != Kind::BlockOpen)
    }

    /// Takes the whole text. What is most of it is taken here, and the rest by
    /// [`Self::next`].
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        let mut rest = bytes.get(self.at..).unwrap_or_default();
        while let [byte, behind @ ..] = rest {
            if *byte == b' ' {
                rest = behind;
                continue;
            }
            self.at = bytes.len() - rest.len();
            let taken = match class_of(*byte) {
                Class::Letter => self.word(rest),
                Class::Sign => self.short_sign(*byte, behind),
                Class::Newline if !self.is_in_brackets() => {
                    self.end_line();
                    Some(behind)
                }
                _ => None,
            };
            rest = taken.unwrap_or_else(|| {
                self.next(*byte);
                bytes.get(self.at..).unwrap_or_default()
            });
        }
        self.at = bytes.len();
    }

    /// Takes what begins with `byte`.
    fn next(&mut self, byte: u8) {
        match class_of(byte) {
            Class::Blank => self.at += 1,
            Class::Newline => self.newline(),
            Class::Letter => {
                let start = self.begin();
                self.odd_word(byte, start);
            }
            Class::Digit => {
                let start = self.begin();
                self.number(start);
            }
            Class::Sign => {
                let start = self.begin();
                self.sign(start);
            }
            Class::Open => {
                let start = self.begin();
                self.open(byte, start);
            }
            Class::Close => {
                let start = self.begin();
                self.close(byte, start);
            }
            Class::Quote => {
                self.begin();
                self.quoted(byte);
            }
            Class::Other if self.is_between_tokens(byte) => {}
            Class::Other => {
                let start = self.begin();
                self.other(byte, start);
            }
        }
    }

    /// A token begins here.
    #[inline]
    fn begin(&mut self) -> u32 {
        if self.indent == NO_INDENT {
            self.indent = offset(self.at - self.line_start);
        }
        offset(self.at)
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
            return self.push(kind, start);
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
        self.line_start = self.at;
        self.indent = NO_INDENT;
    }

    /// The end of a line outside of brackets.
    #[inline]
    fn end_line(&mut self) {
        let start = offset(self.at);
        self.at += 1;
        // Nothing ends on a line without tokens.
        if self.indent != NO_INDENT && self.last_kind() != Kind::Newline {
            self.push(Kind::Newline, start);
        }
        self.line_start = self.at;
        self.indent = NO_INDENT;
    }

    /// Whether the next line with text begins a statement, although a bracket is
    /// open: it stands no deeper than the line that opened the bracket, and starts
    /// with a verb, a name with a colon, or a closing brace.
    fn next_line_is_a_statement(&self) -> bool {
        let Some(outermost) = self
            .open
            .iter()
            .skip_while(|open| open.kind == Kind::BlockOpen)
            .find(|open| open.kind != Kind::BlockOpen)
        else {
            return false;
        };
        let innermost_block = self
            .open
            .iter()
            .rposition(|open| open.kind == Kind::BlockOpen);
        let outermost = innermost_block
            .and_then(|at| self.open.get(at + 1))
            .unwrap_or(outermost);
        // As in most lists: the next line has text, and stands further right.
        let bytes = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let blanks = bytes.iter().take_while(|byte| **byte == b' ').count();
        if offset(blanks) > outermost.indent
            && bytes
                .get(blanks)
                .is_some_and(|byte| matches!(byte, b'!'..=b'~') && *byte != b'#')
        {
            return false;
        }
        for line in self.rest().lines() {
            let trimmed = line.trim_start();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let indent = offset(line.len() - trimmed.len());
            if indent > outermost.indent {
                return false;
            }
            if trimmed.starts_with('}') {
                // The closing brace of a dict stands under the line that opened it.
                return self.open.iter().all(|open| open.kind != Kind::DictOpen);
            }
            let (word, after) = trimmed.split_at(word_length(trimmed));
            return super::grammar::begins_line(Word::of(word.as_bytes()))
                && !after.trim_start().starts_with(['=', ',', ')'])
                || (!word.is_empty() && after.trim_start().starts_with(':'));
        }
        false
    }

    /// Closes all brackets above `keep` for good, with one complaint about the
    /// outermost.
    fn close_down_to(&mut self, keep: usize, at: u32) {
        let Some(outermost) = self.open.get(keep).copied() else {
            return;
        };
        self.unclosed(outermost, at);
        while self.open.len() > keep {
            if let Some(open) = self.open.pop() {
                self.tokens.push(Token {
                    kind: closer(open.kind),
                    start: at,
                    end: at,
                });
            }
        }
    }

    fn unclosed(&mut self, open: Open, at: u32) {
        let (left, right) = spelled(open.kind);
        let range = TextRange::new(open.at, open.at + 1);
        let error = SyntaxError::new(range, format!("this `{left}` is never closed"))
            .with_label(format!("opened here, and no `{right}` follows"))
            .with_note(
                TextRange::empty(at),
                format!("`{right}` is missing here at the latest"),
            );
        self.error(error);
    }

    /// Closes brackets that are open above the innermost block.
    fn close_brackets(&mut self) {
        let keep = self
            .open
            .iter()
            .rposition(|open| open.kind == Kind::BlockOpen)
            .map_or(0, |at| at + 1);
        if keep < self.open.len() {
            let at = self.tokens.last().map_or(0, |last| last.end);
            self.close_down_to(keep, at);
        }
    }

    /// `\` at the end of a line joins it to the next.
    fn joins_lines(&mut self) -> bool {
        let after = self.rest().get(1..).unwrap_or_default();
        let blank = after.len() - after.trim_start_matches([' ', '\t', '\r']).len();
        if after.get(blank..).unwrap_or_default().starts_with('\n') {
            self.at += 1 + blank + 1;
            self.line_start = self.at;
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

    fn open(&mut self, bracket: u8, start: u32) {
        let kind = match bracket {
            b'(' => Kind::ParenOpen,
            b'[' => Kind::BracketOpen,
            _ if matches!(
                self.last_kind(),
                Kind::Equal
                    | Kind::ParenOpen
                    | Kind::BracketOpen
                    | Kind::DictOpen
                    | Kind::Comma
                    | Kind::Colon
            ) =>
            {
                Kind::DictOpen
            }
            _ => {
                // A block cannot stand inside of brackets.
                if self.is_in_brackets() {
                    self.close_brackets();
                }
                Kind::BlockOpen
            }
        };
        self.at += 1;
        self.push(kind, start);
        self.open.push(Open {
            kind,
            at: start,
            indent: self.indent,
        });
    }

    fn close(&mut self, bracket: u8, start: u32) {
        let fits = |kind: Kind| match bracket {
            b')' => kind == Kind::ParenOpen,
            b']' => kind == Kind::BracketOpen,
            _ => matches!(kind, Kind::BlockOpen | Kind::DictOpen),
        };
        if let Some(open) = self.open.last().copied()
            && fits(open.kind)
        {
            self.open.pop();
            self.at += 1;
            return self.push(closer(open.kind), start);
        }
        // Brackets inside that were left open.
        if let Some(at) = self.open.iter().rposition(|open| fits(open.kind)) {
            let is_blocked = self
                .open
                .iter()
                .skip(at + 1)
                .any(|open| open.kind == Kind::BlockOpen);
            if !is_blocked {
                if at + 1 < self.open.len() {
                    self.close_down_to(at + 1, start);
                }
                let open = self.open.pop();
                self.at += 1;
                let kind = open.map_or(Kind::Strange, |open| closer(open.kind));
                return self.push(kind, start);
            }
        }
        // It closes a bracket of another kind, in place of the right sign.
        if let Some(top) = self.open.last().copied()
            && bracket != b'}'
            && matches!(
                top.kind,
                Kind::ParenOpen | Kind::BracketOpen | Kind::DictOpen
            )
        {
            let (left, right) = spelled(top.kind);
            self.error(
                SyntaxError::new(
                    TextRange::new(start, start + 1),
                    format!("expected `{right}`, found `{}`", char::from(bracket)),
                )
                .with_label(format!("this does not close `{left}`"))
                .with_note(
                    TextRange::new(top.at, top.at + 1),
                    format!("this `{left}` is open"),
                )
                .with_help(format!("write `{right}`")),
            );
            self.open.pop();
            self.at += 1;
            return self.push(closer(top.kind), start);
        }
        // It closes nothing: the grammar says so.
        self.at += 1;
        let kind = match bracket {
            b')' => Kind::ParenClose,
            b']' => Kind::BracketClose,
            _ => Kind::BlockClose,
        };
        self.push(kind, start);
    }

    /// Takes a word that begins with an ASCII letter and gives what stands behind it;
    /// nothing if that may belong to the word.
    #[inline]
    fn word<'b>(&mut self, rest: &'b [u8]) -> Option<&'b [u8]> {
        let (length, word) = ascii_word(rest);
        let behind = rest.get(length..)?;
        if let [b'"' | 128.., ..] = behind {
            return None;
        }
        let start = self.begin();
        self.at += length;
        self.push(Kind::Word(word), start);
        Some(behind)
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
        let is_end = |byte: &u8| !byte.is_ascii_digit();
        let digits = rest.iter().position(is_end).unwrap_or(rest.len());
        self.at = from + digits;
        match rest.get(digits) {
            Some(b'.') if self.last_kind() != Kind::Dot => self.decimals(start),
            Some(128..) => self.rest_of_number(from, start),
            Some(byte) if is_word_byte(*byte) => self.rest_of_number(from, start),
            _ => self.push(Kind::Int, start),
        }
    }

    /// A word that begins with digits, or digits before a sign that is not ASCII.
    fn rest_of_number(&mut self, from: usize, start: u32) {
        let length = word_length(self.rest());
        self.at += length;
        let word = self.text.get(from..self.at).unwrap_or_default();
        let kind = match word.is_ascii() {
            _ if length == 0 => Kind::Int,
            true => Kind::Word(Word::Name),
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

    /// Takes a sign of one byte; nothing if it may be longer.
    #[inline]
    fn short_sign<'b>(&mut self, byte: u8, behind: &'b [u8]) -> Option<&'b [u8]> {
        let second = behind.first()?;
        // Signs of several bytes have another sign second.
        if matches!(class_of(*second), Class::Sign | Class::Other) {
            return None;
        }
        let kind = (*SINGLE.get(usize::from(byte))?)?;
        let start = self.begin();
        self.at += 1;
        self.push(kind, start);
        Some(behind)
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
        let length = rest.find("*/").map_or(rest.len(), |end| end + 2);
        let lines = memchr::memrchr(b'\n', rest.get(..length).unwrap_or_default().as_bytes());
        if let Some(last) = lines {
            self.line_start = self.at + last + 1;
        }
        self.at += length;
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

const fn closer(open: Kind) -> Kind {
    match open {
        Kind::ParenOpen => Kind::ParenClose,
        Kind::BracketOpen => Kind::BracketClose,
        Kind::DictOpen => Kind::DictClose,
        _ => Kind::BlockClose,
    }
}

const fn spelled(open: Kind) -> (char, char) {
    match open {
        Kind::ParenOpen => ('(', ')'),
        Kind::BracketOpen => ('[', ']'),
        _ => ('{', '}'),
    }
}
