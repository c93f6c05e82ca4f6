//! `changed-type-in-use`: a column gets a type that code that runs was not written for.
//!
//! ```text
//! migrations.AlterField("order", "number", models.IntegerField())    # it was a CharField
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ColumnChange, Statement};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "changed-type-in-use",
    summary: "a column gets a type that code that runs was not written for",
    page: include_str!("../../../../docs/rules/changed-type-in-use.md"),
    category: Category::Rollout,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    for (action, statement, _) in execution.statements() {
        let Statement::AlterColumn {
            table,
            column,
            changes,
        } = statement
        else {
            continue;
        };
        let new_type = changes.iter().find_map(|change| match change {
            ColumnChange::Type { db_type, .. } => Some(db_type.as_str()),
            _ => None,
        });
        let facts = execution.catalog.column_facts(table, column);
        let (Some(new), Some(old)) = (new_type, facts.map(|it| it.db_type.as_str())) else {
            continue;
        };
        let differs = match (family(old), family(new)) {
            (Some(old), Some(new)) => old != new,
            _ => false,
        };
        if !differs || !execution.is_old_column(table, column) {
            continue;
        }
        let (name, of) = (column.as_str(), table.as_str());
        let message =
            format!("`{name}` of `{of}` becomes `{new}`, and code that runs takes it for `{old}`");
        let finding = RULE.on_action(execution, action, message).note(
            "code of before writes values of the old type, and cannot read those of the new one",
        );
        let advice = Advice::alike(
            "add a column of the new type, let code write both, copy the rows, and drop the old \
             one when nothing reads it",
        );
        out.push(advise(finding, execution.migration, advice));
    }
}

/// What kind of values a type has; those of one kind read each other's.
fn family(db_type: &str) -> Option<&'static str> {
    let lower = db_type.to_ascii_lowercase();
    let name = lower.split(['(', ' ']).next().unwrap_or_default();
    Some(match name {
        "varchar" | "char" | "text" | "longtext" | "citext" | "character" | "varchar2"
        | "nvarchar2" | "nclob" => "text",
        "integer" | "int" | "bigint" | "smallint" | "serial" | "bigserial" | "number"
        | "numeric" | "decimal" | "double" | "real" => "number",
        "boolean" | "bool" => "boolean",
        "date" => "date",
        "timestamp" | "datetime" => "datetime",
        "time" => "time",
        "interval" => "interval",
        "uuid" => "uuid",
        "json" | "jsonb" => "json",
        "bytea" | "longblob" | "blob" => "bytes",
        _ => return None,
    })
}
