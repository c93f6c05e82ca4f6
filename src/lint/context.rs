//! What rules may ask, beyond the project and its graph.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rustc_hash::{FxHashMap, FxHashSet};

use super::calls::{self, Call};
use super::lacks::{Gather, Lacking};
use super::rule::Rule;
use super::rules::RULES;
use super::selection::is_applied;
use super::since::settled;
use crate::base::{Files, Span};
use crate::diag::wording::did_you_mean;
use crate::graph::{Cause, CycleEdge, Fault, MigrationGraph, NodeId, NodeKind};
use crate::ir::policy::Policy;
use crate::ir::procedure::Methods;
use crate::ir::project::NO_FILE;
use crate::ir::value::Condition;
use crate::ir::{App, AppOrigin, Migration, MigrationId, Operation, OperationKind, Project};
use crate::schema::{self, History, ModelKey, OperationStates, ProjectState, ReplayError};
use crate::sql::Server;
use crate::sql::plan::{Histories, Planner, Settings};

/// Suggestions are looked for among at most this many names.
const MOST_CANDIDATES: usize = 2_000;

/// A project being judged.
pub(super) struct Context<'p> {
    pub(super) project: &'p Project,
    pub(super) graph: &'p MigrationGraph,
    files: &'p Files,
    apps: FxHashMap<&'p str, &'p App>,
    /// Apps in which a file or a `replaces` could not be read: a squash may be there
    /// that nobody sees.
    hides_squash: FxHashSet<&'p str>,
    in_cycle: FxHashSet<NodeId>,
    /// What could not be applied, with the migration that it is in.
    replay_errors: Vec<(&'p Migration, ReplayError)>,
    /// What the project's servers have nothing like.
    lacks: Vec<Lacking<'p>>,
    /// Migrations that ran long ago.
    settled: FxHashSet<NodeId>,
    /// Functions that the project's own migrations call.
    calls: Vec<Call<'p>>,
    /// Operations of the own apps that do more than the models tell, by app.
    handwritten: FxHashMap<&'p str, Vec<&'p Operation>>,
    /// The rules that count anywhere in the project.
    rules: Vec<&'static Rule>,
    /// The states of the whole plan, where they are the same on every database or there is
    /// one only.
    history: Option<History<'p>>,
    /// The states of the whole plan on the servers that are judged, where replaying the
    /// plan has asked for them.
    histories: Option<Histories<'p>>,
    /// The models when all migrations have run.
    end: Option<ProjectState>,
}

impl<'p> Context<'p> {
    pub(super) fn new(project: &'p Project, graph: &'p MigrationGraph, files: &'p Files) -> Self {
        let mut apps = FxHashMap::default();
        let mut hides_squash = FxHashSet::default();
        for app in &project.apps {
            apps.entry(app.label.as_str()).or_insert(app);
            let unread = app
                .migrations
                .iter()
                .flat_map(|migration| &migration.unread)
                .any(|unread| unread.attribute == "replaces");
            if unread || !app.unreadable.is_empty() {
                hides_squash.insert(app.label.as_str());
            }
        }
        let mut ctx = Self {
            project,
            graph,
            files,
            apps,
            replay_errors: Vec::new(),
            lacks: Vec::new(),
            settled: settled(project, graph, files),
            calls: Vec::new(),
            handwritten: FxHashMap::default(),
            history: None,
            histories: None,
            end: None,
            rules: RULES
                .iter()
                .copied()
                .filter(|rule| is_applied(&project.settings.policy, rule))
                .collect(),
            hides_squash,
            in_cycle: graph
                .faults()
                .iter()
                .filter_map(|fault| match fault {
                    Fault::Cycle { edges } => Some(edges),
                    Fault::Missing { .. }
                    | Fault::ReplacementGone { .. }
                    | Fault::ReplacesItself { .. } => None,
                })
                .flatten()
                .map(|edge| edge.after)
                .collect(),
        };
        ctx.handwritten = ctx
            .own_apps()
            .map(|app| {
                let operations = app.migrations.iter().flat_map(Migration::walk_operations);
                let handwritten = operations.filter(|operation| is_handwritten(operation));
                (app.label.as_str(), handwritten.collect())
            })
            .collect();
        ctx.replay();
        ctx
    }

    pub(super) fn files(&self) -> &'p Files {
        self.files
    }

    /// What is written at a place.
    pub(super) fn text(&self, span: Span) -> String {
        let text = self.files.text(span.file);
        let (start, end) = (span.range.start as usize, span.range.end as usize);
        text.get(start..end).unwrap_or_default().to_owned()
    }

    /// Operations of the project's own apps that do not fit the models as they are by
    /// then, in the order of the plan. Apps whose order of migrations is in doubt are
    /// left out: what is wrong there is told by the rules on the graph.
    pub(super) fn replay_errors(&self) -> impl Iterator<Item = (&'p Migration, &ReplayError)> {
        let errors = self.replay_errors.iter();
        errors.map(|(migration, error)| (*migration, error))
    }

    /// What operations of the project's own apps make that one of its servers has
    /// nothing like, and that is still there at the end of the plan.
    pub(super) fn lacks(&self) -> &[Lacking<'p>] {
        &self.lacks
    }

    /// Functions that the project's own migrations call, with the states in which they
    /// do, in the order of the plan.
    pub(super) fn calls(&self) -> impl Iterator<Item = &Call<'p>> {
        let calls = self.calls.iter();
        calls.filter(|call| self.is_judged(call.migration))
    }

    /// As [`Context::calls`], with those of migrations that ran long ago.
    pub(super) fn all_calls(&self) -> &[Call<'p>] {
        &self.calls
    }

    /// The operations of an own app that do more to the database than the models tell: SQL,
    /// functions, and those of classes of the project's. Nested ones are among them.
    pub(super) fn handwritten(&self, app: &str) -> &[&'p Operation] {
        self.handwritten.get(app).map_or(&[], Vec::as_slice)
    }

    /// The states of the whole plan, where they are the same on every database that the
    /// project may have.
    pub(super) fn history(&self) -> Option<&History<'p>> {
        self.history.as_ref()
    }

    /// What `work` makes of each server that is judged, with the states of the whole plan
    /// on it; in the order of [`Server::judged_for`].
    pub(super) fn on_servers<T: Send>(
        &self,
        settings: &Settings,
        work: impl Fn(&Planner<'_>, &History<'p>) -> T + Sync,
    ) -> Vec<T> {
        if let Some(history) = &self.history {
            let servers = Server::judged_for(&self.project.settings);
            let servers = servers.par_iter();
            return servers
                .map(|server| work(&Planner::new(server, settings), history))
                .collect();
        }
        match &self.histories {
            Some(histories) => histories.for_each(settings, work),
            None => self
                .replayed(&self.graph.full_plan())
                .for_each(settings, work),
        }
    }

    /// The models when all migrations have run.
    pub(super) fn end(&self) -> Option<&ProjectState> {
        self.end.as_ref()
    }

    /// Replays the whole plan and keeps what is asked of it later.
    fn replay(&mut self) {
        let batch = calls::made_by_change(self.project);
        let plan = self.graph.full_plan();
        let migrations = plan.iter().filter_map(|node| self.migration(*node));
        let migrations: Vec<&'p Migration> = migrations.collect();
        let plan_of = || migrations.iter().copied();
        let servers = Server::of_project(&self.project.settings);
        let (history, is_known) = match servers.as_slice() {
            [server] => {
                let decide = |condition: &Condition| server.holds(condition);
                History::of_any(self.project, plan_of(), Some(&decide))
            }
            _ => History::of_any(self.project, plan_of(), None),
        };
        let mut gather = Gather::new(self.project);
        let mut calls = Vec::new();
        let steps = history.steps().iter();
        for step in steps.filter(|step| self.is_own(step.migration.id.app.as_str())) {
            for OperationStates {
                operation, before, ..
            } in step.operations()
            {
                gather.operation(step.migration, operation, before);
                calls::gather(step.migration, operation, before, &batch, &mut calls);
            }
        }
        let mut errors = history.errors().to_vec();
        let is_configured = !servers.is_empty();
        if !is_known && is_configured && self.has_conditions(&plan) {
            // Each server of the project has its own branch of the conditions.
            let histories = self.replayed(&plan);
            for error in histories.histories().flat_map(History::errors) {
                let place = |it: &ReplayError| it.span == error.span && it.fault == error.fault;
                if !errors.iter().any(place) {
                    errors.push(error.clone());
                }
            }
            self.histories = Some(histories);
        }
        self.replay_errors = self.sure(errors);
        self.end = (!migrations.is_empty()).then(|| history.end().clone());
        let end = self.end.as_ref();
        self.lacks = end.map_or_else(Vec::new, |state| gather.finish(state));
        self.calls = calls;
        self.history = is_known.then_some(history);
    }

    /// Whether a database decides which operations of the project's own apps there are.
    fn has_conditions(&self, plan: &[NodeId]) -> bool {
        let migrations = plan.iter().filter_map(|node| self.own_migration(*node));
        let mut operations = migrations.flat_map(|migration| &migration.operations);
        operations.any(|operation| operation.condition.is_some())
    }

    fn replayed(&self, plan: &[NodeId]) -> Histories<'p> {
        let servers = Server::judged_for(&self.project.settings);
        let migrations = plan.iter().filter_map(|node| self.migration(*node));
        Histories::of(self.project, &migrations.collect::<Vec<_>>(), &servers)
    }

    /// Apps of which it is not sure in which order their migrations run.
    pub(super) fn doubtful_apps(&self) -> FxHashSet<&'p str> {
        let mut doubtful = self.broken_apps();
        let conflicts = self.graph.conflicts();
        doubtful.extend(
            conflicts
                .iter()
                .filter_map(|conflict| self.app(conflict.app.as_str()))
                .map(|app| app.label.as_str()),
        );
        doubtful
    }

    /// Whether a migration stands before another one in the plan.
    pub(super) fn runs_before(&self, first: &Migration, then: &Migration) -> bool {
        let plan = self.graph.full_plan();
        let at = |migration: &Migration| {
            let node = self.graph.standing_for(self.node(migration)?);
            plan.iter().position(|it| *it == node)
        };
        matches!((at(first), at(then)), (Some(first), Some(then)) if first < then)
    }

    /// The errors of apps that were read whole.
    fn sure(&self, errors: Vec<ReplayError>) -> Vec<(&'p Migration, ReplayError)> {
        if errors.is_empty() {
            return Vec::new();
        }
        let doubtful = self.doubtful_apps();
        let is_sure = |app: &str| !doubtful.contains(app) && self.graph.is_certain(app);
        errors
            .into_iter()
            .filter(|error| {
                let target = match &error.fault {
                    schema::Fault::DanglingRelation { target, .. } => target.app(),
                    _ => error.migration.app.as_str(),
                };
                is_sure(error.migration.app.as_str()) && is_sure(target)
            })
            .filter_map(|error| {
                let node = self.graph.node(&error.migration)?;
                Some((self.own_migration(node)?, error))
            })
            .collect()
    }

    /// The first migration that makes a model of this key, and where.
    pub(super) fn creation(&self, key: &ModelKey) -> Option<(&'p Migration, Span)> {
        let app = self.app(key.app())?;
        app.migrations.iter().find_map(|migration| {
            let span = migration.walk_operations().find_map(|operation| {
                let (name, span) = match &operation.kind {
                    OperationKind::CreateModel(create) => (&create.name, create.name_span),
                    OperationKind::RenameModel { new_name, .. } => (new_name, operation.name_span),
                    _ => return None,
                };
                (name.key() == key.name()).then_some(span)
            })?;
            Some((migration, span))
        })
    }

    /// Whether a node is part of a cycle that a rule tells of.
    pub(super) fn is_in_cycle(&self, node: NodeId) -> bool {
        self.in_cycle.contains(&node)
    }

    pub(super) fn app(&self, label: &str) -> Option<&'p App> {
        self.apps.get(label).copied()
    }

    /// Whether what a migration does when it runs is judged: it is one of the project's
    /// own, and did not run long ago.
    pub(super) fn is_judged(&self, migration: &Migration) -> bool {
        let is_settled = || {
            let node = self.graph.node(&migration.id);
            node.is_some_and(|node| self.settled.contains(&node))
        };
        self.is_own(migration.id.app.as_str()) && (self.settled.is_empty() || !is_settled())
    }

    /// What the configuration says about rules.
    pub(super) fn policy(&self) -> &'p Policy {
        &self.project.settings.policy
    }

    /// The rules that count anywhere in the project.
    pub(super) fn rules(&self) -> &[&'static Rule] {
        &self.rules
    }

    /// Those of them that `is_wanted` holds for.
    pub(super) fn rules_that(&self, is_wanted: impl Fn(&Rule) -> bool) -> Vec<&'static Rule> {
        let rules = self.rules.iter().copied();
        rules.filter(|rule| is_wanted(rule)).collect()
    }

    /// Whether findings may be made about an app.
    pub(super) fn is_own(&self, label: &str) -> bool {
        self.app(label)
            .is_some_and(|app| app.origin == AppOrigin::Project)
    }

    /// The apps that findings may be made about.
    pub(super) fn own_apps(&self) -> impl Iterator<Item = &'p App> {
        self.project
            .apps
            .iter()
            .filter(|app| app.origin == AppOrigin::Project)
    }

    /// The file behind a node, replaced or not.
    pub(super) fn migration(&self, node: NodeId) -> Option<&'p Migration> {
        self.graph.migration(self.project, node)
    }

    /// As [`Context::migration`], if findings may be made about it.
    pub(super) fn own_migration(&self, node: NodeId) -> Option<&'p Migration> {
        let migration = self.migration(node)?;
        self.is_own(migration.id.app.as_str()).then_some(migration)
    }

    /// The node of a migration's file. `None` if its app is not loaded, or if
    /// another file has its id.
    pub(super) fn node(&self, migration: &Migration) -> Option<NodeId> {
        let node = self.graph.node(&migration.id)?;
        let found = self.migration(node)?;
        std::ptr::eq(found, migration).then_some(node)
    }

    pub(super) fn hides_squash(&self, app: &str) -> bool {
        self.hides_squash.contains(app)
    }

    /// The migration that a name of an app was most likely meant for.
    pub(super) fn nearest(&self, wanted: &MigrationId) -> Option<NodeId> {
        let app = wanted.app.as_str();
        let name = wanted.name.as_str();
        let live = self.graph.app_nodes(app);
        let replaced = self.app(app).into_iter().flat_map(|app| {
            let files = app.migrations.iter();
            files.filter_map(|migration| self.node(migration))
        });
        let mut nodes: Vec<NodeId> = live.into_iter().chain(replaced).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let names: Vec<&str> = nodes
            .iter()
            .map(|node| self.graph.id(*node).name.as_str())
            .filter(|candidate| *candidate != name)
            .collect();
        let found = if names.len() <= MOST_CANDIDATES {
            did_you_mean(name, names.iter().copied())
        } else {
            None
        };
        // A renamed migration keeps its number, a renumbered one its name.
        let same = |part: fn(&str) -> &str| {
            let wanted = part(name);
            let mut alike = names
                .iter()
                .filter(|other| !wanted.is_empty() && part(other) == wanted);
            match (alike.next(), alike.next()) {
                (Some(only), None) => Some(*only),
                _ => None,
            }
        };
        let found = found
            .or_else(|| same(|name| split_number(name).1))
            .or_else(|| same(|name| split_number(name).0))?;
        self.graph.node(&MigrationId::new(app, found))
    }

    /// Whether a place can be shown.
    pub(super) fn is_shown(span: Span) -> bool {
        span.file != NO_FILE
    }

    /// A cycle that only exists because a squash leaves out migrations between those
    /// that it replaces: the squash and those left out, in the order of names.
    pub(super) fn gap(&self, edges: &[CycleEdge]) -> Option<(NodeId, Vec<NodeId>)> {
        let into_squash = edges.iter().find(|edge| {
            let is_squash = self
                .migration(edge.after)
                .is_some_and(|migration| !migration.replaces.is_empty());
            is_squash && self.is_replaced_by(edge.edge.declared_by, edge.after)
        })?;
        let squash = into_squash.after;
        let mut left_out: Vec<NodeId> = edges
            .iter()
            .map(|edge| edge.before)
            .filter(|node| *node != squash)
            .collect();
        if left_out.is_empty() || !left_out.iter().all(|it| self.graph.same_app(*it, squash)) {
            return None;
        }
        left_out.sort_unstable();
        Some((squash, left_out))
    }

    fn is_replaced_by(&self, node: NodeId, squash: NodeId) -> bool {
        matches!(self.graph.kind(node), NodeKind::Replaced { by, .. } if by == squash)
    }

    /// Apps whose leaves say nothing: a dependency inside leads nowhere or round in a
    /// circle, or the app goes by another label than the one it was given.
    pub(super) fn broken_apps(&self) -> FxHashSet<&'p str> {
        let label = |node: NodeId| self.graph.id(node).app.as_str();
        let mut broken = FxHashSet::default();
        // Apps of which no migration depends on another one.
        let mut loose: FxHashMap<&str, bool> = FxHashMap::default();
        for fault in self.graph.faults() {
            match fault {
                Fault::Missing {
                    from,
                    target,
                    cause,
                    ..
                } => {
                    // An app without settings has its label from its folder. If its
                    // migrations name each other under a label that nobody has, and
                    // none under its own, that is its true one.
                    let own = MigrationId {
                        app: self.graph.id(*from).app.clone(),
                        name: target.name.clone(),
                    };
                    let by_other_label = *cause == Cause::UnknownApp
                        && self.graph.node(&own).is_some()
                        && *loose.entry(label(*from)).or_insert_with(|| {
                            let app = Some(own.app.as_str());
                            let roots = self.graph.root_nodes(app).len();
                            roots > 1 && roots == self.graph.app_nodes(own.app.as_str()).len()
                        });
                    if target.app == own.app || by_other_label {
                        broken.insert(label(*from));
                    }
                }
                Fault::Cycle { edges } => {
                    broken.extend(edges.iter().map(|edge| label(edge.after)));
                }
                Fault::ReplacementGone { squash, .. } | Fault::ReplacesItself { squash, .. } => {
                    broken.insert(label(*squash));
                }
            }
        }
        broken
    }
}

fn is_handwritten(operation: &Operation) -> bool {
    let has_method = |methods: &Methods| methods.database_forwards.is_some();
    matches!(
        operation.kind,
        OperationKind::RunSql(_)
            | OperationKind::RunPython(_)
            | OperationKind::Custom(_)
            | OperationKind::Opaque(_)
    ) || operation.methods.as_deref().is_some_and(has_method)
}

/// `("0002", "slug")` of `0002_slug`; the number is empty if there is none.
pub(super) fn split_number(name: &str) -> (&str, &str) {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = name.split_at(digits);
    (number, rest.strip_prefix('_').unwrap_or(rest))
}
