//! `row-by-row-write`: a function of a migration writes each row of a table on its own.
//!
//! ```text
//! for book in Book.objects.all():
//!     book.price = 0
//!     book.save()
//! ```

use rustc_hash::FxHashSet;

use crate::diag::{Diagnostic, Level};
use crate::ir::body::{Act, Over};
use crate::lint::calls::shown;
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "row-by-row-write",
    summary: "a function of a migration writes each row of a table on its own",
    page: include_str!("../../../../docs/rules/row-by-row-write.md"),
    category: Category::Data,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &["unbatched-read"],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for call in ctx.calls().filter(|call| !call.is_reverse) {
        let mut told = FxHashSet::default();
        for step in &call.function.steps {
            let method = match &step.act {
                Act::Save { method, .. } => method,
                Act::Query { method, .. } if is_write(method) => method,
                _ => continue,
            };
            let Some(around) = call.function.row_loop(step) else {
                continue;
            };
            let Over::Rows {
                model: Some(model),
                is_narrowed: false,
                ..
            } = &around.over
            else {
                continue;
            };
            // Few of the rows may pass a test.
            if step.is_conditional || !call.is_felt(ctx, model) || !told.insert(around.span) {
                continue;
            }
            let message = format!(
                "`{}` calls `{method}` for each row of `{}`, one statement a row",
                call.name(),
                shown(model)
            );
            let mut finding = call.finding(&RULE, step, "one statement a row", message);
            if Context::is_shown(around.span) {
                finding = finding.label(around.span, "all rows of the table");
            }
            let help = match method.as_str() {
                "create" | "get_or_create" | "update_or_create" => {
                    "collect the new rows and call `bulk_create` with a `batch_size`"
                }
                "delete" => "delete in batches with `filter(pk__in=...).delete()`",
                "update" => {
                    "update the rows in one statement whose values follow from the row, with \
                     `Subquery` or `Case`, or in batches"
                }
                _ => "use `update()` with an expression, or `bulk_update` with a `batch_size`",
            };
            out.push(finding.help(help));
        }
    }
}

fn is_write(method: &str) -> bool {
    matches!(
        method,
        "create" | "get_or_create" | "update_or_create" | "update" | "delete"
    )
}
