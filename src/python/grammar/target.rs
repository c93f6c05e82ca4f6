//! What may stand where something is bound or deleted.
//!
//! Targets are parsed as expressions and judged here, by walking brackets only; a
//! chain such as `a.b[c]` is a target whatever stands left of its last step.

use super::expression::{BIT_OR, operators, starred, unbracketed_tuple};
use super::{Input, Res};
use crate::parse::{SyntaxError, fault};
use crate::python::token::Kind;
use crate::python::tree::{ExprId, ExprKind};

/// What an expression is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// `=`, `for`, `with ... as`.
    Assign,
    /// `+=` and its like.
    Augment,
    /// `target: annotation`.
    Annotate,
    Delete,
}

/// `star_targets`, up to the `in` of a `for`.
pub(super) fn star_targets<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    let (mut rest, mut target) = star_target(input)?;
    if rest.kind() == Kind::Comma {
        (rest, target) = unbracketed_tuple(rest, input.start(), target, star_target)?;
    }
    check(rest, target, Use::Assign)?;
    Ok((rest, target))
}

/// One target; not judged yet.
pub(super) fn star_target<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    if input.kind() == Kind::Star {
        starred(input)
    } else {
        operators(input, BIT_OR)
    }
}

/// Fails, behind the expression, if it cannot be used so.
pub(super) fn check<'a>(input: Input<'a>, id: ExprId, usage: Use) -> Res<'a, ()> {
    let source = input.context();
    match find_problem(input, id, usage) {
        None => Ok((input, ())),
        Some(bad) => {
            let what = name_of(input, bad);
            let message = match usage {
                Use::Assign => format!("cannot assign to {what}"),
                Use::Augment => format!("cannot update {what} in place"),
                Use::Annotate => format!("cannot annotate {what}"),
                Use::Delete => format!("cannot delete {what}"),
            };
            let mut error = SyntaxError::new(source.range_of(bad), message);
            if usage == Use::Assign && matches!(source.kind_of(bad), ExprKind::Compare { .. }) {
                error = error.with_help("for a comparison write `==`");
            }
            fault(input, error)
        }
    }
}

/// The first part that cannot be bound. Recursion is bounded by the nesting of
/// brackets.
fn find_problem(input: Input, id: ExprId, usage: Use) -> Option<ExprId> {
    let source = input.context();
    match source.kind_of(id) {
        ExprKind::Name | ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => None,
        ExprKind::Tuple(items) | ExprKind::List(items)
            if matches!(usage, Use::Assign | Use::Delete) =>
        {
            let range = items.start..items.start + items.len;
            for at in range {
                let item = source.build.borrow().tree.expr_ids[at as usize];
                let problem = find_problem(input, item, usage);
                if problem.is_some() {
                    return problem;
                }
            }
            None
        }
        ExprKind::Starred(inner) if usage == Use::Assign => match source.kind_of(inner) {
            ExprKind::Starred(_) => Some(inner),
            _ => find_problem(input, inner, usage),
        },
        _ => Some(id),
    }
}

fn name_of(input: Input, id: ExprId) -> String {
    let source = input.context();
    let text = match source.kind_of(id) {
        ExprKind::None | ExprKind::True | ExprKind::False | ExprKind::Ellipsis => {
            return format!("`{}`", source.text(source.range_of(id)));
        }
        ExprKind::Number
        | ExprKind::Str(_)
        | ExprKind::Bytes(_)
        | ExprKind::FString(_)
        | ExprKind::TString(_) => "a literal",
        ExprKind::Tuple(_) => "a tuple",
        ExprKind::List(_) => "a list",
        ExprKind::Set(_) | ExprKind::Dict(_) => "a dict or set display",
        ExprKind::ListComp { .. }
        | ExprKind::SetComp { .. }
        | ExprKind::Generator { .. }
        | ExprKind::DictComp { .. } => "a comprehension",
        ExprKind::Call { .. } => "a call",
        ExprKind::Starred(_) => "a starred expression",
        ExprKind::Unary { .. } | ExprKind::Binary { .. } | ExprKind::BoolOp { .. } => {
            "an operation"
        }
        ExprKind::Compare { .. } => "a comparison",
        ExprKind::Conditional { .. } => "a conditional expression",
        ExprKind::Lambda { .. } => "a lambda",
        ExprKind::Walrus { .. } => "an assignment expression",
        ExprKind::Await(_) => "an `await` expression",
        ExprKind::Yield(_) | ExprKind::YieldFrom(_) => "a `yield` expression",
        ExprKind::Name
        | ExprKind::Attribute { .. }
        | ExprKind::Subscript { .. }
        | ExprKind::Slice { .. }
        | ExprKind::Error => "this expression",
    };
    text.to_owned()
}
