//! Parsing with nom over a slice of tokens: what both front ends share.
//!
//! A front end lexes a whole file into `Token`s, makes a [`Context`] of them and
//! writes nom parsers over [`Tokens`]. Spans then come from tokens, and errors name
//! them. Recovery is not nom's business: a front end cuts its stream into
//! statements and parses each alone, so that a broken one costs one [`SyntaxError`].

mod error;
mod input;

pub use error::{Failure, Reason, SyntaxError};
pub use input::{Context, Parsing, Token, Tokens, expected, fault, token};
