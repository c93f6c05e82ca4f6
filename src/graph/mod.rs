//! The migration graph, equal to Django 5.2's `MigrationLoader.build_graph` and
//! `MigrationExecutor.migration_plan` for an empty database.
//!
//! `petgraph` is used in this folder only. What is wrong with a graph is kept as
//! structured [`Fault`]s; `lint/` words them. Every step is linear in the number of
//! migrations and dependencies, up to sorting.

mod build;
pub mod conflict;
mod cycle;
pub mod draw;
pub mod fault;
mod order;
pub mod reach;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::base::Span;
use crate::ir::{AppLabel, Migration, MigrationId, Project};

pub use fault::{Cause, CycleEdge, Fault};

/// A node of one graph. Node ids compare as their migration ids do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

impl NodeId {
    const fn index(self) -> usize {
        self.0 as usize
    }

    fn of(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

/// Where a migration stands in its [`Project`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    app: u32,
    migration: u32,
}

impl Place {
    fn new(app: usize, migration: usize) -> Self {
        Self {
            app: u32::try_from(app).unwrap_or(u32::MAX),
            migration: u32::try_from(migration).unwrap_or(u32::MAX),
        }
    }

    /// `None` for a place of another project.
    #[must_use]
    pub fn of(self, project: &Project) -> Option<&Migration> {
        project
            .apps
            .get(self.app as usize)?
            .migrations
            .get(self.migration as usize)
    }
}

/// What stands behind a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// A migration that Django would run.
    Migration(Place),
    /// A file that could not be read as a migration: its own edges are not known.
    Unreadable,
    /// Something refers to it and there is no such migration.
    Missing,
    /// A squash took its place; `place` is `None` if its file is gone.
    Replaced { by: NodeId, place: Option<Place> },
    /// A name that was mentioned and takes no part in the graph.
    Absent,
}

/// The attribute that an edge was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum List {
    Dependencies,
    RunBefore,
}

/// Why one migration runs before another: where that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The migration whose file holds the entry. A squash may have taken its place.
    pub declared_by: NodeId,
    pub list: List,
    pub span: Span,
}

/// The nodes of one app lie together, in the order of their names.
#[derive(Debug)]
struct AppNodes {
    label: AppLabel,
    nodes: std::ops::Range<u32>,
    /// All files of the app and their lists could be read.
    certain: bool,
}

/// The graph of one project.
#[derive(Debug)]
pub struct MigrationGraph {
    /// Sorted; a node's number is the position of its id.
    ids: Vec<MigrationId>,
    kinds: Vec<NodeKind>,
    /// Edges run from what is applied first to what depends on it.
    graph: DiGraph<(), Edge>,
    /// Sorted.
    apps: Vec<AppNodes>,
    /// Where in `apps` a label is.
    by_label: FxHashMap<SmolStr, u32>,
    app_of: Vec<u32>,
    has_parent_in_app: Vec<bool>,
    has_child_in_app: Vec<bool>,
    faults: Vec<Fault>,
}

impl MigrationGraph {
    #[must_use]
    pub fn build(project: &Project) -> Self {
        build::build(project)
    }

    /// The node of a migration id, whatever its kind; `None` if nothing mentions it.
    #[must_use]
    pub fn node(&self, id: &MigrationId) -> Option<NodeId> {
        let of_app = &self.app(id.app.as_str())?.nodes;
        let first = of_app.start as usize;
        let ids = self.ids.get(first..of_app.end as usize)?;
        let at = ids
            .binary_search_by(|known| known.name.cmp(&id.name))
            .ok()?;
        Some(NodeId::of(first + at))
    }

    /// # Panics
    /// If `node` is of another, larger graph.
    #[must_use]
    pub fn id(&self, node: NodeId) -> &MigrationId {
        &self.ids[node.index()]
    }

    #[must_use]
    pub fn kind(&self, node: NodeId) -> NodeKind {
        self.kinds[node.index()]
    }

    /// The node that stands for `node`: itself, or the squash that replaces it.
    #[must_use]
    pub fn standing_for(&self, node: NodeId) -> NodeId {
        let mut at = node;
        while let NodeKind::Replaced { by, .. } = self.kind(at) {
            at = by;
        }
        at
    }

    /// The migration behind a node, if its file was read, replaced or not.
    #[must_use]
    pub fn migration<'p>(&self, project: &'p Project, node: NodeId) -> Option<&'p Migration> {
        match self.kind(node) {
            NodeKind::Migration(place)
            | NodeKind::Replaced {
                place: Some(place), ..
            } => place.of(project),
            NodeKind::Unreadable
            | NodeKind::Missing
            | NodeKind::Absent
            | NodeKind::Replaced { place: None, .. } => None,
        }
    }

    /// All nodes that Django would run, in the order of their ids.
    pub fn migrations(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.nodes().filter(|node| self.is_migration(*node))
    }

    /// What `node` depends on, in the order of ids.
    #[must_use]
    pub fn parents(&self, node: NodeId) -> Vec<NodeId> {
        self.sorted_neighbors(node, Direction::Incoming)
    }

    /// What depends on `node`, in the order of ids.
    #[must_use]
    pub fn children(&self, node: NodeId) -> Vec<NodeId> {
        self.sorted_neighbors(node, Direction::Outgoing)
    }

    /// Where the edges to the parents of `node` were written, in the order of the
    /// parents' ids.
    #[must_use]
    pub fn parent_edges(&self, node: NodeId) -> Vec<(NodeId, Edge)> {
        let mut edges: Vec<_> = self
            .graph
            .edges_directed(petgraph_index(node), Direction::Incoming)
            .map(|edge| (node_id(edge.source()), *edge.weight()))
            .collect();
        edges.sort_unstable_by_key(|(parent, _)| *parent);
        edges
    }

    /// What is wrong with the graph, in a fixed order.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Whether a migration depends on an app that was not found.
    #[must_use]
    pub fn lacks_app(&self) -> bool {
        self.faults.iter().any(|fault| {
            matches!(
                fault,
                Fault::Missing {
                    cause: Cause::UnknownApp,
                    ..
                }
            )
        })
    }

    /// Whether all files of an app and their lists could be read; true for an app
    /// that the graph does not know.
    #[must_use]
    pub fn is_certain(&self, app: &str) -> bool {
        self.app(app).is_none_or(|app| app.certain)
    }

    /// Number of nodes, whatever their kind.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    #[must_use]
    pub fn same_app(&self, left: NodeId, right: NodeId) -> bool {
        self.app_of[left.index()] == self.app_of[right.index()]
    }

    fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..u32::try_from(self.ids.len()).unwrap_or(u32::MAX)).map(NodeId)
    }

    fn is_migration(&self, node: NodeId) -> bool {
        matches!(self.kind(node), NodeKind::Migration(_))
    }

    fn app(&self, label: &str) -> Option<&AppNodes> {
        self.apps.get(*self.by_label.get(label)? as usize)
    }

    fn neighbors(&self, node: NodeId, direction: Direction) -> impl Iterator<Item = NodeId> + '_ {
        self.graph
            .neighbors_directed(petgraph_index(node), direction)
            .map(node_id)
    }

    fn sorted_neighbors(&self, node: NodeId, direction: Direction) -> Vec<NodeId> {
        let mut nodes: Vec<_> = self.neighbors(node, direction).collect();
        nodes.sort_unstable();
        nodes
    }
}

fn petgraph_index(node: NodeId) -> NodeIndex {
    NodeIndex::new(node.index())
}

fn node_id(index: NodeIndex) -> NodeId {
    NodeId::of(index.index())
}
