//! What is wrong with a graph, as facts: what Django's loader raises, and what it
//! raises only for some orders of reading the files.

use super::{Edge, List, NodeId};
use crate::base::Span;
use crate::ir::MigrationId;

/// One fault of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// An entry of `dependencies` or `run_before` names a migration that does not
    /// exist: Django's `NodeNotFoundError`, or `ValueError` for `__first__` and
    /// `__latest__`.
    Missing {
        from: NodeId,
        /// As written; the name may be `__first__` or `__latest__`.
        target: MigrationId,
        list: List,
        span: Span,
        cause: Cause,
        /// Squashes that replace the target and are themselves out of the graph.
        /// Django names them in its message (`build_graph`, Django 5.2).
        tried: Vec<MigrationId>,
    },
    /// Migrations that wait for each other: Django's `CircularDependencyError`. Each
    /// edge's `before` is the next edge's `after`; the ring is closed.
    Cycle { edges: Vec<CycleEdge> },
    /// A squash was itself replaced before it could replace others. Whether Django
    /// 5.2 fails depends on the order in which it reads the files.
    ReplacementGone { squash: NodeId, replaced_by: NodeId },
    /// `replaces` names the migration itself.
    ReplacesItself { squash: NodeId, span: Span },
}

/// Why a target does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The app is there and has no such migration.
    NoMigration,
    /// The app is installed and has no migrations.
    Unmigrated,
    /// The app's migrations folder lacks `__init__.py`.
    MissingInit,
    /// There is no such app: every installed app was found.
    NoApp,
    /// The app was not found; it may be one that could not be read.
    UnknownApp,
}

/// One edge of a cycle: `after` is applied after `before`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CycleEdge {
    pub after: NodeId,
    pub before: NodeId,
    pub edge: Edge,
}
