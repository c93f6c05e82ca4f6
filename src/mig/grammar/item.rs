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
use super::{Input, Res, is_word, known, optional, run};
use crate::base::TextRange;
use crate::parse::expected;

/// A statement of a file or of a block of operations.
pub(super) fn statement(input: Input<'_>) -> Res<'_, Statement<'_>> {
    let verb = known(input);
    // `state: int` is a field that stands in the wrong place.
    if input.kind_after(1) == Kind::Colon || input.kind_after(1) == Kind::Equal {
        return expected(input, "a statement");
    }
    made(input, |input| match verb {
        Word::Mig
        | Word::Migration
        | Word::After
        | Word::Before
        | Word::Replaces
        | Word::Initial
        | Word::Atomic
        | Word::Attr => header(input, verb),
        Word::Create => model_create(input.advance()),
        Word::Alter => model_alter(input.advance()),
        Word::Drop => dropped(input.advance()),
        Word::Rename => model_rename(input.advance()),
        Word::Phase => phase(input.advance()),
        Word::On => dialect(input.advance()),
        Word::Separate => separate(input.advance()),
        Word::State => {
            let (at, items) = block(input.advance())?;
            Ok((at, StatementKind::State(items)))
        }
        Word::Database => {
            let (at, items) = block(input.advance())?;
            Ok((at, StatementKind::Database(items)))
        }
        Word::Sql => {
            let (at, run) = run::sql(input)?;
            Ok((at, StatementKind::Sql(run)))
        }
        Word::Python => {
            let (at, run) = run::python(input)?;
            Ok((at, StatementKind::Python(run)))
        }
        Word::Backfill => run::backfill(input.advance()),
        Word::Extension => {
            let (at, name) = extension_name(input.advance())?;
            Ok((at, StatementKind::Extension(name)))
        }
        Word::Collation => collation(input.advance(), false),
        Word::Op => opaque(input.advance()),
        _ => expected(input, "a statement"),
    })
}

/// model_create = "create" "model" WORD [ args ] block(member) ;
fn model_create(input: Input<'_>) -> Res<'_, StatementKind<'_>> {
    let (at, _) = super::keyword(input, Word::Model, "`model`")?;
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
    Ok((
        at,
        StatementKind::CreateModel {
            name,
            bases,
            members,
        },
    ))
}

/// model_alter = "alter" "model" WORD block(change) ;
fn model_alter(input: Input<'_>) -> Res<'_, StatementKind<'_>> {
    let (at, _) = super::keyword(input, Word::Model, "`model`")?;
    let (at, name) = name(at, "the name of a model")?;
    let (at, changes) = block(at)?;
    Ok((at, StatementKind::AlterModel { name, changes }))
}

/// model_drop, drop_misc
fn dropped(input: Input<'_>) -> Res<'_, StatementKind<'_>> {
    match known(input) {
        Word::Model => {
            let (at, name) = name(input.advance(), "the name of a model")?;
            Ok((at, StatementKind::DropModel { name }))
        }
        Word::Extension => {
            let (at, name) = extension_name(input.advance())?;
            Ok((at, StatementKind::DropExtension(name)))
        }
        Word::Collation => collation(input.advance(), true),
        _ => expected(input, "`model`, `extension` or `collation`"),
    }
}

/// model_rename = "rename" "model" WORD "->" WORD [ "online" ] ;
fn model_rename(input: Input<'_>) -> Res<'_, StatementKind<'_>> {
    let (at, _) = super::keyword(input, Word::Model, "`model`")?;
    let (at, from) = name(at, "the name of a model")?;
    let (at, to, online) = rename_tail(at, "the new name of the model")?;
    Ok((at, StatementKind::RenameModel { from, to, online }))
}

/// phase = "phase" phase_name [ "gate" STRING ] block(item) ;
fn phase(input: Input<'_>) -> Res<'_, StatementKind<'_>> {
    let (at, name) = phase_name(input)?;
    let (at, gate) = match optional(at, Word::Gate) {
        (at, Some(_)) => {
            let (at, text) = string(at, "what must be confirmed, in quotes")?;
            (at, Some(text))
        }
        (at, None) => (at, None),
    };
    let (at, items) = block(at)?;
    Ok((at, StatementKind::Phase { name, gate, items }))
}

/// dialect = "on" dname { "," dname } block(item) [ "else" block(item) ] ;
fn dialect(input: Input<'_>) -> Res<'_, StatementKind<'_>> {
    let mut tests = input.context().list(1);
    let mut at = input;
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
    if is_word(ahead, Word::Else) && ahead.kind_after(1) == Kind::BlockOpen {
        let (at, otherwise) = block(ahead.advance())?;
        return Ok((
            at,
            StatementKind::On {
                tests,
                then,
                otherwise,
            },
        ));
    }
    if is_word(at, Word::Else) {
        return expected(at.advance(), "`{`");
    }
    Ok((
        at,
        StatementKind::On {
            tests,
            then,
            otherwise: &[],
        },
    ))
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
fn separate(input: Input<'_>) -> Res<'_, StatementKind<'_>> {
    let (at, sides) = block::<Side>(input)?;
    let sides = input
        .context()
        .arena
        .alloc_slice_fill_iter(sides.iter().map(|side| side.0));
    Ok((at, StatementKind::Separate(sides)))
}

/// One side of `separate`.
#[derive(Clone, Copy)]
struct Side<'t>(Statement<'t>);

impl<'t> Line<'t> for Side<'t> {
    const PLACE: super::block::Place = super::block::Place::Sides;

    fn parse(input: Input<'t>) -> Res<'t, Self> {
        if !is_word(input, Word::Database) && !is_word(input, Word::State) {
            return expected(input, "`database { ... }` or `state { ... }`");
        }
        let (at, statement) = statement(input)?;
        Ok((at, Self(statement)))
    }

    fn broken(range: TextRange) -> Option<Self> {
        Statement::broken(range).map(Self)
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
fn collation(input: Input<'_>, is_drop: bool) -> Res<'_, StatementKind<'_>> {
    let (at, name) = name(input, "the name of a collation")?;
    let (at, options) = options(at)?;
    Ok((
        at,
        StatementKind::Collation {
            name,
            options,
            is_drop,
        },
    ))
}

/// opaque = "op" dotted args ;
fn opaque(input: Input<'_>) -> Res<'_, StatementKind<'_>> {
    let (at, call) = class_call(input, "the dotted path of an operation class")?;
    Ok((at, StatementKind::Op(call)))
}

/// dotted args
pub(super) fn class_call<'a>(input: Input<'a>, what: &'static str) -> Res<'a, Call<'a>> {
    let (at, callee) = dotted(input, what)?;
    if at.kind() != Kind::ParenOpen {
        return expected(at, "arguments in parentheses");
    }
    let (at, args) = args(at, false)?;
    Ok((at, Call { callee, args }))
}
