//! Arithmetic on numbers, as Python computes it.

use super::super::tree::BinaryOperator;
use super::object::Obj;
use super::{Eval, Exception};
use crate::base::Span;

/// Integers of up to 128 bits, which is more than any column holds.
fn wide_integer(obj: &Obj) -> Option<i128> {
    match obj {
        Obj::Int(value) => Some(i128::from(*value)),
        Obj::Bool(value) => Some(i128::from(*value)),
        Obj::BigInt(digits) => digits.parse().ok(),
        _ => None,
    }
}

fn wide(operator: BinaryOperator, a: i128, b: i128) -> Option<Obj> {
    let result = match operator {
        BinaryOperator::Add => a.checked_add(b),
        BinaryOperator::Sub => a.checked_sub(b),
        BinaryOperator::Mul => a.checked_mul(b),
        BinaryOperator::Pow => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
        BinaryOperator::LShift => u32::try_from(b)
            .ok()
            .and_then(|bits| 1_i128.checked_shl(bits))
            .filter(|factor| *factor > 0)
            .and_then(|factor| a.checked_mul(factor)),
        _ => None,
    };
    result.map(|number| Obj::str_digits(&number.to_string()))
}

#[expect(clippy::cast_precision_loss, reason = "Python converts the same way")]
pub(super) fn as_float(obj: &Obj) -> Option<f64> {
    match obj {
        Obj::Int(value) => Some(*value as f64),
        Obj::Float(value) => Some(*value),
        Obj::Bool(value) => Some(f64::from(u8::from(*value))),
        _ => None,
    }
}

pub(super) fn number_operation(
    operator: BinaryOperator,
    left: &Obj,
    right: &Obj,
    span: Span,
) -> Eval<Option<Obj>> {
    use BinaryOperator::{
        Add, BitAnd, BitOr, BitXor, Div, FloorDiv, LShift, MatMul, Mod, Mul, Pow, RShift, Sub,
    };
    let integer = |obj: &Obj| match obj {
        Obj::Int(value) => Some(*value),
        Obj::Bool(value) => Some(i64::from(*value)),
        _ => None,
    };
    if let (Some(a), Some(b)) = (integer(left), integer(right)) {
        if b == 0 && matches!(operator, Div | FloorDiv | Mod) {
            return Err(Exception::new("ZeroDivisionError", "", span));
        }
        #[expect(clippy::cast_precision_loss, reason = "Python converts the same way")]
        let result = match operator {
            Add => a.checked_add(b),
            Sub => a.checked_sub(b),
            Mul => a.checked_mul(b),
            Div => return Ok(Some(Obj::Float(a as f64 / b as f64))),
            FloorDiv => a.checked_div_euclid(b).and_then(|quotient| {
                // Python rounds towards minus infinity, Euclid by the remainder's sign.
                if b < 0 && a.checked_rem_euclid(b)? != 0 {
                    quotient.checked_sub(1)
                } else {
                    Some(quotient)
                }
            }),
            Mod => a.checked_rem_euclid(b).and_then(|remainder| {
                if b < 0 && remainder != 0 {
                    remainder.checked_add(b)
                } else {
                    Some(remainder)
                }
            }),
            Pow => u32::try_from(b)
                .ok()
                .and_then(|exponent| a.checked_pow(exponent)),
            LShift => u32::try_from(b)
                .ok()
                .filter(|bits| *bits < 62)
                .and_then(|bits| a.checked_mul(1 << bits)),
            RShift => u32::try_from(b).ok().map(|bits| a >> bits.min(63)),
            BitOr => Some(a | b),
            BitXor => Some(a ^ b),
            BitAnd => Some(a & b),
            MatMul => None,
        };
        return Ok(match result {
            Some(number) => Some(Obj::Int(number)),
            None => wide(operator, i128::from(a), i128::from(b)),
        });
    }
    if let (Some(a), Some(b)) = (wide_integer(left), wide_integer(right)) {
        return Ok(wide(operator, a, b));
    }
    let (Some(a), Some(b)) = (as_float(left), as_float(right)) else {
        return Ok(None);
    };
    if b == 0.0 && matches!(operator, Div | FloorDiv | Mod) {
        return Err(Exception::new("ZeroDivisionError", "", span));
    }
    Ok(match operator {
        Add => Some(a + b),
        Sub => Some(a - b),
        Mul => Some(a * b),
        Div => Some(a / b),
        FloorDiv => Some((a / b).floor()),
        Mod => Some(a - b * (a / b).floor()),
        Pow => Some(a.powf(b)),
        MatMul | LShift | RShift | BitOr | BitXor | BitAnd => None,
    }
    .map(Obj::Float))
}
