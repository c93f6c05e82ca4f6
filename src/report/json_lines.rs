//! One JSON object a line, as the findings of the JSON report are.

use std::io::{self, Write};

use super::json;
use crate::base::Files;
use crate::diag::Diagnostic;

/// Writes one line for each diagnostic.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut dyn Write, files: &Files, diagnostics: &[Diagnostic]) -> io::Result<()> {
    for diagnostic in diagnostics {
        serde_json::to_writer(&mut *out, &json::finding(files, diagnostic))?;
        writeln!(out)?;
    }
    Ok(())
}
