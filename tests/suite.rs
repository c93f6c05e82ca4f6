//! The one integration binary: every test of behaviour hangs below this file.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

mod cli;
mod console;
mod evaluation;
mod expressions;
mod graph;
mod rules;
mod syntax;
mod tidy;
