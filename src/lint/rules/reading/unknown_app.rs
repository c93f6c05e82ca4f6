//! `unknown-app`: dependencies on an app that was not found cannot be checked.

use std::collections::BTreeMap;

use crate::diag::wording::{count_of, did_you_mean};
use crate::diag::{Diagnostic, Level};
use crate::graph::{Cause, Fault};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unknown-app",
    summary: "an app that migrations depend on was not found",
    page: include_str!("../../../../docs/rules/unknown-app.md"),
    category: Category::Reading,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    // The first entry that names each app, and how many follow it.
    let mut apps: BTreeMap<&str, (Diagnostic, usize)> = BTreeMap::new();
    for fault in ctx.graph.faults() {
        let Fault::Missing {
            from,
            target,
            span,
            cause: Cause::UnknownApp,
            ..
        } = fault
        else {
            continue;
        };
        let Some(migration) = ctx.own_migration(*from) else {
            continue;
        };
        let app = target.app.as_str();
        if let Some((_, others)) = apps.get_mut(app) {
            *others += 1;
            continue;
        }
        let finding = RULE.finding(
            migration,
            *span,
            format!("app `{app}` was not found, so dependencies on it are not checked"),
        );
        let labels = ctx.own_apps().map(|app| app.label.as_str());
        let finding = match did_you_mean(app, labels) {
            Some(near) => finding.help(format!("did you mean app `{near}`?")),
            None => finding.help(
                "if it is installed, name its Python environment with `--python-env` or activate it",
            ),
        };
        apps.insert(app, (finding, 0));
    }
    for (finding, others) in apps.into_values() {
        out.push(if others == 0 {
            finding
        } else {
            let verb = if others == 1 { "names" } else { "name" };
            let others = count_of(others, "other entry", "other entries");
            finding.note(format!("{others} {verb} it as well"))
        });
    }
}
