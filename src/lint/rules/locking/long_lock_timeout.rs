//! `long-lock-timeout`: a limit on waiting for locks that is no limit.
//!
//! ```text
//! SET lock_timeout = '5min'
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement};

use super::milliseconds;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "long-lock-timeout",
    summary: "a limit on waiting for locks that is no limit",
    page: include_str!("../../../../docs/rules/long-lock-timeout.md"),
    category: Category::Locking,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

/// What `strong_migrations` and others take for the most that users bear.
const MOST: u64 = 10_000;

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, _) in execution.statements() {
        let Statement::ByHand(by_hand) = statement else {
            continue;
        };
        let ByHand::SetSetting { name, value, .. } = &**by_hand else {
            continue;
        };
        let limit = match name.to_ascii_lowercase().as_str() {
            "lock_timeout" => milliseconds(value),
            // MySQL and MariaDB count seconds.
            "lock_wait_timeout" | "innodb_lock_wait_timeout" => {
                milliseconds(value).map(|seconds| seconds.saturating_mul(1_000))
            }
            _ => None,
        };
        if limit.is_none_or(|limit| limit <= MOST) {
            continue;
        }
        let message = format!(
            "`{name}` lets a migration wait for {} s",
            limit.unwrap_or_default() / 1_000
        );
        let finding = RULE.on_action(execution, action, message).note(
            "while it waits for a lock, whoever comes after it waits as well, be it for a read",
        );
        let advice = Advice::alike("write a few seconds, and run the migration again if it fails");
        out.push(advise(finding, execution.migration, advice));
    }
}
