//! Workflow commands that GitHub shows as annotations of a pull request.
//!
//! Source: "Workflow commands for GitHub Actions", `error`, `warning` and `notice`.

use std::io::{self, Write};

use super::{Place, details};
use crate::base::Files;
use crate::diag::{Diagnostic, Level};

/// Writes one command for each diagnostic.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut dyn Write, files: &Files, diagnostics: &[Diagnostic]) -> io::Result<()> {
    for diagnostic in diagnostics {
        let place = Place::new(files, diagnostic.primary.span);
        let command = match diagnostic.level {
            Level::Bug | Level::Error => "error",
            Level::Warning => "warning",
            Level::Info => "notice",
        };
        // Columns are for one line only.
        let columns = if place.line == place.end_line {
            format!(",col={},endColumn={}", place.column, place.end_column)
        } else {
            String::new()
        };
        let mut text = diagnostic.message.clone();
        for detail in details(diagnostic) {
            text.push('\n');
            text.push_str(&detail);
        }
        writeln!(
            out,
            "::{command} file={},line={},endLine={}{columns},title={}::{}",
            property(&place.path),
            place.line,
            place.end_line,
            property(&format!("whimbrel {}", diagnostic.rule)),
            data(&text),
        )?;
    }
    Ok(())
}

/// What follows the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A value between commas.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
