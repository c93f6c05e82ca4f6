//! Call arguments and subscripts.

use nom::Parser;
use nom::combinator::cut;

use super::expression::{expression, named_expression};
use super::{Input, Res, atom};
use crate::base::TextRange;
use crate::parse::{SyntaxError, expected, fault, token};
use crate::python::token::Kind;
use crate::python::tree::{ExprId, ExprKind, Keyword, List};

/// Arguments by position and by keyword.
pub(super) type Arguments = (List<ExprId>, List<Keyword>);

/// At the `(` of a call.
pub(super) fn call<'a>(open: Input<'a>, function: ExprId) -> Res<'a, ExprKind> {
    let (rest, (args, keywords)) = arguments(open)?;
    let kind = ExprKind::Call {
        function,
        args,
        keywords,
    };
    Ok((rest, kind))
}

/// The arguments of a class, where a generator needs its own parentheses.
pub(super) fn class_arguments<'a>(open: Input<'a>) -> Res<'a, Arguments> {
    let (rest, (args, keywords)) = arguments(open)?;
    let generator = {
        let build = open.context().build.borrow();
        build
            .tree
            .list(args)
            .iter()
            .map(|id| *build.tree.expr(*id))
            .find(|expr| {
                matches!(expr.kind, ExprKind::Generator { .. }) && expr.range.start == open.start()
            })
    };
    match generator {
        Some(generator) => fault(
            rest,
            SyntaxError::new(generator.range, "a generator cannot be a base class"),
        ),
        None => Ok((rest, (args, keywords))),
    }
}

/// What arguments have been seen, which decides what may follow.
#[derive(Default)]
struct Seen {
    keyword: Option<TextRange>,
    double_star: Option<TextRange>,
}

fn arguments<'a>(open: Input<'a>) -> Res<'a, Arguments> {
    let source = open.context();
    let mark = source.mark();
    let keyword_mark = source.build.borrow().keywords.len();
    let mut seen = Seen::default();
    let mut input = open.advance();
    while input.kind() != Kind::ParenClose {
        let (rest, ()) = argument(input, open, &mut seen)?;
        input = match rest.kind() {
            Kind::Comma => rest.advance(),
            Kind::ParenClose => rest,
            _ => return expected(rest, "`,` or `)`"),
        };
    }
    let args = source.take_exprs(mark);
    let build = &mut *source.build.borrow_mut();
    let keywords = build.tree.push_list(&build.keywords[keyword_mark..]);
    build.keywords.truncate(keyword_mark);
    Ok((input.advance(), (args, keywords)))
}

/// What nom's `cut` does: behind `name=` nothing else can stand.
#[inline]
fn certain<T>(result: Res<'_, T>) -> Res<'_, T> {
    match result {
        Err(nom::Err::Error(failure)) => Err(nom::Err::Failure(failure)),
        result => result,
    }
}

#[inline]
fn argument<'a>(input: Input<'a>, open: Input<'a>, seen: &mut Seen) -> Res<'a, ()> {
    let source = input.context();
    match input.kind() {
        Kind::Name if input.kind_after(1) == Kind::Equal => {
            let (rest, value) = certain(expression(input.advance().advance()))?;
            if matches!(rest.kind(), Kind::For | Kind::Async) {
                return fault(
                    rest,
                    SyntaxError::new(rest.range(), "a keyword argument cannot be a generator")
                        .with_help("put the generator in parentheses"),
                );
            }
            keyword(input, rest, Some(input.range()), value, seen);
            Ok((rest, ()))
        }
        Kind::StarStar => {
            let (rest, value) = cut(expression).parse(input.advance())?;
            keyword(input, rest, None, value, seen);
            seen.double_star.get_or_insert(input.range());
            Ok((rest, ()))
        }
        Kind::Star => {
            if let Some(earlier) = seen.double_star {
                return fault(
                    input,
                    SyntaxError::new(input.range(), "`*` argument follows a `**` argument")
                        .with_note(earlier, "`**` argument"),
                );
            }
            let (rest, value) = cut(expression).parse(input.advance())?;
            let range = rest.range_from(input.start());
            if matches!(rest.kind(), Kind::For | Kind::Async) {
                return fault(
                    rest,
                    SyntaxError::new(range, "cannot unpack in a comprehension"),
                );
            }
            source.hold(source.expr(range, ExprKind::Starred(value)));
            Ok((rest, ()))
        }
        _ => positional(input, open, seen),
    }
}

fn keyword(input: Input, rest: Input, name: Option<TextRange>, value: ExprId, seen: &mut Seen) {
    let range = rest.range_from(input.start());
    seen.keyword.get_or_insert(range);
    let keyword = Keyword { name, value, range };
    input.context().build.borrow_mut().keywords.push(keyword);
}

fn positional<'a>(input: Input<'a>, open: Input<'a>, seen: &Seen) -> Res<'a, ()> {
    let source = input.context();
    let (rest, value) = named_expression(input)?;
    match rest.kind() {
        Kind::For | Kind::Async => {
            let (rest, comprehensions) = atom::clauses(rest, input)?;
            let is_sole = input.at() == open.at() + 1 && rest.kind() == Kind::ParenClose;
            if !is_sole {
                return fault(
                    rest,
                    SyntaxError::new(
                        rest.range_from(input.start()),
                        "a generator that is not the only argument needs parentheses",
                    ),
                );
            }
            if matches!(source.kind_of(value), ExprKind::Walrus { .. }) {
                source.need(9);
            }
            let kind = ExprKind::Generator {
                element: value,
                comprehensions,
            };
            // With the call's parentheses, as Python's own tree has it.
            let range = TextRange::new(open.start(), rest.range().end);
            source.hold(source.expr(range, kind));
            return Ok((rest, ()));
        }
        Kind::Equal => {
            let range = source.range_of(value);
            return fault(
                rest,
                SyntaxError::new(
                    range,
                    format!("`{}` cannot name a keyword argument", source.shown(range)),
                )
                .with_help("for a comparison write `==`"),
            );
        }
        _ => {}
    }
    if let Some(earlier) = seen.keyword {
        return fault(
            rest,
            SyntaxError::new(
                source.range_of(value),
                "positional argument follows keyword argument",
            )
            .with_note(earlier, "keyword argument"),
        );
    }
    source.hold(value);
    Ok((rest, ()))
}

/// At the `[` of a subscript.
pub(super) fn subscript<'a>(open: Input<'a>, value: ExprId) -> Res<'a, ExprKind> {
    let source = open.context();
    let start = open.advance().start();
    let (mut input, first) = subscript_item(open.advance())?;
    if input.kind() == Kind::SquareClose && open.kind_after(1) != Kind::Star {
        let kind = ExprKind::Subscript {
            value,
            index: first,
        };
        return Ok((input.advance(), kind));
    }
    let mark = source.mark();
    source.hold(first);
    while let Some(next) = input.eat(Kind::Comma) {
        input = next;
        if input.kind() == Kind::SquareClose {
            break;
        }
        let (rest, item) = subscript_item(input)?;
        source.hold(item);
        input = rest;
    }
    let items = source.take_exprs(mark);
    let index = source.expr(input.range_from(start), ExprKind::Tuple(items));
    let (rest, _) = token(Kind::SquareClose, "`,` or `]`").parse(input)?;
    Ok((rest, ExprKind::Subscript { value, index }))
}

fn subscript_item<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    let source = input.context();
    let start = input.start();
    match input.kind() {
        Kind::Star => {
            source.need(11);
            let (rest, value) = expression(input.advance())?;
            let range = rest.range_from(start);
            return Ok((rest, source.expr(range, ExprKind::Starred(value))));
        }
        Kind::Name if input.kind_after(1) == Kind::Walrus => {
            source.need(10);
            return named_expression(input);
        }
        Kind::Colon => return slice(input, start, None),
        _ => {}
    }
    let (rest, first) = expression(input)?;
    if rest.kind() == Kind::Colon {
        slice(rest, start, Some(first))
    } else {
        Ok((rest, first))
    }
}

/// At the first colon of a slice.
fn slice<'a>(colon: Input<'a>, start: u32, lower: Option<ExprId>) -> Res<'a, ExprId> {
    let (rest, upper) = bound(colon.advance())?;
    let (rest, step) = match rest.eat(Kind::Colon) {
        Some(next) => bound(next)?,
        None => (rest, None),
    };
    let kind = ExprKind::Slice { lower, upper, step };
    Ok((rest, rest.context().expr(rest.range_from(start), kind)))
}

fn bound<'a>(input: Input<'a>) -> Res<'a, Option<ExprId>> {
    match input.kind() {
        Kind::Colon | Kind::Comma | Kind::SquareClose => Ok((input, None)),
        _ => {
            let (rest, id) = expression(input)?;
            Ok((rest, Some(id)))
        }
    }
}
