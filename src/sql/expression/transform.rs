//! Transforms by name: `day__year`, `tags__0`, `data__owner`.
//!
//! Source: `Query.try_transform`, and `get_transform` and `register_lookup` in
//! `django/db/models/fields/` and `django/contrib/postgres/fields/`, 5.2.

use super::hooks::integer;
use super::node::{Call, Node, NodeKind, Zone};
use super::resolve::Resolver;
use super::spec;
use super::types::Type;
use crate::base::Span;
use crate::ir::expression::FunctionKind;
use crate::ir::{FieldKind, Unknown};
use crate::sql::value::unknown;
use smol_str::SmolStr;

impl Resolver<'_> {
    /// `try_transform`.
    pub(super) fn transform(&self, left: Node, name: &str, span: Span) -> Result<Node, Unknown> {
        use FieldKind as Kind;
        let ty = left.output()?;
        let inner = Box::new(left);
        let kind = match ty.kind {
            Kind::JSONField => NodeKind::Key {
                inner,
                key: SmolStr::new(name),
                is_text: false,
            },
            Kind::HStoreField => match name {
                "keys" | "values" => {
                    let texts = Type::array(&Type::plain(Kind::TextField));
                    let function = if name == "keys" { "akeys" } else { "avals" };
                    return Ok(own_transform(*inner, function, texts, span));
                }
                key => NodeKind::StoreKey {
                    inner,
                    key: SmolStr::new(key),
                },
            },
            Kind::ArrayField => match array_part(name) {
                Some(Part::Length) => {
                    return Ok(Node::call(
                        FunctionKind::ArrayLenTransform,
                        vec![*inner],
                        span,
                    ));
                }
                Some(Part::Item(index)) => NodeKind::Item {
                    inner,
                    index,
                    ty: ty.base()?,
                },
                Some(Part::Slice(start, end)) => NodeKind::Slice { inner, start, end },
                None => return no_transform(name, span),
            },
            _ if ty.is_range() => {
                let (function, ty) = match name {
                    "startswith" => ("lower", ty.base()?),
                    "endswith" => ("upper", ty.base()?),
                    "isempty" => ("isempty", Type::plain(Kind::BooleanField)),
                    "lower_inc" => ("LOWER_INC", Type::plain(Kind::BooleanField)),
                    "lower_inf" => ("LOWER_INF", Type::plain(Kind::BooleanField)),
                    "upper_inc" => ("UPPER_INC", Type::plain(Kind::BooleanField)),
                    "upper_inf" => ("UPPER_INF", Type::plain(Kind::BooleanField)),
                    _ => return no_transform(name, span),
                };
                return Ok(own_transform(*inner, function, ty, span));
            }
            _ if ty.is_relation() => {
                return unknown(span, format!("`{name}` is in another table"));
            }
            _ if ty.is(Kind::DateField) && is_date_part(name)
                || (ty.is(Kind::DateTimeField) || ty.is(Kind::TimeField)) && is_time_part(name) =>
            {
                NodeKind::Extract {
                    inner,
                    part: SmolStr::new(name),
                    zone: Zone::Current,
                }
            }
            _ if ty.is(Kind::DateTimeField) && matches!(name, "date" | "time") => {
                let kind = if name == "date" {
                    Kind::DateField
                } else {
                    Kind::TimeField
                };
                NodeKind::Trunc {
                    inner,
                    kind: SmolStr::new(name),
                    zone: Zone::Current,
                    ty: Some(Type::plain(kind)),
                }
            }
            _ => match spec::transform(name) {
                Some(kind) => return Ok(Node::call(kind, vec![*inner], span)),
                None => return no_transform(name, span),
            },
        };
        Ok(Node::new(kind, span))
    }
}

fn no_transform(name: &str, span: Span) -> Result<Node, Unknown> {
    unknown(
        span,
        format!("what the lookup `{name}` is to such a field is not known"),
    )
}

fn own_transform(inner: Node, function: &'static str, ty: Type, span: Span) -> Node {
    let mut call = Call::new(FunctionKind::Transform, vec![inner]);
    call.function = Some(SmolStr::new_static(function));
    call.ty = Some(ty);
    Node::new(NodeKind::Call(Box::new(call)), span)
}

fn is_date_part(name: &str) -> bool {
    matches!(
        name,
        "year" | "month" | "day" | "week_day" | "iso_week_day" | "week" | "iso_year" | "quarter"
    )
}

fn is_time_part(name: &str) -> bool {
    matches!(name, "hour" | "minute" | "second")
}

enum Part {
    Length,
    Item(i64),
    Slice(i64, i64),
}

fn array_part(name: &str) -> Option<Part> {
    if name == "len" {
        return Some(Part::Length);
    }
    match name.split_once('_') {
        None => integer(name).map(|index| Part::Item(index + 1)),
        Some((start, end)) => Some(Part::Slice(integer(start)? + 1, integer(end)?)),
    }
}
