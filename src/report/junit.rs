//! JUnit's XML: a suite for each file, a failed test for each finding.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Place, details};
use crate::base::Files;
use crate::diag::{Diagnostic, Level};

/// Writes one document.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut dyn Write, files: &Files, diagnostics: &[Diagnostic]) -> io::Result<()> {
    let mut suites: BTreeMap<Arc<str>, Vec<(&Diagnostic, Place)>> = BTreeMap::new();
    for diagnostic in diagnostics {
        let place = Place::new(files, diagnostic.primary.span);
        let suite = suites.entry(Arc::clone(&place.path)).or_default();
        suite.push((diagnostic, place));
    }
    let mut report = Report::new("whimbrel");
    for (path, found) in suites {
        let mut suite = TestSuite::new(path.as_ref());
        for (diagnostic, place) in found {
            let kind = match diagnostic.level {
                Level::Bug => NonSuccessKind::Error,
                Level::Error | Level::Warning | Level::Info => NonSuccessKind::Failure,
            };
            let mut status = TestCaseStatus::non_success(kind);
            status
                .set_type(diagnostic.rule)
                .set_message(&diagnostic.message);
            let mut text = format!("{}:{}:{}", place.path, place.line, place.column);
            for detail in details(diagnostic) {
                text.push('\n');
                text.push_str(&detail);
            }
            status.set_description(text);
            let name = format!("{}:{}:{}", diagnostic.rule, place.line, place.column);
            suite.add_test_case(TestCase::new(name, status));
        }
        report.add_test_suite(suite);
    }
    if report.test_suites.is_empty() {
        // A report without tests counts as broken in some consumers.
        let mut suite = TestSuite::new("whimbrel");
        suite.add_test_case(TestCase::new("check", TestCaseStatus::success()));
        report.add_test_suite(suite);
    }
    report.serialize(&mut *out).map_err(io::Error::other)
}
