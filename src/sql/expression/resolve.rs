//! From what a migration states to resolved expressions: `resolve_expression`, with
//! columns for names of fields.
//!
//! Source: `Query.resolve_ref` and `Query._add_q` in `django/db/models/sql/query.py`,
//! `django/db/models/expressions.py`, 5.2.

use super::compile::Compiler;
use super::construct::extracted;
use super::lookup::Given;
use super::node::{Arithmetic, Case, Column, Combined, Node, NodeKind, OrderBy, Right, Where};
use super::spec::{Output, spec};
use super::types::Type;
use crate::base::Span;
use crate::ir::expression::{
    Condition, Connector, Expression, ExpressionKind, FieldPath, FunctionKind, Q,
};
use crate::ir::value::SpannedValue;
use crate::ir::{Field, FieldKind, Unknown, Value};
use crate::schema::{FieldState, Model};
use crate::sql::value;
use crate::sql::value::{Datum, known, unknown};
use smol_str::SmolStr;
use std::sync::Arc;

/// Resolves expressions about one model.
pub(super) struct Resolver<'a> {
    pub(super) compiler: &'a Compiler<'a>,
    /// `None` where expressions may name no fields.
    pub(super) model: Option<&'a Model<'a>>,
}

pub(super) type Resolved = Result<Node, Unknown>;

impl Resolver<'_> {
    pub(super) fn expression(&self, expression: &Expression) -> Resolved {
        let span = expression.span;
        let boxed = |inner: &Expression| self.expression(inner).map(Box::new);
        let kind = match &expression.kind {
            ExpressionKind::Field(path) => return self.field(path, span),
            ExpressionKind::Value(value) => NodeKind::Value {
                value: value::read(&value.value)?,
                ty: value.output_field.as_ref().map(stated).transpose()?,
            },
            ExpressionKind::Q(q) => NodeKind::Where(self.q(q, false, span)?),
            ExpressionKind::Combined(combined) => {
                let left = self.expression(&combined.left)?;
                let right = self.expression(&combined.right)?;
                return Ok(self.combined(combined.operator.as_str(), left, right, span));
            }
            ExpressionKind::Not(inner) => NodeKind::Negated(boxed(inner)?),
            ExpressionKind::Function(function) => return self.function(function, span),
            ExpressionKind::Comparison(comparison) => {
                let left = self.expression(&comparison.left)?;
                let right = self.given(&comparison.right)?;
                let ty = self.stated_type(&comparison.left, &left)?;
                return self.comparison(&comparison.lookup, left, right, ty.as_ref(), span);
            }
            ExpressionKind::OrderBy(order) => NodeKind::OrderBy(Box::new(OrderBy {
                inner: self.expression(&order.expression)?,
                descending: order.descending,
                nulls_first: order.nulls_first,
                nulls_last: order.nulls_last,
            })),
            ExpressionKind::Case(case) => NodeKind::Case(Box::new(Case {
                cases: case
                    .cases
                    .iter()
                    .map(|when| {
                        Ok((
                            self.expression(&when.condition)?,
                            self.expression(&when.then)?,
                        ))
                    })
                    .collect::<Result<_, Unknown>>()?,
                default: self.expression(&case.default)?,
                ty: case.output_field.as_ref().map(stated).transpose()?,
            })),
            ExpressionKind::Cast(typed) => NodeKind::Cast {
                inner: boxed(&typed.expression)?,
                ty: stated(known(&typed.output_field)?)?,
            },
            ExpressionKind::Wrapper(typed) => NodeKind::Wrapper {
                inner: boxed(&typed.expression)?,
                ty: stated(known(&typed.output_field)?)?,
            },
            ExpressionKind::Collate {
                expression,
                collation,
            } => NodeKind::Collate {
                inner: boxed(expression)?,
                collation: known(collation)?.clone(),
            },
            ExpressionKind::OpClass { expression, name } => NodeKind::OpClass {
                inner: boxed(expression)?,
                name: known(name)?.clone(),
            },
            ExpressionKind::RawSql(raw) => NodeKind::Raw {
                sql: known(&raw.sql)?.clone(),
                params: raw
                    .params
                    .iter()
                    .map(value::read)
                    .collect::<Result<_, _>>()?,
            },
            ExpressionKind::List(items) => NodeKind::List(self.all(items)?),
            ExpressionKind::Opaque { class } => {
                return unknown(span, format!("`{class}` is not compiled to SQL"));
            }
            ExpressionKind::Unknown(why) => return Err(why.clone()),
        };
        Ok(Node::new(kind, span))
    }

    pub(super) fn all(&self, items: &[Expression]) -> Result<Vec<Node>, Unknown> {
        items.iter().map(|item| self.expression(item)).collect()
    }

    /// A field's column with the transforms that follow.
    pub(super) fn field(&self, path: &FieldPath, span: Span) -> Resolved {
        let mut node = self.column(&path.field, span)?;
        for name in &path.transforms {
            node = self.transform(node, name, span)?;
        }
        Ok(node)
    }

    pub(super) fn column(&self, name: &str, span: Span) -> Resolved {
        let Some(model) = self.model else {
            return unknown(span, "a default may not read fields");
        };
        let field = if name == "pk" {
            known(&model.primary_key())?.clone()
        } else {
            match known(&model.field(name))? {
                Some(field) => field.clone(),
                None => {
                    return unknown(span, format!("`{}` has no field `{name}`", model.key()));
                }
            }
        };
        if !model.state().fields.contains(field.name.as_str())
            && !known(&model.local_fields())?
                .iter()
                .any(|own| own.name == field.name)
        {
            return unknown(span, format!("the column of `{name}` is in another table"));
        }
        let Some(column) = known(&model.column(&field))?.clone() else {
            return unknown(span, format!("`{name}` has no column"));
        };
        let column = Column {
            name: column,
            ty: column_type(model, &field)?,
            nullable: self.is_nullable(&field)?,
        };
        Ok(Node::new(NodeKind::Column(column), span))
    }

    /// `Query.is_nullable`.
    fn is_nullable(&self, field: &FieldState) -> Result<bool, Unknown> {
        let kind = field.field.kind.known();
        if kind == Some(&FieldKind::NullBooleanField) {
            return Ok(true);
        }
        let features = &self.compiler.server.features;
        if features.interprets_empty_strings_as_nulls && value::allows_empty_texts(&field.field) {
            return Ok(true);
        }
        match field.field.flag("null", false) {
            Some(flag) => Ok(flag),
            None => unknown(field.origin, "whether the field may be null is not known"),
        }
    }

    /// `CombinedExpression.resolve_expression`. A default is not resolved, so that its
    /// arithmetic stays plain.
    fn combined(&self, operator: &str, left: Node, right: Node, span: Span) -> Node {
        let internal = |node: &Node| {
            let ty = node.output_or_none();
            ty.ok().flatten().map(|ty| ty.internal())
        };
        let is_call =
            |node: &Node, kind| matches!(&node.kind, NodeKind::Call(call) if call.kind == kind);
        let is_combined = |node: &Node, class| matches!(&node.kind, NodeKind::Combined(it) if it.arithmetic == class);
        let mut operator = SmolStr::new(operator);
        let (of_left, of_right) = (internal(&left), internal(&right));
        let is_temporal = matches!(
            of_left,
            Some(FieldKind::DateField | FieldKind::DateTimeField | FieldKind::TimeField)
        );
        let duration = Some(FieldKind::DurationField);
        let arithmetic = if is_call(&left, FunctionKind::SearchVector)
            || is_combined(&left, Arithmetic::SearchVector)
        {
            operator = SmolStr::new_static("||");
            Arithmetic::SearchVector
        } else if self.model.is_none() {
            Arithmetic::Plain
        } else if (of_left == duration || of_right == duration) && of_left != of_right {
            Arithmetic::Duration
        } else if operator == "-" && is_temporal && of_left == of_right {
            Arithmetic::Temporal
        } else {
            Arithmetic::Plain
        };
        let combined = Combined {
            operator,
            left,
            right,
            arithmetic,
        };
        Node::new(NodeKind::Combined(Box::new(combined)), span)
    }

    /// The type that an expression states before it is resolved, which decides how
    /// `GreaterThan(left, 5)` takes its value.
    pub(super) fn stated_type(
        &self,
        left: &Expression,
        node: &Node,
    ) -> Result<Option<Type>, Unknown> {
        if is_stated(left) {
            node.output_or_none()
        } else {
            Ok(None)
        }
    }

    /// `Query._add_q`.
    pub(super) fn q(&self, q: &Q, negated: bool, span: Span) -> Result<Where, Unknown> {
        let negated = negated ^ q.negated;
        let mut node = Where {
            connector: q.connector,
            negated: q.negated,
            children: Vec::with_capacity(q.children.len()),
            resolved: false,
        };
        for child in &q.children {
            let clause = match child {
                Condition::Q(q) => self.q(q, negated, span)?,
                Condition::Expression(expression) => self.condition(expression)?,
                Condition::Lookup(lookup) => self.filter(lookup, negated)?,
            };
            if clause.children.is_empty() {
                continue;
            }
            if !clause.negated && (clause.connector == q.connector || clause.children.len() == 1) {
                node.children.extend(clause.children);
            } else {
                node.children.push(Node::new(NodeKind::Where(clause), span));
            }
        }
        Ok(node)
    }

    /// `Query.build_filter` of what is no lookup by name.
    pub(super) fn condition(&self, expression: &Expression) -> Result<Where, Unknown> {
        if let ExpressionKind::Q(q) = &expression.kind {
            return self.q(q, false, expression.span);
        }
        if matches!(expression.kind, ExpressionKind::Field(_)) {
            return unknown(expression.span, "Django takes no field for a condition");
        }
        let node = self.expression(expression)?;
        let lookup = if matches!(node.kind, NodeKind::Lookup(_)) {
            node
        } else if self.is_conditional(expression, &node)? {
            let holds = Given::Value(Datum::Bool(true));
            if matches!(node.kind, NodeKind::Raw { .. }) {
                exact_true(node)
            } else {
                self.lookup("exact", node, holds, expression.span)?
            }
        } else {
            return unknown(expression.span, "it is no condition");
        };
        Ok(Where {
            connector: Connector::And,
            negated: false,
            children: vec![lookup],
            resolved: false,
        })
    }

    /// Django asks for the type before fields are resolved. A `RawSQL` says nothing of
    /// its type here, so that it is taken for what it is used as.
    fn is_conditional(&self, expression: &Expression, node: &Node) -> Result<bool, Unknown> {
        if matches!(node.kind, NodeKind::Raw { .. }) {
            return Ok(true);
        }
        let ty = self.stated_type(expression, node)?;
        Ok(ty.is_some_and(|ty| ty.is(FieldKind::BooleanField)))
    }

    /// What stands on the right of a lookup.
    pub(super) fn given(&self, expression: &Expression) -> Result<Given, Unknown> {
        Ok(match &expression.kind {
            // A plain value stands where it is written; `Value(5)` around it.
            ExpressionKind::Value(value)
                if value.output_field.is_none() && value.value.span == expression.span =>
            {
                Given::Value(value::read(&value.value)?)
            }
            ExpressionKind::List(items) => Given::Items(
                items
                    .iter()
                    .map(|item| self.given(item))
                    .collect::<Result<_, _>>()?,
            ),
            _ => Given::Node(self.expression(expression)?),
        })
    }
}

/// Whether an expression has a type before it is resolved: a name of a field has none.
pub(super) fn is_stated(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Field(_) | ExpressionKind::Q(_) => false,
        ExpressionKind::Function(function) => {
            function.output_field.is_some()
                || match (extracted(function.kind), spec(function.kind).output) {
                    (Some((false, _)), _) => true,
                    (Some((true, part)), _) => {
                        matches!(part, "date" | "time") || function.args.iter().all(is_stated)
                    }
                    (None, Output::Fixed(_)) => true,
                    (None, Output::First) => function.args.first().is_some_and(is_stated),
                    (None, _) => function.args.iter().all(is_stated),
                }
        }
        ExpressionKind::Case(case) => {
            case.output_field.is_some()
                || is_stated(&case.default) && case.cases.iter().all(|when| is_stated(&when.then))
        }
        ExpressionKind::Combined(combined) => {
            is_stated(&combined.left) && is_stated(&combined.right)
        }
        ExpressionKind::Collate { expression, .. } | ExpressionKind::OpClass { expression, .. } => {
            is_stated(expression)
        }
        _ => true,
    }
}

/// The condition of a raw expression itself.
fn exact_true(node: Node) -> Node {
    let span = node.span;
    let lookup = super::node::Lookup {
        name: SmolStr::new_static("exact"),
        class: super::node::Class::Plain,
        left: node,
        right: Right::Value(Datum::Bool(true)),
    };
    Node::new(NodeKind::Lookup(Box::new(lookup)), span)
}

/// An `output_field` as written.
pub(super) fn stated(field: &Field) -> Result<Type, Unknown> {
    Type::of(&Arc::new(field.clone()))
}

fn column_type(model: &Model<'_>, field: &FieldState) -> Result<Type, Unknown> {
    if let Some(why) = &field.uncertain {
        return Err((**why).clone());
    }
    let mut ty = Type::of(&field.field)?;
    if ty.kind == FieldKind::GeneratedField {
        return match &field.field.inner {
            Some(inner) => stated(inner),
            None => unknown(field.origin, "the type of the generated field is not known"),
        };
    }
    if ty.is_relation() {
        let target = model.typed_by(field);
        ty.target = Some(Arc::clone(&known(&target)?.field.field));
    }
    Ok(ty)
}

pub(super) fn option<'a>(
    options: &'a [(SmolStr, SpannedValue)],
    name: &str,
) -> Option<&'a SpannedValue> {
    let mut options = options.iter().rev();
    let found = options.find(|(key, _)| key == name).map(|(_, value)| value);
    found.filter(|value| value.value != Value::None)
}

pub(super) fn flag(
    options: &[(SmolStr, SpannedValue)],
    name: &str,
    default: bool,
) -> Result<bool, Unknown> {
    match option(options, name) {
        None => Ok(default),
        Some(value) => match &value.value {
            Value::Bool(flag) => Ok(*flag),
            Value::Unknown(why) => Err((**why).clone()),
            _ => unknown(value.span, format!("`{name}` is not known")),
        },
    }
}

/// `left * right` of what is resolved.
pub(super) fn product(left: Node, right: Node, span: Span) -> Node {
    plain("*", left, right, span)
}

pub(super) fn sum(left: Node, right: Node, span: Span) -> Node {
    plain("+", left, right, span)
}

fn plain(operator: &'static str, left: Node, right: Node, span: Span) -> Node {
    let combined = Combined {
        operator: SmolStr::new_static(operator),
        left,
        right,
        arithmetic: Arithmetic::Plain,
    };
    Node::new(NodeKind::Combined(Box::new(combined)), span)
}
