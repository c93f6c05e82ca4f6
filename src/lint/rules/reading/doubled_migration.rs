//! `doubled-migration`: found while files are read.

use crate::diag::Level;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "doubled-migration",
    summary: "a migration stands there as `.py` and as `.mig`",
    page: include_str!("../../../../docs/rules/doubled-migration.md"),
    category: Category::Reading,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Reader,
};
