//! Orders and ends: plans, leaves, roots, ancestors.

use petgraph::Direction;

use super::{MigrationGraph, NodeId, NodeKind};
use crate::ir::AppLabel;

/// An app with more than one leaf: `MigrationLoader.detect_conflicts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    pub app: AppLabel,
    /// In the order of their names.
    pub leaves: Vec<NodeId>,
}

impl MigrationGraph {
    /// Migrations without a dependant in their app, in the order of their ids; of
    /// one app or of all.
    #[must_use]
    pub fn leaf_nodes(&self, app: Option<&str>) -> Vec<NodeId> {
        self.ends(app, &self.has_child_in_app)
    }

    /// Migrations without a dependency inside their app, in the order of their ids;
    /// of one app or of all.
    #[must_use]
    pub fn root_nodes(&self, app: Option<&str>) -> Vec<NodeId> {
        self.ends(app, &self.has_parent_in_app)
    }

    /// The nodes of one app that Django would run, in the order of their names.
    #[must_use]
    pub fn app_nodes(&self, app: &str) -> Vec<NodeId> {
        self.range(Some(app))
            .filter(|node| self.is_migration(*node))
            .collect()
    }

    fn ends(&self, app: Option<&str>, continues: &[bool]) -> Vec<NodeId> {
        self.range(app)
            .filter(|node| self.is_migration(*node) && !continues[node.index()])
            .collect()
    }

    fn range(&self, app: Option<&str>) -> impl Iterator<Item = NodeId> + use<> {
        let range = match app {
            Some(label) => self.app(label).map_or(0..0, |app| app.nodes.clone()),
            None => 0..u32::try_from(self.len()).unwrap_or(u32::MAX),
        };
        range.map(NodeId)
    }

    /// Apps with more than one leaf, sorted by label.
    #[must_use]
    pub fn conflicts(&self) -> Vec<Conflict> {
        let leaves = self.leaf_nodes(None);
        leaves
            .chunk_by(|left, right| self.same_app(*left, *right))
            .filter(|leaves| leaves.len() > 1)
            .filter_map(|leaves| {
                Some(Conflict {
                    app: self.id(*leaves.first()?).app.clone(),
                    leaves: leaves.to_vec(),
                })
            })
            .collect()
    }

    /// What `MigrationExecutor.migration_plan(targets)` runs on an empty database,
    /// in its order. Missing and unreadable nodes are left out; of a cycle, which
    /// Django refuses, each migration stands once.
    #[must_use]
    pub fn plan(&self, targets: &[NodeId]) -> Vec<NodeId> {
        let mut plan = Vec::new();
        let mut begun = vec![false; self.len()];
        // (node, whether all that it depends on is in the plan)
        let mut stack: Vec<(NodeId, bool)> = Vec::new();
        for target in targets {
            stack.push((*target, false));
            while let Some((node, done)) = stack.pop() {
                if done {
                    if self.is_migration(node) {
                        plan.push(node);
                    }
                    continue;
                }
                if std::mem::replace(&mut begun[node.index()], true) {
                    continue;
                }
                stack.push((node, true));
                let from = stack.len();
                stack.extend(
                    self.neighbors(node, Direction::Incoming)
                        .map(|parent| (parent, false)),
                );
                // Django pushes parents in the order of their keys and so visits
                // the last one first (`MigrationGraph.iterative_dfs`).
                stack[from..].sort_unstable();
            }
        }
        plan
    }

    /// The plan for all leaves: what `migrate` runs on an empty database.
    #[must_use]
    pub fn full_plan(&self) -> Vec<NodeId> {
        self.plan(&self.leaf_nodes(None))
    }

    /// Everything that `node` depends on, nearest first; without `node`.
    #[must_use]
    pub fn ancestors(&self, node: NodeId) -> Vec<NodeId> {
        self.closure(node, Direction::Incoming, |_| true)
    }

    /// Everything that depends on `node`, nearest first; without `node`.
    #[must_use]
    pub fn descendants(&self, node: NodeId) -> Vec<NodeId> {
        self.closure(node, Direction::Outgoing, |_| true)
    }

    /// As [`MigrationGraph::ancestors`], along dependencies inside the app only.
    #[must_use]
    pub fn ancestors_in_app(&self, node: NodeId) -> Vec<NodeId> {
        self.closure(node, Direction::Incoming, |other| {
            self.same_app(node, other)
        })
    }

    /// As [`MigrationGraph::descendants`], along dependencies inside the app only.
    #[must_use]
    pub fn descendants_in_app(&self, node: NodeId) -> Vec<NodeId> {
        self.closure(node, Direction::Outgoing, |other| {
            self.same_app(node, other)
        })
    }

    /// Every node that a squash took the place of, with the squash, in the order of
    /// their ids.
    pub fn replaced(&self) -> impl Iterator<Item = (NodeId, NodeId)> + '_ {
        self.nodes().filter_map(|node| match self.kind(node) {
            NodeKind::Replaced { by, .. } => Some((node, by)),
            NodeKind::Migration(_)
            | NodeKind::Unreadable
            | NodeKind::Missing
            | NodeKind::Absent => None,
        })
    }

    fn closure(
        &self,
        start: NodeId,
        direction: Direction,
        follow: impl Fn(NodeId) -> bool,
    ) -> Vec<NodeId> {
        let mut seen = rustc_hash::FxHashSet::from_iter([start]);
        let mut found = Vec::new();
        let mut at = start;
        let mut next = 0;
        loop {
            for other in self.sorted_neighbors(at, direction) {
                if follow(other) && seen.insert(other) {
                    found.push(other);
                }
            }
            let Some(node) = found.get(next) else {
                return found;
            };
            at = *node;
            next += 1;
        }
    }
}
