//! What can be told of a text by its words alone, on servers whose SQL is not read as well.

use smol_str::SmolStr;

use super::words::Words;
use super::{Reader, split};
use crate::sql::dialect::Server;

/// A name as a text has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenName {
    pub text: SmolStr,
    pub is_quoted: bool,
    /// It is given here, and not looked for: `AS total`.
    pub is_alias: bool,
}

/// The names and words of a text, in order, with quotes or without.
#[must_use]
pub fn names(text: &str, server: &Server) -> Vec<WrittenName> {
    let mut found = Vec::new();
    for words in statements(text, server) {
        for at in (0..words.len()).filter(|at| words.is_name(*at)) {
            let Some(text) = words.written(at) else {
                continue;
            };
            found.push(WrittenName {
                is_quoted: words.is(at, ""),
                is_alias: at
                    .checked_sub(1)
                    .is_some_and(|before| words.is(before, "AS")),
                text,
            });
        }
    }
    found
}

/// How a text compares something with a text that is empty: `= ''`. That an `UPDATE` sets
/// a column to one is no comparison.
#[must_use]
pub fn compared_with_empty(text: &str, server: &Server) -> Option<&'static str> {
    for words in statements(text, server) {
        let mut sets = false;
        for at in 0..words.len() {
            match () {
                () if words.is(at, "SET") => sets = true,
                () if words.is(at, "WHERE") => sets = false,
                () => {}
            }
            if !words.is(at + 1, "''") {
                continue;
            }
            for operator in ["=", "<>", "!="] {
                if words.is(at, operator) && !(sets && operator == "=") {
                    return Some(operator);
                }
            }
        }
    }
    None
}

fn statements(text: &str, server: &Server) -> Vec<Words> {
    let reader = Reader::of(server);
    let statements = split::statements(text, reader.parser).unwrap_or_default();
    statements
        .iter()
        .map(|(_, tokens)| Words::of(reader.names, tokens))
        .collect()
}
