//! `copied-table`: SQLite copies a whole table.
//!
//! ```text
//! migrations.AlterField("order", "total", models.BigIntegerField())
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::Statement;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "copied-table",
    summary: "SQLite copies a whole table",
    page: include_str!("../../../../docs/rules/copied-table.md"),
    category: Category::Data,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    if !execution.server.features.is_embedded {
        return;
    }
    for (action, statement, _) in execution.statements() {
        let Statement::CopyRows { from, .. } = statement else {
            continue;
        };
        if !execution.is_felt(from) {
            continue;
        }
        let title = execution.server.dialect.title;
        let message = format!("{title} copies all rows of `{}`", from.as_str());
        let finding = RULE
            .on_action(execution, action, message)
            .note("nobody else writes to the database until the migration ends");
        let advice = Advice::alike("run it while nobody works, if the table is large");
        out.push(advise(finding, execution.migration, advice));
    }
}
