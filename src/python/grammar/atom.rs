//! Atoms, what may follow them (`.x`, `(...)`, `[...]`), displays and comprehensions.

use nom::Parser;

use super::expression::{
    BIT_OR, OR, expression, operators, star_named_expression, yield_expression,
};
use super::{Input, Res, call, nested, parameter, string, target};
use crate::base::TextRange;
use crate::parse::{SyntaxError, expected, fault, token};
use crate::python::token::Kind;
use crate::python::tree::{Comprehension, DictItem, ExprId, ExprKind, List};

/// `primary`: an atom with its attributes, calls and subscripts.
#[inline]
pub(super) fn primary<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    let start = input.start();
    let (mut rest, mut value) = atom(input)?;
    loop {
        let (next, kind) = match rest.kind() {
            Kind::Dot => attribute(rest, value)?,
            Kind::ParenOpen => call::call(rest, value)?,
            Kind::SquareOpen => call::subscript(rest, value)?,
            _ => return Ok((rest, value)),
        };
        value = next.context().expr(next.range_from(start), kind);
        rest = next;
    }
}

#[inline]
fn attribute<'a>(input: Input<'a>, value: ExprId) -> Res<'a, ExprKind> {
    let (rest, attribute) = token(Kind::Name, "a name").parse(input.advance())?;
    Ok((rest, ExprKind::Attribute { value, attribute }))
}

#[inline]
fn atom<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    if let Some(kind) = of_one_token(input.kind()) {
        return Ok((input.advance(), input.context().expr(input.range(), kind)));
    }
    match input.kind() {
        Kind::String | Kind::Bytes | Kind::FStringStart | Kind::TStringStart => {
            string::strings(input)
        }
        Kind::ParenOpen => parenthesized(input),
        Kind::SquareOpen => list(input),
        Kind::CurlyOpen => braces(input),
        _ => expected(input, "an expression"),
    }
}

/// The atom that a token is on its own; strings may go on in the next one.
#[inline]
pub(super) const fn of_one_token(kind: Kind) -> Option<ExprKind> {
    Some(match kind {
        Kind::Name => ExprKind::Name,
        Kind::Number => ExprKind::Number,
        Kind::None => ExprKind::None,
        Kind::True => ExprKind::True,
        Kind::False => ExprKind::False,
        Kind::Ellipsis => ExprKind::Ellipsis,
        _ => return None,
    })
}

/// A group, a tuple or a generator.
fn parenthesized<'a>(open: Input<'a>) -> Res<'a, ExprId> {
    let source = open.context();
    let start = open.start();
    let input = open.advance();
    match input.kind() {
        Kind::ParenClose => {
            let rest = input.advance();
            let kind = ExprKind::Tuple(List::default());
            return Ok((rest, source.expr(rest.range_from(start), kind)));
        }
        Kind::Yield => {
            let (rest, value) = yield_expression(input)?;
            let (rest, _) = token(Kind::ParenClose, "`)`").parse(rest)?;
            return Ok((rest, value));
        }
        _ => {}
    }
    let (rest, first) = star_named_expression(input)?;
    match rest.kind() {
        Kind::ParenClose if input.kind() == Kind::Star => fault(
            rest,
            SyntaxError::new(
                source.range_of(first),
                "cannot unpack with `*` inside mere parentheses",
            )
            .with_help("add a comma to make it a tuple"),
        ),
        Kind::ParenClose => Ok((rest.advance(), first)),
        Kind::Comma => {
            let (rest, items) = items(rest, first, Kind::ParenClose, "`,` or `)`")?;
            let range = rest.range_from(start);
            Ok((rest, source.expr(range, ExprKind::Tuple(items))))
        }
        Kind::For | Kind::Async => {
            let (rest, comprehensions) = clauses(rest, input)?;
            let (rest, _) = token(Kind::ParenClose, "`)`").parse(rest)?;
            let kind = ExprKind::Generator {
                element: first,
                comprehensions,
            };
            Ok((rest, source.expr(rest.range_from(start), kind)))
        }
        _ => expected(rest, "`,` or `)`"),
    }
}

fn list<'a>(open: Input<'a>) -> Res<'a, ExprId> {
    let source = open.context();
    let start = open.start();
    let input = open.advance();
    if input.kind() == Kind::SquareClose {
        let rest = input.advance();
        let kind = ExprKind::List(List::default());
        return Ok((rest, source.expr(rest.range_from(start), kind)));
    }
    let (rest, first) = star_named_expression(input)?;
    let (rest, kind) = match rest.kind() {
        Kind::For | Kind::Async => {
            let (rest, comprehensions) = clauses(rest, input)?;
            let (rest, _) = token(Kind::SquareClose, "`]`").parse(rest)?;
            let kind = ExprKind::ListComp {
                element: first,
                comprehensions,
            };
            (rest, kind)
        }
        _ => {
            let (rest, items) = items(rest, first, Kind::SquareClose, "`,` or `]`")?;
            (rest, ExprKind::List(items))
        }
    };
    Ok((rest, source.expr(rest.range_from(start), kind)))
}

/// The items of a display behind its first one, with the closing bracket.
fn items<'a>(
    mut input: Input<'a>,
    first: ExprId,
    close: Kind,
    wanted: &'static str,
) -> Res<'a, List<ExprId>> {
    let source = input.context();
    let mark = source.mark();
    source.hold(first);
    loop {
        if let Some(rest) = input.eat(close) {
            return Ok((rest, source.take_exprs(mark)));
        }
        let Some(next) = input.eat(Kind::Comma) else {
            return expected(input, wanted);
        };
        if let Some(rest) = next.eat(close) {
            return Ok((rest, source.take_exprs(mark)));
        }
        let (rest, item) = star_named_expression(next)?;
        source.hold(item);
        input = rest;
    }
}

/// A set, a dict, or a comprehension of either.
fn braces<'a>(open: Input<'a>) -> Res<'a, ExprId> {
    let source = open.context();
    let start = open.start();
    let input = open.advance();
    let (rest, kind) = match input.kind() {
        Kind::CurlyClose => (input.advance(), ExprKind::Dict(List::default())),
        Kind::StarStar => dict_items(input)?,
        Kind::Star => set_items(input)?,
        // A set's item may be a walrus, a dict's key may not.
        Kind::Name if input.kind_after(1) == Kind::Walrus => {
            source.need(9);
            set_items(input)?
        }
        _ => {
            let (rest, first) = expression(input)?;
            if rest.kind() == Kind::Colon {
                dict_behind_key(rest, first)?
            } else {
                set_behind_item(rest, first, input)?
            }
        }
    };
    Ok((rest, source.expr(rest.range_from(start), kind)))
}

fn set_items<'a>(input: Input<'a>) -> Res<'a, ExprKind> {
    let (rest, first) = star_named_expression(input)?;
    set_behind_item(rest, first, input)
}

fn set_behind_item<'a>(rest: Input<'a>, first: ExprId, element: Input<'a>) -> Res<'a, ExprKind> {
    if matches!(rest.kind(), Kind::For | Kind::Async) {
        let (rest, comprehensions) = clauses(rest, element)?;
        let (rest, _) = token(Kind::CurlyClose, "`}`").parse(rest)?;
        let kind = ExprKind::SetComp {
            element: first,
            comprehensions,
        };
        return Ok((rest, kind));
    }
    let (rest, items) = items(rest, first, Kind::CurlyClose, "`,` or `}`")?;
    Ok((rest, ExprKind::Set(items)))
}

/// At the colon behind the first key.
fn dict_behind_key<'a>(colon: Input<'a>, key: ExprId) -> Res<'a, ExprKind> {
    let source = colon.context();
    let (rest, value) = expression(colon.advance())?;
    if matches!(rest.kind(), Kind::For | Kind::Async) {
        let (rest, comprehensions) = clauses(rest, colon)?;
        let (rest, _) = token(Kind::CurlyClose, "`}`").parse(rest)?;
        let kind = ExprKind::DictComp {
            key,
            value,
            comprehensions,
        };
        return Ok((rest, kind));
    }
    let mark = source.build.borrow().dict_items.len();
    source.build.borrow_mut().dict_items.push(DictItem {
        key: Some(key),
        value,
    });
    dict_rest(rest, mark)
}

fn dict_items<'a>(input: Input<'a>) -> Res<'a, ExprKind> {
    let mark = input.context().build.borrow().dict_items.len();
    let (rest, ()) = dict_item(input)?;
    if matches!(rest.kind(), Kind::For | Kind::Async) {
        return unpacking_in_comprehension(rest, input.range());
    }
    dict_rest(rest, mark)
}

fn dict_item<'a>(input: Input<'a>) -> Res<'a, ()> {
    let source = input.context();
    let (rest, item) = if let Some(next) = input.eat(Kind::StarStar) {
        let (rest, value) = operators(next, BIT_OR)?;
        (rest, DictItem { key: None, value })
    } else {
        let (rest, key) = expression(input)?;
        let (rest, _) = token(Kind::Colon, "`:`").parse(rest)?;
        let (rest, value) = expression(rest)?;
        let key = Some(key);
        (rest, DictItem { key, value })
    };
    source.build.borrow_mut().dict_items.push(item);
    Ok((rest, ()))
}

/// Behind an item, up to and with the closing brace.
fn dict_rest<'a>(mut input: Input<'a>, mark: usize) -> Res<'a, ExprKind> {
    loop {
        if input.kind() == Kind::Comma {
            input = input.advance();
            if input.kind() != Kind::CurlyClose {
                input = dict_item(input)?.0;
                continue;
            }
        }
        if input.kind() != Kind::CurlyClose {
            return expected(input, "`,` or `}`");
        }
        let build = &mut *input.context().build.borrow_mut();
        let items = build.tree.push_list(&build.dict_items[mark..]);
        build.dict_items.truncate(mark);
        return Ok((input.advance(), ExprKind::Dict(items)));
    }
}

fn unpacking_in_comprehension<'a, T>(input: Input<'a>, range: TextRange) -> Res<'a, T> {
    fault(
        input,
        SyntaxError::new(range, "cannot unpack in a comprehension"),
    )
}

/// Python 3.8 reads `[x for x in y if lambda: z if w]` as two conditions.
fn lambda_condition<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    let start = input.start();
    let (rest, parameters) = parameter::lambda_parameters(input.advance())?;
    let (rest, _) = token(Kind::Colon, "`:`").parse(rest)?;
    let (rest, body) = if rest.kind() == Kind::Lambda {
        nested(rest, lambda_condition)?
    } else {
        operators(rest, OR)?
    };
    let kind = ExprKind::Lambda { parameters, body };
    Ok((rest, rest.context().expr(rest.range_from(start), kind)))
}

/// `for_if_clauses` of a comprehension whose element starts at `element`.
pub(super) fn clauses<'a>(
    mut input: Input<'a>,
    element: Input<'a>,
) -> Res<'a, List<Comprehension>> {
    let source = input.context();
    if element.kind() == Kind::Star {
        return unpacking_in_comprehension(input, element.range());
    }
    let mut found = Vec::new();
    while matches!(input.kind(), Kind::For | Kind::Async) {
        let is_async = input.kind() == Kind::Async;
        if is_async {
            input = input.advance();
        }
        let (rest, _) = token(Kind::For, "`for`").parse(input)?;
        let (rest, target) = target::star_targets(rest)?;
        let (rest, _) = token(Kind::In, "`in`").parse(rest)?;
        let (mut rest, iterable) = operators(rest, OR)?;
        let mark = source.mark();
        while let Some(next) = rest.eat(Kind::If) {
            let (next, condition) = if next.kind() == Kind::Lambda {
                source.drop_in(9);
                lambda_condition(next)?
            } else {
                operators(next, OR)?
            };
            source.hold(condition);
            rest = next;
        }
        found.push(Comprehension {
            target,
            iterable,
            conditions: source.take_exprs(mark),
            is_async,
        });
        input = rest;
    }
    let list = source.build.borrow_mut().tree.push_list(&found);
    Ok((input, list))
}
