//! String literals: adjacent ones join; f-strings and t-strings with their fields.

use nom::Parser;

use super::expression::value;
use super::{Input, Res, atom, nested};
use crate::base::TextRange;
use crate::parse::{SyntaxError, expected, fault, token};
use crate::python::token::Kind;
use crate::python::tree::{ExprId, ExprKind, List, StringPart};

/// `strings`: one literal or several next to each other.
#[inline]
pub(super) fn strings<'a>(input: Input<'a>) -> Res<'a, ExprId> {
    let first = input.kind();
    let next = input.advance();
    if first == Kind::String && !is_string(next.kind()) {
        let build = &mut *input.context().build.borrow_mut();
        let ranges = build.tree.push_list(&[input.range()]);
        let id = build.tree.push_expr(input.range(), ExprKind::Str(ranges));
        return Ok((next, id));
    }
    adjacent(input)
}

fn is_string(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::String | Kind::Bytes | Kind::FStringStart | Kind::TStringStart
    )
}

/// Which kinds of literals stand next to each other.
#[derive(Default)]
struct Kinds {
    string: bool,
    bytes: bool,
    format: bool,
    template: bool,
}

impl Kinds {
    fn add(&mut self, kind: Kind) {
        match kind {
            Kind::Bytes => self.bytes = true,
            Kind::FStringStart => self.format = true,
            Kind::TStringStart => self.template = true,
            _ => self.string = true,
        }
    }

    fn problem(&self) -> Option<&'static str> {
        let text = self.string || self.format;
        if self.bytes && (text || self.template) {
            Some("bytes literals cannot be joined with strings")
        } else if self.template && text {
            Some("t-strings cannot be joined with other strings")
        } else {
            None
        }
    }
}

fn adjacent<'a>(first: Input<'a>) -> Res<'a, ExprId> {
    let source = first.context();
    let mark = source.build.borrow().string_parts.len();
    let mut kinds = Kinds::default();
    let mut input = first;
    while is_string(input.kind()) {
        kinds.add(input.kind());
        if let Some(problem) = kinds.problem() {
            return fault(input, SyntaxError::new(input.range(), problem));
        }
        input = match input.kind() {
            Kind::String | Kind::Bytes => {
                let part = StringPart::Token(input.range());
                source.build.borrow_mut().string_parts.push(part);
                input.advance()
            }
            _ => interpolated(input)?.0,
        };
    }
    let range = input.range_from(first.start());
    let kind = if kinds.format || kinds.template {
        let parts = take_parts(input, mark);
        if kinds.template {
            ExprKind::TString(parts)
        } else {
            ExprKind::FString(parts)
        }
    } else {
        let build = &mut *source.build.borrow_mut();
        let ranges: Vec<TextRange> = build
            .string_parts
            .drain(mark..)
            .filter_map(|part| match part {
                StringPart::Token(range) => Some(range),
                StringPart::Literal { .. } | StringPart::Interpolation { .. } => None,
            })
            .collect();
        let ranges = build.tree.push_list(&ranges);
        if kinds.bytes {
            ExprKind::Bytes(ranges)
        } else {
            ExprKind::Str(ranges)
        }
    };
    Ok((input, source.expr(range, kind)))
}

fn take_parts(input: Input, mark: usize) -> List<StringPart> {
    let build = &mut *input.context().build.borrow_mut();
    let parts = build.tree.push_list(&build.string_parts[mark..]);
    build.string_parts.truncate(mark);
    parts
}

/// One f-string or t-string, at its opening quotes.
fn interpolated<'a>(open: Input<'a>) -> Res<'a, ()> {
    let source = open.context();
    let prefix = source.text(open.range());
    let raw = prefix.contains(['r', 'R']);
    let mut input = open.advance();
    loop {
        input = match input.kind() {
            Kind::FStringMiddle => literal(input, raw),
            Kind::CurlyOpen => nested(input, |input| field(input, raw))?.0,
            Kind::FStringEnd => return Ok((input.advance(), ())),
            _ => return expected(input, "the end of the f-string"),
        };
    }
}

fn literal(input: Input, raw: bool) -> Input {
    let range = input.range();
    let part = StringPart::Literal { range, raw };
    input.context().build.borrow_mut().string_parts.push(part);
    input.advance()
}

/// `{value!r:spec}`, at the `{`.
fn field<'a>(open: Input<'a>, raw: bool) -> Res<'a, ()> {
    let source = open.context();
    let inner = open.advance();
    let (mut input, mut id) = value(inner)?;
    if matches!(source.kind_of(id), ExprKind::Starred(_)) {
        source.need(12);
    }
    if matches!(input.kind(), Kind::For | Kind::Async) && inner.kind() != Kind::Yield {
        // Before 3.12 the text of a field was parsed as if in parentheses.
        let (rest, comprehensions) = atom::clauses(input, inner)?;
        source.drop_in(12);
        let kind = ExprKind::Generator {
            element: id,
            comprehensions,
        };
        id = source.expr(rest.range_from(inner.start()), kind);
        input = rest;
    }
    let mut debug = None;
    if let Some(next) = input.eat(Kind::Equal) {
        debug = Some(TextRange::new(open.range().end, next.start()));
        input = next;
    }
    let mut conversion = None;
    if input.kind() == Kind::Exclamation {
        let (rest, character) = conversion_character(input)?;
        conversion = Some(character);
        input = rest;
    }
    let mut format_spec = None;
    if let Some(next) = input.eat(Kind::FormatColon) {
        let (rest, spec) = specification(next, raw)?;
        format_spec = Some(spec);
        input = rest;
    }
    let wanted = match (conversion, format_spec) {
        (_, Some(_)) => "`}`",
        (Some(_), None) => "`:` or `}`",
        (None, None) => "`=`, `!`, `:` or `}`",
    };
    let (rest, _) = token(Kind::CurlyClose, wanted).parse(input)?;
    let part = StringPart::Interpolation {
        value: id,
        debug,
        conversion,
        format_spec,
    };
    source.build.borrow_mut().string_parts.push(part);
    Ok((rest, ()))
}

/// At the `!` of a conversion.
fn conversion_character<'a>(input: Input<'a>) -> Res<'a, char> {
    let source = input.context();
    let name = input.advance();
    let (rest, range) = token(Kind::Name, "`s`, `r` or `a`").parse(name)?;
    if range.start != input.range().end {
        return fault(
            name,
            SyntaxError::new(
                TextRange::new(input.start(), range.end),
                "the conversion must follow `!` at once",
            ),
        );
    }
    let text = source.text(range);
    let character = match text {
        "s" => 's',
        "r" => 'r',
        "a" => 'a',
        _ => {
            return fault(
                name,
                SyntaxError::new(range, format!("there is no conversion `{text}`"))
                    .with_help("conversions are `!s`, `!r` and `!a`"),
            );
        }
    };
    if rest.start() != range.end {
        source.need(12);
    }
    Ok((rest, character))
}

/// What follows the `:` of a field, up to its `}`.
fn specification<'a>(mut input: Input<'a>, raw: bool) -> Res<'a, List<StringPart>> {
    let mark = input.context().build.borrow().string_parts.len();
    loop {
        input = match input.kind() {
            Kind::FStringMiddle => literal(input, raw),
            Kind::CurlyOpen => nested(input, |input| field(input, raw))?.0,
            _ => return Ok((input, take_parts(input, mark))),
        };
    }
}
