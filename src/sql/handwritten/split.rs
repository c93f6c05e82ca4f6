//! A text in its statements, by the tokens of `sqlparser`.

use std::ops::Range;

use sqlparser::dialect::Dialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Whitespace};

/// The place of a statement and its tokens.
pub(super) type Tokens = (Range<usize>, Vec<TokenWithSpan>);

/// Each with its place and its tokens, without the semicolon. What holds comments only is
/// none.
pub(super) fn statements(text: &str, dialect: &dyn Dialect) -> Result<Vec<Tokens>, String> {
    let tokens = Tokenizer::new(dialect, text)
        .tokenize_with_location()
        .map_err(|error| error.message)?;
    let offsets = Offsets::of(text);
    let mut found = Vec::new();
    let mut current: Vec<TokenWithSpan> = Vec::new();
    let mut block = Block::default();
    for token in tokens {
        if token.token == Token::SemiColon && block.depth == 0 {
            keep(&mut found, std::mem::take(&mut current), &offsets);
            block = Block::default();
            continue;
        }
        block.see(&token.token);
        current.push(token);
    }
    keep(&mut found, current, &offsets);
    Ok(found)
}

fn keep(found: &mut Vec<Tokens>, tokens: Vec<TokenWithSpan>, offsets: &Offsets<'_>) {
    let is_text = |token: &&TokenWithSpan| !matches!(token.token, Token::Whitespace(_));
    let (Some(first), Some(last)) = (
        tokens.iter().find(is_text),
        tokens.iter().rev().find(is_text),
    ) else {
        return;
    };
    let range = offsets.at(first.span.start)..offsets.at(last.span.end);
    // MySQL runs what stands in `/*! ... */`.
    let is_hint = |token: &TokenWithSpan| matches!(&token.token, Token::Whitespace(Whitespace::MultiLineComment(text)) if text.starts_with('!'));
    let tokens = tokens
        .into_iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)) || is_hint(token))
        .collect();
    found.push((range, tokens));
}

/// How deep one stands in the body of a trigger or a routine.
#[derive(Default)]
struct Block {
    words: usize,
    is_create: bool,
    has_body: bool,
    is_after_end: bool,
    depth: usize,
}

impl Block {
    fn see(&mut self, token: &Token) {
        let Token::Word(word) = token else {
            self.is_after_end = false;
            return;
        };
        self.words += 1;
        if self.words == 1 {
            self.is_create = word.keyword == Keyword::CREATE;
        }
        let is_after_end = std::mem::take(&mut self.is_after_end);
        if !self.is_create {
            return;
        }
        match word.keyword {
            Keyword::TRIGGER | Keyword::FUNCTION | Keyword::PROCEDURE | Keyword::EVENT
                if self.words < 8 =>
            {
                self.has_body = true;
            }
            Keyword::BEGIN if self.has_body => self.depth += 1,
            Keyword::CASE | Keyword::IF | Keyword::WHILE if self.depth > 0 && !is_after_end => {
                self.depth += 1;
            }
            _ if word.value.eq_ignore_ascii_case("LOOP") && self.depth > 0 && !is_after_end => {
                self.depth += 1;
            }
            Keyword::END if self.depth > 0 => {
                self.depth -= 1;
                self.is_after_end = true;
            }
            _ => {}
        }
    }
}

/// Places of `sqlparser`, which counts lines and characters from one, as bytes.
struct Offsets<'t> {
    text: &'t str,
    lines: Vec<usize>,
}

impl<'t> Offsets<'t> {
    fn of(text: &'t str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            lines: std::iter::once(0).chain(starts).collect(),
        }
    }

    fn at(&self, location: Location) -> usize {
        let line = usize::try_from(location.line.saturating_sub(1)).unwrap_or(0);
        let start = self.lines.get(line).copied().unwrap_or(self.text.len());
        let column = usize::try_from(location.column.saturating_sub(1)).unwrap_or(0);
        let rest = self.text.get(start..).unwrap_or_default();
        start
            + rest
                .char_indices()
                .nth(column)
                .map_or(rest.len(), |(at, _)| at)
    }
}
