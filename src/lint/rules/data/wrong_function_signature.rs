//! `wrong-function-signature`: a function that `RunPython` cannot call with `apps` and `schema_editor`.
//!
//! ```text
//! def forwards(apps): ...
//! migrations.RunPython(forwards)
//! ```

use crate::diag::wording::count;
use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "wrong-function-signature",
    summary: "a function that `RunPython` cannot call with `apps` and `schema_editor`",
    page: include_str!("../../../../docs/rules/wrong-function-signature.md"),
    category: Category::Data,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for call in ctx.calls() {
        let takes = call.function.parameters;
        if takes.take(2) {
            continue;
        }
        let how = match takes.most {
            _ if takes.needs_keyword => "needs an argument by name".to_owned(),
            Some(most) if most < 2 => format!("takes {}", count(most, "argument")),
            _ => format!("needs {}", count(takes.required, "argument")),
        };
        let name = call.name();
        let message = format!("`RunPython` calls `{name}` with two arguments, and it {how}");
        let finding = call.on_function(&RULE, message);
        let finding = if Context::is_shown(call.function.span) {
            finding.label(call.function.span, "defined here")
        } else {
            finding
        };
        out.push(finding.help(format!("define it as `def {name}(apps, schema_editor):`")));
    }
}
