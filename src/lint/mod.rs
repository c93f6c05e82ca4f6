//! Rules and what they find.
//!
//! A rule is plain data: its name, its page, its level and the function that looks
//! for it. [`run`] applies every rule to the migrations of a project; findings are
//! only made for apps of the project itself, never for installed ones.

mod advice;
pub mod baseline;
mod calls;
mod context;
mod control;
mod execution;
mod lacks;
mod meaning;
mod names;
mod phrase;
pub mod rule;
mod rules;
mod run;
pub mod selection;
mod since;
mod suppress;

pub use control::{Applied, Controls, Fingerprints, Suppressed};
pub use rule::{Category, Grain, Rule};
pub use rules::RULES;
pub use run::run;
pub use since::unknown_points;
pub use suppress::may_suppress;

/// The rule of a name.
#[must_use]
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES
        .binary_search_by(|rule| rule.name.cmp(name))
        .ok()
        .and_then(|at| RULES.get(at))
        .copied()
}
