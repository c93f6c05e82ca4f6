//! `sql`, `python` and `backfill`.

use super::super::token::Kind;
use super::super::tree::{
    BackfillLine, BackfillLineKind, Code, Expr, ExprKind, Run, RunLine, RunLineKind, StatementKind,
};
use super::block::{Line, Place, block, range_from};
use super::expression::expr;
use super::name::{boolean, dotted, name, string};
use super::{Input, Res, is_word, optional, word};
use crate::base::TextRange;
use crate::parse::expected;

/// sql = "sql" ( STRING | block( run_line ) ) ;
pub(super) fn sql(input: Input<'_>) -> Res<'_, Run> {
    let head = input.range();
    let at = input.advance();
    if at.kind() == Kind::BlockOpen {
        let (at, lines) = block(at)?;
        return Ok((at, Run { lines, head }));
    }
    let (at, text) = string(at, "SQL in quotes, or `{`")?;
    let value = Expr {
        range: text.range,
        kind: ExprKind::Str(text.text),
    };
    let line = RunLine {
        range: value.range,
        kind: RunLineKind::Up(Code::Value(value)),
    };
    let lines = vec![line];
    Ok((at, Run { lines, head }))
}

/// python = "python" ( pyref | block( run_line ) ) ;
pub(super) fn python(input: Input<'_>) -> Res<'_, Run> {
    let head = input.range();
    let at = input.advance();
    if at.kind() == Kind::BlockOpen {
        let (at, lines) = block(at)?;
        return Ok((at, Run { lines, head }));
    }
    if !matches!(at.kind(), Kind::Word | Kind::Quoted | Kind::Dot) {
        return expected(at, "a function as `module:name`, or `{`");
    }
    let (after, code) = function(at)?;
    let line = RunLine {
        range: after.range_from(at.start()),
        kind: RunLineKind::Up(code),
    };
    let lines = vec![line];
    Ok((after, Run { lines, head }))
}

impl Line for RunLine {
    const PLACE: Place = Place::Runs;

    /// run_line
    fn parse(input: Input<'_>) -> Res<'_, Self> {
        let at = input.advance();
        let (at, kind) = match word(input) {
            Some("up") => {
                let (at, code) = code(at)?;
                (at, RunLineKind::Up(code))
            }
            Some("down") => {
                let (at, code) = code(at)?;
                (at, RunLineKind::Down(code))
            }
            Some("state") => {
                let (at, items) = block(at)?;
                (at, RunLineKind::State(items))
            }
            Some("hints") => {
                let Some(at) = at.eat(Kind::Equal) else {
                    return expected(at, "`=`");
                };
                let (at, hints) = expr(at)?;
                (at, RunLineKind::Hints(hints))
            }
            Some("atomic") => {
                let (at, value) = boolean(at)?;
                (at, RunLineKind::Atomic(value))
            }
            Some("elidable") => (at, RunLineKind::Elidable),
            Some("batch") => (batch(at)?.0, RunLineKind::Batch),
            _ => {
                return expected(
                    input,
                    "`up`, `down`, `state`, `hints`, `atomic`, `elidable` or `batch`",
                );
            }
        };
        let range = range_from(at, input.start());
        Ok((at, Self { range, kind }))
    }

    fn broken(range: TextRange) -> Option<Self> {
        Some(Self {
            range,
            kind: RunLineKind::Error,
        })
    }
}

/// code = STRING | list | tuple | pyref | "noop" ;
fn code(input: Input<'_>) -> Res<'_, Code> {
    match input.kind() {
        Kind::BracketOpen | Kind::ParenOpen => {
            let (at, value) = expr(input)?;
            Ok((at, Code::Value(value)))
        }
        kind if kind.is_string() => {
            let (at, value) = expr(input)?;
            Ok((at, Code::Value(value)))
        }
        Kind::Word if is_word(input, "noop") && input.kind_after(1) != Kind::Colon => {
            Ok((input.advance(), Code::Noop(input.range())))
        }
        Kind::Word | Kind::Quoted | Kind::Dot => function(input),
        _ => expected(
            input,
            "a string, a list, a function as `module:name`, or `noop`",
        ),
    }
}

/// pyref = dotted ":" WORD ;
fn function(input: Input<'_>) -> Res<'_, Code> {
    let (at, module) = dotted(input, "a module")?;
    let colon = at.start();
    let Some(at) = at.eat(Kind::Colon) else {
        return expected(at, "`:` and the function's name");
    };
    at.context().layout.borrow_mut().tight.push(colon);
    let (at, name) = name(at, "the function's name")?;
    let range = at.range_from(input.start());
    Ok((
        at,
        Code::Function {
            module,
            name,
            range,
        },
    ))
}

/// INT [ "by" WORD ] [ "pause" WORD ]
fn batch(input: Input<'_>) -> Res<'_, ()> {
    if input.kind() != Kind::Int {
        return expected(input, "the number of rows");
    }
    let mut at = input.advance();
    if let (after, Some(_)) = optional(at, "by") {
        at = name(after, "the name of a field")?.0;
    }
    if let (after, Some(_)) = optional(at, "pause") {
        let (behind, pause) = name(after, "a duration such as `50ms`")?;
        let digits = pause.text.bytes().take_while(u8::is_ascii_digit).count();
        let unit = pause.text.get(digits..).unwrap_or_default();
        if digits == 0 || !matches!(unit, "ms" | "s" | "m") {
            return expected(after, "a duration such as `50ms`");
        }
        at = behind;
    }
    Ok((at, ()))
}

/// backfill = "backfill" WORD block( ... ) ;
pub(super) fn backfill(input: Input<'_>) -> Res<'_, StatementKind> {
    let (at, model) = name(input, "the name of a model")?;
    let (at, lines) = block(at)?;
    Ok((at, StatementKind::Backfill { model, lines }))
}

impl Line for BackfillLine {
    const PLACE: Place = Place::Backfill;

    fn parse(input: Input<'_>) -> Res<'_, Self> {
        let at = input.advance();
        let (at, kind) = match word(input) {
            Some("set") => {
                let (at, field) = name(at, "the name of a field")?;
                let Some(at) = at.eat(Kind::Equal) else {
                    return expected(at, "`=`");
                };
                let (at, value) = expr(at)?;
                (at, BackfillLineKind::Set { field, value })
            }
            Some("where") => {
                let (at, condition) = expr(at)?;
                (at, BackfillLineKind::Where(condition))
            }
            Some("batch") => (batch(at)?.0, BackfillLineKind::Batch),
            Some("down") => {
                let at = if is_word(at, "noop") {
                    at.advance()
                } else {
                    string(at, "SQL in quotes, or `noop`")?.0
                };
                (at, BackfillLineKind::Down)
            }
            _ => return expected(input, "`set`, `where`, `batch` or `down`"),
        };
        let range = range_from(at, input.start());
        Ok((at, Self { range, kind }))
    }

    fn broken(range: TextRange) -> Option<Self> {
        Some(Self {
            range,
            kind: BackfillLineKind::Error,
        })
    }
}
