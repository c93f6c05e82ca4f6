//! Comparisons with real Django on real packages.
//!
//! Each test needs the Python environment that `environment.sh` makes. Where it
//! is absent a test says so and passes, unless `WHIMBREL_REQUIRE_LIVE=1` asks
//! for the real thing. `.ci/run` makes the environment and asks.
//!
//! Figures are written to standard error past the test harness's capture, so
//! that a run always shows what was compared.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bundled;
mod compare;
mod covered;
#[path = "../support/documents.rs"]
mod documents;
mod effects;
mod effects_history;
mod environment;
mod fixtures;
mod foreign_marks;
mod ir;
mod mig;
mod plan;
mod round_trip;
#[path = "../support/same.rs"]
mod same;
mod same_schema;
mod sql;
mod state;
#[path = "../support/states.rs"]
mod states;
mod understanding;
mod vocabulary;
mod written;
