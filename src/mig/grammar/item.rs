//! Operations, and what holds operations.

use super::super::token::{Kind, Word};
use super::super::tree::{
    Call, Comparison, DialectTest, ExtensionName, Statement, StatementKind, Text,
};
use super::block::{Line, block, statement as made};
use super::expression::args;
use super::header::{header, phase_name};
use super::model::{options, rename_tail};
use super::name::{dotted, name, string};
use super::{Input, Res, Source, is_word, known, optional, run};
use crate::base::TextRange;
use crate::parse::expected;

/// A statement of a file or of a block of operations.
pub(super) fn statement(input: Input<'_>) -> Res<'_, &'_ Statement<'_>> {
    let verb = known(input);
    // `state: int` is a field that stands in the wrong place.
    if input.kind_after(1) == Kind::Colon || input.kind_after(1) == Kind::Equal {
        return expected(input, "a statement");
    }
    match verb {
        Word::Mig
        | Word::Migration
        | Word::After
        | Word::Before
        | Word::Replaces
        | Word::Initial
        | Word::Atomic
        | Word::Attr => header(input, verb),
        Word::Create => model_create(input),
        Word::Alter => model_alter(input),
        Word::Drop => dropped(input),
        Word::Rename => model_rename(input),
        Word::Phase => phase(input),
        Word::On => dialect(input),
        Word::Separate => separate(input),
        Word::State => {
            let (at, items) = block(input.advance())?;
            made(at, input, StatementKind::State(items))
        }
        Word::Database => {
            let (at, items) = block(input.advance())?;
            made(at, input, StatementKind::Database(items))
        }
        Word::Sql => {
            let (at, run) = run::sql(input)?;
            made(at, input, StatementKind::Sql(run))
        }
        Word::Python => {
            let (at, run) = run::python(input)?;
            made(at, input, StatementKind::Python(run))
        }
        Word::Backfill => run::backfill(input),
        Word::Extension => {
            let (at, name) = extension_name(input.advance())?;
            made(at, input, StatementKind::Extension(name))
        }
        Word::Collation => collation(input, input.advance(), false),
        Word::Op => opaque(input),
        _ => expected(input, "a statement"),
    }
}

/// model_create = "create" "model" WORD [ args ] block(member) ;
fn model_create(input: Input<'_>) -> Res<'_, &'_ Statement<'_>> {
    let (at, _) = super::keyword(input.advance(), Word::Model, "`model`")?;
    let (at, name) = name(at, "the name of a model")?;
    let (at, bases) = match at.kind() {
        Kind::ParenOpen => {
            at.context()
                .mark(|layout| &mut layout.spaced_parens, at.start());
            let (at, bases) = args(at, false)?;
            (at, Some(bases))
        }
        _ => (at, None),
    };
    let (at, members) = block(at)?;
    let kind = StatementKind::CreateModel {
        name,
        bases,
        members,
    };
    made(at, input, kind)
}

/// model_alter = "alter" "model" WORD block(change) ;
fn model_alter(input: Input<'_>) -> Res<'_, &'_ Statement<'_>> {
    let (at, _) = super::keyword(input.advance(), Word::Model, "`model`")?;
    let (at, name) = name(at, "the name of a model")?;
    let (at, changes) = block(at)?;
    made(at, input, StatementKind::AlterModel { name, changes })
}

/// model_drop, drop_misc
fn dropped(input: Input<'_>) -> Res<'_, &'_ Statement<'_>> {
    let at = input.advance();
    match known(at) {
        Word::Model => {
            let (at, name) = name(at.advance(), "the name of a model")?;
            made(at, input, StatementKind::DropModel { name })
        }
        Word::Extension => {
            let (at, name) = extension_name(at.advance())?;
            made(at, input, StatementKind::DropExtension(name))
        }
        Word::Collation => collation(input, at.advance(), true),
        _ => expected(at, "`model`, `extension` or `collation`"),
    }
}

/// model_rename = "rename" "model" WORD "->" WORD [ "online" ] ;
fn model_rename(input: Input<'_>) -> Res<'_, &'_ Statement<'_>> {
    let (at, _) = super::keyword(input.advance(), Word::Model, "`model`")?;
    let (at, from) = name(at, "the name of a model")?;
    let (at, to, online) = rename_tail(at, "the new name of the model")?;
    made(at, input, StatementKind::RenameModel { from, to, online })
}

/// phase = "phase" phase_name [ "gate" STRING ] block(item) ;
fn phase(input: Input<'_>) -> Res<'_, &'_ Statement<'_>> {
    let (at, name) = phase_name(input.advance())?;
    let (at, gate) = match optional(at, Word::Gate) {
        (at, Some(_)) => {
            let (at, text) = string(at, "what must be confirmed, in quotes")?;
            (at, Some(text))
        }
        (at, None) => (at, None),
    };
    let (at, items) = block(at)?;
    made(at, input, StatementKind::Phase { name, gate, items })
}

/// dialect = "on" dname { "," dname } block(item) [ "else" block(item) ] ;
fn dialect(input: Input<'_>) -> Res<'_, &'_ Statement<'_>> {
    let mut tests = input.context().list(1);
    let mut at = input.advance();
    loop {
        let (after, test) = dialect_test(at)?;
        tests.push(test);
        match after.eat(Kind::Comma) {
            Some(behind) => at = behind,
            None => {
                at = after;
                break;
            }
        }
    }
    let tests = tests.into_bump_slice();
    let (at, then) = block(at)?;
    // `else` may stand on the next line, too.
    let mut ahead = at;
    while ahead.kind() == Kind::Newline {
        ahead = ahead.advance();
    }
    let (at, otherwise) = if is_word(ahead, Word::Else) && ahead.kind_after(1) == Kind::BlockOpen {
        block(ahead.advance())?
    } else if is_word(at, Word::Else) {
        return expected(at.advance(), "`{`");
    } else {
        (at, [].as_slice())
    };
    let kind = StatementKind::On {
        tests,
        then,
        otherwise,
    };
    made(at, input, kind)
}

/// dname = WORD [ ("="|"<"|"<="|">"|">=") (INT|DEC) ] ;
fn dialect_test(input: Input<'_>) -> Res<'_, DialectTest<'_>> {
    let (at, name) = name(input, "the name of a dialect")?;
    let comparison = match at.kind() {
        Kind::Equal => Comparison::Equal,
        Kind::Less => Comparison::Less,
        Kind::LessEqual => Comparison::LessEqual,
        Kind::Greater => Comparison::Greater,
        Kind::GreaterEqual => Comparison::GreaterEqual,
        _ => {
            let range = name.range;
            return Ok((
                at,
                DialectTest {
                    name,
                    version: None,
                    range,
                },
            ));
        }
    };
    let at = at.advance();
    if !matches!(at.kind(), Kind::Int | Kind::Dec) {
        return expected(at, "a version such as `12` or `8.0`");
    }
    let version = Text {
        text: at.context().text(at.range()),
        range: at.range(),
    };
    let at = at.advance();
    let range = at.range_from(input.start());
    Ok((
        at,
        DialectTest {
            name,
            version: Some((comparison, version)),
            range,
        },
    ))
}

/// separate = "separate" block( ("database"|"state") block(item) end ) ;
fn separate(input: Input<'_>) -> Res<'_, &'_ Statement<'_>> {
    let (at, sides) = block::<Side>(input.advance())?;
    let sides = input
        .context()
        .arena
        .alloc_slice_fill_iter(sides.iter().map(|side| side.0));
    made(at, input, StatementKind::Separate(sides))
}

/// One side of `separate`.
#[derive(Clone, Copy)]
struct Side<'t>(&'t Statement<'t>);

impl<'t> Line<'t> for Side<'t> {
    const PLACE: super::block::Place = super::block::Place::Sides;

    fn parse(input: Input<'t>) -> Res<'t, Self> {
        if !is_word(input, Word::Database) && !is_word(input, Word::State) {
            return expected(input, "`database { ... }` or `state { ... }`");
        }
        let (at, statement) = statement(input)?;
        Ok((at, Self(statement)))
    }

    fn broken(source: &Source<'t>, range: TextRange) -> Option<Self> {
        <&Statement>::broken(source, range).map(Self)
    }
}

/// extension = "extension" ( WORD | STRING ) ;
fn extension_name(input: Input<'_>) -> Res<'_, ExtensionName<'_>> {
    if input.kind().is_string() {
        let (at, name) = string(input, "the name of an extension")?;
        return Ok((
            at,
            ExtensionName {
                name,
                is_string: true,
            },
        ));
    }
    let (at, name) = name(input, "the name of an extension")?;
    let name = Text {
        text: name.text,
        range: name.range,
    };
    Ok((
        at,
        ExtensionName {
            name,
            is_string: false,
        },
    ))
}

/// collation = "collation" WORD { option } ;
fn collation<'a>(begun: Input<'a>, input: Input<'a>, is_drop: bool) -> Res<'a, &'a Statement<'a>> {
    let (at, name) = name(input, "the name of a collation")?;
    let (at, options) = options(at)?;
    let kind = StatementKind::Collation {
        name,
        options,
        is_drop,
    };
    made(at, begun, kind)
}

/// opaque = "op" dotted args ;
fn opaque(input: Input<'_>) -> Res<'_, &'_ Statement<'_>> {
    let (at, call) = class_call(input.advance(), "the dotted path of an operation class")?;
    made(at, input, StatementKind::Op(call))
}

/// dotted args
pub(super) fn class_call<'a>(input: Input<'a>, what: &'static str) -> Res<'a, &'a Call<'a>> {
    let (at, callee) = dotted(input, what)?;
    if at.kind() != Kind::ParenOpen {
        return expected(at, "arguments in parentheses");
    }
    let (at, args) = args(at, false)?;
    Ok((at, at.context().alloc(Call { callee, args })))
}
