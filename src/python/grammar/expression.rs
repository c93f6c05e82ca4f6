//! Expressions down to the operands of operators.
//!
//! Operators are read by precedence climbing: one function for all levels, a loop
//! within a level, so that `1 + 1 + 1 + ...` of any length takes one stack frame.

use nom::Parser;
use nom::combinator::cut;

use super::{Input, MAX_DEPTH, Res, atom, nested, parameter, too_deep};
use crate::parse::{SyntaxError, expected, fault, token};
use crate::python::token::Kind;
use crate::python::tree::{
    BinaryOperator, BoolOperator, CompareOperator, ExprId, ExprKind, Operators, UnaryOperator,
};

/// Binding powers, weakest first.
pub(super) const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARE: u8 = 4;
/// CPython's `bitwise_or`, the operand of `*` and the target of `for`.
pub(super) const BIT_OR: u8 = 5;
const BIT_XOR: u8 = 6;
const BIT_AND: u8 = 7;
const SHIFT: u8 = 8;
const SUM: u8 = 9;
const TERM: u8 = 10;
/// CPython's `factor`: nothing but prefix operators and powers.
const FACTOR: u8 = 11;

pub(super) fn starts_expression(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Name
            | Kind::Number
            | Kind::String
            | Kind::Bytes
            | Kind::FStringStart
            | Kind::TStringStart
            | Kind::ParenOpen
            | Kind::SquareOpen
            | Kind::CurlyOpen
            | Kind::Ellipsis
            | Kind::Plus
            | Kind::Minus
            | Kind::Tilde
            | Kind::Star
            | Kind::Await
            | Kind::False
            | Kind::True
            | Kind::None
            | Kind::Not
            | Kind::Lambda
    )
}

/// `expression`: a conditional, a disjunction or a lambda.
#[inline]
pub(super) fn expression<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    match lone_atom(input) {
        Some(found) => Ok(found),
        None => any_expression(input),
    }
}

/// A name or literal behind which an expression surely ends: what most arguments and
/// items are. What `operators` does with them, without its frames.
#[inline]
fn lone_atom<'a>(input: Input<'a>) -> Option<(Input<'a>, ExprId)> {
    if !matches!(
        input.kind_after(1),
        Kind::Comma | Kind::ParenClose | Kind::SquareClose | Kind::CurlyClose | Kind::Newline
    ) {
        return None;
    }
    let source = input.context();
    if source.depth.get() >= MAX_DEPTH {
        return None;
    }
    let range = input.range();
    let tree = &mut source.build.borrow_mut().tree;
    let kind = match input.kind() {
        Kind::String => ExprKind::Str(tree.push_list(&[range])),
        kind => atom::of_one_token(kind)?,
    };
    Some((input.advance(), tree.push_expr(range, kind)))
}

fn any_expression<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    if input.kind() == Kind::Lambda {
        return nested(input, lambda);
    }
    let (rest, then) = operators(input, OR)?;
    if rest.kind() == Kind::If {
        conditional(rest, input.start(), then)
    } else {
        Ok((rest, then))
    }
}

/// `a if b else c if d else e ...`, of any length without recursion.
fn conditional<'a>(mut input: Input<'a>, start: u32, then: ExprId) -> Res<'a, ExprId> {
    let source = input.context();
    let mark = source.mark();
    let mut starts = vec![start];
    source.hold(then);
    let last = loop {
        let (rest, test) = operators(input.advance(), OR)?;
        source.hold(test);
        let (rest, _) = token(Kind::Else, "`else`").parse(rest)?;
        let start = rest.start();
        let (rest, otherwise) = if rest.kind() == Kind::Lambda {
            nested(rest, lambda)?
        } else {
            operators(rest, OR)?
        };
        input = rest;
        if rest.kind() != Kind::If {
            break otherwise;
        }
        starts.push(start);
        source.hold(otherwise);
    };
    let build = &mut *source.build.borrow_mut();
    let mut otherwise = last;
    while build.exprs.len() >= mark + 2 {
        let (Some(test), Some(then)) = (build.exprs.pop(), build.exprs.pop()) else {
            break;
        };
        let range = input.range_from(starts.pop().unwrap_or(start));
        otherwise = build.tree.push_expr(
            range,
            ExprKind::Conditional {
                test,
                then,
                otherwise,
            },
        );
    }
    Ok((input, otherwise))
}

fn lambda<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    let start = input.start();
    let (input, parameters) = parameter::lambda_parameters(input.advance())?;
    let (input, _) = token(Kind::Colon, "`:`").parse(input)?;
    let (input, body) = expression(input)?;
    let kind = ExprKind::Lambda { parameters, body };
    Ok((input, input.context().expr(input.range_from(start), kind)))
}

/// `named_expression`: `name := value`, or an expression.
pub(super) fn named_expression<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    if input.kind() != Kind::Name || input.kind_after(1) != Kind::Walrus {
        return expression(input);
    }
    let source = input.context();
    let target = source.expr(input.range(), ExprKind::Name);
    let (rest, value) = cut(expression).parse(input.advance().advance())?;
    let kind = ExprKind::Walrus { target, value };
    Ok((rest, source.expr(rest.range_from(input.start()), kind)))
}

/// `star_expression`: `*operand` or an expression, as in `return *a, b`.
fn star_expression<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    if input.kind() == Kind::Star {
        starred(input)
    } else {
        expression(input)
    }
}

/// `*` and its operand.
pub(super) fn starred<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    let (rest, operand) = operators(input.advance(), BIT_OR)?;
    let range = rest.range_from(input.start());
    Ok((rest, rest.context().expr(range, ExprKind::Starred(operand))))
}

/// `star_named_expression`: an item of a display.
#[inline]
pub(super) fn star_named_expression<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    if input.kind() == Kind::Star {
        starred(input)
    } else {
        named_expression(input)
    }
}

/// `star_expressions`: one, or a tuple without brackets.
pub(super) fn star_expressions<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    let (rest, first) = star_expression(input)?;
    if rest.kind() == Kind::Comma {
        unbracketed_tuple(rest, input.start(), first, star_expression)
    } else {
        Ok((rest, first))
    }
}

/// Behind the first item of a tuple without brackets, at the comma.
pub(super) fn unbracketed_tuple<'a>(
    mut input: Input<'a>,
    start: u32,
    first: ExprId,
    item: fn(Input<'a>) -> Res<'a, ExprId>,
) -> Res<'a, ExprId> {
    let source = input.context();
    let mark = source.mark();
    source.hold(first);
    while let Some(next) = input.eat(Kind::Comma) {
        input = next;
        if !starts_expression(input.kind()) {
            break;
        }
        let (rest, id) = item(input)?;
        source.hold(id);
        input = rest;
    }
    let items = source.take_exprs(mark);
    let range = input.range_from(start);
    Ok((input, source.expr(range, ExprKind::Tuple(items))))
}

/// `yield_expr | star_expressions`: what may stand right of `=`.
pub(super) fn value<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    if input.kind() == Kind::Yield {
        yield_expression(input)
    } else {
        star_expressions(input)
    }
}

pub(super) fn yield_expression<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    let next = input.advance();
    let (rest, kind) = if next.kind() == Kind::From {
        let (rest, value) = cut(expression).parse(next.advance())?;
        (rest, ExprKind::YieldFrom(value))
    } else if starts_expression(next.kind()) {
        let (rest, value) = star_expressions(next)?;
        (rest, ExprKind::Yield(Some(value)))
    } else {
        (next, ExprKind::Yield(None))
    };
    let range = rest.range_from(input.start());
    Ok((rest, rest.context().expr(range, kind)))
}

/// An operator between two operands.
#[derive(Clone, Copy)]
enum Infix {
    Binary(BinaryOperator),
    Bool(BoolOperator),
    /// With the number of its tokens: `is not` and `not in` have two.
    Compare(CompareOperator, u32),
}

#[inline]
fn infix(input: Input) -> Option<(u8, Infix)> {
    use BinaryOperator as B;
    use CompareOperator as C;
    let found = match input.kind() {
        Kind::Or => (OR, Infix::Bool(BoolOperator::Or)),
        Kind::And => (AND, Infix::Bool(BoolOperator::And)),
        Kind::EqualEqual => (COMPARE, Infix::Compare(C::Eq, 1)),
        Kind::NotEqual => (COMPARE, Infix::Compare(C::NotEq, 1)),
        Kind::Less => (COMPARE, Infix::Compare(C::Lt, 1)),
        Kind::LessEqual => (COMPARE, Infix::Compare(C::LtE, 1)),
        Kind::Greater => (COMPARE, Infix::Compare(C::Gt, 1)),
        Kind::GreaterEqual => (COMPARE, Infix::Compare(C::GtE, 1)),
        Kind::In => (COMPARE, Infix::Compare(C::In, 1)),
        Kind::Not if input.kind_after(1) == Kind::In => (COMPARE, Infix::Compare(C::NotIn, 2)),
        Kind::Is if input.kind_after(1) == Kind::Not => (COMPARE, Infix::Compare(C::IsNot, 2)),
        Kind::Is => (COMPARE, Infix::Compare(C::Is, 1)),
        Kind::Bar => (BIT_OR, Infix::Binary(B::BitOr)),
        Kind::Caret => (BIT_XOR, Infix::Binary(B::BitXor)),
        Kind::Ampersand => (BIT_AND, Infix::Binary(B::BitAnd)),
        Kind::ShiftLeft => (SHIFT, Infix::Binary(B::LShift)),
        Kind::ShiftRight => (SHIFT, Infix::Binary(B::RShift)),
        Kind::Plus => (SUM, Infix::Binary(B::Add)),
        Kind::Minus => (SUM, Infix::Binary(B::Sub)),
        Kind::Star => (TERM, Infix::Binary(B::Mul)),
        Kind::Slash => (TERM, Infix::Binary(B::Div)),
        Kind::SlashSlash => (TERM, Infix::Binary(B::FloorDiv)),
        Kind::Percent => (TERM, Infix::Binary(B::Mod)),
        Kind::At => (TERM, Infix::Binary(B::MatMul)),
        _ => return None,
    };
    Some(found)
}

/// An expression of operators that bind at least as strongly as `min`.
pub(super) fn operators<'a>(input: Input<'a>, min: u8) -> Res<'a, ExprId> {
    // What `nested` does, without its frames: this is where all recursion passes.
    let depth = &input.context().depth;
    if depth.get() >= MAX_DEPTH {
        return too_deep(input);
    }
    depth.set(depth.get() + 1);
    let result = match operand(input, min) {
        Ok((rest, left)) => match infix(rest) {
            Some((power, _)) if power >= min => climb(rest, min, input.start(), left),
            _ => Ok((rest, left)),
        },
        Err(error) => Err(error),
    };
    depth.set(depth.get() - 1);
    result
}

fn climb<'a>(mut input: Input<'a>, min: u8, start: u32, mut left: ExprId) -> Res<'a, ExprId> {
    let source = input.context();
    while let Some((power, operator)) = infix(input)
        && power >= min
    {
        let (rest, kind) = match operator {
            Infix::Binary(operator) => {
                let (rest, right) = operators(input.advance(), power + 1)?;
                let kind = ExprKind::Binary {
                    left,
                    operator,
                    right,
                };
                (rest, kind)
            }
            Infix::Bool(operator) => bool_values(input, power, operator, left)?,
            Infix::Compare(..) => comparison(input, left)?,
        };
        input = rest;
        left = source.expr(input.range_from(start), kind);
    }
    Ok((input, left))
}

fn bool_values<'a>(
    mut input: Input<'a>,
    power: u8,
    operator: BoolOperator,
    left: ExprId,
) -> Res<'a, ExprKind> {
    let source = input.context();
    let keyword = input.kind();
    let mark = source.mark();
    source.hold(left);
    while let Some(next) = input.eat(keyword) {
        let (rest, value) = operators(next, power + 1)?;
        source.hold(value);
        input = rest;
    }
    let values = source.take_exprs(mark);
    Ok((input, ExprKind::BoolOp { operator, values }))
}

fn comparison<'a>(mut input: Input<'a>, left: ExprId) -> Res<'a, ExprKind> {
    let source = input.context();
    let mark = source.mark();
    // One more than `Operators` keeps, so that it sees the overflow.
    let mut found = [CompareOperator::Eq; 9];
    let mut count = 0;
    while let Some((_, Infix::Compare(operator, tokens))) = infix(input) {
        if let Some(slot) = found.get_mut(count) {
            *slot = operator;
            count += 1;
        }
        let (rest, right) = operators(input.jump(input.at() + tokens), BIT_OR)?;
        source.hold(right);
        input = rest;
    }
    let rest = source.take_exprs(mark);
    let operators = Operators::new(&found[..count]);
    let kind = ExprKind::Compare {
        left,
        rest,
        operators,
    };
    Ok((input, kind))
}

/// An operand with its prefix operators; `not` only where operators that bind more
/// weakly may stand.
#[inline]
fn operand<'a>(input: Input<'a>, min: u8) -> Res<'a, ExprId> {
    match input.kind() {
        Kind::Minus | Kind::Plus | Kind::Tilde | Kind::Not => prefixed(input, min),
        _ => power(input),
    }
}

/// Runs of prefix operators, of any length without recursion.
fn prefixed<'a>(first: Input<'a>, min: u8) -> Res<'a, ExprId> {
    let mut input = first;
    let is_not = input.kind() == Kind::Not;
    if is_not && min > NOT {
        return fault(
            input,
            SyntaxError::new(input.range(), "`not` behind an operator needs parentheses"),
        );
    }
    while if is_not {
        input.kind() == Kind::Not
    } else {
        matches!(input.kind(), Kind::Minus | Kind::Plus | Kind::Tilde)
    } {
        input = input.advance();
    }
    let (rest, mut operand) = if is_not {
        operators(input, COMPARE)?
    } else {
        power(input)?
    };
    let source = rest.context();
    for at in (first.at()..input.at()).rev() {
        let prefix = first.jump(at);
        let operator = match prefix.kind() {
            Kind::Not => UnaryOperator::Not,
            Kind::Minus => UnaryOperator::Minus,
            Kind::Plus => UnaryOperator::Plus,
            _ => UnaryOperator::Invert,
        };
        let range = rest.range_from(prefix.start());
        operand = source.expr(range, ExprKind::Unary { operator, operand });
    }
    Ok((rest, operand))
}

/// `power`: a primary, perhaps awaited, perhaps with an exponent.
#[inline]
fn power<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    let (rest, left) = if input.kind() == Kind::Await {
        awaited(input)?
    } else {
        atom::primary(input)?
    };
    if rest.kind() == Kind::StarStar {
        exponent(rest, input.start(), left)
    } else {
        Ok((rest, left))
    }
}

fn awaited<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    let next = input.advance();
    if !starts_expression(next.kind()) {
        return expected(next, "an expression");
    }
    let (rest, value) = atom::primary(next)?;
    let range = rest.range_from(input.start());
    Ok((rest, rest.context().expr(range, ExprKind::Await(value))))
}

fn exponent<'a>(input: Input<'a>, start: u32, left: ExprId) -> Res<'a, ExprId> {
    let (rest, right) = operators(input.advance(), FACTOR)?;
    let kind = ExprKind::Binary {
        left,
        operator: BinaryOperator::Pow,
        right,
    };
    Ok((rest, rest.context().expr(rest.range_from(start), kind)))
}
