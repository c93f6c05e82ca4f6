//! `timeout-during-concurrent-build`: a timeout may break off a concurrent build.
//!
//! ```text
//! migrations.RunSQL("SET statement_timeout = '5s'"),
//! AddIndexConcurrently("order", models.Index(fields=["total"], name="by_total")),
//! ```

use smol_str::SmolStr;

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Action, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement};

use super::milliseconds;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "timeout-during-concurrent-build",
    summary: "a timeout may break off a concurrent build",
    page: include_str!("../../../../docs/rules/timeout-during-concurrent-build.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let mut set: Vec<(&SmolStr, &Action<'_>)> = Vec::new();
    for (action, statement, _) in execution.statements() {
        if let Statement::ByHand(by_hand) = statement {
            match &**by_hand {
                ByHand::SetSetting {
                    name,
                    value,
                    is_local,
                } if is_timeout(name) => {
                    set.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
                    let is_on = milliseconds(value).is_none_or(|limit| limit > 0);
                    // Outside of a transaction, `SET LOCAL` sets nothing.
                    if is_on && !(*is_local && action.transaction.is_none()) {
                        set.push((name, action));
                    }
                }
                // `RESET` is among them.
                ByHand::Harmless { .. } => set.clear(),
                _ => {}
            }
        }
        if let Some(what) = built(statement)
            && let Some((name, earlier)) = set.first()
        {
            let message = format!("`{name}` may break off {what}");
            let finding = RULE
                .on_action(execution, action, message)
                .label(earlier.place, "it is set here")
                .note(
                    "a build that breaks off leaves an invalid index behind, which every write \
                     keeps up and no search uses",
                );
            let advice = Advice::alike(format!("write `SET {name} = 0` before it"));
            out.push(advise(finding, execution.migration, advice));
            return;
        }
    }
}

fn is_timeout(name: &str) -> bool {
    ["lock_timeout", "statement_timeout"]
        .iter()
        .any(|it| name.eq_ignore_ascii_case(it))
}

fn built(statement: &Statement) -> Option<&'static str> {
    match statement {
        Statement::CreateIndex(index) if index.concurrently => Some("the build of the index"),
        Statement::DropIndex {
            concurrently: true, ..
        } => Some("the removal of the index"),
        Statement::ByHand(by_hand) => match **by_hand {
            ByHand::Reindex {
                concurrently: true, ..
            } => Some("the build of the index"),
            _ => None,
        },
        _ => None,
    }
}
