//! Statements with blocks.

use nom::Parser;
use nom::combinator::{cut, opt};
use nom::sequence::preceded;

use super::expression::{
    expression, named_expression, star_expressions, star_named_expression, starts_expression,
    unbracketed_tuple,
};
use super::statement::{block, skip_block};
use super::target::{Use, check, star_target, star_targets};
use super::{Input, Res, call, parameter, pattern, range_of_block};
use crate::base::TextRange;
use crate::parse::{Failure, SyntaxError, expected, fault, token};
use crate::python::syntax::Bodies;
use crate::python::token::Kind;
use crate::python::tree::{
    Body, ExprId, ExprKind, Handler, List, MatchCase, StmtId, StmtKind, WithItem,
};

fn colon<'a>(input: Input<'a>) -> Res<'a, ()> {
    match input.kind() {
        Kind::Colon => Ok((input.advance(), ())),
        Kind::Equal => fault(
            input,
            SyntaxError::new(input.range(), "expected `:`, found `=`")
                .with_help("for a comparison write `==`"),
        ),
        _ => expected(input, "`:`"),
    }
}

/// A colon and the block behind it.
fn suite<'a>(input: Input<'a>) -> Res<'a, List<StmtId>> {
    let (rest, ()) = colon(input)?;
    block(rest)
}

/// `else` and its block, if it is there.
fn else_block<'a>(input: Input<'a>) -> Res<'a, List<StmtId>> {
    match input.eat(Kind::Else) {
        Some(next) => suite(next),
        None => Ok((input, List::default())),
    }
}

/// `if` with its `elif`s, of which there may be any number: they are read in a
/// loop and nested into each other afterwards.
pub(super) fn if_statement<'a>(input: Input<'a>) -> Res<'a, StmtKind> {
    let source = input.context();
    let mut branches = Vec::new();
    let mut input = input;
    loop {
        let start = input.start();
        let (rest, test) = named_expression(input.advance())?;
        let (rest, body) = suite(rest)?;
        branches.push((start, test, body));
        input = rest;
        if input.kind() != Kind::Elif {
            break;
        }
    }
    let (rest, mut orelse) = else_block(input)?;
    loop {
        let Some((start, test, body)) = branches.pop() else {
            return expected(rest, "`if`");
        };
        let kind = StmtKind::If { test, body, orelse };
        if branches.is_empty() {
            return Ok((rest, kind));
        }
        let build = &mut *source.build.borrow_mut();
        let id = build.tree.push_stmt(range_of_block(rest, start), kind);
        orelse = build.tree.push_list(&[id]);
    }
}

pub(super) fn while_statement<'a>(input: Input<'a>) -> Res<'a, StmtKind> {
    let (rest, test) = named_expression(input.advance())?;
    let (rest, body) = suite(rest)?;
    let (rest, orelse) = else_block(rest)?;
    Ok((rest, StmtKind::While { test, body, orelse }))
}

/// At `for`; the statement, perhaps with `async`, starts at `start`.
pub(super) fn for_statement<'a>(input: Input<'a>, start: u32) -> Res<'a, StmtKind> {
    let is_async = start != input.start();
    let (rest, target) = star_targets(input.advance())?;
    let (rest, _) = token(Kind::In, "`in`").parse(rest)?;
    let (rest, iterable) = star_expressions(rest)?;
    need_for_starred(rest, iterable);
    let (rest, body) = suite(rest)?;
    let (rest, orelse) = else_block(rest)?;
    let kind = StmtKind::For {
        target,
        iterable,
        body,
        orelse,
        is_async,
    };
    Ok((rest, kind))
}

/// Python 3.8 knows starred values without brackets on the right of `=` only.
pub(super) fn need_for_starred(input: Input, value: ExprId) {
    let source = input.context();
    let is_starred = |id| matches!(source.kind_of(id), ExprKind::Starred(_));
    let has_starred = match source.kind_of(value) {
        ExprKind::Tuple(items) => {
            let items = source.build.borrow().tree.list(items).to_vec();
            items.into_iter().any(is_starred)
        }
        _ => is_starred(value),
    };
    if has_starred {
        source.need(9);
    }
}

pub(super) fn try_statement<'a>(input: Input<'a>) -> Res<'a, StmtKind> {
    let source = input.context();
    let (mut rest, body) = suite(input.advance())?;
    let mut handlers = Vec::new();
    let mut is_star = false;
    let mut mixed = None;
    while rest.kind() == Kind::Except {
        let star = rest.kind_after(1) == Kind::Star;
        if handlers.is_empty() {
            is_star = star;
        } else if is_star != star {
            mixed.get_or_insert(rest.range());
        }
        let (next, handler) = handler(rest)?;
        handlers.push(handler);
        rest = next;
    }
    let has_else = rest.kind() == Kind::Else;
    let (rest, orelse) = else_block(rest)?;
    let has_finally = rest.kind() == Kind::Finally;
    let (rest, finalbody) = match rest.eat(Kind::Finally) {
        Some(next) => suite(next)?,
        None => (rest, List::default()),
    };
    if handlers.is_empty() && (has_else || !has_finally) {
        let message = if has_else {
            "`try` with `else`, but without `except`"
        } else {
            "`try` without `except` or `finally`"
        };
        return fault(rest, SyntaxError::new(input.range(), message));
    }
    if let Some(range) = mixed {
        let message = "`except` and `except*` in one `try`";
        return fault(rest, SyntaxError::new(range, message));
    }
    let handlers = source.build.borrow_mut().tree.push_list(&handlers);
    let kind = StmtKind::Try {
        body,
        handlers,
        orelse,
        finalbody,
        is_star,
    };
    Ok((rest, kind))
}

/// `except`, at the keyword.
fn handler<'a>(input: Input<'a>) -> Res<'a, Handler> {
    let source = input.context();
    let mut rest = input.advance();
    if let Some(next) = rest.eat(Kind::Star) {
        source.need(11);
        if next.kind() == Kind::Colon {
            return expected(next, "an exception class");
        }
        rest = next;
    }
    let mut exception = None;
    let mut name = None;
    if rest.kind() != Kind::Colon {
        let start = rest.start();
        let (next, first) = expression(rest)?;
        let (next, id) = if next.kind() == Kind::Comma {
            // Several classes need no parentheses since 3.14, if not named.
            source.need(14);
            let (next, id) = unbracketed_tuple(next, start, first, expression)?;
            if next.kind() == Kind::As {
                return fault(
                    next,
                    SyntaxError::new(
                        next.range_from(start),
                        "several exception classes need parentheses before `as`",
                    ),
                );
            }
            (next, id)
        } else {
            (next, first)
        };
        exception = Some(id);
        let (next, alias) = opt(preceded(
            token(Kind::As, "`as`"),
            cut(token(Kind::Name, "a name")),
        ))
        .parse(next)?;
        name = alias;
        rest = next;
    }
    let (rest, body) = suite(rest)?;
    let handler = Handler {
        exception,
        name,
        body,
    };
    Ok((rest, handler))
}

/// At `with`; the statement, perhaps with `async`, starts at `start`.
pub(super) fn with_statement<'a>(input: Input<'a>, start: u32) -> Res<'a, StmtKind> {
    let source = input.context();
    let is_async = start != input.start();
    let items_start = input.advance();
    let (rest, items) = if is_wholly_parenthesized(items_start) {
        match parenthesized_items(items_start) {
            Ok(found) => found,
            // An expression in parentheses that is no list of items.
            Err(error) => with_items(items_start).map_err(|other| keep_furthest(error, other))?,
        }
    } else {
        with_items(items_start)?
    };
    let items = source.build.borrow_mut().tree.push_list(&items);
    let (rest, body) = suite(rest)?;
    let kind = StmtKind::With {
        items,
        body,
        is_async,
    };
    Ok((rest, kind))
}

fn keep_furthest(one: nom::Err<Failure>, other: nom::Err<Failure>) -> nom::Err<Failure> {
    match (one, other) {
        (
            nom::Err::Error(one) | nom::Err::Failure(one),
            nom::Err::Error(other) | nom::Err::Failure(other),
        ) => nom::Err::Failure(one.furthest(other)),
        (one, _) => one,
    }
}

/// Whether a `(` here closes right before the colon. Looked at once a statement.
fn is_wholly_parenthesized(mut input: Input) -> bool {
    if input.kind() != Kind::ParenOpen {
        return false;
    }
    let mut depth = 0_u32;
    loop {
        match input.kind() {
            Kind::ParenOpen | Kind::SquareOpen | Kind::CurlyOpen => depth += 1,
            Kind::ParenClose | Kind::SquareClose | Kind::CurlyClose => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return input.kind_after(1) == Kind::Colon;
                }
            }
            Kind::Newline | Kind::EndOfFile => return false,
            _ => {}
        }
        input = input.advance();
    }
}

/// `(a as b, c as d,)`
fn parenthesized_items<'a>(open: Input<'a>) -> Res<'a, Vec<WithItem>> {
    let mut found = Vec::new();
    let mut input = open.advance();
    let mut is_new = false;
    loop {
        let (rest, item) = with_item(input)?;
        is_new |= item.target.is_some();
        found.push(item);
        input = match rest.eat(Kind::Comma) {
            Some(next) if next.kind() != Kind::ParenClose => next,
            Some(next) => {
                is_new |= found.len() == 1 && item.target.is_some();
                return close_items(next, found, is_new);
            }
            None => return close_items(rest, found, is_new),
        };
    }
}

fn close_items<'a>(input: Input<'a>, found: Vec<WithItem>, is_new: bool) -> Res<'a, Vec<WithItem>> {
    let (rest, _) = token(Kind::ParenClose, "`,` or `)`").parse(input)?;
    if is_new {
        rest.context().need(9);
    }
    Ok((rest, found))
}

fn with_items<'a>(mut input: Input<'a>) -> Res<'a, Vec<WithItem>> {
    let mut found = Vec::new();
    loop {
        let (rest, item) = with_item(input)?;
        found.push(item);
        match rest.eat(Kind::Comma) {
            Some(next) => input = next,
            None => return Ok((rest, found)),
        }
    }
}

fn with_item<'a>(input: Input<'a>) -> Res<'a, WithItem> {
    let (rest, context) = expression(input)?;
    let Some(next) = rest.eat(Kind::As) else {
        let target = None;
        return Ok((rest, WithItem { context, target }));
    };
    let (rest, target) = star_target(next)?;
    if next.kind() == Kind::Star {
        rest.context().need(9);
    }
    check(rest, target, Use::Assign)?;
    let target = Some(target);
    Ok((rest, WithItem { context, target }))
}

/// At `async`.
pub(super) fn async_statement<'a>(input: Input<'a>, decorators: List<ExprId>) -> Res<'a, StmtKind> {
    let next = input.advance();
    match next.kind() {
        Kind::Def => function(next, input.start(), decorators),
        Kind::For if decorators.is_empty() => for_statement(next, input.start()),
        Kind::With if decorators.is_empty() => with_statement(next, input.start()),
        _ => expected(next, "`def`, `for` or `with`"),
    }
}

/// At `@`.
pub(super) fn decorated<'a>(mut input: Input<'a>) -> Res<'a, StmtKind> {
    let source = input.context();
    let mark = source.mark();
    while let Some(next) = input.eat(Kind::At) {
        let (rest, id) = named_expression(next)?;
        if !is_plain_decorator(rest, id) {
            source.need(9);
        }
        source.hold(id);
        input = token(Kind::Newline, "the end of the line").parse(rest)?.0;
    }
    let decorators = source.take_exprs(mark);
    match input.kind() {
        Kind::Def => function(input, input.start(), decorators),
        Kind::Class => class(input, decorators),
        Kind::Async if input.kind_after(1) == Kind::Def => async_statement(input, decorators),
        _ => expected(input, "a function or class behind its decorator"),
    }
}

/// A dotted name, perhaps called: all that 3.8 allows.
fn is_plain_decorator(input: Input, id: ExprId) -> bool {
    let source = input.context();
    let mut kind = source.kind_of(id);
    if let ExprKind::Call { function, .. } = kind {
        kind = source.kind_of(function);
    }
    while let ExprKind::Attribute { value, .. } = kind {
        kind = source.kind_of(value);
    }
    matches!(kind, ExprKind::Name)
}

/// At `def`; `async` stands at `start` if that is elsewhere.
pub(super) fn function<'a>(
    input: Input<'a>,
    start: u32,
    decorators: List<ExprId>,
) -> Res<'a, StmtKind> {
    let is_async = start != input.start();
    let (rest, name) = token(Kind::Name, "a function name").parse(input.advance())?;
    let (rest, ()) = parameter::type_parameters(rest)?;
    let (rest, _) = token(Kind::ParenOpen, "`(`").parse(rest)?;
    let (rest, parameters) = parameter::function_parameters(rest)?;
    let (rest, _) = token(Kind::ParenClose, "`)`").parse(rest)?;
    let (rest, returns) = opt(preceded(token(Kind::Arrow, "`->`"), cut(expression))).parse(rest)?;
    let (rest, ()) = colon(rest)?;
    let (rest, body) = match rest.context().bodies {
        Bodies::Parse => {
            let (rest, list) = block(rest)?;
            (rest, Body::Parsed(list))
        }
        Bodies::Skip => deferred(rest)?,
    };
    let kind = StmtKind::FunctionDef {
        name,
        decorators,
        parameters,
        returns,
        body,
        is_async,
    };
    Ok((rest, kind))
}

/// Passes over a block without parsing it.
fn deferred<'a>(input: Input<'a>) -> Res<'a, Body> {
    let source = input.context();
    let start = input.previous_end();
    let mut rest = input;
    if input.kind() == Kind::Newline {
        rest = input.advance();
        if rest.kind() != Kind::Indent {
            return block(input).map(|(rest, list)| (rest, Body::Parsed(list)));
        }
        let rest = skip_block(rest);
        // The dedent is not in the text; before it stands a line end.
        let end = rest.jump(rest.at() - 1).previous_end();
        source.block_end.set(rest.at());
        return Ok((rest, Body::Deferred(TextRange::new(start, end))));
    }
    while !matches!(rest.kind(), Kind::Newline | Kind::EndOfFile) {
        rest = rest.advance();
    }
    let rest = rest.eat(Kind::Newline).unwrap_or(rest);
    source.block_end.set(rest.at());
    Ok((rest, Body::Deferred(rest.range_from(start))))
}

/// At `class`.
pub(super) fn class<'a>(input: Input<'a>, decorators: List<ExprId>) -> Res<'a, StmtKind> {
    let (rest, name) = token(Kind::Name, "a class name").parse(input.advance())?;
    let (rest, ()) = parameter::type_parameters(rest)?;
    let (rest, (bases, keywords)) = if rest.kind() == Kind::ParenOpen {
        call::class_arguments(rest)?
    } else {
        (rest, (List::default(), List::default()))
    };
    let (rest, body) = suite(rest)?;
    let kind = StmtKind::ClassDef {
        name,
        decorators,
        bases,
        keywords,
        body,
    };
    Ok((rest, kind))
}

/// Whether the name here starts a `match` statement: its line ends with a colon,
/// which no simple statement's does.
pub(super) fn is_match(input: Input) -> bool {
    if input.context().text(input.range()) != "match" {
        return false;
    }
    // `match.x`, `match = 1` and `match, ...` need no look at the rest of the line;
    // `match(` and `match[` do.
    if !starts_expression(input.kind_after(1)) {
        return false;
    }
    let mut end = input;
    while !matches!(end.kind(), Kind::Newline | Kind::EndOfFile) {
        end = end.advance();
    }
    end.jump(end.at() - 1).kind() == Kind::Colon
}

/// At `match`.
pub(super) fn match_statement<'a>(input: Input<'a>) -> Res<'a, StmtKind> {
    let source = input.context();
    source.need(10);
    let start = input.advance();
    let (mut rest, mut subject) = star_named_expression(start)?;
    if rest.kind() == Kind::Comma {
        (rest, subject) = unbracketed_tuple(rest, start.start(), subject, star_named_expression)?;
    } else if start.kind() == Kind::Star {
        return expected(rest, "`,`");
    }
    let (rest, ()) = colon(rest)?;
    let (rest, _) = token(Kind::Newline, "the end of the line").parse(rest)?;
    let (mut rest, _) = token(Kind::Indent, "an indented `case`").parse(rest)?;
    let mut cases = Vec::new();
    while !matches!(rest.kind(), Kind::Dedent | Kind::EndOfFile) {
        let (next, case) = case(rest)?;
        cases.push(case);
        rest = next;
    }
    let rest = rest.eat(Kind::Dedent).unwrap_or(rest);
    source.block_end.set(rest.at());
    let cases = source.build.borrow_mut().tree.push_list(&cases);
    Ok((rest, StmtKind::Match { subject, cases }))
}

fn case<'a>(input: Input<'a>) -> Res<'a, MatchCase> {
    let is_case = input.kind() == Kind::Name && input.context().text(input.range()) == "case";
    if !is_case {
        return expected(input, "`case`");
    }
    let start = input.advance();
    let (rest, ()) = pattern::patterns(start)?;
    let pattern = rest.range_from(start.start());
    let (rest, guard) =
        opt(preceded(token(Kind::If, "`if`"), cut(named_expression))).parse(rest)?;
    let (rest, body) = suite(rest)?;
    let case = MatchCase {
        pattern,
        guard,
        body,
    };
    Ok((rest, case))
}
