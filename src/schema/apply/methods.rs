//! What an operation's own `state_forwards` does.

use std::sync::Arc;

use super::super::key::ModelKey;
use super::super::relation;
use super::super::replay::{self, Decide, Log};
use super::super::state::ProjectState;
use super::{Apply, Mode, run_nested};
use crate::ir::operation::Base;
use crate::ir::procedure::{Change, StateChange};
use crate::ir::{AppLabel, Operation, Unknown};

/// Applies changes in turn, each where its condition holds.
pub(in crate::schema) fn change(
    state: &mut ProjectState,
    log: &mut Log,
    app: &AppLabel,
    decide: Option<Decide<'_>>,
    (operation, mode): (&Operation, Mode),
    changes: &[StateChange],
) {
    for change in changes {
        if let Some(condition) = &change.condition {
            match decide.and_then(|leaf| replay::decide(condition, leaf)) {
                Some(true) => {}
                Some(false) => continue,
                None => {
                    let reason = "whether it changes the state is not known";
                    state.blur(app, Unknown::new(change.span, reason));
                    continue;
                }
            }
        }
        match &change.change {
            Change::Inherited => run_nested(state, log, app, decide, operation, mode),
            Change::Operation(nested) => Apply::run(state, log, app, decide, nested, mode),
            Change::Bases { app, model, bases } => {
                state.set_bases(&ModelKey::of(app, model), bases);
            }
            Change::Option {
                app,
                model,
                key,
                value,
            } => {
                let value = Arc::new(value.clone());
                state.change(&ModelKey::of(app, model), |model| {
                    model.options.set(key.clone(), value);
                });
            }
            Change::Unknown(unknown) => state.blur(app, unknown.clone()),
        }
    }
}

impl ProjectState {
    fn set_bases(&mut self, key: &ModelKey, bases: &[Base]) {
        let Some(model) = self.state_of(key).cloned() else {
            return;
        };
        let targets = |bases: &[Base]| bases.iter().filter_map(relation::base).collect::<Vec<_>>();
        self.rebase(key, &targets(&model.bases), &targets(bases));
        self.change(key, |model| model.bases = bases.into());
    }

    /// The state after what a method of an operation did to it.
    #[must_use]
    pub fn changed(
        &self,
        app: &AppLabel,
        operation: &Operation,
        change_of: &StateChange,
        decide: Option<Decide<'_>>,
    ) -> Self {
        let mut changed = self.clone();
        let mut log = Log::default();
        change(
            &mut changed,
            &mut log,
            app,
            decide,
            (operation, Mode::State),
            std::slice::from_ref(change_of),
        );
        changed
    }
}
