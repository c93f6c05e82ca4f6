//! Values, conditions and SQL expressions: one grammar.

use super::super::lexer::decode_bytes;
use super::super::token::Kind;
use super::super::tree::{Arg, Args, Call, Comparison, Dotted, Expr, ExprKind, Logic, Operator};
use super::name::{dotted, name_here, string};
use super::{Input, Res, is_word, nested, optional, word};
use crate::parse::{SyntaxError, expected, fault};

/// More operands in a row are refused: what is made of them is nested.
const MAX_OPERANDS: usize = 200;

fn make<'a>(after: Input<'a>, start: u32, kind: ExprKind) -> (Input<'a>, Expr) {
    let range = after.range_from(start);
    (after, Expr { range, kind })
}

/// expr = xorx { "or" xorx } ;
pub(super) fn expr(input: Input<'_>) -> Res<'_, Expr> {
    // Most values are one token: no operator needs to be looked for level by level.
    if is_alone(input) {
        return atom(input);
    }
    logical(input, "or", Logic::Or, |input| {
        logical(input, "xor", Logic::Xor, |input| {
            logical(input, "and", Logic::And, negation)
        })
    })
}

/// Whether a value is one token that no operator follows.
fn is_alone(input: Input<'_>) -> bool {
    let is_value = matches!(
        input.kind(),
        Kind::Int | Kind::Dec | Kind::Str | Kind::TextBlock | Kind::Bytes | Kind::Word
    );
    is_value
        && match input.kind_after(1) {
            Kind::Newline
            | Kind::Comma
            | Kind::ParenClose
            | Kind::BracketClose
            | Kind::DictClose
            | Kind::BlockClose
            | Kind::EndOfFile => !is_word(input, "not"),
            _ => false,
        }
}

/// Operands with a word between.
fn logical<'a>(
    input: Input<'a>,
    between: &str,
    logic: Logic,
    operand: impl Fn(Input<'a>) -> Res<'a, Expr>,
) -> Res<'a, Expr> {
    let (mut at, first) = operand(input)?;
    if !is_word(at, between) {
        return Ok((at, first));
    }
    let mut operands = vec![first];
    while is_word(at, between) {
        let (after, next) = operand(at.advance())?;
        operands.push(next);
        at = after;
    }
    Ok(make(at, input.start(), ExprKind::Logical(logic, operands)))
}

/// notx = { "not" } cmp ;
fn negation(input: Input<'_>) -> Res<'_, Expr> {
    if is_word(input, "not") && input.kind_after(1) != Kind::Colon {
        return nested(input, |input| {
            let (at, inner) = negation(input.advance())?;
            let kind = ExprKind::Not(Box::new(inner));
            Ok(make(at, input.start(), kind))
        });
    }
    comparison(input)
}

/// cmp
fn comparison(input: Input<'_>) -> Res<'_, Expr> {
    let (at, left) = sum(input)?;
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
        let (at, right) = sum(at.advance())?;
        let kind = ExprKind::Compare(Box::new(left), sign, Box::new(right));
        return Ok(make(at, input.start(), kind));
    }
    match word(at) {
        Some("is") => {
            let (after, not) = optional(at.advance(), "not");
            let (at, _) = super::keyword(after, "null", "`null`")?;
            let kind = ExprKind::IsNull {
                value: Box::new(left),
                is_null: not.is_none(),
            };
            Ok(make(at, input.start(), kind))
        }
        Some("in") => membership(input, left, at.advance(), true),
        Some("not") if is_word(at.advance(), "in") => {
            membership(input, left, at.advance().advance(), false)
        }
        _ => Ok((at, left)),
    }
}

fn membership<'a>(start: Input<'a>, left: Expr, input: Input<'a>, is_in: bool) -> Res<'a, Expr> {
    let (at, list) = sum(input)?;
    let kind = ExprKind::In {
        value: Box::new(left),
        is_in,
        list: Box::new(list),
    };
    Ok(make(at, start.start(), kind))
}

/// sum = prod { ("+"|"-") prod } ;
fn sum(input: Input<'_>) -> Res<'_, Expr> {
    let operator = |kind| match kind {
        Kind::Plus => Some(Operator::Add),
        Kind::Minus => Some(Operator::Sub),
        _ => None,
    };
    arithmetic(input, operator, product)
}

/// prod = unary { ("*"|"/"|"%") unary } ;
fn product(input: Input<'_>) -> Res<'_, Expr> {
    let operator = |kind| match kind {
        Kind::Star => Some(Operator::Mul),
        Kind::Slash => Some(Operator::Div),
        Kind::Percent => Some(Operator::Mod),
        _ => None,
    };
    arithmetic(input, operator, unary)
}

fn arithmetic<'a>(
    input: Input<'a>,
    operator: impl Fn(Kind) -> Option<Operator>,
    operand: impl Fn(Input<'a>) -> Res<'a, Expr>,
) -> Res<'a, Expr> {
    let (mut at, first) = operand(input)?;
    let mut rest = Vec::new();
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
        let (after, next) = operand(at.advance())?;
        rest.push((sign, next));
        at = after;
    }
    if rest.is_empty() {
        return Ok((at, first));
    }
    let kind = ExprKind::Arithmetic(Box::new(first), rest);
    Ok(make(at, input.start(), kind))
}

/// unary = { "-" } atom ;
fn unary(input: Input<'_>) -> Res<'_, Expr> {
    if input.kind() != Kind::Minus {
        return atom(input);
    }
    let layout = &input.context().layout;
    layout.borrow_mut().signs.push(input.start());
    nested(input, |input| {
        let (at, inner) = unary(input.advance())?;
        let kind = ExprKind::Negative(Box::new(inner));
        Ok(make(at, input.start(), kind))
    })
}

/// atom
fn atom(input: Input<'_>) -> Res<'_, Expr> {
    let start = input.start();
    let range = input.range();
    let source = input.context();
    match input.kind() {
        Kind::Int => {
            let kind = ExprKind::Int(source.text(range).into());
            Ok(make(input.advance(), start, kind))
        }
        Kind::Dec => {
            let kind = ExprKind::Dec(source.text(range).into());
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
            Ok(make(input.advance(), start, ExprKind::Bytes(bytes)))
        }
        kind if kind.is_string() => {
            let (at, text) = string(input, "a value")?;
            Ok(make(at, start, ExprKind::Str(text.text)))
        }
        Kind::BracketOpen => nested(input, list),
        Kind::ParenOpen => nested(input, tuple),
        Kind::DictOpen => nested(input, dict),
        Kind::Word => {
            let constant = match source.text(range) {
                "true" => Some(ExprKind::Bool(true)),
                "false" => Some(ExprKind::Bool(false)),
                "null" => Some(ExprKind::Null),
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
fn name_or_call(input: Input<'_>) -> Res<'_, Expr> {
    let start = input.start();
    // Words between operands are no names.
    if let Some(reserved @ ("and" | "or" | "xor" | "in" | "is" | "not")) = word(input) {
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
    let call = Box::new(Call { callee, args });
    Ok(make(at, start, ExprKind::Call(call)))
}

/// Whether named arguments of a call are comparisons, which are written with spaces.
fn holds_conditions(callee: &Dotted) -> bool {
    let word = callee.word().map(|name| name.text.as_str());
    matches!(word, Some("Q" | "when"))
}

/// type = dotted [ args ] ;
pub(super) fn type_expr(input: Input<'_>) -> Res<'_, Expr> {
    match input.kind() {
        Kind::Word | Kind::Quoted | Kind::Dot => {
            let start = input.start();
            let (at, callee) = dotted(input, "the type of the field")?;
            if at.kind() != Kind::ParenOpen {
                return Ok(make(at, start, ExprKind::Name(callee)));
            }
            let (at, args) = args(at, false)?;
            let call = Box::new(Call { callee, args });
            Ok(make(at, start, ExprKind::Call(call)))
        }
        _ => expected(input, "the type of the field"),
    }
}

/// args = "(" [ arg { "," arg } [","] ] ")" ;   arg = [ WORD "=" ] expr ;
pub(super) fn args(input: Input<'_>, are_conditions: bool) -> Res<'_, Args> {
    if input.kind() != Kind::ParenOpen {
        return expected(input, "`(`");
    }
    nested(input, |input| {
        let start = input.start();
        input.context().layout.borrow_mut().calls.push(start);
        let mut list = Vec::new();
        let mut at = input.advance();
        loop {
            if at.kind() == Kind::ParenClose {
                let after = at.advance();
                let range = after.range_from(start);
                return Ok((after, Args { list, range }));
            }
            let is_named =
                matches!(at.kind(), Kind::Word | Kind::Quoted) && at.kind_after(1) == Kind::Equal;
            let name = if is_named {
                let name = name_here(at);
                if !are_conditions {
                    let layout = &at.context().layout;
                    layout.borrow_mut().tight_equals.push(at.advance().start());
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
fn list(input: Input<'_>) -> Res<'_, Expr> {
    let start = input.start();
    let mut items = Vec::new();
    let mut at = input.advance();
    while at.kind() != Kind::BracketClose {
        let (after, item) = expr(at)?;
        items.push(item);
        at = separator(after, Kind::BracketClose, "`,` or `]`")?.0;
    }
    Ok(make(at.advance(), start, ExprKind::List(items)))
}

/// tuple = "(" [ expr { "," expr } [","] ] ")" ;  one element without comma: grouping
fn tuple(input: Input<'_>) -> Res<'_, Expr> {
    let start = input.start();
    let mut items = Vec::new();
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
        return Ok(make(after, start, ExprKind::Group(Box::new(inner))));
    }
    Ok(make(after, start, ExprKind::Tuple(items)))
}

/// dict = "{" [ expr ":" expr { "," expr ":" expr } [","] ] "}" ;
fn dict(input: Input<'_>) -> Res<'_, Expr> {
    let start = input.start();
    let mut entries = Vec::new();
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
    Ok(make(at.advance(), start, ExprKind::Dict(entries)))
}
