//! Names, strings and small words.
//!
//! They are parsed for nearly every token, so that the call costs more than the parser:
//! those are inline.

use super::super::lexer::{decode_name, decode_string};
use super::super::token::{Kind, Token, Word};
use super::super::tree::{Dotted, MigrationRef, Name, Text};
use super::{Input, Res, is_word};
use crate::base::TextRange;
use crate::parse::{SyntaxError, expected};

/// WORD, with or without backticks.
#[inline]
pub(super) fn name<'a>(input: Input<'a>, what: &'static str) -> Res<'a, Name<'a>> {
    match input.kind() {
        Kind::Word(_) | Kind::Quoted => Ok((input.advance(), name_here(input))),
        _ => expected(input, what),
    }
}

#[inline]
pub(super) fn name_here(input: Input<'_>) -> Name<'_> {
    let token = input.token();
    let range = token.range();
    let written = input.context().text(range);
    let text = match token.kind {
        Kind::Word(Word::Wide) | Kind::Quoted => composed(input, written),
        _ => written,
    };
    Name { text, range }
}

/// A name that is not what is written.
#[cold]
fn composed<'a>(input: Input<'a>, written: &'a str) -> &'a str {
    input.context().arena.alloc_str(&decode_name(written))
}

/// dotted = [ "." ] WORD { "." WORD } ;
#[inline(always)]
pub(super) fn dotted<'a>(input: Input<'a>, what: &'static str) -> Res<'a, Dotted<'a>> {
    if matches!(input.kind(), Kind::Word(_) | Kind::Quoted) && input.kind_after(1) != Kind::Dot {
        let Name { text, range } = name_here(input);
        let only = Dotted {
            is_relative: false,
            path: text,
            words: 1,
            range,
        };
        return Ok((input.advance(), only));
    }
    let (after, (path, words)) = path(input, what)?;
    let several = Dotted {
        is_relative: input.kind() == Kind::Dot,
        path,
        words,
        range: after.range_from(input.start()),
    };
    Ok((after, several))
}

/// A dotted name that is more than a word: its words with dots between, and how many.
#[inline(never)]
fn path<'a>(input: Input<'a>, what: &'static str) -> Res<'a, (&'a str, u32)> {
    let begun = input.eat(Kind::Dot).unwrap_or(input);
    if begun.at() > input.at() {
        let start = input.start();
        input.context().mark(|layout| &mut layout.tight, start);
    }
    let mut at = begun;
    let mut words = 0;
    // Whether the text says the name as it is meant.
    let mut is_written = true;
    loop {
        let token = at.token();
        if !matches!(token.kind, Kind::Word(_) | Kind::Quoted) {
            return expected(at, if words == 0 { what } else { "a name" });
        }
        is_written &= !matches!(token.kind, Kind::Word(Word::Wide) | Kind::Quoted)
            && (words == 0 || at.previous_end() == token.start);
        words += 1;
        at = at.advance();
        if at.kind() != Kind::Dot {
            break;
        }
        is_written &= at.previous_end() == at.start();
        at = at.advance();
    }
    let path = if is_written {
        input.context().text(at.range_from(begun.start()))
    } else if words == 1 {
        name_here(begun).text
    } else {
        joined(begun, words)
    };
    Ok((at, (path, words)))
}

/// So many names with dots between that are written in another way.
#[cold]
fn joined(input: Input<'_>, words: u32) -> &'_ str {
    let parts: Vec<&str> = (0..words)
        .map(|word| name_here(input.jump(input.at() + 2 * word)).text)
        .collect();
    input.context().arena.alloc_str(&parts.join("."))
}

/// segment = WORD | INT | STRING ;
#[inline(always)]
fn segment<'a>(input: Input<'a>, what: &'static str) -> Res<'a, Name<'a>> {
    match input.kind() {
        Kind::Word(_) | Kind::Quoted | Kind::Int => Ok((input.advance(), name_here(input))),
        kind if kind.is_string() => {
            let (after, text) = string(input, what)?;
            let name = Name {
                text: text.text,
                range: text.range,
            };
            Ok((after, name))
        }
        _ => expected(input, what),
    }
}

/// migref = segment | ( WORD | STRING ) "." segment ;
pub(super) fn migration_ref(input: Input<'_>) -> Res<'_, &'_ MigrationRef<'_>> {
    let start = input.start();
    let (after, first) = segment(input, "the name of a migration")?;
    // No app is called by a number.
    if after.kind() != Kind::Dot || input.kind() == Kind::Int {
        let range = first.range;
        let migration = MigrationRef {
            app: None,
            name: first,
            range,
        };
        return Ok((after, after.context().alloc(migration)));
    }
    let (after, name) = segment(after.advance(), "the name of a migration")?;
    let range = after.range_from(start);
    let migration = MigrationRef {
        app: Some(first),
        name,
        range,
    };
    Ok((after, after.context().alloc(migration)))
}

/// STRING. One in other quotes or without its end is told about and taken.
#[inline]
pub(super) fn string<'a>(input: Input<'a>, what: &'static str) -> Res<'a, Text<'a>> {
    let Token { kind, start, end } = input.token();
    let (after, text) = if kind == Kind::Str {
        let inner = TextRange::new(start + 1, end - 1);
        (input.advance(), input.context().text(inner))
    } else {
        odd_string(input, what)?
    };
    let range = TextRange::new(start, end);
    Ok((after, Text { text, range }))
}

/// A string that is not what stands between its quotes, or that is none.
#[inline(never)]
fn odd_string<'a>(input: Input<'a>, what: &'static str) -> Res<'a, &'a str> {
    let kind = input.kind();
    if !kind.is_string() {
        return expected(input, what);
    }
    let source = input.context();
    let range = input.range();
    let written = source.text(range);
    match kind {
        Kind::SingleQuoted => {
            let inner = written.trim_matches('\'');
            let error = SyntaxError::new(range, "strings stand in double quotes")
                .with_label("this is in single quotes");
            source.report(if inner.contains('"') {
                error.with_help("write `\\\"` for a double quote inside")
            } else {
                error.with_help(format!("write `\"{}\"`", shorten(inner)))
            });
        }
        // A text block's missing end was told by the lexer.
        Kind::Unclosed if !written.starts_with("\"\"\"") => {
            let quote = written.chars().next().unwrap_or('"');
            source.report(
                SyntaxError::new(
                    TextRange::new(range.start, range.start + 1),
                    "this string is never closed",
                )
                .with_label("it begins here")
                .with_note(
                    TextRange::empty(range.end),
                    format!("`{quote}` is missing at the end of the line at the latest"),
                )
                .with_help("a text of several lines stands between `\"\"\"` and `\"\"\"`"),
            );
        }
        _ => {}
    }
    let (text, faults) = decode_string(written);
    if let Some(fault) = faults.first()
        && kind == Kind::Escaped
    {
        let place = TextRange::new(range.start + fault.start, range.start + fault.end);
        source.report(
            SyntaxError::new(place, format!("`{}` is no escape", source.text(place)))
                .with_label("not known")
                .with_help(
                    "escapes are `\\\\`, `\\\"`, `\\n`, `\\r`, `\\t` and `\\u{...}`; a backslash \
                     itself is written `\\\\`",
                ),
        );
    }
    let text: &str = source.arena.alloc_str(&text);
    Ok((input.advance(), text))
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= 40 {
        text.to_owned()
    } else {
        "...".to_owned()
    }
}

/// bool = "true" | "false" ;
pub(super) fn boolean(input: Input<'_>) -> Res<'_, bool> {
    if is_word(input, Word::True) {
        Ok((input.advance(), true))
    } else if is_word(input, Word::False) {
        Ok((input.advance(), false))
    } else {
        expected(input, "`true` or `false`")
    }
}

/// names = "(" WORD { "," WORD } ")" ;
pub(super) fn names(input: Input<'_>) -> Res<'_, &'_ [Name<'_>]> {
    if input.kind() != Kind::ParenOpen {
        return expected(input, "names in parentheses");
    }
    input
        .context()
        .mark(|layout| &mut layout.spaced_parens, input.start());
    let mut out = input.context().list(4);
    let mut at = input.advance();
    loop {
        let (after, found) = name(at, "the name of a field")?;
        out.push(found);
        at = after;
        match at.kind() {
            Kind::Comma if at.kind_after(1) == Kind::ParenClose => {
                return Ok((at.advance().advance(), out.into_bump_slice()));
            }
            Kind::Comma => at = at.advance(),
            Kind::ParenClose => return Ok((at.advance(), out.into_bump_slice())),
            _ => return expected(at, "`,` or `)`"),
        }
    }
}
