//! Tokens to tree: nom parsers over the token slice, one function a production of
//! `grammar/mig.ebnf`, whose names they bear.
//!
//! Two tokens decide every choice. Recovery stands outside of nom: a block is a loop
//! over statements (`block`), and a statement that fails costs one error and the
//! tokens up to the end of its line, blocks that it opens included.

mod block;
mod expression;
mod header;
mod hint;
mod item;
mod model;
mod name;
mod part;
mod run;

use std::cell::{Cell, RefCell};

use crate::base::TextRange;
use crate::parse::{Context, Parsing, SyntaxError, Tokens};

use super::lexer::Lexed;
use super::token::{Comment, Kind, Token};
use super::tree::{Layout, Tree};

pub(super) use block::begins_line;

/// More errors than these nobody reads.
pub(super) const MAX_ERRORS: usize = 200;

/// How deep blocks, brackets and operators may nest.
const MAX_DEPTH: u32 = 128;

type Input<'a> = Tokens<'a, Source<'a>>;
type Res<'a, T> = Parsing<'a, Source<'a>, T>;

/// The file being parsed.
struct Source<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    depth: Cell<u32>,
    errors: RefCell<Vec<SyntaxError>>,
    layout: RefCell<Layout>,
}

impl Context for Source<'_> {
    type Kind = Kind;
    const END: Kind = Kind::EndOfFile;

    #[inline]
    fn tokens(&self) -> &[Token] {
        &self.tokens
    }
}

/// What parsing gave.
#[derive(Debug)]
pub struct Parsed {
    pub tree: Tree,
    /// In the order of their places.
    pub errors: Vec<SyntaxError>,
    pub(super) tokens: Vec<Token>,
    pub(super) comments: Vec<Comment>,
}

/// Parses a whole file.
pub(super) fn parse(text: &str, lexed: Lexed) -> Parsed {
    let source = Source {
        text,
        tokens: lexed.tokens,
        depth: Cell::new(0),
        errors: RefCell::new(lexed.errors),
        layout: RefCell::default(),
    };
    let statements = block::file(Tokens::new(&source, 0));
    let mut errors = source.errors.into_inner();
    errors.sort_by_key(|error| error.range);
    errors.dedup();
    errors.truncate(MAX_ERRORS);
    let mut layout = source.layout.into_inner();
    layout.tight_equals.sort_unstable();
    layout.spaced_parens.sort_unstable();
    layout.calls.sort_unstable();
    layout.signs.sort_unstable();
    layout.tight.sort_unstable();
    Parsed {
        tree: Tree { statements, layout },
        errors,
        tokens: source.tokens,
        comments: lexed.comments,
    }
}

impl<'t> Source<'t> {
    fn text(&self, range: TextRange) -> &'t str {
        range.text(self.text)
    }

    /// The start of a text, for a message of one line.
    fn shown(&self, range: TextRange) -> String {
        let text = self.text(range);
        let short: String = text
            .chars()
            .take_while(|character| !character.is_control())
            .take(32)
            .collect();
        if short.len() < text.len() {
            format!("{short}...")
        } else {
            short
        }
    }

    fn report(&self, error: SyntaxError) {
        let mut errors = self.errors.borrow_mut();
        if errors.len() < MAX_ERRORS {
            errors.push(error);
        }
    }

    /// The column of an offset, in bytes.
    fn column(&self, offset: u32) -> u32 {
        let before = self.text.get(..offset as usize).unwrap_or_default();
        let line = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |at| at + 1);
        u32::try_from(before.len() - line).unwrap_or(u32::MAX)
    }

    /// The column at which the line of an offset begins to have text.
    fn indent(&self, offset: u32) -> u32 {
        let before = self.text.get(..offset as usize).unwrap_or_default();
        let line = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |at| at + 1);
        let text = self.text.get(line..).unwrap_or_default();
        let blank = text.len() - text.trim_start_matches([' ', '\t']).len();
        u32::try_from(blank).unwrap_or(u32::MAX)
    }
}

/// Runs a parser one level deeper, or refuses to.
fn nested<'a, T>(input: Input<'a>, parse: impl FnOnce(Input<'a>) -> Res<'a, T>) -> Res<'a, T> {
    let depth = &input.context().depth;
    if depth.get() >= MAX_DEPTH {
        return crate::parse::fault(
            input,
            SyntaxError::new(
                input.range(),
                format!("this is nested more than {MAX_DEPTH} levels deep"),
            )
            .with_help("split it into smaller parts"),
        );
    }
    depth.set(depth.get() + 1);
    let result = parse(input);
    depth.set(depth.get() - 1);
    result
}

/// Whether the token here is this very word.
fn is_word(input: Input, word: &str) -> bool {
    input.kind() == Kind::Word && input.context().text(input.range()) == word
}

/// The word here, if the token is one.
fn word<'a>(input: Input<'a>) -> Option<&'a str> {
    (input.kind() == Kind::Word).then(|| input.context().text(input.range()))
}

/// The input behind a word that must stand here.
fn keyword<'a>(input: Input<'a>, word: &str, name: &'static str) -> Res<'a, TextRange> {
    if is_word(input, word) {
        Ok((input.advance(), input.range()))
    } else {
        crate::parse::expected(input, name)
    }
}

/// The input behind a word that may stand here.
fn optional<'a>(input: Input<'a>, word: &str) -> (Input<'a>, Option<TextRange>) {
    if is_word(input, word) {
        (input.advance(), Some(input.range()))
    } else {
        (input, None)
    }
}
