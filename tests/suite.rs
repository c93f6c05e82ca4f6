//! The one integration binary: every test of behaviour hangs below this file.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

#[path = "conformance/compare.rs"]
#[allow(dead_code, reason = "the conformance suite uses all of it")]
mod compare;
#[path = "support/same.rs"]
mod same;
#[path = "support/states.rs"]
mod states;
#[path = "conformance/vocabulary.rs"]
#[allow(dead_code, reason = "the conformance suite uses all of it")]
mod vocabulary;

mod baseline;
mod cli;
mod config;
mod console;
mod converted;
mod coverage;
mod declared;
mod evaluation;
mod expressions;
mod generated;
mod git;
mod grammar;
mod graph;
mod mig;
mod page;
mod rules;
mod schema;
mod sql;
mod syntax;
mod tidy;
mod written;
