//! `formatted-sql`: a value is formatted into SQL.
//!
//! ```text
//! cursor.execute(f"UPDATE shop_order SET state = '{state}'")
//! ```

use rustc_hash::FxHashSet;

use crate::base::Span;
use crate::diag::{Diagnostic, Level};
use crate::ir::OperationKind;
use crate::ir::body::{Act, Step};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "formatted-sql",
    summary: "a value is formatted into SQL",
    page: include_str!("../../../../docs/rules/formatted-sql.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let apps = ctx.own_apps();
    let migrations = apps.flat_map(|app| &app.migrations);
    for migration in migrations.filter(|it| ctx.is_judged(it)) {
        for span in &migration.formatted {
            // A text that is known whatever is formatted in is as good as a written one.
            let within = migration.walk_operations().find(|operation| {
                let (outer, inner) = (operation.span.range, span.range);
                let holds = operation.span.file == span.file
                    && outer.start <= inner.start
                    && inner.end <= outer.end;
                holds
                    && matches!(&operation.kind, OperationKind::RunSql(run)
                    if run.sql.unknown().is_some()
                        || run.reverse_sql.as_ref().is_some_and(|it| it.unknown().is_some()))
            });
            let Some(operation) = within else {
                continue;
            };
            let mut finding = RULE
                .finding(migration, *span, MESSAGE)
                .note(NOTE)
                .help("hand it over beside the text: `RunSQL([(\"... = %s\", [value])])`");
            finding.subject.operation = Some(operation.describe());
            out.push(finding);
        }
    }
    let mut told: FxHashSet<Span> = FxHashSet::default();
    for call in ctx.calls() {
        for step in &call.function.steps {
            let Act::Sql {
                formatted: Some(span),
                ..
            } = &step.act
            else {
                continue;
            };
            if told.insert(*span) {
                let shown = Step {
                    span: *span,
                    ..step.clone()
                };
                let finding = call.finding(&RULE, &shown, "this", MESSAGE).note(NOTE);
                out.push(
                    finding.help("hand it over beside the text: `execute(\"... = %s\", [value])`"),
                );
            }
        }
    }
}

const MESSAGE: &str = "a value is formatted into SQL";
const NOTE: &str = "a quote in it ends the text, and what follows runs as SQL";
