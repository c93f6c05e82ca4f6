//! What was read: the figures, and the closing line that says them.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use crate::diag::wording::count;
use crate::diag::{Diagnostic, Level};

/// How much was checked. Files that were only read as context do not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    pub projects: usize,
    pub apps: usize,
    pub migrations: usize,
    pub operations: usize,
    pub not_understood: usize,
    /// Migrations of installed apps and of apps that were not named.
    pub context: usize,
}

/// The closing lines: findings by level, what was read, how long it took.
#[must_use]
pub fn closing(summary: &Summary, diagnostics: &[Diagnostic], elapsed: Duration) -> String {
    let findings = findings(diagnostics);
    let understood = match summary.not_understood {
        0 => "all understood".to_owned(),
        number => format!("{number} not understood"),
    };
    let context = match summary.context {
        0 => String::new(),
        number => format!("; {} read as context", count(number, "more migration")),
    };
    format!(
        "{findings}\nread {}, {}, {}, {} ({understood}){context}; {}\n",
        count(summary.projects, "project"),
        count(summary.apps, "app"),
        count(summary.migrations, "migration"),
        count(summary.operations, "operation"),
        duration(elapsed),
    )
}

/// `1 error, 2 warnings`.
pub(super) fn findings(diagnostics: &[Diagnostic]) -> String {
    let of_level = |level| {
        diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.level == level)
            .count()
    };
    let mut findings = Vec::new();
    for (level, noun) in [
        (Level::Bug, "bug"),
        (Level::Error, "error"),
        (Level::Warning, "warning"),
        (Level::Info, "note"),
    ] {
        let number = of_level(level);
        if number > 0 {
            findings.push(count(number, noun));
        }
    }
    if findings.is_empty() {
        "no findings".to_owned()
    } else {
        findings.join(", ")
    }
}

/// `4 ms`, `1.24 s`.
fn duration(elapsed: Duration) -> String {
    if elapsed < Duration::from_secs(1) {
        format!("{} ms", elapsed.as_millis())
    } else {
        format!("{:.2} s", elapsed.as_secs_f64())
    }
}

/// `--statistics`: how often each rule fired, most frequent first.
///
/// # Errors
/// Those of `out`.
pub fn write_statistics(out: &mut dyn Write, diagnostics: &[Diagnostic]) -> io::Result<()> {
    let mut counts: BTreeMap<(&str, Level), usize> = BTreeMap::new();
    for diagnostic in diagnostics {
        *counts
            .entry((diagnostic.rule, diagnostic.level))
            .or_default() += 1;
    }
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    let width = rows
        .iter()
        .map(|(_, number)| number.to_string().len())
        .max()
        .unwrap_or_default();
    for ((rule, level), number) in rows {
        writeln!(out, "{number:>width$}  {:<7}  {rule}", level.as_str())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_says_what_was_read() {
        let summary = Summary {
            projects: 1,
            apps: 2,
            migrations: 3,
            operations: 4,
            not_understood: 1,
            context: 0,
        };
        assert_eq!(
            closing(&summary, &[], Duration::from_millis(12)),
            "no findings\nread 1 project, 2 apps, 3 migrations, 4 operations (1 not understood); 12 ms\n"
        );
    }
}
