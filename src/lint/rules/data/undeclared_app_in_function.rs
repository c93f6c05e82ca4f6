//! `undeclared-app-in-function`: a function uses a model of an app that its migration does not depend on.
//!
//! ```text
//! # no dependency on an app `sales`
//! apps.get_model("sales", "Order")
//! ```

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diag::{Diagnostic, Level};
use crate::graph::reach::Reach;
use crate::ir::Migration;
use crate::ir::body::Act;
use crate::lint::advice::{Advice, advise};
use crate::lint::calls::Call;
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::lint::rules::graph::missing_dependency::is_open;
use crate::schema::ModelKey;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "undeclared-app-in-function",
    summary: "a function uses a model of an app that its migration does not depend on",
    page: include_str!("../../../../docs/rules/undeclared-app-in-function.md"),
    category: Category::Graph,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut calls: FxHashMap<*const Migration, Vec<&Call<'_>>> = FxHashMap::default();
    for call in ctx.calls().filter(|call| uses_other_app(call)) {
        calls.entry(call.migration).or_default().push(call);
    }
    if calls.is_empty() {
        return;
    }
    ctx.graph.for_each_reach(
        |node| ctx.migration(node).is_some_and(|it| is_open(ctx, it)),
        |reach| {
            if reach.is_open() {
                return;
            }
            let Some(migration) = ctx.own_migration(reach.node()) else {
                return;
            };
            for call in calls
                .get(&std::ptr::from_ref(migration))
                .into_iter()
                .flatten()
            {
                judge(ctx, reach, call, out);
            }
        },
    );
}

/// Whether a function gets a model of another app, and relies on its being there.
fn uses_other_app(call: &Call<'_>) -> bool {
    call.function.steps.iter().any(|step| {
        matches!(&step.act, Act::GetModel { app, .. }
            if *app != call.migration.id.app.as_str() && !step.is_guarded)
    })
}

fn judge(ctx: &Context<'_>, reach: &Reach<'_>, call: &Call<'_>, out: &mut Vec<Diagnostic>) {
    let mut told: FxHashSet<&str> = FxHashSet::default();
    for step in &call.function.steps {
        let Act::GetModel { app, name } = &step.act else {
            continue;
        };
        if *app == call.migration.id.app.as_str() || step.is_guarded {
            continue;
        }
        let Some(known) = ctx.app(app) else {
            continue;
        };
        let is_there = call.state.model(&ModelKey::of(app, name)).is_some();
        if known.migrations.is_empty()
            || known.missing_init.is_some()
            || !ctx.graph.is_certain(app)
            || reach.reaches_app(app)
            // What is not there is told by `unknown-model-in-function`.
            || !is_there
            || !told.insert(app.as_str())
        {
            continue;
        }
        let migration = call.migration;
        let message = format!(
            "`{}` uses `{app}.{name}`, but `{}` depends on no migration of `{app}`",
            call.name(),
            migration.id
        );
        let last = known.migrations.iter().map(|it| it.id.name.as_str());
        let last = last.max().unwrap_or("__first__");
        let mut finding = call
            .finding(&RULE, step, format!("a model of `{app}`").as_str(), message)
            .note("it is there only by the order of names: another plan has no such model");
        if let Some(span) = migration.dependencies_span {
            finding = finding.label(span, format!("lacks `{app}`"));
        }
        let advice = Advice::new(
            format!(
                "add the migration of `{app}` that it needs to `dependencies`, at most `(\"{app}\", \"{last}\")`"
            ),
            format!("add the migration of `{app}` that it needs, at most `after {app}.{last}`"),
        );
        out.push(advise(finding, migration, advice));
    }
}
