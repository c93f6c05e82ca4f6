//! Rendering: diagnostics and a summary become bytes. No colour decision, no
//! clock and no stream is made here; `cli` passes them in.

pub mod checkstyle;
pub mod concise;
pub mod effects;
pub mod explained;
pub mod full;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod json_lines;
pub mod junit;
pub mod markdown;
pub mod page;
pub mod sarif;
pub mod sql;
pub mod summary;

use std::collections::BTreeMap;

use md5::{Digest, Md5};

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

/// What is said besides the message, for reports that have one text a finding.
fn details(diagnostic: &Diagnostic) -> impl Iterator<Item = String> {
    let notes = diagnostic.notes.iter().map(|note| format!("note: {note}"));
    let help = diagnostic.help.iter().map(|help| format!("help: {help}"));
    notes.chain(help)
}

/// What tells a finding from others and stays when lines above it move: its rule, path,
/// operation and message, and its place among those that are alike.
fn fingerprints(files: &Files, diagnostics: &[Diagnostic]) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    diagnostics
        .iter()
        .map(|diagnostic| {
            let path = files.path(diagnostic.primary.span.file);
            let operation = diagnostic.subject.operation.as_deref().unwrap_or_default();
            let parts = [diagnostic.rule, &path, operation, &diagnostic.message];
            let key = parts.join("\u{0}");
            let count = seen.entry(key.clone()).or_default();
            *count += 1;
            let digest = Md5::digest(format!("{key}\u{0}{count}"));
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        })
        .collect()
}
