//! Values: what an evaluated object is once evaluation is over.

use smol_str::{SmolStr, format_smolstr};

use super::super::eval::class::Ancestor;
use super::super::eval::condition::{fails, holds};
use super::super::eval::host::has_holes;
use super::super::eval::object::{Item, Member, Obj};
use super::Lowering;
use crate::base::{Span, Spanned};
use crate::ir::value::{Condition, Conditional, Object, SpannedValue};
use crate::ir::{Unknown, Value};

/// Whether references are followed to what they hold, or kept as paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    Yes,
    No,
}

/// Objects nested deeper than this are cut off: lists may contain themselves.
pub(super) const MAX_DEPTH: u32 = 120;

impl Lowering<'_> {
    pub(super) fn value(&mut self, item: &Item, follow: Follow) -> SpannedValue {
        if self.depth >= MAX_DEPTH || !self.evaluator.step() {
            return unknown(item.span, "it is nested too deeply");
        }
        self.depth += 1;
        let value = self.value_of(&item.obj, item.span, follow);
        self.depth -= 1;
        Spanned::new(value, item.span)
    }

    /// Whether a migration that is written names a member of an enumeration, as Django's
    /// `EnumSerializer` does. Members of Django's own `Choices` are written as their values,
    /// and those of the migration's own classes would not be found elsewhere.
    fn is_written_by_name(&mut self, member: &Member) -> bool {
        let own = self.own_functions.as_ref();
        self.is_writing
            && own.is_none_or(|own| !own.defines(&member.class))
            && !self.evaluator.ancestors(&member.class).iter().any(
                |it| matches!(it, Ancestor::External(path) if path.starts_with("django.db.models.")),
            )
    }

    fn value_of(&mut self, obj: &Obj, span: Span, follow: Follow) -> Value {
        match obj {
            Obj::None | Obj::Missing => Value::None,
            Obj::Bool(value) => Value::Bool(*value),
            Obj::Int(value) => Value::Int(*value),
            Obj::BigInt(digits) => Value::BigInt(digits.clone()),
            Obj::Float(value) => Value::Float(*value),
            Obj::Complex(text) => Value::Complex(text.clone()),
            Obj::Str(text) if has_holes(text) => {
                unknown(span, "it is known only to the running migration").value
            }
            Obj::Host(_) => unknown(span, "it is known only to the running migration").value,
            Obj::Str(text) => Value::Str(text.clone()),
            Obj::Bytes(bytes) => Value::Bytes(bytes.clone()),
            Obj::Ellipsis => Value::Ellipsis,
            Obj::List(items) => {
                let items = items.borrow().clone();
                Value::List(self.values(&items, follow))
            }
            Obj::Tuple(items) => Value::Tuple(self.values(items, follow)),
            Obj::Set(items) => {
                let items = items.borrow().clone();
                Value::Set(self.values(&items, follow))
            }
            Obj::Dict(dict) => {
                if let Some(unknown) = &dict.borrow().unknown {
                    return Value::Unknown(Box::new((**unknown).clone()));
                }
                let entries = dict.borrow().entries().to_vec();
                let mut pairs = Vec::with_capacity(entries.len());
                for (key, value) in &entries {
                    if !self.is_missing(value) {
                        pairs.push((self.value(key, follow), self.value(value, follow)));
                    }
                }
                Value::Dict(pairs)
            }
            Obj::Ref(path) => self.reference(path, span, follow),
            Obj::Settings => Value::Path(SmolStr::new_static("django.conf.settings")),
            Obj::Setting(name) => match follow {
                Follow::No => Value::Setting(name.clone()),
                Follow::Yes => match self.evaluator.setting(name) {
                    Ok(Some(value)) => self.value_of(&value, span, follow),
                    Ok(None) => Value::Setting(name.clone()),
                    Err(exception) => Value::Unknown(Box::new(exception.into_unknown())),
                },
            },
            Obj::Class(class) => Value::Path(class.path.clone()),
            Obj::Function(function) => Value::Path(match &mut self.own_functions {
                Some(own) => own.path(function),
                None => function.path.clone(),
            }),
            Obj::Bound(object, function) => match &**object {
                Obj::Class(class) => {
                    Value::Path(SmolStr::new(format!("{}.{}", class.path, function.name)))
                }
                _ => Value::Path(function.path.clone()),
            },
            Obj::Builtin(name) => Value::Path(SmolStr::new_static(name)),
            Obj::Method(object, name) => match &**object {
                Obj::Builtin(class) => Value::Path(SmolStr::new(format!("{class}.{name}"))),
                _ => unknown(span, "it is a method of an object").value,
            },
            Obj::Super(..) => unknown(span, "`super()` is not a value").value,
            Obj::Call(call) => {
                if follow == Follow::Yes {
                    match self.evaluator.force(obj, span) {
                        Ok(Obj::Call(_)) => {}
                        Ok(other) => return self.value_of(&other, span, follow),
                        Err(exception) => {
                            return Value::Unknown(Box::new(exception.into_unknown()));
                        }
                    }
                }
                if let Some(unknown) = &call.args.unknown {
                    return Value::Unknown(Box::new((**unknown).clone()));
                }
                let path = match &call.callee {
                    Obj::Ref(path) => path.clone(),
                    Obj::Class(class) => class.path.clone(),
                    _ => return unknown(span, "what is called could not be read").value,
                };
                let args = self.values(&call.args.positional, follow);
                let kwargs = call
                    .args
                    .keywords
                    .iter()
                    .map(|(name, item)| (name.clone(), self.value(item, follow)))
                    .collect();
                Value::Object(Box::new(Object { path, args, kwargs }))
            }
            Obj::Member(member) if follow == Follow::No && self.is_written_by_name(member) => {
                Value::Path(format_smolstr!("{}.{}", member.class.path, member.name))
            }
            Obj::Member(member) => {
                let value = member.value.clone();
                self.value_of(&value.obj, span, follow)
            }
            Obj::Cond(cond) => match self.ambient_side(&cond.condition) {
                Some(true) => {
                    let then = cond.then.obj.clone();
                    self.value_of(&then, span, follow)
                }
                Some(false) => {
                    let otherwise = cond.otherwise.obj.clone();
                    self.value_of(&otherwise, span, follow)
                }
                None => Value::Conditional(Box::new(Conditional {
                    condition: cond.condition.clone(),
                    then: self.value(&cond.then, follow),
                    otherwise: self.value(&cond.otherwise, follow),
                })),
            },
            Obj::Guarded(inner) => {
                if self.ambient_side(&inner.condition) == Some(true) {
                    let item = inner.item.obj.clone();
                    self.value_of(&item, span, follow)
                } else if let Condition::Unknown(unknown) = &inner.condition {
                    Value::Unknown(Box::new(unknown.clone()))
                } else {
                    unknown(span, "it is there only under a condition").value
                }
            }
            Obj::Unknown(unknown) => Value::Unknown(Box::new((**unknown).clone())),
        }
    }

    pub(super) fn values(&mut self, items: &[Item], follow: Follow) -> Vec<SpannedValue> {
        items.iter().map(|item| self.value(item, follow)).collect()
    }

    fn reference(&mut self, path: &SmolStr, span: Span, follow: Follow) -> Value {
        if follow == Follow::No {
            return Value::Path(path.clone());
        }
        match self.evaluator.resolve(path) {
            Obj::Ref(path) => Value::Path(path),
            other => self.value_of(&other, span, follow),
        }
    }

    /// Whether an entry is not there where the operation being lowered runs.
    pub(super) fn is_missing(&self, item: &Item) -> bool {
        match &item.obj {
            Obj::Missing => true,
            Obj::Cond(cond) => match self.ambient_side(&cond.condition) {
                Some(true) => self.is_missing(&cond.then),
                Some(false) => self.is_missing(&cond.otherwise),
                None => false,
            },
            _ => false,
        }
    }

    /// Whether the operation being lowered runs only where the condition holds
    /// (`true`) or does not (`false`).
    pub(super) fn ambient_side(&self, condition: &Condition) -> Option<bool> {
        if holds(&self.ambient, condition) {
            Some(true)
        } else if fails(&self.ambient, condition) {
            Some(false)
        } else {
            None
        }
    }
}

pub(super) fn unknown(span: Span, reason: &str) -> SpannedValue {
    Spanned::new(Value::Unknown(Box::new(Unknown::new(span, reason))), span)
}
