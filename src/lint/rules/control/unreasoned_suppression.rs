//! `unreasoned-suppression`: a comment takes findings away and does not say why, where
//! the configuration asks for it.
//!
//! ```text
//! # whimbrel: ignore[blocking-index]
//! ```

use crate::base::Span;
use crate::diag::{Diagnostic, Level};
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unreasoned-suppression",
    summary: "a comment takes findings away without a reason, where one is required",
    page: include_str!("../../../../docs/rules/unreasoned-suppression.md"),
    category: Category::Control,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Control,
};

pub(in crate::lint) fn finding(span: Span) -> Diagnostic {
    let message = "this comment takes findings away and does not say why";
    Diagnostic::new(RULE.name, RULE.level, span, message)
        .note("the configuration says `require-reason = true`")
        .help("write the reason behind the brackets")
}
