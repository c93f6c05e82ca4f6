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

use bumpalo::collections::Vec as ArenaVec;

use super::Arena;
use super::lexer::Lexed;
use super::token::{Comment, Kind, Token, Word};
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
    arena: &'t Arena,
    tokens: &'t [Token],
    depth: Cell<u32>,
    errors: RefCell<Vec<SyntaxError>>,
    /// Nothing, where nobody asks how the text is laid out.
    layout: Option<&'t RefCell<Layout>>,
}

impl Context for Source<'_> {
    type Kind = Kind;
    const END: Kind = Kind::EndOfFile;

    #[inline]
    fn tokens(&self) -> &[Token] {
        self.tokens
    }
}

/// What parsing gave.
#[derive(Debug)]
pub struct Parsed<'t> {
    pub tree: Tree<'t>,
    /// In the order of their places.
    pub errors: Vec<SyntaxError>,
    pub(super) tokens: &'t [Token],
    pub(super) comments: Vec<Comment>,
}

/// Parses a whole file. `layout` is for the formatter: it is told where signs stand that
/// can be meant in two ways.
pub(super) fn parse<'t>(
    text: &'t str,
    lexed: Lexed<'t>,
    arena: &'t Arena,
    layout: Option<&'t RefCell<Layout>>,
) -> Parsed<'t> {
    // In the arena itself, so that places in it live as long as the tree. Nothing drops
    // it: what it owns is taken out below.
    let source: &'t Source<'t> = arena.alloc(Source {
        text,
        arena,
        tokens: lexed.tokens,
        depth: Cell::new(0),
        errors: RefCell::new(lexed.errors),
        layout,
    });
    let statements = block::file(Tokens::new(source, 0));
    let mut errors = source.errors.take();
    if !errors.is_empty() {
        errors.sort_by_key(|error| error.range);
        errors.dedup();
        errors.truncate(MAX_ERRORS);
    }
    Parsed {
        tree: Tree { statements },
        errors,
        tokens: source.tokens,
        comments: lexed.comments,
    }
}

impl<'t> Source<'t> {
    /// An empty list in the arena.
    fn list<T>(&self, capacity: usize) -> ArenaVec<'t, T> {
        ArenaVec::with_capacity_in(capacity, self.arena)
    }

    /// Moves a part of the tree into the arena.
    fn alloc<T: Copy>(&self, value: T) -> &'t T {
        self.arena.alloc(value)
    }

    /// Notes for the formatter how a sign is meant.
    #[inline]
    fn mark(&self, of: impl FnOnce(&mut Layout) -> &mut Vec<u32>, offset: u32) {
        if let Some(layout) = self.layout {
            of(&mut layout.borrow_mut()).push(offset);
        }
    }

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
#[inline]
fn is_word(input: Input, word: Word) -> bool {
    input.kind() == Kind::Word(word)
}

/// Which word stands here; [`Word::Name`] if the token is none.
#[inline]
fn known(input: Input) -> Word {
    match input.kind() {
        Kind::Word(word) => word,
        _ => Word::Name,
    }
}

/// The word here, if the token is one.
fn word<'a>(input: Input<'a>) -> Option<&'a str> {
    matches!(input.kind(), Kind::Word(_)).then(|| input.context().text(input.range()))
}

/// The input behind a word that must stand here.
fn keyword<'a>(input: Input<'a>, word: Word, name: &'static str) -> Res<'a, TextRange> {
    if is_word(input, word) {
        Ok((input.advance(), input.range()))
    } else {
        crate::parse::expected(input, name)
    }
}

/// The input behind a word that may stand here.
#[inline]
fn optional(input: Input<'_>, word: Word) -> (Input<'_>, Option<TextRange>) {
    if is_word(input, word) {
        (input.advance(), Some(input.range()))
    } else {
        (input, None)
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::{WORDS, Word};
    use super::{block, model};

    #[test]
    fn words_that_begin_lines_are_those_that_messages_name() {
        for (text, word) in WORDS {
            let shown = std::str::from_utf8(text).unwrap();
            assert_eq!(Word::of(text), *word, "{shown}");
            assert_eq!(
                block::is_verb(*word),
                block::verbs().contains(&shown),
                "{shown}"
            );
            assert_eq!(
                model::is_setting(*word),
                model::SETTINGS.contains(&shown),
                "{shown}"
            );
        }
        assert_eq!(Word::of(b"title"), Word::Name);
        assert_eq!(Word::of(b""), Word::Name);
    }
}
