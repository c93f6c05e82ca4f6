//! The Python front end: lexer, tree, grammar, static evaluation, resolution, lowering.

pub mod finder;
pub mod sources;
pub mod tree;
