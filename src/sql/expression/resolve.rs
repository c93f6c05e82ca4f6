//! From what a migration states to resolved expressions: `resolve_expression`, with
//! columns for names of fields.
//!
//! Source: `Query.resolve_ref` and `Query._add_q` in `django/db/models/sql/query.py`,
//! `django/db/models/expressions.py`, 5.2.

use smol_str::{SmolStr, format_smolstr};

use super::compile::Compiler;
use super::function::{Output, spec};
use super::lookup::Given;
use super::node::{
    Arithmetic, Call, Case, Column, Combined, Node, NodeKind, OrderBy, Right, Where, Zone,
};
use super::types::Type;
use crate::base::Span;
use crate::ir::expression::{
    Condition, Connector, Expression, ExpressionKind, FieldPath, Function, FunctionKind, Q,
};
use crate::ir::value::SpannedValue;
use crate::ir::{Field, FieldKind, Unknown, Value};
use crate::schema::{FieldState, Model};
use crate::sql::value::{self, Datum, known, unknown};
use std::sync::Arc;

/// Resolves expressions about one model.
pub(super) struct Resolver<'a> {
    pub(super) compiler: &'a Compiler<'a>,
    /// `None` where expressions may name no fields.
    pub(super) model: Option<&'a Model<'a>>,
}

type Resolved = Result<Node, Unknown>;

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

    fn all(&self, items: &[Expression]) -> Result<Vec<Node>, Unknown> {
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

    fn column(&self, name: &str, span: Span) -> Resolved {
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
            nullable: is_nullable(&field)?,
        };
        Ok(Node::new(NodeKind::Column(column), span))
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

    fn function(&self, function: &Function, span: Span) -> Resolved {
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
    fn named_parts(
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
    fn key_text(&self, function: &Function, span: Span) -> Resolved {
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

    /// The type that an expression states before it is resolved, which decides how
    /// `GreaterThan(left, 5)` takes its value.
    fn stated_type(&self, left: &Expression, node: &Node) -> Result<Option<Type>, Unknown> {
        let is_stated = match &left.kind {
            ExpressionKind::Function(function) => {
                function.output_field.is_some()
                    || matches!(spec(function.kind).output, Output::Fixed(_))
                    || extracted(function.kind).is_some_and(|part| !part.0)
                    || matches!(
                        function.kind,
                        FunctionKind::TruncDate | FunctionKind::TruncTime
                    )
                    || left.fields().is_empty()
            }
            ExpressionKind::Cast(_)
            | ExpressionKind::Wrapper(_)
            | ExpressionKind::Not(_)
            | ExpressionKind::RawSql(_)
            | ExpressionKind::Comparison(_) => true,
            ExpressionKind::Case(case) => case.output_field.is_some() || left.fields().is_empty(),
            ExpressionKind::Field(_) | ExpressionKind::Q(_) => false,
            _ => left.fields().is_empty(),
        };
        if is_stated {
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
        } else if node.is_conditional()? {
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

fn is_nullable(field: &FieldState) -> Result<bool, Unknown> {
    if field.field.kind.known() == Some(&FieldKind::NullBooleanField) {
        return Ok(true);
    }
    match field.field.flag("null", false) {
        Some(flag) => Ok(flag),
        None => unknown(field.origin, "whether the field may be null is not known"),
    }
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
fn extracted(kind: FunctionKind) -> Option<(bool, &'static str)> {
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

/// The node resolved once more: conditions inside gain parentheses.
/// Source: `WhereNode.resolve_expression`, 5.2.
pub(super) fn again(node: &Node) -> Node {
    let mut node = node.clone();
    resolve_again(&mut node);
    node
}

fn resolve_again(node: &mut Node) {
    match &mut node.kind {
        NodeKind::Where(inner) => {
            resolve_leaves(inner);
            inner.resolved = true;
        }
        NodeKind::Lookup(lookup) => {
            resolve_again(&mut lookup.left);
            if let Right::Node(right) = &mut lookup.right {
                resolve_again(right);
            }
        }
        NodeKind::Combined(combined) => {
            resolve_again(&mut combined.left);
            resolve_again(&mut combined.right);
        }
        NodeKind::Call(call) => call.args.iter_mut().for_each(resolve_again),
        NodeKind::List(items) => items.iter_mut().for_each(resolve_again),
        NodeKind::Case(case) => {
            for (condition, then) in &mut case.cases {
                resolve_again(condition);
                resolve_again(then);
            }
            resolve_again(&mut case.default);
        }
        NodeKind::OrderBy(order) => resolve_again(&mut order.inner),
        NodeKind::Cast { inner, .. }
        | NodeKind::Wrapper { inner, .. }
        | NodeKind::Negated(inner)
        | NodeKind::Collate { inner, .. }
        | NodeKind::OpClass { inner, .. }
        | NodeKind::Key { inner, .. }
        | NodeKind::StoreKey { inner, .. }
        | NodeKind::Item { inner, .. }
        | NodeKind::Slice { inner, .. }
        | NodeKind::Extract { inner, .. }
        | NodeKind::Trunc { inner, .. }
        | NodeKind::Parenthesised(inner) => resolve_again(inner),
        NodeKind::Column(_)
        | NodeKind::Value { .. }
        | NodeKind::Raw { .. }
        | NodeKind::Literal(_) => {}
    }
}

/// Both sides of all lookups below, but not the nodes of conditions themselves.
fn resolve_leaves(node: &mut Where) {
    for child in &mut node.children {
        match &mut child.kind {
            NodeKind::Where(inner) => resolve_leaves(inner),
            NodeKind::Lookup(_) => resolve_again(child),
            _ => {}
        }
    }
}
