//! `unbounded-update`: a function of a migration changes all rows of a table in one statement.
//!
//! ```text
//! Book.objects.update(price=0)
//! ```

use rustc_hash::FxHashSet;

use crate::diag::{Diagnostic, Level};
use crate::ir::body::{Act, ModelRef};
use crate::lint::calls::shown;
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unbounded-update",
    summary: "a function of a migration changes all rows of a table in one statement",
    page: include_str!("../../../../docs/rules/unbounded-update.md"),
    category: Category::Data,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for call in ctx.calls().filter(|call| !call.is_reverse) {
        let mut told = FxHashSet::default();
        for step in &call.function.steps {
            let Act::Query {
                model,
                method,
                is_narrowed: false,
                ..
            } = &step.act
            else {
                continue;
            };
            let what = match method.as_str() {
                "update" => "changes",
                "delete" => "deletes",
                _ => continue,
            };
            if !call.is_felt(ctx, model)
                || !matches!(model, ModelRef::State { .. })
                || !told.insert(step.span)
            {
                continue;
            }
            let message = format!(
                "`{}` {what} all rows of `{}` in one statement",
                call.name(),
                shown(model)
            );
            let finding = call
                .finding(&RULE, step, "every row stays locked until the migration commits", message)
                .help("on a large table, work in batches of keys in a migration with `atomic = False`");
            out.push(finding);
        }
    }
}
