//! The report for tools. `docs/report.schema.json` describes it; the version
//! number grows when a reader of the old form would break.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::Place;
use super::summary::Summary;
use crate::base::Files;
use crate::diag::{Diagnostic, Level};

/// The version of the form.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    findings: Vec<Finding<'a>>,
    summary: Figures,
}

#[derive(Serialize)]
pub(super) struct Finding<'a> {
    rule: &'a str,
    level: Level,
    message: &'a str,
    #[serde(flatten)]
    place: Range,
    app: Option<&'a str>,
    migration: Option<&'a str>,
    operation: Option<&'a str>,
    labels: Vec<Label<'a>>,
    notes: &'a [String],
    help: &'a [String],
}

#[derive(Serialize)]
struct Label<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: Range,
}

#[derive(Serialize)]
struct Range {
    path: String,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct Figures {
    projects: usize,
    apps: usize,
    migrations: usize,
    operations: usize,
    not_understood: usize,
    seconds: f64,
}

impl From<Place> for Range {
    fn from(place: Place) -> Self {
        Self {
            path: place.path.as_ref().to_owned(),
            line: place.line,
            column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
        }
    }
}

/// Writes one JSON document and a line end.
///
/// # Errors
/// Those of `out`.
pub fn write(
    out: &mut dyn Write,
    files: &Files,
    diagnostics: &[Diagnostic],
    summary: &Summary,
    elapsed: Duration,
) -> io::Result<()> {
    let report = Report {
        version: VERSION,
        findings: diagnostics
            .iter()
            .map(|diagnostic| finding(files, diagnostic))
            .collect(),
        summary: Figures {
            projects: summary.projects,
            apps: summary.apps,
            migrations: summary.migrations,
            operations: summary.operations,
            not_understood: summary.not_understood,
            seconds: (elapsed.as_secs_f64() * 1e6).round() / 1e6,
        },
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

pub(super) fn finding<'a>(files: &Files, diagnostic: &'a Diagnostic) -> Finding<'a> {
    Finding {
        rule: diagnostic.rule,
        level: diagnostic.level,
        message: &diagnostic.message,
        place: Place::new(files, diagnostic.primary.span).into(),
        app: diagnostic.subject.app.as_deref(),
        migration: diagnostic.subject.migration.as_deref(),
        operation: diagnostic.subject.operation.as_deref(),
        labels: std::iter::once(&diagnostic.primary)
            .filter(|primary| !primary.message.is_empty())
            .chain(&diagnostic.labels)
            .map(|label| Label {
                message: &label.message,
                place: Place::new(files, label.span).into(),
            })
            .collect(),
        notes: &diagnostic.notes,
        help: &diagnostic.help,
    }
}
