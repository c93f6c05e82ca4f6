//! Sequences of statements, recovery, and the statements that fit on a line.
//!
//! Each logical line is parsed alone. If it is broken, it becomes one
//! [`StmtKind::Error`] and one diagnostic, its indented block is read for further
//! errors and dropped, and the next line is read as if nothing had happened.

use nom::Parser;
use nom::combinator::{cut, opt};
use nom::sequence::preceded;

use super::expression::{
    BIT_OR, expression, operators, star_expressions, starts_expression, value,
};
use super::target::{Use, check};
use super::{Input, Res, compound, describe, parameter, range_of_block};
use crate::base::TextRange;
use crate::parse::{Failure, SyntaxError, expected, fault, token};
use crate::python::token::Kind;
use crate::python::tree::{Alias, BinaryOperator, ExprId, List, StmtId, StmtKind};

/// Statements up to `end`, a dedent or the end of the file, which is left.
pub(super) fn statements(mut input: Input, end: Kind) -> (Input, List<StmtId>) {
    let source = input.context();
    let mark = source.build.borrow().stmts.len();
    let mut stray_indents = 0_u32;
    loop {
        match input.kind() {
            Kind::EndOfFile => break,
            Kind::Dedent if stray_indents > 0 => {
                stray_indents -= 1;
                input = input.advance();
            }
            Kind::Dedent if end == Kind::Dedent => break,
            Kind::Dedent | Kind::Newline => input = input.advance(),
            Kind::Indent => {
                stray_indents += 1;
                input = input.advance();
                source.report(SyntaxError::new(input.range(), "unexpected indentation"));
            }
            _ => input = line(input),
        }
    }
    source.block_end.set(input.at());
    let build = &mut *source.build.borrow_mut();
    let list = build.tree.push_list(&build.stmts[mark..]);
    build.stmts.truncate(mark);
    (input, list)
}

/// The body of a function, on its own.
pub(super) fn lone_block(input: Input) -> List<StmtId> {
    let source = input.context();
    match block(input) {
        Ok((_, list)) => list,
        Err(error) => {
            if let Some(failure) = failure_of(error) {
                source.report(describe(input, failure));
            }
            statements(input, Kind::EndOfFile).1
        }
    }
}

/// `block`: an indented suite, or simple statements on the same line.
pub(super) fn block<'a>(input: Input<'a>) -> Res<'a, List<StmtId>> {
    if input.kind() == Kind::Newline {
        let next = input.advance();
        if next.kind() != Kind::Indent {
            return fault(
                next,
                SyntaxError::new(
                    TextRange::empty(input.previous_end()),
                    "expected an indented block",
                ),
            );
        }
        let (rest, list) = statements(next.advance(), Kind::Dedent);
        let rest = rest.eat(Kind::Dedent).unwrap_or(rest);
        rest.context().block_end.set(rest.at());
        return Ok((rest, list));
    }
    let source = input.context();
    let mark = source.build.borrow().stmts.len();
    let (rest, ()) = simple_line(input)?;
    let build = &mut *source.build.borrow_mut();
    let list = build.tree.push_list(&build.stmts[mark..]);
    build.stmts.truncate(mark);
    source.block_end.set(rest.at());
    Ok((rest, list))
}

fn failure_of(error: nom::Err<Failure>) -> Option<Failure> {
    match error {
        nom::Err::Error(failure) | nom::Err::Failure(failure) => Some(failure),
        nom::Err::Incomplete(_) => None,
    }
}

/// One logical line with its block; never fails.
fn line<'a>(input: Input<'a>) -> Input<'a> {
    let source = input.context();
    let (exprs, keywords, dict_items, string_parts) = {
        let build = source.build.borrow();
        (
            build.exprs.len(),
            build.keywords.len(),
            build.dict_items.len(),
            build.string_parts.len(),
        )
    };
    let stmts = source.build.borrow().stmts.len();
    let error = match statement(input) {
        Ok((rest, ())) => return rest,
        Err(error) => error,
    };
    {
        let build = &mut *source.build.borrow_mut();
        build.exprs.truncate(exprs);
        build.keywords.truncate(keywords);
        build.dict_items.truncate(dict_items);
        build.string_parts.truncate(string_parts);
        // Finished statements of the same line stay, those of a block do not.
        if is_compound(input.kind()) {
            build.stmts.truncate(stmts);
        }
    }
    recover(input, failure_of(error))
}

/// Reports a failure of the line that starts at `start` and returns the input
/// behind what belongs to it.
fn recover<'a>(start: Input<'a>, failure: Option<Failure>) -> Input<'a> {
    let source = start.context();
    let at = failure.as_ref().map_or(start.at(), |failure| failure.at);
    let resume = at.max(source.block_end.get()).max(start.at());
    let mut input = start.jump(resume);
    let behind_block = resume > start.at()
        && matches!(start.jump(resume - 1).kind(), Kind::Dedent | Kind::Newline);
    if !behind_block {
        input = next_line(input);
    }
    // The lexer has already said what is wrong with an error token.
    let lexed_wrong = source.tokens[start.at() as usize..input.at() as usize]
        .iter()
        .any(|token| token.kind == Kind::Error);
    let range = range_of_block(input, start.start());
    if let Some(failure) = failure
        && !lexed_wrong
    {
        let error = hint(start, describe(start, failure));
        source.report(error);
    }
    input = if start.kind() == Kind::Name {
        // Perhaps a `match`, in whose block are no statements.
        skip_block(input)
    } else {
        drop_block(input)
    };
    // Clauses that follow belong to the broken statement.
    while matches!(
        input.kind(),
        Kind::Elif | Kind::Else | Kind::Except | Kind::Finally
    ) {
        input = drop_block(next_line(input));
    }
    let id = source.stmt(range, StmtKind::Error);
    source.build.borrow_mut().stmts.push(id);
    input
}

fn next_line(mut input: Input) -> Input {
    while !matches!(input.kind(), Kind::Newline | Kind::EndOfFile) {
        input = input.advance();
    }
    input.eat(Kind::Newline).unwrap_or(input)
}

/// Passes over a block, if one is here, up to and with its dedent.
pub(super) fn skip_block(mut input: Input) -> Input {
    let mut depth = 0_u32;
    loop {
        match input.kind() {
            Kind::Indent => depth += 1,
            Kind::Dedent if depth == 1 => return input.advance(),
            Kind::Dedent => depth = depth.saturating_sub(1),
            Kind::EndOfFile => return input,
            _ => {}
        }
        if depth == 0 {
            return input;
        }
        input = input.advance();
    }
}

/// Reads a block, if one is here, for its errors only.
fn drop_block(input: Input) -> Input {
    match input.eat(Kind::Indent) {
        Some(next) => {
            let (rest, _) = statements(next, Kind::Dedent);
            rest.eat(Kind::Dedent).unwrap_or(rest)
        }
        None => input,
    }
}

/// Adds help for what people commonly meant.
fn hint(start: Input, error: SyntaxError) -> SyntaxError {
    if error.help.is_some() || start.kind() != Kind::Name {
        return error;
    }
    let source = start.context();
    let word = source.text(start.range());
    let next = start.advance();
    if matches!(word, "print" | "exec") && error.range.start == next.start() {
        let help = format!("Python 3 calls it as a function: `{word}(...)`");
        return error.with_help(help);
    }
    error
}

fn statement<'a>(input: Input<'a>) -> Res<'a, ()> {
    let (rest, kind) = match input.kind() {
        Kind::If => compound::if_statement(input)?,
        Kind::Def => compound::function(input, input.start(), List::default())?,
        Kind::Class => compound::class(input, List::default())?,
        Kind::At => compound::decorated(input)?,
        Kind::For => compound::for_statement(input, input.start())?,
        Kind::While => compound::while_statement(input)?,
        Kind::With => compound::with_statement(input, input.start())?,
        Kind::Try => compound::try_statement(input)?,
        Kind::Async => compound::async_statement(input, List::default())?,
        Kind::Else | Kind::Elif | Kind::Except | Kind::Finally => {
            return without_opening(input);
        }
        Kind::Name if compound::is_match(input) => compound::match_statement(input)?,
        _ => return simple_line(input),
    };
    let source = input.context();
    let id = source.stmt(range_of_block(rest, input.start()), kind);
    source.build.borrow_mut().stmts.push(id);
    Ok((rest, ()))
}

fn is_compound(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::If
            | Kind::Def
            | Kind::Class
            | Kind::At
            | Kind::For
            | Kind::While
            | Kind::With
            | Kind::Try
            | Kind::Async
    )
}

#[cold]
fn without_opening<'a, T>(input: Input<'a>) -> Res<'a, T> {
    let word = input.context().text(input.range());
    let opening = match input.kind() {
        Kind::Elif => "an `if`",
        Kind::Else => "an `if`, a loop or a `try`",
        _ => "a `try`",
    };
    fault(
        input,
        SyntaxError::new(
            input.range(),
            format!("`{word}` without {opening} before it"),
        ),
    )
}

/// Simple statements between semicolons, with the line end.
fn simple_line<'a>(mut input: Input<'a>) -> Res<'a, ()> {
    let source = input.context();
    loop {
        let start = input.start();
        let (rest, kind) = simple_statement(input)?;
        let build = &mut *source.build.borrow_mut();
        let id = build.tree.push_stmt(rest.range_from(start), kind);
        build.stmts.push(id);
        match rest.kind() {
            Kind::Newline => return Ok((rest.advance(), ())),
            Kind::EndOfFile => return Ok((rest, ())),
            Kind::Semicolon => {
                input = rest.advance();
                match input.kind() {
                    Kind::Newline => return Ok((input.advance(), ())),
                    Kind::EndOfFile => return Ok((input, ())),
                    _ => {}
                }
            }
            _ => {
                return expected(rest, "the end of the statement");
            }
        }
    }
}

fn simple_statement<'a>(input: Input<'a>) -> Res<'a, StmtKind> {
    let next = input.advance();
    match input.kind() {
        Kind::Import => import(next),
        Kind::From => import_from(next),
        Kind::Pass => Ok((next, StmtKind::Pass)),
        Kind::Break => Ok((next, StmtKind::Break)),
        Kind::Continue => Ok((next, StmtKind::Continue)),
        Kind::Return => {
            if starts_expression(next.kind()) {
                let (rest, id) = star_expressions(next)?;
                Ok((rest, StmtKind::Return(Some(id))))
            } else {
                Ok((next, StmtKind::Return(None)))
            }
        }
        Kind::Raise => raise(next),
        Kind::Assert => {
            let (rest, test) = expression(next)?;
            let (rest, message) =
                opt(preceded(token(Kind::Comma, "`,`"), cut(expression))).parse(rest)?;
            Ok((rest, StmtKind::Assert { test, message }))
        }
        Kind::Del => delete(next),
        Kind::Global => {
            let (rest, names) = names(next)?;
            Ok((rest, StmtKind::Global(names)))
        }
        Kind::Nonlocal => {
            let (rest, names) = names(next)?;
            Ok((rest, StmtKind::Nonlocal(names)))
        }
        Kind::Name
            if next.kind() == Kind::Name && input.context().text(input.range()) == "type" =>
        {
            type_alias(next)
        }
        _ => expression_statement(input),
    }
}

fn names<'a>(mut input: Input<'a>) -> Res<'a, List<TextRange>> {
    let mut found = Vec::new();
    loop {
        let (rest, name) = token(Kind::Name, "a name").parse(input)?;
        found.push(name);
        match rest.eat(Kind::Comma) {
            Some(next) => input = next,
            None => {
                let list = rest.context().build.borrow_mut().tree.push_list(&found);
                return Ok((rest, list));
            }
        }
    }
}

fn raise<'a>(input: Input<'a>) -> Res<'a, StmtKind> {
    if !starts_expression(input.kind()) || input.kind() == Kind::Star {
        let kind = StmtKind::Raise {
            exception: None,
            cause: None,
        };
        return Ok((input, kind));
    }
    let (rest, exception) = expression(input)?;
    let (rest, cause) = opt(preceded(token(Kind::From, "`from`"), cut(expression))).parse(rest)?;
    let kind = StmtKind::Raise {
        exception: Some(exception),
        cause,
    };
    Ok((rest, kind))
}

fn delete<'a>(mut input: Input<'a>) -> Res<'a, StmtKind> {
    let source = input.context();
    let mark = source.mark();
    loop {
        let (rest, target) = operators(input, BIT_OR)?;
        check(rest, target, Use::Delete)?;
        source.hold(target);
        input = rest;
        match rest.eat(Kind::Comma) {
            Some(next) if starts_expression(next.kind()) => input = next,
            Some(next) => {
                input = next;
                break;
            }
            None => break,
        }
    }
    Ok((input, StmtKind::Delete(source.take_exprs(mark))))
}

fn type_alias<'a>(input: Input<'a>) -> Res<'a, StmtKind> {
    input.context().need(12);
    let (rest, name) = token(Kind::Name, "a name").parse(input)?;
    let (rest, ()) = parameter::type_parameters(rest)?;
    let (rest, _) = token(Kind::Equal, "`=`").parse(rest)?;
    let (rest, value) = expression(rest)?;
    Ok((rest, StmtKind::TypeAlias { name, value }))
}

/// An expression, or an assignment of any kind.
fn expression_statement<'a>(input: Input<'a>) -> Res<'a, StmtKind> {
    let (rest, first) = value(input)?;
    match rest.kind() {
        Kind::Equal => assignment(rest, first),
        Kind::Colon => {
            let source = input.context();
            if input.kind() == Kind::ParenOpen && source.range_of(first).start == input.start() {
                // `(a).b: int`, which the grammars of 3.9 to 3.12 miss.
                source.need(13);
            }
            annotated_assignment(rest, first)
        }
        kind => match augmented(kind) {
            Some(operator) => {
                check(rest, first, Use::Augment)?;
                let (rest, value) = value(rest.advance())?;
                compound::need_for_starred(rest, value);
                let kind = StmtKind::AugAssign {
                    target: first,
                    operator,
                    value,
                };
                Ok((rest, kind))
            }
            None => Ok((rest, StmtKind::Expr(first))),
        },
    }
}

fn assignment<'a>(mut input: Input<'a>, first: ExprId) -> Res<'a, StmtKind> {
    let source = input.context();
    check(input, first, Use::Assign)?;
    let mark = source.mark();
    source.hold(first);
    loop {
        let (rest, id) = value(input.advance())?;
        if rest.kind() != Kind::Equal {
            let targets = source.take_exprs(mark);
            return Ok((rest, StmtKind::Assign { targets, value: id }));
        }
        check(rest, id, Use::Assign)?;
        source.hold(id);
        input = rest;
    }
}

fn annotated_assignment<'a>(colon: Input<'a>, target: ExprId) -> Res<'a, StmtKind> {
    check(colon, target, Use::Annotate)?;
    let (rest, annotation) = expression(colon.advance())?;
    let (rest, value) = match rest.eat(Kind::Equal) {
        Some(next) => {
            let (rest, id) = value(next)?;
            (rest, Some(id))
        }
        None => (rest, None),
    };
    let kind = StmtKind::AnnAssign {
        target,
        annotation,
        value,
    };
    Ok((rest, kind))
}

fn augmented(kind: Kind) -> Option<BinaryOperator> {
    let operator = match kind {
        Kind::PlusEqual => BinaryOperator::Add,
        Kind::MinusEqual => BinaryOperator::Sub,
        Kind::StarEqual => BinaryOperator::Mul,
        Kind::AtEqual => BinaryOperator::MatMul,
        Kind::SlashEqual => BinaryOperator::Div,
        Kind::SlashSlashEqual => BinaryOperator::FloorDiv,
        Kind::PercentEqual => BinaryOperator::Mod,
        Kind::StarStarEqual => BinaryOperator::Pow,
        Kind::ShiftLeftEqual => BinaryOperator::LShift,
        Kind::ShiftRightEqual => BinaryOperator::RShift,
        Kind::BarEqual => BinaryOperator::BitOr,
        Kind::CaretEqual => BinaryOperator::BitXor,
        Kind::AmpersandEqual => BinaryOperator::BitAnd,
        _ => return None,
    };
    Some(operator)
}

fn dotted_name<'a>(input: Input<'a>) -> Res<'a, TextRange> {
    let start = input.start();
    let (mut rest, _) = token(Kind::Name, "a module name").parse(input)?;
    while let Some(next) = rest.eat(Kind::Dot) {
        rest = token(Kind::Name, "a name").parse(next)?.0;
    }
    Ok((rest, rest.range_from(start)))
}

fn alias<'a>(input: Input<'a>, name: TextRange) -> Res<'a, Alias> {
    let (rest, alias) = opt(preceded(
        token(Kind::As, "`as`"),
        cut(token(Kind::Name, "a name")),
    ))
    .parse(input)?;
    Ok((rest, Alias { name, alias }))
}

fn import<'a>(mut input: Input<'a>) -> Res<'a, StmtKind> {
    let mut found = Vec::new();
    loop {
        let (rest, name) = dotted_name(input)?;
        let (rest, alias) = alias(rest, name)?;
        found.push(alias);
        match rest.eat(Kind::Comma) {
            Some(next) => input = next,
            None => {
                let list = rest.context().build.borrow_mut().tree.push_list(&found);
                return Ok((rest, StmtKind::Import(list)));
            }
        }
    }
}

fn import_from<'a>(mut input: Input<'a>) -> Res<'a, StmtKind> {
    let mut level: u32 = 0;
    loop {
        level = level.saturating_add(match input.kind() {
            Kind::Dot => 1,
            Kind::Ellipsis => 3,
            _ => break,
        });
        input = input.advance();
    }
    let mut module = None;
    if level == 0 || input.kind() != Kind::Import {
        let (rest, name) = dotted_name(input)?;
        module = Some(name);
        input = rest;
    }
    let (rest, _) = token(Kind::Import, "`import`").parse(input)?;
    let (rest, star, found) = if let Some(next) = rest.eat(Kind::Star) {
        (next, true, Vec::new())
    } else if let Some(next) = rest.eat(Kind::ParenOpen) {
        let (rest, found) = imported_names(next, Kind::ParenClose)?;
        let (rest, _) = token(Kind::ParenClose, "`,` or `)`").parse(rest)?;
        (rest, false, found)
    } else {
        let (rest, found) = imported_names(rest, Kind::Newline)?;
        (rest, false, found)
    };
    let names = rest.context().build.borrow_mut().tree.push_list(&found);
    let kind = StmtKind::ImportFrom {
        module,
        level,
        names,
        star,
    };
    Ok((rest, kind))
}

fn imported_names<'a>(mut input: Input<'a>, end: Kind) -> Res<'a, Vec<Alias>> {
    let mut found = Vec::new();
    loop {
        let (rest, name) = token(Kind::Name, "a name").parse(input)?;
        let (rest, alias) = alias(rest, name)?;
        found.push(alias);
        let Some(next) = rest.eat(Kind::Comma) else {
            return Ok((rest, found));
        };
        if next.kind() == end {
            if end == Kind::Newline {
                return fault(
                    next,
                    SyntaxError::new(rest.range(), "a trailing `,` needs parentheses"),
                );
            }
            return Ok((next, found));
        }
        input = next;
    }
}
