//! `unconventional-argument-names`: a function of a migration calls its arguments
//! otherwise than Django does.
//!
//! ```text
//! def forwards(registry, editor):
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unconventional-argument-names",
    summary: "a function of a migration calls its arguments otherwise than Django does",
    page: include_str!("../../../../docs/rules/unconventional-argument-names.md"),
    category: Category::Data,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Project(check),
};

const NAMES: [&str; 2] = ["apps", "schema_editor"];

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for call in ctx.calls() {
        // What has another number of arguments is wrong, and told as such.
        if !call.function.parameters.take(2) {
            continue;
        }
        // A lambda has no room for long names, and mostly uses none.
        if call.name().starts_with('<') {
            continue;
        }
        let names = call.function.parameter_names.iter().zip(NAMES);
        // `_` and `_editor` say that they are not used.
        let mut others = names.filter(|(name, usual)| !name.starts_with('_') && *name != usual);
        let Some((name, usual)) = others.next() else {
            continue;
        };
        let function = call.name();
        let message = format!("`{function}` calls `{usual}` `{name}`");
        let finding = call.on_function(&RULE, message);
        let finding = if Context::is_shown(call.function.span) {
            finding.label(call.function.span, "defined here")
        } else {
            finding
        };
        let finding = if name == "schema_editor" {
            finding.note("Django hands over the models first, and the schema editor after them")
        } else {
            finding
        };
        out.push(finding.help(format!(
            "define it as `def {function}(apps, schema_editor):`"
        )));
    }
}
