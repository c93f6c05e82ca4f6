//! How blocks end, where a condition that is not decided leaves several ends open.
//!
//! ```python
//! if connection.vendor == "sqlite":
//!     return []          # an exit under a condition
//! return [operation]     # what follows runs where no exit was taken
//! ```

use super::condition::{bounded, conditional, negate};
use super::object::{Item, Obj};
use crate::base::Span;
use crate::ir::value::Condition;

/// How a block ended.
#[derive(Debug)]
pub(super) enum Flow {
    Next,
    Exit(Exit),
    Open(Open),
}

/// A way out of a block.
#[derive(Debug, Clone)]
pub(super) enum Exit {
    Return(Item),
    Break,
    Continue,
}

/// Ends under conditions that are not decided.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// The first whose condition holds is taken.
    pub(super) exits: Vec<(Condition, Exit)>,
    /// Whether what follows runs if none is taken; else one of them is.
    pub(super) falls_through: bool,
}

impl Open {
    /// Adds what comes later: exits of statements that run only if none of those
    /// before was taken.
    pub(super) fn follow(&mut self, later: Flow) {
        match later {
            Flow::Next => {}
            Flow::Exit(exit) => {
                self.exits.push((Condition::All(Vec::new()), exit));
                self.falls_through = false;
            }
            Flow::Open(open) => {
                self.exits.extend(open.exits);
                self.falls_through = open.falls_through;
            }
        }
    }

    /// The condition under which no exit is taken.
    pub(super) fn none_taken(&self) -> Condition {
        none_of(self.exits.iter().map(|(condition, _)| condition))
    }

    /// The condition under which no exit of a kind is taken, `None` if there is none of
    /// the kind.
    pub(super) fn none_taken_of(&self, of_kind: impl Fn(&Exit) -> bool) -> Option<Condition> {
        let mut taken = Vec::new();
        for (at, (condition, exit)) in self.exits.iter().enumerate() {
            if of_kind(exit) {
                let before = self.exits.get(..at).unwrap_or_default();
                let mut parts: Vec<Condition> = before
                    .iter()
                    .filter(|(_, exit)| !of_kind(exit))
                    .map(|(condition, _)| negate(condition.clone()))
                    .collect();
                parts.push(condition.clone());
                taken.push(all(parts));
            }
        }
        (!taken.is_empty()).then(|| none_of(taken.iter()))
    }

    /// What a function returns that ends so.
    pub(super) fn returned(self, span: Span) -> Item {
        let mut exits = self.exits;
        let mut value = Item::new(Obj::None, span);
        if !self.falls_through
            && let Some((_, Exit::Return(last))) = exits.pop()
        {
            value = last;
        }
        for (condition, exit) in exits.into_iter().rev() {
            if let Exit::Return(item) = exit {
                let span = item.span;
                value = Item::new(conditional(condition, item, value), span);
            }
        }
        value
    }

    pub(super) fn into_flow(self) -> Flow {
        if self.exits.is_empty() {
            return Flow::Next;
        }
        let all_return = self
            .exits
            .iter()
            .all(|(_, exit)| matches!(exit, Exit::Return(_)));
        match self.exits.first() {
            Some((_, Exit::Return(item))) if all_return && !self.falls_through => {
                let span = item.span;
                Flow::Exit(Exit::Return(self.returned(span)))
            }
            _ => Flow::Open(self),
        }
    }
}

/// The two sides of a condition as one end.
pub(super) fn either(condition: &Condition, then: Flow, otherwise: Flow) -> Flow {
    let mut open = Open::default();
    for (side, flow) in [
        (condition.clone(), then),
        (negate(condition.clone()), otherwise),
    ] {
        match flow {
            Flow::Next => open.falls_through = true,
            Flow::Exit(exit) => open.exits.push((side, exit)),
            Flow::Open(inner) => {
                open.falls_through |= inner.falls_through;
                for (condition, exit) in inner.exits {
                    open.exits.push((all(vec![side.clone(), condition]), exit));
                }
            }
        }
    }
    open.into_flow()
}

fn none_of<'c>(conditions: impl Iterator<Item = &'c Condition>) -> Condition {
    all(conditions
        .map(|condition| negate(condition.clone()))
        .collect())
}

/// A conjunction, without what always holds.
pub(super) fn all(mut parts: Vec<Condition>) -> Condition {
    parts.retain(|part| !matches!(part, Condition::All(inner) if inner.is_empty()));
    match parts.len() {
        1 => parts.remove(0),
        _ => bounded(Condition::All(parts)),
    }
}
