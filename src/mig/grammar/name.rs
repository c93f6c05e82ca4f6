//! Names, strings and small words.

use super::super::lexer::{decode_name, decode_string};
use super::super::token::Kind;
use super::super::tree::{Dotted, MigrationRef, Name, Text};
use super::{Input, Res, is_word};
use crate::base::TextRange;
use crate::parse::{SyntaxError, expected};

/// WORD, with or without backticks.
pub(super) fn name<'a>(input: Input<'a>, what: &'static str) -> Res<'a, Name> {
    match input.kind() {
        Kind::Word | Kind::Quoted => Ok((input.advance(), name_here(input))),
        _ => expected(input, what),
    }
}

pub(super) fn name_here(input: Input) -> Name {
    Name {
        text: decode_name(input.context().text(input.range())),
        range: input.range(),
    }
}

/// dotted = [ "." ] WORD { "." WORD } ;
pub(super) fn dotted<'a>(input: Input<'a>, what: &'static str) -> Res<'a, Dotted> {
    let start = input.start();
    let (mut at, is_relative) = match input.eat(Kind::Dot) {
        Some(after) => {
            input.context().layout.borrow_mut().tight.push(start);
            (after, true)
        }
        None => (input, false),
    };
    let mut parts = Vec::with_capacity(2);
    let (after, first) = name(at, what)?;
    parts.push(first);
    at = after;
    while at.kind() == Kind::Dot {
        let (after, part) = name(at.advance(), "a name")?;
        parts.push(part);
        at = after;
    }
    let range = at.range_from(start);
    Ok((
        at,
        Dotted {
            is_relative,
            parts,
            range,
        },
    ))
}

/// segment = WORD | INT | STRING ;
fn segment<'a>(input: Input<'a>, what: &'static str) -> Res<'a, Name> {
    match input.kind() {
        Kind::Word | Kind::Quoted | Kind::Int => Ok((input.advance(), name_here(input))),
        kind if kind.is_string() => {
            let (after, text) = string(input, what)?;
            let name = Name {
                text: text.text.into(),
                range: text.range,
            };
            Ok((after, name))
        }
        _ => expected(input, what),
    }
}

/// migref = segment | ( WORD | STRING ) "." segment ;
pub(super) fn migration_ref(input: Input<'_>) -> Res<'_, MigrationRef> {
    let start = input.start();
    let (after, first) = segment(input, "the name of a migration")?;
    // No app is called by a number.
    if after.kind() != Kind::Dot || input.kind() == Kind::Int {
        let range = first.range;
        return Ok((
            after,
            MigrationRef {
                app: None,
                name: first,
                range,
            },
        ));
    }
    let (after, name) = segment(after.advance(), "the name of a migration")?;
    let range = after.range_from(start);
    Ok((
        after,
        MigrationRef {
            app: Some(first),
            name,
            range,
        },
    ))
}

/// STRING. One in other quotes or without its end is told about and taken.
pub(super) fn string<'a>(input: Input<'a>, what: &'static str) -> Res<'a, Text> {
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
        && kind == Kind::Str
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
    Ok((input.advance(), Text { text, range }))
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
    if is_word(input, "true") {
        Ok((input.advance(), true))
    } else if is_word(input, "false") {
        Ok((input.advance(), false))
    } else {
        expected(input, "`true` or `false`")
    }
}

/// names = "(" WORD { "," WORD } ")" ;
pub(super) fn names(input: Input<'_>) -> Res<'_, Vec<Name>> {
    if input.kind() != Kind::ParenOpen {
        return expected(input, "names in parentheses");
    }
    let layout = &input.context().layout;
    layout.borrow_mut().spaced_parens.push(input.start());
    let mut out = Vec::new();
    let mut at = input.advance();
    loop {
        let (after, found) = name(at, "the name of a field")?;
        out.push(found);
        at = after;
        match at.kind() {
            Kind::Comma if at.kind_after(1) == Kind::ParenClose => {
                return Ok((at.advance().advance(), out));
            }
            Kind::Comma => at = at.advance(),
            Kind::ParenClose => return Ok((at.advance(), out)),
            _ => return expected(at, "`,` or `)`"),
        }
    }
}
