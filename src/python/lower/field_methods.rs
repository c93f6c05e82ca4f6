//! Methods of a field's own class that decide on its column: evaluated to what they
//! give on each database.
//!
//! ```text
//! def db_type(self, connection):
//!     if connection.vendor == "postgresql":
//!         return "ltree"
//!     return super().db_type(connection)
//! ```

use std::rc::Rc;

use smol_str::SmolStr;

use super::super::eval::class::Ancestor;
use super::super::eval::host::Hole;
use super::super::eval::object::{Arguments, Call, Class, Item, Key, Obj};
use super::super::eval::{Evaluator, Exception};
use super::Lowering;
use super::delegation::sets_attribute;
use super::value::Follow;
use crate::base::Span;
use crate::ir::field::{OwnMethods, TypePiece, TypeText};
use crate::ir::value::{Choices, Condition, SpannedValue};
use crate::ir::{Known, Unknown, Value};

type Types = Known<Choices<Known<Option<TypeText>>>>;

/// Methods that a value goes through on its way into the database.
const OF_VALUES: [&str; 4] = [
    "to_python",
    "get_prep_value",
    "get_db_prep_value",
    "get_db_prep_save",
];

impl Lowering<'_> {
    /// What the methods of a field's class give; `None` if Django's class decides.
    pub(super) fn own_methods(
        &mut self,
        call: &Rc<Call>,
        class: &Rc<Class>,
        span: Span,
    ) -> Option<Box<OwnMethods>> {
        let mut has = |name: &str| self.evaluator.class_attribute(class, name).is_some();
        let [has_parameters, has_type, has_related, has_check] =
            ["db_parameters", "db_type", "rel_db_type", "db_check"].map(&mut has);
        let has_default = has("get_default");
        let has_values = has_default || OF_VALUES.iter().any(|name| has(name));
        if !(has_parameters || has_type || has_related || has_check || has_values) {
            return None;
        }
        let mut own = OwnMethods::default();
        if has_parameters {
            let parameters = self.evaluated(call, "db_parameters", connection(span), span);
            let part = |lowering: &mut Self, key: &str| {
                let part = match &parameters {
                    Ok(obj) => lowering.parameter(obj, key, span),
                    Err(unknown) => Err(unknown.clone()),
                };
                lowering.types(part, span)
            };
            own.db_type = Some(part(self, "type"));
            own.db_check = Some(part(self, "check"));
            own.db_collation = Some(part(self, "collation"));
        } else {
            if has_type {
                let found = self.evaluated(call, "db_type", connection(span), span);
                own.db_type = Some(self.types(found, span));
            }
            if has_check {
                let found = self.evaluated(call, "db_check", connection(span), span);
                own.db_check = Some(self.types(found, span));
            }
        }
        if has_related {
            let found = self.evaluated(call, "rel_db_type", connection(span), span);
            own.rel_db_type = Some(self.types(found, span));
        }
        if has_values {
            own.default = self.stored_default(call, has_default, span);
        }
        Some(Box::new(own))
    }

    /// Whether a class of many-to-many fields sets the model of its table where Django's
    /// would make one: `self.remote_field.through = self.create_model(cls)`.
    pub(super) fn makes_table(&mut self, class: &Rc<Class>) -> bool {
        let ancestors = self.evaluator.ancestors(class);
        ancestors.iter().any(|ancestor| {
            let Ancestor::Source(class) = ancestor else {
                return false;
            };
            match self.evaluator.class_attribute(class, "contribute_to_class") {
                Some((Obj::Function(function), _)) => sets_attribute(&function, "through"),
                _ => false,
            }
        })
    }

    /// Calls a method of a field object, whoever defines it.
    fn evaluated(
        &mut self,
        call: &Rc<Call>,
        name: &str,
        args: Arguments,
        span: Span,
    ) -> Result<Obj, Unknown> {
        let outer = self.evaluator.field_in_progress.replace(Rc::clone(call));
        let (result, recorder) = self.evaluator.recorded(|evaluator| {
            evaluator.initialise(call, span)?;
            let method = evaluator.attribute(&Obj::Call(Rc::clone(call)), name, span)?;
            evaluator.call_object(&method, args, span)
        });
        self.evaluator.field_in_progress = outer;
        if recorder.is_cut_short {
            return Err(Unknown::new(span, "evaluating it takes too many steps"));
        }
        result.map_err(Exception::into_unknown)
    }

    /// An entry of what `db_parameters` gives.
    fn parameter(&mut self, parameters: &Obj, key: &str, span: Span) -> Result<Obj, Unknown> {
        match parameters {
            Obj::Dict(dict) => {
                let dict = dict.borrow();
                match (dict.get(&Key::Str(SmolStr::new(key))), &dict.unknown) {
                    (Some(item), _) => Ok(item.obj.clone()),
                    (None, Some(unknown)) => Err((**unknown).clone()),
                    (None, None) => Ok(Obj::None),
                }
            }
            Obj::Cond(cond) => {
                let then = self.parameter(&cond.then.obj, key, span)?;
                let otherwise = self.parameter(&cond.otherwise.obj, key, span)?;
                Ok(Evaluator::either(
                    cond.condition.clone(),
                    Item::new(then, span),
                    Item::new(otherwise, span),
                ))
            }
            other => Err((*self.evaluator.unknown_of(other, span)).clone()),
        }
    }

    fn types(&mut self, found: Result<Obj, Unknown>, span: Span) -> Types {
        match found {
            Ok(obj) => {
                let mut choices = Vec::new();
                self.choices(
                    &obj,
                    Vec::new(),
                    &mut |lowering, obj| lowering.type_text(obj, span),
                    &mut choices,
                );
                Known::Yes(Choices(choices))
            }
            Err(unknown) => Known::No(unknown),
        }
    }

    /// The sides of a conditional object, each under its condition.
    fn choices<T>(
        &mut self,
        obj: &Obj,
        conditions: Vec<Condition>,
        lower: &mut dyn FnMut(&mut Self, &Obj) -> T,
        out: &mut Vec<(Condition, T)>,
    ) {
        if let Obj::Cond(cond) = obj {
            let mut then = conditions.clone();
            then.push(cond.condition.clone());
            self.choices(&cond.then.obj, then, lower, out);
            self.choices(&cond.otherwise.obj, conditions, lower, out);
            return;
        }
        let lowered = lower(self, obj);
        let mut conditions = conditions;
        let condition = match conditions.len() {
            1 => conditions.remove(0),
            _ => Condition::All(conditions),
        };
        out.push((condition, lowered));
    }

    fn type_text(&mut self, obj: &Obj, span: Span) -> Known<Option<TypeText>> {
        let text = match obj {
            Obj::None | Obj::Missing => return Known::Yes(None),
            Obj::Str(text) => text,
            other => return Known::No((*self.evaluator.unknown_of(other, span)).clone()),
        };
        let mut pieces = Vec::new();
        for part in self.evaluator.parts(text) {
            pieces.push(match part {
                Ok(text) => TypePiece::Str(SmolStr::new(text)),
                Err(Hole::InheritedType | Hole::InheritedCheck | Hole::InheritedCollation) => {
                    TypePiece::Inherited
                }
                Err(Hole::TypeOf(field)) => {
                    let mut not_understood = Vec::new();
                    match self.field(&field, &mut not_understood) {
                        Ok(_) if !not_understood.is_empty() => {
                            return Known::No(not_understood.remove(0));
                        }
                        Ok(field) => TypePiece::Of(Box::new(field)),
                        Err(unknown) => return Known::No(unknown),
                    }
                }
                Err(Hole::Piece(_)) => {
                    return Known::No(Unknown::new(span, "the column type is not known"));
                }
            });
        }
        Known::Yes(Some(TypeText { pieces }))
    }

    /// What is stored of a field's default.
    fn stored_default(
        &mut self,
        call: &Rc<Call>,
        has_default: bool,
        span: Span,
    ) -> Option<Known<Choices<Known<SpannedValue>>>> {
        if let Err(exception) = self.evaluator.initialise(call, span) {
            return Some(Known::No(exception.into_unknown()));
        }
        let handed_on = call.state.borrow().base_init.clone();
        let args = handed_on.as_ref().unwrap_or(&call.args);
        let given = |name: &str| {
            let mut keywords = args.keywords.iter().rev();
            keywords
                .find(|(key, _)| key == name)
                .map(|(_, item)| item.clone())
        };
        let is_on =
            |name: &str| given(name).is_some_and(|item| matches!(item.obj, Obj::Bool(true)));
        let default = given("default");
        let item = match &default {
            Some(item) => item.clone(),
            None if is_on("blank") && !is_on("null") => Item::new(Obj::str(""), span),
            // Without a default Django stores `None`, and a class may make more of it.
            None => Item::new(Obj::None, span),
        };
        let at = item.span;
        let value = if has_default && default.is_some() {
            self.evaluated(call, "get_default", Arguments::default(), at)
        } else {
            self.called(&item)
        };
        let value = match value {
            Ok(value) => value,
            Err(unknown) => return Some(Known::No(unknown)),
        };
        let is_none = matches!(value, Obj::None);
        let mut args = connection(span);
        args.positional.insert(0, Item::new(value, at));
        let stored = match self.evaluated(call, "get_db_prep_save", args, at) {
            Ok(Obj::None) => return None,
            // As with Django's own classes, which leave `None` alone.
            Err(_) | Ok(Obj::Unknown(_)) if is_none => return None,
            Ok(stored) => stored,
            Err(unknown) => return Some(Known::No(unknown)),
        };
        let mut choices = Vec::new();
        self.choices(
            &stored,
            Vec::new(),
            &mut |lowering, obj| {
                let value = lowering.value(&Item::new(obj.clone(), at), Follow::Yes);
                match &value.value {
                    Value::Unknown(unknown) => Known::No((**unknown).clone()),
                    _ => Known::Yes(value),
                }
            },
            &mut choices,
        );
        Some(Known::Yes(Choices(choices)))
    }

    /// A default, called if it is something to call.
    fn called(&mut self, item: &Item) -> Result<Obj, Unknown> {
        let obj = self
            .evaluator
            .force(&item.obj, item.span)
            .map_err(Exception::into_unknown)?;
        let is_called = matches!(
            obj,
            Obj::Ref(_)
                | Obj::Function(_)
                | Obj::Class(_)
                | Obj::Builtin(_)
                | Obj::Bound(..)
                | Obj::Method(..)
        );
        if !is_called {
            return Ok(obj);
        }
        let result = self
            .evaluator
            .call_object(&obj, Arguments::default(), item.span)
            .map_err(Exception::into_unknown)?;
        match result {
            Obj::Unknown(unknown) => Err((*unknown).clone()),
            result => Ok(result),
        }
    }
}

/// `(connection)`, by its place.
fn connection(span: Span) -> Arguments {
    let connection = Obj::Ref(SmolStr::new_static("django.db.connection"));
    Arguments {
        positional: vec![Item::new(connection, span)],
        ..Arguments::default()
    }
}
