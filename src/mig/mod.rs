//! The `.mig` front end: lexer, tree, grammar, formatter, lowering.
//!
//! `grammar/mig.ebnf` is the grammar, `grammar/README.md` what its words mean.

mod grammar;
mod lexer;
mod lower;
mod names;
mod print;
mod token;
pub mod tree;
mod write;

use std::cell::Cell;

use crate::base::TextRange;

pub use grammar::Parsed;
pub use lower::{read_description, read_migration, read_written};
pub use print::{Unformatted, format};
pub use write::{WrittenText, segment, write};

/// What the trees of files live in.
pub type Arena = bumpalo::Bump;

/// An arena for the tree of a text, of about the size that it takes.
#[must_use]
pub fn arena_for(text: &str) -> Arena {
    Arena::with_capacity(text.len().saturating_mul(BYTES_OF_TREE) + 512)
}

/// Runs with an arena for the tree of a text, which is used for the next text again.
pub fn with_arena<R>(text: &str, run: impl FnOnce(&Arena) -> R) -> R {
    thread_local! {
        static SPARE: Cell<Option<Arena>> = const { Cell::new(None) };
    }
    let mut arena = SPARE.take().unwrap_or_else(|| arena_for(text));
    let result = run(&arena);
    // What a few large files took is given back.
    if text.len() < MAX_SPARE {
        arena.reset();
        SPARE.set(Some(arena));
    }
    result
}

/// How much a tree and its tokens take for a byte of text.
const BYTES_OF_TREE: usize = 16;

/// The arena of a text of so many bytes is not kept.
const MAX_SPARE: usize = 1 << 16;

/// Where the comments of a text are, with their `#`.
#[must_use]
pub fn comments(text: &str) -> Vec<TextRange> {
    with_arena(text, |arena| {
        let comments = lexer::lex(text, arena).comments;
        let ranges = comments.iter().map(|it| TextRange::new(it.start, it.end));
        ranges.collect()
    })
}

/// Parses a file. What is broken is an `Error` in the tree and has an error.
#[must_use]
pub fn parse<'t>(text: &'t str, arena: &'t Arena) -> Parsed<'t> {
    grammar::parse(text, lexer::lex(text, arena), arena, None)
}

/// The places of all tokens and comments, in order. Ends of lines and of the text are
/// tokens as well.
#[must_use]
pub fn tokens(text: &str) -> Vec<TextRange> {
    let arena = arena_for(text);
    let lexed = lexer::lex(text, &arena);
    let tokens = lexed.tokens.iter().map(|token| token.range());
    let comments = lexed.comments.iter();
    let mut ranges: Vec<TextRange> = tokens
        .chain(comments.map(|comment| TextRange::new(comment.start, comment.end)))
        .collect();
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    ranges
}
