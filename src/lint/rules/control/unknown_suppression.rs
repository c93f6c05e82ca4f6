//! `unknown-suppression`: a comment for whimbrel says nothing that it knows.
//!
//! ```text
//! # whimbrel: ignore[blocking-indx]
//! ```

use crate::base::Span;
use crate::diag::{Diagnostic, Level};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::lint::selection;
use crate::lint::suppress::Misspelt;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unknown-suppression",
    summary: "a comment for whimbrel names no rule that there is, or cannot be read",
    page: include_str!("../../../../docs/rules/unknown-suppression.md"),
    category: Category::Control,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Control,
};

pub(in crate::lint) fn misspelt(misspelt: &Misspelt) -> Diagnostic {
    let message = "this comment for whimbrel cannot be read, and does nothing";
    Diagnostic::new(RULE.name, RULE.level, misspelt.span, message).help(misspelt.fault)
}

pub(in crate::lint) fn no_rule(name: &str, span: Span) -> Diagnostic {
    let message = format!("there is no rule, category or group `{name}` to ignore");
    let finding = Diagnostic::new(RULE.name, RULE.level, span, message);
    finding.help(selection::nearest(name).map_or_else(
        || "`whimbrel rule` lists all rules".to_owned(),
        |near| format!("did you mean `{near}`?"),
    ))
}
