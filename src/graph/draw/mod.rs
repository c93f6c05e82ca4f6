//! The picture of an app's or a project's dependencies: as text for a terminal, as
//! DOT, Mermaid and SVG for documents and reviews.
//!
//! Each form is made from one `Picture`: which nodes and edges are shown and how
//! they are marked is decided here, how that looks in the files beside.

mod dot;
mod layout;
mod mermaid;
mod svg;
mod text;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Fault, MigrationGraph, NodeId, NodeKind};
use crate::ir::{AppOrigin, MigrationId, Project};

/// The form of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Text,
    Dot,
    Mermaid,
    Svg,
}

/// What a picture shows.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// One app; else all apps of the project.
    pub app: Option<String>,
    /// All apps, those from the Python environment too.
    pub include_installed: bool,
}

/// Draws a graph; the text ends with a line end unless there is nothing to show.
#[must_use]
pub fn draw(project: &Project, graph: &MigrationGraph, scope: &Scope, format: Format) -> String {
    let picture = Picture::new(project, graph, scope);
    match format {
        Format::Text => text::draw(&picture),
        Format::Dot => dot::draw(&picture),
        Format::Mermaid => mermaid::draw(&picture),
        Format::Svg => svg::draw(&picture),
    }
}

/// What is shown, before any form. Nodes are numbered by their place in `nodes`.
#[derive(Debug)]
pub struct Picture {
    /// What is missing or unreadable, then what Django runs, in its order.
    pub nodes: Vec<PictureNode>,
    /// Apps with their nodes in order; apps in the order of their first node.
    pub apps: Vec<PictureApp>,
    /// From what runs first to what depends on it, sorted.
    pub edges: Vec<PictureEdge>,
}

#[derive(Debug)]
pub struct PictureApp {
    pub label: String,
    /// Outside of the scope: only the nodes that those inside depend on are shown.
    pub outside: bool,
    nodes: Vec<usize>,
}

#[derive(Debug)]
pub struct PictureNode {
    /// Its place in `apps`.
    pub app: usize,
    pub name: String,
    pub mark: Option<Mark>,
    /// Number of migrations that a squash stands for, 0 for any other migration.
    pub squashes: usize,
}

#[derive(Debug)]
pub struct PictureEdge {
    pub from: usize,
    pub to: usize,
    in_cycle: bool,
}

/// What is wrong with a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// One of several leaves of its app.
    Conflict,
    Cycle,
    Missing,
    Unreadable,
}

impl Mark {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Cycle => "cycle",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Picture {
    #[must_use]
    pub fn new(project: &Project, graph: &MigrationGraph, scope: &Scope) -> Self {
        let shown = shown_nodes(project, graph, scope);
        let inside: FxHashSet<NodeId> = shown.iter().copied().collect();
        let mut order = graph.plan(&shown);
        let planned: FxHashSet<NodeId> = order.iter().copied().collect();
        // Neighbours in other apps that the shown ones depend on; the rest of what
        // the plan holds is not shown.
        let mut wanted = inside.clone();
        for node in &shown {
            wanted.extend(graph.parents(*node));
        }
        order.retain(|node| wanted.contains(node));
        let mut rest: Vec<NodeId> = shown
            .iter()
            .copied()
            .chain(shown.iter().flat_map(|node| graph.parents(*node)))
            .filter(|node| !planned.contains(node))
            .collect();
        rest.sort_unstable();
        rest.dedup();
        rest.extend(order);
        let order = rest;

        let marks = marks(graph);
        let cycle_edges = cycle_edges(graph);
        let mut picture = Self {
            nodes: Vec::with_capacity(order.len()),
            apps: Vec::new(),
            edges: Vec::new(),
        };
        let mut number: FxHashMap<NodeId, usize> = FxHashMap::default();
        let mut app_of: FxHashMap<&str, usize> = FxHashMap::default();
        for node in &order {
            let id = graph.id(*node);
            let app = *app_of.entry(id.app.as_str()).or_insert_with(|| {
                picture.apps.push(PictureApp {
                    label: id.app.to_string(),
                    outside: true,
                    nodes: Vec::new(),
                });
                picture.apps.len() - 1
            });
            let at = picture.nodes.len();
            number.insert(*node, at);
            if let Some(app) = picture.apps.get_mut(app) {
                app.nodes.push(at);
                app.outside &= !inside.contains(node);
            }
            picture.nodes.push(PictureNode {
                app,
                name: id.name.to_string(),
                mark: marks.get(node).copied(),
                squashes: graph
                    .migration(project, *node)
                    .map_or(0, |migration| migration.replaces.len()),
            });
        }
        for node in &order {
            if !inside.contains(node) {
                continue;
            }
            for parent in graph.parents(*node) {
                if let (Some(from), Some(to)) = (number.get(&parent), number.get(node)) {
                    picture.edges.push(PictureEdge {
                        from: *from,
                        to: *to,
                        in_cycle: cycle_edges.contains(&(parent, *node)),
                    });
                }
            }
        }
        picture
            .edges
            .sort_unstable_by_key(|edge| (edge.from, edge.to));
        picture
    }

    #[must_use]
    pub fn id(&self, node: &PictureNode) -> MigrationId {
        MigrationId::new(self.apps[node.app].label.as_str(), node.name.as_str())
    }

    fn is_in_app(&self, edge: &PictureEdge) -> bool {
        self.nodes[edge.from].app == self.nodes[edge.to].app
    }

    /// `blog.0001_initial`.
    fn full_name(&self, node: usize) -> String {
        let node = &self.nodes[node];
        format!("{}.{}", self.apps[node.app].label, node.name)
    }
}

fn shown_nodes(project: &Project, graph: &MigrationGraph, scope: &Scope) -> Vec<NodeId> {
    let labels: FxHashSet<&str> = project
        .apps
        .iter()
        .filter(|app| match &scope.app {
            Some(label) => app.label.as_str() == label,
            None => scope.include_installed || app.origin == AppOrigin::Project,
        })
        .map(|app| app.label.as_str())
        .collect();
    graph
        .nodes()
        .filter(|node| labels.contains(graph.id(*node).app.as_str()))
        .filter(|node| match graph.kind(*node) {
            NodeKind::Migration(_) | NodeKind::Unreadable | NodeKind::Missing => true,
            NodeKind::Replaced { .. } | NodeKind::Absent => false,
        })
        .collect()
}

fn marks(graph: &MigrationGraph) -> FxHashMap<NodeId, Mark> {
    let mut marks = FxHashMap::default();
    for conflict in graph.conflicts() {
        for leaf in conflict.leaves {
            marks.insert(leaf, Mark::Conflict);
        }
    }
    for (parent, child) in cycle_edges_in_order(graph) {
        marks.insert(parent, Mark::Cycle);
        marks.insert(child, Mark::Cycle);
    }
    for node in graph.nodes() {
        match graph.kind(node) {
            NodeKind::Missing => marks.insert(node, Mark::Missing),
            NodeKind::Unreadable => marks.insert(node, Mark::Unreadable),
            NodeKind::Migration(_) | NodeKind::Replaced { .. } | NodeKind::Absent => None,
        };
    }
    marks
}

fn cycle_edges(graph: &MigrationGraph) -> FxHashSet<(NodeId, NodeId)> {
    cycle_edges_in_order(graph).collect()
}

fn cycle_edges_in_order(graph: &MigrationGraph) -> impl Iterator<Item = (NodeId, NodeId)> + '_ {
    graph.faults().iter().flat_map(|fault| {
        let edges = match fault {
            Fault::Cycle { edges } => edges.as_slice(),
            Fault::Missing { .. }
            | Fault::ReplacementGone { .. }
            | Fault::ReplacesItself { .. } => &[],
        };
        edges.iter().map(|edge| (edge.before, edge.after))
    })
}
