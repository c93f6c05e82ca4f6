//! What to write instead, in the language of the migration.

use crate::diag::Diagnostic;
use crate::ir::Migration;
use crate::ir::migration::Language;

/// One step that repairs, worded for both languages.
pub(super) struct Advice {
    pub(super) python: String,
    pub(super) mig: String,
}

impl Advice {
    pub(super) fn new(python: impl Into<String>, mig: impl Into<String>) -> Self {
        Self {
            python: python.into(),
            mig: mig.into(),
        }
    }

    /// For a step that is the same in both.
    pub(super) fn alike(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            python: text.clone(),
            mig: text,
        }
    }
}

/// Adds the step to a finding in a migration.
pub(super) fn advise(finding: Diagnostic, migration: &Migration, advice: Advice) -> Diagnostic {
    finding.help(match migration.language {
        Language::Python => advice.python,
        Language::Mig => advice.mig,
    })
}
