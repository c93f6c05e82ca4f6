//! Functions of Django and the standard library whose result is known.

use std::cell::RefCell;
use std::rc::Rc;

use smol_str::SmolStr;

use super::condition::{Truth, is_database, vendors_where};
use super::expr::unguard;
use super::object::{Arguments, Call, Class, Dict, Item, Obj, guarded_by};
use super::{Eval, Evaluator, Exception};
use crate::base::Span;
use crate::ir::value::Condition;

/// Products of more combinations than this are not built.
const MAX_PRODUCT: usize = 10_000;

impl Evaluator<'_> {
    /// Functions of Django and the standard library whose result is known.
    pub(super) fn call_known(
        &mut self,
        path: &str,
        args: &Arguments,
        span: Span,
    ) -> Eval<Option<Obj>> {
        // Nearly all calls of a migration are these, and none of them is below.
        if path.starts_with("django.db.models.") || path.starts_with("django.db.migrations.") {
            return Ok(None);
        }
        let first = args.positional.first();
        if let Some((database, method @ ("startswith" | "endswith"))) = path.rsplit_once('.')
            && let (
                Some(Item {
                    obj: Obj::Str(text),
                    ..
                }),
                [_],
            ) = (first, &*args.positional)
        {
            let test = |name: &str| match method {
                "startswith" => name.starts_with(text.as_str()),
                _ => name.ends_with(text.as_str()),
            };
            let database = Obj::Ref(SmolStr::new(database));
            if let Some(vendors) = vendors_where(&database, test) {
                let condition = Condition::Vendor { vendors, span };
                return Ok(Some(self.truth_value(Truth::Undecided(condition), span)));
            }
        }
        if let Some(found) = of_databases(path, args, span) {
            return Ok(Some(found));
        }
        Ok(match path {
            // Lazy translations count as their text: that is what a migration stores.
            "django.utils.translation.gettext_lazy"
            | "django.utils.translation.gettext"
            | "django.utils.translation.gettext_noop"
            | "django.utils.translation.ugettext_lazy"
            | "django.utils.translation.ugettext"
            | "django.utils.translation.ugettext_noop"
            | "django.utils.safestring.mark_safe"
            | "django.utils.encoding.force_str"
            | "django.utils.encoding.force_text"
            | "django.utils.encoding.smart_str"
            | "django.utils.text.format_lazy"
                if args.positional.len() == 1 && args.keywords.is_empty() =>
            {
                first.map(|item| item.obj.clone())
            }
            "django.utils.translation.pgettext_lazy" | "django.utils.translation.pgettext" => {
                args.positional.get(1).map(|item| item.obj.clone())
            }
            "django.utils.translation.ngettext_lazy" | "django.utils.translation.ngettext" => {
                first.map(|item| item.obj.clone())
            }
            "django.utils.text.format_lazy" => {
                let Some(Item {
                    obj: Obj::Str(format),
                    ..
                }) = first
                else {
                    return Ok(None);
                };
                let format = format.clone();
                let rest = Arguments {
                    positional: args.positional.get(1..).unwrap_or_default().to_vec(),
                    keywords: args.keywords.clone(),
                    unknown: args.unknown.clone(),
                };
                Some(self.str_format(&format, &rest, span)?)
            }
            "django.contrib.auth.get_user_model" => {
                Some(Obj::Setting(SmolStr::new_static("AUTH_USER_MODEL")))
            }
            "django.apps.apps.is_installed" => {
                let Some(Item {
                    obj: Obj::Str(name),
                    ..
                }) = first
                else {
                    return Ok(None);
                };
                Some(match self.is_installed(name, span)? {
                    Some(answer) => Obj::Bool(answer),
                    None => Obj::unknown(
                        span,
                        format!("whether the app `{name}` is installed is not known"),
                    ),
                })
            }
            "collections.OrderedDict" => Some(self.call_builtin("dict", args, span)?),
            // A view of what it is given, which nothing changes through it.
            "types.MappingProxyType" => first.map(|item| item.obj.clone()),
            "collections.defaultdict" => {
                let mut dict = Dict::default();
                dict.factory = first.map(|item| item.obj.clone());
                Some(Obj::dict(dict))
            }
            "collections.namedtuple" => self.namedtuple(args, span)?,
            "itertools.chain" => Some(self.chained(&args.positional)?),
            "itertools.chain.from_iterable" => match first {
                Some(parts) => match self.iterate(&parts.obj, parts.span)? {
                    Ok(parts) => Some(self.chained(&parts)?),
                    Err(unknown) => Some(Obj::Unknown(unknown)),
                },
                None => None,
            },
            "itertools.product" if args.keywords.is_empty() => {
                Some(self.product(&args.positional, span)?)
            }
            "functools.reduce" => self.reduced(args, span)?,
            "operator.and_" | "operator.or_" | "operator.add" | "operator.concat"
                if args.positional.len() == 2 =>
            {
                use super::super::tree::BinaryOperator::{Add, BitAnd, BitOr};
                let operator = match path {
                    "operator.and_" => BitAnd,
                    "operator.or_" => BitOr,
                    _ => Add,
                };
                match &*args.positional {
                    [left, right] => Some(self.binary(operator, &left.obj, &right.obj, span)?),
                    _ => None,
                }
            }
            "importlib.import_module" | "django.utils.module_loading.import_string" => {
                match (first, args.positional.len()) {
                    (Some(item), 1) => match self.force(&item.obj, item.span)? {
                        Obj::Str(path) => Some(Obj::Ref(path)),
                        _ => None,
                    },
                    _ => None,
                }
            }
            "textwrap.dedent" => match first {
                Some(item) => match self.force(&item.obj, item.span)? {
                    Obj::Str(text) => Some(Obj::str(super::format::dedent(&text))),
                    _ => None,
                },
                None => None,
            },
            "copy.copy" | "copy.deepcopy" => first.map(|item| copied(&item.obj)),
            "os.environ.get" | "os.getenv" => Some(match args.positional.get(1) {
                Some(default) => default.obj.clone(),
                None => Obj::unknown(span, "it is an environment variable without default"),
            }),
            "django.utils.functional.lazy" => first.map(|item| item.obj.clone()),
            _ => self.call_version(path, args, span)?,
        })
    }

    fn chained(&mut self, parts: &[Item]) -> Eval {
        let mut out = Vec::new();
        for part in parts {
            let (part, condition) = unguard(part.clone());
            match self.iterate(&part.obj, part.span)? {
                Ok(items) => out.extend(
                    items
                        .into_iter()
                        .map(|item| guarded_by(condition.clone(), item)),
                ),
                Err(unknown) => return Ok(Obj::Unknown(unknown)),
            }
            if !self.fits(out.len()) {
                return Ok(Obj::unknown(part.span, "the list grows too long"));
            }
        }
        Ok(Obj::list(out))
    }

    fn product(&mut self, parts: &[Item], span: Span) -> Eval {
        let mut rows: Vec<Vec<Item>> = vec![Vec::new()];
        for part in parts {
            let items = match self.iterate(&part.obj, part.span)? {
                Ok(items) => items,
                Err(unknown) => return Ok(Obj::Unknown(unknown)),
            };
            if rows.len().saturating_mul(items.len()) > MAX_PRODUCT {
                return Ok(Obj::unknown(span, "the product is too long"));
            }
            self.charge(rows.len() * items.len() * parts.len());
            let longer = rows.iter().flat_map(|row| {
                items.iter().map(move |item| {
                    let mut row = row.clone();
                    row.push(item.clone());
                    row
                })
            });
            rows = longer.collect();
        }
        let rows = rows.into_iter().map(|row| Item::new(Obj::tuple(row), span));
        Ok(Obj::list(rows.collect()))
    }

    /// `functools.reduce(function, items, start)`.
    fn reduced(&mut self, args: &Arguments, span: Span) -> Eval<Option<Obj>> {
        let (Some(function), Some(items)) = (args.positional.first(), args.positional.get(1))
        else {
            return Ok(None);
        };
        let items = match self.iterate(&items.obj, items.span)? {
            Ok(items) => items,
            Err(unknown) => return Ok(Some(Obj::Unknown(unknown))),
        };
        let mut items = items.into_iter();
        let first = args.positional.get(2).cloned().or_else(|| items.next());
        let Some(mut total) = first else {
            return Err(Exception::new("TypeError", "`reduce` of nothing", span));
        };
        for item in items {
            let positional = vec![total.clone(), item];
            let args = Arguments {
                positional,
                ..Arguments::default()
            };
            total = Item::new(self.call(&function.obj, function.span, args, span)?, span);
        }
        Ok(Some(total.obj))
    }

    /// `namedtuple("Row", "name length")`: a class that is nothing but its fields.
    fn namedtuple(&mut self, args: &Arguments, span: Span) -> Eval<Option<Obj>> {
        let (Some(name), Some(fields)) = (args.positional.first(), args.positional.get(1)) else {
            return Ok(None);
        };
        let Obj::Str(name) = self.force(&name.obj, name.span)? else {
            return Ok(None);
        };
        let fields: Vec<SmolStr> = match self.force(&fields.obj, fields.span)? {
            Obj::Str(text) => text
                .split([',', ' '])
                .filter(|name| !name.is_empty())
                .map(SmolStr::new)
                .collect(),
            other => match self.iterate(&other, fields.span)? {
                Ok(items) => items
                    .into_iter()
                    .filter_map(|item| match item.obj {
                        Obj::Str(name) => Some(name),
                        _ => None,
                    })
                    .collect(),
                Err(_) => return Ok(None),
            },
        };
        Ok(Some(Obj::Class(Rc::new(Class {
            path: name.clone(),
            name,
            span,
            bases: Vec::new(),
            attributes: RefCell::default(),
            order: RefCell::default(),
            imported: Vec::new(),
            fields: Some(fields),
        }))))
    }

    /// The fields of a data class or named tuple, those of its bases first.
    pub(super) fn record_fields(&mut self, class: &Rc<Class>) -> Option<Vec<SmolStr>> {
        let mut all: Vec<SmolStr> = Vec::new();
        let mut is_record = false;
        for ancestor in self.ancestors(class).into_iter().rev() {
            if let super::class::Ancestor::Source(ancestor) = ancestor
                && let Some(fields) = &ancestor.fields
            {
                is_record = true;
                for field in fields {
                    if !all.contains(field) {
                        all.push(field.clone());
                    }
                }
            }
        }
        is_record.then_some(all)
    }

    pub(super) fn initialise_record(
        &mut self,
        call: &Rc<Call>,
        fields: &[SmolStr],
        span: Span,
    ) -> Eval<()> {
        let class = self.class_of_call(call);
        for (at, name) in fields.iter().enumerate() {
            let keyword = call.args.keywords.iter().rev().find(|(key, _)| key == name);
            let given = call
                .args
                .positional
                .get(at)
                .or(keyword.map(|(_, item)| item));
            let default = match &class {
                Some(class) => self.class_attribute(class, name).map(|(obj, _)| obj),
                None => None,
            };
            let obj = match (given, default, &call.args.unknown) {
                (Some(item), ..) => item.obj.clone(),
                (None, _, Some(unknown)) => Obj::Unknown(Rc::clone(unknown)),
                (None, Some(default), None) => self.field_default(default, span)?,
                (None, None, None) => {
                    let message = format!("the argument `{name}` is missing");
                    return Err(Exception::new("TypeError", message, span));
                }
            };
            call.state.borrow_mut().attributes.insert(name.clone(), obj);
        }
        Ok(())
    }

    /// `dataclasses.field(default=..., default_factory=...)`.
    fn field_default(&mut self, default: Obj, span: Span) -> Eval {
        let Obj::Call(call) = &default else {
            return Ok(default);
        };
        if !matches!(&call.callee, Obj::Ref(path) if path == "dataclasses.field") {
            return Ok(default);
        }
        let given = |name: &str| {
            let mut keywords = call.args.keywords.iter();
            keywords
                .find(|(key, _)| key == name)
                .map(|(_, item)| item.clone())
        };
        match (given("default"), given("default_factory")) {
            (Some(default), _) => Ok(default.obj),
            (None, Some(factory)) => {
                self.call(&factory.obj, factory.span, Arguments::default(), span)
            }
            (None, None) => Ok(Obj::unknown(span, "the field has no default")),
        }
    }
}

/// What is asked of `settings.DATABASES`, of one of them or of its `ENGINE`: there is
/// one database, the one at hand.
fn of_databases(path: &str, args: &Arguments, span: Span) -> Option<Obj> {
    const DATABASE: &str = "django.db.connection.settings_dict";
    let (object, method) = path.rsplit_once('.')?;
    let database = || Item::new(Obj::Ref(SmolStr::new_static(DATABASE)), span);
    Some(match (object, method) {
        ("django.conf.settings.DATABASES", "values") => Obj::list(vec![database()]),
        ("django.conf.settings.DATABASES", "items") => {
            let name = Item::new(Obj::str("default"), span);
            let pair = Obj::tuple(vec![name, database()]);
            Obj::list(vec![Item::new(pair, span)])
        }
        ("django.conf.settings.DATABASES", "get") => database().obj,
        ("django.db.connections", "all") => {
            let connection = Obj::Ref(SmolStr::new_static("django.db.connection"));
            Obj::list(vec![Item::new(connection, span)])
        }
        (DATABASE, "get") => match args.positional.first().map(|item| &item.obj) {
            Some(Obj::Str(key)) if key == "ENGINE" => {
                Obj::Ref(SmolStr::new_static(super::condition::ENGINE_PATH))
            }
            _ => Obj::unknown(span, "it is a setting of the database connection"),
        },
        // They are in lower case.
        (_, "lower") if is_database(&Obj::Ref(SmolStr::new(object))) => {
            Obj::Ref(SmolStr::new(object))
        }
        _ => return None,
    })
}

/// A copy whose changes the original does not see, one level deep and more.
fn copied(obj: &Obj) -> Obj {
    match obj {
        Obj::List(items) => Obj::list(items.borrow().to_vec()),
        Obj::Set(items) => Obj::Set(Rc::new(RefCell::new(items.borrow().clone()))),
        Obj::Dict(dict) => Obj::dict(dict.borrow().clone()),
        other => other.clone(),
    }
}
