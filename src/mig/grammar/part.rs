//! Indexes and constraints with their clauses.

use super::super::token::{Kind, Word};
use super::super::tree::{Clause, ClauseKind, Key, Order, Part, PartKind, Text};
use super::expression::{args, expr};
use super::item::class_call;
use super::name::{dotted, name, names, string};
use super::{Input, Res, is_word, known, optional};
use crate::parse::expected;

/// Whether an index or a constraint begins here.
pub(super) fn begins(input: Input) -> bool {
    matches!(
        known(input),
        Word::Index | Word::Unique | Word::Check | Word::Exclude | Word::Constraint
    )
}

/// table_part
pub(super) fn table_part(input: Input<'_>) -> Res<'_, &'_ Part<'_>> {
    let at = input.advance();
    let (at, kind) = match known(input) {
        Word::Index if is_dotted(at) => {
            let (at, call) = class_call(at, "the name of an index")?;
            (at, PartKind::IndexClass(call))
        }
        Word::Index => {
            let (at, name) = name(at, "the name of an index")?;
            let (at, keys) = keys(at)?;
            (at, PartKind::Index { name, keys })
        }
        Word::Unique => {
            let (at, name) = name(at, "the name of a constraint")?;
            let (at, keys) = keys(at)?;
            (at, PartKind::Unique { name, keys })
        }
        Word::Check => {
            let (at, name) = name(at, "the name of a constraint")?;
            let Some(at) = at.eat(Kind::Colon) else {
                return expected(at, "`:` and a condition");
            };
            let (at, condition) = expr(at)?;
            (at, PartKind::Check { name, condition })
        }
        Word::Exclude => {
            let (at, name) = name(at, "the name of a constraint")?;
            let (at, using) = match optional(at, Word::Using) {
                (at, Some(_)) => {
                    let (at, method) = super::name::name(at, "the kind of index")?;
                    (at, Some(method))
                }
                (at, None) => (at, None),
            };
            let (at, keys) = keys(at)?;
            (at, PartKind::Exclude { name, using, keys })
        }
        Word::Constraint => {
            let (at, call) = class_call(at, "the dotted path of a constraint class")?;
            (at, PartKind::ConstraintClass(call))
        }
        _ => return expected(input, "an index or a constraint"),
    };
    let mut at = at;
    let mut clauses = input
        .context()
        .list(if at.kind() == Kind::Newline { 0 } else { 2 });
    while matches!(at.kind(), Kind::Word(_)) {
        let (after, clause) = clause(at)?;
        clauses.push(clause);
        at = after;
    }
    let clauses = clauses.into_bump_slice();
    let range = at.range_from(input.start());
    let part = Part {
        range,
        kind,
        clauses,
    };
    Ok((at, at.context().alloc(part)))
}

fn is_dotted(input: Input) -> bool {
    input.kind() == Kind::Dot || input.kind_after(1) == Kind::Dot
}

/// keys = key { "," key } [ "," ] ;
fn keys(input: Input<'_>) -> Res<'_, &'_ [&'_ Key<'_>]> {
    if input.kind() != Kind::ParenOpen {
        return expected(input, "fields or expressions in parentheses");
    }
    input
        .context()
        .mark(|layout| &mut layout.spaced_parens, input.start());
    let mut out = input.context().list(4);
    let mut at = input.advance();
    loop {
        let (after, found) = key(at)?;
        out.push(found);
        at = after;
        match at.kind() {
            Kind::Comma if at.kind_after(1) == Kind::ParenClose => {
                return Ok((at.advance().advance(), out.into_bump_slice()));
            }
            Kind::Comma => at = at.advance(),
            Kind::ParenClose => return Ok((at.advance(), out.into_bump_slice())),
            _ => return expected(at, "`,` or `)`"),
        }
    }
}

/// key = [ "-" ] expr [ "asc" | "desc" ] [ "nulls" ("first"|"last") ] [ "op" WORD ]
///       [ "with" ( STRING | dotted ) ] ;
fn key(input: Input<'_>) -> Res<'_, &'_ Key<'_>> {
    let start = input.start();
    let (at, is_negative) = match input.eat(Kind::Minus) {
        Some(after) => {
            input.context().mark(|layout| &mut layout.signs, start);
            (after, true)
        }
        None => (input, false),
    };
    let (at, value) = expr(at)?;
    let (at, order) = match known(at) {
        Word::Asc => (at.advance(), Some(Order::Ascending)),
        Word::Desc => (at.advance(), Some(Order::Descending)),
        _ => (at, None),
    };
    let (at, nulls_first) = match optional(at, Word::Nulls) {
        (at, Some(_)) if is_word(at, Word::First) => (at.advance(), Some(true)),
        (at, Some(_)) if is_word(at, Word::Last) => (at.advance(), Some(false)),
        (at, Some(_)) => return expected(at, "`first` or `last`"),
        (at, None) => (at, None),
    };
    let (at, op) = match optional(at, Word::Op) {
        (at, Some(_)) if at.kind().is_string() => {
            let (at, text) = string(at, "the name of an operator class")?;
            (at, Some(text))
        }
        (at, Some(_)) => {
            let (at, name) = name(at, "the name of an operator class")?;
            let text = Text {
                text: name.text,
                range: name.range,
            };
            (at, Some(text))
        }
        (at, None) => (at, None),
    };
    let (at, with) = match optional(at, Word::With) {
        (at, Some(_)) => {
            let (at, operator) = expr(at)?;
            (at, Some(operator))
        }
        (at, None) => (at, None),
    };
    let range = at.range_from(start);
    let key = Key {
        range,
        is_negative,
        value,
        order,
        nulls_first,
        op,
        with,
    };
    Ok((at, at.context().alloc(key)))
}

/// Words that begin a clause.
pub(super) const CLAUSES: &[&str] = &[
    "code",
    "concurrently",
    "deferrable",
    "error",
    "include",
    "not",
    "nulls",
    "online",
    "tablespace",
    "using",
    "where",
];

/// part_clause
fn clause(input: Input<'_>) -> Res<'_, &'_ Clause<'_>> {
    let at = input.advance();
    let (at, kind) = match known(input) {
        Word::Using => {
            let (at, method) = dotted(at, "the kind of index")?;
            let (at, args) = match at.kind() {
                Kind::ParenOpen => {
                    let (at, args) = args(at, false)?;
                    (at, Some(args))
                }
                _ => (at, None),
            };
            (at, ClauseKind::Using { method, args })
        }
        Word::Where => {
            let (at, condition) = expr(at)?;
            (at, ClauseKind::Where(condition))
        }
        Word::Include => {
            let (at, fields) = names(at)?;
            (at, ClauseKind::Include(fields))
        }
        Word::Tablespace => {
            let (at, text) = string(at, "the name of a tablespace, in quotes")?;
            (at, ClauseKind::Tablespace(text))
        }
        Word::Deferrable => match known(at) {
            which @ (Word::Deferred | Word::Immediate) => {
                let is_deferred = which == Word::Deferred;
                (at.advance(), ClauseKind::Deferrable { is_deferred })
            }
            _ => return expected(at, "`deferred` or `immediate`"),
        },
        Word::Nulls => {
            let (at, not) = optional(at, Word::Not);
            let (at, _) = super::keyword(at, Word::Distinct, "`distinct` or `not distinct`")?;
            (at, ClauseKind::NullsDistinct(not.is_none()))
        }
        Word::Error => {
            let (at, text) = expr(at)?;
            (at, ClauseKind::Error(text))
        }
        Word::Code => {
            let (at, text) = string(at, "the code of the error, in quotes")?;
            (at, ClauseKind::Code(text))
        }
        Word::Not => {
            let (at, _) = super::keyword(at, Word::Valid, "`valid`")?;
            (at, ClauseKind::NotValid)
        }
        Word::Concurrently => (at, ClauseKind::Concurrently),
        Word::Online => (at, ClauseKind::Online),
        _ => return expected(input, "a clause such as `where` or the end of the line"),
    };
    let range = at.range_from(input.start());
    Ok((at, at.context().alloc(Clause { range, kind })))
}
