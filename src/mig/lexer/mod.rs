//! Text to tokens. Never fails: what begins nothing is a `Strange` token, and the
//! grammar says so where it meets it.
//!
//! Newlines end statements at the level of blocks and are left out inside of
//! brackets. A bracket that is never closed would swallow the rest of the file, so a
//! line that looks like a statement again closes it.

mod string;

use unicode_ident::is_xid_continue;

use super::token::{Comment, Kind, Token};
use crate::base::TextRange;
use crate::parse::SyntaxError;

pub(super) use string::{decode_bytes, decode_name, decode_string, is_plain_word};

/// About as many bytes as a token and the space before it have, so that a list of
/// tokens is made once.
const BYTES_A_TOKEN: usize = 4;

/// What a text is made of.
#[derive(Debug, Default)]
pub(super) struct Lexed {
    /// The last one is the end of the file.
    pub(super) tokens: Vec<Token>,
    pub(super) comments: Vec<Comment>,
    /// Faults that leave the tokens whole, such as a comment in the manner of SQL.
    pub(super) errors: Vec<SyntaxError>,
}

/// An open bracket.
#[derive(Debug, Clone, Copy)]
struct Open {
    kind: Kind,
    at: u32,
    /// The column of the first token of its line.
    indent: u32,
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    out: Lexed,
    open: Vec<Open>,
    line_start: usize,
    /// The column of the first token of this line, once there is one.
    indent: Option<u32>,
}

/// Tokens of a whole file.
pub(super) fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer {
        text,
        at: if text.starts_with('\u{feff}') { 3 } else { 0 },
        out: Lexed::default(),
        open: Vec::new(),
        line_start: 0,
        indent: None,
    };
    lexer.out.tokens.reserve(text.len() / BYTES_A_TOKEN + 8);
    lexer.line_start = lexer.at;
    while lexer.at < text.len() {
        lexer.next();
    }
    lexer.close_brackets(Kind::EndOfFile, |_| true);
    let end = offset(text.len());
    lexer.push(Kind::EndOfFile, end);
    lexer.out
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Whether a character can be part of a word.
pub(super) fn is_word(character: char) -> bool {
    match u8::try_from(character) {
        Ok(byte) if byte.is_ascii() => is_word_byte(byte),
        _ => is_xid_continue(character),
    }
}

/// As [`is_word`], for ASCII.
const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// How many bytes a text begins with that are one word.
fn word_length(text: &str) -> usize {
    let mut bytes = text.bytes();
    let ascii = bytes
        .position(|byte| !is_word_byte(byte))
        .unwrap_or(text.len());
    let after = text.get(ascii..).unwrap_or_default();
    if after.bytes().next().is_none_or(|byte| byte.is_ascii()) {
        return ascii;
    }
    let length = after.find(|character| !is_word(character));
    ascii + length.unwrap_or(after.len())
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn push(&mut self, kind: Kind, start: u32) {
        let end = offset(self.at);
        self.out.tokens.push(Token { kind, start, end });
    }

    fn error(&mut self, error: SyntaxError) {
        // More than these nobody reads.
        if self.out.errors.len() < super::grammar::MAX_ERRORS {
            self.out.errors.push(error);
        }
    }

    fn last_kind(&self) -> Kind {
        self.out
            .tokens
            .last()
            .map_or(Kind::Newline, |last| last.kind)
    }

    fn is_in_brackets(&self) -> bool {
        self.open
            .last()
            .is_some_and(|open| open.kind != Kind::BlockOpen)
    }

    /// The byte here; nothing at the end of the text.
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) {
        let Some(byte) = self.byte() else {
            return;
        };
        match byte {
            b'\n' => return self.newline(),
            b' ' | b'\t' | b'\r' | b'\x0c' => {
                self.at += 1;
                while self.byte() == Some(b' ') {
                    self.at += 1;
                }
                return;
            }
            b'\\' if self.joins_lines() => return,
            b'#' if !self.is_phase_mark() => return self.comment(),
            // A space that does not break lines.
            0xc2 if self.rest().starts_with('\u{a0}') => {
                self.at += '\u{a0}'.len_utf8();
                return;
            }
            _ => {}
        }
        if self.indent.is_none() {
            self.indent = Some(offset(self.at - self.line_start));
        }
        let start = offset(self.at);
        match byte {
            b';' => {
                self.at += 1;
                if !self.is_in_brackets() {
                    self.push(Kind::Newline, start);
                } else {
                    self.push(Kind::Strange, start);
                }
            }
            b'"' | b'\'' | b'`' => self.quoted(byte),
            b'b' if self.text.as_bytes().get(self.at + 1) == Some(&b'"') => {
                self.at += 1;
                self.string(b'"', Kind::Bytes, start);
            }
            b'{' | b'(' | b'[' => self.open(byte, start),
            b'}' | b')' | b']' => self.close(byte, start),
            _ if self.is_at_word() => self.word(start),
            _ => self.operator(start),
        }
    }

    fn is_at_word(&self) -> bool {
        match self.byte() {
            Some(byte) if byte.is_ascii() => is_word_byte(byte),
            _ => self.rest().starts_with(is_word),
        }
    }

    fn newline(&mut self) {
        let start = offset(self.at);
        self.at += 1;
        if self.is_in_brackets() && self.next_line_is_a_statement() {
            let block = self
                .open
                .iter()
                .rposition(|open| open.kind == Kind::BlockOpen)
                .map_or(0, |at| at + 1);
            let keep = block;
            self.close_down_to(keep, start);
        }
        if !self.is_in_brackets() && !matches!(self.last_kind(), Kind::Newline) {
            self.push(Kind::Newline, start);
            if let Some(last) = self.out.tokens.last_mut() {
                last.end = start + 1;
            }
        }
        self.line_start = self.at;
        self.indent = None;
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
            return super::grammar::begins_line(word)
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
                self.out.tokens.push(Token {
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

    /// Closes brackets on top of the stack while `wanted` says so and they are no
    /// blocks.
    fn close_brackets(&mut self, _by: Kind, wanted: impl Fn(Kind) -> bool) {
        let keep = self
            .open
            .iter()
            .rposition(|open| open.kind == Kind::BlockOpen || !wanted(open.kind))
            .map_or(0, |at| at + 1);
        if keep < self.open.len() {
            let at = self.out.tokens.last().map_or(0, |last| last.end);
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
        let is_behind_word = self.out.tokens.last().is_some_and(|last| {
            last.end as usize == self.at
                && matches!(
                    last.kind,
                    Kind::Word | Kind::Quoted | Kind::Int | Kind::Str | Kind::TextBlock
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
        self.out.comments.push(Comment {
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
                self.close_brackets(Kind::BlockOpen, |_| true);
                Kind::BlockOpen
            }
        };
        self.at += 1;
        self.push(kind, start);
        self.open.push(Open {
            kind,
            at: start,
            indent: self.indent.unwrap_or_default(),
        });
    }

    fn close(&mut self, bracket: u8, start: u32) {
        let fits = |kind: Kind| match bracket {
            b')' => kind == Kind::ParenOpen,
            b']' => kind == Kind::BracketOpen,
            _ => matches!(kind, Kind::BlockOpen | Kind::DictOpen),
        };
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

    fn word(&mut self, start: u32) {
        let rest = self.rest();
        let length = word_length(rest);
        let word = rest.get(..length).unwrap_or_default();
        if !word.bytes().all(|byte| byte.is_ascii_digit()) {
            self.at += length;
            return self.push(Kind::Word, start);
        }
        // `1.5`, but not `1.5x` or `0001.x`.
        let decimals = rest
            .get(length..)
            .and_then(|after| after.strip_prefix('.'))
            .map_or(0, |after| {
                let digits = after.bytes().take_while(u8::is_ascii_digit).count();
                let is_number = !after
                    .get(digits..)
                    .is_some_and(|after| after.starts_with(is_word));
                if is_number { digits } else { 0 }
            });
        if decimals > 0 && self.last_kind() != Kind::Dot {
            self.at += length + 1 + decimals;
            self.push(Kind::Dec, start);
        } else {
            self.at += length;
            self.push(Kind::Int, start);
        }
    }

    fn operator(&mut self, start: u32) {
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
    let kind = match first {
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
        b'#' => Kind::PhaseMark,
        _ => {
            let length = text.chars().next().map_or(1, char::len_utf8);
            return (length, Kind::Strange);
        }
    };
    (1, kind)
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
