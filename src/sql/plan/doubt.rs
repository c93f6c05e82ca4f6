//! What an operation that could not be planned may have done to the database.
//!
//! ```text
//! FakeAddIndex("order", index)     its own `database_forwards` was not read, so that
//!                                  `shop_order` may have the index or not
//! ```

use smol_str::SmolStr;

use super::model::{Head, is_automatic, through};
use super::operations::Context;
use super::{Planned, Setup};
use crate::ir::operation::RunSql;
use crate::ir::{Known, Operation, OperationKind};
use crate::schema::{Model, ModelKey, ProjectState};
use crate::sql::catalog::Catalog;
use crate::sql::ddl::TableName;

/// Which names the tables have that an operation is about is not known after it.
pub(super) fn cast(
    catalog: &mut Catalog,
    context: &Context<'_>,
    states: [&ProjectState; 2],
    after: &SmolStr,
) {
    for state in states {
        visit(context, state, context.operation, &mut |model| {
            for table in tables(context.planner.setup, model) {
                catalog.doubt(&table, after);
            }
        });
    }
}

fn visit(
    context: &Context<'_>,
    state: &ProjectState,
    operation: &Operation,
    see: &mut impl FnMut(&Model<'_>),
) {
    let mut named = |name| {
        if let Some(model) = state.model(&ModelKey::new(context.app, name)) {
            see(&model);
        }
    };
    match &operation.kind {
        OperationKind::SeparateDatabaseAndState {
            database_operations,
            ..
        } => {
            for operation in database_operations {
                visit(context, state, operation, see);
            }
        }
        OperationKind::RenameModel { old_name, new_name } => {
            named(old_name);
            named(new_name);
        }
        // What is handwritten and known is not looked at either.
        OperationKind::RunSql(run) if is_known(run) => {}
        OperationKind::RunSql(_) | OperationKind::Custom(_) | OperationKind::Opaque(_) => {
            for model in state.models_of(context.app) {
                see(&model);
            }
        }
        _ => {
            if let Some(name) = operation.model_name() {
                named(name);
            }
        }
    }
}

fn is_known(run: &RunSql) -> bool {
    let is_known = |sql: &Known<_>| matches!(sql, Known::Yes(_));
    is_known(&run.sql) && run.reverse_sql.as_ref().is_none_or(is_known)
}

/// A model's own table and those of its many-to-many fields; none where not even their
/// names are known, so that nothing can be planned for them.
fn tables(setup: Setup<'_>, model: &Model<'_>) -> Vec<TableName> {
    let own = Head::of(setup, model).map(|head| head.name);
    let fields = model.local_many_to_many();
    let automatic = fields.iter().filter(|field| is_automatic(field));
    let between = automatic.map(|field| Ok(through(setup, model, field)?.table.head.name));
    let all = std::iter::once(own).chain(between);
    all.filter_map(Planned::ok).collect()
}
