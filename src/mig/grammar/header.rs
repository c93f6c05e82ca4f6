//! Header lines: what the migration depends on, and its attributes.

use super::super::token::Kind;
use super::super::tree::{Dependency, Expr, ExprKind, MigrationRef, Name, StatementKind, Text};
use super::block::{Line, Place, block};
use super::name::{boolean, dotted, migration_ref, name, string};
use super::{Input, Res, is_word};
use crate::base::TextRange;
use crate::parse::expected;

/// header, behind its word.
pub(super) fn header<'a>(input: Input<'a>, verb: &str) -> Res<'a, StatementKind> {
    let at = input.advance();
    match verb {
        "mig" => {
            if at.kind() != Kind::Int {
                return expected(at, "the number of the language's edition");
            }
            let text = Text {
                text: at.context().text(at.range()).to_owned(),
                range: at.range(),
            };
            Ok((at.advance(), StatementKind::Edition(text)))
        }
        "migration" => {
            let (at, migration) = migration_ref(at)?;
            Ok((at, StatementKind::Migration(migration)))
        }
        "after" => {
            let (at, list) = separated(at, dependency)?;
            Ok((at, StatementKind::After(list)))
        }
        "before" => {
            let (at, list) = separated(at, migration_ref)?;
            Ok((at, StatementKind::Before(list)))
        }
        "replaces" if at.kind() == Kind::BlockOpen => {
            let (at, list) = block::<MigrationRef>(at)?;
            Ok((at, StatementKind::Replaces(list)))
        }
        "replaces" => {
            let (at, list) = separated(at, migration_ref)?;
            Ok((at, StatementKind::Replaces(list)))
        }
        "initial" => match at.kind() {
            Kind::Word => {
                let (at, value) = boolean(at)?;
                Ok((at, StatementKind::Initial(value)))
            }
            _ => Ok((at, StatementKind::Initial(true))),
        },
        "atomic" => {
            let (at, value) = boolean(at)?;
            Ok((at, StatementKind::Atomic(value)))
        }
        _ => attribute(at),
    }
}

/// "attr" WORD "=" expr
fn attribute(input: Input<'_>) -> Res<'_, StatementKind> {
    let (at, name) = name(input, "the name of an attribute")?;
    let Some(at) = at.eat(Kind::Equal) else {
        return expected(at, "`=`");
    };
    let (at, value) = super::expression::expr(at)?;
    Ok((at, StatementKind::Attribute { name, value }))
}

/// One or more, with commas between.
fn separated<'a, T>(input: Input<'a>, parse: impl Fn(Input<'a>) -> Res<'a, T>) -> Res<'a, Vec<T>> {
    let mut out = Vec::with_capacity(1);
    let mut at = input;
    loop {
        let (after, found) = parse(at)?;
        out.push(found);
        match after.eat(Kind::Comma) {
            Some(behind) => at = behind,
            None => return Ok((after, out)),
        }
    }
}

/// dep = "swappable" ( WORD { "." WORD } | STRING ) | migref [ "#" phase_name ] ;
fn dependency(input: Input<'_>) -> Res<'_, Dependency> {
    if is_word(input, "swappable")
        && (matches!(input.kind_after(1), Kind::Word | Kind::Quoted)
            || input.kind_after(1).is_string())
    {
        let (at, model) = swappable(input.advance())?;
        let range = at.range_from(input.start());
        return Ok((at, Dependency::Swappable { model, range }));
    }
    let (at, migration) = migration_ref(input)?;
    let (at, phase) = match at.eat(Kind::PhaseMark) {
        Some(behind) => {
            let (at, name) = name(behind, "`expand`, `migrate` or `contract`")?;
            (at, Some(name))
        }
        None => (at, None),
    };
    Ok((at, Dependency::Migration { migration, phase }))
}

/// STRING | dotted
fn swappable(input: Input<'_>) -> Res<'_, Expr> {
    let what = "a setting such as `settings.AUTH_USER_MODEL`";
    let (at, range, kind) = if input.kind().is_string() {
        let (at, text) = string(input, what)?;
        (at, text.range, ExprKind::Str(text.text))
    } else {
        let (at, path) = dotted(input, what)?;
        (at, path.range, ExprKind::Name(path))
    };
    Ok((at, Expr { range, kind }))
}

impl Line for MigrationRef {
    const PLACE: Place = Place::Migrations;

    fn parse(input: Input<'_>) -> Res<'_, Self> {
        migration_ref(input)
    }

    fn broken(_range: TextRange) -> Option<Self> {
        None
    }
}

/// phase_name = "expand" | "migrate" | "contract" ;
pub(super) fn phase_name(input: Input<'_>) -> Res<'_, Name> {
    let (at, found) = name(input, "`expand`, `migrate` or `contract`")?;
    if matches!(found.text.as_str(), "expand" | "migrate" | "contract") {
        Ok((at, found))
    } else {
        expected(input, "`expand`, `migrate` or `contract`")
    }
}
