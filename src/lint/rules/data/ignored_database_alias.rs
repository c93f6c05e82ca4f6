//! `ignored-database-alias`: a function of a migration works on the default database alone.
//!
//! ```text
//! # DATABASES has two entries
//! Book.objects.update(price=0)
//! ```

use crate::diag::wording::list;
use crate::diag::{Diagnostic, Level};
use crate::ir::body::Act;
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "ignored-database-alias",
    summary: "a function of a migration works on the default database alone",
    page: include_str!("../../../../docs/rules/ignored-database-alias.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut aliases: Vec<&str> = ctx
        .project
        .settings
        .databases
        .iter()
        .map(|database| database.alias.as_str())
        .collect();
    aliases.sort_unstable();
    aliases.dedup();
    if aliases.len() < 2 {
        return;
    }
    for call in ctx.calls() {
        if call.function.names_database {
            continue;
        }
        let mut steps = call.function.steps.iter();
        let step = steps.find(|step| matches!(step.act, Act::Query { .. } | Act::Save { .. }));
        let Some(step) = step else {
            continue;
        };
        let message = format!(
            "`{}` never asks which database it runs on, and the project has {}",
            call.name(),
            list(&aliases)
        );
        let finding = call
            .finding(
                &RULE,
                step,
                "goes where the routers send it, by default to `default`",
                message,
            )
            .help("add `.using(schema_editor.connection.alias)`");
        out.push(finding);
    }
}
