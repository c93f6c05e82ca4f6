//! The Python front end: lexer, tree, grammar, static evaluation, resolution, lowering.

pub mod apps;
mod body;
mod code;
pub(crate) mod django;
mod escape;
pub(crate) mod eval;
pub mod finder;
mod formatted;
mod functions;
mod grammar;
mod lexer;
mod literal;
mod lower;
pub mod module;
mod outdated;
pub mod settings;
mod source;
pub mod sources;
mod stdlib;
mod switches;
pub mod syntax;
mod token;
pub mod tree;
pub mod write;

/// Where the comments of a text are, with their `#`.
#[must_use]
pub fn comments(text: &str) -> Vec<crate::base::TextRange> {
    lexer::lex(text).comments
}

pub(crate) use django::is_marker;

pub use apps::{AppConfig, read_app, read_package};
pub use code::{code, code_beside_migration};
pub use eval::{Constants, Resolver};
pub use literal::{Number, decode_bytes, decode_fstring_literal, decode_str, parse_number};
pub(crate) use lower::{Description, lower_description, syntax_diagnostic, write_description};
pub use lower::{Detail, ReadMigration, Written, WrittenOperation, read_migration, read_written};
pub use module::Modules;
pub use settings::read_settings;
pub use source::{SourceError, decode_source};
pub use syntax::{Bodies, Parsed, parse_body, parse_module};
