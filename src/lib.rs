//! whimbrel: files → front end (tokens → tree → IR) → graph → schema history
//! → { rules → findings and changes, dialect → DDL → SQL } → report.
//!
//! The modules stand in reading order, lowest layer first; `docs/architecture.md`
//! has the picture and the invariants, `tests/tidy.rs` holds them.

pub mod base;

pub mod diag;

pub mod ir;

pub mod parse;

pub mod python;

pub mod mig;

pub mod graph;

pub mod schema;

pub mod sql;

pub mod lint;

pub mod pipeline;

pub mod workspace;

pub mod report;

pub mod cli;
