//! `sql`, `python` and `backfill`.

use super::super::token::{Kind, Word};
use super::super::tree::{
    BackfillLine, BackfillLineKind, Code, Expr, ExprKind, Run, RunLine, RunLineKind, Statement,
    StatementKind,
};
use super::block::{Line, Place, block, range_from, statement as made};
use super::expression::expr;
use super::name::{boolean, dotted, name, string};
use super::{Input, Res, Source, is_word, known, optional};
use crate::base::TextRange;
use crate::parse::expected;

/// sql = "sql" ( STRING | block( run_line ) ) ;
pub(super) fn sql(input: Input<'_>) -> Res<'_, Run<'_>> {
    let head = input.range();
    let at = input.advance();
    if at.kind() == Kind::BlockOpen {
        let (at, lines) = block(at)?;
        return Ok((at, Run { lines, head }));
    }
    let (at, text) = string(at, "SQL in quotes, or `{`")?;
    let value = input.context().alloc(Expr {
        range: text.range,
        kind: ExprKind::Str(text.text),
    });
    let line = RunLine {
        range: value.range,
        kind: RunLineKind::Up(Code::Value(value)),
    };
    Ok((at, one_line(input, line, head)))
}

/// python = "python" ( pyref | block( run_line ) ) ;
pub(super) fn python(input: Input<'_>) -> Res<'_, Run<'_>> {
    let head = input.range();
    let at = input.advance();
    if at.kind() == Kind::BlockOpen {
        let (at, lines) = block(at)?;
        return Ok((at, Run { lines, head }));
    }
    if !matches!(at.kind(), Kind::Word(_) | Kind::Quoted | Kind::Dot) {
        return expected(at, "a function as `module:name`, or `{`");
    }
    let (after, code) = function(at)?;
    let line = RunLine {
        range: after.range_from(at.start()),
        kind: RunLineKind::Up(code),
    };
    Ok((after, one_line(input, line, head)))
}

/// What has no block.
fn one_line<'a>(input: Input<'a>, line: RunLine<'a>, head: TextRange) -> Run<'a> {
    let source = input.context();
    let line: &RunLine = source.alloc(line);
    let lines = std::slice::from_ref(source.arena.alloc(line));
    Run { lines, head }
}

impl<'t> Line<'t> for &'t RunLine<'t> {
    const PLACE: Place = Place::Runs;

    /// run_line
    fn parse(input: Input<'t>) -> Res<'t, Self> {
        let at = input.advance();
        let (at, kind) = match known(input) {
            Word::Up => {
                let (at, code) = code(at)?;
                (at, RunLineKind::Up(code))
            }
            Word::Down => {
                let (at, code) = code(at)?;
                (at, RunLineKind::Down(code))
            }
            Word::State => {
                let (at, items) = block(at)?;
                (at, RunLineKind::State(items))
            }
            Word::Hints => {
                let Some(at) = at.eat(Kind::Equal) else {
                    return expected(at, "`=`");
                };
                let (at, hints) = expr(at)?;
                (at, RunLineKind::Hints(hints))
            }
            Word::Atomic => {
                let (at, value) = boolean(at)?;
                (at, RunLineKind::Atomic(value))
            }
            Word::Elidable => (at, RunLineKind::Elidable),
            Word::Batch => (batch(at)?.0, RunLineKind::Batch),
            _ => {
                return expected(
                    input,
                    "`up`, `down`, `state`, `hints`, `atomic`, `elidable` or `batch`",
                );
            }
        };
        let range = range_from(at, input.start());
        Ok((at, at.context().alloc(RunLine { range, kind })))
    }

    fn broken(source: &Source<'t>, range: TextRange) -> Option<Self> {
        let kind = RunLineKind::Error;
        Some(source.alloc(RunLine { range, kind }))
    }
}

/// code = STRING | list | tuple | pyref | "noop" ;
fn code(input: Input<'_>) -> Res<'_, Code<'_>> {
    match input.kind() {
        Kind::BracketOpen | Kind::ParenOpen => {
            let (at, value) = expr(input)?;
            Ok((at, Code::Value(value)))
        }
        kind if kind.is_string() => {
            let (at, value) = expr(input)?;
            Ok((at, Code::Value(value)))
        }
        Kind::Word(_) if is_word(input, Word::Noop) && input.kind_after(1) != Kind::Colon => {
            Ok((input.advance(), Code::Noop(input.range())))
        }
        Kind::Word(_) | Kind::Quoted | Kind::Dot => function(input),
        _ => expected(
            input,
            "a string, a list, a function as `module:name`, or `noop`",
        ),
    }
}

/// pyref = dotted ":" WORD ;
fn function(input: Input<'_>) -> Res<'_, Code<'_>> {
    let (at, module) = dotted(input, "a module")?;
    let colon = at.start();
    let Some(at) = at.eat(Kind::Colon) else {
        return expected(at, "`:` and the function's name");
    };
    at.context().mark(|layout| &mut layout.tight, colon);
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
    if let (after, Some(_)) = optional(at, Word::By) {
        at = name(after, "the name of a field")?.0;
    }
    if let (after, Some(_)) = optional(at, Word::Pause) {
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
pub(super) fn backfill(input: Input<'_>) -> Res<'_, &'_ Statement<'_>> {
    let (at, model) = name(input.advance(), "the name of a model")?;
    let (at, lines) = block(at)?;
    made(at, input, StatementKind::Backfill { model, lines })
}

impl<'t> Line<'t> for BackfillLine<'t> {
    const PLACE: Place = Place::Backfill;

    fn parse(input: Input<'t>) -> Res<'t, Self> {
        let at = input.advance();
        let (at, kind) = match known(input) {
            Word::Set => {
                let (at, field) = name(at, "the name of a field")?;
                let Some(at) = at.eat(Kind::Equal) else {
                    return expected(at, "`=`");
                };
                let (at, value) = expr(at)?;
                (at, BackfillLineKind::Set { field, value })
            }
            Word::Where => {
                let (at, condition) = expr(at)?;
                (at, BackfillLineKind::Where(condition))
            }
            Word::Batch => (batch(at)?.0, BackfillLineKind::Batch),
            Word::Down => {
                let at = if is_word(at, Word::Noop) {
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

    fn broken(_: &Source<'t>, range: TextRange) -> Option<Self> {
        Some(Self {
            range,
            kind: BackfillLineKind::Error,
        })
    }
}
