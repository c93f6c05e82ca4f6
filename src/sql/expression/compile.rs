//! Compiling resolved expressions: Django's `SQLCompiler.compile` and the `as_sql` of
//! each class. Lookups are in `comparison`, functions in `function`.

use std::cell::Cell;

use super::condition::{as_number, is_filter};
use super::function::fill;
use super::node::{Arithmetic, Case, Combined, Node, NodeKind, OrderBy};
use super::types::Type;
use crate::base::Span;
use crate::ir::{FieldKind, Unknown};
use crate::sql::Server;
use crate::sql::value::{Clock, Datum, adapted, prepared};
use smol_str::SmolStr;

/// SQL with `%s` for each parameter and `%%` for a percent sign.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) params: Vec<Datum>,
}

impl Sql {
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            params: Vec::new(),
        }
    }

    pub(crate) fn param(value: Datum) -> Self {
        Self::plain("%s").after(value)
    }

    pub(crate) fn map(self, change: impl FnOnce(String) -> String) -> Self {
        Self {
            text: change(self.text),
            params: self.params,
        }
    }

    /// Two texts made one, with the parameters of both.
    pub(crate) fn with(self, other: Self, join: impl FnOnce(&str, &str) -> String) -> Self {
        let text = join(&self.text, &other.text);
        let mut params = self.params;
        params.extend(other.params);
        Self { text, params }
    }

    /// A text that holds this one some times over.
    pub(crate) fn repeated(self, times: usize, write: impl FnOnce(&str) -> String) -> Self {
        let params = std::iter::repeat_n(&self.params, times);
        Self {
            params: params.flatten().cloned().collect(),
            text: write(&self.text),
        }
    }

    /// One more parameter, at the end.
    pub(crate) fn after(mut self, value: Datum) -> Self {
        self.params.push(value);
        self
    }

    /// One more parameter, at the start.
    pub(crate) fn before(mut self, value: Datum) -> Self {
        self.params.insert(0, value);
        self
    }
}

/// Why there is no SQL.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stop {
    /// `EmptyResultSet`: the condition never holds.
    Empty,
    /// `FullResultSet`: it always holds.
    Full,
    Unknown(Unknown),
}

impl From<Unknown> for Stop {
    fn from(why: Unknown) -> Self {
        Self::Unknown(why)
    }
}

pub(super) type Compiled = Result<Sql, Stop>;

pub(super) struct Compiler<'a> {
    pub(super) server: &'a Server,
    pub(super) clock: &'a Clock,
    /// How many nodes were compiled. Django writes some of them more than once, each
    /// nested `XOR` twice, so that the text of a short expression may have no end.
    steps: Cell<u32>,
}

/// Larger expressions than any that a person would write.
const MAX_STEPS: u32 = 100_000;

impl<'a> Compiler<'a> {
    pub(super) const fn new(server: &'a Server, clock: &'a Clock) -> Self {
        Self {
            server,
            clock,
            steps: Cell::new(0),
        }
    }
}

impl Compiler<'_> {
    pub(super) fn refuse(&self, span: Span, reason: impl Into<SmolStr>) -> Stop {
        Stop::Unknown(Unknown::new(span, reason))
    }

    pub(super) fn compile(&self, node: &Node) -> Compiled {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MAX_STEPS {
            return Err(self.refuse(node.span, "the expression is too large"));
        }
        match &node.kind {
            NodeKind::Column(column) => {
                let name = self.server.quoting.name(&column.name);
                Ok(Sql::plain(name))
            }
            NodeKind::Value { value, .. } => {
                let sql = self.value(node, value)?;
                Ok(self.number(node, sql))
            }
            NodeKind::Combined(combined) => {
                let sql = self.combined(node, combined)?;
                Ok(match combined.arithmetic {
                    Arithmetic::Duration => sql,
                    _ => self.number(node, sql),
                })
            }
            NodeKind::Call(call) => self.call(node, call),
            NodeKind::Cast { inner, ty } => self.cast(inner, ty),
            NodeKind::Wrapper { inner, .. } => {
                let sql = self.compile(inner)?;
                Ok(self.number(node, sql))
            }
            NodeKind::Negated(inner) => self.negated(inner),
            NodeKind::Case(case) => {
                let sql = self.case(node, case)?;
                Ok(self.number(node, sql))
            }
            NodeKind::Collate { inner, collation } => {
                let sql = self.compile_argument(inner)?;
                let name = self.server.quoting.name(collation);
                Ok(self.number(node, sql.map(|text| format!("{text} COLLATE {name}"))))
            }
            NodeKind::OpClass { inner, name } => {
                let sql = self.compile_argument(inner)?;
                Ok(self.number(node, sql.map(|text| format!("{text} {name}"))))
            }
            NodeKind::Parenthesised(inner) => {
                let sql = self.compile_argument(inner)?;
                Ok(self.number(node, sql.map(|text| format!("({text})"))))
            }
            NodeKind::OrderBy(order) => self.ordered(order),
            NodeKind::Raw { sql, params } => Ok(Sql {
                text: format!("({sql})"),
                params: params.clone(),
            }),
            NodeKind::Lookup(lookup) => self.lookup(node, lookup),
            NodeKind::Where(node) => self.condition(node),
            NodeKind::List(items) => self.joined(items, ", "),
            NodeKind::Key { is_text, .. } => {
                let (inner, keys) = key_path(node);
                let inner = self.compile(inner)?;
                let hooks = self.server.dialect.expressions;
                Ok(hooks.json_key(self.server, inner, &keys, *is_text))
            }
            NodeKind::StoreKey { inner, key } => Ok(self
                .compile(inner)?
                .map(|text| format!("({text} -> %s)"))
                .after(Datum::Text(key.clone()))),
            NodeKind::Item { inner, index, .. } => {
                let sql = self.compile(inner)?.map(|text| {
                    if text.ends_with(']') {
                        format!("{text}[%s]")
                    } else {
                        format!("({text})[%s]")
                    }
                });
                Ok(sql.after(Datum::int(*index)))
            }
            NodeKind::Slice { inner, start, end } => {
                let sql = self.compile(inner)?;
                let sql = sql.map(|text| format!("({text})[%s:%s]"));
                Ok(sql.after(Datum::int(*start)).after(Datum::int(*end)))
            }
            NodeKind::Extract { inner, part, zone } => self.extract(node, inner, part, zone),
            NodeKind::Trunc {
                inner, kind, zone, ..
            } => self.truncate(node, inner, kind, zone),
            NodeKind::Literal(sql) => Ok(Sql::plain(sql.as_str())),
        }
    }

    /// `NegatedExpression`.
    fn negated(&self, inner: &Node) -> Compiled {
        match self.compile(inner) {
            Ok(sql) if self.tests(inner)? => Ok(sql.map(|text| format!("NOT {text}"))),
            Ok(sql) => Ok(sql.map(|text| format!("CASE WHEN {text} = 0 THEN 1 ELSE 0 END"))),
            Err(Stop::Empty) if self.server.features.supports_boolean_expr_in_select_clause => {
                Ok(Sql::param(Datum::Bool(true)))
            }
            Err(Stop::Empty) => Ok(Sql::plain("1=1")),
            Err(stop) => Err(stop),
        }
    }

    /// An argument of a `Func`, where a condition that always holds is a value.
    pub(super) fn compile_argument(&self, node: &Node) -> Compiled {
        match self.compile(node) {
            Err(Stop::Full) => Ok(Sql::param(Datum::Bool(true))),
            done => done,
        }
    }

    /// `SQLiteNumericMixin`.
    pub(super) fn number(&self, node: &Node, sql: Sql) -> Sql {
        match node.output_or_none() {
            Ok(Some(ty)) if ty.internal() == FieldKind::DecimalField => {
                sql.map(|text| self.server.dialect.expressions.number(text))
            }
            _ => sql,
        }
    }

    fn value(&self, node: &Node, value: &Datum) -> Compiled {
        let Some(ty) = node.output_or_none()? else {
            return Ok(if *value == Datum::Null {
                Sql::plain("NULL")
            } else {
                Sql::param(value.clone())
            });
        };
        let field = ty.valued();
        let value = prepared(self.clock, field, value.clone(), node.span)?;
        let value = adapted(self.server, self.clock, field, value, node.span)?;
        if ty.kind == FieldKind::ArrayField || ty.is_range() {
            let db_type = self.server.db_type(&ty)?;
            return Ok(Sql::plain(format!("%s::{db_type}")).after(value));
        }
        if value == Datum::Null && ty.kind != FieldKind::BinaryField {
            return Ok(Sql::plain("NULL"));
        }
        if ty.kind == FieldKind::BinaryField && value != Datum::Null {
            let placeholder = self.server.dialect.expressions.binary_placeholder();
            return Ok(Sql::plain(placeholder).after(value));
        }
        Ok(Sql::param(value))
    }

    fn combined(&self, node: &Node, combined: &Combined) -> Compiled {
        let hooks = self.server.dialect.expressions;
        let mut left = self.compile(&combined.left)?;
        let mut right = self.compile(&combined.right)?;
        if let Arithmetic::Temporal = combined.arithmetic {
            let kind = combined.left.output()?.internal();
            return Ok(hooks.subtract_temporals(kind, left, right));
        }
        if let Arithmetic::Duration = combined.arithmetic
            && !self.server.features.has_native_duration_field
        {
            for (side, sql) in [(&combined.left, &mut left), (&combined.right, &mut right)] {
                if let Ok(Some(ty)) = side.output_or_none()
                    && ty.internal() == FieldKind::DurationField
                {
                    sql.text = hooks.duration(std::mem::take(&mut sql.text));
                }
            }
        }
        let mut params = left.params;
        params.extend(right.params);
        let (left, right) = (left.text.as_str(), right.text.as_str());
        let operator = combined.operator.as_str();
        let text = match combined.arithmetic {
            Arithmetic::Duration if !self.server.features.has_native_duration_field => {
                match hooks.combine_duration(operator, left, right) {
                    Some(text) => text,
                    None => {
                        return Err(self.refuse(
                            node.span,
                            format!("the database has no `{operator}` for durations"),
                        ));
                    }
                }
            }
            _ if !hooks.has_operator(operator) => {
                return Err(self.refuse(
                    node.span,
                    format!("the database has no `{operator}` for numbers"),
                ));
            }
            _ => hooks.combine(operator, left, right),
        };
        Ok(Sql {
            text: format!("({text})"),
            params,
        })
    }

    fn cast(&self, inner: &Node, ty: &Type) -> Compiled {
        let hooks = self.server.dialect.expressions;
        let (template, first) = hooks.cast(ty.internal(), &self.server.db_type(ty)?);
        let db_type = self.server.cast_db_type(ty)?;
        let mut sql = self.compile_argument(inner)?;
        let text = fill(template, |name| match name {
            "expressions" => Some(sql.text.as_str()),
            "db_type" => Some(db_type.as_str()),
            "function" => Some("CAST"),
            _ => None,
        });
        let mut params = first;
        params.append(&mut sql.params);
        match text {
            Ok(text) => Ok(Sql { text, params }),
            Err(what) => Err(self.refuse(inner.span, what)),
        }
    }

    fn case(&self, node: &Node, case: &Case) -> Compiled {
        if case.cases.is_empty() {
            return self.compile(&case.default);
        }
        let mut parts = Vec::with_capacity(case.cases.len());
        let mut params = Vec::new();
        let mut default = &case.default;
        for (condition, then) in &case.cases {
            let condition = match self.compile(condition) {
                Ok(sql) => sql,
                Err(Stop::Empty) => continue,
                Err(Stop::Full) => {
                    default = then;
                    break;
                }
                Err(stop) => return Err(stop),
            };
            let then = self.compile(then)?;
            parts.push(format!("WHEN {} THEN {}", condition.text, then.text));
            params.extend(condition.params);
            params.extend(then.params);
        }
        let default = self.compile(default)?;
        if parts.is_empty() {
            return Ok(default);
        }
        params.extend(default.params);
        let mut text = format!("CASE {} ELSE {} END", parts.join(" "), default.text);
        if let Some(ty) = node.output_or_none()?
            && self.server.dialect.expressions.unifies(ty.internal())
        {
            let db_type = self.server.db_type(&ty)?;
            let name = db_type.split('(').next().unwrap_or_default();
            text = format!("CAST({text} AS {name})");
        }
        Ok(Sql { text, params })
    }

    fn ordered(&self, order: &OrderBy) -> Compiled {
        let sql = if !self.server.features.supports_boolean_expr_in_select_clause
            && is_filter(&order.inner)?
        {
            self.compile(&as_number(order.inner.clone()))?
        } else {
            self.compile(&order.inner)?
        };
        let ordering = if order.descending { "DESC" } else { "ASC" };
        if !self.server.features.supports_order_by_nulls_modifier {
            // `IS NULL` sorts first what is not, for what the order does not do by itself.
            let first = self.server.dialect.expressions.sorts_nulls_first();
            let test = if order.nulls_last && !(order.descending && first) {
                "IS NULL"
            } else if order.nulls_first && (order.descending || !first) {
                "IS NOT NULL"
            } else {
                return Ok(sql.map(|text| format!("{text} {ordering}")));
            };
            return Ok(sql.repeated(2, |text| format!("{text} {test}, {text} {ordering}")));
        }
        let nulls = if order.nulls_last {
            " NULLS LAST"
        } else if order.nulls_first {
            " NULLS FIRST"
        } else {
            ""
        };
        Ok(sql.map(|text| format!("{text} {ordering}{nulls}")))
    }
}

/// A key transform's path: what is below all keys, and the keys from the outside in.
pub(super) fn key_path(node: &Node) -> (&Node, Vec<String>) {
    let mut keys = Vec::new();
    let mut at = node;
    while let NodeKind::Key { inner, key, .. } = &at.kind {
        keys.push(key.to_string());
        at = inner;
    }
    keys.reverse();
    (at, keys)
}
