//! Project states, and Django's methods of operations that run on them.

use std::cell::Cell;
use std::rc::Rc;

use smol_str::SmolStr;

use super::super::object::{Arguments, Call, Item, Obj};
use super::super::{Eval, Evaluator};
use super::{Changed, Effect, Host, host, model_ref};
use crate::base::Span;
use crate::ir::Unknown;
use crate::ir::procedure::{SchemaTest, StateId, Way};

impl Evaluator<'_> {
    /// `apps.get_model(app_label, model_name)`, also as one label.
    pub(super) fn app_model(
        &mut self,
        state: &Cell<StateId>,
        args: &Arguments,
        span: Span,
    ) -> Eval {
        let mut given = [("app_label", 0), ("model_name", 1)].map(|(keyword, at)| {
            let named = args.keywords.iter().find(|(key, _)| key == keyword);
            args.positional
                .get(at)
                .or(named.map(|(_, item)| item))
                .cloned()
        });
        for item in given.iter_mut().flatten() {
            item.obj = self.force(&item.obj, item.span)?;
        }
        let [app, model] = given.map(|item| item.map(|item| item.obj));
        Ok(match (app, model) {
            (Some(Obj::Str(app)), Some(Obj::Str(model))) => {
                host(Host::Model(model_ref(state, &app, &model)))
            }
            (Some(Obj::Str(label)), None) => match label.split_once('.') {
                Some((app, model)) => host(Host::Model(model_ref(state, app, model))),
                None => Obj::unknown(span, "which model it is, is not known"),
            },
            _ => Obj::unknown(span, "which model it is, is not known"),
        })
    }

    /// Methods of Django's operations, called on an object or through `super()`; `None`
    /// if it is none of them.
    pub(in crate::python::eval) fn operation_method(
        &mut self,
        operation: &Rc<Call>,
        name: &str,
        args: &Arguments,
        span: Span,
    ) -> Eval<Option<Obj>> {
        if self.recorder.is_none() {
            return Ok(None);
        }
        let state = |at: usize, keyword: &str| {
            let named = args.keywords.iter().find(|(key, _)| key == keyword);
            let item = args.positional.get(at).or(named.map(|(_, item)| item))?;
            match &item.obj {
                Obj::Host(host) => match &**host {
                    Host::State(state) => Some(Rc::clone(state)),
                    _ => None,
                },
                _ => None,
            }
        };
        Ok(Some(match name {
            "database_forwards" | "database_backwards" => {
                let (Some(from), Some(to)) = (state(2, "from_state"), state(3, "to_state")) else {
                    let reason = "the states that the operation runs on could not be read";
                    return Ok(Some(self.note_unknown(span, reason)));
                };
                let way = if name == "database_forwards" {
                    Way::Forwards
                } else {
                    Way::Backwards
                };
                let effect = Effect::Run {
                    operation: Rc::clone(operation),
                    way,
                    from: from.get(),
                    to: to.get(),
                };
                self.note(effect, span);
                Obj::None
            }
            "state_forwards" => {
                match state(1, "state") {
                    Some(state) => {
                        let changed = Changed::Operation(Rc::clone(operation));
                        self.change(&state, changed, span);
                    }
                    None => {
                        self.note_unknown(span, "the state that it changes could not be read");
                    }
                }
                Obj::None
            }
            "allow_migrate_model" => {
                let model = args.positional.get(1).map(|item| &item.obj);
                match model {
                    Some(Obj::Host(model)) => match &**model {
                        Host::Model(model) => {
                            let test = SchemaTest::Migrates(model.clone());
                            self.answer(test, span)
                        }
                        _ => return Ok(None),
                    },
                    _ => return Ok(None),
                }
            }
            _ => return Ok(None),
        }))
    }

    pub(in crate::python::eval) fn set_host_attribute(
        &mut self,
        object: &Host,
        name: &str,
        item: Item,
    ) {
        let span = item.span;
        match (object, name) {
            (Host::ModelState(state, app, model), "bases") => {
                let changed = Changed::Bases {
                    app: app.clone(),
                    model: model.clone(),
                    bases: item,
                };
                self.change(state, changed, span);
            }
            (
                Host::State(state) | Host::ModelState(state, ..) | Host::ModelOptions(state, ..),
                _,
            ) => {
                let unknown = Unknown::new(span, format!("it sets `{name}` of the state"));
                self.change(state, Changed::Unknown(unknown), span);
            }
            _ => {
                self.note_unknown(span, format!("it sets `{name}` of what it was given"));
            }
        }
    }

    pub(in crate::python::eval) fn set_host_item(&mut self, object: &Host, key: &Item, item: Item) {
        let span = item.span;
        match object {
            Host::ModelOptions(state, app, model) => {
                self.set_option(state, (app, model), key, item, span);
            }
            Host::ModelStates(state) | Host::ModelState(state, ..) => {
                let unknown = Unknown::new(span, "it sets a model of the state");
                self.change(state, Changed::Unknown(unknown), span);
            }
            _ => {
                self.note_unknown(span, "it sets an element of what it was given");
            }
        }
    }

    pub(super) fn set_option(
        &mut self,
        state: &Cell<StateId>,
        (app, model): (&SmolStr, &SmolStr),
        key: &Item,
        value: Item,
        span: Span,
    ) {
        let changed = match &key.obj {
            Obj::Str(key) => Changed::Option {
                app: app.clone(),
                model: model.clone(),
                key: key.clone(),
                value,
            },
            _ => Changed::Unknown(Unknown::new(span, "which option it is, is not known")),
        };
        self.change(state, changed, span);
    }
}
