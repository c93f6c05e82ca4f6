//! What is said on standard error about SQL: what could not be written, and which
//! values only Python could compute.

use super::Outcome;
use super::output::{self, Failure};
use crate::base::Files;
use crate::diag::wording::count;
use crate::diag::{Diagnostic, Level};
use crate::ir::Unknown;
use crate::ir::project::NO_FILE;
use crate::report::full;
use crate::sql::plan::{Placeholder, PlaceholderReason};

#[derive(Debug, Default)]
pub(super) struct Remarks {
    diagnostics: Vec<Diagnostic>,
    is_incomplete: bool,
}

impl Remarks {
    /// `subject` is what the SQL is of: `` `shop.0002_order_paid` ``.
    pub(super) fn problem(&mut self, subject: &str, problem: &Unknown) {
        self.is_incomplete = true;
        if problem.span.file == NO_FILE {
            output::note(&format!(
                "SQL of {subject} is incomplete: {}",
                problem.reason
            ));
            return;
        }
        let message = format!("SQL of {subject} is incomplete: {}", problem.reason);
        self.diagnostics.push(
            Diagnostic::new("unanalysed-operation", Level::Error, problem.span, message)
                .note("a comment stands in its place"),
        );
    }

    pub(super) fn placeholder(&mut self, subject: &str, placeholder: &Placeholder) {
        let text = &placeholder.text;
        let message = match placeholder.reason {
            PlaceholderReason::OnlyPython => {
                format!("only Python can compute a value of {subject}: `{text}` stands for it")
            }
            PlaceholderReason::OnlyServer => format!(
                "only the server knows a name in {subject}: `{text}` stands for it, and a query \
                 that finds it is above it"
            ),
        };
        if placeholder.span.file == NO_FILE {
            output::note(&message);
            return;
        }
        self.diagnostics.push(Diagnostic::new(
            "unanalysed-operation",
            Level::Warning,
            placeholder.span,
            message,
        ));
    }

    /// Something was asked for that there is not.
    pub(super) fn absent(&mut self, note: &str) {
        self.is_incomplete = true;
        output::note(note);
    }

    /// Says it all.
    pub(super) fn show(&self, files: &Files) -> Result<Outcome, Failure> {
        if !self.diagnostics.is_empty() {
            let mut text = Vec::new();
            let colour = output::colour(&std::io::stderr());
            full::write(&mut text, files, &self.diagnostics, colour)?;
            output::to_stderr(&text);
            output::note(&count(self.diagnostics.len(), "remark"));
        }
        Ok(if self.is_incomplete {
            Outcome::Findings
        } else {
            Outcome::Fine
        })
    }
}
