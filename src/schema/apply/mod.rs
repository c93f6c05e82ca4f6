//! Operations: what `state_forwards` of each does, and what Django would refuse.
//!
//! Source: `django/db/migrations/{state,operations/*}.py`, 5.2. What changes the state
//! is Django's to the letter. Beyond that, what `database_forwards` would fail on is a
//! fault as well, where it is sure to fail; the change is made all the same, so that
//! what follows is judged as the author meant it.

mod check;
mod fields;
mod indexes;
mod methods;
mod models;

use std::sync::Arc;

use smol_str::SmolStr;

use super::fault::Fault;
use super::key::ModelKey;
use super::replay::{self, Decide, Log, Thing, depends_on_database};
use super::state::{ModelState, ProjectState};
use crate::base::Span;
use crate::ir::operation::StateEffect;
use crate::ir::{AppLabel, ModelName, Operation, OperationKind, Unknown};

/// Which side of an operation is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Both,
    /// Below `state_operations`: the database stays as it is.
    State,
}

/// One operation on its way into a state.
pub(super) struct Apply<'a> {
    state: &'a mut ProjectState,
    log: &'a mut Log,
    app: &'a AppLabel,
    mode: Mode,
    operation: &'a Operation,
}

impl<'a> Apply<'a> {
    pub(super) fn run(
        state: &'a mut ProjectState,
        log: &'a mut Log,
        app: &'a AppLabel,
        decide: Option<Decide<'_>>,
        operation: &'a Operation,
        mode: Mode,
    ) {
        let mut is_open = false;
        if let Some(condition) = &operation.condition {
            match decide.and_then(|leaf| replay::decide(condition, leaf)) {
                Some(false) => return,
                Some(true) => {}
                None => is_open = true,
            }
        }
        let was_silent = log.is_silent;
        log.is_silent |= is_open;
        match operation.methods.as_ref().map(|it| &it.state_forwards) {
            Some(Some(changes)) => {
                methods::change(state, log, app, decide, (operation, mode), changes);
            }
            Some(None) | None => run_nested(state, log, app, decide, operation, mode),
        }
        log.is_silent = was_silent;
    }

    fn key(&self, name: &ModelName) -> ModelKey {
        ModelKey::new(self.app, name)
    }

    /// What the operation says of a part of it that was not understood.
    fn not_understood(&self) -> Option<Arc<Unknown>> {
        let first = self.operation.not_understood.first()?;
        Some(Arc::new(first.clone()))
    }

    /// Changes the model of an operation. If there is none, that is a fault.
    fn change<T>(
        &mut self,
        name: &ModelName,
        change: impl FnOnce(&mut ModelState) -> T,
    ) -> Option<T> {
        let key = self.key(name);
        let is_silent = self.log.is_silent;
        let span = self.operation.span;
        let changed = self.state.change(&key, |model| {
            if is_silent {
                model.uncertain = Some(depends_on_database(span));
            }
            change(model)
        });
        self.log.touched += 1;
        if changed.is_none() {
            self.unknown_model(key);
        }
        changed
    }

    /// Notes that an operation is about a model. If there is none, that is a fault.
    fn touch(&mut self, name: &ModelName) -> bool {
        if self.log.is_silent {
            // What the operation does to the model is in doubt.
            return self.change(name, |_| ()).is_some();
        }
        self.find(name).is_some()
    }

    /// The model of an operation. If there is none, that is a fault.
    fn find(&mut self, name: &ModelName) -> Option<Arc<ModelState>> {
        let key = self.key(name);
        self.log.touched += 1;
        let found = self.state.state_of(&key).cloned();
        if found.is_none() {
            self.unknown_model(key);
        }
        found
    }

    fn unknown_model(&mut self, model: ModelKey) {
        if self.state.why_incomplete(model.app()).is_some() {
            return;
        }
        let thing = Thing::Model(model.clone());
        let gone = self.log.gone.get(&thing).cloned();
        let fault = Fault::UnknownModel {
            models: self.state.names_of_app(model.app()),
            model,
            gone,
        };
        self.log.tell(thing, self.place(), fault);
    }

    fn place(&self) -> Span {
        self.operation.name_span
    }

    /// Nothing is known of the app's models from here on.
    fn blur(&mut self, why: Unknown) {
        self.state.blur(self.app, why);
    }
}

fn run_nested(
    state: &mut ProjectState,
    log: &mut Log,
    app: &AppLabel,
    decide: Option<Decide<'_>>,
    operation: &Operation,
    mode: Mode,
) {
    match &operation.kind {
        OperationKind::SeparateDatabaseAndState {
            database_operations,
            state_operations,
        } => {
            // What the database side does to the models is taken back.
            if mode == Mode::Both && !database_operations.is_empty() {
                let before = state.mark();
                for operation in database_operations {
                    Apply::run(state, log, app, decide, operation, Mode::Both);
                }
                state.undo_to(before);
            }
            for operation in state_operations {
                Apply::run(state, log, app, decide, operation, Mode::State);
            }
        }
        OperationKind::RunSql(run_sql) => {
            for operation in &run_sql.state_operations {
                Apply::run(state, log, app, decide, operation, Mode::State);
            }
        }
        _ => Apply {
            state,
            log,
            app,
            mode,
            operation,
        }
        .leaf(),
    }
}

impl Apply<'_> {
    fn leaf(&mut self) {
        match &self.operation.kind {
            OperationKind::CreateModel(create) => self.create_model(create),
            OperationKind::DeleteModel { name } => self.delete_model(name),
            OperationKind::RenameModel { old_name, new_name } => {
                self.rename_model(old_name, new_name);
            }
            OperationKind::AlterModelTable { name, table } => {
                self.alter_text(name, "db_table", table.as_ref());
            }
            OperationKind::AlterModelTableComment { name, comment } => {
                self.alter_text(name, "db_table_comment", comment.as_ref());
            }
            OperationKind::AlterModelOptions { name, options } => {
                self.alter_model_options(name, options);
            }
            OperationKind::AlterModelManagers { name, managers } => {
                self.change(name, |model| model.managers = Arc::clone(managers));
            }
            OperationKind::AlterOrderWithRespectTo {
                name,
                order_with_respect_to,
            } => {
                let field = order_with_respect_to.as_ref();
                self.alter_order(name, field);
            }
            OperationKind::AlterTogether {
                name,
                option,
                fields,
            } => self.alter_together(name, *option, fields),
            OperationKind::AddField {
                model_name,
                name,
                field,
                preserve_default,
            } => self.add_field(model_name, name, field, *preserve_default),
            OperationKind::AlterField {
                model_name,
                name,
                field,
                preserve_default,
            } => self.alter_field(model_name, name, field, *preserve_default),
            OperationKind::RemoveField { model_name, name } => {
                self.remove_field(model_name, name);
            }
            OperationKind::RenameField {
                model_name,
                old_name,
                new_name,
            } => self.rename_field(model_name, old_name, new_name),
            OperationKind::AddIndex {
                model_name, index, ..
            } => self.add_index(model_name, index),
            OperationKind::RemoveIndex {
                model_name, name, ..
            } => self.remove_index(model_name, name),
            OperationKind::RenameIndex {
                model_name,
                new_name,
                old_name,
                old_fields,
            } => match (old_fields, old_name) {
                (Some(fields), _) if !fields.is_empty() => {
                    self.name_index(model_name, new_name, fields);
                }
                (_, Some(old_name)) => self.rename_index(model_name, old_name, new_name),
                (_, None) => {}
            },
            OperationKind::AddConstraint {
                model_name,
                constraint,
                ..
            } => self.add_constraint(model_name, constraint),
            OperationKind::RemoveConstraint { model_name, name } => {
                self.remove_constraint(model_name, name);
            }
            OperationKind::AlterConstraint {
                model_name,
                name,
                constraint,
            } => self.alter_constraint(model_name, name, constraint),
            OperationKind::ValidateConstraint { model_name, .. } => {
                if self.mode == Mode::Both {
                    self.find(model_name);
                }
            }
            OperationKind::Opaque(opaque) => match opaque.state_effect {
                StateEffect::None => {}
                StateEffect::App => {
                    let why = Unknown::new(self.operation.name_span, opaque.reason.clone());
                    self.blur(why);
                }
            },
            OperationKind::RunPython(_)
            // Nothing but its methods.
            | OperationKind::Custom(_)
            | OperationKind::CreateExtension { .. }
            | OperationKind::CreateCollation(_)
            | OperationKind::RemoveCollation(_)
            // Taken apart before.
            | OperationKind::SeparateDatabaseAndState { .. }
            | OperationKind::RunSql(_) => {}
        }
    }
}

fn smol(name: &crate::ir::FieldName) -> SmolStr {
    name.to_smol()
}
