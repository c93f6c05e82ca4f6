//! Operations, and what holds operations.

use super::super::token::Kind;
use super::super::tree::{
    Args, Call, Comparison, DialectTest, ExtensionName, Statement, StatementKind, Text,
};
use super::block::{Line, block, statement as made};
use super::expression::args;
use super::header::{header, phase_name};
use super::model::{options, rename_tail};
use super::name::{dotted, name, string};
use super::{Input, Res, is_word, optional, run, word};
use crate::base::TextRange;
use crate::parse::expected;

/// A statement of a file or of a block of operations.
pub(super) fn statement(input: Input<'_>) -> Res<'_, Statement> {
    let Some(verb) = word(input) else {
        return expected(input, "a statement");
    };
    // `state: int` is a field that stands in the wrong place.
    if input.kind_after(1) == Kind::Colon || input.kind_after(1) == Kind::Equal {
        return expected(input, "a statement");
    }
    made(input, |input| match verb {
        "mig" | "migration" | "after" | "before" | "replaces" | "initial" | "atomic" | "attr" => {
            header(input, verb)
        }
        "create" => model_create(input.advance()),
        "alter" => model_alter(input.advance()),
        "drop" => dropped(input.advance()),
        "rename" => model_rename(input.advance()),
        "phase" => phase(input.advance()),
        "on" => dialect(input.advance()),
        "separate" => separate(input.advance()),
        "state" => {
            let (at, items) = block(input.advance())?;
            Ok((at, StatementKind::State(items)))
        }
        "database" => {
            let (at, items) = block(input.advance())?;
            Ok((at, StatementKind::Database(items)))
        }
        "sql" => {
            let (at, run) = run::sql(input)?;
            Ok((at, StatementKind::Sql(run)))
        }
        "python" => {
            let (at, run) = run::python(input)?;
            Ok((at, StatementKind::Python(run)))
        }
        "backfill" => run::backfill(input.advance()),
        "extension" => {
            let (at, name) = extension_name(input.advance())?;
            Ok((at, StatementKind::Extension(name)))
        }
        "collation" => collation(input.advance(), false),
        "op" => opaque(input.advance()),
        _ => expected(input, "a statement"),
    })
}

/// model_create = "create" "model" WORD [ args ] block(member) ;
fn model_create(input: Input<'_>) -> Res<'_, StatementKind> {
    let (at, _) = super::keyword(input, "model", "`model`")?;
    let (at, name) = name(at, "the name of a model")?;
    let (at, bases) = match at.kind() {
        Kind::ParenOpen => {
            let layout = &at.context().layout;
            layout.borrow_mut().spaced_parens.push(at.start());
            let (at, bases): (_, Args) = args(at, false)?;
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
fn model_alter(input: Input<'_>) -> Res<'_, StatementKind> {
    let (at, _) = super::keyword(input, "model", "`model`")?;
    let (at, name) = name(at, "the name of a model")?;
    let (at, changes) = block(at)?;
    Ok((at, StatementKind::AlterModel { name, changes }))
}

/// model_drop, drop_misc
fn dropped(input: Input<'_>) -> Res<'_, StatementKind> {
    match word(input) {
        Some("model") => {
            let (at, name) = name(input.advance(), "the name of a model")?;
            Ok((at, StatementKind::DropModel { name }))
        }
        Some("extension") => {
            let (at, name) = extension_name(input.advance())?;
            Ok((at, StatementKind::DropExtension(name)))
        }
        Some("collation") => collation(input.advance(), true),
        _ => expected(input, "`model`, `extension` or `collation`"),
    }
}

/// model_rename = "rename" "model" WORD "->" WORD [ "online" ] ;
fn model_rename(input: Input<'_>) -> Res<'_, StatementKind> {
    let (at, _) = super::keyword(input, "model", "`model`")?;
    let (at, from) = name(at, "the name of a model")?;
    let (at, to, online) = rename_tail(at, "the new name of the model")?;
    Ok((at, StatementKind::RenameModel { from, to, online }))
}

/// phase = "phase" phase_name [ "gate" STRING ] block(item) ;
fn phase(input: Input<'_>) -> Res<'_, StatementKind> {
    let (at, name) = phase_name(input)?;
    let (at, gate) = match optional(at, "gate") {
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
fn dialect(input: Input<'_>) -> Res<'_, StatementKind> {
    let mut tests = Vec::with_capacity(1);
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
    let (at, then) = block(at)?;
    // `else` may stand on the next line, too.
    let mut ahead = at;
    while ahead.kind() == Kind::Newline {
        ahead = ahead.advance();
    }
    if is_word(ahead, "else") && ahead.kind_after(1) == Kind::BlockOpen {
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
    if is_word(at, "else") {
        return expected(at.advance(), "`{`");
    }
    Ok((
        at,
        StatementKind::On {
            tests,
            then,
            otherwise: Vec::new(),
        },
    ))
}

/// dname = WORD [ ("="|"<"|"<="|">"|">=") (INT|DEC) ] ;
fn dialect_test(input: Input<'_>) -> Res<'_, DialectTest> {
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
        text: at.context().text(at.range()).to_owned(),
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
fn separate(input: Input<'_>) -> Res<'_, StatementKind> {
    let (at, sides) = block::<Side>(input)?;
    let sides = sides.into_iter().map(|side| side.0).collect();
    Ok((at, StatementKind::Separate(sides)))
}

/// One side of `separate`.
struct Side(Statement);

impl Line for Side {
    const PLACE: super::block::Place = super::block::Place::Sides;

    fn parse(input: Input<'_>) -> Res<'_, Self> {
        if !is_word(input, "database") && !is_word(input, "state") {
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
fn extension_name(input: Input<'_>) -> Res<'_, ExtensionName> {
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
        text: name.text.to_string(),
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
fn collation(input: Input<'_>, is_drop: bool) -> Res<'_, StatementKind> {
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
fn opaque(input: Input<'_>) -> Res<'_, StatementKind> {
    let (at, call) = class_call(input, "the dotted path of an operation class")?;
    Ok((at, StatementKind::Op(call)))
}

/// dotted args
pub(super) fn class_call<'a>(input: Input<'a>, what: &'static str) -> Res<'a, Call> {
    let (at, callee) = dotted(input, what)?;
    if at.kind() != Kind::ParenOpen {
        return expected(at, "arguments in parentheses");
    }
    let (at, args) = args(at, false)?;
    Ok((at, Call { callee, args }))
}
