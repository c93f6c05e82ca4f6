//! The statements that a schema editor executes when a migration ends, and the way back
//! to what they were before an operation.

use std::sync::Arc;

use super::Origin;
use crate::sql::ddl::Statement;

/// Statements in order. What an operation does to them can be undone at the cost of what
/// it did, so that a migration of many operations costs no more than its statements.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Deferred {
    /// The operation that statements are pushed for.
    pub(super) origin: Origin,
    statements: Vec<Waiting>,
    /// Since the last [`Deferred::mark`], newest last; `None` where nobody comes back.
    undo: Option<Vec<Undo>>,
}

/// A statement and the operation that it is for.
#[derive(Debug, Clone)]
struct Waiting {
    statement: Arc<Statement>,
    origin: Origin,
}

#[derive(Debug, Clone)]
enum Undo {
    Pushed,
    Replaced(Vec<Waiting>),
}

impl Default for Deferred {
    fn default() -> Self {
        Self {
            origin: Origin::nowhere(),
            statements: Vec::new(),
            undo: None,
        }
    }
}

impl Deferred {
    pub(super) fn push(&mut self, statement: Statement) {
        self.statements.push(Waiting {
            statement: Arc::new(statement),
            origin: self.origin,
        });
        if let Some(undo) = &mut self.undo {
            undo.push(Undo::Pushed);
        }
    }

    pub(super) fn extend(&mut self, statements: impl IntoIterator<Item = Statement>) {
        statements.into_iter().for_each(|it| self.push(it));
    }

    pub(super) fn retain(&mut self, keeps: impl Fn(&Statement) -> bool) {
        if self.statements.iter().all(|it| keeps(&it.statement)) {
            return;
        }
        self.change_all().retain(|it| keeps(&it.statement));
    }

    /// Changes the statements that `is_meant` holds for.
    pub(super) fn change(
        &mut self,
        is_meant: impl Fn(&Statement) -> bool,
        change: impl Fn(&mut Statement),
    ) {
        if !self.statements.iter().any(|it| is_meant(&it.statement)) {
            return;
        }
        let all = self.change_all().iter_mut();
        for waiting in all.filter(|it| is_meant(&it.statement)) {
            change(Arc::make_mut(&mut waiting.statement));
        }
    }

    /// The statements, each with the operation that it is for.
    pub(super) fn take(&mut self) -> Vec<(Statement, Origin)> {
        let all = std::mem::take(self.change_all()).into_iter();
        all.map(|it| (Arc::unwrap_or_clone(it.statement), it.origin))
            .collect()
    }

    /// As [`Deferred::take`], when nothing is left that could fail.
    pub(super) fn finish(&mut self) -> Vec<(Statement, Origin)> {
        self.stay();
        self.take()
    }

    /// The statements, to be changed in whatever way.
    fn change_all(&mut self) -> &mut Vec<Waiting> {
        if let Some(undo) = &mut self.undo {
            undo.push(Undo::Replaced(self.statements.clone()));
        }
        &mut self.statements
    }

    /// What is there stays; the next [`Deferred::roll_back`] comes back to it.
    pub(super) fn mark(&mut self) {
        self.undo.get_or_insert_default().clear();
    }

    /// Nobody comes back to the last mark.
    pub(super) fn stay(&mut self) {
        self.undo = None;
    }

    pub(super) fn roll_back(&mut self) {
        for undo in self.undo.take().into_iter().flatten().rev() {
            match undo {
                Undo::Pushed => {
                    self.statements.pop();
                }
                Undo::Replaced(before) => self.statements = before,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(sql: &str) -> Statement {
        Statement::Raw {
            sql: sql.to_owned(),
        }
    }

    #[test]
    fn what_an_operation_did_is_undone() {
        let mut deferred = Deferred::default();
        deferred.push(raw("a"));
        deferred.push(raw("b"));
        deferred.mark();
        deferred.push(raw("c"));
        deferred.retain(|it| *it != raw("a"));
        deferred.change(|it| *it == raw("b"), |it| *it = raw("d"));
        let taken = |deferred: &mut Deferred| -> Vec<Statement> {
            deferred.take().into_iter().map(|(it, _)| it).collect()
        };
        assert_eq!(taken(&mut deferred.clone()), [raw("d"), raw("c")]);
        deferred.take();
        deferred.push(raw("e"));
        deferred.roll_back();
        assert_eq!(taken(&mut deferred), [raw("a"), raw("b")]);
    }
}
