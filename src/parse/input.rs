//! `Tokens`: nom's input type over a slice of tokens.
//!
//! It is a position in the token slice of a context, 16 bytes, and copied freely.
//! The context also owns what parsers build, behind a cell, so that the parsers
//! stay plain functions.

use std::fmt::Debug;

use nom::IResult;

use crate::base::TextRange;

use super::error::{Failure, Reason, SyntaxError};

/// One token: its kind and its byte range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<K> {
    pub kind: K,
    pub start: u32,
    pub end: u32,
}

impl<K> Token<K> {
    #[must_use]
    pub const fn range(&self) -> TextRange {
        TextRange::new(self.start, self.end)
    }
}

/// What parsers of one language share: the tokens, and whatever they build.
pub trait Context {
    type Kind: Copy + PartialEq + Debug;

    /// All tokens; the last one stands for the end of the file and is never used up.
    fn tokens(&self) -> &[Token<Self::Kind>];

    /// Stands for a token past the end.
    const END: Self::Kind;
}

/// A position among the tokens of a context.
pub struct Tokens<'a, C> {
    context: &'a C,
    at: u32,
}

/// What a parser returns.
pub type Parsing<'a, C, T> = IResult<Tokens<'a, C>, T, Failure>;

impl<C> Clone for Tokens<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Tokens<'_, C> {}

impl<C> Debug for Tokens<'_, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "token {}", self.at)
    }
}

impl<C> PartialEq for Tokens<'_, C> {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl<'a, C: Context> Tokens<'a, C> {
    #[must_use]
    pub const fn new(context: &'a C, at: u32) -> Self {
        Self { context, at }
    }

    #[must_use]
    pub const fn at(self) -> u32 {
        self.at
    }

    #[must_use]
    pub const fn context(self) -> &'a C {
        self.context
    }

    #[inline]
    #[must_use]
    pub fn kind(self) -> C::Kind {
        self.kind_after(0)
    }

    /// The kind of the token `ahead` places from here.
    #[inline]
    #[must_use]
    pub fn kind_after(self, ahead: u32) -> C::Kind {
        self.context
            .tokens()
            .get((self.at + ahead) as usize)
            .map_or(C::END, |token| token.kind)
    }

    /// The token here; an empty one behind the end of the file.
    #[inline]
    #[must_use]
    pub fn token(self) -> Token<C::Kind> {
        let tokens = self.context.tokens();
        match tokens.get(self.at as usize) {
            Some(token) => *token,
            None => {
                let end = tokens.last().map_or(0, |token| token.end);
                Token {
                    kind: C::END,
                    start: end,
                    end,
                }
            }
        }
    }

    /// The byte range of the token here; empty at the end of the file.
    #[inline]
    #[must_use]
    pub fn range(self) -> TextRange {
        self.token().range()
    }

    #[inline]
    #[must_use]
    pub fn start(self) -> u32 {
        self.range().start
    }

    /// Where the token before this one ends: the end of what has been parsed.
    #[inline]
    #[must_use]
    pub fn previous_end(self) -> u32 {
        let tokens = self.context.tokens();
        (self.at as usize)
            .checked_sub(1)
            .and_then(|before| tokens.get(before))
            .map_or(0, |token| token.end)
    }

    /// From `start` to the end of the token before this one.
    #[inline]
    #[must_use]
    pub fn range_from(self, start: u32) -> TextRange {
        TextRange::new(start, self.previous_end().max(start))
    }

    #[inline]
    #[must_use]
    pub const fn advance(self) -> Self {
        Self {
            context: self.context,
            at: self.at + 1,
        }
    }

    #[must_use]
    pub const fn jump(self, at: u32) -> Self {
        Self {
            context: self.context,
            at,
        }
    }

    /// The input after the token here if it is a `kind`.
    #[inline]
    #[must_use]
    pub fn eat(self, kind: C::Kind) -> Option<Self> {
        (self.kind() == kind).then(|| self.advance())
    }
}

/// A parser of one token of a kind; `name` is how the error calls it.
pub fn token<'a, C: Context + 'a>(
    kind: C::Kind,
    name: &'static str,
) -> impl Fn(Tokens<'a, C>) -> Parsing<'a, C, TextRange> {
    move |input| {
        if input.kind() == kind {
            Ok((input.advance(), input.range()))
        } else {
            expected(input, name)
        }
    }
}

/// Fails here, leaving other ways open.
///
/// # Errors
/// Always.
#[cold]
pub fn expected<'a, C: Context, T>(input: Tokens<'a, C>, what: &'static str) -> Parsing<'a, C, T> {
    Err(nom::Err::Error(Failure {
        at: input.at,
        reason: Reason::Expected(what),
    }))
}

/// Fails here for good, with a finding of its own.
///
/// # Errors
/// Always.
#[cold]
pub fn fault<'a, C: Context, T>(input: Tokens<'a, C>, error: SyntaxError) -> Parsing<'a, C, T> {
    Err(nom::Err::Failure(Failure {
        at: input.at,
        reason: Reason::Fault(Box::new(error)),
    }))
}
