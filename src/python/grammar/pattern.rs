//! Patterns of `case`: checked for syntax, not kept.

use nom::Parser;

use super::{Input, Res, nested, string};
use crate::parse::{SyntaxError, expected, fault, token};
use crate::python::token::Kind;

/// `patterns`: one, or a sequence without brackets.
pub(super) fn patterns<'a>(input: Input<'a>) -> Res<'a, ()> {
    let (rest, ()) = maybe_star_pattern(input)?;
    if rest.kind() == Kind::Comma {
        return sequence(rest);
    }
    if input.kind() == Kind::Star {
        return expected(rest, "`,`");
    }
    Ok((rest, ()))
}

/// Behind the first pattern of a sequence, at a comma, up to its closing token.
fn sequence<'a>(mut input: Input<'a>) -> Res<'a, ()> {
    while let Some(next) = input.eat(Kind::Comma) {
        input = next;
        if matches!(
            input.kind(),
            Kind::ParenClose | Kind::SquareClose | Kind::Colon | Kind::If
        ) {
            break;
        }
        input = maybe_star_pattern(input)?.0;
    }
    Ok((input, ()))
}

fn maybe_star_pattern<'a>(input: Input<'a>) -> Res<'a, ()> {
    match input.eat(Kind::Star) {
        // `*_` is as good as `*name`.
        Some(next) => {
            let (rest, _) = token(Kind::Name, "a name").parse(next)?;
            match rest.kind() {
                Kind::Dot | Kind::ParenOpen => expected(rest, "the end of the pattern"),
                _ => Ok((rest, ())),
            }
        }
        None => pattern(input),
    }
}

/// `pattern`: alternatives, perhaps with `as name`.
fn pattern<'a>(input: Input<'a>) -> Res<'a, ()> {
    nested(input, |input| {
        let (mut rest, ()) = closed_pattern(input)?;
        while let Some(next) = rest.eat(Kind::Bar) {
            rest = closed_pattern(next)?.0;
        }
        match rest.eat(Kind::As) {
            Some(next) => capture(next),
            None => Ok((rest, ())),
        }
    })
}

/// `pattern_capture_target`: any name but `_`.
fn capture<'a>(input: Input<'a>) -> Res<'a, ()> {
    let (rest, name) = token(Kind::Name, "a name").parse(input)?;
    if input.context().text(name) == "_" {
        return fault(rest, SyntaxError::new(name, "`_` binds nothing here"));
    }
    match rest.kind() {
        Kind::Dot | Kind::ParenOpen | Kind::Equal => expected(rest, "the end of the pattern"),
        _ => Ok((rest, ())),
    }
}

fn closed_pattern<'a>(input: Input<'a>) -> Res<'a, ()> {
    match input.kind() {
        Kind::None | Kind::True | Kind::False => Ok((input.advance(), ())),
        Kind::String | Kind::Bytes | Kind::FStringStart | Kind::TStringStart => {
            let (rest, _) = string::strings(input)?;
            Ok((rest, ()))
        }
        Kind::Number | Kind::Minus => number(input),
        Kind::Name => name_or_class(input),
        Kind::ParenOpen => group_or_sequence(input),
        Kind::SquareOpen => {
            let next = input.advance();
            if let Some(rest) = next.eat(Kind::SquareClose) {
                return Ok((rest, ()));
            }
            let (rest, ()) = maybe_star_pattern(next)?;
            let (rest, ()) = sequence(rest)?;
            let (rest, _) = token(Kind::SquareClose, "`,` or `]`").parse(rest)?;
            Ok((rest, ()))
        }
        Kind::CurlyOpen => mapping(input),
        _ => expected(input, "a pattern"),
    }
}

fn is_imaginary(input: Input) -> bool {
    input.context().text(input.range()).ends_with(['j', 'J'])
}

/// A signed number, or a complex one: `-1 + 2j`.
fn number<'a>(input: Input<'a>) -> Res<'a, ()> {
    let real = input.eat(Kind::Minus).unwrap_or(input);
    let (rest, range) = token(Kind::Number, "a number").parse(real)?;
    if !matches!(rest.kind(), Kind::Plus | Kind::Minus) {
        return Ok((rest, ()));
    }
    if is_imaginary(real) {
        return fault(
            rest,
            SyntaxError::new(range, "the first part of a complex literal must be real"),
        );
    }
    let imaginary = rest.advance();
    let (rest, range) = token(Kind::Number, "an imaginary number").parse(imaginary)?;
    if !is_imaginary(imaginary) {
        return fault(
            rest,
            SyntaxError::new(
                range,
                "the second part of a complex literal must be imaginary",
            ),
        );
    }
    Ok((rest, ()))
}

/// A capture, a wildcard, a dotted value, or a class pattern.
fn name_or_class<'a>(input: Input<'a>) -> Res<'a, ()> {
    let mut rest = input.advance();
    while let Some(next) = rest.eat(Kind::Dot) {
        rest = token(Kind::Name, "a name").parse(next)?.0;
    }
    if rest.kind() == Kind::ParenOpen {
        class(rest)
    } else {
        Ok((rest, ()))
    }
}

/// At the `(` of a class pattern.
fn class<'a>(open: Input<'a>) -> Res<'a, ()> {
    let mut input = open.advance();
    let mut keyword = None;
    while input.kind() != Kind::ParenClose {
        let (rest, ()) = if input.kind() == Kind::Name && input.kind_after(1) == Kind::Equal {
            keyword.get_or_insert(input.range());
            pattern(input.advance().advance())?
        } else {
            if let Some(earlier) = keyword {
                return fault(
                    input,
                    SyntaxError::new(input.range(), "positional pattern follows keyword pattern")
                        .with_note(earlier, "keyword pattern"),
                );
            }
            pattern(input)?
        };
        input = match rest.kind() {
            Kind::Comma => rest.advance(),
            Kind::ParenClose => rest,
            _ => return expected(rest, "`,` or `)`"),
        };
    }
    Ok((input.advance(), ()))
}

fn group_or_sequence<'a>(open: Input<'a>) -> Res<'a, ()> {
    let input = open.advance();
    if let Some(rest) = input.eat(Kind::ParenClose) {
        return Ok((rest, ()));
    }
    let (rest, ()) = maybe_star_pattern(input)?;
    if input.kind() == Kind::Star && rest.kind() != Kind::Comma {
        return expected(rest, "`,`");
    }
    let (rest, ()) = sequence(rest)?;
    let (rest, _) = token(Kind::ParenClose, "`,` or `)`").parse(rest)?;
    Ok((rest, ()))
}

fn mapping<'a>(open: Input<'a>) -> Res<'a, ()> {
    let mut input = open.advance();
    let mut has_rest = false;
    while input.kind() != Kind::CurlyClose {
        if has_rest {
            return fault(
                input,
                SyntaxError::new(input.range(), "nothing may follow the `**` pattern"),
            );
        }
        let (rest, ()) = if let Some(next) = input.eat(Kind::StarStar) {
            has_rest = true;
            capture(next)?
        } else {
            let (rest, ()) = mapping_key(input)?;
            let (rest, _) = token(Kind::Colon, "`:`").parse(rest)?;
            pattern(rest)?
        };
        input = match rest.kind() {
            Kind::Comma => rest.advance(),
            Kind::CurlyClose => rest,
            _ => return expected(rest, "`,` or `}`"),
        };
    }
    Ok((input.advance(), ()))
}

/// A literal or a dotted name.
fn mapping_key<'a>(input: Input<'a>) -> Res<'a, ()> {
    match input.kind() {
        Kind::Name => {
            let (mut rest, _) = token(Kind::Dot, "`.`").parse(input.advance())?;
            loop {
                rest = token(Kind::Name, "a name").parse(rest)?.0;
                match rest.eat(Kind::Dot) {
                    Some(next) => rest = next,
                    None => return Ok((rest, ())),
                }
            }
        }
        Kind::ParenOpen | Kind::SquareOpen | Kind::CurlyOpen => {
            expected(input, "a literal or a dotted name")
        }
        _ => closed_pattern(input),
    }
}
