//! Expressions compiled to SQL, as Django's constraints, indexes, generated columns and
//! database defaults compile them.
//!
//! ```text
//! let compile = Compile { server: &server, clock: &clock, model: &model };
//! compile.condition(&check)?                  // of a check, of an index: "price" >= 0
//! compile.index(&expressions)?                // what stands between an index's brackets
//! compile.exclusion(&expressions, &operators)?
//! compile.generated(&expression)?             // parameters apart
//! compile.database_default(&field, &expression)?
//! ```
//!
//! Each answer is SQL, or an [`Unknown`] with the place and the reason where there is
//! none: because a part could not be read, because Django refuses it, or because it is
//! not supported here.
//!
//! `resolve` and `lookup` make nodes with types out of what a migration states, as
//! Django's `resolve_expression` does; `compile`, `comparison`, `function` and `search`
//! make SQL of these. What differs between databases is in `hooks`, one implementation
//! for each dialect.

mod again;
mod class;
mod comparison;
mod compile;
mod condition;
mod construct;
mod dates;
mod function;
mod hooks;
mod list;
mod lookup;
mod mysql;
mod node;
mod operator;
mod oracle;
mod output;
mod postgresql;
mod resolve;
mod search;
mod spec;
mod sqlite;
mod transform;
mod types;

use std::sync::Arc;

use smol_str::SmolStr;

use self::compile::{Compiler, Sql, Stop};
use self::node::{Node, NodeKind};
use self::resolve::Resolver;
use self::types::Type;
use super::Server;
use super::value::{self, Clock, known, unknown};
use crate::base::Span;
use crate::ir::expression::{Expression, ExpressionKind};
use crate::ir::{Field, FieldKind, FieldName, Known, Unknown};
use crate::schema::{FieldState, Model};

pub(crate) use hooks::Expressions;
pub(super) use mysql::MySql;
pub(super) use oracle::Oracle;
pub(super) use postgresql::PostgreSql;
pub(super) use sqlite::Sqlite;

/// Expressions about one model, for one server.
#[derive(Debug, Clone, Copy)]
pub struct Compile<'a> {
    pub server: &'a Server,
    pub clock: &'a Clock,
    pub model: &'a Model<'a>,
}

/// SQL whose parameters are still apart, as Django hands it to `execute`.
///
/// A statement with any parameter is merged with them (`template % params`), which turns
/// `%%` into `%`; one without is executed as it stands, `%%` included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameterized {
    /// With `%s` for each parameter.
    pub template: String,
    /// Quoted, in order.
    pub params: Vec<String>,
}

impl Parameterized {
    /// The text with its parameters in place, and `%%` as `%`.
    #[must_use]
    pub fn merged(&self) -> String {
        let mut out = String::with_capacity(self.template.len() + 16);
        let mut params = self.params.iter();
        let mut rest = self.template.as_str();
        while let Some((before, after)) = rest.split_once('%') {
            out.push_str(before);
            match after.strip_prefix('s') {
                Some(_) => out.push_str(params.next().map_or("", String::as_str)),
                None => out.push('%'),
            }
            rest = after.get(1..).unwrap_or_default();
        }
        out.push_str(rest);
        out
    }

    /// As a statement of its own would be executed.
    #[must_use]
    pub fn alone(&self) -> String {
        if self.params.is_empty() {
            self.template.clone()
        } else {
            self.merged()
        }
    }
}

impl Compile<'_> {
    const fn compiler(&self) -> Compiler<'_> {
        Compiler::new(self.server, self.clock)
    }

    /// The condition of a check, or of an index or constraint of some rows.
    /// Source: `CheckConstraint._get_check_sql`, `Index._get_condition_sql`, 5.2.
    pub fn condition(&self, condition: &Expression) -> Result<String, Unknown> {
        let compiler = self.compiler();
        let resolver = Resolver {
            compiler: &compiler,
            model: Some(self.model),
        };
        let node = resolver.condition(condition)?;
        let sql = finished(compiler.condition(&node), condition.span)?;
        self.inlined(sql, condition.span)
    }

    /// What an index or a unique constraint is on, one after another.
    /// Source: `IndexExpression` in `django/db/models/indexes.py`, 5.2.
    pub fn index(&self, expressions: &[Expression]) -> Result<String, Unknown> {
        let mut parts = Vec::with_capacity(expressions.len());
        for expression in expressions {
            parts.push(self.indexed(expression)?);
        }
        Ok(parts.join(", "))
    }

    /// What an exclusion constraint is on, each with its operator.
    /// Source: `ExclusionConstraint._get_expressions`, 5.2.
    pub fn exclusion(
        &self,
        expressions: &[Expression],
        operators: &[Known<SmolStr>],
    ) -> Result<String, Unknown> {
        let mut parts = Vec::with_capacity(expressions.len());
        for (at, expression) in expressions.iter().enumerate() {
            let Some(operator) = operators.get(at) else {
                return unknown(expression.span, "it has no operator");
            };
            let operator = known(operator)?;
            parts.push(format!("{} WITH {operator}", self.indexed(expression)?));
        }
        Ok(parts.join(", "))
    }

    /// What a generated column computes, without the brackets around it.
    /// Source: `GeneratedField.generated_sql` and `_column_generated_sql`, 5.2.
    pub fn generated(&self, expression: &Expression) -> Result<Parameterized, Unknown> {
        let compiler = self.compiler();
        let resolver = Resolver {
            compiler: &compiler,
            model: Some(self.model),
        };
        let node = resolver.expression(expression)?;
        if resolve::is_stated(expression) {
            // Django asks whether it is a condition, for which it must have a type.
            node.output()?;
        }
        let mut sql = finished(compiler.compile(&node), expression.span)?;
        if !self.server.features.supports_boolean_expr_in_select_clause
            && (matches!(expression.kind, ExpressionKind::Q(_))
                || resolve::is_stated(expression) && node.output()?.is(FieldKind::BooleanField))
        {
            sql = sql.map(|text| format!("CASE WHEN {text} THEN 1 ELSE 0 END"));
        }
        let apart = self.quoted(sql, expression.span)?;
        Ok(if self.server.features.requires_literal_defaults {
            literal(apart.merged())
        } else {
            apart
        })
    }

    /// What stands after `DEFAULT` for a field's `db_default`.
    /// Source: `BaseDatabaseSchemaEditor.db_default_sql`, 5.2.
    pub fn database_default(
        &self,
        field: &Field,
        expression: &Expression,
    ) -> Result<Parameterized, Unknown> {
        let compiler = self.compiler();
        let resolver = Resolver {
            compiler: &compiler,
            model: None,
        };
        let mut is_value = false;
        let node = match &expression.kind {
            ExpressionKind::Value(written) => {
                is_value = true;
                let ty = match &written.output_field {
                    Some(field) => resolve::stated(field)?,
                    None => self.type_of(field)?,
                };
                let value = value::read(&written.value)?;
                Node::new(
                    NodeKind::Value {
                        value,
                        ty: Some(ty),
                    },
                    expression.span,
                )
            }
            ExpressionKind::Q(_) => {
                return unknown(expression.span, "a default is no condition");
            }
            _ => resolver.expression(expression)?,
        };
        let sql = finished(compiler.compile(&node), expression.span)?;
        let mut apart = self.quoted(sql, expression.span)?;
        if self.server.features.requires_literal_defaults {
            apart = literal(apart.merged());
        }
        if is_value {
            let ty = self.type_of(field)?;
            if let Ok(db_type) = self.server.db_type(&ty) {
                let procedures = self.server.dialect.procedures;
                apart.template = procedures.column_default(self.server, &db_type, apart.template);
            }
        } else {
            apart.template = format!("({})", apart.template);
        }
        Ok(apart)
    }

    /// The type of a field that may be in no model yet.
    fn type_of(&self, field: &Field) -> Result<Type, Unknown> {
        let field = Arc::new(field.clone());
        let mut ty = Type::of(&field)?;
        if ty.is_relation() {
            let nameless = FieldState::new(FieldName::from(""), field, ty.field.span);
            let target = self.model.typed_by(&nameless);
            ty.target = Some(Arc::clone(&known(&target)?.field.field));
        }
        Ok(ty)
    }

    /// The columns that expressions read, in order, each once: what Django's
    /// `Expressions` reference knows them by.
    pub fn columns(&self, expressions: &[Expression]) -> Result<Vec<SmolStr>, Unknown> {
        let mut columns: Vec<SmolStr> = Vec::new();
        for name in expressions.iter().flat_map(Expression::fields) {
            let field = if name == "pk" {
                Some(known(&self.model.primary_key())?.clone())
            } else {
                known(&self.model.field(name))?.clone()
            };
            let Some(field) = field else { continue };
            if let Some(column) = known(&self.model.column(&field))?
                && !columns.contains(column)
            {
                columns.push(column.clone());
            }
        }
        Ok(columns)
    }

    /// One expression of an index: ordering, operator class and collation around it, and
    /// brackets unless it is a column.
    fn indexed(&self, expression: &Expression) -> Result<String, Unknown> {
        let compiler = self.compiler();
        let resolver = Resolver {
            compiler: &compiler,
            model: Some(self.model),
        };
        let span = expression.span;
        let mut root = resolver.expression(expression)?;
        let within = self.server.dialect.expressions.indexes_collations();
        let mut wrappers: Vec<Node> = Vec::new();
        loop {
            let inner = match &mut root.kind {
                NodeKind::OrderBy(order) => {
                    let empty = Node::new(NodeKind::Literal(SmolStr::default()), span);
                    std::mem::replace(&mut order.inner, empty)
                }
                NodeKind::Collate { .. } if within => break,
                NodeKind::Collate { inner, .. } | NodeKind::OpClass { inner, .. } => {
                    (**inner).clone()
                }
                _ => break,
            };
            wrappers.push(std::mem::replace(&mut root, inner));
        }
        if expression_has_wrapper(expression, wrappers.len(), within) {
            return unknown(
                span,
                "orderings, operator classes and collations must be outermost in an index",
            );
        }
        wrappers.sort_by_key(rank);
        let repeats = wrappers
            .windows(2)
            .any(|pair| matches!(pair, [left, right] if rank(left) == rank(right)));
        if repeats {
            return unknown(span, "Django takes each kind of wrapper once");
        }
        if !matches!(root.kind, NodeKind::Column(_)) {
            root = Node::new(NodeKind::Parenthesised(Box::new(root)), span);
        }
        for mut wrapper in wrappers.into_iter().rev() {
            match &mut wrapper.kind {
                NodeKind::OrderBy(order) => order.inner = root,
                NodeKind::Collate { inner, .. } | NodeKind::OpClass { inner, .. } => **inner = root,
                _ => {}
            }
            root = wrapper;
        }
        let sql = finished(compiler.compile_argument(&root), span)?;
        self.inlined(sql, span)
    }

    fn quoted(&self, sql: Sql, span: Span) -> Result<Parameterized, Unknown> {
        let quoting = self.server.quoting;
        let mut params = Vec::with_capacity(sql.params.len());
        for param in &sql.params {
            match quoting.value(param) {
                Ok(text) => params.push(text),
                Err(why) => return unknown(span, why),
            }
        }
        Ok(Parameterized {
            template: sql.text,
            params,
        })
    }

    fn inlined(&self, sql: Sql, span: Span) -> Result<String, Unknown> {
        Ok(self.quoted(sql, span)?.merged())
    }
}

const fn literal(template: String) -> Parameterized {
    Parameterized {
        template,
        params: Vec::new(),
    }
}

fn finished(compiled: Result<Sql, Stop>, span: Span) -> Result<Sql, Unknown> {
    match compiled {
        Ok(sql) => Ok(sql),
        Err(Stop::Unknown(why)) => Err(why),
        Err(Stop::Full) => unknown(
            span,
            "the condition holds for every row, which Django refuses",
        ),
        Err(Stop::Empty) => unknown(span, "the condition holds for no row, which Django refuses"),
    }
}

/// `IndexExpression.wrapper_classes`, in order.
fn rank(wrapper: &Node) -> u8 {
    match wrapper.kind {
        NodeKind::OrderBy(_) => 0,
        NodeKind::OpClass { .. } => 1,
        _ => 2,
    }
}

/// Whether there are more wrappers than the outermost.
fn expression_has_wrapper(expression: &Expression, outermost: usize, collates: bool) -> bool {
    let wrappers = expression.walk().filter(|inner| match inner.kind {
        ExpressionKind::OrderBy(_) | ExpressionKind::OpClass { .. } => true,
        ExpressionKind::Collate { .. } => !collates,
        _ => false,
    });
    wrappers.count() > outermost
}
