//! `unconverted-migration`: found by `whimbrel convert`.

use crate::diag::Level;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unconverted-migration",
    summary: "a migration has no form in the other language",
    page: include_str!("../../../../docs/rules/unconverted-migration.md"),
    category: Category::Reading,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Reader,
};
