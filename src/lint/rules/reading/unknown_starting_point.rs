//! `unknown-starting-point`: the configuration lets judging begin at a migration that
//! does not exist.
//!
//! ```toml
//! since = "orders.0042"
//! ```

use crate::base::Span;
use crate::diag::wording::{did_you_mean, list};
use crate::diag::{Diagnostic, Level};
use crate::ir::AppLabel;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unknown-starting-point",
    summary: "the configuration lets judging begin at a migration that does not exist",
    page: include_str!("../../../../docs/rules/unknown-starting-point.md"),
    category: Category::Reading,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Reader,
};

/// `fitting` are the names that start so, `known` those of the app.
pub(in crate::lint) fn finding(
    app: &AppLabel,
    name: &str,
    span: Span,
    fitting: &[&str],
    known: &[&str],
) -> Diagnostic {
    if !fitting.is_empty() {
        let message = format!("`since` may mean {} of app `{app}`", list(fitting));
        return Diagnostic::new(RULE.name, RULE.level, span, message)
            .help("write more of the name");
    }
    let message = format!("`since` names `{app}.{name}`, which does not exist");
    let finding = Diagnostic::new(RULE.name, RULE.level, span, message);
    match did_you_mean(name, known.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `{app}.{near}`?")),
        None => finding.note("all migrations are judged"),
    }
}
