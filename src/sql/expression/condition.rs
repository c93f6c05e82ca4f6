//! Compiling nodes of conditions.
//!
//! Source: `WhereNode.as_sql` in `django/db/models/sql/where.py`, 5.2.

use super::compile::{Compiled, Compiler, Sql, Stop};
use super::hooks::Tests;
use super::node::{Case, Class, Lookup, Node, NodeKind, Right, Where};
use super::resolve::sum;
use crate::base::Span;
use crate::ir::Unknown;
use crate::ir::expression::{Connector, FunctionKind};
use crate::sql::value::Datum;
use smol_str::SmolStr;

impl Compiler<'_> {
    /// Whether a condition needs no comparison where conditions are expected.
    pub(super) fn tests(&self, node: &Node) -> Result<bool, Unknown> {
        let is_raw = matches!(node.kind, NodeKind::Raw { .. });
        Ok(match self.server.dialect.expressions.tests() {
            Tests::Anything => true,
            Tests::Lookups => node.is_test() || !node.is_conditional()?,
            Tests::Filters => is_raw || is_filter(node)?,
        })
    }

    /// A lookup whose sides can be compared: `Lookup.as_oracle`.
    pub(super) fn comparable(&self, lookup: &Lookup) -> Result<Option<Lookup>, Unknown> {
        if self.server.dialect.expressions.tests() != Tests::Filters {
            return Ok(None);
        }
        // A raw condition is compared as well, which Django asks for by `= True`.
        let is_raw = matches!(lookup.left.kind, NodeKind::Raw { .. })
            && lookup.right == Right::Value(Datum::Bool(true));
        let is_left = is_raw || is_filter(&lookup.left)?;
        let is_right = match &lookup.right {
            Right::Node(right) => is_filter(right)?,
            Right::Value(_) => false,
        };
        if !is_left && !is_right {
            return Ok(None);
        }
        let mut lookup = lookup.clone();
        if is_left {
            lookup.left = as_number(lookup.left);
        }
        if let Right::Node(right) = &mut lookup.right
            && is_right
        {
            *right = as_number(right.clone());
        }
        Ok(Some(lookup))
    }

    /// `WhereNode.as_sql`.
    pub(super) fn condition(&self, node: &Where) -> Compiled {
        if node.connector == Connector::Xor && !self.server.dialect.expressions.has_xor() {
            return self.condition(&exclusive(node));
        }
        let count = node.children.len();
        let (mut full, mut empty) = match node.connector {
            Connector::And => (count, 1),
            Connector::Or | Connector::Xor => (1, count),
        };
        let mut texts = Vec::with_capacity(count);
        let mut params = Vec::new();
        for child in &node.children {
            match self.compile(child) {
                Ok(sql) => {
                    texts.push(sql.text);
                    params.extend(sql.params);
                }
                Err(Stop::Empty) => empty -= 1,
                Err(Stop::Full) => full -= 1,
                Err(stop) => return Err(stop),
            }
            if empty == 0 {
                return Err(if node.negated {
                    Stop::Full
                } else {
                    Stop::Empty
                });
            }
            if full == 0 {
                return Err(if node.negated {
                    Stop::Empty
                } else {
                    Stop::Full
                });
            }
        }
        if texts.is_empty() {
            return Err(Stop::Full);
        }
        let many = texts.len() > 1;
        let mut text = texts.join(&format!(" {} ", node.connector.as_str()));
        if node.negated {
            text = format!("NOT ({text})");
        } else if many || node.resolved {
            text = format!("({text})");
        }
        Ok(Sql { text, params })
    }
}

/// `conditional_expression_supported_in_where_clause` of Oracle: whether a condition is
/// none that stands in a column.
pub(super) fn is_filter(node: &Node) -> Result<bool, Unknown> {
    match &node.kind {
        NodeKind::Lookup(_) | NodeKind::Where(_) => Ok(true),
        NodeKind::Negated(inner) => is_filter(inner),
        NodeKind::Wrapper { inner, .. } => Ok(node.is_conditional()? && is_filter(inner)?),
        _ => Ok(false),
    }
}

/// A condition as 1 or 0: `CASE WHEN ... THEN 1 ELSE 0 END`.
pub(super) fn as_number(node: Node) -> Node {
    let span = node.span;
    let flag = |holds| Node::value(Datum::Bool(holds), span);
    let case = Case {
        cases: vec![(node, flag(true))],
        default: flag(false),
        ty: None,
    };
    Node::new(NodeKind::Case(Box::new(case)), span)
}

/// A node of `XOR` for databases without it: one side holds, and an odd number does.
fn exclusive(node: &Where) -> Where {
    let span = node
        .children
        .first()
        .map_or(Span::file_start(crate::ir::project::NO_FILE), |it| it.span);
    let number = |value| Node::value(Datum::int(value), span);
    let any = Where {
        connector: Connector::Or,
        negated: false,
        children: node.children.clone(),
        resolved: false,
    };
    let mut total: Option<Node> = None;
    for child in &node.children {
        let case = Case {
            cases: vec![(child.clone(), number(1))],
            default: number(0),
            ty: None,
        };
        let case = Node::new(NodeKind::Case(Box::new(case)), span);
        total = Some(match total {
            None => case,
            Some(sofar) => sum(sofar, case, span),
        });
    }
    let mut total = total.unwrap_or_else(|| number(0));
    if node.children.len() > 2 {
        total = Node::call(FunctionKind::Mod, vec![total, number(2)], span);
    }
    let odd = Lookup {
        name: SmolStr::new_static("exact"),
        class: Class::Plain,
        left: number(1),
        right: Right::Node(total),
    };
    Where {
        connector: Connector::And,
        negated: node.negated,
        children: vec![
            Node::new(NodeKind::Where(any), span),
            Node::new(NodeKind::Lookup(Box::new(odd)), span),
        ],
        resolved: false,
    }
}
