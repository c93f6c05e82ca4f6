//! The project state before and after every operation, as Django 5.2's `ProjectState`
//! has it.
//!
//! - [`Replay`] applies operations one after another and keeps what could not be
//!   applied as [`ReplayError`]s.
//! - [`History`] replays a whole plan and hands out the states before and after every
//!   operation, forwards and backwards.
//! - [`ProjectState`] is a snapshot. Those of a history share its memory, and so do copies.
//! - [`Model`] answers what SQL needs to know of a model in a state: its table, its
//!   fields with those that Django adds, columns, primary key, parents, targets of
//!   foreign keys, the tables of many-to-many fields.
//!
//! ```text
//! let history = History::of(&project, plan, None);
//! for step in history.steps() {                 // one a migration
//!     for operation in step.operations() {      // with `before` and `after`
//!         let model = operation.after.model(&ModelKey::new(&app, name))?;
//!         model.db_table();
//!     }
//! }
//! ```
//!
//! Operations inside `SeparateDatabaseAndState` run on states of their own, which
//! [`ProjectState::after`] gives. What cannot be known (an operation that was not
//! understood, a model of an app that was not read) is `Unknown`; an answer that rests
//! on it is a `Known::No` with place and reason. Names that a database generates
//! (of indexes, constraints, sequences) are no part of the state.

mod apply;
mod fault;
mod history;
mod key;
mod meta;
mod ordered;
mod relation;
mod replay;
mod shelf;
mod state;

pub use fault::{Fault, Gone, ReplayError, Role};
pub use history::{History, OperationStates, Step};
pub use key::ModelKey;
pub use meta::{ManyToMany, Model, Parent, Target};
pub use ordered::Ordered;
pub use replay::{Decide, Replay, decide};
pub use state::{ConstraintState, FieldState, IndexState, ModelState, ProjectState, Together};
