//! `unused-suppression`: a comment takes no finding away.
//!
//! ```text
//! # whimbrel: ignore[blocking-index]
//! migrations.RemoveField("order", "note"),
//! ```

use crate::diag::wording::list;
use crate::diag::{Diagnostic, Level};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::lint::suppress::{Reach, Suppression};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unused-suppression",
    summary: "a comment takes no finding away",
    page: include_str!("../../../../docs/rules/unused-suppression.md"),
    category: Category::Control,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Control,
};

pub(in crate::lint) fn finding(suppression: &Suppression) -> Diagnostic {
    let names: Vec<&str> = suppression.names.iter().map(|(name, _)| &**name).collect();
    let place = match suppression.reach {
        Reach::File => "in this file",
        Reach::Range(_) => "here",
    };
    let message = format!("there is no finding of {} {place}", list(&names));
    Diagnostic::new(RULE.name, RULE.level, suppression.span, message).help("remove the comment")
}
