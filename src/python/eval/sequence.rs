//! Indexing, slicing and iteration.

use std::rc::Rc;

use smol_str::{SmolStr, format_smolstr};

use super::condition::is_database;
use super::condition::{ENGINE_PATH, negate};
use super::object::{Arguments, Item, Obj, entry_guard, guarded_by, is_guarded};
use super::{Eval, Evaluator, Exception};
use crate::base::Span;
use crate::ir::Unknown;
use crate::ir::value::Condition;

impl Evaluator<'_> {
    pub(super) fn subscript(&mut self, object: &Obj, index: &Obj, span: Span) -> Eval {
        match object {
            // Any alias: which database it is, only the database tells.
            Obj::Ref(path) if path == "django.db.connections" => {
                return Ok(Obj::Ref(SmolStr::new_static("django.db.connection")));
            }
            Obj::Setting(name) if name == "DATABASES" => {
                return Ok(Obj::Ref(SmolStr::new_static(
                    "django.db.connection.settings_dict",
                )));
            }
            Obj::Ref(path) if path == "django.db.connection.settings_dict" => {
                return Ok(match index {
                    Obj::Str(key) if key == "ENGINE" => Obj::Ref(SmolStr::new_static(ENGINE_PATH)),
                    _ => Obj::unknown(span, "it is a setting of the database connection"),
                });
            }
            _ => {}
        }
        let object = self.force(object, span)?;
        let index = self.force(index, span)?;
        if let Some(result) = self.spread_conditions(&object, &index, span, |evaluator, o, i| {
            evaluator.subscript(o, i, span)
        })? {
            return Ok(result);
        }
        match (&object, &index) {
            (Obj::Unknown(_), _) => Ok(object),
            (_, Obj::Unknown(_)) => Ok(index),
            // `self.__dict__[name]`
            (Obj::Method(object, dict), Obj::Str(name)) if &**dict == "__dict__" => {
                self.attribute(object, name, span)
            }
            (Obj::Call(call), _) => {
                let call = Rc::clone(call);
                self.item_of_object(&call, index, span)
            }
            (Obj::Dict(dict), _) if is_database(&index) => {
                let dict = dict.borrow().clone();
                let missing = Obj::unknown(span, "there is no entry for this database");
                Ok(self.of_database(&dict, &index, missing, span))
            }
            (Obj::Dict(dict), _) => {
                let Some(key) = index.key() else {
                    return Ok(Obj::unknown(span, "the key could not be read"));
                };
                let factory = {
                    let dict = dict.borrow();
                    match (dict.get(&key), &dict.unknown, &dict.factory) {
                        (Some(value), ..) => return Ok(value.obj.present()),
                        (None, Some(unknown), _) => return Ok(Obj::Unknown(Rc::clone(unknown))),
                        (None, None, Some(factory)) => factory.clone(),
                        (None, None, None) => {
                            return Err(Exception::new("KeyError", "", span));
                        }
                    }
                };
                let made = self.call(&factory, span, Arguments::default(), span)?;
                let item = Item::new(made.clone(), span);
                dict.borrow_mut().set(Item::new(index.clone(), span), item);
                Ok(made)
            }
            (Obj::List(items), Obj::Int(at)) => element(&items.borrow(), *at, span),
            (Obj::Tuple(items), Obj::Int(at)) => element(items, *at, span),
            (Obj::Str(text), Obj::Int(at)) => {
                let chars: Vec<char> = text.chars().collect();
                match position(chars.len(), *at).and_then(|at| chars.get(at)) {
                    Some(found) => Ok(Obj::str(found.to_string())),
                    None => Err(Exception::new("IndexError", "", span)),
                }
            }
            // `list[int]` and the like.
            (Obj::Builtin(_), _) => Ok(object),
            (Obj::Class(class), _) => {
                let class = Rc::clone(class);
                match &index {
                    Obj::Str(name) if self.is_enumeration(&class) => {
                        self.class_item(&class, name, span)
                    }
                    // `Field[str]`: a generic class with its parameters is the class.
                    _ => Ok(object),
                }
            }
            // The way in which `makemigrations` writes members of enumerations.
            (Obj::Ref(path), Obj::Str(member))
                if path.starts_with("django.db.models.") && path.ends_with(".Deferrable") =>
            {
                Ok(Obj::Ref(format_smolstr!("{path}.{member}")))
            }
            (Obj::Ref(path), _)
                if path.starts_with("typing.")
                    || path.rsplit('.').next().is_some_and(|name| {
                        name.starts_with(char::is_uppercase) && !name.contains('_')
                    }) =>
            {
                Ok(object)
            }
            (Obj::Ref(path), Obj::Str(name)) if path == "os.environ" => Ok(Obj::unknown(
                span,
                format!("the environment variable `{name}` has no default"),
            )),
            (Obj::Host(host), _) => {
                let host = Rc::clone(host);
                self.host_item(&host, &index, span)
            }
            (Obj::Str(text), _) if super::host::has_holes(text) => Ok(Obj::unknown(span, HOLES)),
            (Obj::Ref(_) | Obj::Setting(_) | Obj::Method(..), _) => {
                Ok(Obj::Unknown(self.unknown_of(&object, span)))
            }
            _ => Ok(Obj::unknown(
                span,
                "indexing is not evaluated for this object",
            )),
        }
    }

    /// `object[key]` where the object's class says what that is.
    fn item_of_object(&mut self, call: &Rc<super::object::Call>, key: Obj, span: Span) -> Eval {
        let object = Obj::Call(Rc::clone(call));
        let Some(class) = self.class_of_call(call) else {
            return Ok(Obj::Unknown(self.unknown_of(&object, span)));
        };
        match self.class_attribute(&class, "__getitem__") {
            Some((Obj::Function(method), _)) => {
                self.initialise(call, span)?;
                let args = Arguments {
                    positional: vec![Item::new(key, span)],
                    ..Arguments::default()
                };
                self.call_function(&method, Some(object), args, span)
            }
            _ => Ok(Obj::Unknown(self.unknown_of(&object, span))),
        }
    }

    pub(super) fn slice(&mut self, object: &Obj, bounds: &[Obj; 3], span: Span) -> Eval {
        let object = self.force(object, span)?;
        let mut numbers = [None; 3];
        for (number, bound) in numbers.iter_mut().zip(bounds) {
            *number = match self.force(bound, span)? {
                Obj::None => None,
                Obj::Int(value) => Some(value),
                _ => return Ok(Obj::unknown(span, "the slice could not be read")),
            };
        }
        let is_open = match &object {
            Obj::List(items) => items.borrow().iter().any(is_guarded),
            Obj::Tuple(items) => items.iter().any(is_guarded),
            _ => false,
        };
        if is_open && numbers != [None, None, None] {
            return Ok(Obj::unknown(span, OPEN_POSITION));
        }
        Ok(match &object {
            Obj::Str(text) => {
                let chars: Vec<char> = text.chars().collect();
                let picked = slice_positions(chars.len(), numbers);
                Obj::str(
                    picked
                        .into_iter()
                        .filter_map(|at| chars.get(at))
                        .collect::<String>(),
                )
            }
            Obj::List(items) => {
                let items = items.borrow();
                let picked = slice_positions(items.len(), numbers);
                Obj::list(
                    picked
                        .into_iter()
                        .filter_map(|at| items.get(at).cloned())
                        .collect(),
                )
            }
            Obj::Tuple(items) => {
                let picked = slice_positions(items.len(), numbers);
                Obj::tuple(
                    picked
                        .into_iter()
                        .filter_map(|at| items.get(at).cloned())
                        .collect(),
                )
            }
            Obj::Unknown(_) => object,
            Obj::Ref(_) | Obj::Setting(_) | Obj::Call(_) | Obj::Method(..) => {
                Obj::Unknown(self.unknown_of(&object, span))
            }
            _ => Obj::unknown(span, "slicing is not evaluated for this object"),
        })
    }

    /// The elements of an iterable, or why they are not known. Elements that are
    /// there only under a condition come guarded.
    pub(crate) fn iterate(
        &mut self,
        object: &Obj,
        span: Span,
    ) -> Eval<Result<Vec<Item>, Rc<Unknown>>> {
        let object = self.force(object, span)?;
        Ok(match &object {
            Obj::List(items) | Obj::Set(items) => {
                self.charge(items.borrow().len());
                Ok(items.borrow().to_vec())
            }
            Obj::Tuple(items) => {
                self.charge(items.len());
                Ok(items.to_vec())
            }
            Obj::Str(text) if super::host::has_holes(text) => {
                Err(Rc::new(Unknown::new(span, HOLES)))
            }
            Obj::Str(text) => Ok(text
                .chars()
                .map(|c| Item::new(Obj::str(c.to_string()), span))
                .collect()),
            Obj::Dict(dict) => {
                let dict = dict.borrow();
                match &dict.unknown {
                    Some(unknown) => Err(Rc::clone(unknown)),
                    None => Ok(dict
                        .entries()
                        .iter()
                        .map(|(key, value)| guarded_by(entry_guard(value).1, key.clone()))
                        .collect()),
                }
            }
            Obj::Missing => Ok(Vec::new()),
            Obj::Host(host) => match self.host_elements(host, span) {
                Some(items) => Ok(items),
                None => Err(self.unknown_of(&object, span)),
            },
            Obj::Class(class) => {
                let class = Rc::clone(class);
                match self.enumeration(&class)? {
                    Some(members) => Ok(members
                        .into_iter()
                        .map(|member| Item::new(Obj::Member(member), span))
                        .collect()),
                    None => Err(Rc::new(Unknown::new(span, "the class is not iterable"))),
                }
            }
            Obj::Cond(cond) => {
                let cond = Rc::clone(cond);
                let then = self.iterate(&cond.then.obj, cond.then.span)?;
                let otherwise = self.iterate(&cond.otherwise.obj, cond.otherwise.span)?;
                match (then, otherwise) {
                    (Ok(then), Ok(otherwise)) => {
                        let guard = |condition: &Condition, item: Item| {
                            guarded_by(Some(condition.clone()), item)
                        };
                        let negated = negate(cond.condition.clone());
                        Ok(then
                            .into_iter()
                            .map(|item| guard(&cond.condition, item))
                            .chain(otherwise.into_iter().map(|item| guard(&negated, item)))
                            .collect())
                    }
                    (Err(unknown), _) | (_, Err(unknown)) => Err(unknown),
                }
            }
            _ => Err(self.unknown_of(&object, span)),
        })
    }
}

/// Why a text's characters cannot be looked at.
pub(super) const HOLES: &str = "the text is known only to the running migration";
/// Why an element of a list with guarded elements cannot be picked.
pub(super) const OPEN_POSITION: &str = "the position depends on a condition that is not decided";

fn element(items: &[Item], at: i64, span: Span) -> Eval {
    if items.iter().any(is_guarded) {
        return Ok(Obj::unknown(span, OPEN_POSITION));
    }
    position(items.len(), at)
        .and_then(|at| items.get(at))
        .map(|item| item.obj.clone())
        .ok_or_else(|| Exception::new("IndexError", "", span))
}

/// A Python index as a position; may lie past the end.
fn position(length: usize, at: i64) -> Option<usize> {
    if at >= 0 {
        usize::try_from(at).ok()
    } else {
        length.checked_sub(usize::try_from(at.unsigned_abs()).ok()?)
    }
}

/// The positions that a slice picks, as `slice.indices` computes them.
fn slice_positions(length: usize, [lower, upper, step]: [Option<i64>; 3]) -> Vec<usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let step = step.unwrap_or(1);
    if step == 0 {
        return Vec::new();
    }
    let (least, most) = if step > 0 {
        (0, length)
    } else {
        (-1, length - 1)
    };
    let clamp = |bound: i64| {
        let bound = if bound < 0 {
            bound.saturating_add(length)
        } else {
            bound
        };
        bound.clamp(least, most)
    };
    let start = lower.map_or(if step > 0 { 0 } else { length - 1 }, clamp);
    let stop = upper.map_or(if step > 0 { length } else { -1 }, clamp);
    let mut out = Vec::new();
    let mut at = start;
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        out.extend(usize::try_from(at));
        at = match at.checked_add(step) {
            Some(next) => next,
            None => break,
        };
    }
    out
}
