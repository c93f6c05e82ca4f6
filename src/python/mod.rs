//! The Python front end: lexer, tree, grammar, static evaluation, resolution, lowering.

mod escape;
pub mod finder;
mod grammar;
mod lexer;
mod literal;
mod source;
pub mod syntax;
mod token;
pub mod tree;

pub use literal::{Number, decode_bytes, decode_fstring_literal, decode_str, parse_number};
pub use source::{SourceError, decode_source};
pub use syntax::{Bodies, Parsed, parse_body, parse_module};
