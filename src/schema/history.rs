//! The states before and after every operation of a plan.

use std::sync::atomic::{AtomicBool, Ordering};

use super::fault::ReplayError;
use super::replay::{Decide, Replay};
use super::state::{Mark, ProjectState};
use crate::ir::value::Condition;
use crate::ir::{Migration, Operation, Project};

/// A plan, replayed. All states share what is the same.
#[derive(Debug)]
pub struct History<'p> {
    steps: Vec<Step<'p>>,
    end: ProjectState,
    errors: Vec<ReplayError>,
}

/// One migration of the plan.
#[derive(Debug)]
pub struct Step<'p> {
    pub migration: &'p Migration,
    /// One more than there are operations.
    states: Vec<ProjectState>,
}

/// An operation between two states. Backwards, `after` is where the database is and
/// `before` is where it goes.
#[derive(Debug, Clone, Copy)]
pub struct OperationStates<'h, 'p> {
    pub operation: &'p Operation,
    pub before: &'h ProjectState,
    pub after: &'h ProjectState,
}

impl<'p> History<'p> {
    /// Replays migrations in the order given.
    #[must_use]
    pub fn of(
        project: &Project,
        plan: impl IntoIterator<Item = &'p Migration>,
        decide: Option<Decide<'_>>,
    ) -> Self {
        let mut replay = Replay::new(project, decide);
        let mut steps: Vec<(&Migration, Vec<Mark>)> = Vec::new();
        for migration in plan {
            let mut marks = Vec::with_capacity(migration.operations.len() + 1);
            replay.migration(migration, |_, before| marks.push(before.mark()));
            marks.push(replay.state().mark());
            steps.push((migration, marks));
        }
        let (end, errors) = replay.finish();
        let last = end.mark();
        let recorded = end.recorded();
        let steps = steps.into_iter().map(|(migration, marks)| Step {
            migration,
            states: marks.iter().map(|mark| recorded.at(mark)).collect(),
        });
        Self {
            steps: steps.collect(),
            end: recorded.at(&last),
            errors,
        }
    }

    /// Replays migrations as the one database has them that `decide` answers for, or with
    /// nothing known of the database. The second value tells whether that is sure to be
    /// the history on the database, or on any.
    #[must_use]
    pub fn of_any(
        project: &Project,
        plan: impl IntoIterator<Item = &'p Migration>,
        decide: Option<Decide<'_>>,
    ) -> (Self, bool) {
        let is_open = AtomicBool::new(false);
        let decide = |condition: &Condition| {
            let answer = decide.and_then(|decide| decide(condition));
            if answer.is_none() {
                is_open.store(true, Ordering::Relaxed);
            }
            answer
        };
        let history = Self::of(project, plan, Some(&decide));
        (history, !is_open.into_inner())
    }

    /// Replays migrations as the first of several databases has them, and tells for each
    /// of the others whether it answers alike all that the replay asked, so that this is
    /// its history as well.
    #[must_use]
    pub fn of_first(
        project: &Project,
        plan: &[&'p Migration],
        first: Decide<'_>,
        others: &[Decide<'_>],
    ) -> (Self, Vec<bool>) {
        let differs: Vec<AtomicBool> = others.iter().map(|_| AtomicBool::new(false)).collect();
        let decide = |condition: &Condition| {
            let answer = first(condition);
            for (other, differs) in others.iter().zip(&differs) {
                if other(condition) != answer {
                    differs.store(true, Ordering::Relaxed);
                }
            }
            answer
        };
        let history = Self::of(project, plan.iter().copied(), Some(&decide));
        let alike = differs.into_iter().map(|it| !it.into_inner());
        (history, alike.collect())
    }

    /// In the order of the plan.
    #[must_use]
    pub fn steps(&self) -> &[Step<'p>] {
        &self.steps
    }

    /// The models when all migrations have run.
    #[must_use]
    pub fn end(&self) -> &ProjectState {
        &self.end
    }

    /// What could not be applied.
    #[must_use]
    pub fn errors(&self) -> &[ReplayError] {
        &self.errors
    }
}

impl<'p> Step<'p> {
    /// The operations in order; go through them from the end to migrate backwards.
    pub fn operations(&self) -> impl DoubleEndedIterator<Item = OperationStates<'_, 'p>> {
        let operations = self.migration.operations.iter();
        operations
            .zip(self.states.windows(2))
            .filter_map(|(operation, states)| {
                let [before, after] = states else {
                    return None;
                };
                Some(OperationStates {
                    operation,
                    before,
                    after,
                })
            })
    }

    /// The state before the migration.
    #[must_use]
    pub fn before(&self) -> Option<&ProjectState> {
        self.states.first()
    }

    /// The state after the migration.
    #[must_use]
    pub fn after(&self) -> Option<&ProjectState> {
        self.states.last()
    }
}
