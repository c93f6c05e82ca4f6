//! `contraction-with-code`: one change takes something from the database and changes the
//! code beside it, so that neither can go first.
//!
//! ```text
//! M  shop/models.py
//! A  shop/migrations/0009_drop_note.py     RemoveField("order", "note")
//! ```

use crate::diag::wording::{count_of, list};
use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::Statement;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "contraction-with-code",
    summary: "one change drops or renames in the database and changes code as well",
    page: include_str!("../../../../docs/rules/contraction-with-code.md"),
    category: Category::History,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

/// No more files are named.
const MOST_NAMED: usize = 3;

fn check(ctx: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let Some(set) = &ctx.project.change_set else {
        return;
    };
    // A database of one's own goes with the code.
    if execution.server.features.is_embedded {
        return;
    }
    let root = &ctx.project.root;
    let is_below = |path: &&String| {
        root == "."
            || path
                .strip_prefix(root.as_str())
                .is_some_and(|it| it.starts_with('/'))
    };
    let code: Vec<&String> = set.code.iter().filter(is_below).collect();
    let Some(named) = code
        .get(..code.len().min(MOST_NAMED))
        .filter(|it| !it.is_empty())
    else {
        return;
    };
    let more = code.len() - named.len();
    let and = if more == 0 {
        String::new()
    } else {
        format!(" and {}", count_of(more, "other file", "other files"))
    };
    for (action, statement, _) in execution.statements() {
        let Some(what) = contraction(execution, statement) else {
            continue;
        };
        let message = format!("{what} in a change that also changes code");
        out.push(
            RULE.on_action(execution, action, message)
                .note(format!("the change is also to {}{and}", list(named)))
                .help("let the code go first, and contract in a change of its own"),
        );
    }
}

/// What is taken from code that runs.
fn contraction(execution: &Execution<'_>, statement: &Statement) -> Option<String> {
    Some(match statement {
        Statement::DropColumn { table, column } if execution.is_old_column(table, column) => {
            format!(
                "column `{}` of `{}` is dropped",
                column.as_str(),
                table.as_str()
            )
        }
        Statement::RenameColumn { table, from, .. } if execution.is_old_column(table, from) => {
            format!(
                "column `{}` of `{}` is renamed",
                from.as_str(),
                table.as_str()
            )
        }
        Statement::DropTable { table } if execution.is_old(table) => {
            format!("table `{}` is dropped", table.as_str())
        }
        Statement::RenameTable { from, .. } if execution.is_old(from) => {
            format!("table `{}` is renamed", from.as_str())
        }
        _ => return None,
    })
}
