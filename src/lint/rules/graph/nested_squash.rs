//! `nested-squash`: a squash that replaces a squash.

use crate::diag::{Diagnostic, Level};
use crate::ir::Migration;
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "nested-squash",
    summary: "a squash replaces another squash, which Django before 6.0 may fail to load",
    page: include_str!("../../../../docs/rules/nested-squash.md"),
    category: Category::Graph,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Migration(check),
};

fn check(ctx: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    for entry in &migration.replaces {
        let Some(id) = entry.target.key() else {
            continue;
        };
        if id == migration.id {
            out.push(
                RULE.finding(migration, entry.span, format!("`{id}` replaces itself"))
                    .note("Django then drops the migration together with all that it replaces")
                    .help("remove the entry"),
            );
            continue;
        }
        let inner = ctx
            .graph
            .node(&id)
            .and_then(|node| ctx.migration(node))
            .filter(|inner| !inner.replaces.is_empty());
        let Some(inner) = inner else {
            continue;
        };
        let mut finding = RULE
            .finding(
                migration,
                entry.span,
                format!(
                    "`{}` replaces `{id}`, which is a squash itself",
                    migration.id
                ),
            )
            .note(
                "Django before 6.0 takes squashes in a random order and fails where the outer one \
                 comes first",
            )
            .help(format!(
                "finish `{id}` first: apply it everywhere, delete what it replaces and remove its \
                 `replaces`"
            ));
        if let Some(span) = inner
            .replaces_span
            .or(inner.replaces.first().map(|it| it.span))
            && Context::is_shown(span)
        {
            finding = finding.label(span, "the inner squash replaces these");
        }
        out.push(finding);
    }
}
