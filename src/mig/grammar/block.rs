//! Blocks: loops over statements, and how they go on behind a broken one.

use super::super::token::{Kind, Word};
use super::super::tree::{Statement, StatementKind};
use super::{Input, Res, Source, hint, is_word, item, known, nested};
use crate::base::TextRange;
use crate::parse::{Failure, Reason, SyntaxError, Tokens, expected, fault};
use bumpalo::collections::Vec as ArenaVec;

/// Words that begin a statement of a file or of a block of operations.
const VERBS: &[&str] = &[
    "after",
    "alter",
    "atomic",
    "attr",
    "backfill",
    "before",
    "collation",
    "create",
    "database",
    "drop",
    "extension",
    "initial",
    "mig",
    "migration",
    "on",
    "op",
    "phase",
    "python",
    "rename",
    "replaces",
    "separate",
    "sql",
    "state",
];

/// Whether a word begins a line of any block.
pub(in super::super) const fn begins_line(word: Word) -> bool {
    is_verb(word)
        || matches!(
            word,
            Word::Index
                | Word::Unique
                | Word::Check
                | Word::Exclude
                | Word::Constraint
                | Word::Table
                | Word::Comment
                | Word::Options
                | Word::Managers
                | Word::Add
                | Word::Change
                | Word::Validate
                | Word::Up
                | Word::Down
        )
}

/// Whether a word begins a statement of a file: the words of [`VERBS`].
pub(super) const fn is_verb(word: Word) -> bool {
    matches!(
        word,
        Word::After
            | Word::Alter
            | Word::Atomic
            | Word::Attr
            | Word::Backfill
            | Word::Before
            | Word::Collation
            | Word::Create
            | Word::Database
            | Word::Drop
            | Word::Extension
            | Word::Initial
            | Word::Mig
            | Word::Migration
            | Word::On
            | Word::Op
            | Word::Phase
            | Word::Python
            | Word::Rename
            | Word::Replaces
            | Word::Separate
            | Word::Sql
            | Word::State
    )
}

pub(super) fn verbs() -> &'static [&'static str] {
    VERBS
}

/// What a block holds.
pub(super) trait Line<'t>: Copy + 't {
    /// What the lines are, as a message calls the place: "in `create model`".
    const PLACE: Place;

    fn parse(input: Input<'t>) -> Res<'t, Self>;

    /// What stands for a line that could not be parsed.
    fn broken(source: &Source<'t>, range: TextRange) -> Option<Self>;
}

/// Where a line stands, for its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Items,
    Members,
    Changes,
    Runs,
    Backfill,
    Sides,
    FieldOptions,
    Managers,
    Migrations,
}

impl Place {
    /// Whether a statement of a file can never stand here, so that one shows that a
    /// `}` is missing.
    const fn is_inner(self) -> bool {
        !matches!(self, Self::Items)
    }
}

/// file = { NL } { header } { item } EOF ;
pub(super) fn file(input: Input<'_>) -> &'_ [&'_ Statement<'_>] {
    let mut statements = input.context().list(4);
    let mut at = input;
    loop {
        at = lines(at, None, &mut statements);
        match at.kind() {
            Kind::EndOfFile => return statements.into_bump_slice(),
            _ => {
                extra_close(at);
                at = at.advance();
            }
        }
    }
}

/// block(x) = "{" { NL } { x } "}" ;
pub(super) fn block<'a, T: Line<'a>>(input: Input<'a>) -> Res<'a, &'a [T]> {
    if input.kind() != Kind::BlockOpen {
        return expected(input, "`{`");
    }
    nested(input, |input| {
        let mut out = input.context().list(4);
        let open = input.range();
        let at = lines(input.advance(), Some(open), &mut out);
        let at = match at.kind() {
            Kind::BlockClose => at.advance(),
            _ => {
                unclosed(at, open);
                at
            }
        };
        Ok((at, out.into_bump_slice()))
    })
}

/// Lines up to the end of the block or of the file.
fn lines<'a, T: Line<'a>>(
    input: Input<'a>,
    open: Option<TextRange>,
    out: &mut ArenaVec<'a, T>,
) -> Input<'a> {
    let mut at = input;
    loop {
        while at.kind() == Kind::Newline {
            at = at.advance();
        }
        match at.kind() {
            Kind::EndOfFile | Kind::BlockClose => return at,
            _ => {}
        }
        if let Some(open) = open
            && belongs_outside::<T>(at, open)
        {
            return at;
        }
        at = line(at, out);
    }
}

/// One line with its end.
fn line<'a, T: Line<'a>>(input: Input<'a>, out: &mut ArenaVec<'a, T>) -> Input<'a> {
    let source: &Source<'a> = input.context();
    let depth = source.depth.get();
    let failure = match T::parse(input) {
        Ok((after, line)) => match after.kind() {
            Kind::Newline => {
                out.push(line);
                return after.advance();
            }
            Kind::BlockClose | Kind::EndOfFile => {
                out.push(line);
                return after;
            }
            // A block that was closed early, to go on behind.
            _ if after.at() > input.at() && behind_missing_brace(after) => {
                out.push(line);
                return after;
            }
            _ => Failure {
                at: after.at(),
                reason: Reason::Expected("the end of the line"),
            },
        },
        Err(nom::Err::Error(failure) | nom::Err::Failure(failure)) => failure,
        Err(nom::Err::Incomplete(_)) => Failure {
            at: input.at(),
            reason: Reason::Expected("a statement"),
        },
    };
    source.depth.set(depth);
    let lacks_block = failure.reason == Reason::Expected("`{`")
        && matches!(input.jump(failure.at).kind(), Kind::Newline | Kind::Colon);
    let mut after = skip(input);
    // One mistake, one message: what was said about the line's own words suffices.
    let end = after.previous_end();
    let has_spoken = source
        .errors
        .borrow()
        .iter()
        .any(|error| error.range.start >= input.start() && error.range.start <= end);
    if !has_spoken {
        source.report(hint::describe(input, failure, T::PLACE));
    }
    if lacks_block {
        after = skip_indented(after, source.indent(input.start()));
    }
    out.extend(T::broken(source, after.range_from(input.start())));
    match after.kind() {
        Kind::Newline => after.advance(),
        _ => after,
    }
}

/// Behind a block whose `}` was missing a new statement begins without a newline.
fn behind_missing_brace(after: Input) -> bool {
    let previous = after.jump(after.at() - 1);
    previous.kind() == Kind::Newline
}

/// The end of a broken statement: the next newline outside of the blocks that it
/// opens, or what closes the block around it.
fn skip(input: Input<'_>) -> Input<'_> {
    let mut at = input;
    let mut depth = 0_u32;
    loop {
        match at.kind() {
            Kind::EndOfFile => return at,
            Kind::Newline if depth == 0 && at.at() > input.at() => return at,
            Kind::BlockOpen => depth += 1,
            Kind::BlockClose => {
                let Some(outer) = depth.checked_sub(1) else {
                    return at;
                };
                depth = outer;
            }
            _ => {}
        }
        at = at.advance();
    }
}

/// The end of lines that were meant for a block whose `{` is missing: those that stand
/// further right, and the `}` below them.
fn skip_indented(input: Input<'_>, indent: u32) -> Input<'_> {
    let source = input.context();
    let mut at = input;
    loop {
        let mut next = at;
        while next.kind() == Kind::Newline {
            next = next.advance();
        }
        match next.kind() {
            Kind::EndOfFile => return at,
            Kind::BlockClose if source.indent(next.start()) == indent => {
                return if next.at() > at.at() {
                    next.advance()
                } else {
                    at
                };
            }
            Kind::BlockClose => return at,
            _ if source.indent(next.start()) <= indent => return at,
            _ => at = skip(next),
        }
    }
}

/// Whether the statement here cannot belong to the block: its `}` is missing.
fn belongs_outside<'a, T: Line<'a>>(at: Input<'a>, open: TextRange) -> bool {
    if !T::PLACE.is_inner() || !begins_item(at) {
        return false;
    }
    let source = at.context();
    let column = source.column(at.start());
    column == source.indent(at.start()) && column <= source.indent(open.start)
}

/// Whether the tokens here begin a statement of a file beyond doubt: `create model`,
/// but neither `create: ...` nor `drop model` of a field that is called so.
fn begins_item(at: Input) -> bool {
    let verb = known(at);
    if !is_verb(verb) || matches!(at.kind_after(1), Kind::Colon | Kind::Equal) {
        return false;
    }
    let next = at.advance();
    match verb {
        Word::Create | Word::Alter => is_word(next, Word::Model),
        Word::Drop | Word::Rename => {
            is_word(next, Word::Model) && matches!(next.kind_after(1), Kind::Word(_) | Kind::Quoted)
                || matches!(known(next), Word::Extension | Word::Collation)
                    && matches!(
                        next.kind_after(1),
                        Kind::Word(_) | Kind::Str | Kind::Escaped
                    )
        }
        // These may stand inside of `sql` and `python`.
        Word::State | Word::Atomic | Word::Initial | Word::Database => false,
        _ => true,
    }
}

fn unclosed(at: Input, open: TextRange) {
    let source = at.context();
    let here = match at.kind() {
        Kind::EndOfFile => TextRange::empty(at.previous_end()),
        _ => at.range(),
    };
    let note = match at.kind() {
        Kind::EndOfFile => "the file ends without a `}` for it",
        _ => "a new statement begins here, so `}` is missing above",
    };
    source.report(
        SyntaxError::new(open, "this `{` is never closed")
            .with_label("this block has no `}`")
            .with_note(here, note),
    );
}

fn extra_close(at: Input) {
    let (sign, opener) = match at.kind() {
        Kind::ParenClose => (")", "("),
        Kind::BracketClose => ("]", "["),
        _ => ("}", "{"),
    };
    at.context().report(
        SyntaxError::new(at.range(), format!("this `{sign}` closes nothing"))
            .with_label(format!("no `{opener}` is open here"))
            .with_help("remove it"),
    );
}

impl<'t> Line<'t> for &'t Statement<'t> {
    const PLACE: Place = Place::Items;

    fn parse(input: Input<'t>) -> Res<'t, Self> {
        if input.kind().closes() && input.kind() != Kind::BlockClose {
            let sign = input.context().text(input.range());
            let opener = if sign == ")" { "(" } else { "[" };
            return fault(
                input,
                SyntaxError::new(input.range(), format!("this `{sign}` closes nothing"))
                    .with_label(format!("no `{opener}` is open here"))
                    .with_help("remove it"),
            );
        }
        item::statement(input)
    }

    fn broken(source: &Source<'t>, range: TextRange) -> Option<Self> {
        let kind = StatementKind::Error;
        Some(source.alloc(Statement { range, kind }))
    }
}

/// Makes the statement that begins at `begun` and ends before `after`.
#[inline]
pub(super) fn statement<'a>(
    after: Input<'a>,
    begun: Input<'a>,
    kind: StatementKind<'a>,
) -> Res<'a, &'a Statement<'a>> {
    let range = range_from(after, begun.start());
    Ok((after, after.context().alloc(Statement { range, kind })))
}

/// From `start` to the last token before `input` that is no newline.
pub(super) fn range_from(input: Tokens<'_, Source<'_>>, start: u32) -> TextRange {
    let before = input.context().tokens.get(..input.at() as usize);
    let mut before = before.unwrap_or_default().iter().rev();
    let last = before.find(|token| token.kind != Kind::Newline);
    TextRange::new(start, last.map_or(0, |token| token.end).max(start))
}
