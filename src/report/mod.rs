//! Rendering: diagnostics and a summary become bytes. No colour decision, no
//! clock and no stream is made here; `cli` passes them in.

pub mod concise;
pub mod effects;
pub mod full;
pub mod json;
pub mod sql;
pub mod summary;

use crate::base::{Files, Span};
use crate::diag::Diagnostic;

/// A span as people and tools read it: path, and line and column from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    path: std::sync::Arc<str>,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

impl Place {
    fn new(files: &Files, span: Span) -> Self {
        let (start, end) = files.positions(span);
        Self {
            path: files.path(span.file),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}

/// `error[rule]`, or `error` for faults that no rule describes.
fn head(diagnostic: &Diagnostic) -> String {
    if diagnostic.rule.is_empty() {
        diagnostic.level.as_str().to_owned()
    } else {
        format!("{}[{}]", diagnostic.level.as_str(), diagnostic.rule)
    }
}
