//! `SyntaxError`, what people read, and `Failure`, what nom hands around meanwhile.
//!
//! A `Failure` is small and made often: wherever a parser tries one way and then
//! another. It becomes a `SyntaxError` at most once a statement.

use nom::error::{ErrorKind, ParseError};

use crate::base::TextRange;

use super::input::{Context, Tokens};

/// A place where a text does not follow its grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The smallest range that is wrong.
    pub range: TextRange,
    /// One line, lower case, true on its own.
    pub message: String,
    /// What stands at `range`; may be empty.
    pub label: String,
    /// The smallest step that repairs, if there is an obvious one.
    pub help: Option<String>,
    /// Other places that explain the error ("opened here").
    pub notes: Vec<(TextRange, String)>,
}

impl SyntaxError {
    #[must_use]
    pub fn new(range: TextRange, message: impl Into<String>) -> Self {
        Self {
            range,
            message: message.into(),
            label: String::new(),
            help: None,
            notes: Vec::new(),
        }
    }

    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn with_note(mut self, range: TextRange, note: impl Into<String>) -> Self {
        self.notes.push((range, note.into()));
        self
    }
}

/// Why a parser stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Index of the token that could not be used.
    pub at: u32,
    pub reason: Reason,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The name of what could have stood at the token: "`:`", "an expression".
    Expected(&'static str),
    /// A complete finding, with its own range.
    Fault(Box<SyntaxError>),
}

impl Failure {
    /// The failure that got further, the first of two that got equally far: what a
    /// person most likely meant to write.
    #[must_use]
    pub fn furthest(self, other: Self) -> Self {
        if other.at > self.at { other } else { self }
    }
}

impl<'a, C: Context> ParseError<Tokens<'a, C>> for Failure {
    fn from_error_kind(input: Tokens<'a, C>, _kind: ErrorKind) -> Self {
        Self {
            at: input.at(),
            reason: Reason::Expected("something else"),
        }
    }

    fn append(_input: Tokens<'a, C>, _kind: ErrorKind, other: Self) -> Self {
        other
    }

    fn or(self, other: Self) -> Self {
        self.furthest(other)
    }
}
