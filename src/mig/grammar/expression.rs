//! Values, conditions and SQL expressions: one grammar.

use super::super::lexer::decode_bytes;
use super::super::token::{Kind, Word};
use super::super::tree::{
    Arg, Args, Arithmetic, Call, Comparison, Dotted, Expr, ExprKind, Logic, Operator,
};
use super::name::{dotted, name_here, string};
use super::{Input, Res, is_word, known, nested, optional};
use crate::parse::{SyntaxError, expected, fault};

/// More operands in a row are refused: what is made of them is nested.
const MAX_OPERANDS: usize = 200;

#[inline]
fn make<'a>(after: Input<'a>, start: u32, kind: ExprKind<'a>) -> (Input<'a>, &'a Expr<'a>) {
    let range = after.range_from(start);
    (after, after.context().alloc(Expr { range, kind }))
}

/// A first operand that has been parsed already, with what stands behind it.
type First<'a> = Option<(Input<'a>, &'a Expr<'a>)>;

/// expr = xorx { "or" xorx } ;
pub(super) fn expr(input: Input<'_>) -> Res<'_, &'_ Expr<'_>> {
    if input.kind() == Kind::Minus || is_word(input, Word::Not) {
        return disjunction(input, None);
    }
    // Most values are no operands: operators need not be looked for level by level.
    let (at, first) = atom(input)?;
    if is_operator(at.kind()) {
        disjunction(input, Some((at, first)))
    } else {
        Ok((at, first))
    }
}

/// Whether an operator may stand here.
const fn is_operator(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Plus
            | Kind::Minus
            | Kind::Star
            | Kind::Slash
            | Kind::Percent
            | Kind::Equal
            | Kind::NotEqual
            | Kind::Less
            | Kind::LessEqual
            | Kind::Greater
            | Kind::GreaterEqual
            | Kind::Word(Word::And | Word::Or | Word::Xor | Word::Is | Word::In | Word::Not)
    )
}

fn disjunction<'a>(input: Input<'a>, first: First<'a>) -> Res<'a, &'a Expr<'a>> {
    logical(input, first, Word::Or, Logic::Or, |input, first| {
        logical(input, first, Word::Xor, Logic::Xor, |input, first| {
            logical(input, first, Word::And, Logic::And, negation)
        })
    })
}

/// Operands with a word between.
fn logical<'a>(
    input: Input<'a>,
    first: First<'a>,
    between: Word,
    logic: Logic,
    operand: impl Fn(Input<'a>, First<'a>) -> Res<'a, &'a Expr<'a>>,
) -> Res<'a, &'a Expr<'a>> {
    let (mut at, first) = operand(input, first)?;
    if !is_word(at, between) {
        return Ok((at, first));
    }
    let mut operands = input.context().list(4);
    operands.push(first);
    while is_word(at, between) {
        let (after, next) = operand(at.advance(), None)?;
        operands.push(next);
        at = after;
    }
    let operands = operands.into_bump_slice();
    Ok(make(at, input.start(), ExprKind::Logical(logic, operands)))
}

/// notx = { "not" } cmp ;
fn negation<'a>(input: Input<'a>, first: First<'a>) -> Res<'a, &'a Expr<'a>> {
    if first.is_none() && is_word(input, Word::Not) && input.kind_after(1) != Kind::Colon {
        return nested(input, |input| {
            let (at, inner) = negation(input.advance(), None)?;
            let kind = ExprKind::Not(inner);
            Ok(make(at, input.start(), kind))
        });
    }
    comparison(input, first)
}

/// cmp
fn comparison<'a>(input: Input<'a>, first: First<'a>) -> Res<'a, &'a Expr<'a>> {
    let (at, left) = sum(input, first)?;
    let sign = match at.kind() {
        Kind::Equal => Some(Comparison::Equal),
        Kind::NotEqual => Some(Comparison::NotEqual),
        Kind::Less => Some(Comparison::Less),
        Kind::LessEqual => Some(Comparison::LessEqual),
        Kind::Greater => Some(Comparison::Greater),
        Kind::GreaterEqual => Some(Comparison::GreaterEqual),
        _ => None,
    };
    if let Some(sign) = sign {
        let (at, right) = sum(at.advance(), None)?;
        let kind = ExprKind::Compare(left, sign, right);
        return Ok(make(at, input.start(), kind));
    }
    match known(at) {
        Word::Is => {
            let (after, not) = optional(at.advance(), Word::Not);
            let (at, _) = super::keyword(after, Word::Null, "`null`")?;
            let kind = ExprKind::IsNull {
                value: left,
                is_null: not.is_none(),
            };
            Ok(make(at, input.start(), kind))
        }
        Word::In => membership(input, left, at.advance(), true),
        Word::Not if is_word(at.advance(), Word::In) => {
            membership(input, left, at.advance().advance(), false)
        }
        _ => Ok((at, left)),
    }
}

fn membership<'a>(
    start: Input<'a>,
    left: &'a Expr<'a>,
    input: Input<'a>,
    is_in: bool,
) -> Res<'a, &'a Expr<'a>> {
    let (at, list) = sum(input, None)?;
    let kind = ExprKind::In {
        value: left,
        is_in,
        list,
    };
    Ok(make(at, start.start(), kind))
}

/// sum = prod { ("+"|"-") prod } ;
fn sum<'a>(input: Input<'a>, first: First<'a>) -> Res<'a, &'a Expr<'a>> {
    let operator = |kind| match kind {
        Kind::Plus => Some(Operator::Add),
        Kind::Minus => Some(Operator::Sub),
        _ => None,
    };
    arithmetic(input, first, operator, product)
}

/// prod = unary { ("*"|"/"|"%") unary } ;
fn product<'a>(input: Input<'a>, first: First<'a>) -> Res<'a, &'a Expr<'a>> {
    let operator = |kind| match kind {
        Kind::Star => Some(Operator::Mul),
        Kind::Slash => Some(Operator::Div),
        Kind::Percent => Some(Operator::Mod),
        _ => None,
    };
    arithmetic(input, first, operator, unary)
}

fn arithmetic<'a>(
    input: Input<'a>,
    first: First<'a>,
    operator: impl Fn(Kind) -> Option<Operator>,
    operand: impl Fn(Input<'a>, First<'a>) -> Res<'a, &'a Expr<'a>>,
) -> Res<'a, &'a Expr<'a>> {
    let (mut at, first) = operand(input, first)?;
    if operator(at.kind()).is_none() {
        return Ok((at, first));
    }
    let mut rest = input.context().list(2);
    while let Some(sign) = operator(at.kind()) {
        if rest.len() >= MAX_OPERANDS {
            return fault(
                at,
                SyntaxError::new(
                    at.range(),
                    format!("more than {MAX_OPERANDS} operators in a row"),
                )
                .with_help("put parts of the expression in parentheses"),
            );
        }
        let (after, next) = operand(at.advance(), None)?;
        rest.push((sign, next));
        at = after;
    }
    let rest = rest.into_bump_slice();
    let kind = ExprKind::Arithmetic(input.context().alloc(Arithmetic { first, rest }));
    Ok(make(at, input.start(), kind))
}

/// unary = { "-" } atom ;
fn unary<'a>(input: Input<'a>, first: First<'a>) -> Res<'a, &'a Expr<'a>> {
    if let Some(first) = first {
        return Ok(first);
    }
    if input.kind() != Kind::Minus {
        return atom(input);
    }
    input
        .context()
        .mark(|layout| &mut layout.signs, input.start());
    nested(input, |input| {
        let (at, inner) = unary(input.advance(), None)?;
        let kind = ExprKind::Negative(inner);
        Ok(make(at, input.start(), kind))
    })
}

/// atom
fn atom(input: Input<'_>) -> Res<'_, &'_ Expr<'_>> {
    let start = input.start();
    let range = input.range();
    let source = input.context();
    match input.kind() {
        Kind::Int => {
            let kind = ExprKind::Int(source.text(range));
            Ok(make(input.advance(), start, kind))
        }
        Kind::Dec => {
            let kind = ExprKind::Dec(source.text(range));
            Ok(make(input.advance(), start, kind))
        }
        Kind::Bytes => {
            let Some(bytes) = decode_bytes(source.text(range)) else {
                return fault(
                    input,
                    SyntaxError::new(range, "these bytes cannot be read").with_help(
                        "write ASCII characters, and `\\x` with two hexadecimal digits for \
                         all others",
                    ),
                );
            };
            Ok(make(
                input.advance(),
                start,
                ExprKind::Bytes(source.arena.alloc_slice_copy(&bytes)),
            ))
        }
        kind if kind.is_string() => {
            let (at, text) = string(input, "a value")?;
            Ok(make(at, start, ExprKind::Str(text.text)))
        }
        Kind::BracketOpen => nested(input, list),
        Kind::ParenOpen => nested(input, tuple),
        Kind::DictOpen => nested(input, dict),
        Kind::Word(_) => {
            let constant = match known(input) {
                Word::True => Some(ExprKind::Bool(true)),
                Word::False => Some(ExprKind::Bool(false)),
                Word::Null => Some(ExprKind::Null),
                _ => None,
            };
            match constant.filter(|_| !matches!(input.kind_after(1), Kind::Dot)) {
                Some(kind) => Ok(make(input.advance(), start, kind)),
                None => name_or_call(input),
            }
        }
        Kind::Quoted | Kind::Dot => name_or_call(input),
        _ => expected(input, "a value"),
    }
}

/// dotted [ args ]
fn name_or_call(input: Input<'_>) -> Res<'_, &'_ Expr<'_>> {
    let start = input.start();
    // Words between operands are no names.
    if matches!(
        known(input),
        Word::And | Word::Or | Word::Xor | Word::In | Word::Is | Word::Not
    ) {
        let reserved = input.context().text(input.range());
        return fault(
            input,
            SyntaxError::new(
                input.range(),
                format!("expected a value, found `{reserved}`"),
            )
            .with_help(format!(
                "a field that is called `{reserved}` stands in backticks inside of expressions"
            )),
        );
    }
    let (at, callee) = dotted(input, "a value")?;
    if at.kind() != Kind::ParenOpen {
        return Ok(make(at, start, ExprKind::Name(callee)));
    }
    let (at, args) = args(at, holds_conditions(&callee))?;
    let call = input.context().alloc(Call { callee, args });
    Ok(make(at, start, ExprKind::Call(call)))
}

/// Whether named arguments of a call are comparisons, which are written with spaces.
fn holds_conditions(callee: &Dotted) -> bool {
    let word = callee.word().map(|name| name.text);
    matches!(word, Some("Q" | "when"))
}

/// type = dotted [ args ] ;
pub(super) fn type_expr(input: Input<'_>) -> Res<'_, &'_ Expr<'_>> {
    match input.kind() {
        Kind::Word(_) | Kind::Quoted | Kind::Dot => {
            let start = input.start();
            let (at, callee) = dotted(input, "the type of the field")?;
            if at.kind() != Kind::ParenOpen {
                return Ok(make(at, start, ExprKind::Name(callee)));
            }
            let (at, args) = args(at, false)?;
            let call = input.context().alloc(Call { callee, args });
            Ok(make(at, start, ExprKind::Call(call)))
        }
        _ => expected(input, "the type of the field"),
    }
}

/// args = "(" [ arg { "," arg } [","] ] ")" ;
#[inline]
pub(super) fn args(input: Input<'_>, are_conditions: bool) -> Res<'_, Args<'_>> {
    let (after, list) = arguments(input, are_conditions)?;
    let range = after.range_from(input.start());
    Ok((after, Args { list, range }))
}

/// args; arg = [ WORD "=" ] expr ;
fn arguments(input: Input<'_>, are_conditions: bool) -> Res<'_, &'_ [Arg<'_>]> {
    if input.kind() != Kind::ParenOpen {
        return expected(input, "`(`");
    }
    nested(input, |input| {
        input
            .context()
            .mark(|layout| &mut layout.calls, input.start());
        let mut list = input.context().list(4);
        let mut at = input.advance();
        loop {
            if at.kind() == Kind::ParenClose {
                return Ok((at.advance(), list.into_bump_slice()));
            }
            let is_named = matches!(at.kind(), Kind::Word(_) | Kind::Quoted)
                && at.kind_after(1) == Kind::Equal;
            let name = if is_named {
                let name = name_here(at);
                if !are_conditions {
                    at.context()
                        .mark(|layout| &mut layout.tight_equals, at.advance().start());
                }
                at = at.advance().advance();
                Some(name)
            } else {
                None
            };
            let (after, value) = expr(at)?;
            list.push(Arg { name, value });
            at = separator(after, Kind::ParenClose, "`,` or `)`")?.0;
        }
    })
}

/// Behind a comma, or before the closing bracket.
fn separator<'a>(input: Input<'a>, close: Kind, what: &'static str) -> Res<'a, ()> {
    match input.kind() {
        Kind::Comma => Ok((input.advance(), ())),
        kind if kind == close => Ok((input, ())),
        _ => expected(input, what),
    }
}

/// list = "[" [ expr { "," expr } [","] ] "]" ;
fn list(input: Input<'_>) -> Res<'_, &'_ Expr<'_>> {
    let start = input.start();
    let mut items = input.context().list(4);
    let mut at = input.advance();
    while at.kind() != Kind::BracketClose {
        let (after, item) = expr(at)?;
        items.push(item);
        at = separator(after, Kind::BracketClose, "`,` or `]`")?.0;
    }
    Ok(make(
        at.advance(),
        start,
        ExprKind::List(items.into_bump_slice()),
    ))
}

/// tuple = "(" [ expr { "," expr } [","] ] ")" ;  one element without comma: grouping
fn tuple(input: Input<'_>) -> Res<'_, &'_ Expr<'_>> {
    let start = input.start();
    let mut items = input.context().list(4);
    let mut at = input.advance();
    let mut is_group = false;
    while at.kind() != Kind::ParenClose {
        let (after, item) = expr(at)?;
        items.push(item);
        is_group = items.len() == 1 && after.kind() == Kind::ParenClose;
        at = separator(after, Kind::ParenClose, "`,` or `)`")?.0;
    }
    let after = at.advance();
    if is_group && let Some(inner) = items.pop() {
        return Ok(make(after, start, ExprKind::Group(inner)));
    }
    Ok(make(after, start, ExprKind::Tuple(items.into_bump_slice())))
}

/// dict = "{" [ expr ":" expr { "," expr ":" expr } [","] ] "}" ;
fn dict(input: Input<'_>) -> Res<'_, &'_ Expr<'_>> {
    let start = input.start();
    let mut entries = input.context().list(4);
    let mut at = input.advance();
    while at.kind() != Kind::DictClose {
        let (after, key) = expr(at)?;
        let Some(after) = after.eat(Kind::Colon) else {
            return expected(after, "`:` and a value");
        };
        let (after, value) = expr(after)?;
        entries.push((key, value));
        at = separator(after, Kind::DictClose, "`,` or `}`")?.0;
    }
    Ok(make(
        at.advance(),
        start,
        ExprKind::Dict(entries.into_bump_slice()),
    ))
}
