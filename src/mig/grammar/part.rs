//! Indexes and constraints with their clauses.

use super::super::token::Kind;
use super::super::tree::{Clause, ClauseKind, Key, Order, Part, PartKind, Text};
use super::expression::{args, expr};
use super::item::class_call;
use super::name::{dotted, name, names, string};
use super::{Input, Res, is_word, optional, word};
use crate::parse::expected;

/// Whether an index or a constraint begins here.
pub(super) fn begins(input: Input) -> bool {
    matches!(
        word(input),
        Some("index" | "unique" | "check" | "exclude" | "constraint")
    )
}

/// table_part
pub(super) fn table_part(input: Input<'_>) -> Res<'_, Part> {
    let at = input.advance();
    let (at, kind) = match word(input) {
        Some("index") if is_dotted(at) => {
            let (at, call) = class_call(at, "the name of an index")?;
            (at, PartKind::IndexClass(call))
        }
        Some("index") => {
            let (at, name) = name(at, "the name of an index")?;
            let (at, keys) = keys(at)?;
            (at, PartKind::Index { name, keys })
        }
        Some("unique") => {
            let (at, name) = name(at, "the name of a constraint")?;
            let (at, keys) = keys(at)?;
            (at, PartKind::Unique { name, keys })
        }
        Some("check") => {
            let (at, name) = name(at, "the name of a constraint")?;
            let Some(at) = at.eat(Kind::Colon) else {
                return expected(at, "`:` and a condition");
            };
            let (at, condition) = expr(at)?;
            (at, PartKind::Check { name, condition })
        }
        Some("exclude") => {
            let (at, name) = name(at, "the name of a constraint")?;
            let (at, using) = match optional(at, "using") {
                (at, Some(_)) => {
                    let (at, method) = super::name::name(at, "the kind of index")?;
                    (at, Some(method))
                }
                (at, None) => (at, None),
            };
            let (at, keys) = keys(at)?;
            (at, PartKind::Exclude { name, using, keys })
        }
        Some("constraint") => {
            let (at, call) = class_call(at, "the dotted path of a constraint class")?;
            (at, PartKind::ConstraintClass(call))
        }
        _ => return expected(input, "an index or a constraint"),
    };
    let mut at = at;
    let mut clauses = Vec::new();
    while at.kind() == Kind::Word {
        let (after, clause) = clause(at)?;
        clauses.push(clause);
        at = after;
    }
    let range = at.range_from(input.start());
    Ok((
        at,
        Part {
            range,
            kind,
            clauses,
        },
    ))
}

fn is_dotted(input: Input) -> bool {
    input.kind() == Kind::Dot || input.kind_after(1) == Kind::Dot
}

/// keys = key { "," key } [ "," ] ;
fn keys(input: Input<'_>) -> Res<'_, Vec<Key>> {
    if input.kind() != Kind::ParenOpen {
        return expected(input, "fields or expressions in parentheses");
    }
    let layout = &input.context().layout;
    layout.borrow_mut().spaced_parens.push(input.start());
    let mut out = Vec::new();
    let mut at = input.advance();
    loop {
        let (after, found) = key(at)?;
        out.push(found);
        at = after;
        match at.kind() {
            Kind::Comma if at.kind_after(1) == Kind::ParenClose => {
                return Ok((at.advance().advance(), out));
            }
            Kind::Comma => at = at.advance(),
            Kind::ParenClose => return Ok((at.advance(), out)),
            _ => return expected(at, "`,` or `)`"),
        }
    }
}

/// key = [ "-" ] expr [ "asc" | "desc" ] [ "nulls" ("first"|"last") ] [ "op" WORD ]
///       [ "with" ( STRING | dotted ) ] ;
fn key(input: Input<'_>) -> Res<'_, Key> {
    let start = input.start();
    let (at, is_negative) = match input.eat(Kind::Minus) {
        Some(after) => {
            input.context().layout.borrow_mut().signs.push(start);
            (after, true)
        }
        None => (input, false),
    };
    let (at, value) = expr(at)?;
    let (at, order) = match word(at) {
        Some("asc") => (at.advance(), Some(Order::Ascending)),
        Some("desc") => (at.advance(), Some(Order::Descending)),
        _ => (at, None),
    };
    let (at, nulls_first) = match optional(at, "nulls") {
        (at, Some(_)) if is_word(at, "first") => (at.advance(), Some(true)),
        (at, Some(_)) if is_word(at, "last") => (at.advance(), Some(false)),
        (at, Some(_)) => return expected(at, "`first` or `last`"),
        (at, None) => (at, None),
    };
    let (at, op) = match optional(at, "op") {
        (at, Some(_)) if at.kind().is_string() => {
            let (at, text) = string(at, "the name of an operator class")?;
            (at, Some(text))
        }
        (at, Some(_)) => {
            let (at, name) = name(at, "the name of an operator class")?;
            let text = Text {
                text: name.text.to_string(),
                range: name.range,
            };
            (at, Some(text))
        }
        (at, None) => (at, None),
    };
    let (at, with) = match optional(at, "with") {
        (at, Some(_)) => {
            let (at, operator) = expr(at)?;
            (at, Some(operator))
        }
        (at, None) => (at, None),
    };
    let range = at.range_from(start);
    Ok((
        at,
        Key {
            range,
            is_negative,
            value,
            order,
            nulls_first,
            op,
            with,
        },
    ))
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
fn clause(input: Input<'_>) -> Res<'_, Clause> {
    let at = input.advance();
    let (at, kind) = match word(input) {
        Some("using") => {
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
        Some("where") => {
            let (at, condition) = expr(at)?;
            (at, ClauseKind::Where(condition))
        }
        Some("include") => {
            let (at, fields) = names(at)?;
            (at, ClauseKind::Include(fields))
        }
        Some("tablespace") => {
            let (at, text) = string(at, "the name of a tablespace, in quotes")?;
            (at, ClauseKind::Tablespace(text))
        }
        Some("deferrable") => match word(at) {
            Some(which @ ("deferred" | "immediate")) => {
                let is_deferred = which == "deferred";
                (at.advance(), ClauseKind::Deferrable { is_deferred })
            }
            _ => return expected(at, "`deferred` or `immediate`"),
        },
        Some("nulls") => {
            let (at, not) = optional(at, "not");
            let (at, _) = super::keyword(at, "distinct", "`distinct` or `not distinct`")?;
            (at, ClauseKind::NullsDistinct(not.is_none()))
        }
        Some("error") => {
            let (at, text) = expr(at)?;
            (at, ClauseKind::Error(text))
        }
        Some("code") => {
            let (at, text) = string(at, "the code of the error, in quotes")?;
            (at, ClauseKind::Code(text))
        }
        Some("not") => {
            let (at, _) = super::keyword(at, "valid", "`valid`")?;
            (at, ClauseKind::NotValid)
        }
        Some("concurrently") => (at, ClauseKind::Concurrently),
        Some("online") => (at, ClauseKind::Online),
        _ => return expected(input, "a clause such as `where` or the end of the line"),
    };
    let range = at.range_from(input.start());
    Ok((at, Clause { range, kind }))
}
