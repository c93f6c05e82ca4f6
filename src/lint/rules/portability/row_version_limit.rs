//! `row-version-limit`: a table has had as many columns added and dropped at once as
//! MySQL takes.
//!
//! ```text
//! migrations.AddField("order", "paid", models.DateField(null=True))    # the 65th such change
//! ```

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::diag::{Diagnostic, Level};
use crate::ir::{Migration, OperationKind};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{self, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::Server;
use crate::sql::ddl::{Statement, TableName};
use crate::sql::effects::{Algorithm, Duration};
use crate::sql::plan::{KnownFields, Planner};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "row-version-limit",
    summary: "a table has had as many columns added at once as MySQL takes",
    page: include_str!("../../../../docs/rules/row-version-limit.md"),
    category: Category::Portability,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let servers = Server::of_project(&ctx.project.settings);
    for server in servers {
        let Some(limit) = server.features.limits.row_versions else {
            continue;
        };
        // The whole plan is gone through only where a model has that many changes.
        if most_changes(ctx) <= limit {
            continue;
        }
        let Some(history) = ctx.history() else {
            continue;
        };
        let settings = execution::settings(ctx.project);
        let known_fields = KnownFields::default();
        let planner = Planner::new(&server, &settings)
            .without_text()
            .remembering(&known_fields);
        let mut versions: FxHashMap<TableName, usize> = FxHashMap::default();
        let every = |_: &Migration| true;
        execution::run(ctx.project, history, &planner, every, |execution| {
            count(ctx, execution, limit, &mut versions, out);
        });
    }
}

/// The most operations that add or remove a field of one model.
fn most_changes(ctx: &Context<'_>) -> usize {
    let mut changes: FxHashMap<(&str, SmolStr), usize> = FxHashMap::default();
    for app in ctx.own_apps() {
        let operations = app.migrations.iter().flat_map(Migration::walk_operations);
        for operation in operations {
            if matches!(
                operation.kind,
                OperationKind::AddField { .. } | OperationKind::RemoveField { .. }
            ) && let Some(model) = operation.model_name()
            {
                *changes
                    .entry((app.label.as_str(), model.key()))
                    .or_default() += 1;
            }
        }
    }
    changes.into_values().max().unwrap_or(0)
}

fn count(
    ctx: &Context<'_>,
    execution: &Execution<'_>,
    limit: usize,
    versions: &mut FxHashMap<TableName, usize>,
    out: &mut Vec<Diagnostic>,
) {
    for (action, statement, effects) in execution.statements() {
        let table = match statement {
            Statement::AddColumn { table, .. } | Statement::DropColumn { table, .. }
                if effects.algorithm == Some(Algorithm::Instant) =>
            {
                table
            }
            Statement::RenameTable { from, to } => {
                if let Some(count) = versions.remove(from) {
                    versions.insert(to.clone(), count);
                }
                continue;
            }
            _ => {
                versions.retain(|table, _| effects.duration_on(table) != Duration::Rewrite);
                continue;
            }
        };
        let version = versions.entry(table.clone()).or_default();
        *version += 1;
        if *version <= limit {
            continue;
        }
        *version = 0;
        if !ctx.is_judged(execution.migration) {
            continue;
        }
        let table = table.as_str();
        let title = execution.server.dialect.title;
        let message = format!(
            "{title} writes `{table}` anew here, since {limit} columns were added or dropped at once"
        );
        let finding = RULE.on_action(execution, action, message).note(format!(
            "each `ALGORITHM=INSTANT` leaves a version of the rows, and a table has at most \
             {limit}; that holds if nobody has written it anew meanwhile"
        ));
        let advice = Advice::alike(format!(
            "before it, and while few use the table, run `ALTER TABLE {table} FORCE`"
        ));
        out.push(advise(finding, execution.migration, advice));
    }
}
