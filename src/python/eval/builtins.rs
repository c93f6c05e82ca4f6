//! Built-in functions and types.

use std::rc::Rc;

use super::call::unexpanded;
use super::condition::{Truth, bounded, conditional, negate};
use super::expr::{dict_insert, unguard};
use super::object::{Arguments, Dict, Guarded, Item, Obj, is_guarded};
use super::{Eval, Evaluator, Exception};
use crate::base::Span;
use crate::ir::value::Condition;

/// Names of Python's `builtins` that evaluation knows; sorted.
const BUILTINS: &[&str] = &[
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "BaseException",
    "Exception",
    "FileNotFoundError",
    "IOError",
    "ImportError",
    "IndexError",
    "KeyError",
    "LookupError",
    "ModuleNotFoundError",
    "NameError",
    "NotImplementedError",
    "OSError",
    "RuntimeError",
    "StopIteration",
    "SyntaxError",
    "TypeError",
    "UnicodeDecodeError",
    "UnicodeEncodeError",
    "ValueError",
    "Warning",
    "ZeroDivisionError",
    "abs",
    "all",
    "any",
    "bool",
    "bytearray",
    "bytes",
    "callable",
    "chr",
    "classmethod",
    "complex",
    "dict",
    "divmod",
    "enumerate",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "hasattr",
    "hash",
    "hex",
    "id",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "list",
    "map",
    "max",
    "memoryview",
    "min",
    "next",
    "object",
    "oct",
    "open",
    "ord",
    "pow",
    "print",
    "property",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "staticmethod",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "unicode",
    "vars",
    "zip",
];

pub(crate) fn builtin(name: &str) -> Option<Obj> {
    let at = BUILTINS.binary_search(&name).ok()?;
    BUILTINS.get(at).map(|name| Obj::Builtin(name))
}

impl Evaluator<'_> {
    pub(super) fn call_builtin(&mut self, name: &str, args: &Arguments, span: Span) -> Eval {
        if let Some(unknown) = unexpanded(args) {
            return Ok(unknown);
        }
        let first = match args.positional.first() {
            Some(item) => Some(self.force(&item.obj, item.span)?),
            None => None,
        };
        match (name, first) {
            ("getattr", Some(_)) => self.builtin_getattr(args, span),
            ("hasattr", Some(_)) => self.builtin_hasattr(args, span),
            ("setattr", Some(object)) => self.builtin_setattr(&object, args, span),
            ("type", Some(_)) if args.positional.len() == 3 => Ok(self
                .made_class(args, span)?
                .unwrap_or_else(|| Obj::unknown(span, "the class that is made is not known"))),
            ("type", Some(Obj::Call(call))) if args.positional.len() == 1 => {
                self.attribute(&Obj::Call(call), "__class__", span)
            }
            ("print", _) => Ok(Obj::None),
            ("str" | "unicode", None) => Ok(Obj::str("")),
            ("str" | "unicode" | "format", Some(value)) => Ok(self.text_of(&value, span)?),
            ("repr", Some(value)) => Ok(match &value {
                Obj::Int(_) | Obj::Bool(_) | Obj::None => self.text_of(&value, span)?,
                Obj::Str(text) => Obj::str(super::format::repr_str(text)),
                _ => Obj::unknown(span, "`repr` is not evaluated for this object"),
            }),
            ("int", None) => Ok(Obj::Int(0)),
            ("int", Some(value)) => Ok(match &value {
                Obj::Int(_) => value,
                Obj::Bool(flag) => Obj::Int(i64::from(*flag)),
                #[expect(clippy::cast_possible_truncation, reason = "Python truncates too")]
                Obj::Float(number) if number.abs() < 9e15 => Obj::Int(*number as i64),
                Obj::Str(text) if args.positional.len() == 1 => match text.trim().parse() {
                    Ok(number) => Obj::Int(number),
                    Err(_) => return Err(Exception::new("ValueError", "", span)),
                },
                _ => self.not_evaluated("int", &value, span),
            }),
            ("float", Some(value)) => Ok(match &value {
                #[expect(clippy::cast_precision_loss, reason = "Python rounds too")]
                Obj::Int(number) => Obj::Float(*number as f64),
                Obj::Float(_) => value,
                Obj::Str(text) => match text.trim().parse() {
                    Ok(number) => Obj::Float(number),
                    Err(_) => return Err(Exception::new("ValueError", "", span)),
                },
                _ => self.not_evaluated("float", &value, span),
            }),
            ("bool", None) => Ok(Obj::Bool(false)),
            ("bool", Some(value)) => {
                let truth = self.truth(&value, span)?;
                Ok(self.truth_value(truth, span))
            }
            ("len", Some(value)) => self.builtin_len(&value, span),
            ("list" | "iter", None) => Ok(Obj::list(Vec::new())),
            ("tuple", None) => Ok(Obj::tuple(Vec::new())),
            ("set" | "frozenset", None) => Ok(self.set(Vec::new())),
            ("list" | "tuple" | "sorted", Some(value @ Obj::Host(_))) => Ok(value),
            ("set" | "frozenset", Some(Obj::Host(host))) => Ok(Evaluator::host_as_set(&host)
                .unwrap_or_else(|| Obj::unknown(span, super::sequence::HOLES))),
            ("list" | "iter" | "tuple" | "set" | "frozenset" | "reversed", Some(value)) => {
                let mut items = match self.iterate(&value, span)? {
                    Ok(items) => items,
                    Err(unknown) => return Ok(Obj::Unknown(unknown)),
                };
                Ok(match name {
                    "tuple" => Obj::tuple(items),
                    "set" | "frozenset" => self.set(items),
                    "reversed" => {
                        items.reverse();
                        Obj::list(items)
                    }
                    _ => Obj::list(items),
                })
            }
            ("dict", value) => self.builtin_dict(value, args, span),
            ("range", Some(_)) => self.builtin_range(args, span),
            ("enumerate", Some(value)) => {
                let start = match args
                    .positional
                    .get(1)
                    .or_else(|| keyword(args, "start"))
                    .map(|item| item.obj.clone())
                {
                    Some(Obj::Int(start)) => start,
                    Some(other) => return Ok(self.not_evaluated("enumerate", &other, span)),
                    None => 0,
                };
                Ok(match self.iterate(&value, span)? {
                    Ok(items) if items.iter().any(is_guarded) => {
                        Obj::unknown(span, super::sequence::OPEN_POSITION)
                    }
                    Ok(items) => Obj::list(
                        items
                            .into_iter()
                            .zip(start..)
                            .map(|(item, index)| {
                                let at = item.span;
                                let pair = vec![Item::new(Obj::Int(index), at), item];
                                Item::new(Obj::tuple(pair), at)
                            })
                            .collect(),
                    ),
                    Err(unknown) => Obj::Unknown(unknown),
                })
            }
            ("zip", _) => self.builtin_zip(args, span),
            ("map", Some(_)) => self.builtin_map(args, span),
            ("filter", Some(_)) => self.builtin_filter(args, span),
            ("sorted", Some(value)) => self.builtin_sorted(&value, args, span),
            ("min" | "max", Some(value)) => self.builtin_extreme(name, &value, args, span),
            ("sum", Some(value)) => {
                let items = match self.iterate(&value, span)? {
                    Ok(items) => items,
                    Err(unknown) => return Ok(Obj::Unknown(unknown)),
                };
                let mut total = match args.positional.get(1) {
                    Some(start) => start.obj.clone(),
                    None => Obj::Int(0),
                };
                for item in items {
                    total = self.binary(
                        super::super::tree::BinaryOperator::Add,
                        &total,
                        &item.obj,
                        span,
                    )?;
                }
                Ok(total)
            }
            ("any" | "all", Some(value)) => self.builtin_any_all(name == "any", &value, span),
            ("abs", Some(value)) => Ok(match value {
                Obj::Int(number) => number
                    .checked_abs()
                    .map_or_else(|| Obj::unknown(span, "it is too large"), Obj::Int),
                Obj::Float(number) => Obj::Float(number.abs()),
                other => self.not_evaluated("abs", &other, span),
            }),
            ("chr", Some(Obj::Int(code))) => Ok(u32::try_from(code)
                .ok()
                .and_then(char::from_u32)
                .map_or_else(
                    || Obj::unknown(span, "it is no character"),
                    |c| Obj::str(c.to_string()),
                )),
            ("ord", Some(Obj::Str(text))) => Ok(text.chars().next().map_or_else(
                || Obj::unknown(span, "it is no character"),
                |c| Obj::Int(i64::from(u32::from(c))),
            )),
            ("next", Some(value)) => Ok(match self.iterate(&value, span)? {
                Ok(items) => match items.into_iter().next() {
                    Some(item) => unguard(item).0.obj,
                    None => match args.positional.get(1) {
                        Some(default) => default.obj.clone(),
                        None => return Err(Exception::new("StopIteration", "", span)),
                    },
                },
                Err(unknown) => Obj::Unknown(unknown),
            }),
            ("callable", Some(value)) => Ok(match value {
                Obj::Function(_) | Obj::Class(_) | Obj::Builtin(_) | Obj::Bound(..) => {
                    Obj::Bool(true)
                }
                Obj::Str(_) | Obj::Int(_) | Obj::None | Obj::List(_) | Obj::Dict(_) => {
                    Obj::Bool(false)
                }
                other => self.not_evaluated("callable", &other, span),
            }),
            ("isinstance", Some(value)) => self.builtin_isinstance(&value, args, span),
            ("round", Some(Obj::Int(number))) => Ok(Obj::Int(number)),
            (name, Some(value)) => Ok(self.not_evaluated(name, &value, span)),
            (name, None) => Ok(Obj::unknown(span, format!("`{name}()` is not evaluated"))),
        }
    }

    fn not_evaluated(&self, name: &str, value: &Obj, span: Span) -> Obj {
        match value {
            Obj::Unknown(unknown) => Obj::Unknown(Rc::clone(unknown)),
            _ => Obj::unknown(span, format!("`{name}` is not evaluated for this argument")),
        }
    }

    fn builtin_getattr(&mut self, args: &Arguments, span: Span) -> Eval {
        let (Some(object), Some(name)) = (args.positional.first(), args.positional.get(1)) else {
            return Ok(Obj::unknown(span, "`getattr` lacks arguments"));
        };
        let Obj::Str(name) = self.force(&name.obj, span)? else {
            return Ok(Obj::unknown(span, "the attribute's name could not be read"));
        };
        let default = args.positional.get(2).map(|item| item.obj.clone());
        if let Obj::Settings = object.obj {
            if let Some(value) = self.setting(&name)? {
                return Ok(value);
            }
            return Ok(match default {
                Some(default) if self.setting_is_absent(&name) => default,
                _ => Obj::Setting(name),
            });
        }
        match self.attribute(&object.obj, &name, span) {
            Err(exception) if exception.class == "AttributeError" => match default {
                Some(default) => Ok(default),
                None => Err(exception),
            },
            Ok(Obj::Ref(path)) if default.is_some() => match self.resolve(&path) {
                // Nothing tells whether the attribute is there.
                Obj::Ref(path) => Ok(Obj::unknown(
                    span,
                    format!("whether `{path}` exists is not known"),
                )),
                value => Ok(value),
            },
            other => other,
        }
    }

    fn builtin_setattr(&mut self, object: &Obj, args: &Arguments, span: Span) -> Eval {
        if let [_, name, value] = args.positional.as_slice()
            && let Obj::Str(name) = self.force(&name.obj, span)?
        {
            self.set_attribute(object, name, value.clone());
        }
        Ok(Obj::None)
    }

    fn builtin_hasattr(&mut self, args: &Arguments, span: Span) -> Eval {
        let (Some(object), Some(name)) = (args.positional.first(), args.positional.get(1)) else {
            return Ok(Obj::unknown(span, "`hasattr` lacks arguments"));
        };
        let Obj::Str(name) = self.force(&name.obj, span)? else {
            return Ok(Obj::unknown(span, "the attribute's name could not be read"));
        };
        if let Obj::Settings = object.obj {
            let found = self.setting(&name)?.is_some();
            if found || self.setting_is_absent(&name) {
                return Ok(Obj::Bool(found));
            }
            return Ok(Obj::unknown(
                span,
                format!("whether the setting `{name}` exists is not known"),
            ));
        }
        match self.attribute(&object.obj, &name, span) {
            Err(exception) if exception.class == "AttributeError" => Ok(Obj::Bool(false)),
            Ok(Obj::Unknown(unknown)) => Ok(Obj::Unknown(unknown)),
            Ok(Obj::Method(object, _)) => Ok(match &*object {
                Obj::Call(_) | Obj::Super(..) => {
                    Obj::unknown(span, format!("whether `{name}` exists is not known"))
                }
                object => Obj::Bool(super::methods::has_method(object, &name)),
            }),
            Ok(Obj::Ref(path)) => Ok(match self.resolve(&path) {
                Obj::Ref(path) => {
                    Obj::unknown(span, format!("whether `{path}` exists is not known"))
                }
                _ => Obj::Bool(true),
            }),
            Ok(_) => Ok(Obj::Bool(true)),
            Err(exception) => Err(exception),
        }
    }

    fn builtin_len(&mut self, value: &Obj, span: Span) -> Eval {
        let length = match value {
            Obj::Str(text) => text.chars().count(),
            Obj::Bytes(bytes) => bytes.len(),
            other => match self.iterate(other, span)? {
                Ok(items) if items.iter().any(|item| matches!(item.obj, Obj::Guarded(_))) => {
                    return Ok(Obj::unknown(
                        span,
                        "the length depends on a condition that is not decided",
                    ));
                }
                Ok(items) => items.len(),
                Err(unknown) => return Ok(Obj::Unknown(unknown)),
            },
        };
        Ok(Obj::Int(i64::try_from(length).unwrap_or(i64::MAX)))
    }

    fn builtin_dict(&mut self, value: Option<Obj>, args: &Arguments, span: Span) -> Eval {
        let mut dict = Dict::default();
        match value {
            None => {}
            Some(value @ Obj::Dict(_)) => self.dict_merge(&mut dict, &value, span)?,
            Some(value) => match self.iterate(&value, span)? {
                Ok(pairs) => {
                    for pair in pairs {
                        match self.iterate(&pair.obj, pair.span)? {
                            Ok(parts) => match <[Item; 2]>::try_from(parts) {
                                Ok([key, value]) => dict_insert(&mut dict, key, value),
                                Err(_) => return Err(Exception::new("ValueError", "", span)),
                            },
                            Err(unknown) => return Ok(Obj::Unknown(unknown)),
                        }
                    }
                }
                Err(unknown) => return Ok(Obj::Unknown(unknown)),
            },
        }
        for (name, value) in &args.keywords {
            dict.set(Item::new(Obj::Str(name.clone()), value.span), value.clone());
        }
        Ok(Obj::dict(dict))
    }

    fn builtin_range(&mut self, args: &Arguments, span: Span) -> Eval {
        let mut numbers = Vec::with_capacity(3);
        for item in &args.positional {
            match self.force(&item.obj, item.span)? {
                Obj::Int(number) => numbers.push(number),
                other => return Ok(self.not_evaluated("range", &other, span)),
            }
        }
        let (start, stop, step) = match *numbers.as_slice() {
            [stop] => (0, stop, 1),
            [start, stop] => (start, stop, 1),
            [start, stop, step] if step != 0 => (start, stop, step),
            _ => return Ok(Obj::unknown(span, "the range could not be read")),
        };
        let length = (i128::from(stop) - i128::from(start)) / i128::from(step);
        if length > 100_000 {
            return Ok(Obj::unknown(span, "the range is too long"));
        }
        let mut out = Vec::new();
        let mut at = start;
        while (step > 0 && at < stop) || (step < 0 && at > stop) {
            out.push(Item::new(Obj::Int(at), span));
            match at.checked_add(step) {
                Some(next) => at = next,
                None => break,
            }
        }
        Ok(Obj::list(out))
    }

    fn builtin_zip(&mut self, args: &Arguments, span: Span) -> Eval {
        let mut columns = Vec::new();
        for part in &args.positional {
            match self.iterate(&part.obj, part.span)? {
                Ok(items) if items.iter().any(is_guarded) && args.positional.len() > 1 => {
                    return Ok(Obj::unknown(span, super::sequence::OPEN_POSITION));
                }
                Ok(items) => columns.push(items.into_iter()),
                Err(unknown) => return Ok(Obj::Unknown(unknown)),
            }
        }
        let mut out = Vec::new();
        if columns.is_empty() {
            return Ok(Obj::list(out));
        }
        loop {
            let row: Option<Vec<Item>> = columns.iter_mut().map(Iterator::next).collect();
            match row {
                Some(row) => out.push(Item::new(Obj::tuple(row), span)),
                None => return Ok(Obj::list(out)),
            }
        }
    }

    fn builtin_map(&mut self, args: &Arguments, span: Span) -> Eval {
        let (Some(function), [_, rest @ ..]) = (args.positional.first(), &*args.positional) else {
            return Ok(Obj::unknown(span, "`map` lacks arguments"));
        };
        let zipped = self.builtin_zip(
            &Arguments {
                positional: rest.to_vec(),
                ..Arguments::default()
            },
            span,
        )?;
        let rows = match self.iterate(&zipped, span)? {
            Ok(rows) => rows,
            Err(unknown) => return Ok(Obj::Unknown(unknown)),
        };
        let mut out = Vec::with_capacity(rows.len());
        for row in rows {
            let Obj::Tuple(positional) = &row.obj else {
                continue;
            };
            let args = Arguments {
                positional: positional.to_vec(),
                ..Arguments::default()
            };
            let result = self.call(&function.obj, function.span, args, row.span)?;
            out.push(Item::new(result, row.span));
        }
        Ok(Obj::list(out))
    }

    fn builtin_filter(&mut self, args: &Arguments, span: Span) -> Eval {
        let [function, iterable] = &*args.positional else {
            return Ok(Obj::unknown(span, "`filter` lacks arguments"));
        };
        let items = match self.iterate(&iterable.obj, iterable.span)? {
            Ok(items) => items,
            Err(unknown) => return Ok(Obj::Unknown(unknown)),
        };
        let mut out = Vec::new();
        for item in items {
            let tested = match &function.obj {
                Obj::None => item.obj.clone(),
                callee => {
                    let args = Arguments {
                        positional: vec![item.clone()],
                        ..Arguments::default()
                    };
                    self.call(callee, function.span, args, span)?
                }
            };
            match self.truth(&tested, span)? {
                Truth::Yes => out.push(item),
                Truth::No => {}
                Truth::Undecided(condition) => {
                    let at = item.span;
                    out.push(Item::new(
                        Obj::Guarded(Rc::new(Guarded { condition, item })),
                        at,
                    ));
                }
            }
        }
        Ok(Obj::list(out))
    }

    fn builtin_sorted(&mut self, value: &Obj, args: &Arguments, span: Span) -> Eval {
        let items = match self.iterate(value, span)? {
            Ok(items) => items,
            Err(unknown) => return Ok(Obj::Unknown(unknown)),
        };
        let mut keyed = Vec::with_capacity(items.len());
        for item in items {
            let key = match keyword(args, "key") {
                Some(function) => {
                    let args = Arguments {
                        positional: vec![item.clone()],
                        ..Arguments::default()
                    };
                    self.call(&function.obj, function.span, args, span)?
                }
                None => item.obj.clone(),
            };
            keyed.push((key, item));
        }
        let mut failed = false;
        let mut error = None;
        // Insertion into place keeps equal keys in order, as Python's sort does.
        keyed.sort_by(|left, right| match self.order(&left.0, &right.0) {
            Ok(Some(order)) => order,
            Ok(None) => {
                failed = true;
                std::cmp::Ordering::Equal
            }
            Err(exception) => {
                error = Some(exception);
                std::cmp::Ordering::Equal
            }
        });
        if let Some(exception) = error {
            return Err(exception);
        }
        if failed {
            return Ok(Obj::unknown(span, "the order of the elements is not known"));
        }
        let mut items: Vec<Item> = keyed.into_iter().map(|(_, item)| item).collect();
        if matches!(
            keyword(args, "reverse"),
            Some(Item {
                obj: Obj::Bool(true),
                ..
            })
        ) {
            items.reverse();
        }
        Ok(Obj::list(items))
    }

    fn builtin_extreme(&mut self, name: &str, value: &Obj, args: &Arguments, span: Span) -> Eval {
        let items = if args.positional.len() > 1 {
            args.positional.clone()
        } else {
            match self.iterate(value, span)? {
                Ok(items) => items,
                Err(unknown) => return Ok(Obj::Unknown(unknown)),
            }
        };
        if keyword(args, "key").is_some() {
            return Ok(Obj::unknown(
                span,
                format!("`{name}` with a key is not evaluated"),
            ));
        }
        let mut items = items.into_iter();
        let Some(first) = items.next() else {
            return match keyword(args, "default") {
                Some(default) => Ok(default.obj.clone()),
                None => Err(Exception::new("ValueError", "", span)),
            };
        };
        let mut best = self.force(&first.obj, span)?;
        for item in items {
            let candidate = self.force(&item.obj, span)?;
            match self.order(&candidate, &best)? {
                Some(order) if order.is_lt() == (name == "min") && order.is_ne() => {
                    best = candidate;
                }
                Some(_) => {}
                None => return Ok(Obj::unknown(span, "the order of the elements is not known")),
            }
        }
        Ok(best)
    }

    fn builtin_any_all(&mut self, any: bool, value: &Obj, span: Span) -> Eval {
        let items = match self.iterate(value, span)? {
            Ok(items) => items,
            Err(unknown) => return Ok(Obj::Unknown(unknown)),
        };
        let mut undecided: Vec<Condition> = Vec::new();
        for item in items {
            let (inner, guard) = unguard(item);
            let mut truth = self.truth(&inner.obj, span)?;
            // An element that is not there changes nothing.
            if let Some(guard) = guard {
                truth = match (any, truth) {
                    (true, Truth::Yes) => Truth::Undecided(guard),
                    (true, Truth::Undecided(condition)) => {
                        Truth::Undecided(Condition::All(vec![guard, condition]))
                    }
                    (false, Truth::No) => Truth::Undecided(negate(guard)),
                    (false, Truth::Undecided(condition)) => {
                        Truth::Undecided(Condition::Any(vec![negate(guard), condition]))
                    }
                    (_, truth) => truth,
                };
            }
            match truth {
                Truth::Yes if any => return Ok(Obj::Bool(true)),
                Truth::No if !any => return Ok(Obj::Bool(false)),
                Truth::Yes | Truth::No => {}
                Truth::Undecided(condition) => undecided.push(condition),
            }
        }
        if undecided.is_empty() {
            return Ok(Obj::Bool(!any));
        }
        let condition = if any {
            Condition::Any(undecided)
        } else {
            Condition::All(undecided)
        };
        Ok(conditional(
            bounded(condition),
            Item::new(Obj::Bool(true), span),
            Item::new(Obj::Bool(false), span),
        ))
    }
}

pub(super) fn keyword<'a>(args: &'a Arguments, name: &str) -> Option<&'a Item> {
    args.keywords
        .iter()
        .rev()
        .find(|(key, _)| key == name)
        .map(|(_, item)| item)
}

#[cfg(test)]
mod tests {
    #[test]
    fn builtins_are_sorted_for_binary_search() {
        assert!(super::BUILTINS.is_sorted());
    }
}
