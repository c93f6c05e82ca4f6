//! `pending-trigger-events`: rows are written, and their table is changed in the same transaction.
//!
//! ```text
//! migrations.RunSQL("UPDATE shop_order SET customer_id = 1"),
//! migrations.AddField("order", "paid", models.BooleanField(null=True)),
//! ```
//!
//! PostgreSQL checks deferred foreign keys when the transaction ends, and refuses to
//! change the table before that.

use smol_str::SmolStr;

use crate::diag::{Diagnostic, Level};
use crate::ir::body::{Act, Function, ModelRef, Step};
use crate::ir::operation::RunPython;
use crate::ir::{FieldKind, FieldName};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Action, Deed, Execution};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::schema::{Model, ModelKey};
use crate::sql::ddl::{ByHand, ColumnName, ConstraintClass, Statement, TableName};
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
    let templates = &execution.server.dialect.templates;
    if templates.deferrable_foreign_key.is_empty() {
        return;
    }
    // What is written after the last change of a table is followed by none.
    let may_change = |action: &Action<'_>| {
        let statement = action.statement();
        statement.is_some_and(|(statement, _)| is_change(statement))
    };
    let Some(last) = execution.actions.iter().rposition(may_change) else {
        return;
    };
    let mut written: Vec<Written<'_, '_>> = Vec::new();
    for (at, action) in execution.actions.iter().enumerate().take(last + 1) {
        written.retain(|it| {
            it.action.transaction.is_some() && it.action.transaction == action.transaction
        });
        if let Some((statement, effects)) = action.statement() {
            if sets_constraints(statement) {
                written.clear();
            }
            // Django has a key checked before it drops it.
            if let Statement::DropConstraint {
                table,
                class: ConstraintClass::ForeignKey,
                ..
            } = statement
                && action.written.is_none()
            {
                written.retain(|it| it.table != *table);
            }
            let found = written
                .iter()
                .find(|it| changes(statement, effects, &it.table));
            if let Some(earlier) = found {
                out.push(finding(execution, earlier, action));
                return;
            }
        }
        if at == last || action.transaction.is_none() {
            continue;
        }
        let tables = match &action.deed {
            Deed::Statement { statement, .. } => by_sql(execution, statement),
            Deed::Python(run) => by_function(execution, run),
        };
        let tables = tables.into_iter().filter(|it| execution.is_old(it));
        written.extend(tables.map(|table| Written { action, table }));
    }
}

/// A table some of whose rows wait for their foreign keys to be checked.
struct Written<'e, 'p> {
    action: &'e Action<'p>,
    table: TableName,
}

/// The tables of which handwritten SQL leaves checks pending; Django looks after its own
/// updates.
///
/// PostgreSQL 15: an insert does, and an update of a key, on the table that refers; a
/// deletion does on the table that is referred to.
fn by_sql(execution: &Execution<'_>, statement: &Statement) -> Vec<TableName> {
    let Statement::ByHand(by_hand) = statement else {
        return Vec::new();
    };
    let (table, is_pending) = match &**by_hand {
        ByHand::Insert { table, .. } => (table, !keys(execution, table).is_empty()),
        ByHand::Update { table, columns, .. } => {
            let keys = keys(execution, table);
            let is_named = |key: &Key| {
                let mut names = columns.iter().map(ColumnName::as_str);
                columns.is_empty() || names.any(|name| name.eq_ignore_ascii_case(&key.column))
            };
            (table, keys.iter().any(is_named))
        }
        ByHand::Delete { table, .. } => (table, is_referred_to(execution, table)),
        _ => return Vec::new(),
    };
    is_pending.then(|| table.clone()).into_iter().collect()
}

/// The tables of which a function leaves checks pending, if it meets rows.
///
/// A row that is saved is written with all its columns, and PostgreSQL checks a key only
/// where it changes: so `save()` counts where the function makes rows or sets a key.
fn by_function(execution: &Execution<'_>, run: &RunPython) -> Vec<TableName> {
    let Some(function) = &run.forwards else {
        return Vec::new();
    };
    let mut tables = Vec::new();
    for step in &function.steps {
        let Some((model, write)) = write_of(function, &step.act) else {
            continue;
        };
        let ModelRef::State { app, name } = model else {
            continue;
        };
        let model = execution.before.model(&ModelKey::of(app, name));
        let Some(table) = model.and_then(|model| execution.server.table_of(&model)) else {
            continue;
        };
        let is_pending = match write {
            Write::New => !keys(execution, &table).is_empty(),
            Write::Fields(fields) => {
                let keys = keys(execution, &table);
                let is_set = |key: &Key| {
                    let mut fields = fields.iter();
                    fields.any(|name| {
                        let name = name.strip_suffix("_id").unwrap_or(name);
                        name == key.field.as_str()
                            || name == key.field.as_str().strip_suffix("_id").unwrap_or_default()
                    })
                };
                keys.iter().any(is_set)
            }
            Write::Gone => is_referred_to(execution, &table),
        };
        if is_pending && !tables.contains(&table) {
            tables.push(table);
        }
    }
    tables
}

/// How rows are written.
enum Write<'f> {
    New,
    /// These attributes are set.
    Fields(Vec<&'f str>),
    Gone,
}

fn write_of<'f>(function: &'f Function, act: &'f Act) -> Option<(&'f ModelRef, Write<'f>)> {
    match act {
        Act::Query {
            model,
            method,
            fields,
            ..
        } => {
            let write = match method.as_str() {
                "create" | "bulk_create" | "get_or_create" | "update_or_create" => Write::New,
                "update" | "bulk_update" => Write::Fields(fields.iter().map(|it| &**it).collect()),
                "delete" => Write::Gone,
                _ => return None,
            };
            Some((model, write))
        }
        Act::Save {
            model: Some(model),
            method,
        } => {
            let of_model = |step: &'f Step| match &step.act {
                Act::Assign { model: of, name } if of == model => Some(name.as_str()),
                _ => None,
            };
            let is_made = |step: &Step| matches!(&step.act, Act::Make { model: of } if of == model);
            let write = if method == "delete" {
                Write::Gone
            } else if function.steps.iter().any(is_made) {
                Write::New
            } else {
                Write::Fields(function.steps.iter().filter_map(of_model).collect())
            };
            Some((model, write))
        }
        _ => None,
    }
}

fn sets_constraints(statement: &Statement) -> bool {
    matches!(statement, Statement::ByHand(by_hand) if matches!(**by_hand, ByHand::SetConstraints))
}

/// Whether a statement changes the definition of a table, or builds an index on it.
fn changes(statement: &Statement, effects: &Effects, table: &TableName) -> bool {
    match statement {
        Statement::CreateIndex(index) => index.table == *table && effects.blocks_writes_on(table),
        // A table that refers to it may go.
        Statement::DropTable { table: dropped } => dropped == table,
        _ => is_change(statement) && effects.blocks_reads_on(table),
    }
}

/// Whether a statement changes the definition of some table, or builds an index on it.
const fn is_change(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::CreateIndex(_)
            | Statement::DropTable { .. }
            | Statement::AddColumn { .. }
            | Statement::DropColumn { .. }
            | Statement::AlterColumn { .. }
            | Statement::AddConstraint { .. }
            | Statement::DropConstraint { .. }
            | Statement::RenameColumn { .. }
    )
}

/// A foreign key that is checked at the end of a transaction: Django's.
struct Key {
    field: FieldName,
    column: SmolStr,
}

fn keys(execution: &Execution<'_>, table: &TableName) -> Vec<Key> {
    let holds = |model: &Model<'_>| execution.server.table_of(model).as_ref() == Some(table);
    let Some(model) = execution.before.models().find(holds) else {
        return Vec::new();
    };
    let fields = model.local_fields();
    let fields = fields.known().into_iter().flatten();
    let keys = fields.filter(|field| {
        let is_key = matches!(
            field.field.kind.known(),
            Some(FieldKind::ForeignKey | FieldKind::OneToOneField)
        );
        is_key && field.field.flag("db_constraint", true) == Some(true)
    });
    keys.filter_map(|field| {
        let column = model.column(field);
        Some(Key {
            field: field.name.clone(),
            column: column.known().and_then(Option::as_ref)?.clone(),
        })
    })
    .collect()
}

/// Whether a foreign key leads to a table.
fn is_referred_to(execution: &Execution<'_>, table: &TableName) -> bool {
    let referrers = execution.catalog.referring_tables(table, None);
    let mut referrers = referrers.iter();
    referrers.any(|referrer| !keys(execution, referrer).is_empty())
}

fn finding(
    execution: &Execution<'_>,
    earlier: &Written<'_, '_>,
    action: &Action<'_>,
) -> Diagnostic {
    let table = earlier.table.as_str();
    let message =
        format!("`{table}` is changed after its rows were written in the same transaction");
    let title = execution.server.dialect.title;
    let is_function = matches!(earlier.action.deed, Deed::Python(_));
    let here = if is_function {
        "a function writes rows here"
    } else {
        "rows are written here"
    };
    let mut finding = RULE
        .on_action(execution, action, message)
        .label(earlier.action.place, here)
        .note(format!(
            "{title} refuses it, because of \"pending trigger events\": the foreign keys of \
             the rows are not checked yet"
        ));
    if is_function {
        // It may find nothing to write.
        finding.level = Level::Warning;
    }
    let advice = Advice::alike("write the rows in a migration of its own");
    advise(finding, execution.migration, advice)
}
