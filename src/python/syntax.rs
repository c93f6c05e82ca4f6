//! Text in, tree and syntax errors out: the door to the lexer and the grammar.

use crate::base::TextRange;
use crate::parse::SyntaxError;

use super::tree::Tree;
use super::{grammar, lexer};

/// What a parse yields. It cannot fail: a broken statement is in the tree as
/// [`StmtKind::Error`](super::tree::StmtKind::Error).
#[derive(Debug, Default)]
pub struct Parsed {
    pub tree: Tree,
    /// In the order of the text; at most one for a statement, at most 100.
    pub errors: Vec<SyntaxError>,
    /// Each from `#` to the end of its line.
    pub comments: Vec<TextRange>,
    /// The oldest Python, from 3.8 on, that knows all syntax used here, as far as
    /// the grammar changed; meaningless where there are errors.
    pub newest: (u8, u8),
    /// The first Python that refuses syntax used here which older ones know.
    pub removed: Option<(u8, u8)>,
}

/// What happens to function bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bodies {
    /// They become [`Body::Deferred`](super::tree::Body::Deferred): split into
    /// tokens, so that errors within tokens are found, but not parsed.
    Skip,
    Parse,
}

/// Parses a module of any Python from 3.8 to 3.14.
#[must_use]
pub fn parse_module(text: &str, bodies: Bodies) -> Parsed {
    grammar::module(text, lexer::lex(text), bodies)
}

/// Parses the range of a deferred body, with the bodies of functions within it.
/// Offsets in the returned tree are offsets into the same `text`; `tree.body` is
/// the function's body. Errors within tokens are those that [`parse_module`] has
/// reported already.
#[must_use]
pub fn parse_body(text: &str, range: TextRange) -> Parsed {
    grammar::body(text, lexer::lex_part(text, range))
}
