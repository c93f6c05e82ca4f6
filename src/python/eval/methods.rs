//! Methods of built-in objects: strings, lists, dicts, sets.

use std::rc::Rc;

use smol_str::SmolStr;

use super::builtins::keyword;
use super::call::unexpanded;
use super::condition::is_database;
use super::expr::dict_insert;
use super::object::{
    Arguments, Call, Dict, Item, Items, Obj, entry_guard, guarded_by, is_guarded, many,
};
use super::{Eval, Evaluator, Exception};
use crate::base::Span;

impl Evaluator<'_> {
    pub(super) fn call_method(
        &mut self,
        object: &Obj,
        name: &str,
        args: &Arguments,
        span: Span,
    ) -> Eval {
        if let Obj::Super(instance, _) = object {
            if name == "__init__" {
                self.record_base_init(instance, args);
                return Ok(Obj::None);
            }
            if let Obj::Call(call) = &**instance {
                let call = Rc::clone(call);
                if let Some(result) = self.inherited_method(&call, name, args, span)? {
                    return Ok(result);
                }
            }
            self.note_handing_over(name, args, span);
            return Ok(Obj::unknown(
                span,
                format!("`super().{name}` leads to a class whose source is not read"),
            ));
        }
        // `Lower("name").desc()`: kept as a call of the method on the object.
        if let Obj::Host(host) = object {
            let host = Rc::clone(host);
            return self.host_method(&host, name, args, span);
        }
        if let Obj::Call(call) = object {
            let call = Rc::clone(call);
            if let Some(result) = self.inherited_method(&call, name, args, span)? {
                return Ok(result);
            }
            if name == "deconstruct"
                && let Some(parts) = self.deconstructed(&call, span)
            {
                return Ok(parts);
            }
            self.note_handing_over(name, args, span);
            let mut all = args.clone();
            all.positional.insert(0, Item::new(object.clone(), span));
            return Ok(Obj::Call(Rc::new(Call {
                callee: Obj::Ref(SmolStr::new(format!("operator.methodcaller.{name}"))),
                callee_span: span,
                args: all,
                state: std::cell::RefCell::default(),
            })));
        }
        if let Some(unknown) = unexpanded(args) {
            return Ok(unknown);
        }
        let mut forced = Vec::with_capacity(args.positional.len());
        for item in &args.positional {
            forced.push(self.force(&item.obj, item.span)?);
        }
        let changes_order = matches!(
            name,
            "pop" | "remove" | "clear" | "sort" | "reverse" | "popitem" | "discard"
        );
        if changes_order && self.spoils(object, span) {
            let reason = "it was changed under a condition that is not decided";
            return Ok(Obj::unknown(span, reason));
        }
        let result = match object {
            Obj::Str(text) => self.str_method(text, name, &forced, args, span)?,
            Obj::List(items) => self.list_method(items, name, &forced, args, span)?,
            Obj::Dict(dict) => self.dict_method(dict, name, &forced, args, span)?,
            Obj::Set(items) => self.set_method(items, name, &forced, args, span)?,
            Obj::Tuple(items) => match (name, forced.as_slice()) {
                ("count" | "index", [_]) => {
                    let list = Rc::new(std::cell::RefCell::new(Items(items.to_vec())));
                    self.list_method(&list, name, &forced, args, span)?
                }
                _ => None,
            },
            Obj::Bytes(bytes) => match name {
                "decode" => std::str::from_utf8(bytes).ok().map(Obj::str),
                _ => None,
            },
            Obj::Builtin("dict") if name == "fromkeys" => self.dict_fromkeys(args, span)?,
            Obj::Builtin("str") => match args.positional.split_first() {
                Some((text, rest)) => {
                    let args = Arguments {
                        positional: rest.to_vec(),
                        ..args.clone()
                    };
                    return self.call_method(&text.obj, name, &args, span);
                }
                None => None,
            },
            _ => None,
        };
        Ok(result.unwrap_or_else(|| {
            forced
                .iter()
                .find(|arg| arg.is_unknown())
                .cloned()
                .unwrap_or_else(|| {
                    Obj::unknown(span, format!("the method `{name}` is not evaluated here"))
                })
        }))
    }

    /// A container that loses something under a condition which is not decided: what
    /// it holds from then on is not known. `false` where nothing is undecided.
    pub(super) fn spoils(&mut self, object: &Obj, span: Span) -> bool {
        if self.guard().is_none() {
            return false;
        }
        let reason = "it was changed under a condition that is not decided";
        let unknown = Rc::new(crate::ir::Unknown::new(span, reason));
        match object {
            Obj::List(items) | Obj::Set(items) => {
                *items.borrow_mut() = Items(vec![many(unknown, span)]);
            }
            Obj::Dict(dict) => {
                dict.borrow_mut().unknown.get_or_insert(unknown);
            }
            _ => return false,
        }
        true
    }

    fn str_method(
        &mut self,
        text: &SmolStr,
        name: &str,
        forced: &[Obj],
        args: &Arguments,
        span: Span,
    ) -> Eval<Option<Obj>> {
        if super::host::has_holes(text)
            && !matches!(
                name,
                "format" | "join" | "strip" | "lstrip" | "rstrip" | "replace"
            )
        {
            return Ok(Some(Obj::unknown(span, super::sequence::HOLES)));
        }
        let strings: Option<Vec<&str>> = forced
            .iter()
            .map(|arg| match arg {
                Obj::Str(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        Ok(Some(match (name, forced) {
            ("format", _) => self.str_format(text, args, span)?,
            ("join", [iterable]) => {
                let items = match self.iterate(iterable, span)? {
                    Ok(items) => items,
                    Err(unknown) => return Ok(Some(Obj::Unknown(unknown))),
                };
                let mut parts = Vec::with_capacity(items.len());
                for item in items {
                    match self.force(&item.obj, item.span)? {
                        Obj::Str(part) => parts.push(part),
                        other => return Ok(Some(Obj::Unknown(self.unknown_of(&other, span)))),
                    }
                }
                Obj::str(parts.join(text.as_str()))
            }
            ("lower" | "casefold", []) => Obj::str(text.to_lowercase()),
            ("upper", []) => Obj::str(text.to_uppercase()),
            ("title", []) => Obj::str(super::class::title(text)),
            ("capitalize", []) => {
                let mut chars = text.chars();
                Obj::str(chars.next().map_or_else(String::new, |first| {
                    first.to_uppercase().collect::<String>() + &chars.as_str().to_lowercase()
                }))
            }
            ("strip", []) => Obj::str(text.trim()),
            ("lstrip", []) => Obj::str(text.trim_start()),
            ("rstrip", []) => Obj::str(text.trim_end()),
            ("strip", [Obj::Str(set)]) => Obj::str(text.trim_matches(|c| set.contains(c))),
            ("lstrip", [Obj::Str(set)]) => Obj::str(text.trim_start_matches(|c| set.contains(c))),
            ("rstrip", [Obj::Str(set)]) => Obj::str(text.trim_end_matches(|c| set.contains(c))),
            ("replace", [Obj::Str(from), Obj::Str(to)])
                if self.fits(text.len() * (to.len() + 1)) =>
            {
                Obj::str(text.replace(from.as_str(), to))
            }
            ("startswith", [Obj::Str(prefix)]) => Obj::Bool(text.starts_with(prefix.as_str())),
            ("endswith", [Obj::Str(suffix)]) => Obj::Bool(text.ends_with(suffix.as_str())),
            ("startswith" | "endswith", [Obj::Tuple(parts)]) => {
                let mut found = false;
                for part in parts.iter() {
                    match &part.obj {
                        Obj::Str(part) if name == "startswith" => {
                            found |= text.starts_with(part.as_str());
                        }
                        Obj::Str(part) => found |= text.ends_with(part.as_str()),
                        _ => return Ok(None),
                    }
                }
                Obj::Bool(found)
            }
            ("removeprefix", [Obj::Str(prefix)]) => {
                Obj::str(text.strip_prefix(prefix.as_str()).unwrap_or(text))
            }
            ("removesuffix", [Obj::Str(suffix)]) => {
                Obj::str(text.strip_suffix(suffix.as_str()).unwrap_or(text))
            }
            ("split", []) => strings_list(text.split_whitespace(), span),
            ("split", [Obj::Str(at)]) if !at.is_empty() => {
                strings_list(text.split(at.as_str()), span)
            }
            ("split", [Obj::Str(at), Obj::Int(most)]) if !at.is_empty() && *most >= 0 => {
                let pieces = usize::try_from(*most)
                    .unwrap_or(usize::MAX)
                    .saturating_add(1);
                strings_list(text.splitn(pieces, at.as_str()), span)
            }
            ("rsplit", [Obj::Str(at), Obj::Int(most)]) if !at.is_empty() && *most >= 0 => {
                let pieces = usize::try_from(*most)
                    .unwrap_or(usize::MAX)
                    .saturating_add(1);
                let mut parts: Vec<&str> = text.rsplitn(pieces, at.as_str()).collect();
                parts.reverse();
                strings_list(parts.into_iter(), span)
            }
            ("partition", [Obj::Str(at)]) if !at.is_empty() => {
                let (head, found, tail) = match text.split_once(at.as_str()) {
                    Some((head, tail)) => (head, at.as_str(), tail),
                    None => (text.as_str(), "", ""),
                };
                Obj::tuple(
                    [head, found, tail]
                        .map(|part| Item::new(Obj::str(part), span))
                        .to_vec(),
                )
            }
            ("rpartition", [Obj::Str(at)]) if !at.is_empty() => {
                let (head, found, tail) = match text.rsplit_once(at.as_str()) {
                    Some((head, tail)) => (head, at.as_str(), tail),
                    None => ("", "", text.as_str()),
                };
                Obj::tuple(
                    [head, found, tail]
                        .map(|part| Item::new(Obj::str(part), span))
                        .to_vec(),
                )
            }
            ("rsplit", [Obj::Str(at)]) if !at.is_empty() => {
                strings_list(text.split(at.as_str()), span)
            }
            ("find" | "index", [Obj::Str(part)]) => match text.find(part.as_str()) {
                Some(at) => char_position(text, at),
                None if name == "find" => Obj::Int(-1),
                None => return Err(Exception::new("ValueError", "", span)),
            },
            ("rfind" | "rindex", [Obj::Str(part)]) => match text.rfind(part.as_str()) {
                Some(at) => char_position(text, at),
                None if name == "rfind" => Obj::Int(-1),
                None => return Err(Exception::new("ValueError", "", span)),
            },
            ("isalpha", []) => Obj::Bool(!text.is_empty() && text.chars().all(char::is_alphabetic)),
            ("isalnum", []) => {
                Obj::Bool(!text.is_empty() && text.chars().all(char::is_alphanumeric))
            }
            ("isupper", []) => Obj::Bool(
                text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase),
            ),
            ("islower", []) => Obj::Bool(
                text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase),
            ),
            ("isidentifier", []) => Obj::Bool(
                text.chars()
                    .enumerate()
                    .all(|(at, c)| c == '_' || c.is_alphabetic() || (at > 0 && c.is_numeric()))
                    && !text.is_empty(),
            ),
            ("ljust" | "rjust" | "center", [Obj::Int(width)]) if *width < 1000 => {
                let width = usize::try_from(*width).unwrap_or(0);
                Obj::str(match name {
                    "ljust" => format!("{text:<width$}"),
                    "rjust" => format!("{text:>width$}"),
                    _ => format!("{text:^width$}"),
                })
            }
            ("splitlines", []) => strings_list(text.lines(), span),
            ("encode", _)
                if strings.is_some_and(|all| all.iter().all(|e| *e == "utf-8" || *e == "utf8")) =>
            {
                Obj::Bytes(text.as_bytes().into())
            }
            ("count", [Obj::Str(part)]) if !part.is_empty() => {
                Obj::Int(i64::try_from(text.matches(part.as_str()).count()).unwrap_or(i64::MAX))
            }
            ("isdigit" | "isnumeric" | "isdecimal", []) => {
                Obj::Bool(!text.is_empty() && text.chars().all(char::is_numeric))
            }
            ("zfill", [Obj::Int(width)]) if *width < 1000 => {
                let width = usize::try_from(*width).unwrap_or(0);
                Obj::str(format!("{text:0>width$}"))
            }
            _ => return Ok(None),
        }))
    }

    fn list_method(
        &mut self,
        items: &Rc<std::cell::RefCell<Items>>,
        name: &str,
        forced: &[Obj],
        args: &Arguments,
        span: Span,
    ) -> Eval<Option<Obj>> {
        let first = args.positional.first();
        Ok(Some(match (name, first) {
            ("append", Some(item)) => {
                let item = self.guarded(item.clone());
                items.borrow_mut().push(item);
                Obj::None
            }
            ("extend", Some(item)) => {
                match self.iterate(&item.obj, item.span)? {
                    Ok(more) => {
                        let more: Vec<Item> =
                            more.into_iter().map(|item| self.guarded(item)).collect();
                        if self.fits(items.borrow().len() + more.len()) {
                            items.borrow_mut().extend(more);
                        }
                    }
                    Err(unknown) => {
                        let item = self.guarded(many(unknown, item.span));
                        items.borrow_mut().push(item);
                    }
                }
                Obj::None
            }
            ("insert", Some(_)) => {
                let (Some(Obj::Int(at)), Some(item)) = (forced.first(), args.positional.get(1))
                else {
                    return Ok(None);
                };
                let item = self.guarded(item.clone());
                let is_open = items.borrow().iter().any(is_guarded);
                if is_open && *at != 0 {
                    // The place depends on what is there.
                    let unknown = Rc::new(crate::ir::Unknown::new(
                        span,
                        super::sequence::OPEN_POSITION,
                    ));
                    *items.borrow_mut() = Items(vec![many(unknown, span)]);
                    return Ok(Some(Obj::None));
                }
                let mut items = items.borrow_mut();
                let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
                let at = if *at < 0 {
                    (at + length).max(0)
                } else {
                    (*at).min(length)
                };
                items.insert(usize::try_from(at).unwrap_or(0), item);
                Obj::None
            }
            ("pop", _) => {
                let at = match forced.first() {
                    None => -1,
                    Some(Obj::Int(at)) => *at,
                    Some(_) => return Ok(None),
                };
                let mut items = items.borrow_mut();
                let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
                let at = if at < 0 { at + length } else { at };
                match usize::try_from(at) {
                    Ok(at) if at < items.len() => items.remove(at).obj,
                    _ => return Err(Exception::new("IndexError", "", span)),
                }
            }
            ("remove", Some(wanted)) => {
                let snapshot = items.borrow().clone();
                for (at, item) in snapshot.iter().enumerate() {
                    match self.equal(&item.obj, &wanted.obj)? {
                        Some(true) => {
                            items.borrow_mut().remove(at);
                            return Ok(Some(Obj::None));
                        }
                        Some(false) => {}
                        None => return Ok(None),
                    }
                }
                return Err(Exception::new("ValueError", "", span));
            }
            ("index", Some(wanted)) => {
                let snapshot = items.borrow().clone();
                for (at, item) in snapshot.iter().enumerate() {
                    match self.equal(&item.obj, &wanted.obj)? {
                        Some(true) => {
                            return Ok(Some(Obj::Int(i64::try_from(at).unwrap_or(i64::MAX))));
                        }
                        Some(false) => {}
                        None => return Ok(None),
                    }
                }
                return Err(Exception::new("ValueError", "", span));
            }
            ("count", Some(wanted)) => {
                let snapshot = items.borrow().clone();
                let mut found = 0;
                for item in snapshot.iter() {
                    match self.equal(&item.obj, &wanted.obj)? {
                        Some(true) => found += 1,
                        Some(false) => {}
                        None => return Ok(None),
                    }
                }
                Obj::Int(found)
            }
            ("copy", None) => Obj::list(items.borrow().to_vec()),
            ("clear", None) => {
                items.borrow_mut().clear();
                Obj::None
            }
            ("reverse", None) => {
                items.borrow_mut().reverse();
                Obj::None
            }
            ("sort", _) => {
                let mut sorting = args.clone();
                sorting
                    .positional
                    .insert(0, Item::new(Obj::List(Rc::clone(items)), span));
                match self.call_builtin("sorted", &sorting, span)? {
                    Obj::List(sorted) => {
                        let sorted = sorted.borrow().clone();
                        *items.borrow_mut() = sorted;
                        Obj::None
                    }
                    _ => return Ok(None),
                }
            }
            _ => return Ok(None),
        }))
    }

    fn dict_method(
        &mut self,
        dict: &Rc<std::cell::RefCell<Dict>>,
        name: &str,
        forced: &[Obj],
        args: &Arguments,
        span: Span,
    ) -> Eval<Option<Obj>> {
        let key = forced.first().and_then(Obj::key);
        let default = args.positional.get(1).map(|item| item.obj.clone());
        Ok(Some(match name {
            "get" if forced.first().is_some_and(is_database) => {
                let dict = dict.borrow().clone();
                let database = forced.first().unwrap_or(&Obj::None);
                self.of_database(&dict, database, default.unwrap_or(Obj::None), span)
            }
            "get" | "pop" | "setdefault" => {
                let Some(key) = key else {
                    return Ok(None);
                };
                let found = dict.borrow().get(&key).cloned();
                let unknown = dict.borrow().unknown.clone();
                match (found, unknown) {
                    (Some(item), _) => {
                        if name == "pop" {
                            dict.borrow_mut().remove(&key);
                        }
                        match default {
                            Some(default) => item.obj.or_where_missing(&default),
                            None if name == "get" => item.obj.or_where_missing(&Obj::None),
                            None => item.obj.present(),
                        }
                    }
                    (None, Some(unknown)) => Obj::Unknown(unknown),
                    (None, None) => match (name, default) {
                        ("setdefault", default) => {
                            let value = default.unwrap_or(Obj::None);
                            if let Some(key) = args.positional.first() {
                                dict_insert(
                                    &mut dict.borrow_mut(),
                                    key.clone(),
                                    Item::new(value.clone(), span),
                                );
                            }
                            value
                        }
                        (_, Some(default)) => default,
                        ("get", None) => Obj::None,
                        _ => return Err(Exception::new("KeyError", "", span)),
                    },
                }
            }
            "items" | "keys" | "values" | "iteritems" => {
                let dict = dict.borrow();
                if let Some(unknown) = &dict.unknown {
                    return Ok(Some(Obj::Unknown(Rc::clone(unknown))));
                }
                Obj::list(
                    dict.entries()
                        .iter()
                        .map(|(key, value)| {
                            let (value, condition) = entry_guard(value);
                            let item = match name {
                                "keys" => key.clone(),
                                "values" => value,
                                _ => Item::new(Obj::tuple(vec![key.clone(), value]), key.span),
                            };
                            guarded_by(condition, item)
                        })
                        .collect(),
                )
            }
            "update" => {
                let mut merged = dict.borrow().clone();
                let given = self.call_builtin("dict", args, span)?;
                self.dict_merge(&mut merged, &given, span)?;
                *dict.borrow_mut() = merged;
                Obj::None
            }
            "copy" => Obj::dict(dict.borrow().clone()),
            _ => return Ok(None),
        }))
    }

    fn set_method(
        &mut self,
        items: &Rc<std::cell::RefCell<Items>>,
        name: &str,
        forced: &[Obj],
        args: &Arguments,
        span: Span,
    ) -> Eval<Option<Obj>> {
        use super::super::tree::BinaryOperator;
        let own = Obj::Set(Rc::clone(items));
        let operator = match name {
            "add" | "discard" => {
                let Some(item) = args.positional.first() else {
                    return Ok(None);
                };
                let mut all = items.borrow().to_vec();
                if name == "add" {
                    all.push(item.clone());
                } else {
                    let key = item.obj.key();
                    all.retain(|other| other.obj.key() != key);
                }
                if let Obj::Set(changed) = self.set(all) {
                    let changed = changed.borrow().clone();
                    *items.borrow_mut() = changed;
                }
                return Ok(Some(Obj::None));
            }
            "copy" => return Ok(Some(self.set(items.borrow().to_vec()))),
            "union" | "update" => BinaryOperator::BitOr,
            "intersection" => BinaryOperator::BitAnd,
            "difference" => BinaryOperator::Sub,
            _ => return Ok(None),
        };
        let Some(other) = forced.first() else {
            return Ok(None);
        };
        let other = match self.iterate(other, span)? {
            Ok(other) => self.set(other),
            Err(unknown) => return Ok(Some(Obj::Unknown(unknown))),
        };
        let result = self.binary(operator, &own, &other, span)?;
        if name == "update"
            && let Obj::Set(changed) = &result
        {
            let changed = changed.borrow().clone();
            *items.borrow_mut() = changed;
            return Ok(Some(Obj::None));
        }
        Ok(Some(result))
    }

    fn dict_fromkeys(&mut self, args: &Arguments, span: Span) -> Eval<Option<Obj>> {
        let Some(keys) = args.positional.first() else {
            return Ok(None);
        };
        let value = args
            .positional
            .get(1)
            .or_else(|| keyword(args, "value"))
            .map_or(Obj::None, |item| item.obj.clone());
        Ok(Some(match self.iterate(&keys.obj, keys.span)? {
            Ok(keys) => {
                let mut dict = Dict::default();
                for key in keys {
                    let at = key.span;
                    dict_insert(&mut dict, key, Item::new(value.clone(), at));
                }
                Obj::dict(dict)
            }
            Err(unknown) => {
                let _ = span;
                Obj::Unknown(unknown)
            }
        }))
    }
}

/// A byte offset as Python's index.
fn char_position(text: &str, offset: usize) -> Obj {
    let position = text.get(..offset).unwrap_or_default().chars().count();
    Obj::Int(i64::try_from(position).unwrap_or(i64::MAX))
}

fn strings_list<'t>(parts: impl Iterator<Item = &'t str>, span: Span) -> Obj {
    Obj::list(parts.map(|part| Item::new(Obj::str(part), span)).collect())
}

/// Whether a built-in object has a method of that name, for the names that code
/// asks about.
pub(super) fn has_method(object: &Obj, name: &str) -> bool {
    match name {
        "__iter__" => matches!(
            object,
            Obj::List(_) | Obj::Tuple(_) | Obj::Dict(_) | Obj::Set(_) | Obj::Str(_)
        ),
        "items" | "keys" => matches!(object, Obj::Dict(_)),
        "append" => matches!(object, Obj::List(_)),
        "format" | "lower" | "strip" => matches!(object, Obj::Str(_)),
        _ => false,
    }
}
