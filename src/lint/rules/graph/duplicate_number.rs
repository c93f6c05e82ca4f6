//! `duplicate-number`: two migrations of an app with one number.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::diag::{Diagnostic, Level};
use crate::graph::NodeId;
use crate::ir::App;
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "duplicate-number",
    summary: "two migrations of an app have the same number",
    page: include_str!("../../../../docs/rules/duplicate-number.md"),
    category: Category::Graph,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

/// How two migrations with one number stand to each other.
enum Relation {
    /// The second depends on the first.
    Ordered,
    /// Neither depends on the other, and nothing depends on both.
    Apart,
    /// A later migration depends on both: history, not to be changed.
    Merged,
}

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let broken = ctx.broken_apps();
    let conflicting: FxHashSet<String> = ctx
        .graph
        .conflicts()
        .into_iter()
        .map(|conflict| conflict.app.to_string())
        .collect();
    for app in ctx.own_apps() {
        let label = app.label.as_str();
        if ctx.graph.is_certain(label) && !broken.contains(label) {
            check_app(ctx, app, conflicting.contains(label), out);
        }
    }
}

fn check_app(ctx: &Context<'_>, app: &App, conflicting: bool, out: &mut Vec<Diagnostic>) {
    let mut by_number: BTreeMap<&str, Vec<NodeId>> = BTreeMap::new();
    for node in ctx.graph.app_nodes(app.label.as_str()) {
        let Some(migration) = ctx.own_migration(node) else {
            continue;
        };
        // A squash has the number of the first migration that it replaces.
        if migration.replaces.is_empty()
            && let Some(number) = number(migration.id.name.as_str())
        {
            by_number.entry(number).or_default().push(node);
        }
    }
    for (number, nodes) in by_number {
        for pair in nodes.windows(2) {
            if let [left, right] = pair {
                out.extend(judge(ctx, number, *left, *right, conflicting));
            }
        }
    }
}

/// All that numbers a name: `0002` of `0002_slug`, `0002_1` of `0002_1_slug`. `None`
/// for a name with a letter behind its number, such as `0002b_slug`.
fn number(name: &str) -> Option<&str> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    let length: usize = name
        .split('_')
        .take_while(|part| is_number(part))
        .map(|part| part.len() + 1)
        .sum();
    name.get(..length.checked_sub(1)?)
}

fn judge(
    ctx: &Context<'_>,
    number: &str,
    left: NodeId,
    right: NodeId,
    conflicting: bool,
) -> Option<Diagnostic> {
    let (earlier, later, relation) = if ctx.graph.children(left).contains(&right) {
        (left, right, Relation::Ordered)
    } else if ctx.graph.children(right).contains(&left) {
        (right, left, Relation::Ordered)
    } else if conflicting && !meet(ctx, left, right) {
        (left, right, Relation::Apart)
    } else {
        (left, right, Relation::Merged)
    };
    let first = ctx.own_migration(earlier)?;
    let second = ctx.own_migration(later)?;
    let how = match relation {
        Relation::Ordered => "which it depends on",
        Relation::Apart => "which is on another branch",
        Relation::Merged => return None,
    };
    let mut finding = RULE
        .finding(
            second,
            second.span,
            format!(
                "`{}` has the same number as `{}`, {how}",
                second.id, first.id.name
            ),
        )
        .label(first.span, format!("number {number} is taken here"))
        .help("give it the next free number, as long as it was not applied anywhere that counts");
    if matches!(relation, Relation::Ordered) {
        finding.level = Level::Info;
    }
    Some(finding)
}

/// Whether something in the app depends on both.
fn meet(ctx: &Context<'_>, left: NodeId, right: NodeId) -> bool {
    let below: FxHashSet<NodeId> = ctx.graph.descendants_in_app(left).into_iter().collect();
    below.contains(&right)
        || ctx
            .graph
            .descendants_in_app(right)
            .iter()
            .any(|node| *node == left || below.contains(node))
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_have_parts_and_end_before_a_letter() {
        assert_eq!(number("0002_slug"), Some("0002"));
        assert_eq!(number("0002_1_slug"), Some("0002_1"));
        assert_eq!(number("0002b_slug"), None);
        assert_eq!(number("slug_0002"), None);
        assert_eq!(number("0002"), Some("0002"));
        assert_eq!(number(""), None);
    }
}
