//! Text from values: `str()`, f-strings, `str.format` and `%`.

use std::rc::Rc;

use super::super::decode_fstring_literal;
use super::super::decode_str;
use super::super::tree::{List, StringPart};
use super::builtins::keyword;
use super::call::unexpanded;
use super::condition::conditional;
use super::object::{Arguments, Item, Obj};
use super::{Eval, Evaluator, Exception, Frame};
use crate::base::Span;

/// Nested replacement fields deeper than this are not evaluated.
const MAX_SPEC_DEPTH: u32 = 3;

impl Evaluator<'_> {
    /// Python's `str(object)`.
    pub(super) fn text_of(&mut self, value: &Obj, span: Span) -> Eval {
        Ok(match value {
            Obj::Str(_) => value.clone(),
            Obj::Int(number) => Obj::str(number.to_string()),
            Obj::BigInt(digits) => Obj::Str(digits.clone()),
            Obj::Bool(true) => Obj::str("True"),
            Obj::Bool(false) => Obj::str("False"),
            Obj::None => Obj::str("None"),
            Obj::Float(number) => Obj::str(float_text(*number)),
            // Django's choices and Python's StrEnum print as their value.
            Obj::Member(member) => {
                let inner = member.value.obj.clone();
                return self.text_of(&inner, span);
            }
            // A time zone prints as its key.
            Obj::Call(call) if matches!(&call.callee, Obj::Ref(path) if path == "zoneinfo.ZoneInfo") => {
                match call.args.positional.first() {
                    Some(Item {
                        obj: key @ Obj::Str(_),
                        ..
                    }) => key.clone(),
                    _ => Obj::unknown(span, "the time zone is not known"),
                }
            }
            Obj::Ref(_) | Obj::Setting(_) | Obj::Call(_) => match self.force(value, span)? {
                same @ (Obj::Ref(_) | Obj::Setting(_) | Obj::Call(_)) => {
                    Obj::Unknown(self.unknown_of(&same, span))
                }
                other => return self.text_of(&other, span),
            },
            Obj::Cond(cond) => {
                let cond = Rc::clone(cond);
                let then = self.text_of(&cond.then.obj, span)?;
                let otherwise = self.text_of(&cond.otherwise.obj, span)?;
                conditional(
                    cond.condition.clone(),
                    Item::new(then, span),
                    Item::new(otherwise, span),
                )
            }
            Obj::Unknown(_) => value.clone(),
            _ => Obj::unknown(span, "the object's text is not known"),
        })
    }

    pub(super) fn fstring(&mut self, frame: &Frame, parts: List<StringPart>, span: Span) -> Eval {
        self.fstring_parts(frame, parts, span, 0)
    }

    fn fstring_parts(
        &mut self,
        frame: &Frame,
        parts: List<StringPart>,
        span: Span,
        depth: u32,
    ) -> Eval {
        if depth > MAX_SPEC_DEPTH {
            return Ok(Obj::unknown(span, "the format is nested too deeply"));
        }
        let mut out = Obj::str("");
        let parts = frame.tree.list(parts).to_vec();
        for part in parts {
            let piece = match part {
                StringPart::Token(range) => match decode_str(frame.text(range)) {
                    Some(text) => Obj::str(text),
                    None => return Ok(Obj::unknown(span, "the string cannot be decoded")),
                },
                StringPart::Literal { range, raw } => {
                    match decode_fstring_literal(frame.text(range), raw) {
                        Some(text) => Obj::str(text),
                        None => return Ok(Obj::unknown(span, "the string cannot be decoded")),
                    }
                }
                StringPart::Interpolation {
                    value,
                    debug,
                    conversion,
                    format_spec,
                } => {
                    if debug.is_some() {
                        return Ok(Obj::unknown(span, "`{...=}` is not evaluated"));
                    }
                    let value = self.eval(frame, value)?;
                    let spec = match format_spec {
                        Some(spec) => self.fstring_parts(frame, spec, span, depth + 1)?,
                        None => Obj::str(""),
                    };
                    let Obj::Str(spec) = spec else {
                        return Ok(Obj::unknown(span, "the format could not be read"));
                    };
                    self.formatted(&value, conversion, &spec, span)?
                }
            };
            out = self.binary(super::super::tree::BinaryOperator::Add, &out, &piece, span)?;
        }
        Ok(out)
    }

    fn formatted(&mut self, value: &Obj, conversion: Option<char>, spec: &str, span: Span) -> Eval {
        let value = self.force(value, span)?;
        let value = match (conversion, &value) {
            (Some('r' | 'a'), Obj::Str(text)) => Obj::str(repr_str(text)),
            _ => value,
        };
        if spec.is_empty() {
            return self.text_of(&value, span);
        }
        Ok(match &value {
            Obj::Unknown(_) => value,
            _ => match format_spec(&value, spec) {
                Some(text) => Obj::str(text),
                None => Obj::unknown(span, format!("the format `{spec}` is not evaluated")),
            },
        })
    }

    /// `text.format(...)`.
    pub(super) fn str_format(&mut self, format: &str, args: &Arguments, span: Span) -> Eval {
        if let Some(unknown) = unexpanded(args) {
            return Ok(unknown);
        }
        let mut out = Obj::str("");
        let mut next_index = 0;
        let mut rest = format;
        let add = super::super::tree::BinaryOperator::Add;
        while let Some(at) = rest.find(['{', '}']) {
            let (head, tail) = rest.split_at(at);
            out = self.binary(add, &out, &Obj::str(head), span)?;
            if let Some(after) = tail.strip_prefix("{{").or_else(|| tail.strip_prefix("}}")) {
                let brace = tail.get(..1).unwrap_or_default();
                out = self.binary(add, &out, &Obj::str(brace), span)?;
                rest = after;
                continue;
            }
            let Some(end) = tail.find('}').filter(|_| tail.starts_with('{')) else {
                return Err(Exception::new("ValueError", "broken format", span));
            };
            let field = tail.get(1..end).unwrap_or_default();
            rest = tail.get(end + 1..).unwrap_or_default();
            let (name, spec) = field.split_once(':').unwrap_or((field, ""));
            let (name, conversion) = match name.split_once('!') {
                Some((name, conversion)) => (name, conversion.chars().next()),
                None => (name, None),
            };
            let value = match self.format_field(name, &mut next_index, args, span)? {
                Ok(value) => value,
                Err(unknown) => return Ok(unknown),
            };
            let piece = self.formatted(&value, conversion, spec, span)?;
            out = self.binary(add, &out, &piece, span)?;
        }
        self.binary(add, &out, &Obj::str(rest), span)
    }

    /// The argument that a replacement field names: `0`, `name`, `name.attr`,
    /// `name[key]`, or the next one.
    fn format_field(
        &mut self,
        name: &str,
        next_index: &mut usize,
        args: &Arguments,
        span: Span,
    ) -> Eval<Result<Obj, Obj>> {
        let head_end = name.find(['.', '[']).unwrap_or(name.len());
        let (head, mut path) = name.split_at(head_end);
        let found = if head.is_empty() {
            *next_index += 1;
            args.positional.get(*next_index - 1)
        } else if let Ok(index) = head.parse::<usize>() {
            args.positional.get(index)
        } else {
            keyword(args, head)
        };
        let Some(item) = found else {
            return Err(Exception::new("IndexError", "", span));
        };
        let mut value = item.obj.clone();
        while !path.is_empty() {
            if let Some(rest) = path.strip_prefix('.') {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (attribute, tail) = rest.split_at(end);
                value = self.attribute(&value, attribute, span)?;
                path = tail;
            } else if let Some((key, tail)) =
                path.strip_prefix('[').and_then(|rest| rest.split_once(']'))
            {
                let key = key.parse().map_or_else(|_| Obj::str(key), Obj::Int);
                value = self.subscript(&value, &key, span)?;
                path = tail;
            } else {
                return Ok(Err(Obj::unknown(span, "the format could not be read")));
            }
        }
        Ok(Ok(value))
    }

    /// `format % values`.
    pub(super) fn percent_format(&mut self, format: &str, values: &Obj, span: Span) -> Eval {
        let add = super::super::tree::BinaryOperator::Add;
        let alone = [Item::new(values.clone(), span)];
        let mut positional = match values {
            Obj::Tuple(items) => items.iter(),
            _ => alone.iter(),
        };
        let mut out = Obj::str("");
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            let (head, tail) = rest.split_at(at);
            out = self.binary(add, &out, &Obj::str(head), span)?;
            let mut tail = tail.get(1..).unwrap_or_default();
            let mut key = None;
            if let Some((name, after)) = tail.strip_prefix('(').and_then(|t| t.split_once(')')) {
                key = Some(name);
                tail = after;
            }
            let spec_end = tail
                .find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+' | ' ' | '#'))
                .unwrap_or(tail.len());
            let (spec, tail) = tail.split_at(spec_end);
            let mut letters = tail.chars();
            let kind = letters.next();
            rest = letters.as_str();
            if kind == Some('%') {
                out = self.binary(add, &out, &Obj::str("%"), span)?;
                continue;
            }
            let value = match key {
                Some(key) => self.subscript(values, &Obj::str(key), span)?,
                None => match positional.next() {
                    Some(item) => item.obj.clone(),
                    None => return Err(Exception::new("TypeError", "too few values", span)),
                },
            };
            let value = self.force(&value, span)?;
            let piece = match (kind, spec, &value) {
                (_, _, Obj::Unknown(_)) => value,
                (Some('s'), "", _) => self.text_of(&value, span)?,
                (Some('d' | 'i'), "", Obj::Int(_) | Obj::Bool(_)) => {
                    let number = self.call_builtin(
                        "int",
                        &Arguments {
                            positional: vec![Item::new(value, span)],
                            ..Arguments::default()
                        },
                        span,
                    )?;
                    self.text_of(&number, span)?
                }
                (Some('r'), "", Obj::Str(text)) => Obj::str(repr_str(text)),
                (Some('d' | 's'), _, _) => {
                    let text = self.text_of(&value, span)?;
                    match &text {
                        Obj::Str(text) => match percent_padded(text, spec, kind == Some('d')) {
                            Some(text) => Obj::str(text),
                            None => Obj::unknown(span, "the format could not be read"),
                        },
                        _ => text,
                    }
                }
                _ => Obj::unknown(span, "the format could not be read"),
            };
            out = self.binary(add, &out, &piece, span)?;
        }
        self.binary(add, &out, &Obj::str(rest), span)
    }
}

/// Text as `%-12s`, `%.3s` or `%05d` pads and cuts it; `None` for other flags.
fn percent_padded(text: &str, spec: &str, is_number: bool) -> Option<String> {
    let flags = spec.trim_start_matches(['-', '0']);
    let (left, zero) = {
        let given = spec.get(..spec.len() - flags.len())?;
        (given.contains('-'), given.contains('0') && is_number)
    };
    let (width, precision) = flags.split_once('.').unwrap_or((flags, ""));
    let number = |digits: &str| match digits {
        "" => Some(None),
        digits => digits.parse().ok().filter(|n| *n <= 10_000).map(Some),
    };
    let (width, precision): (Option<usize>, Option<usize>) = (number(width)?, number(precision)?);
    if is_number && precision.is_some() {
        return None;
    }
    let cut: String = text.chars().take(precision.unwrap_or(usize::MAX)).collect();
    let missing = width.unwrap_or(0).saturating_sub(cut.chars().count());
    Some(if left {
        format!("{cut}{}", " ".repeat(missing))
    } else if zero {
        let (sign, digits) = cut
            .strip_prefix('-')
            .map_or(("", &*cut), |rest| ("-", rest));
        format!("{sign}{}{digits}", "0".repeat(missing))
    } else {
        format!("{}{cut}", " ".repeat(missing))
    })
}

/// Python's `textwrap.dedent`: the margin that all lines share is taken off, lines of
/// white space alone become empty.
pub(super) fn dedent(text: &str) -> String {
    let is_blank = |line: &str| line.trim_matches([' ', '\t']).is_empty();
    let mut margin: Option<&str> = None;
    for line in text.split('\n').filter(|line| !is_blank(line)) {
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        margin = Some(match margin {
            None => indent,
            Some(margin) => {
                let shared = margin
                    .bytes()
                    .zip(indent.bytes())
                    .take_while(|(left, right)| left == right)
                    .count();
                &margin[..shared]
            }
        });
    }
    let margin = margin.unwrap_or_default();
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| {
            if is_blank(line) {
                ""
            } else {
                line.strip_prefix(margin).unwrap_or(line)
            }
        })
        .collect();
    lines.join("\n")
}

/// Python's `repr` of a string.
pub(super) fn repr_str(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// Python's `repr` of a float, for values that print without an exponent.
fn float_text(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e16 {
        format!("{number:.1}")
    } else {
        format!("{number}")
    }
}

/// The common format specifications: `[0][width][d|s]`, with `<`, `>` or `^`.
fn format_spec(value: &Obj, spec: &str) -> Option<String> {
    let text = match value {
        Obj::Int(number) => number.to_string(),
        Obj::Str(text) => text.to_string(),
        _ => return None,
    };
    let spec = spec.strip_suffix(['d', 's']).unwrap_or(spec);
    let (align, digits) = match spec.chars().next() {
        Some(c @ ('<' | '>' | '^')) => (Some(c), spec.get(1..)?),
        _ => (None, spec),
    };
    let zero = digits.len() > 1 && digits.starts_with('0') && matches!(value, Obj::Int(_));
    if digits.is_empty() {
        return Some(text);
    }
    let width: usize = digits.parse().ok().filter(|width| *width <= 10_000)?;
    let length = text.chars().count();
    let missing = width.saturating_sub(length);
    if zero {
        let (sign, number) = text.strip_prefix('-').map_or(("", &*text), |n| ("-", n));
        return Some(format!("{sign}{}{number}", "0".repeat(missing)));
    }
    let align = align.unwrap_or(if matches!(value, Obj::Int(_)) {
        '>'
    } else {
        '<'
    });
    let (before, after) = match align {
        '<' => (0, missing),
        '>' => (missing, 0),
        _ => (missing / 2, missing - missing / 2),
    };
    Some(format!("{}{text}{}", " ".repeat(before), " ".repeat(after)))
}
