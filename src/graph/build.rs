//! From a project to its graph, in the three passes of Django 5.2's
//! `MigrationLoader.build_graph`: dependencies inside apps, those between apps with
//! `run_before`, replacements.
//!
//! Django reads the files of an app in the order of a Python set, so where that
//! order decides (`__first__` beside a `run_before` inside the app, nested
//! squashes), any of several results is right; here files are read in the order of
//! their names and inner squashes before outer ones.

use std::collections::BTreeSet;

use petgraph::Direction;
use petgraph::graph::DiGraph;
use petgraph::visit::EdgeRef;
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::{
    AppNodes, Cause, Edge, Fault, List, MigrationGraph, NodeId, NodeKind, Place, cycle, node_id,
    petgraph_index,
};
use crate::ir::{App, Dependency, DependencyTarget, Migration, MigrationId, Project};

const FIRST: &str = "__first__";
const LATEST: &str = "__latest__";

pub(super) fn build(project: &Project) -> MigrationGraph {
    let ids = mentioned_ids(project);
    let mut builder = Builder::new(project, &ids);
    builder.add_nodes();
    builder.add_internal_dependencies();
    builder.add_external_dependencies();
    builder.replace();
    let parts = builder.finish();
    let mut graph = MigrationGraph {
        ids,
        kinds: parts.kinds,
        graph: parts.graph,
        by_label: (0..)
            .zip(&parts.apps)
            .map(|(at, app)| (SmolStr::new(app.label.as_str()), at))
            .collect(),
        apps: parts.apps,
        app_of: parts.app_of,
        has_parent_in_app: parts.has_parent_in_app,
        has_child_in_app: parts.has_child_in_app,
        faults: parts.faults,
    };
    let cycles = cycle::cycles(&graph);
    graph.faults.extend(cycles);
    graph
}

/// Apps whose migrations Django loads.
fn loaded_apps(project: &Project) -> impl Iterator<Item = (usize, &App)> {
    project
        .apps
        .iter()
        .enumerate()
        .filter(|(_, app)| app.missing_init.is_none())
}

/// Every id that may become a node, sorted.
fn mentioned_ids(project: &Project) -> Vec<MigrationId> {
    let migrations = || loaded_apps(project).flat_map(|(_, app)| &app.migrations);
    let mut known: FxHashSet<&MigrationId> = migrations().map(|migration| &migration.id).collect();
    let mut ids: Vec<MigrationId> = migrations().map(|migration| migration.id.clone()).collect();
    for migration in migrations() {
        for entry in migration.dependencies.iter().chain(&migration.run_before) {
            if let DependencyTarget::Migration(id) = &entry.target
                && id.name.as_str() != FIRST
                && known.insert(id)
            {
                ids.push(id.clone());
            }
        }
    }
    for (_, app) in loaded_apps(project) {
        for name in &app.unreadable {
            ids.push(MigrationId::new(app.label.as_str(), name.clone()));
        }
    }
    // Not `sort_unstable`: the files of an app are sorted as they come.
    ids.sort();
    ids.dedup();
    ids
}

/// The roots and leaves of an app while the graph grows: `__first__` and
/// `__latest__` are resolved against these (`MigrationLoader.check_key`).
#[derive(Default)]
struct Ends {
    roots: BTreeSet<u32>,
    leaves: BTreeSet<u32>,
}

struct Builder<'p> {
    project: &'p Project,
    ids: &'p [MigrationId],
    index: FxHashMap<&'p MigrationId, NodeId>,
    kinds: Vec<NodeKind>,
    graph: DiGraph<(), Edge>,
    apps: Vec<AppNodes>,
    app_of: Vec<u32>,
    ends: Vec<Ends>,
    /// Labels of apps with a migrations package.
    migrated: FxHashSet<&'p str>,
    unmigrated: FxHashSet<&'p str>,
    missing_init: FxHashSet<&'p str>,
    /// Every entry that names a node that is missing, until a squash replaces it.
    references: Vec<(NodeId, Reference)>,
    /// Live squashes in the order in which Django would meet them.
    squashes: Vec<(NodeId, &'p Migration)>,
    faults: Vec<Fault>,
}

/// One entry of one list of one migration.
#[derive(Clone, Copy)]
struct Reference {
    from: NodeId,
    list: List,
    span: crate::base::Span,
}

struct Parts {
    kinds: Vec<NodeKind>,
    graph: DiGraph<(), Edge>,
    apps: Vec<AppNodes>,
    app_of: Vec<u32>,
    has_parent_in_app: Vec<bool>,
    has_child_in_app: Vec<bool>,
    faults: Vec<Fault>,
}

impl<'p> Builder<'p> {
    fn new(project: &'p Project, ids: &'p [MigrationId]) -> Self {
        let mut index = FxHashMap::default();
        index.reserve(ids.len());
        let mut graph = DiGraph::with_capacity(ids.len(), ids.len() * 2);
        let mut apps: Vec<AppNodes> = Vec::new();
        let mut app_of = Vec::with_capacity(ids.len());
        for (at, id) in ids.iter().enumerate() {
            index.insert(id, NodeId::of(at));
            graph.add_node(());
            let at = NodeId::of(at).0;
            match apps.last_mut() {
                Some(app) if app.label == id.app => app.nodes.end = at + 1,
                _ => apps.push(AppNodes {
                    label: id.app.clone(),
                    nodes: at..at + 1,
                    certain: true,
                }),
            }
            app_of.push(NodeId::of(apps.len() - 1).0);
        }
        let labels = |wanted: fn(&App) -> bool| {
            project
                .apps
                .iter()
                .filter(move |app| wanted(app))
                .map(|app| app.label.as_str())
        };
        Self {
            project,
            ids,
            index,
            kinds: vec![NodeKind::Absent; ids.len()],
            graph,
            ends: apps.iter().map(|_| Ends::default()).collect(),
            apps,
            app_of,
            migrated: labels(|app| app.missing_init.is_none()).collect(),
            unmigrated: project
                .settings
                .unmigrated_apps
                .iter()
                .map(crate::ir::AppLabel::as_str)
                .collect(),
            missing_init: labels(|app| app.missing_init.is_some()).collect(),
            references: Vec::new(),
            squashes: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn add_nodes(&mut self) {
        for (app_at, app) in loaded_apps(self.project) {
            let mut certain = app.unreadable.is_empty();
            for (migration_at, migration) in app.migrations.iter().enumerate() {
                certain &= migration
                    .unread
                    .iter()
                    .all(|unread| unread.attribute == "operations");
                let Some(node) = self.index.get(&migration.id).copied() else {
                    continue;
                };
                if self.kinds[node.index()] != NodeKind::Absent {
                    continue;
                }
                self.put(node, NodeKind::Migration(Place::new(app_at, migration_at)));
                if !migration.replaces.is_empty() {
                    self.squashes.push((node, migration));
                }
            }
            for name in &app.unreadable {
                let id = MigrationId::new(app.label.as_str(), name.clone());
                if let Some(node) = self.index.get(&id).copied()
                    && self.kinds[node.index()] == NodeKind::Absent
                {
                    self.put(node, NodeKind::Unreadable);
                }
            }
            if !certain
                && let Ok(at) = self.apps.binary_search_by(|it| it.label.cmp(&app.label))
                && let Some(nodes) = self.apps.get_mut(at)
            {
                nodes.certain = false;
            }
        }
    }

    fn put(&mut self, node: NodeId, kind: NodeKind) {
        self.kinds[node.index()] = kind;
        let ends = &mut self.ends[self.app_of[node.index()] as usize];
        ends.roots.insert(node.0);
        ends.leaves.insert(node.0);
    }

    /// Django adds these first, so that `__first__` finds the true root.
    fn add_internal_dependencies(&mut self) {
        self.for_each_migration(|builder, node, migration| {
            for entry in &migration.dependencies {
                let DependencyTarget::Migration(id) = &entry.target else {
                    // A swappable dependency is a `__first__`, which Django ignores
                    // inside an app.
                    continue;
                };
                if id.app == migration.id.app && id.name.as_str() != FIRST {
                    let reference = Reference::new(node, List::Dependencies, entry);
                    if let Some(parent) = builder.node_or_missing(id, reference) {
                        builder.link(node, parent, reference);
                    }
                }
            }
        });
    }

    fn add_external_dependencies(&mut self) {
        self.for_each_migration(|builder, node, migration| {
            for entry in &migration.dependencies {
                let Some(key) = entry.target.key() else {
                    continue;
                };
                if key.app == migration.id.app {
                    continue;
                }
                let reference = Reference::new(node, List::Dependencies, entry);
                if let Some(parent) = builder.check_key(&key, migration, reference) {
                    builder.link(node, parent, reference);
                }
            }
            for entry in &migration.run_before {
                let Some(key) = entry.target.key() else {
                    continue;
                };
                let reference = Reference::new(node, List::RunBefore, entry);
                if let Some(child) = builder.check_key(&key, migration, reference) {
                    builder.link(child, node, reference);
                }
            }
        });
    }

    fn for_each_migration(&mut self, mut visit: impl FnMut(&mut Self, NodeId, &'p Migration)) {
        for (app_at, app) in loaded_apps(self.project) {
            for (migration_at, migration) in app.migrations.iter().enumerate() {
                let Some(node) = self.index.get(&migration.id).copied() else {
                    continue;
                };
                // The second of two apps with one label has no nodes.
                if self.kinds[node.index()] == NodeKind::Migration(Place::new(app_at, migration_at))
                {
                    visit(self, node, migration);
                }
            }
        }
    }

    /// `MigrationLoader.check_key`, Django 5.2.
    fn check_key(
        &mut self,
        key: &MigrationId,
        current: &Migration,
        reference: Reference,
    ) -> Option<NodeId> {
        let first = key.name.as_str() == FIRST;
        let is_node = self
            .index
            .get(key)
            .is_some_and(|node| self.kinds[node.index()] != NodeKind::Absent);
        if !(first || key.name.as_str() == LATEST) || is_node {
            return self.node_or_missing(key, reference);
        }
        let app = key.app.as_str();
        if key.app == current.id.app
            || self.unmigrated.contains(app)
            || self.missing_init.contains(app)
        {
            return None;
        }
        if !self.migrated.contains(app) {
            self.missing(key, reference);
            return None;
        }
        let ends = self
            .apps
            .binary_search_by(|it| it.label.cmp(&key.app))
            .ok()
            .and_then(|at| self.ends.get(at));
        let node = ends.and_then(|ends| {
            if first {
                ends.roots.first()
            } else {
                ends.leaves.first()
            }
        });
        let Some(node) = node else {
            self.missing(key, reference);
            return None;
        };
        Some(NodeId(*node))
    }

    /// The node of a plain key; a key that no file answers becomes a missing node,
    /// which a squash may yet replace.
    fn node_or_missing(&mut self, key: &MigrationId, reference: Reference) -> Option<NodeId> {
        let node = self.index.get(key).copied()?;
        if self.kinds[node.index()] == NodeKind::Absent {
            if self.cause(key) == Cause::UnknownApp {
                self.missing(key, reference);
                return None;
            }
            self.put(node, NodeKind::Missing);
        }
        if self.kinds[node.index()] == NodeKind::Missing {
            self.references.push((node, reference));
        }
        Some(node)
    }

    fn cause(&self, key: &MigrationId) -> Cause {
        let app = key.app.as_str();
        if self.migrated.contains(app) {
            Cause::NoMigration
        } else if self.missing_init.contains(app) {
            Cause::MissingInit
        } else if self.unmigrated.contains(app) {
            Cause::Unmigrated
        } else if self.project.settings.all_apps_found {
            Cause::NoApp
        } else {
            Cause::UnknownApp
        }
    }

    fn missing(&mut self, key: &MigrationId, reference: Reference) {
        self.faults.push(Fault::Missing {
            from: reference.from,
            target: key.clone(),
            list: reference.list,
            span: reference.span,
            cause: self.cause(key),
            tried: Vec::new(),
        });
    }

    fn link(&mut self, child: NodeId, parent: NodeId, reference: Reference) {
        if self.app_of[child.index()] == self.app_of[parent.index()] {
            let ends = &mut self.ends[self.app_of[child.index()] as usize];
            ends.roots.remove(&child.0);
            ends.leaves.remove(&parent.0);
        }
        self.graph.add_edge(
            petgraph_index(parent),
            petgraph_index(child),
            Edge {
                declared_by: reference.from,
                list: reference.list,
                span: reference.span,
            },
        );
    }

    /// `MigrationGraph.remove_replaced_nodes` for every squash: with an empty
    /// database none of the replaced migrations is applied, so each squash is used.
    fn replace(&mut self) {
        let squashes = std::mem::take(&mut self.squashes);
        // Which squash last looked at a node: stands for Django's set `replaced`.
        let mut seen = vec![u32::MAX; self.ids.len()];
        for (turn, at) in inner_first(&squashes).into_iter().enumerate() {
            let (squash, migration) = squashes[at];
            if let NodeKind::Replaced { by, .. } = self.kinds[squash.index()] {
                self.faults.push(Fault::ReplacementGone {
                    squash,
                    replaced_by: by,
                });
                continue;
            }
            let turn = NodeId::of(turn).0;
            let mut replaced = Vec::new();
            let mut replaces_itself = false;
            for entry in &migration.replaces {
                let Some(node) = entry
                    .target
                    .key()
                    .and_then(|id| self.index.get(&id).copied())
                else {
                    continue;
                };
                if node == squash {
                    replaces_itself = true;
                    self.faults.push(Fault::ReplacesItself {
                        squash,
                        span: entry.span,
                    });
                } else if seen[node.index()] != turn {
                    seen[node.index()] = turn;
                    replaced.push(node);
                }
            }
            for node in replaced {
                self.replace_one(squash, node, |other| seen[other.index()] == turn);
            }
            if replaces_itself {
                // Django drops the squash with what it replaces.
                self.kinds[squash.index()] = NodeKind::Absent;
            }
        }
        self.squashes = squashes;
    }

    fn replace_one(&mut self, squash: NodeId, node: NodeId, also: impl Fn(NodeId) -> bool) {
        let place = match self.kinds[node.index()] {
            NodeKind::Absent | NodeKind::Replaced { .. } => return,
            NodeKind::Migration(place) => Some(place),
            NodeKind::Missing | NodeKind::Unreadable => None,
        };
        self.kinds[node.index()] = NodeKind::Replaced { by: squash, place };
        for direction in [Direction::Outgoing, Direction::Incoming] {
            let mut walker = self
                .graph
                .neighbors_directed(petgraph_index(node), direction)
                .detach();
            while let Some((edge, other)) = walker.next(&self.graph) {
                let other_id = node_id(other);
                let gone = matches!(self.kinds[other_id.index()], NodeKind::Replaced { .. });
                if gone || also(other_id) {
                    continue;
                }
                let weight = self.graph[edge];
                if direction == Direction::Outgoing {
                    self.graph.add_edge(petgraph_index(squash), other, weight);
                } else {
                    self.graph.add_edge(other, petgraph_index(squash), weight);
                }
            }
        }
    }

    /// Drops what was replaced, and turns what is missing after all into faults.
    fn finish(mut self) -> Parts {
        self.report_missing();
        let lives = |node: NodeId| {
            !matches!(
                self.kinds[node.index()],
                NodeKind::Replaced { .. } | NodeKind::Absent
            )
        };
        let mut edges: Vec<(NodeId, NodeId, Edge)> = self
            .graph
            .edge_references()
            .map(|edge| {
                (
                    node_id(edge.target()),
                    node_id(edge.source()),
                    *edge.weight(),
                )
            })
            .filter(|(child, parent, _)| lives(*child) && lives(*parent))
            .collect();
        // A stable sort keeps the entry that was written first of several alike.
        edges.sort_by_key(|(child, parent, _)| (*child, *parent));
        edges.dedup_by_key(|(child, parent, _)| (*child, *parent));

        let mut graph = DiGraph::with_capacity(self.ids.len(), edges.len());
        for _ in self.ids {
            graph.add_node(());
        }
        let mut has_parent_in_app = vec![false; self.ids.len()];
        let mut has_child_in_app = vec![false; self.ids.len()];
        for (child, parent, weight) in edges {
            graph.add_edge(petgraph_index(parent), petgraph_index(child), weight);
            if self.app_of[child.index()] == self.app_of[parent.index()] {
                has_parent_in_app[child.index()] = true;
                has_child_in_app[parent.index()] = true;
            }
        }
        Parts {
            kinds: self.kinds,
            graph,
            apps: self.apps,
            app_of: self.app_of,
            has_parent_in_app,
            has_child_in_app,
            faults: self.faults,
        }
    }

    fn report_missing(&mut self) {
        let mut replacers: FxHashMap<MigrationId, Vec<NodeId>> = FxHashMap::default();
        if !self.references.is_empty() {
            for (squash, migration) in &self.squashes {
                for id in migration.replaces.iter().filter_map(|it| it.target.key()) {
                    replacers.entry(id).or_default().push(*squash);
                }
            }
        }
        for (node, reference) in std::mem::take(&mut self.references) {
            if self.kinds[node.index()] != NodeKind::Missing {
                continue;
            }
            let target = self.ids[node.index()].clone();
            let tried = match replacers.get(&target) {
                Some(squashes)
                    if squashes.iter().all(|squash| {
                        matches!(self.kinds[squash.index()], NodeKind::Replaced { .. })
                    }) =>
                {
                    squashes
                        .iter()
                        .map(|squash| self.ids[squash.index()].clone())
                        .collect()
                }
                _ => Vec::new(),
            };
            self.faults.push(Fault::Missing {
                from: reference.from,
                cause: self.cause(&target),
                target,
                list: reference.list,
                span: reference.span,
                tried,
            });
        }
    }
}

impl Reference {
    const fn new(from: NodeId, list: List, entry: &Dependency) -> Self {
        Self {
            from,
            list,
            span: entry.span,
        }
    }
}

/// Positions of the squashes, those that others replace before those others.
fn inner_first(squashes: &[(NodeId, &Migration)]) -> Vec<usize> {
    let position: FxHashMap<&MigrationId, usize> = squashes
        .iter()
        .enumerate()
        .map(|(at, (_, migration))| (&migration.id, at))
        .collect();
    let mut order = Vec::with_capacity(squashes.len());
    let mut begun = vec![false; squashes.len()];
    for start in 0..squashes.len() {
        // (squash, whether its inner squashes are done)
        let mut stack = vec![(start, false)];
        while let Some((at, done)) = stack.pop() {
            if done {
                order.push(at);
                continue;
            }
            if std::mem::replace(&mut begun[at], true) {
                continue;
            }
            stack.push((at, true));
            for entry in squashes[at].1.replaces.iter().rev() {
                if let DependencyTarget::Migration(id) = &entry.target
                    && let Some(inner) = position.get(id)
                {
                    stack.push((*inner, false));
                }
            }
        }
    }
    order
}
