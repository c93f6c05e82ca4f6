//! Resolved expressions that are resolved once more, as Django does with the left side
//! of every lookup: it shows in parentheses around conditions.
//!
//! Source: `WhereNode.resolve_expression` in `django/db/models/sql/where.py`, 5.2.

use super::node::{Node, NodeKind, Right, Where};

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
