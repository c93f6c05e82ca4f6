//! The report of GitLab's code quality.
//!
//! Source: "Code Quality report format" of GitLab's documentation.

use std::io::{self, Write};

use serde::Serialize;

use super::{Place, details, fingerprints};
use crate::base::Files;
use crate::diag::{Diagnostic, Level};

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// Writes one JSON array.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut dyn Write, files: &Files, diagnostics: &[Diagnostic]) -> io::Result<()> {
    let prints = fingerprints(files, diagnostics);
    let issues: Vec<Issue> = diagnostics
        .iter()
        .zip(prints)
        .map(|(diagnostic, fingerprint)| {
            let place = Place::new(files, diagnostic.primary.span);
            let mut description = diagnostic.message.clone();
            for detail in details(diagnostic) {
                description.push_str("; ");
                description.push_str(&detail);
            }
            Issue {
                description,
                check_name: diagnostic.rule,
                fingerprint,
                severity: match diagnostic.level {
                    Level::Bug => "blocker",
                    Level::Error => "critical",
                    Level::Warning => "major",
                    Level::Info => "info",
                },
                location: Location {
                    path: place.path.as_ref().to_owned(),
                    lines: Lines {
                        begin: place.line,
                        end: place.end_line,
                    },
                },
            }
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}
