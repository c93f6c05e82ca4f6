//! Applies operations one after another and keeps what could not be applied.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::apply::{Apply, Mode};
use super::fault::{Fault, Gone, ReplayError, Role};
use super::key::ModelKey;
use super::relation;
use super::state::ProjectState;
use crate::base::Span;
use crate::ir::value::Condition;
use crate::ir::{AppLabel, FieldName, Known, Migration, MigrationId, Operation, Project};

/// Answers the tests that only a database can answer; `None` is "not known".
pub type Decide<'d> = &'d (dyn Fn(&Condition) -> Option<bool> + Sync);

/// Whether a condition holds where `leaf` answers for vendors, features and the schema.
#[must_use]
pub fn decide(condition: &Condition, leaf: Decide<'_>) -> Option<bool> {
    match condition {
        Condition::Feature { .. }
        | Condition::Vendor { .. }
        | Condition::Version { .. }
        | Condition::Schema { .. } => leaf(condition),
        Condition::Unknown(_) => None,
        Condition::Not(inner) => decide(inner, leaf).map(|holds| !holds),
        Condition::All(parts) => {
            let mut all = Some(true);
            for part in parts {
                match decide(part, leaf) {
                    Some(false) => return Some(false),
                    Some(true) => {}
                    None => all = None,
                }
            }
            all
        }
        Condition::Any(parts) => {
            let mut any = Some(false);
            for part in parts {
                match decide(part, leaf) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => any = None,
                }
            }
            any
        }
    }
}

/// Anything that can be missing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Thing {
    Model(ModelKey),
    Field(ModelKey, SmolStr),
    Index(ModelKey, SmolStr),
    Constraint(ModelKey, SmolStr),
}

/// A relation whose target was not there: whether that is a fault shows at the end.
#[derive(Debug)]
pub(super) struct Dangling {
    pub(super) model: ModelKey,
    pub(super) role: Role,
    pub(super) target: ModelKey,
    pub(super) span: Span,
    /// The operation deleted the target of a relation that stood elsewhere, here.
    pub(super) relation: Option<Span>,
}

/// What a replay remembers besides the state.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) faults: Vec<(Span, Fault)>,
    pub(super) dangling: Vec<Dangling>,
    /// What was removed or renamed, and where.
    pub(super) gone: FxHashMap<Thing, Gone>,
    /// What a fault was told about: what follows from it is not told.
    pub(super) told: FxHashSet<Thing>,
    /// Faults of operations that may not run are not told.
    pub(super) is_silent: bool,
    /// Models changed, for tests of linearity.
    pub(super) touched: u64,
}

/// A replay in progress.
pub struct Replay<'d> {
    state: ProjectState,
    log: Log,
    decide: Option<Decide<'d>>,
    errors: Vec<ReplayError>,
    dangling: Vec<(MigrationId, String, Dangling)>,
}

impl<'d> Replay<'d> {
    /// A replay from nothing. Without `decide` everything that depends on the database
    /// makes what it touches uncertain.
    #[must_use]
    pub fn new(project: &Project, decide: Option<Decide<'d>>) -> Self {
        Self {
            state: ProjectState::empty(project),
            log: Log::default(),
            decide,
            errors: Vec::new(),
            dangling: Vec::new(),
        }
    }

    #[must_use]
    pub fn state(&self) -> &ProjectState {
        &self.state
    }

    /// Models that operations have touched so far.
    #[must_use]
    pub fn work(&self) -> u64 {
        self.log.touched
    }

    /// Applies a migration; `visit` sees each operation with the state before it.
    pub fn migration<'m>(
        &mut self,
        migration: &'m Migration,
        mut visit: impl FnMut(&'m Operation, &ProjectState),
    ) {
        let unread = migration
            .unread
            .iter()
            .find(|unread| unread.attribute == "operations");
        if let Some(unread) = unread {
            self.state.blur(&migration.id.app, unread.unknown.clone());
        }
        for operation in &migration.operations {
            visit(operation, &self.state);
            self.operation(migration, operation);
        }
        if let Some(unread) = unread {
            self.state.blur(&migration.id.app, unread.unknown.clone());
        }
    }

    fn operation(&mut self, migration: &Migration, operation: &Operation) {
        Apply::run(
            &mut self.state,
            &mut self.log,
            &migration.id.app,
            self.decide,
            operation,
            Mode::Both,
        );
        for (span, fault) in self.log.faults.drain(..) {
            self.errors.push(ReplayError {
                migration: migration.id.clone(),
                operation: operation.describe(),
                span,
                fault,
            });
        }
        for dangling in self.log.dangling.drain(..) {
            let found = (migration.id.clone(), operation.describe(), dangling);
            self.dangling.push(found);
        }
    }

    /// Ends the replay: all that could not be applied, in the order of the plan, then
    /// relations that lead nowhere in the end.
    #[must_use]
    pub fn finish(self) -> (ProjectState, Vec<ReplayError>) {
        let Self {
            state,
            log,
            mut errors,
            dangling,
            ..
        } = self;
        for (migration, operation, found) in dangling {
            let is_missing = matches!(state.find(&found.target), Known::Yes(None));
            if !is_missing
                || log.told.contains(&Thing::Model(found.target.clone()))
                || !still_refers(&state, &found)
            {
                continue;
            }
            let fault = match found.relation {
                Some(relation) => Fault::DeletedTarget {
                    model: found.model,
                    role: found.role,
                    target: found.target,
                    relation,
                },
                None => Fault::DanglingRelation {
                    gone: log.gone.get(&Thing::Model(found.target.clone())).cloned(),
                    model: found.model,
                    role: found.role,
                    target: found.target,
                },
            };
            errors.push(ReplayError {
                migration,
                operation,
                span: found.span,
                fault,
            });
        }
        (state, errors)
    }
}

/// Whether a relation that led nowhere is still there.
fn still_refers(state: &ProjectState, found: &Dangling) -> bool {
    let Some(model) = state.model(&found.model) else {
        return false;
    };
    if model.why_uncertain().is_some() {
        return false;
    }
    let state_of = model.state();
    match &found.role {
        Role::Base => state_of
            .bases
            .iter()
            .any(|base| relation::base(base).as_ref() == Some(&found.target)),
        Role::Field(name) => state_of.fields.get(name.as_str()).is_some_and(|field| {
            relation::targets(state, &found.model, &field.field).contains(&found.target)
        }),
    }
}

impl ProjectState {
    /// The state after an operation: what `state_forwards` makes of a copy.
    #[must_use]
    pub fn after(&self, app: &AppLabel, operation: &Operation, decide: Option<Decide<'_>>) -> Self {
        let mut after = self.clone();
        let mut log = Log::default();
        Apply::run(&mut after, &mut log, app, decide, operation, Mode::State);
        after
    }
}

impl Log {
    /// Tells of a fault, once about each thing.
    pub(super) fn tell(&mut self, thing: Thing, span: Span, fault: Fault) {
        if !self.is_silent && self.told.insert(thing) {
            self.faults.push((span, fault));
        }
    }

    pub(super) fn gone_field(&self, model: &ModelKey, field: &FieldName) -> Option<Gone> {
        let field = SmolStr::new(field.as_str());
        self.gone.get(&Thing::Field(model.clone(), field)).cloned()
    }
}

/// Why something that runs on some databases only is not known.
pub(super) fn depends_on_database(span: Span) -> Arc<crate::ir::Unknown> {
    let reason = "it depends on the database";
    Arc::new(crate::ir::Unknown::new(span, reason))
}
