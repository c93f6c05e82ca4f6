//! `unreadable-file`: found when files are read.

use crate::diag::Level;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unreadable-file",
    summary: "a file cannot be opened or is not text",
    page: include_str!("../../../../docs/rules/unreadable-file.md"),
    category: Category::Reading,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Reader,
};
