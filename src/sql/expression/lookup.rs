//! Lookups and transforms by name: which class stands behind `price__gte` or
//! `data__owner__in`, and what it makes of the value.
//!
//! Source: `Query.build_filter`, `build_lookup` and `try_transform` in
//! `django/db/models/sql/query.py`; `get_prep_lookup` and `register_lookup` in
//! `django/db/models/lookups.py`, `fields/` and `django/contrib/postgres/`, 5.2.

use smol_str::SmolStr;

use super::function;
use super::hooks::integer;
use super::node::{Call, Class, Lookup, Node, NodeKind, Right, Where, Zone};
use super::resolve::Resolver;
use super::types::Type;
use crate::base::Span;
use crate::ir::expression::{self, Connector, FunctionKind};
use crate::ir::{FieldKind, Unknown};
use crate::sql::value::{Datum, prepared, unknown};

/// A right side as it is given.
#[derive(Debug, Clone)]
pub(super) enum Given {
    Value(Datum),
    Node(Node),
    /// Several, of which at least one is an expression.
    Items(Vec<Given>),
}

const COMPARED: [&str; 5] = ["exact", "gt", "gte", "lt", "lte"];

impl Resolver<'_> {
    /// A lookup by name, with what a negation adds for columns that may be null.
    pub(super) fn filter(
        &self,
        lookup: &expression::Lookup,
        negated: bool,
    ) -> Result<Where, Unknown> {
        let span = lookup.value.span;
        let column = expression::FieldPath {
            field: lookup.path.field.clone(),
            transforms: Vec::new(),
        };
        let column = self.field(&column, span)?;
        let mut left = column.clone();
        for name in &lookup.path.transforms {
            left = self.transform(left, name, span)?;
        }
        let given = self.given(&lookup.value)?;
        let other = match &given {
            Given::Node(node) => Some(node.clone()),
            _ => None,
        };
        let condition = self.lookup(&lookup.lookup, left, given, span)?;
        let mut children = vec![condition];
        if let Some(Node {
            kind: NodeKind::Lookup(condition),
            ..
        }) = children.first()
            && negated
            && condition.name != "isnull"
        {
            for node in [Some(&column), other.as_ref()].into_iter().flatten() {
                if let NodeKind::Column(column) = &node.kind
                    && column.nullable
                {
                    children.push(is_null(node.clone(), false, Class::Plain, span));
                }
            }
        }
        Ok(Where {
            connector: Connector::And,
            negated: false,
            children,
            resolved: false,
        })
    }

    /// `build_lookup` without its transforms.
    pub(super) fn lookup(
        &self,
        name: &str,
        left: Node,
        right: Given,
        span: Span,
    ) -> Result<Node, Unknown> {
        let ty = left.output()?;
        let Some(class) = class(&left, &ty, name) else {
            if ty.is_relation() {
                return unknown(span, format!("a relation has no lookup `{name}`"));
            }
            let left = self.transform(left, name, span)?;
            let ty = left.output()?;
            let Some(class) = class(&left, &ty, "exact") else {
                return unknown(span, "its type has no lookup `exact`");
            };
            return self.built("exact", class, left, right, Some(&ty), span);
        };
        self.built(name, class, left, right, Some(&ty), span)
    }

    /// A lookup class that is an expression of its own, as `GreaterThan(left, 5)`.
    pub(super) fn comparison(
        &self,
        name: &str,
        left: Node,
        right: Given,
        stated: Option<&Type>,
        span: Span,
    ) -> Result<Node, Unknown> {
        let ty = left.output_or_none()?;
        // Which class of that name it was is seen by the type that it is for.
        let own = ty.as_ref().and_then(|ty| class(&left, ty, name));
        let class = match own {
            Some(
                class @ (Class::Json
                | Class::Array
                | Class::Operator(_)
                | Class::InRange
                | Class::MomentRange
                | Class::Search),
            ) if name != "exact" => class,
            _ => Class::Plain,
        };
        let takes_raw = matches!(
            name,
            "in" | "range"
                | "isnull"
                | "iexact"
                | "regex"
                | "iregex"
                | "has_key"
                | "has_keys"
                | "has_any_keys"
        ) || is_pattern(name);
        match (right, stated) {
            (Given::Value(value), None) if !takes_raw => {
                let right = Given::Node(Node::value(value, span));
                self.built(name, class, left, right, None, span)
            }
            (right, stated) => self.built(name, class, left, right, stated, span),
        }
    }

    /// The lookup with its value prepared for a type, if that is known.
    fn built(
        &self,
        name: &str,
        class: Class,
        left: Node,
        right: Given,
        ty: Option<&Type>,
        span: Span,
    ) -> Result<Node, Unknown> {
        let right = self.right(name, class, right, ty, span)?;
        if let Right::Value(Datum::Null) = right
            && !matches!((class, name), (Class::Json | Class::JsonKey, "exact"))
        {
            if !matches!(name, "exact" | "iexact") {
                return unknown(span, "Django takes no None here");
            }
            let class = if matches!(left.kind, NodeKind::Key { .. }) {
                Class::JsonKey
            } else {
                Class::Plain
            };
            return Ok(is_null(left, true, class, span));
        }
        let left = match (class, left.kind) {
            // Lookups for text read a key as text.
            (Class::JsonKey, NodeKind::Key { inner, key, .. })
                if matches!(name, "iexact" | "regex" | "iregex") || is_pattern(name) =>
            {
                let kind = NodeKind::Key {
                    inner,
                    key,
                    is_text: true,
                };
                Node::new(kind, left.span)
            }
            (_, kind) => Node::new(kind, left.span),
        };
        let lookup = Lookup {
            name: SmolStr::new(name),
            class,
            left,
            right,
        };
        Ok(Node::new(NodeKind::Lookup(Box::new(lookup)), span))
    }

    /// `get_prep_lookup`.
    fn right(
        &self,
        name: &str,
        class: Class,
        right: Given,
        ty: Option<&Type>,
        span: Span,
    ) -> Result<Right, Unknown> {
        let clock = self.compiler.clock;
        let prepare = |value: Datum| match ty {
            Some(ty) => prepared(clock, ty.valued(), value, span),
            None => Ok(value),
        };
        if class == Class::Array
            && let Some(ty) = ty
        {
            return array_right(self, right, ty, span);
        }
        if class == Class::Operator("@>")
            && let Some(ty) = ty
            && ty.is_range()
        {
            return range_right(self, right, ty, span);
        }
        let right = match right {
            Given::Node(node) => return Ok(Right::Node(node)),
            Given::Items(items) => {
                let mut nodes = Vec::with_capacity(items.len());
                for item in items {
                    nodes.push(match item {
                        Given::Node(node) => node,
                        Given::Value(value) => match prepare(value)? {
                            // A text would name a field otherwise.
                            value @ Datum::Text(_) => Node::new(
                                NodeKind::Value {
                                    value,
                                    ty: ty.cloned(),
                                },
                                span,
                            ),
                            value => Node::value(value, span),
                        },
                        Given::Items(_) => return unknown(span, "lists are nested too deeply"),
                    });
                }
                return Ok(Right::Node(Node::new(NodeKind::List(nodes), span)));
            }
            Given::Value(value) => value,
        };
        Ok(Right::Value(match name {
            "iexact" | "regex" | "iregex" | "isnull" | "has_key" => right,
            _ if is_pattern(name)
                && class != Class::Json
                && !matches!(class, Class::Operator(_))
                && class != Class::MomentRange =>
            {
                right
            }
            "has_keys" | "has_any_keys" => match items(right) {
                Some(items) => Datum::List(
                    items
                        .iter()
                        .filter_map(|item| item.as_text().map(Datum::Text))
                        .collect(),
                ),
                None => return unknown(span, "it is no list of keys"),
            },
            "in" | "range" => match items(right) {
                Some(items) => {
                    Datum::List(items.into_iter().map(prepare).collect::<Result<_, _>>()?)
                }
                None => return unknown(span, "it is no list of values"),
            },
            // Django fails on a pair of values here.
            _ if class == Class::InRange => match right {
                Datum::List(_) | Datum::Tuple(_) => {
                    return unknown(span, "Django takes a range here, not a pair");
                }
                value => value,
            },
            "gte" | "lt" if class == Class::Integer => match right {
                Datum::Float(number) => prepare(Datum::Float(number.ceil()))?,
                value => prepare(value)?,
            },
            _ => prepare(right)?,
        }))
    }

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
            _ => match function::transform(name) {
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

pub(super) fn is_null(left: Node, holds: bool, class: Class, span: Span) -> Node {
    let lookup = Lookup {
        name: SmolStr::new_static("isnull"),
        class,
        left,
        right: Right::Value(Datum::Bool(holds)),
    };
    Node::new(NodeKind::Lookup(Box::new(lookup)), span)
}

pub(super) fn is_pattern(name: &str) -> bool {
    matches!(
        name,
        "contains" | "icontains" | "startswith" | "istartswith" | "endswith" | "iendswith"
    )
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

/// `get_lookup`: `None` where the type has no lookup of that name.
fn class(left: &Node, ty: &Type, name: &str) -> Option<Class> {
    use FieldKind as Kind;
    let is_compared = COMPARED.contains(&name);
    let is_general = is_compared
        || is_pattern(name)
        || matches!(
            name,
            "iexact" | "in" | "range" | "isnull" | "regex" | "iregex"
        );
    match &left.kind {
        NodeKind::Key { .. } if is_general && !matches!(name, "contains" | "range") => {
            return Some(Class::JsonKey);
        }
        NodeKind::Extract { part, .. }
            if is_compared && matches!(part.as_str(), "year" | "iso_year") =>
        {
            return Some(Class::Year);
        }
        _ => {}
    }
    if ty.is_relation() {
        return (is_compared || matches!(name, "in" | "isnull")).then_some(Class::Plain);
    }
    if ty.is_range() {
        let operator = match name {
            "contains" if matches!(ty.kind, Kind::DateRangeField | Kind::DateTimeRangeField) => {
                return Some(Class::MomentRange);
            }
            "contains" => "@>",
            "contained_by" => "<@",
            "overlap" => "&&",
            "fully_lt" => "<<",
            "fully_gt" => ">>",
            "not_lt" => "&>",
            "not_gt" => "&<",
            "adjacent_to" => "-|-",
            "startswith" | "endswith" => return None,
            _ => return is_general.then_some(Class::Plain),
        };
        return Some(Class::Operator(operator));
    }
    let own = match (ty.kind, name) {
        (
            Kind::JSONField,
            "exact" | "contains" | "contained_by" | "has_key" | "has_keys" | "has_any_keys",
        ) => Some(Class::Json),
        (Kind::ArrayField, "exact" | "contains" | "contained_by" | "overlap") => Some(Class::Array),
        (Kind::HStoreField, "contains") => Some(Class::Operator("@>")),
        (Kind::HStoreField, "contained_by") => Some(Class::Operator("<@")),
        (Kind::HStoreField, "has_key") => Some(Class::Operator("?")),
        (Kind::HStoreField, "has_keys") => Some(Class::Operator("?&")),
        (Kind::HStoreField, "has_any_keys") => Some(Class::Operator("?|")),
        (Kind::SearchVectorField, "exact") => Some(Class::SearchVector),
        (Kind::UUIDField, "iexact") => Some(Class::UuidText),
        (Kind::UUIDField, name) if is_pattern(name) => Some(Class::UuidText),
        _ => None,
    };
    if own.is_some() {
        return own;
    }
    if ty.is(Kind::IntegerField) && is_compared {
        return Some(Class::Integer);
    }
    let is_bounded = [
        Kind::IntegerField,
        Kind::FloatField,
        Kind::DecimalField,
        Kind::DateField,
    ]
    .into_iter()
    .any(|kind| ty.is(kind));
    if is_bounded && name == "contained_by" {
        return Some(Class::InRange);
    }
    if function::is_text(ty) {
        match name {
            "search" => return Some(Class::Search),
            "trigram_similar" => return Some(Class::Operator("%%")),
            "trigram_word_similar" => return Some(Class::Operator("%%>")),
            "trigram_strict_word_similar" => return Some(Class::Operator("%%>>")),
            _ => {}
        }
    }
    is_general.then_some(Class::Plain)
}

fn items(value: Datum) -> Option<Vec<Datum>> {
    match value {
        Datum::List(items) | Datum::Tuple(items) => Some(items),
        // A text is iterated over, too, and so are the keys of a dict.
        Datum::Text(text) => Some(
            text.chars()
                .map(|letter| Datum::text(letter.to_string()))
                .collect(),
        ),
        Datum::Dict(pairs) => Some(pairs.into_iter().map(|(key, _)| key).collect()),
        _ => None,
    }
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

/// `ArrayRHSMixin`: a list becomes `ARRAY[...]`, unless there is only None in it.
fn array_right(
    resolver: &Resolver<'_>,
    right: Given,
    ty: &Type,
    span: Span,
) -> Result<Right, Unknown> {
    let given = match right {
        Given::Node(node) => return Ok(Right::Node(node)),
        Given::Items(items) => items,
        Given::Value(Datum::List(items) | Datum::Tuple(items)) if items.iter().any(is_set) => {
            items.into_iter().map(Given::Value).collect()
        }
        Given::Value(value) => {
            let value = prepared(resolver.compiler.clock, &ty.field, value, span)?;
            return Ok(Right::Value(value));
        }
    };
    let base = ty.base()?;
    let mut args = Vec::with_capacity(given.len());
    for item in given {
        args.push(match item {
            Given::Node(node) => node,
            Given::Value(value) => {
                let value = prepared(resolver.compiler.clock, &base.field, value, span)?;
                Node::value(value, span)
            }
            Given::Items(_) => return unknown(span, "lists are nested too deeply"),
        });
    }
    let mut call = Call::new(FunctionKind::Func, args);
    call.function = Some(SmolStr::new_static("ARRAY"));
    call.template = Some(SmolStr::new_static("%(function)s[%(expressions)s]"));
    let node = Node::new(NodeKind::Call(Box::new(call)), span);
    Ok(Right::Node(node))
}

fn is_set(value: &Datum) -> bool {
    match value {
        Datum::Null => false,
        Datum::List(items) | Datum::Tuple(items) => items.iter().any(is_set),
        _ => true,
    }
}

/// `RangeContains`: what is no range is cast to what the range holds.
fn range_right(
    resolver: &Resolver<'_>,
    right: Given,
    ty: &Type,
    span: Span,
) -> Result<Right, Unknown> {
    let node = match right {
        Given::Value(value @ (Datum::List(_) | Datum::Tuple(_) | Datum::Range(_))) => {
            let value = prepared(resolver.compiler.clock, &ty.field, value, span)?;
            return Ok(Right::Value(value));
        }
        Given::Value(Datum::Text(_)) => {
            return unknown(span, "Django would take the text for a field's name");
        }
        Given::Value(value) => Node::value(value, span),
        Given::Node(node) => node,
        Given::Items(_) => return unknown(span, "a range of expressions is not compiled to SQL"),
    };
    Ok(Right::Node(Node::cast(node, ty.base()?)))
}
