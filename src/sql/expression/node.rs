//! Resolved expressions: what Django's `resolve_expression` makes of them, with their
//! types.
//!
//! Source: `_resolve_output_field` in `django/db/models/expressions.py` and
//! `django/db/models/functions/`, 5.2.

use smol_str::SmolStr;

use super::function::{Output, spec};
use super::types::{Type, is_a};
use crate::base::Span;
use crate::ir::expression::{Connector, FunctionKind};
use crate::ir::value::SpannedValue;
use crate::ir::{FieldKind, Unknown};
use crate::sql::value::{Datum, unknown};

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    pub(super) span: Span,
}

#[derive(Debug, Clone)]
pub(super) enum NodeKind {
    Column(Column),
    Value {
        value: Datum,
        ty: Option<Type>,
    },
    Combined(Box<Combined>),
    Call(Box<Call>),
    Cast {
        inner: Box<Node>,
        ty: Type,
    },
    /// `ExpressionWrapper`.
    Wrapper {
        inner: Box<Node>,
        ty: Type,
    },
    Negated(Box<Node>),
    Case(Box<Case>),
    Collate {
        inner: Box<Node>,
        collation: SmolStr,
    },
    OpClass {
        inner: Box<Node>,
        name: SmolStr,
    },
    OrderBy(Box<OrderBy>),
    Raw {
        sql: SmolStr,
        params: Vec<Datum>,
    },
    Lookup(Box<Lookup>),
    Where(Where),
    /// Several values where one is expected, as an `ExpressionList`.
    List(Vec<Node>),
    /// A JSON field's `KeyTransform` or `KeyTextTransform`.
    Key {
        inner: Box<Node>,
        key: SmolStr,
        is_text: bool,
    },
    /// A key of an hstore.
    StoreKey {
        inner: Box<Node>,
        key: SmolStr,
    },
    /// An array's item, counted from 1.
    Item {
        inner: Box<Node>,
        index: i64,
        ty: Type,
    },
    Slice {
        inner: Box<Node>,
        start: i64,
        end: i64,
    },
    Extract {
        inner: Box<Node>,
        part: SmolStr,
        zone: Zone,
    },
    Trunc {
        inner: Box<Node>,
        kind: SmolStr,
        zone: Zone,
        ty: Option<Type>,
    },
    /// `Func(template="(%(expressions)s)")`.
    Parenthesised(Box<Node>),
    /// Text that is SQL already: a range's boundaries.
    Literal(SmolStr),
}

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: SmolStr,
    pub(super) ty: Type,
    pub(super) nullable: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Combined {
    /// As Django spells it, `%%` included.
    pub(super) operator: SmolStr,
    pub(super) left: Node,
    pub(super) right: Node,
    pub(super) arithmetic: Arithmetic,
}

/// Which class a combined expression has become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Plain,
    /// `DurationExpression`.
    Duration,
    /// `TemporalSubtraction`.
    Temporal,
    /// `CombinedSearchVector`.
    SearchVector,
    /// `CombinedSearchQuery`.
    SearchQuery,
}

#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) kind: FunctionKind,
    pub(super) args: Vec<Node>,
    /// What the call or its class states, over what Django's class does.
    pub(super) function: Option<SmolStr>,
    pub(super) template: Option<SmolStr>,
    pub(super) joiner: Option<SmolStr>,
    /// Further names of the template.
    pub(super) extra: Vec<(SmolStr, SmolStr)>,
    /// Arguments that are no expressions.
    pub(super) options: Vec<(SmolStr, SpannedValue)>,
    pub(super) ty: Option<Type>,
}

#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) cases: Vec<(Node, Node)>,
    pub(super) default: Node,
    pub(super) ty: Option<Type>,
}

#[derive(Debug, Clone)]
pub(super) struct OrderBy {
    pub(super) inner: Node,
    pub(super) descending: bool,
    pub(super) nulls_first: bool,
    pub(super) nulls_last: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Lookup {
    /// Django's `lookup_name`.
    pub(super) name: SmolStr,
    pub(super) class: Class,
    pub(super) left: Node,
    pub(super) right: Right,
}

/// The right side of a lookup.
#[derive(Debug, Clone)]
pub(super) enum Right {
    /// A value that is no expression.
    Value(Datum),
    Node(Node),
}

/// Which family of lookup classes a lookup is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// `BuiltinLookup`s of all fields.
    Plain,
    /// `IntegerFieldOverflow`.
    Integer,
    /// `YearLookup`.
    Year,
    /// `UUIDTextMixin`.
    UuidText,
    Json,
    /// Lookups of `KeyTransform`.
    JsonKey,
    /// `ArrayRHSMixin` with an operator, or `exact`.
    Array,
    /// `PostgresOperatorLookup`.
    Operator(&'static str),
    /// `DateTimeRangeContains`.
    MomentRange,
    /// `RangeContainedBy`.
    InRange,
    /// `SearchVectorExact`.
    SearchVector,
    /// `SearchLookup`.
    Search,
}

/// `WhereNode`.
#[derive(Debug, Clone)]
pub(super) struct Where {
    pub(super) connector: Connector,
    pub(super) negated: bool,
    pub(super) children: Vec<Node>,
    /// It was resolved once more, which adds parentheses.
    pub(super) resolved: bool,
}

/// `tzinfo` of an `Extract` or a `Trunc`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Zone {
    Current,
    Named(SmolStr),
}

impl Node {
    pub(super) const fn new(kind: NodeKind, span: Span) -> Self {
        Self { kind, span }
    }

    pub(super) fn value(value: Datum, span: Span) -> Self {
        Self::new(NodeKind::Value { value, ty: None }, span)
    }

    pub(super) fn call(kind: FunctionKind, args: Vec<Self>, span: Span) -> Self {
        Self::new(NodeKind::Call(Box::new(Call::new(kind, args))), span)
    }

    pub(super) fn cast(inner: Self, ty: Type) -> Self {
        let span = inner.span;
        let inner = Box::new(inner);
        Self::new(NodeKind::Cast { inner, ty }, span)
    }

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
    fn common<'n>(&self, sources: impl Iterator<Item = &'n Self>) -> Result<Option<Type>, Unknown> {
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

    fn call_type(&self, call: &Call) -> Result<Option<Type>, Unknown> {
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

    fn combined_type(&self, combined: &Combined) -> Result<Type, Unknown> {
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
}

impl Call {
    pub(super) const fn new(kind: FunctionKind, args: Vec<Node>) -> Self {
        Self {
            kind,
            args,
            function: None,
            template: None,
            joiner: None,
            extra: Vec::new(),
            options: Vec::new(),
            ty: None,
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
