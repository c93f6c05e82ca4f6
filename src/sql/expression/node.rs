//! Resolved expressions: what Django's `resolve_expression` makes of them, with their
//! types.
//!
//! Source: `_resolve_output_field` in `django/db/models/expressions.py` and
//! `django/db/models/functions/`, 5.2.

use super::types::Type;
use crate::base::Span;
use crate::ir::expression::{Connector, FunctionKind};
use crate::ir::value::SpannedValue;
use crate::sql::value::Datum;
use smol_str::SmolStr;

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
