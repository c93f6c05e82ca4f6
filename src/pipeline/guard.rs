//! A panic is a fault of ours: it costs the file or project that it met, is shown
//! as a `bug`, and the rest goes on.

use super::Analysed;
use crate::base::guard::run;
use crate::base::{FileId, Span};
use crate::diag::{Diagnostic, Level};

/// Runs work on one file.
pub(super) fn file<T>(file: FileId, work: impl FnOnce() -> T) -> Result<T, Box<Diagnostic>> {
    run(work).map_err(|message| Box::new(bug(file, "reading this file", &message)))
}

/// Runs graph and rules on one project.
pub(super) fn findings(
    analysed: &Analysed,
    work: impl FnOnce() -> Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    run(work).unwrap_or_else(|message| {
        let some_file = analysed
            .project
            .apps
            .iter()
            .filter(|app| app.folder.is_some())
            .flat_map(|app| &app.migrations)
            .map(|migration| migration.file)
            .next();
        some_file
            .map(|file| bug(file, "judging the project of this file", &message))
            .into_iter()
            .collect()
    })
}

fn bug(file: FileId, doing: &str, message: &str) -> Diagnostic {
    Diagnostic::new(
        "internal-error",
        Level::Bug,
        Span::file_start(file),
        format!("whimbrel failed while {doing}: {message}"),
    )
    .note("this is a fault of whimbrel, not of your project; other files were read on")
}
