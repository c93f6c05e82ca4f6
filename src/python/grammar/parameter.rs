//! Parameters of functions and lambdas, and type parameters.

use nom::Parser;

use super::expression::{expression, starred};
use super::{Input, Res, nested};
use crate::base::TextRange;
use crate::parse::{SyntaxError, expected, fault, token};
use crate::python::token::Kind;
use crate::python::tree::{ExprId, List, Parameter, ParameterKind};

/// `def` and `lambda` differ in annotations and in what closes the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Function,
    Lambda,
}

impl Owner {
    const fn close(self) -> Kind {
        match self {
            Self::Function => Kind::ParenClose,
            Self::Lambda => Kind::Colon,
        }
    }
}

/// Parameters between the parentheses of a `def`; leaves the `)`.
pub(super) fn function_parameters<'a>(input: Input<'a>) -> Res<'a, List<Parameter>> {
    parameters(input, Owner::Function)
}

/// Parameters of a lambda; leaves the `:`.
pub(super) fn lambda_parameters<'a>(input: Input<'a>) -> Res<'a, List<Parameter>> {
    parameters(input, Owner::Lambda)
}

/// What has been read of a list of parameters.
#[derive(Default)]
struct State {
    found: Vec<Parameter>,
    slash: bool,
    /// `*` or `*args`, where it stands.
    star: Option<TextRange>,
    /// The star is bare and no parameter has followed.
    star_waits: bool,
    kwargs: bool,
    default: bool,
}

fn parameters<'a>(mut input: Input<'a>, owner: Owner) -> Res<'a, List<Parameter>> {
    let mut state = State::default();
    while input.kind() != owner.close() {
        if state.kwargs {
            return fault(
                input,
                SyntaxError::new(input.range(), "nothing may follow the `**` parameter"),
            );
        }
        let (rest, ()) = match input.kind() {
            Kind::Slash => slash(input, &mut state)?,
            Kind::Star => star(input, owner, &mut state)?,
            Kind::StarStar => {
                check_star(input, &state)?;
                state.kwargs = true;
                named(input.advance(), owner, ParameterKind::Kwargs, &mut state)?
            }
            Kind::FormatColon => (input, ()),
            _ => ordinary(input, owner, &mut state)?,
        };
        input = match rest.kind() {
            Kind::Comma => rest.advance(),
            kind if kind == owner.close() => rest,
            Kind::FormatColon => {
                return fault(
                    rest,
                    SyntaxError::new(rest.range(), "a lambda in an f-string needs parentheses"),
                );
            }
            _ => {
                return expected(
                    rest,
                    match owner {
                        Owner::Function => "`,` or `)`",
                        Owner::Lambda => "`,` or `:`",
                    },
                );
            }
        };
    }
    check_star(input, &state)?;
    let list = input
        .context()
        .build
        .borrow_mut()
        .tree
        .push_list(&state.found);
    Ok((input, list))
}

/// Fails if a bare `*` is followed by no parameter.
fn check_star<'a>(input: Input<'a>, state: &State) -> Res<'a, ()> {
    match state.star {
        Some(range) if state.star_waits => fault(
            input,
            SyntaxError::new(range, "a bare `*` must be followed by a named parameter"),
        ),
        _ => Ok((input, ())),
    }
}

fn slash<'a>(input: Input<'a>, state: &mut State) -> Res<'a, ()> {
    let problem = if state.slash {
        "`/` may stand only once"
    } else if state.star.is_some() {
        "`/` must stand before `*`"
    } else if state.found.is_empty() {
        "at least one parameter must precede `/`"
    } else {
        state.slash = true;
        for parameter in &mut state.found {
            parameter.kind = ParameterKind::PositionalOnly;
        }
        return Ok((input.advance(), ()));
    };
    fault(input, SyntaxError::new(input.range(), problem))
}

fn star<'a>(input: Input<'a>, owner: Owner, state: &mut State) -> Res<'a, ()> {
    if let Some(first) = state.star {
        return fault(
            input,
            SyntaxError::new(input.range(), "`*` may stand only once")
                .with_note(first, "first one"),
        );
    }
    state.star = Some(input.range());
    let next = input.advance();
    if next.kind() == Kind::Name {
        named(next, owner, ParameterKind::Args, state)
    } else if next.kind() == Kind::Comma {
        state.star_waits = true;
        Ok((next, ()))
    } else if next.kind() == owner.close() {
        state.star_waits = true;
        check_star(next, state)
    } else {
        expected(next, "a parameter name or `,`")
    }
}

fn ordinary<'a>(input: Input<'a>, owner: Owner, state: &mut State) -> Res<'a, ()> {
    if input.kind() != Kind::Name {
        return expected(input, "a parameter");
    }
    let kind = if state.star.is_some() {
        ParameterKind::KeywordOnly
    } else {
        ParameterKind::Ordinary
    };
    state.star_waits = false;
    named(input, owner, kind, state)
}

/// A name with its annotation and default.
fn named<'a>(
    input: Input<'a>,
    owner: Owner,
    kind: ParameterKind,
    state: &mut State,
) -> Res<'a, ()> {
    let (mut input, name) = token(Kind::Name, "a parameter name").parse(input)?;
    let mut annotation = None;
    if owner == Owner::Function
        && let Some(next) = input.eat(Kind::Colon)
    {
        let (rest, id) = if kind == ParameterKind::Args && next.kind() == Kind::Star {
            next.context().need(11);
            starred(next)?
        } else {
            expression(next)?
        };
        annotation = Some(id);
        input = rest;
    }
    let (rest, default) = default(input)?;
    match (kind, default) {
        (ParameterKind::Args | ParameterKind::Kwargs, Some(_)) => {
            return fault(
                rest,
                SyntaxError::new(input.range(), "a starred parameter cannot have a default"),
            );
        }
        (ParameterKind::Ordinary, None) if state.default => {
            return fault(
                rest,
                SyntaxError::new(
                    name,
                    "parameter without a default follows one with a default",
                ),
            );
        }
        (ParameterKind::Ordinary, Some(_)) => state.default = true,
        _ => {}
    }
    state.found.push(Parameter {
        name,
        kind,
        default,
        annotation,
    });
    Ok((rest, ()))
}

fn default<'a>(input: Input<'a>) -> Res<'a, Option<ExprId>> {
    match input.eat(Kind::Equal) {
        Some(next) => {
            // Counted, since a lambda in a lambda's default passes through here only.
            let (rest, id) = nested(next, expression)?;
            Ok((rest, Some(id)))
        }
        None => Ok((input, None)),
    }
}

/// `[T: bound = default, *Ts, **P]` of Python 3.12, if it is there. Checked, not
/// kept: nothing evaluates them.
pub(super) fn type_parameters<'a>(open: Input<'a>) -> Res<'a, ()> {
    let Some(mut input) = open.eat(Kind::SquareOpen) else {
        return Ok((open, ()));
    };
    let source = open.context();
    source.need(12);
    loop {
        let star = input.kind();
        let is_starred = matches!(star, Kind::Star | Kind::StarStar);
        if is_starred {
            input = input.advance();
        }
        let (rest, _) = token(Kind::Name, "a type parameter").parse(input)?;
        input = rest;
        if !is_starred && let Some(next) = input.eat(Kind::Colon) {
            input = expression(next)?.0;
        }
        if let Some(next) = input.eat(Kind::Equal) {
            source.need(13);
            input = if star == Kind::Star && next.kind() == Kind::Star {
                starred(next)?.0
            } else {
                expression(next)?.0
            };
        }
        if let Some(next) = input.eat(Kind::Comma) {
            input = next;
            if let Some(rest) = input.eat(Kind::SquareClose) {
                return Ok((rest, ()));
            }
        } else {
            let (rest, _) = token(Kind::SquareClose, "`,` or `]`").parse(input)?;
            return Ok((rest, ()));
        }
    }
}
