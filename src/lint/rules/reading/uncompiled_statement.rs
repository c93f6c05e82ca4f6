//! `uncompiled-statement`: found while a `.mig` file is lowered.

use crate::diag::Level;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "uncompiled-statement",
    summary: "a `.mig` file uses a part of the language that is not compiled yet",
    page: include_str!("../../../../docs/rules/uncompiled-statement.md"),
    category: Category::Reading,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Reader,
};
