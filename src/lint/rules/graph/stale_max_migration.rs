//! `stale-max-migration`: `max_migration.txt` does not name the last migration.
//!
//! ```text
//! max_migration.txt: 0001_initial
//! 0001_initial.py, 0002_paid.py
//! ```

use smol_str::SmolStr;

use crate::base::Span;
use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "stale-max-migration",
    summary: "`max_migration.txt` does not name the last migration",
    page: include_str!("../../../../docs/rules/stale-max-migration.md"),
    category: Category::Graph,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for app in ctx.own_apps() {
        let Some(max) = &app.max_migration else {
            continue;
        };
        // Several leaves, and what cannot be read, are told by other rules.
        let leaves = ctx.graph.leaf_nodes(Some(app.label.as_str()));
        let [leaf] = leaves.as_slice() else {
            continue;
        };
        let Some(leaf) = ctx
            .own_migration(*leaf)
            .filter(|_| app.unreadable.is_empty())
        else {
            continue;
        };
        let last = leaf.id.name.as_str();
        let is_marker = |line: &SmolStr| {
            ["<<<<<<<", "=======", ">>>>>>>"]
                .iter()
                .any(|it| line.starts_with(it))
        };
        let what = match max.lines.as_slice() {
            lines if lines.iter().any(is_marker) => "holds a conflict of a merge".to_owned(),
            [] => "is empty".to_owned(),
            [name] if name == last => continue,
            [name] => format!("names `{name}`"),
            lines => format!("names {} migrations", lines.len()),
        };
        let message = format!(
            "`max_migration.txt` {what}, and `{}` is the last migration",
            leaf.id
        );
        let finding = RULE
            .finding(leaf, leaf.span, message)
            .label(Span::file_start(max.file), "this file")
            .note(
                "the file is there so that two branches that both add a migration conflict in it",
            );
        out.push(finding.help(format!("write `{last}` into it, on a line of its own")));
    }
}
