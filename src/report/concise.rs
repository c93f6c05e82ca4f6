//! One line a finding: `blog/migrations/0002_slug.py:9:5: error[rule] message`.

use std::io::{self, Write};

use super::{Place, head};
use crate::base::Files;
use crate::diag::Diagnostic;

/// Writes one line for each diagnostic.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut dyn Write, files: &Files, diagnostics: &[Diagnostic]) -> io::Result<()> {
    for diagnostic in diagnostics {
        let place = Place::new(files, diagnostic.primary.span);
        writeln!(
            out,
            "{}:{}:{}: {} {}",
            place.path,
            place.line,
            place.column,
            head(diagnostic),
            diagnostic.message
        )?;
    }
    Ok(())
}
