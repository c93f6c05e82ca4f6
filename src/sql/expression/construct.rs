//! Functions as their constructors make them of their arguments.
//!
//! Source: `django/db/models/functions/`, `get_tzname` in `functions/datetime.py` and
//! `_get_timezone_name` in `django/utils/timezone.py`, 5.2.

use super::node::{Call, Node, NodeKind, Zone};
use super::resolve::{Resolved, Resolver, flag, option, stated};
use super::types::Type;
use crate::base::Span;
use crate::ir::expression::{Expression, ExpressionKind, Function, FunctionKind};
use crate::ir::value::SpannedValue;
use crate::ir::{FieldKind, Unknown, Value};
use crate::sql::value;
use crate::sql::value::{Datum, unknown};
use smol_str::{SmolStr, format_smolstr};

impl Resolver<'_> {
    pub(super) fn function(&self, function: &Function, span: Span) -> Resolved {
        use FunctionKind as Kind;
        let mut args = self.all(&function.args)?;
        let options = &function.options;
        let ty = function.output_field.as_ref().map(stated).transpose()?;
        let kind = match function.kind {
            Kind::Concat => {
                let mut call = Call::new(Kind::Concat, vec![paired(args, ty.as_ref(), span)?]);
                call.ty = ty;
                self.named_parts(&mut call, options)?;
                return Ok(Node::new(NodeKind::Call(Box::new(call)), span));
            }
            Kind::KeyTransform | Kind::KeyTextTransform => {
                let key = match option(options, "key_name").map(value::read).transpose()? {
                    Some(key) => key.as_text(),
                    None => None,
                };
                match (args.pop(), key) {
                    (Some(inner), Some(key)) => NodeKind::Key {
                        inner: Box::new(inner),
                        key,
                        is_text: function.kind == Kind::KeyTextTransform,
                    },
                    _ => return unknown(span, "the key could not be read"),
                }
            }
            Kind::KT => return self.key_text(function, span),
            Kind::RangeBoundary => {
                let lower = flag(options, "inclusive_lower", true)?;
                let upper = flag(options, "inclusive_upper", false)?;
                let (lower, upper) = (if lower { '[' } else { '(' }, if upper { ']' } else { ')' });
                NodeKind::Literal(format_smolstr!("'{lower}{upper}'"))
            }
            Kind::TransactionNow if !args.is_empty() => {
                return unknown(span, "it takes no arguments");
            }
            kind => match extracted(kind) {
                Some(part) => return dated(kind, part, args, options, ty, span),
                None => {
                    if kind == Kind::Substr && is_none(args.get(2)) {
                        args.truncate(2);
                    }
                    let mut call = Call::new(kind, args);
                    call.ty = ty;
                    self.named_parts(&mut call, options)?;
                    NodeKind::Call(Box::new(call))
                }
            },
        };
        Ok(Node::new(kind, span))
    }

    /// `function`, `template`, `arg_joiner` and all other names of a template.
    pub(super) fn named_parts(
        &self,
        call: &mut Call,
        options: &[(SmolStr, SpannedValue)],
    ) -> Result<(), Unknown> {
        for (name, value) in options {
            let text = match value::read(value)? {
                Datum::Null => None,
                value => value.as_text(),
            };
            match (name.as_str(), text) {
                ("function", text) => call.function = text,
                ("template", text) => call.template = text,
                ("arg_joiner", text) => call.joiner = text,
                ("arity", _) => {}
                (_, Some(text)) => call.extra.push((name.clone(), text)),
                (_, None) => {}
            }
        }
        call.options = options.to_vec();
        Ok(())
    }

    /// `KT("data__owner__name")`.
    pub(super) fn key_text(&self, function: &Function, span: Span) -> Resolved {
        let Some(Expression {
            kind: ExpressionKind::Field(path),
            ..
        }) = function.args.first()
        else {
            return unknown(span, "the keys could not be read");
        };
        let mut node = self.column(&path.field, span)?;
        for key in &path.transforms {
            let kind = NodeKind::Key {
                inner: Box::new(node),
                key: key.clone(),
                is_text: true,
            };
            node = Node::new(kind, span);
        }
        Ok(node)
    }
}

fn is_none(node: Option<&Node>) -> bool {
    matches!(
        node.map(|node| &node.kind),
        Some(NodeKind::Value {
            value: Datum::Null,
            ..
        })
    )
}

/// `Concat._paired`.
fn paired(args: Vec<Node>, ty: Option<&Type>, span: Span) -> Resolved {
    let mut args = args.into_iter().rev();
    let (Some(last), true) = (args.next(), args.len() > 0) else {
        return unknown(span, "`Concat` takes at least two expressions");
    };
    Ok(args.fold(last, |right, left| {
        let mut call = Call::new(FunctionKind::ConcatPair, vec![left, right]);
        call.ty = ty.cloned();
        Node::new(NodeKind::Call(Box::new(call)), span)
    }))
}

/// Of `Extract` and `Trunc` classes: whether it is a `Trunc`, and the part where the
/// class says it.
pub(super) fn extracted(kind: FunctionKind) -> Option<(bool, &'static str)> {
    use FunctionKind as Kind;
    Some(match kind {
        Kind::Extract => (false, ""),
        Kind::ExtractDay => (false, "day"),
        Kind::ExtractHour => (false, "hour"),
        Kind::ExtractMinute => (false, "minute"),
        Kind::ExtractMonth => (false, "month"),
        Kind::ExtractQuarter => (false, "quarter"),
        Kind::ExtractSecond => (false, "second"),
        Kind::ExtractWeek => (false, "week"),
        Kind::ExtractIsoWeekDay => (false, "iso_week_day"),
        Kind::ExtractWeekDay => (false, "week_day"),
        Kind::ExtractIsoYear => (false, "iso_year"),
        Kind::ExtractYear => (false, "year"),
        Kind::Trunc => (true, ""),
        Kind::TruncDate => (true, "date"),
        Kind::TruncDay => (true, "day"),
        Kind::TruncHour => (true, "hour"),
        Kind::TruncMinute => (true, "minute"),
        Kind::TruncMonth => (true, "month"),
        Kind::TruncQuarter => (true, "quarter"),
        Kind::TruncSecond => (true, "second"),
        Kind::TruncTime => (true, "time"),
        Kind::TruncWeek => (true, "week"),
        Kind::TruncYear => (true, "year"),
        _ => return None,
    })
}

fn dated(
    kind: FunctionKind,
    (is_trunc, part): (bool, &'static str),
    mut args: Vec<Node>,
    options: &[(SmolStr, SpannedValue)],
    ty: Option<Type>,
    span: Span,
) -> Resolved {
    let (Some(inner), true) = (args.pop(), args.is_empty()) else {
        return unknown(span, "it takes one expression");
    };
    let part = if part.is_empty() {
        let name = if is_trunc { "kind" } else { "lookup_name" };
        match option(options, name).map(|value| &value.value) {
            Some(Value::Str(part)) => part.clone(),
            _ => return unknown(span, format!("`{name}` is not known")),
        }
    } else {
        SmolStr::new_static(part)
    };
    let inner = Box::new(inner);
    let zone = zone(option(options, "tzinfo"))?;
    let of_class = match kind {
        FunctionKind::TruncDate => Some(Type::plain(FieldKind::DateField)),
        FunctionKind::TruncTime => Some(Type::plain(FieldKind::TimeField)),
        _ => None,
    };
    Ok(Node::new(
        if is_trunc {
            NodeKind::Trunc {
                inner,
                kind: part,
                zone,
                ty: ty.or(of_class),
            }
        } else {
            NodeKind::Extract { inner, part, zone }
        },
        span,
    ))
}

/// `timezone._get_timezone_name`.
fn zone(tzinfo: Option<&SpannedValue>) -> Result<Zone, Unknown> {
    let Some(tzinfo) = tzinfo else {
        return Ok(Zone::Current);
    };
    let strange = || unknown(tzinfo.span, "the name of the time zone is not known");
    match &tzinfo.value {
        Value::Unknown(why) => Err((**why).clone()),
        Value::Path(path) => match path.as_str() {
            "datetime.timezone.utc" | "datetime.UTC" | "django.utils.timezone.utc" => {
                Ok(Zone::Named(SmolStr::new_static("UTC")))
            }
            _ => strange(),
        },
        Value::Object(object) => {
            let first = object.args.first();
            let first = first.or_else(|| object.kwargs.first().map(|(_, value)| value));
            let Some(first) = first else { return strange() };
            match (object.path.as_str(), value::read(first)?) {
                ("zoneinfo.ZoneInfo" | "backports.zoneinfo.ZoneInfo", Datum::Text(name)) => {
                    Ok(Zone::Named(name))
                }
                ("datetime.timezone", Datum::Duration(offset)) if object.args.len() < 2 => {
                    Ok(Zone::Named(offset_name(offset.0)))
                }
                _ => strange(),
            }
        }
        _ => strange(),
    }
}

/// `datetime.timezone(offset).tzname(None)`.
fn offset_name(microseconds: i128) -> SmolStr {
    let minutes = microseconds / 60_000_000;
    if minutes == 0 {
        return SmolStr::new_static("UTC");
    }
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.abs();
    format_smolstr!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}
