//! Lookups and transforms by name: which class stands behind `price__gte` or
//! `data__owner__in`, and what it makes of the value.
//!
//! Source: `Query.build_filter`, `build_lookup` and `try_transform` in
//! `django/db/models/sql/query.py`; `get_prep_lookup` and `register_lookup` in
//! `django/db/models/lookups.py`, `fields/` and `django/contrib/postgres/`, 5.2.

use super::class::{class, is_pattern};
use super::node::{Call, Class, Lookup, Node, NodeKind, Right, Where};
use super::resolve::Resolver;
use super::types::Type;
use crate::base::Span;
use crate::ir::Unknown;
use crate::ir::expression;
use crate::ir::expression::{Connector, FunctionKind};
use crate::sql::value::{Datum, prepared, unknown};
use smol_str::SmolStr;

/// A right side as it is given.
#[derive(Debug, Clone)]
pub(super) enum Given {
    Value(Datum),
    Node(Node),
    /// Several, of which at least one is an expression.
    Items(Vec<Given>),
}

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
            && !matches!(condition.right, Right::Value(Datum::Null))
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
        if ty.is_spatial() && name != "isnull" {
            // What is called `contains` there is `ST_Contains`.
            return unknown(
                span,
                format!("the lookup `{name}` of PostGIS is not compiled to SQL"),
            );
        }
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
        let built = self.built(name, class, left, right, Some(&ty), span)?;
        Ok(self.null_for_empty(built))
    }

    /// Where an empty text is no value, nothing equals it.
    fn null_for_empty(&self, node: Node) -> Node {
        let features = &self.compiler.server.features;
        match &node.kind {
            NodeKind::Lookup(lookup)
                if features.interprets_empty_strings_as_nulls
                    && lookup.name == "exact"
                    && lookup.right == Right::Value(Datum::text("")) =>
            {
                let class = if lookup.class == Class::JsonKey {
                    Class::JsonKey
                } else {
                    Class::Plain
                };
                is_null(lookup.left.clone(), true, class, node.span)
            }
            _ => node,
        }
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
                && (class != Class::Json || name == "icontains")
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
