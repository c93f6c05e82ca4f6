//! `not-a-migration`: found by the front end when it looks for the class.

use crate::diag::Level;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "not-a-migration",
    summary: "a file of a migrations package has no `Migration` class",
    page: include_str!("../../../../docs/rules/not-a-migration.md"),
    category: Category::Reading,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Reader,
};
