//! `pending-trigger-events`: rows are written, and their table is changed in the same transaction.
//!
//! ```text
//! migrations.RunSQL("UPDATE shop_order SET customer_id = 1"),
//! migrations.AddField("order", "paid", models.BooleanField(null=True)),
//! ```
//!
//! PostgreSQL checks deferred foreign keys when the transaction ends, and refuses to
//! change the table before that.

use crate::diag::{Diagnostic, Level};
use crate::ir::FieldKind;
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Action;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ByHand, ColumnName, Statement, TableName};
use crate::sql::effects::Effects;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "pending-trigger-events",
    summary: "rows are written and their table changed in one transaction",
    page: include_str!("../../../../docs/rules/pending-trigger-events.md"),
    category: Category::Data,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &["lock-held-while-working"],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    if execution
        .server
        .dialect
        .templates
        .deferrable_foreign_key
        .is_empty()
    {
        return;
    }
    let mut written: Vec<(&Action<'_>, &TableName)> = Vec::new();
    for (action, statement, effects) in execution.statements() {
        written.retain(|(earlier, _)| {
            earlier.transaction.is_some() && earlier.transaction == action.transaction
        });
        if sets_constraints(statement) {
            written.clear();
        }
        let found = written
            .iter()
            .find(|(_, table)| changes(statement, effects, table));
        if let Some((earlier, table)) = found {
            out.push(finding(execution, earlier, action, table));
            return;
        }
        if let Some((table, columns)) = writes(statement)
            && execution.is_old(table)
            && has_foreign_key(execution, table, columns)
        {
            written.push((action, table));
        }
    }
}

/// The table whose rows handwritten SQL writes; Django looks after its own updates. With the
/// columns that change: only those that refer to another table are checked later.
fn writes(statement: &Statement) -> Option<(&TableName, Option<&[ColumnName]>)> {
    let Statement::ByHand(by_hand) = statement else {
        return None;
    };
    match &**by_hand {
        ByHand::Update { table, columns, .. } if !columns.is_empty() => {
            Some((table, Some(columns)))
        }
        ByHand::Insert { table, .. } | ByHand::Update { table, .. } => Some((table, None)),
        _ => None,
    }
}

fn sets_constraints(statement: &Statement) -> bool {
    matches!(statement, Statement::ByHand(by_hand) if matches!(**by_hand, ByHand::SetConstraints))
}

/// Whether a statement changes the definition of a table, or builds an index on it.
fn changes(statement: &Statement, effects: &Effects, table: &TableName) -> bool {
    if let Statement::CreateIndex(index) = statement {
        return index.table == *table && effects.blocks_writes_on(table);
    }
    let alters = matches!(
        statement,
        Statement::AddColumn { .. }
            | Statement::DropColumn { .. }
            | Statement::AlterColumn { .. }
            | Statement::AddConstraint { .. }
            | Statement::DropConstraint { .. }
            | Statement::RenameColumn { .. }
            | Statement::DropTable { .. }
    );
    alters && effects.blocks_reads_on(table)
}

/// Whether a table refers to another one, by one of the columns if these are known, as far
/// as the models tell.
fn has_foreign_key(
    execution: &Execution<'_>,
    table: &TableName,
    columns: Option<&[ColumnName]>,
) -> bool {
    let models = execution.before.models();
    let mut own = models.filter(|model| execution.server.table_of(model).as_ref() == Some(table));
    own.any(|model| {
        let fields = model.local_fields();
        fields.known().is_some_and(|fields| {
            fields.iter().any(|field| {
                let is_key = matches!(
                    field.field.kind.known(),
                    Some(FieldKind::ForeignKey | FieldKind::OneToOneField)
                );
                let column = model.column(field);
                let column = column.known().and_then(Option::as_ref);
                let is_meant = columns.is_none_or(|columns| {
                    let mut names = columns.iter().map(ColumnName::as_str);
                    column.is_some_and(|it| names.any(|name| name.eq_ignore_ascii_case(it)))
                });
                is_key && is_meant && field.field.flag("db_constraint", true) == Some(true)
            })
        })
    })
}

fn finding(
    execution: &Execution<'_>,
    earlier: &Action<'_>,
    action: &Action<'_>,
    table: &TableName,
) -> Diagnostic {
    let table = table.as_str();
    let message =
        format!("`{table}` is changed after its rows were written in the same transaction");
    let title = execution.server.dialect.title;
    let finding = RULE
        .on_action(execution, action, message)
        .label(earlier.place, "rows are written here")
        .note(format!(
            "{title} refuses it, because of \"pending trigger events\": the foreign keys of \
             the rows are not checked yet"
        ));
    let advice = Advice::alike("write the rows in a migration of its own");
    advise(finding, execution.migration, advice)
}
