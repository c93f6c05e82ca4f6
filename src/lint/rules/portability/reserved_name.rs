//! `reserved-name`: a name that has to stand in quotes wherever people write it.
//!
//! ```text
//! migrations.AddField("order", "rank", models.IntegerField(null=True))    # MySQL
//! ```

use crate::base::Span;
use crate::diag::{Diagnostic, Level};
use crate::ir::{Operation, OperationKind};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::Statement;
use crate::sql::limits::Folding;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "reserved-name",
    summary: "a name that has to stand in quotes wherever people write it",
    page: include_str!("../../../../docs/rules/reserved-name.md"),
    category: Category::Portability,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let limits = &execution.server.features.limits;
    let title = execution.server.dialect.title;
    for (action, statement, _) in execution.statements() {
        let found = names(statement).into_iter().find_map(|(what, name)| {
            let why = if limits.is_reserved(name) {
                format!("it is a word of {title}")
            } else if limits.folds == Folding::Lower && name.chars().any(char::is_uppercase) {
                format!("{title} takes a name without quotes for one in small letters")
            } else {
                return None;
            };
            Some((what, name, why))
        });
        let Some((what, name, why)) = found else {
            continue;
        };
        let message = format!("{what} `{name}` has to stand in quotes in all SQL");
        let mut finding = RULE.on_action(execution, action, message).note(why);
        if let Some(field) = field_of(action.operation, name)
            && field.file == execution.migration.file
        {
            finding.primary.span = field;
        }
        out.push(finding.help(match what {
            "column" => "give it another name, with `db_column` where the field keeps its own",
            _ => "give it another name, with `db_table` where the model keeps its own",
        }));
    }
}

/// Where the field of a column stands in `CreateModel`, if it is called like the column.
fn field_of(operation: &Operation, column: &str) -> Option<Span> {
    let OperationKind::CreateModel(create) = &operation.kind else {
        return None;
    };
    let mut fields = create.fields.iter();
    let found = fields.find(|(name, _)| name.value.as_str() == column);
    found.map(|(name, _)| name.span)
}

/// The names that a statement gives to tables and columns.
fn names(statement: &Statement) -> Vec<(&'static str, &str)> {
    match statement {
        Statement::CreateTable(create) => {
            let columns = create.columns.iter().map(|it| ("column", it.name.as_str()));
            std::iter::once(("table", create.table.as_str()))
                .chain(columns)
                .collect()
        }
        Statement::RenameTable { to, .. } => vec![("table", to.as_str())],
        Statement::AddColumn { column, .. } => vec![("column", column.name.as_str())],
        Statement::RenameColumn { to, .. } => vec![("column", to.as_str())],
        _ => Vec::new(),
    }
}
