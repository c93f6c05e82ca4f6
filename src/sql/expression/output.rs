//! The types of resolved expressions.
//!
//! Source: `_resolve_output_field` in `django/db/models/expressions.py` and
//! `django/db/models/functions/`, 5.2.

use super::node::{Arithmetic, Call, Combined, Node, NodeKind};
use super::spec::{Output, spec};
use super::types::{Type, is_a};
use crate::ir::{FieldKind, Unknown};
use crate::sql::value::{Datum, unknown};

impl Node {
    /// The expression's type, which it must have.
    pub(super) fn output(&self) -> Result<Type, Unknown> {
        match self.output_or_none()? {
            Some(ty) => Ok(ty),
            None => unknown(self.span, "Django cannot tell the type of the expression"),
        }
    }

    /// `_output_field_or_none`; an error where Django raises `FieldError`.
    pub(super) fn output_or_none(&self) -> Result<Option<Type>, Unknown> {
        use FieldKind as Kind;
        Ok(match &self.kind {
            NodeKind::Column(column) => Some(column.ty.clone()),
            NodeKind::Value { value, ty } => match ty {
                Some(ty) => Some(ty.clone()),
                None => type_of_value(value),
            },
            NodeKind::Combined(combined) => Some(self.combined_type(combined)?),
            NodeKind::Call(call) => self.call_type(call)?,
            NodeKind::Cast { ty, .. }
            | NodeKind::Wrapper { ty, .. }
            | NodeKind::Item { ty, .. } => Some(ty.clone()),
            NodeKind::Negated(_) | NodeKind::Lookup(_) | NodeKind::Where(_) => {
                Some(Type::plain(Kind::BooleanField))
            }
            NodeKind::Case(case) => match &case.ty {
                Some(ty) => Some(ty.clone()),
                None => {
                    let results = case.cases.iter().map(|(_, then)| then);
                    self.common(results.chain([&case.default]))?
                }
            },
            NodeKind::Collate { inner, .. }
            | NodeKind::OpClass { inner, .. }
            | NodeKind::Parenthesised(inner)
            | NodeKind::Slice { inner, .. } => inner.output_or_none()?,
            NodeKind::Key { inner, is_text, .. } => {
                if *is_text {
                    Some(Type::plain(Kind::TextField))
                } else {
                    inner.output_or_none()?
                }
            }
            NodeKind::OrderBy(order) => order.inner.output_or_none()?,
            NodeKind::Raw { .. } => Some(Type::plain(Kind::Field)),
            NodeKind::List(items) => self.common(items.iter())?,
            NodeKind::StoreKey { .. } => Some(Type::plain(Kind::TextField)),
            NodeKind::Extract { .. } => Some(Type::plain(Kind::IntegerField)),
            NodeKind::Trunc { ty, inner, .. } => match ty {
                Some(ty) => Some(ty.clone()),
                None => inner.output_or_none()?,
            },
            NodeKind::Literal(_) => None,
        })
    }

    /// The one type of all sources; those without a type do not count.
    pub(super) fn common<'n>(
        &self,
        sources: impl Iterator<Item = &'n Self>,
    ) -> Result<Option<Type>, Unknown> {
        let mut first: Option<Type> = None;
        for source in sources {
            let Some(ty) = source.output_or_none()? else {
                continue;
            };
            match &first {
                None => first = Some(ty),
                Some(first) if is_a(first.kind, ty.kind) => {}
                Some(_) => {
                    return unknown(
                        self.span,
                        "Django refuses mixed types without an `output_field`",
                    );
                }
            }
        }
        Ok(first)
    }

    pub(super) fn call_type(&self, call: &Call) -> Result<Option<Type>, Unknown> {
        use FieldKind as Kind;
        if let Some(ty) = &call.ty {
            return Ok(Some(ty.clone()));
        }
        match spec(call.kind).output {
            Output::Fixed(kind) => Ok(Some(Type::plain(kind))),
            Output::Sources => self.common(call.args.iter()),
            Output::First => match call.args.first() {
                Some(first) => first.output_or_none(),
                None => Ok(None),
            },
            Output::Numeric => {
                let mut types = Vec::with_capacity(call.args.len());
                for arg in &call.args {
                    types.extend(arg.output_or_none()?);
                }
                Ok(if types.iter().any(|ty| ty.is(Kind::DecimalField)) {
                    Some(Type::plain(Kind::DecimalField))
                } else if types.iter().any(|ty| ty.is(Kind::IntegerField)) || call.args.is_empty() {
                    Some(Type::plain(Kind::FloatField))
                } else {
                    self.common(call.args.iter())?
                })
            }
        }
    }

    pub(super) fn combined_type(&self, combined: &Combined) -> Result<Type, Unknown> {
        match combined.arithmetic {
            Arithmetic::Temporal => return Ok(Type::plain(FieldKind::DurationField)),
            Arithmetic::SearchVector => return Ok(Type::plain(FieldKind::SearchVectorField)),
            Arithmetic::SearchQuery => {
                return unknown(self.span, "Django cannot tell the type of the expression");
            }
            Arithmetic::Plain | Arithmetic::Duration => {}
        }
        let left = combined.left.output_or_none()?.map(|ty| ty.kind);
        let right = combined.right.output_or_none()?.map(|ty| ty.kind);
        match combined_kind(&combined.operator, left, right) {
            Some(kind) => Ok(Type::plain(kind)),
            None => unknown(
                self.span,
                format!(
                    "Django cannot tell the type of `{}` on such operands",
                    combined.operator.replace("%%", "%")
                ),
            ),
        }
    }

    /// Django's `conditional`. A `RawSQL` says nothing of its type here, so that it is
    /// taken for what it is used as.
    pub(super) fn is_conditional(&self) -> Result<bool, Unknown> {
        if matches!(self.kind, NodeKind::Raw { .. }) {
            return Ok(true);
        }
        Ok(self
            .output_or_none()?
            .is_some_and(|ty| ty.is(FieldKind::BooleanField)))
    }

    /// Whether it is a lookup, or one in a wrapper.
    pub(super) fn is_test(&self) -> bool {
        match &self.kind {
            NodeKind::Lookup(_) => true,
            NodeKind::Wrapper { inner, .. } | NodeKind::Negated(inner) => inner.is_test(),
            _ => false,
        }
    }
}

/// `Value._resolve_output_field`.
fn type_of_value(value: &Datum) -> Option<Type> {
    use FieldKind as Kind;
    Some(Type::plain(match value {
        Datum::Text(_) => Kind::CharField,
        Datum::Bool(_) => Kind::BooleanField,
        Datum::Int(..) | Datum::BigInt(_) => Kind::IntegerField,
        Datum::Float(_) => Kind::FloatField,
        Datum::DateTime(_) => Kind::DateTimeField,
        Datum::Date(_) => Kind::DateField,
        Datum::Time(_) => Kind::TimeField,
        Datum::Duration(_) => Kind::DurationField,
        Datum::Decimal(_) => Kind::DecimalField,
        Datum::Bytes(_) => Kind::BinaryField,
        Datum::Uuid(_) => Kind::UUIDField,
        Datum::Null
        | Datum::Inet(_)
        | Datum::Jsonb(_)
        | Datum::List(_)
        | Datum::Tuple(_)
        | Datum::Dict(_)
        | Datum::Range(_) => return None,
    }))
}

/// `_resolve_combined_type`: the first entry of `_connector_combinations` that fits.
fn combined_kind(
    operator: &str,
    left: Option<FieldKind>,
    right: Option<FieldKind>,
) -> Option<FieldKind> {
    use FieldKind as Kind;
    const NUMBERS: [FieldKind; 3] = [Kind::IntegerField, Kind::FloatField, Kind::DecimalField];
    let fits = |class: FieldKind, kind: Option<FieldKind>| kind.is_some_and(|it| is_a(it, class));
    let both = |a: FieldKind, b: FieldKind| fits(a, left) && fits(b, right);
    if matches!(operator, "+" | "*" | "/" | "%%" | "^")
        && both(Kind::PositiveIntegerField, Kind::PositiveIntegerField)
    {
        return Some(Kind::PositiveIntegerField);
    }
    if matches!(operator, "+" | "-" | "*" | "/" | "%%" | "^") {
        if let Some(kind) = NUMBERS.into_iter().find(|kind| both(*kind, *kind)) {
            return Some(kind);
        }
        if operator != "^" {
            for kind in [Kind::DecimalField, Kind::FloatField] {
                if both(Kind::IntegerField, kind) || both(kind, Kind::IntegerField) {
                    return Some(kind);
                }
            }
        }
        for kind in [Kind::IntegerField, Kind::DecimalField, Kind::FloatField] {
            if fits(kind, left) && right.is_none() || left.is_none() && fits(kind, right) {
                return Some(kind);
            }
        }
    }
    if matches!(operator, "&" | "|" | "<<" | ">>" | "#")
        && both(Kind::IntegerField, Kind::IntegerField)
    {
        return Some(Kind::IntegerField);
    }
    let (date, time, duration) = (Kind::DateField, Kind::TimeField, Kind::DurationField);
    match operator {
        "+" if both(date, duration) || both(duration, date) => Some(Kind::DateTimeField),
        "+" if both(duration, duration) => Some(duration),
        "+" if both(time, duration) || both(duration, time) => Some(time),
        "-" if both(date, duration) => Some(Kind::DateTimeField),
        "-" if both(date, date) || both(duration, duration) => Some(duration),
        "-" if both(time, duration) => Some(time),
        "-" if both(time, time) => Some(duration),
        _ => None,
    }
}
