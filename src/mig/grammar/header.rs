//! Header lines: what the migration depends on, and its attributes.

use super::super::token::{Kind, Word};
use super::super::tree::{
    Call, Dependency, Dotted, Expr, ExprKind, MigrationRef, Name, Statement, StatementKind, Text,
};
use super::block::{Line, Place, block, statement as made};
use super::expression::args;
use super::name::{boolean, dotted, migration_ref, name, string};
use super::{Input, Res, Source, is_word};
use crate::base::TextRange;
use crate::parse::expected;

/// header, behind its word.
pub(super) fn header<'a>(input: Input<'a>, verb: Word) -> Res<'a, &'a Statement<'a>> {
    let at = input.advance();
    match verb {
        Word::Mig => {
            if at.kind() != Kind::Int {
                return expected(at, "the number of the language's edition");
            }
            let text = Text {
                text: at.context().text(at.range()),
                range: at.range(),
            };
            made(at.advance(), input, StatementKind::Edition(text))
        }
        Word::Migration => {
            let (at, migration) = migration_ref(at)?;
            made(at, input, StatementKind::Migration(migration))
        }
        Word::After => {
            let (at, list) = separated(at, dependency)?;
            made(at, input, StatementKind::After(list))
        }
        Word::Before => {
            let (at, list) = separated(at, migration_ref)?;
            made(at, input, StatementKind::Before(list))
        }
        Word::Replaces if at.kind() == Kind::BlockOpen => {
            let (at, list) = block::<&MigrationRef>(at)?;
            made(at, input, StatementKind::Replaces(list))
        }
        Word::Replaces => {
            let (at, list) = separated(at, migration_ref)?;
            made(at, input, StatementKind::Replaces(list))
        }
        Word::Initial => match at.kind() {
            Kind::Word(_) => {
                let (at, value) = boolean(at)?;
                made(at, input, StatementKind::Initial(value))
            }
            _ => made(at, input, StatementKind::Initial(true)),
        },
        Word::Atomic => {
            let (at, value) = boolean(at)?;
            made(at, input, StatementKind::Atomic(value))
        }
        _ => attribute(input),
    }
}

/// "attr" WORD "=" expr
fn attribute(input: Input<'_>) -> Res<'_, &'_ Statement<'_>> {
    let (at, name) = name(input.advance(), "the name of an attribute")?;
    let Some(at) = at.eat(Kind::Equal) else {
        return expected(at, "`=`");
    };
    let (at, value) = super::expression::expr(at)?;
    made(at, input, StatementKind::Attribute { name, value })
}

/// One or more, with commas between.
fn separated<'a, T>(input: Input<'a>, parse: impl Fn(Input<'a>) -> Res<'a, T>) -> Res<'a, &'a [T]> {
    let mut out = input.context().list(1);
    let mut at = input;
    loop {
        let (after, found) = parse(at)?;
        out.push(found);
        match after.eat(Kind::Comma) {
            Some(behind) => at = behind,
            None => return Ok((after, out.into_bump_slice())),
        }
    }
}

/// dep = "swappable" ( WORD { "." WORD } | STRING )
///     | migref [ "#" phase_name | { "." WORD } args ] | "." WORD { "." WORD } args ;
fn dependency(input: Input<'_>) -> Res<'_, Dependency<'_>> {
    if is_word(input, Word::Swappable)
        && (matches!(input.kind_after(1), Kind::Word(_) | Kind::Quoted)
            || input.kind_after(1).is_string())
    {
        let (at, model) = swappable(input.advance())?;
        let range = at.range_from(input.start());
        return Ok((at, Dependency::Swappable { model, range }));
    }
    if input.kind() == Kind::Dot {
        return computed(input, dotted(input, "a function")?);
    }
    let (at, migration) = migration_ref(input)?;
    if matches!(at.kind(), Kind::Dot | Kind::ParenOpen) {
        return computed(input, path(input, at)?);
    }
    let (at, phase) = match at.eat(Kind::PhaseMark) {
        Some(behind) => {
            let (at, name) = name(behind, "`expand`, `migrate` or `contract`")?;
            (at, Some(name))
        }
        None => (at, None),
    };
    Ok((at, Dependency::Migration { migration, phase }))
}

/// args, behind the path of a function.
fn computed<'a>(
    input: Input<'a>,
    (at, callee): (Input<'a>, Dotted<'a>),
) -> Res<'a, Dependency<'a>> {
    if at.kind() != Kind::ParenOpen {
        return expected(at, "arguments in parentheses");
    }
    let (at, args) = args(at, false)?;
    let call = input.context().alloc(Call { callee, args });
    Ok((at, Dependency::Computed(call)))
}

/// The path of a function that has begun like the name of a migration.
fn path<'a>(input: Input<'a>, begun: Input<'a>) -> Res<'a, Dotted<'a>> {
    let is_name = |kind| matches!(kind, Kind::Word(_) | Kind::Quoted);
    if is_name(input.kind()) && is_name(begun.jump(begun.at() - 1).kind()) {
        return dotted(input, "a function");
    }
    // Numbers and strings name migrations only, which the lowering tells.
    let mut at = begun;
    let mut words = (begun.at() - input.at()).div_ceil(2);
    while let Some(after) = at.eat(Kind::Dot) {
        at = name(after, "a name")?.0;
        words += 1;
    }
    let range = at.range_from(input.start());
    let path = input.context().text(range);
    let dotted = Dotted {
        is_relative: false,
        path,
        words,
        range,
    };
    Ok((at, dotted))
}

/// STRING | dotted
fn swappable(input: Input<'_>) -> Res<'_, &'_ Expr<'_>> {
    let what = "a setting such as `settings.AUTH_USER_MODEL`";
    let (at, range, kind) = if input.kind().is_string() {
        let (at, text) = string(input, what)?;
        (at, text.range, ExprKind::Str(text.text))
    } else {
        let (at, path) = dotted(input, what)?;
        (at, path.range, ExprKind::Name(path))
    };
    Ok((at, input.context().alloc(Expr { range, kind })))
}

impl<'t> Line<'t> for &'t MigrationRef<'t> {
    const PLACE: Place = Place::Migrations;

    fn parse(input: Input<'t>) -> Res<'t, Self> {
        migration_ref(input)
    }

    fn broken(_: &Source<'t>, _: TextRange) -> Option<Self> {
        None
    }
}

/// phase_name = "expand" | "migrate" | "contract" ;
pub(super) fn phase_name(input: Input<'_>) -> Res<'_, Name<'_>> {
    let (at, found) = name(input, "`expand`, `migrate` or `contract`")?;
    if matches!(found.text, "expand" | "migrate" | "contract") {
        Ok((at, found))
    } else {
        expected(input, "`expand`, `migrate` or `contract`")
    }
}
