//! Which migrations of other apps are sure to have run before each migration.
//!
//! The sets of a history share their memory where a migration adds no dependency on
//! another app, and are dropped when the last migration that needs them is done, so
//! that long histories stay linear.

use std::sync::Arc;

use petgraph::Direction;

use super::{MigrationGraph, NodeId, NodeKind};

/// The set of an ancestor in more apps than this is not kept: everything counts as
/// reached.
const MOST_APPS: usize = 512;

/// What is sure to have run before a migration.
#[derive(Debug, Clone)]
pub struct Reach<'g> {
    graph: &'g MigrationGraph,
    node: NodeId,
    positions: &'g [u32],
    set: Arc<Set>,
}

#[derive(Debug, Clone, Default)]
struct Set {
    /// App and the plan position of its last migration that is an ancestor, sorted
    /// by app. The app of the node itself is left out.
    apps: Vec<(u32, u32)>,
    /// Dependencies of the node or of an ancestor could not be read.
    open: bool,
}

impl Reach<'_> {
    /// The migration in question.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// Whether some dependencies on the way could not be read or followed: nothing
    /// can then be said to be missing.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.set.open
    }

    /// Whether any migration of `app`, another app, is an ancestor.
    #[must_use]
    pub fn reaches_app(&self, app: &str) -> bool {
        self.last(app).is_some()
    }

    /// Whether `other`, a migration of another app, is an ancestor. In an app whose
    /// history has branches the answer may be `true` for a migration beside the
    /// ancestors, never `false` for an ancestor.
    #[must_use]
    pub fn reaches(&self, other: NodeId) -> bool {
        let app = self.graph.app_of[other.index()];
        self.position(app)
            .is_some_and(|last| self.positions[other.index()] <= last)
    }

    /// Whether Django happens to run `other` before this migration on an empty
    /// database, ancestor or not.
    #[must_use]
    pub fn comes_after(&self, other: NodeId) -> bool {
        self.positions[other.index()] < self.positions[self.node.index()]
    }

    fn last(&self, app: &str) -> Option<u32> {
        let at = self
            .graph
            .apps
            .binary_search_by(|it| it.label.as_str().cmp(app))
            .ok()?;
        self.position(NodeId::of(at).0)
    }

    fn position(&self, app: u32) -> Option<u32> {
        let at = self
            .set
            .apps
            .binary_search_by_key(&app, |(app, _)| *app)
            .ok()?;
        self.set.apps.get(at).map(|(_, position)| *position)
    }
}

impl MigrationGraph {
    /// Calls `visit` for each migration of the full plan, in its order.
    /// `is_open` tells that a migration's own dependencies are not all known.
    pub fn for_each_reach(
        &self,
        is_open: impl Fn(NodeId) -> bool,
        mut visit: impl FnMut(&Reach<'_>),
    ) {
        let plan = self.full_plan();
        let mut positions = vec![u32::MAX; self.len()];
        for (at, node) in plan.iter().enumerate() {
            positions[node.index()] = NodeId::of(at).0;
        }
        let mut waiting: Vec<u32> = vec![0; self.len()];
        for node in &plan {
            for parent in self.neighbors(*node, Direction::Incoming) {
                waiting[parent.index()] += 1;
            }
        }
        let mut sets: Vec<Option<Arc<Set>>> = vec![None; self.len()];
        for node in &plan {
            let parents = self.sorted_neighbors(*node, Direction::Incoming);
            let set = self.set_of(*node, &parents, &sets, &positions, is_open(*node));
            visit(&Reach {
                graph: self,
                node: *node,
                positions: &positions,
                set: Arc::clone(&set),
            });
            sets[node.index()] = Some(set);
            for parent in parents {
                waiting[parent.index()] -= 1;
                if waiting[parent.index()] == 0 {
                    sets[parent.index()] = None;
                }
            }
        }
    }

    fn set_of(
        &self,
        node: NodeId,
        parents: &[NodeId],
        sets: &[Option<Arc<Set>>],
        positions: &[u32],
        is_open: bool,
    ) -> Arc<Set> {
        if let [parent] = parents
            && self.same_app(*parent, node)
            && let Some(set) = &sets[parent.index()]
            && (set.open || !is_open)
        {
            return Arc::clone(set);
        }
        let own = self.app_of[node.index()];
        let mut all = Set {
            apps: Vec::new(),
            open: is_open,
        };
        for parent in parents {
            match &sets[parent.index()] {
                Some(set) => {
                    all.open |= set.open;
                    if !set.open {
                        all.apps.extend_from_slice(&set.apps);
                    }
                }
                // An unreadable or missing parent, or one of a cycle.
                None => all.open = true,
            }
            if matches!(self.kind(*parent), NodeKind::Migration(_)) {
                all.apps
                    .push((self.app_of[parent.index()], positions[parent.index()]));
            }
        }
        if all.open {
            all.apps.clear();
            return Arc::new(all);
        }
        // The last position of each app.
        all.apps.retain(|(app, _)| *app != own);
        all.apps
            .sort_unstable_by_key(|(app, position)| (*app, std::cmp::Reverse(*position)));
        all.apps.dedup_by_key(|(app, _)| *app);
        if all.apps.len() > MOST_APPS {
            all.apps.clear();
            all.open = true;
        }
        Arc::new(all)
    }
}
