//! `database_forwards` and `database_backwards` of Django's operations, one file a
//! group.

mod fields;
mod indexes;
mod methods;
mod models;
mod postgres;
mod special;

use super::editor::Editor;
use super::model::{Head, can_migrate, model_of};
use super::{Direction, Planned, Planner, Setup};
use crate::ir::{AppLabel, ModelName, Operation, OperationKind, Unknown};
use crate::schema::{Model, ModelKey, ProjectState};

/// An operation on its way.
#[derive(Clone, Copy)]
pub(super) struct Context<'c> {
    pub(super) planner: &'c Planner<'c>,
    pub(super) app: &'c AppLabel,
    pub(super) operation: &'c Operation,
    pub(super) direction: Direction,
}

impl Context<'_> {
    fn setup(&self) -> Setup<'_> {
        self.planner.setup
    }

    fn is_forwards(&self) -> bool {
        self.direction == Direction::Forwards
    }

    /// A model that the operation names.
    fn model<'s>(&self, state: &'s ProjectState, name: &ModelName) -> Planned<Model<'s>> {
        model_of(
            state,
            &ModelKey::new(self.app, name),
            self.operation.name_span,
        )
    }

    fn head<'s>(&self, state: &'s ProjectState, name: &ModelName) -> Planned<Head<'s>> {
        Head::of(self.setup(), &self.model(state, name)?)
    }

    /// The model, if migrations change the database for it (`allow_migrate_model`).
    fn allowed<'s>(&self, state: &'s ProjectState, name: &ModelName) -> Planned<Option<Head<'s>>> {
        let model = self.model(state, name)?;
        if can_migrate(self.setup().server, &model)? {
            Head::of(self.setup(), &model).map(Some)
        } else {
            Ok(None)
        }
    }
}

/// Runs an operation from one state to another, whichever way.
pub(super) fn run(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    from: &ProjectState,
    to: &ProjectState,
) -> Planned<()> {
    let own = context.operation.methods.as_ref();
    let own = own.and_then(|methods| match context.direction {
        Direction::Forwards => methods.database_forwards.as_ref(),
        Direction::Backwards => methods.database_backwards.as_ref(),
    });
    match own {
        Some(procedure) => methods::run(editor, context, procedure, from, to),
        None => run_inherited(editor, context, from, to),
    }
}

/// Runs an operation as Django's class of it does.
fn run_inherited(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    from: &ProjectState,
    to: &ProjectState,
) -> Planned<()> {
    let operation = context.operation;
    if let Some(unknown) = operation.not_understood.first() {
        return Err(unknown.clone());
    }
    match &operation.kind {
        OperationKind::CreateModel(create) => {
            if context.is_forwards() {
                models::create(editor, context, to, &create.name)
            } else {
                models::delete(editor, context, from, &create.name)
            }
        }
        OperationKind::DeleteModel { name } => {
            if context.is_forwards() {
                models::delete(editor, context, from, name)
            } else {
                models::create_again(editor, context, to, name)
            }
        }
        OperationKind::RenameModel { old_name, new_name } => {
            let (old, new) = match context.direction {
                Direction::Forwards => (old_name, new_name),
                Direction::Backwards => (new_name, old_name),
            };
            models::rename(editor, context, (from, old), (to, new))
        }
        OperationKind::AlterModelTable { name, .. } => {
            models::rename_table(editor, context, from, to, name)
        }
        OperationKind::AlterModelTableComment { name, .. } => {
            models::comment(editor, context, to, name)
        }
        OperationKind::AlterTogether { name, option, .. } => {
            models::alter_together(editor, context, (from, to), name, *option)
        }
        OperationKind::AlterOrderWithRespectTo { name, .. } => {
            models::alter_order(editor, context, from, to, name)
        }
        OperationKind::AlterModelOptions { .. }
        | OperationKind::AlterModelManagers { .. }
        | OperationKind::AlterConstraint { .. } => Ok(()),
        OperationKind::AddField { .. }
        | OperationKind::RemoveField { .. }
        | OperationKind::AlterField { .. }
        | OperationKind::RenameField { .. } => fields::run(editor, context, from, to),
        OperationKind::AddIndex { .. }
        | OperationKind::RemoveIndex { .. }
        | OperationKind::RenameIndex { .. }
        | OperationKind::AddConstraint { .. }
        | OperationKind::RemoveConstraint { .. } => indexes::run(editor, context, from, to),
        OperationKind::ValidateConstraint { .. }
        | OperationKind::CreateExtension { .. }
        | OperationKind::CreateCollation(_)
        | OperationKind::RemoveCollation(_) => postgres::run(editor, context, from),
        OperationKind::SeparateDatabaseAndState {
            database_operations,
            ..
        } => special::separate(editor, context, database_operations, from, to),
        OperationKind::RunSql(run) => special::run_sql(editor, context, run),
        OperationKind::RunPython(_) | OperationKind::Custom(_) => Ok(()),
        OperationKind::Opaque(opaque) => {
            Err(Unknown::new(operation.name_span, opaque.reason.clone()))
        }
    }
}
