//! What stands in `create model` and `alter model`.

use super::super::token::{Kind, Word};
use super::super::tree::{
    Change, ChangeKind, Expr, Field, FieldOption, Member, MemberKind, Name, Renamed, Setting,
};
use super::block::{Line, Place, block, range_from};
use super::expression::{expr, type_expr};
use super::name::{name, names, string};
use super::{Input, Res, Source, is_word, known, optional, part};
use crate::base::TextRange;
use crate::parse::expected;

impl<'t> Line<'t> for Member<'t> {
    const PLACE: Place = Place::Members;

    /// member = ( field | table_part | setting ) end ;
    fn parse(input: Input<'t>) -> Res<'t, Self> {
        let (at, kind) = if is_field(input) {
            let (at, field) = field(input)?;
            (at, MemberKind::Field(field))
        } else if part::begins(input) {
            let (at, part) = part::table_part(input)?;
            (at, MemberKind::Part(part))
        } else if begins_setting(input) {
            let (at, setting) = setting(input)?;
            (at, MemberKind::Setting(setting))
        } else {
            return expected(input, "a field, an index, a constraint or an option");
        };
        let range = range_from(at, input.start());
        Ok((at, Self { range, kind }))
    }

    fn broken(_: &Source<'t>, range: TextRange) -> Option<Self> {
        Some(Self {
            range,
            kind: MemberKind::Error,
        })
    }
}

impl<'t> Line<'t> for &'t Change<'t> {
    const PLACE: Place = Place::Changes;

    /// change
    fn parse(input: Input<'t>) -> Res<'t, Self> {
        change(input)
    }

    fn broken(source: &Source<'t>, range: TextRange) -> Option<Self> {
        Some(source.alloc(Change {
            range,
            head: range,
            kind: ChangeKind::Error,
        }))
    }
}

/// Makes the change that begins at `begun` and ends before `after`; its head ends with
/// `head`.
#[inline]
fn changed<'a>(
    after: Input<'a>,
    begun: Input<'a>,
    head: TextRange,
    kind: ChangeKind<'a>,
) -> Res<'a, &'a Change<'a>> {
    let change = Change {
        range: range_from(after, begun.start()),
        head: begun.range().cover(head),
        kind,
    };
    Ok((after, after.context().alloc(change)))
}

fn change(input: Input<'_>) -> Res<'_, &'_ Change<'_>> {
    // A field's own line, as in `create model`, is told apart by the message.
    if is_field(input) {
        return expected(input, "`add` or `change` before the field");
    }
    let at = input.advance();
    match known(input) {
        verb @ (Word::Add | Word::Change) => {
            let is_add = verb == Word::Add;
            if is_field(at) {
                let (after, field) = field(at)?;
                let kind = if is_add {
                    ChangeKind::AddField(field)
                } else {
                    ChangeKind::ChangeField(field)
                };
                return changed(after, input, field.name.range, kind);
            }
            if !part::begins(at) {
                return expected(
                    at,
                    "a field (`name: type`), `index`, `unique`, `check`, `exclude` or `constraint`",
                );
            }
            let (after, part) = part::table_part(at)?;
            let kind = if is_add {
                ChangeKind::AddPart(part)
            } else {
                ChangeKind::ChangePart(part)
            };
            changed(after, input, part.range, kind)
        }
        Word::Drop => dropped(input),
        Word::Rename => renamed(input),
        verb @ (Word::Mirror | Word::Unmirror) => {
            let (after, from) = name(at, "the name of a field")?;
            let Some(after) = after.eat(Kind::BothArrow) else {
                return expected(after, "`<->`");
            };
            let (after, to) = name(after, "the name of a field")?;
            if verb == Word::Unmirror {
                return changed(after, input, to.range, ChangeKind::Unmirror { from, to });
            }
            let (after, _) = options(after)?;
            changed(after, input, to.range, ChangeKind::Mirror { from, to })
        }
        Word::Validate => {
            let (after, name) = name(at, "the name of a constraint")?;
            changed(after, input, name.range, ChangeKind::Validate { name })
        }
        _ if begins_setting(input) => {
            let (after, setting) = setting(input)?;
            changed(after, input, input.range(), ChangeKind::Setting(setting))
        }
        _ => expected(
            input,
            "`add`, `change`, `drop`, `rename` or an option of the model",
        ),
    }
}

/// "drop" [ "index" | "constraint" ] WORD [ "concurrently" ]
fn dropped(input: Input<'_>) -> Res<'_, &'_ Change<'_>> {
    let is_name = |kind| matches!(kind, Kind::Word(_) | Kind::Quoted);
    let at = input.advance();
    let what = if is_name(at.kind_after(1)) {
        known(at)
    } else {
        Word::Name
    };
    match what {
        Word::Index => {
            let (at, name) = name(at.advance(), "the name of an index")?;
            let (at, concurrently) = optional(at, Word::Concurrently);
            let kind = ChangeKind::DropIndex {
                name,
                concurrently: concurrently.is_some(),
            };
            changed(at, input, name.range, kind)
        }
        Word::Constraint => {
            let (at, name) = name(at.advance(), "the name of a constraint")?;
            changed(at, input, name.range, ChangeKind::DropConstraint { name })
        }
        _ => {
            let (at, name) = name(at, "the name of a field")?;
            let (at, online) = optional(at, Word::Online);
            changed(
                at,
                input,
                name.range,
                ChangeKind::DropField { name, online },
            )
        }
    }
}

/// "rename" [ "index" ] ( WORD | names ) "->" WORD [ "online" ]
fn renamed(input: Input<'_>) -> Res<'_, &'_ Change<'_>> {
    let at = input.advance();
    if is_word(at, Word::Index) && at.kind_after(1) != Kind::Arrow {
        let at = at.advance();
        let (at, from) = if at.kind() == Kind::ParenOpen {
            let (at, fields) = names(at)?;
            (at, Renamed::Fields(fields))
        } else {
            let (at, name) = name(at, "the name of an index, or its fields in parentheses")?;
            (at, Renamed::Name(name))
        };
        let (at, to, _) = rename_tail(at, "the new name of the index")?;
        return changed(at, input, to.range, ChangeKind::RenameIndex { from, to });
    }
    let (at, from) = name(at, "the name of a field")?;
    let (at, to, online) = rename_tail(at, "the new name of the field")?;
    let kind = ChangeKind::RenameField { from, to, online };
    changed(at, input, to.range, kind)
}

/// "->" WORD [ "online" ]
pub(super) fn rename_tail<'a>(
    input: Input<'a>,
    what: &'static str,
) -> Result<(Input<'a>, Name<'a>, Option<TextRange>), nom::Err<crate::parse::Failure>> {
    let Some(at) = input.eat(Kind::Arrow) else {
        return Err(match expected::<_, ()>(input, "`->`") {
            Err(error) => error,
            Ok(_) => nom::Err::Incomplete(nom::Needed::Unknown),
        });
    };
    let (at, to) = name(at, what)?;
    let (at, online) = optional(at, Word::Online);
    Ok((at, to, online))
}

/// A name with a colon.
pub(super) fn is_field(input: Input) -> bool {
    matches!(input.kind(), Kind::Word(_) | Kind::Quoted) && input.kind_after(1) == Kind::Colon
}

/// field = WORD ":" type { option } [ block( WORD "=" expr end ) ] ;
fn field(input: Input<'_>) -> Res<'_, &'_ Field<'_>> {
    let (at, name) = name(input, "the name of a field")?;
    let Some(at) = at.eat(Kind::Colon) else {
        return expected(at, "`:`");
    };
    let start = at.start();
    let (at, of) = type_expr(at)?;
    let (mut at, mut options) = options(at)?;
    if at.kind() == Kind::BlockOpen {
        let (after, more) = block::<FieldOption>(at)?;
        let mut all = input.context().list(options.len() + more.len());
        all.extend_from_slice_copy(options);
        all.extend_from_slice_copy(more);
        options = all.into_bump_slice();
        at = after;
    }
    let range = range_from(at, start);
    let field = Field {
        name,
        of,
        options,
        range,
    };
    Ok((at, at.context().alloc(field)))
}

impl<'t> Line<'t> for FieldOption<'t> {
    const PLACE: Place = Place::FieldOptions;

    fn parse(input: Input<'t>) -> Res<'t, Self> {
        let (at, name) = name(input, "the name of an option")?;
        let Some(at) = at.eat(Kind::Equal) else {
            return expected(at, "`=`");
        };
        let (at, value) = expr(at)?;
        let value = Some(value);
        Ok((at, Self { name, value }))
    }

    fn broken(_: &Source<'t>, _: TextRange) -> Option<Self> {
        None
    }
}

/// { option }
pub(super) fn options(input: Input<'_>) -> Res<'_, &'_ [FieldOption<'_>]> {
    let is_name = |at: Input| matches!(at.kind(), Kind::Word(_) | Kind::Quoted);
    if !is_name(input) {
        return Ok((input, &[]));
    }
    let mut out = input.context().list(4);
    let mut at = input;
    while is_name(at) {
        let (after, option) = option(at)?;
        out.push(option);
        at = after;
    }
    Ok((at, out.into_bump_slice()))
}

/// option = WORD [ "=" expr ] ;
fn option(input: Input<'_>) -> Res<'_, FieldOption<'_>> {
    let (at, name) = name(input, "the name of an option")?;
    let Some(after) = at.eat(Kind::Equal) else {
        return Ok((at, FieldOption { name, value: None }));
    };
    at.context()
        .mark(|layout| &mut layout.tight_equals, at.start());
    let (at, value) = expr(after)?;
    let value = Some(value);
    Ok((at, FieldOption { name, value }))
}

fn begins_setting(input: Input) -> bool {
    is_setting(known(input))
}

/// Whether a word begins an option of a model: the words of [`SETTINGS`].
pub(super) const fn is_setting(word: Word) -> bool {
    matches!(
        word,
        Word::Comment
            | Word::IndexTogether
            | Word::Managers
            | Word::Options
            | Word::OrderWithRespectTo
            | Word::Table
            | Word::UniqueTogether
    )
}

/// Words that begin an option of a model.
pub(super) const SETTINGS: &[&str] = &[
    "comment",
    "index_together",
    "managers",
    "options",
    "order_with_respect_to",
    "table",
    "unique_together",
];

/// setting
fn setting<'a>(input: Input<'a>) -> Res<'a, &'a Setting<'a>> {
    let made = |at: Input<'a>, setting| Ok((at, at.context().alloc(setting)));
    let at = input.advance();
    match known(input) {
        Word::Options => {
            let (at, options) = options(at)?;
            made(at, Setting::Options(options))
        }
        which @ (Word::UniqueTogether | Word::IndexTogether) => {
            let mut groups = input.context().list(4);
            let mut at = at;
            while at.kind() == Kind::ParenOpen {
                let (after, group) = names(at)?;
                groups.push(group);
                at = after;
            }
            let groups = groups.into_bump_slice();
            let setting = if which == Word::UniqueTogether {
                Setting::UniqueTogether(groups)
            } else {
                Setting::IndexTogether(groups)
            };
            made(at, setting)
        }
        Word::OrderWithRespectTo => {
            if is_word(at, Word::None) {
                return made(at.advance(), Setting::OrderWithRespectTo(None));
            }
            let (at, name) = name(at, "the name of a field, or `none`")?;
            made(at, Setting::OrderWithRespectTo(Some(name)))
        }
        Word::Managers => {
            let (at, managers) = block::<Manager>(at)?;
            let managers = managers.iter().map(|it| (it.name, it.value));
            let managers = input.context().arena.alloc_slice_fill_iter(managers);
            made(at, Setting::Managers(managers))
        }
        which @ (Word::Table | Word::Comment) => {
            let (at, text) = if is_word(at, Word::None) {
                (at.advance(), None)
            } else {
                let (at, text) = string(at, "a string, or `none`")?;
                (at, Some(text))
            };
            let setting = if which == Word::Table {
                Setting::Table(text)
            } else {
                Setting::Comment(text)
            };
            made(at, setting)
        }
        _ => expected(input, "an option of the model"),
    }
}

#[derive(Clone, Copy)]
struct Manager<'t> {
    name: Name<'t>,
    value: &'t Expr<'t>,
}

impl<'t> Line<'t> for Manager<'t> {
    const PLACE: Place = Place::Managers;

    fn parse(input: Input<'t>) -> Res<'t, Self> {
        let (at, name) = name(input, "the name of a manager")?;
        let Some(at) = at.eat(Kind::Equal) else {
            return expected(at, "`=`");
        };
        let (at, value) = expr(at)?;
        Ok((at, Self { name, value }))
    }

    fn broken(_: &Source<'t>, _: TextRange) -> Option<Self> {
        None
    }
}
