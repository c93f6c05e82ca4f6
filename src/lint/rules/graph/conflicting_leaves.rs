//! `conflicting-leaves`: an app whose history ends in more than one migration.

use crate::diag::wording::{count, count_of, list};
use crate::diag::{Diagnostic, Level};
use crate::graph::NodeId;
use crate::graph::conflict::{Comparison, Step, compare};
use crate::ir::{Migration, MigrationName};
use crate::lint::context::Context;
use crate::lint::phrase::Entry;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "conflicting-leaves",
    summary: "an app has several leaf migrations, so Django refuses to migrate",
    page: include_str!("../../../../docs/rules/conflicting-leaves.md"),
    category: Category::Graph,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

/// Branches of more leaves than this are not compared.
const MOST_COMPARED: usize = 4;
/// No more clashes than these are shown for two branches.
const MOST_CLASHES: usize = 4;

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let broken = ctx.broken_apps();
    for conflict in ctx.graph.conflicts() {
        let app = conflict.app.as_str();
        // What could not be read may well depend on one of the leaves.
        if !ctx.graph.is_certain(app) || broken.contains(app) {
            continue;
        }
        out.extend(judge(ctx, app, &conflict.leaves));
    }
}

fn judge(ctx: &Context<'_>, app: &str, leaves: &[NodeId]) -> Option<Diagnostic> {
    let migrations: Vec<&Migration> = leaves
        .iter()
        .filter_map(|leaf| ctx.own_migration(*leaf))
        .collect();
    let (last, others) = migrations.split_last()?;
    let names: Vec<&MigrationName> = migrations.iter().map(|it| &it.id.name).collect();
    let shown = match names.as_slice() {
        few if few.len() <= MOST_COMPARED => list(few),
        [first, .., last] => format!("from `{first}` to `{last}`"),
        _ => return None,
    };
    let message = format!(
        "app `{app}` has {}: {shown}",
        count(migrations.len(), "leaf migration")
    );
    let mut finding = RULE
        .finding(last, last.span, message)
        .here("nothing in the app depends on this migration");
    for other in others.iter().take(MOST_COMPARED) {
        finding = finding.label(other.span, "nor on this one");
    }
    finding = finding.note("Django refuses to migrate until one migration depends on all of them");

    let mut pairs = Vec::new();
    if leaves.len() <= MOST_COMPARED {
        for (at, left) in leaves.iter().enumerate() {
            for right in leaves.iter().skip(at + 1) {
                pairs.push(compare(ctx.project, ctx.graph, *left, *right));
            }
        }
    }
    for compared in &pairs {
        finding = describe(finding, compared, ctx);
    }
    if !pairs.is_empty() && pairs.iter().all(Comparison::commutes) {
        finding = finding
            .note("the branches commute: no operation of one touches what another one touches");
    }
    Some(match (pairs.as_slice(), migrations.as_slice()) {
        ([compared], [one, _]) => help_for_two(finding, compared, one),
        _ => finding.help(format!(
            "run `python manage.py makemigrations --merge {app}`"
        )),
    })
}

fn help_for_two(finding: Diagnostic, compared: &Comparison<'_>, one: &Migration) -> Diagnostic {
    let Some(first_of_other) = compared.right.migrations.first() else {
        return finding;
    };
    let (app, name, moved) = (&one.id.app, &one.id.name, &first_of_other.id.name);
    let entry = Entry::migration(first_of_other, &one.id);
    let entry = format!("`{}`", entry.shown());
    if compared.clashes.is_empty() {
        finding.help(format!(
            "run `python manage.py makemigrations --merge {app}`, or let `{moved}` depend on {entry}"
        ))
    } else {
        finding.help(format!(
            "decide which branch comes first; for `{name}` first, let `{moved}` depend on {entry} \
             and adapt it"
        ))
    }
}

/// Adds what is known of two branches.
fn describe(mut finding: Diagnostic, compared: &Comparison<'_>, ctx: &Context<'_>) -> Diagnostic {
    let name = |leaf: NodeId| &ctx.graph.id(leaf).name;
    let (left, right) = (name(compared.left.leaf), name(compared.right.leaf));
    for clash in compared.clashes.iter().take(MOST_CLASHES) {
        finding = finding.note(format!(
            "both branches touch {}: {} and {}",
            clash.about,
            step_name(&clash.left),
            step_name(&clash.right)
        ));
        for step in [&clash.left, &clash.right] {
            let span = step.operation.name_span;
            if !finding.labels.iter().any(|label| label.span == span) {
                finding = finding.label(span, format!("touches {}", clash.about));
            }
        }
    }
    if compared.clashes.len() > MOST_CLASHES {
        let more = compared.clashes.len() - MOST_CLASHES;
        let more = count_of(more, "more clash", "more clashes");
        finding = finding.note(format!("`{left}` and `{right}` have {more}"));
    }
    if let Some(step) = compared.unclear.first() {
        let others = compared.unclear.len() - 1;
        let and = if others == 0 {
            String::new()
        } else {
            format!(" and {}", count(others, "other operation"))
        };
        finding = finding.note(format!(
            "whether `{left}` and `{right}` can run in either order is not known: {}{and} may \
             touch anything",
            step_name(step)
        ));
    }
    finding
}

fn step_name(step: &Step<'_>) -> String {
    let described = step.operation.describe();
    let described = if described.contains('`') {
        described
    } else {
        format!("`{described}`")
    };
    format!("{described} in `{}`", step.migration.id.name)
}
