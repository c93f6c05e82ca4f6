//! `unbatched-read`: a function of a migration loads a whole table at once.
//!
//! ```text
//! for book in Book.objects.all():
//!     ...
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::body::{Act, Over, Step};
use crate::lint::calls::shown;
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unbatched-read",
    summary: "a function of a migration loads a whole table at once",
    page: include_str!("../../../../docs/rules/unbatched-read.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for call in ctx.calls().filter(|call| !call.is_reverse) {
        for around in &call.function.loops {
            let Over::Rows {
                model: Some(model),
                is_narrowed: false,
                is_batched: false,
                is_light: false,
            } = &around.over
            else {
                continue;
            };
            if !call.is_felt(ctx, model) {
                continue;
            }
            let message = format!(
                "`{}` loads all rows of `{}` into memory at once",
                call.name(),
                shown(model)
            );
            let step = Step {
                act: Act::Code {
                    path: call.function.path.clone(),
                },
                span: around.span,
                via: None,
                within: None,
                is_guarded: false,
                is_conditional: false,
            };
            let finding = call.finding(&RULE, &step, "the whole table", message);
            out.push(finding.help("add `.iterator(chunk_size=2000)`, or work in batches of keys"));
        }
    }
}
