//! `ignored-references`: MySQL passes over a foreign key that stands with its column.
//!
//! ```text
//! ALTER TABLE shop_order ADD payer bigint REFERENCES shop_customer (id)
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::Statement;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "ignored-references",
    summary: "MySQL passes over a foreign key that stands with its column",
    page: include_str!("../../../../docs/rules/ignored-references.md"),
    category: Category::Portability,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let server = &execution.server;
    if !server.features.limits.ignores_inline_references || execution.is_assumed {
        return;
    }
    for (action, statement, _) in execution.statements() {
        let columns = match statement {
            Statement::CreateTable(create) => create.columns.as_slice(),
            Statement::AddColumn { column, .. } => std::slice::from_ref(&**column),
            _ => continue,
        };
        if action.written.is_none() {
            continue;
        }
        for column in columns {
            let Some(reference) = &column.references else {
                continue;
            };
            let (name, to) = (column.name.as_str(), reference.to_table.as_str());
            let message = format!("MySQL makes no foreign key of `{name}` to `{to}`");
            let finding = RULE.on_action(execution, action, message).note(
                "before 9.0 it reads `REFERENCES` that stands with a column, and passes over it",
            );
            let advice = Advice::alike(format!(
                "write `ADD CONSTRAINT ... FOREIGN KEY ({name}) REFERENCES {to} (...)`"
            ));
            out.push(advise(finding, execution.migration, advice));
        }
    }
}
