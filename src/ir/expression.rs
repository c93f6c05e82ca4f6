//! Expressions of Django's ORM inside a migration: the condition of a check, the
//! expressions of an index, a generated column, a default that the database
//! computes.
//!
//! An expression is built as Django builds it: `Q(a=1) | Q(b=2)` is one node with
//! two children, and a string is a field's name where Django takes it for one. How
//! it was written stays beside it, in the options of whoever holds it.

use smol_str::SmolStr;

use super::field::Field;
use super::value::{Known, SpannedValue, Unknown};
use crate::base::Span;

/// An expression and where it was written.
#[derive(Debug, Clone)]
pub struct Expression {
    pub kind: ExpressionKind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum ExpressionKind {
    /// `F("price")`, or `"price"` where Django reads a string as a field's name.
    Field(FieldPath),
    /// `Value(0)`, or any plain value among expressions.
    Value(Box<ValueExpression>),
    Q(Q),
    /// `F("price") * F("quantity")`.
    Combined(Box<Combined>),
    /// `~Exists(...)`.
    Not(Box<Expression>),
    /// `Lower("name")`.
    Function(Box<Function>),
    /// `GreaterThan(F("a"), F("b"))`.
    Comparison(Box<Comparison>),
    /// `F("name").desc(nulls_last=True)`.
    OrderBy(Box<OrderBy>),
    Case(Box<Case>),
    Cast(Box<Typed>),
    /// `ExpressionWrapper`: the expression with a stated type.
    Wrapper(Box<Typed>),
    Collate {
        expression: Box<Expression>,
        collation: Known<SmolStr>,
    },
    RawSql(Box<RawSql>),
    /// `OpClass("name", name="varchar_pattern_ops")`.
    OpClass {
        expression: Box<Expression>,
        name: Known<SmolStr>,
    },
    /// Several expressions where one value is expected: `Range("a", (F("b"), 9))`.
    List(Vec<Expression>),
    /// An expression that is not looked into: `Subquery`, `Exists`, `Window`.
    Opaque {
        class: SmolStr,
    },
    Unknown(Unknown),
}

/// A field with what follows it: `data__owner` of a JSON field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    pub field: SmolStr,
    /// Transforms and keys, in order.
    pub transforms: Vec<SmolStr>,
}

#[derive(Debug, Clone)]
pub struct ValueExpression {
    pub value: SpannedValue,
    pub output_field: Option<Field>,
}

/// A node of conditions.
#[derive(Debug, Clone)]
pub struct Q {
    pub connector: Connector,
    pub negated: bool,
    pub children: Vec<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Connector {
    And,
    Or,
    Xor,
}

/// A child of a [`Q`].
#[derive(Debug, Clone)]
pub enum Condition {
    Q(Q),
    /// `price__gte=0`.
    Lookup(Lookup),
    /// An expression that is a condition itself: `Exists(...)`, `GreaterThan(...)`.
    Expression(Expression),
}

/// `price__gte=0`.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// As written: `price__gte`.
    pub name: SmolStr,
    pub path: FieldPath,
    /// Django's name of the comparison, `exact` if none was written.
    pub lookup: SmolStr,
    pub value: Expression,
}

#[derive(Debug, Clone)]
pub struct Combined {
    pub operator: Operator,
    pub left: Expression,
    pub right: Expression,
}

/// Operators of `Combinable`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    BitAnd,
    BitOr,
    BitXor,
    BitLeftShift,
    BitRightShift,
}

#[derive(Debug, Clone)]
pub struct Function {
    /// Which function of Django it is or extends.
    pub kind: FunctionKind,
    /// Canonical dotted path of the class as written.
    pub class: SmolStr,
    /// Arguments that reach the database, defaults included.
    pub args: Vec<Expression>,
    /// All other arguments by name, with `function`, `template` and `arg_joiner` as
    /// a class of the project states them.
    pub options: Vec<(SmolStr, SpannedValue)>,
    pub output_field: Option<Field>,
}

/// A lookup used as an expression of its own.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Django's name: `gt`.
    pub lookup: SmolStr,
    pub left: Expression,
    pub right: Expression,
}

#[derive(Debug, Clone)]
pub struct OrderBy {
    pub expression: Expression,
    pub descending: bool,
    pub nulls_first: bool,
    pub nulls_last: bool,
}

#[derive(Debug, Clone)]
pub struct Case {
    pub cases: Vec<When>,
    /// `Value(None)` if none was given.
    pub default: Expression,
    pub output_field: Option<Field>,
}

#[derive(Debug, Clone)]
pub struct When {
    pub condition: Expression,
    pub then: Expression,
    pub span: Span,
}

/// An expression whose type is stated.
#[derive(Debug, Clone)]
pub struct Typed {
    pub expression: Expression,
    pub output_field: Known<Field>,
}

#[derive(Debug, Clone)]
pub struct RawSql {
    pub sql: Known<SmolStr>,
    pub params: Vec<SpannedValue>,
}

macro_rules! function_kinds {
    ($($(#[$doc:meta])* $kind:ident),* $(,)?) => {
        /// Function classes of Django 5.2, by their names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum FunctionKind { $($(#[$doc])* $kind),* }

        impl FunctionKind {
            pub const ALL: &'static [FunctionKind] = &[$(FunctionKind::$kind),*];

            /// The kind of a class name.
            #[must_use]
            pub fn by_name(name: &str) -> Option<Self> {
                Some(match name {
                    $(stringify!($kind) => FunctionKind::$kind,)*
                    _ => return None,
                })
            }

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(FunctionKind::$kind => stringify!($kind)),* }
            }
        }
    };
}

function_kinds! {
    // django.db.models
    Func, Transform,
    // django.db.models.functions: comparison and conversion
    Coalesce, Greatest, Least, NullIf,
    // date and time
    Extract, ExtractDay, ExtractHour, ExtractMinute, ExtractMonth, ExtractQuarter,
    ExtractSecond, ExtractWeek, ExtractIsoWeekDay, ExtractWeekDay, ExtractIsoYear,
    ExtractYear, Now, Trunc, TruncDate, TruncDay, TruncHour, TruncMinute, TruncMonth,
    TruncQuarter, TruncSecond, TruncTime, TruncWeek, TruncYear,
    // JSON
    JSONArray, JSONObject, KeyTransform, KeyTextTransform, KT,
    // math
    Abs, ACos, ASin, ATan, ATan2, Ceil, Cos, Cot, Degrees, Exp, Floor, Ln, Log, Mod, Pi,
    Power, Radians, Random, Round, Sign, Sin, Sqrt, Tan,
    // text
    MD5, SHA1, SHA224, SHA256, SHA384, SHA512, Chr, Concat, ConcatPair, Left, Length, Lower,
    LPad, LTrim, Ord, Repeat, Replace, Reverse, Right, RPad, RTrim, StrIndex, Substr, Trim,
    Upper,
    // django.contrib.postgres
    RandomUUID, TransactionNow, SearchVector, SearchQuery, SearchRank, SearchHeadline,
    TrigramSimilarity, TrigramDistance, TrigramWordSimilarity, TrigramWordDistance,
    TrigramStrictWordSimilarity, TrigramStrictWordDistance, Unaccent, ArrayLenTransform,
    /// `RangeBoundary(inclusive_lower=True, inclusive_upper=False)`: the text `[)`.
    RangeBoundary,
    // django.contrib.gis; those whose name the core has too begin with `Geo`
    Area, AsGeoJSON, AsGML, AsKML, AsSVG, AsWKB, AsWKT, Azimuth, BoundingCircle, Centroid,
    ClosestPoint, Difference, Distance, Envelope, ForcePolygonCW, FromWKB, FromWKT, GeoHash,
    GeoLength, GeometryDistance, GeoReverse, GeoTransform, Intersection, IsEmpty, IsValid,
    LineLocatePoint, MakeValid, MemSize, NumGeometries, NumPoints, Perimeter, PointOnSurface,
    Scale, SnapToGrid, SymDifference, Translate, Union,
}

/// Lookups of Django 5.2, core, `contrib.postgres` and `contrib.gis`; sorted. Names
/// that are transforms as well (`date`, `year`, `lower`) are none of these.
/// Source: `lookup_name` in `django/db/models/lookups.py`,
/// `django/db/models/fields/json.py`, `django/contrib/{postgres,gis}/`.
const LOOKUPS: &[&str] = &[
    "adjacent_to",
    "bbcontains",
    "bboverlaps",
    "contained",
    "contained_by",
    "contains",
    "contains_properly",
    "coveredby",
    "covers",
    "crosses",
    "disjoint",
    "distance_gt",
    "distance_gte",
    "distance_lt",
    "distance_lte",
    "dwithin",
    "endswith",
    "equals",
    "exact",
    "fully_gt",
    "fully_lt",
    "gt",
    "gte",
    "has_any_keys",
    "has_key",
    "has_keys",
    "icontains",
    "iendswith",
    "iexact",
    "in",
    "intersects",
    "iregex",
    "isnull",
    "istartswith",
    "left",
    "lt",
    "lte",
    "not_gt",
    "not_lt",
    "overlap",
    "overlaps",
    "overlaps_above",
    "overlaps_below",
    "overlaps_left",
    "overlaps_right",
    "range",
    "regex",
    "relate",
    "right",
    "same_as",
    "search",
    "startswith",
    "strictly_above",
    "strictly_below",
    "touches",
    "trigram_similar",
    "trigram_strict_word_similar",
    "trigram_word_similar",
    "within",
];

impl FieldPath {
    /// `data__owner`.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        let mut parts = name.split("__").map(SmolStr::new);
        Self {
            field: parts.next().unwrap_or_default(),
            transforms: parts.collect(),
        }
    }
}

impl std::fmt::Display for FieldPath {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.field)?;
        for transform in &self.transforms {
            write!(out, "__{transform}")?;
        }
        Ok(())
    }
}

impl Lookup {
    /// `name=value`, where the name is a field, transforms and at most one lookup.
    /// A last part that is no lookup of Django is a transform, compared exactly.
    #[must_use]
    pub fn new(name: impl Into<SmolStr>, value: Expression) -> Self {
        let name = name.into();
        let mut path = FieldPath::parse(&name);
        let is_lookup = |name: &mut SmolStr| LOOKUPS.binary_search(&name.as_str()).is_ok();
        let lookup = path
            .transforms
            .pop_if(is_lookup)
            .unwrap_or(SmolStr::new_static("exact"));
        Self {
            name,
            path,
            lookup,
            value,
        }
    }
}

impl Connector {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::And => "AND",
            Self::Or => "OR",
            Self::Xor => "XOR",
        }
    }

    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::And, Self::Or, Self::Xor]
            .into_iter()
            .find(|connector| connector.as_str() == name)
    }
}

impl Operator {
    /// As `Combinable` spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Mod => "%%",
            Self::Pow => "^",
            Self::BitAnd => "&",
            Self::BitOr => "|",
            Self::BitXor => "#",
            Self::BitLeftShift => "<<",
            Self::BitRightShift => ">>",
        }
    }
}

impl Q {
    #[must_use]
    pub const fn new(connector: Connector, children: Vec<Condition>) -> Self {
        Self {
            connector,
            negated: false,
            children,
        }
    }

    /// An expression as the only child.
    #[must_use]
    pub fn of(expression: Expression) -> Self {
        Self::new(Connector::And, vec![Condition::Expression(expression)])
    }

    /// `self & other`, `self | other`, `self ^ other`: an empty side vanishes, and a
    /// side of the same connector joins in.
    /// Source: `Q._combine` and `Node.add`, Django 5.2.
    #[must_use]
    pub fn combine(self, other: Self, connector: Connector) -> Self {
        if self.children.is_empty() {
            return other;
        }
        if other.children.is_empty() {
            return self;
        }
        let mut out = Self::new(connector, Vec::new());
        for side in [self, other] {
            if !side.negated && (side.connector == connector || side.children.len() == 1) {
                out.children.extend(side.children);
            } else {
                out.children.push(Condition::Q(side));
            }
        }
        out
    }

    /// `~self`.
    #[must_use]
    pub fn negate(mut self) -> Self {
        self.negated = !self.negated;
        self
    }
}

impl Expression {
    #[must_use]
    pub const fn new(kind: ExpressionKind, span: Span) -> Self {
        Self { kind, span }
    }

    #[must_use]
    pub const fn unknown(unknown: Unknown) -> Self {
        Self {
            span: unknown.span,
            kind: ExpressionKind::Unknown(unknown),
        }
    }

    /// A plain value.
    #[must_use]
    pub fn value(value: SpannedValue) -> Self {
        let span = value.span;
        let value = ValueExpression {
            value,
            output_field: None,
        };
        Self::new(ExpressionKind::Value(Box::new(value)), span)
    }

    /// The expressions directly inside.
    #[must_use]
    pub fn children(&self) -> Vec<&Expression> {
        match &self.kind {
            ExpressionKind::Field(_)
            | ExpressionKind::Value(_)
            | ExpressionKind::RawSql(_)
            | ExpressionKind::Opaque { .. }
            | ExpressionKind::Unknown(_) => Vec::new(),
            ExpressionKind::Q(q) => {
                let mut out = Vec::new();
                q.collect(&mut out);
                out
            }
            ExpressionKind::Combined(combined) => vec![&combined.left, &combined.right],
            ExpressionKind::Comparison(comparison) => vec![&comparison.left, &comparison.right],
            ExpressionKind::Not(inner)
            | ExpressionKind::Collate {
                expression: inner, ..
            }
            | ExpressionKind::OpClass {
                expression: inner, ..
            } => vec![inner],
            ExpressionKind::Function(function) => function.args.iter().collect(),
            ExpressionKind::OrderBy(order) => vec![&order.expression],
            ExpressionKind::Case(case) => {
                let mut out = Vec::with_capacity(case.cases.len() * 2 + 1);
                for when in &case.cases {
                    out.push(&when.condition);
                    out.push(&when.then);
                }
                out.push(&case.default);
                out
            }
            ExpressionKind::Cast(typed) | ExpressionKind::Wrapper(typed) => {
                vec![&typed.expression]
            }
            ExpressionKind::List(items) => items.iter().collect(),
        }
    }

    /// The expression and all inside, outermost first.
    pub fn walk(&self) -> impl Iterator<Item = &Expression> {
        let mut stack = vec![self];
        std::iter::from_fn(move || {
            let expression = stack.pop()?;
            let mut children = expression.children();
            children.reverse();
            stack.extend(children);
            Some(expression)
        })
    }

    /// The fields of the model that the expression reads, in order, with repetition.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        let mut out = Vec::new();
        for expression in self.walk() {
            match &expression.kind {
                ExpressionKind::Field(path) => out.push(path.field.as_str()),
                ExpressionKind::Q(q) => q.collect_fields(&mut out),
                _ => {}
            }
        }
        out
    }

    /// The first part that could not be read.
    #[must_use]
    pub fn first_unknown(&self) -> Option<&Unknown> {
        self.walk().find_map(|expression| match &expression.kind {
            ExpressionKind::Unknown(unknown) => Some(unknown),
            ExpressionKind::Value(value) => value.value.value.first_unknown(),
            ExpressionKind::Cast(typed) | ExpressionKind::Wrapper(typed) => {
                typed.output_field.unknown()
            }
            ExpressionKind::Collate { collation, .. } => collation.unknown(),
            ExpressionKind::OpClass { name, .. } => name.unknown(),
            ExpressionKind::RawSql(raw) => raw.sql.unknown().or_else(|| {
                raw.params
                    .iter()
                    .find_map(|value| value.value.first_unknown())
            }),
            ExpressionKind::Function(function) => function
                .options
                .iter()
                .find_map(|(_, value)| value.value.first_unknown()),
            _ => None,
        })
    }
}

impl Q {
    fn collect<'q>(&'q self, out: &mut Vec<&'q Expression>) {
        for child in &self.children {
            match child {
                Condition::Q(q) => q.collect(out),
                Condition::Lookup(lookup) => out.push(&lookup.value),
                Condition::Expression(expression) => out.push(expression),
            }
        }
    }

    fn collect_fields<'q>(&'q self, out: &mut Vec<&'q str>) {
        for child in &self.children {
            match child {
                Condition::Q(q) => q.collect_fields(out),
                Condition::Lookup(lookup) => out.push(&lookup.path.field),
                Condition::Expression(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileId, Spanned};
    use crate::ir::Value;

    fn lookup(name: &str) -> Q {
        let span = Span::file_start(FileId(0));
        let value = Expression::value(Spanned::new(Value::Int(1), span));
        let lookup = Lookup::new(name, value);
        Q::new(Connector::And, vec![Condition::Lookup(lookup)])
    }

    fn told(q: &Q) -> String {
        let children: Vec<String> = q
            .children
            .iter()
            .map(|child| match child {
                Condition::Q(q) => told(q),
                Condition::Lookup(lookup) => lookup.name.to_string(),
                Condition::Expression(_) => "?".to_owned(),
            })
            .collect();
        let sign = if q.negated { "~" } else { "" };
        format!(
            "{sign}({})",
            children.join(&format!(" {} ", q.connector.as_str()))
        )
    }

    #[test]
    fn lookups_are_sorted_for_binary_search() {
        assert!(LOOKUPS.is_sorted());
    }

    #[test]
    fn combining_flattens_as_django_does() {
        use Connector::{And, Or};
        let (a, b, c) = (lookup("a"), lookup("b"), lookup("c"));
        let either = a.clone().combine(b.clone(), Or);
        assert_eq!(told(&either), "(a OR b)");
        assert_eq!(
            told(&either.clone().combine(c.clone(), Or)),
            "(a OR b OR c)"
        );
        assert_eq!(
            told(&either.clone().combine(c.clone(), And)),
            "((a OR b) AND c)"
        );
        assert_eq!(told(&a.clone().negate().combine(b, Or)), "(~(a) OR b)");
        assert_eq!(told(&Q::new(And, Vec::new()).combine(c, Or)), "(c)");
        assert_eq!(told(&a.negate().negate()), "(a)");
    }

    #[test]
    fn a_lookup_is_a_field_with_transforms_and_a_comparison() {
        let of = |name: &str| match lookup(name).children.pop() {
            Some(Condition::Lookup(lookup)) => (lookup.path.to_string(), lookup.lookup),
            other => panic!("{other:?}"),
        };
        assert_eq!(of("price__gte"), ("price".into(), "gte".into()));
        assert_eq!(of("price"), ("price".into(), "exact".into()));
        assert_eq!(of("day__year__in"), ("day__year".into(), "in".into()));
        assert_eq!(of("data__owner"), ("data__owner".into(), "exact".into()));
    }
}
