//! `syntax-error`: found by the parser.

use crate::diag::Level;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "syntax-error",
    summary: "a file is not valid Python, or not valid `.mig`",
    page: include_str!("../../../../docs/rules/syntax-error.md"),
    category: Category::Reading,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Reader,
};
