//! `dropped-schema`: a schema or a database is dropped.
//!
//! ```text
//! migrations.RunSQL("DROP SCHEMA reports CASCADE")
//! ```

use smol_str::SmolStr;

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, Statement};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "dropped-schema",
    summary: "a schema or a database is dropped",
    page: include_str!("../../../../docs/rules/dropped-schema.md"),
    category: Category::Data,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let mut made: Vec<&SmolStr> = Vec::new();
    for (action, statement, _) in execution.statements() {
        let Statement::ByHand(by_hand) = statement else {
            continue;
        };
        match &**by_hand {
            ByHand::CreateSchema { name } => made.push(name),
            ByHand::DropSchema { name } if !made.contains(&name) => {
                let message = format!("`{name}` is dropped with every table in it");
                let finding = RULE.on_action(execution, action, message);
                let advice =
                    Advice::alike("drop the tables one by one, when nothing reads them any more");
                out.push(advise(finding, execution.migration, advice));
            }
            _ => {}
        }
    }
}
