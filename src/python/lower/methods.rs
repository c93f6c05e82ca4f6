//! Methods of an operation's own class: evaluated, and what they do as IR.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use smol_str::SmolStr;

use super::super::eval::Exception;
use super::super::eval::host::{Changed, Effect, Host, Noted, Recorder, host};
use super::super::eval::object::{Arguments, Call, Class, Item, Obj};
use super::Lowering;
use super::value::Follow;
use crate::base::{Span, Spanned};
use crate::ir::procedure::{
    Action, Change, ConstraintSource, FieldSource, IndexSource, Methods, ModelRef, Procedure,
    StateChange, StateId, Step, Text,
};
use crate::ir::value::Condition;
use crate::ir::{FieldName, Known, ModelName, Operation, OperationKind, Unknown, Value};

/// Operations of methods are lowered no deeper one inside the other.
const MAX_NESTED: u32 = 4;

impl Lowering<'_> {
    /// What the methods of an operation's class do; `None` if it has none of its own.
    pub(super) fn methods(
        &mut self,
        call: &Rc<Call>,
        class: &Rc<Class>,
        span: Span,
    ) -> Option<Box<Methods>> {
        let state_forwards = self.own_method(class, "state_forwards");
        let forwards = self.own_method(class, "database_forwards");
        let backwards = self.own_method(class, "database_backwards");
        let describe = self.own_method(class, "describe");
        let [reversible, reduces_to_sql] =
            ["reversible", "reduces_to_sql"].map(|name| self.own_flag(call, class, name));
        let is_plain = state_forwards.is_none()
            && forwards.is_none()
            && backwards.is_none()
            && describe.is_none()
            && reversible.is_none()
            && reduces_to_sql.is_none();
        if is_plain {
            return None;
        }
        if self.method_depth >= MAX_NESTED {
            let unknown = Unknown::new(span, "its operations are nested too deeply");
            return Some(Box::new(Methods {
                state_forwards: Some(vec![unknown_change(unknown)]),
                ..Methods::default()
            }));
        }
        self.method_depth += 1;
        let methods = Methods {
            state_forwards: state_forwards.map(|method| self.state_method(call, &method, span)),
            database_forwards: forwards.map(|method| self.database_method(call, &method, span)),
            database_backwards: backwards.map(|method| self.database_method(call, &method, span)),
            description: describe.map(|method| self.description(call, &method, span)),
            reversible,
            reduces_to_sql,
        };
        self.method_depth -= 1;
        Some(Box::new(methods))
    }

    /// A method that the class, or one below Django's, has.
    fn own_method(&mut self, class: &Rc<Class>, name: &str) -> Option<Obj> {
        self.evaluator
            .class_attribute(class, name)
            .map(|(method, _)| method)
    }

    fn own_flag(&mut self, call: &Rc<Call>, class: &Rc<Class>, name: &str) -> Option<bool> {
        let set = call.state.borrow().attributes.get(name).cloned();
        let own = set.or_else(|| self.own_method(class, name))?;
        match own {
            Obj::Bool(flag) => Some(flag),
            // A property, such as `reversible` of an operation with a condition.
            Obj::Function(function) => {
                let object = Some(Obj::Call(Rc::clone(call)));
                let args = Arguments::default();
                let span = call.callee_span;
                match self.evaluator.call_function(&function, object, args, span) {
                    Ok(Obj::Bool(flag)) => Some(flag),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Calls a method with what Django hands to it, and records what it does.
    fn run_method(
        &mut self,
        call: &Rc<Call>,
        method: &Obj,
        states: &[StateId],
        with_editor: bool,
        span: Span,
    ) -> (Result<Obj, Unknown>, Recorder) {
        let mut positional = vec![Obj::str(self.app.as_str())];
        if with_editor {
            positional.push(host(Host::SchemaEditor));
        }
        let states = states.iter();
        positional.extend(states.map(|state| host(Host::State(Rc::new(Cell::new(*state))))));
        let positional = positional.into_iter().map(|obj| Item::new(obj, span));
        let args = Arguments {
            positional: positional.collect(),
            ..Arguments::default()
        };
        self.call_recorded(call, method, args, span)
    }

    fn call_recorded(
        &mut self,
        call: &Rc<Call>,
        method: &Obj,
        args: Arguments,
        span: Span,
    ) -> (Result<Obj, Unknown>, Recorder) {
        let initialised = self.evaluator.initialise(call, span);
        let (result, recorder) = self.evaluator.recorded(|evaluator| {
            initialised?;
            match method {
                Obj::Function(function) => {
                    let object = Some(Obj::Call(Rc::clone(call)));
                    evaluator.call_function(function, object, args, span)
                }
                other => Ok(Obj::Unknown(evaluator.unknown_of(other, span))),
            }
        });
        let result = match result {
            Ok(_) if recorder.is_cut_short => Err(Unknown::new(
                span,
                "evaluating the file takes too many steps",
            )),
            Ok(Obj::Unknown(unknown)) if !matches!(method, Obj::Function(_)) => {
                Err((*unknown).clone())
            }
            result => result.map_err(Exception::into_unknown),
        };
        (result, recorder)
    }

    fn description(&mut self, call: &Rc<Call>, method: &Obj, span: Span) -> Known<SmolStr> {
        let (result, _) = self.call_recorded(call, method, Arguments::default(), span);
        match result {
            Ok(obj) => match self.text(&Item::new(obj, span)) {
                Ok(text) => Known::Yes(text),
                Err(unknown) => Known::No(unknown),
            },
            Err(unknown) => Known::No(unknown),
        }
    }

    fn state_method(&mut self, call: &Rc<Call>, method: &Obj, span: Span) -> Vec<StateChange> {
        let (result, recorder) = self.run_method(call, method, &[StateId::FROM], false, span);
        if let Err(unknown) = result {
            return vec![unknown_change(unknown)];
        }
        // A copy that was changed as well would not be the state that counts.
        let is_chain = recorder
            .states
            .iter()
            .enumerate()
            .all(|(at, (base, _))| base.derived() == at.checked_sub(1));
        if !is_chain {
            let unknown = Unknown::new(span, "it changes several states");
            return vec![unknown_change(unknown)];
        }
        let mut changes = self.state_changes(call, recorder.states);
        for noted in recorder.effects {
            if let Effect::Unknown(unknown) = noted.what {
                changes.push(StateChange {
                    condition: noted.condition,
                    ..unknown_change(unknown)
                });
            }
        }
        changes
    }

    fn state_changes(
        &mut self,
        call: &Rc<Call>,
        states: Vec<(StateId, Noted<Changed>)>,
    ) -> Vec<StateChange> {
        let states = states.into_iter();
        states
            .map(|(base, noted)| {
                let change = self
                    .state_change(call, noted.what, noted.span)
                    .unwrap_or_else(Change::Unknown);
                StateChange {
                    base,
                    condition: noted.condition,
                    change,
                    span: noted.span,
                }
            })
            .collect()
    }

    fn state_change(
        &mut self,
        own: &Rc<Call>,
        changed: Changed,
        span: Span,
    ) -> Result<Change, Unknown> {
        Ok(match changed {
            Changed::Operation(call) if Rc::ptr_eq(&call, own) => Change::Inherited,
            Changed::Operation(call) => {
                let mut operations = self.as_django_runs(&call, span)?;
                match (operations.pop(), operations.is_empty()) {
                    (Some(operation), true) if operation.condition.is_none() => {
                        Change::Operation(Box::new(operation))
                    }
                    _ => return Err(Unknown::new(span, "it depends on the database")),
                }
            }
            Changed::Method { method, args } => {
                let mut operation = self.state_method_operation(&method, &args, span)?;
                match operation.not_understood.pop() {
                    Some(unknown) => return Err(unknown),
                    None => Change::Operation(Box::new(operation)),
                }
            }
            Changed::Bases { app, model, bases } => {
                let mut not_understood = Vec::new();
                let bases = self.bases(&bases, &mut not_understood)?;
                match not_understood.pop() {
                    Some(unknown) => return Err(unknown),
                    None => Change::Bases { app, model, bases },
                }
            }
            Changed::Option {
                app,
                model,
                key,
                value,
            } => Change::Option {
                app,
                model,
                key,
                value: self.value(&value, Follow::Yes),
            },
            Changed::Unknown(unknown) => return Err(unknown),
        })
    }

    /// The operation whose state side a method of `ProjectState` is.
    /// Source: `django/db/migrations/state.py`, 5.2.
    fn state_method_operation(
        &mut self,
        method: &str,
        args: &Arguments,
        span: Span,
    ) -> Result<Operation, Unknown> {
        let require = |at: usize, name: &str| {
            argument(args, at, name)
                .cloned()
                .ok_or_else(|| Unknown::new(span, format!("the argument `{name}` is missing")))
        };
        let app = self.text(&require(0, "app_label")?)?;
        if app != self.app.as_str() {
            return Err(Unknown::new(span, "it changes a model of another app"));
        }
        let mut not_understood = Vec::new();
        let kind = match method {
            "remove_model" => OperationKind::DeleteModel {
                name: ModelName::new(self.text(&require(1, "model_name")?)?),
            },
            "rename_model" => OperationKind::RenameModel {
                old_name: ModelName::new(self.text(&require(1, "old_name")?)?),
                new_name: ModelName::new(self.text(&require(2, "new_name")?)?),
            },
            _ => {
                let model_name = ModelName::new(self.text(&require(1, "model_name")?)?);
                match method {
                    "remove_field" => OperationKind::RemoveField {
                        model_name,
                        name: FieldName::new(self.text(&require(2, "name")?)?),
                    },
                    "rename_field" => OperationKind::RenameField {
                        model_name,
                        old_name: FieldName::new(self.text(&require(2, "old_name")?)?),
                        new_name: FieldName::new(self.text(&require(3, "new_name")?)?),
                    },
                    "add_field" | "alter_field" => {
                        let name = FieldName::new(self.text(&require(2, "name")?)?);
                        let field = self.field(&require(3, "field")?, &mut not_understood)?;
                        let field = Arc::new(field);
                        let preserve_default = self.boolean(&require(4, "preserve_default")?)?;
                        if method == "add_field" {
                            OperationKind::AddField {
                                model_name,
                                name,
                                field,
                                preserve_default,
                            }
                        } else {
                            OperationKind::AlterField {
                                model_name,
                                name,
                                field,
                                preserve_default,
                            }
                        }
                    }
                    "add_index" => OperationKind::AddIndex {
                        model_name,
                        index: Arc::new(self.index(&require(2, "index")?, &mut not_understood)?),
                        concurrently: false,
                    },
                    "add_constraint" => {
                        let item = require(2, "constraint")?;
                        OperationKind::AddConstraint {
                            model_name,
                            constraint: Arc::new(self.constraint(&item, &mut not_understood)?),
                            not_valid: false,
                        }
                    }
                    _ => return Err(Unknown::new(span, "it is not evaluated")),
                }
            }
        };
        Ok(Operation {
            kind,
            span,
            name_span: span,
            class: SmolStr::new(format!("django.db.migrations.state.ProjectState.{method}")),
            methods: None,
            condition: None,
            not_understood,
            written: None,
        })
    }

    fn database_method(&mut self, call: &Rc<Call>, method: &Obj, span: Span) -> Procedure {
        let states = [StateId::FROM, StateId::TO];
        let (result, recorder) = self.run_method(call, method, &states, true, span);
        if let Err(unknown) = result {
            return Procedure {
                steps: vec![Step {
                    condition: None,
                    span: unknown.span,
                    action: Action::Unknown(unknown),
                }],
                states: Vec::new(),
            };
        }
        let mut steps = Vec::new();
        for noted in recorder.effects {
            let before = steps.len();
            if let Err(unknown) = self.steps(call, &noted, &mut steps) {
                steps.truncate(before);
                steps.push(Step {
                    condition: noted.condition,
                    action: Action::Unknown(unknown),
                    span: noted.span,
                });
            }
        }
        Procedure {
            steps,
            states: self.state_changes(call, recorder.states),
        }
    }

    fn steps(
        &mut self,
        own: &Rc<Call>,
        noted: &Noted<Effect>,
        out: &mut Vec<Step>,
    ) -> Result<(), Unknown> {
        let span = noted.span;
        let mut push = |condition: Option<Condition>, action: Action| {
            out.push(Step {
                condition,
                action,
                span,
            });
        };
        match &noted.what {
            Effect::Unknown(unknown) => return Err(unknown.clone()),
            Effect::Run {
                operation,
                way,
                from,
                to,
            } => {
                let (way, from, to) = (*way, *from, *to);
                if Rc::ptr_eq(operation, own) {
                    push(
                        noted.condition.clone(),
                        Action::Run {
                            operation: None,
                            way,
                            from,
                            to,
                        },
                    );
                    return Ok(());
                }
                for mut operation in self.as_django_runs(operation, span)? {
                    let conditions = [noted.condition.clone(), operation.condition.take()];
                    let mut conditions: Vec<Condition> = conditions.into_iter().flatten().collect();
                    let condition = match conditions.len() {
                        0 | 1 => conditions.pop(),
                        _ => Some(Condition::All(conditions)),
                    };
                    push(
                        condition,
                        Action::Run {
                            operation: Some(Box::new(operation)),
                            way,
                            from,
                            to,
                        },
                    );
                }
            }
            Effect::Edit { method, args } => {
                let action = self.edit(method, args, span)?;
                push(noted.condition.clone(), action);
            }
        }
        Ok(())
    }

    /// An operation as Django's class of it runs.
    fn as_django_runs(&mut self, call: &Rc<Call>, span: Span) -> Result<Vec<Operation>, Unknown> {
        let item = Item::new(Obj::Call(Rc::clone(call)), span);
        let mut operations = Vec::new();
        self.operation(&item, None, &mut operations)?;
        for operation in &mut operations {
            operation.methods = None;
        }
        Ok(operations)
    }

    /// A method of the schema editor.
    fn edit(&mut self, method: &str, args: &Arguments, span: Span) -> Result<Action, Unknown> {
        if let Some(unknown) = &args.unknown {
            return Err((**unknown).clone());
        }
        let at = |at: usize, name: &str| {
            argument(args, at, name)
                .ok_or_else(|| Unknown::new(span, format!("the argument `{name}` is missing")))
        };
        let concurrently = args
            .keywords
            .iter()
            .any(|(name, item)| name == "concurrently" && matches!(item.obj, Obj::Bool(true)));
        Ok(match method {
            "execute" => {
                // Without parameters, percent signs are doubled all the same: the
                // default is an empty tuple.
                let params = match argument(args, 1, "params") {
                    None => Some(Spanned::new(Value::Tuple(Vec::new()), span)),
                    Some(item) if matches!(item.obj, Obj::None) => None,
                    Some(item) => Some(self.value(item, Follow::Yes)),
                };
                if let Some(unknown) = params.as_ref().and_then(|it| it.value.first_unknown()) {
                    return Err(unknown.clone());
                }
                Action::Execute {
                    sql: self.text_with_holes(at(0, "sql")?)?,
                    params,
                }
            }
            "create_model" => Action::CreateModel(model(at(0, "model")?)?),
            "delete_model" => Action::DeleteModel(model(at(0, "model")?)?),
            "alter_db_table" => Action::RenameTable {
                from: self.text_with_holes(at(1, "old_db_table")?)?,
                to: self.text_with_holes(at(2, "new_db_table")?)?,
            },
            "add_field" => Action::AddField {
                model: model(at(0, "model")?)?,
                field: self.field_source(at(1, "field")?)?,
            },
            "remove_field" => Action::RemoveField {
                model: model(at(0, "model")?)?,
                field: self.field_source(at(1, "field")?)?,
            },
            "alter_field" => Action::AlterField {
                model: model(at(0, "model")?)?,
                old: self.field_source(at(1, "old_field")?)?,
                new: self.field_source(at(2, "new_field")?)?,
            },
            "add_index" => Action::AddIndex {
                model: model(at(0, "model")?)?,
                index: self.index_source(at(1, "index")?)?,
                concurrently,
            },
            "remove_index" => Action::RemoveIndex {
                model: model(at(0, "model")?)?,
                index: self.index_source(at(1, "index")?)?,
                concurrently,
            },
            "add_constraint" => Action::AddConstraint {
                model: model(at(0, "model")?)?,
                constraint: self.constraint_source(at(1, "constraint")?)?,
            },
            "remove_constraint" => Action::RemoveConstraint {
                model: model(at(0, "model")?)?,
                constraint: self.constraint_source(at(1, "constraint")?)?,
            },
            method => {
                let reason = format!("what `schema_editor.{method}` does is not evaluated");
                return Err(Unknown::new(span, reason));
            }
        })
    }

    fn text_with_holes(&mut self, item: &Item) -> Result<Text, Unknown> {
        match &item.obj {
            Obj::Str(text) => self.evaluator.text(text).ok_or_else(|| {
                Unknown::new(item.span, "the text is known only to the running migration")
            }),
            other => Err((*self.evaluator.unknown_of(other, item.span)).clone()),
        }
    }

    fn field_source(&mut self, item: &Item) -> Result<FieldSource, Unknown> {
        match &item.obj {
            Obj::Host(host) => match &**host {
                Host::Field(field) => Ok(FieldSource::Model(field.clone())),
                _ => Err(Unknown::new(item.span, "it is not a field")),
            },
            Obj::Call(call) => {
                let name = call.state.borrow().attributes.get("name").cloned();
                let Some(Obj::Str(name)) = name else {
                    return Err(Unknown::new(item.span, "the field has no name"));
                };
                let mut not_understood = Vec::new();
                let field = self.field(item, &mut not_understood)?;
                match not_understood.pop() {
                    Some(unknown) => Err(unknown),
                    None => Ok(FieldSource::New {
                        name,
                        field: Arc::new(field),
                    }),
                }
            }
            other => Err((*self.evaluator.unknown_of(other, item.span)).clone()),
        }
    }

    fn index_source(&mut self, item: &Item) -> Result<IndexSource, Unknown> {
        if let Obj::Host(host) = &item.obj
            && let Host::IndexOf(model, name) = &**host
        {
            return Ok(IndexSource::Named {
                model: model.clone(),
                name: name.clone(),
            });
        }
        let mut not_understood = Vec::new();
        let index = self.index(item, &mut not_understood)?;
        match not_understood.pop() {
            Some(unknown) => Err(unknown),
            None => Ok(IndexSource::New(Arc::new(index))),
        }
    }

    fn constraint_source(&mut self, item: &Item) -> Result<ConstraintSource, Unknown> {
        if let Obj::Host(host) = &item.obj
            && let Host::ConstraintOf(model, name) = &**host
        {
            return Ok(ConstraintSource::Named {
                model: model.clone(),
                name: name.clone(),
            });
        }
        let mut not_understood = Vec::new();
        let constraint = self.constraint(item, &mut not_understood)?;
        match not_understood.pop() {
            Some(unknown) => Err(unknown),
            None => Ok(ConstraintSource::New(Arc::new(constraint))),
        }
    }
}

fn argument<'a>(args: &'a Arguments, at: usize, name: &str) -> Option<&'a Item> {
    let named = args.keywords.iter().find(|(key, _)| key == name);
    args.positional.get(at).or(named.map(|(_, item)| item))
}

fn model(item: &Item) -> Result<ModelRef, Unknown> {
    if let Obj::Host(host) = &item.obj
        && let Host::Model(model) = &**host
    {
        return Ok(model.clone());
    }
    Err(Unknown::new(item.span, "which model it is, is not known"))
}

fn unknown_change(unknown: Unknown) -> StateChange {
    StateChange {
        base: StateId::FROM,
        condition: None,
        span: unknown.span,
        change: Change::Unknown(unknown),
    }
}
