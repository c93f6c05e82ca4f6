//! A panic is a fault of ours: it costs the file or project that it met, is shown
//! as a `bug`, and the rest goes on.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Analysed;
use crate::base::{FileId, Span};
use crate::diag::{Diagnostic, Level};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread would be caught and reported here, so that a
/// panic hook need not print it.
#[must_use]
pub fn is_guarded() -> bool {
    GUARDED.get()
}

/// Runs `work`; a panic becomes its message.
fn run<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let before = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    result.map_err(|payload| {
        payload
            .downcast_ref::<&str>()
            .map(|message| (*message).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned())
    })
}

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
