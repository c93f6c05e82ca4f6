//! Attributes: of modules, classes along their bases, objects and enumerations.

use std::rc::Rc;

use smol_str::SmolStr;

use super::super::apps::label_of_module;
use super::super::django::common_path;
use super::condition::{conditional, names_class};
use super::object::{Arguments, Class, Decoration, Item, Member, Obj};
use super::{Eval, Evaluator, Exception};
use crate::base::Span;
use crate::base::text::concat;
use crate::ir::Unknown;

/// A class along the bases of another.
#[derive(Debug, Clone)]
pub(crate) enum Ancestor {
    Source(Rc<Class>),
    /// A class whose source is not read, by path.
    External(SmolStr),
    /// A base that could not be read.
    Unknown(Rc<Unknown>),
}

impl Ancestor {
    /// What tells classes apart.
    fn path(&self) -> Option<&SmolStr> {
        match self {
            Self::Source(class) => Some(&class.path),
            Self::External(path) => Some(path),
            Self::Unknown(_) => None,
        }
    }
}

/// A class whose bases are being followed, and those that extend it.
struct Below<'b> {
    class: &'b Rc<Class>,
    below: Option<&'b Below<'b>>,
}

/// Chains of bases longer than this are not followed.
const MAX_BASES: usize = 200;

impl Evaluator<'_> {
    pub(crate) fn attribute(&mut self, object: &Obj, name: &str, span: Span) -> Eval {
        match object {
            Obj::Ref(path) => Ok(attribute_of_path(path, name)),
            Obj::Settings => Ok(Obj::Setting(SmolStr::new(name))),
            Obj::Class(class) => {
                let class = Rc::clone(class);
                if name == "_meta" && self.is_model(&class) {
                    return Ok(Obj::Method(Rc::new(object.clone()), Rc::from(name)));
                }
                self.class_item(&class, name, span)
            }
            Obj::Member(member) => {
                let member = Rc::clone(member);
                self.member_attribute(&member, name, span)
            }
            Obj::Call(call) => {
                let call = Rc::clone(call);
                match self.force_call(&call, span)? {
                    Obj::Call(call) => self.object_attribute(&call, name, span),
                    other => self.attribute(&other, name, span),
                }
            }
            // The model class behind a swappable setting.
            Obj::Setting(_) if name == "_meta" => {
                Ok(Obj::Method(Rc::new(object.clone()), Rc::from(name)))
            }
            Obj::Method(model, meta) if &**meta == "_meta" => {
                let model = Rc::clone(model);
                self.model_meta(&model, name, span)
            }
            // Which databases there are, only the database at hand tells.
            Obj::Setting(setting) if setting == "DATABASES" => {
                Ok(Obj::Ref(joined("django.conf.settings.DATABASES", name)))
            }
            Obj::Setting(setting) => match self.setting(setting)? {
                Some(value) => self.attribute(&value, name, span),
                None => Ok(Obj::Unknown(self.unknown_of(object, span))),
            },
            Obj::Super(object, class) => {
                let (object, class) = (Rc::clone(object), Rc::clone(class));
                self.super_attribute(&object, &class, name, span)
            }
            Obj::Cond(cond) => {
                let cond = Rc::clone(cond);
                let then = self.attribute(&cond.then.obj, name, span)?;
                let otherwise = self.attribute(&cond.otherwise.obj, name, span)?;
                Ok(conditional(
                    cond.condition.clone(),
                    Item::new(then, span),
                    Item::new(otherwise, span),
                ))
            }
            Obj::Unknown(_) => Ok(object.clone()),
            Obj::Host(object) => {
                let object = Rc::clone(object);
                Ok(self.host_attribute(&object, name))
            }
            Obj::Function(function) => Ok(match name {
                "__name__" | "__qualname__" => Obj::Str(function.name.clone()),
                _ => Obj::unknown(span, "attributes of functions are not evaluated"),
            }),
            Obj::Str(_)
            | Obj::Bytes(_)
            | Obj::List(_)
            | Obj::Tuple(_)
            | Obj::Set(_)
            | Obj::Dict(_)
            | Obj::Builtin(_)
            | Obj::Int(_)
            | Obj::Float(_) => Ok(Obj::Method(Rc::new(object.clone()), Rc::from(name))),
            Obj::None
            | Obj::Missing
            | Obj::Bool(_)
            | Obj::BigInt(_)
            | Obj::Complex(_)
            | Obj::Ellipsis
            | Obj::Bound(..)
            | Obj::Method(..)
            | Obj::Guarded(_) => Ok(Obj::unknown(
                span,
                format!("the attribute `{name}` is not evaluated"),
            )),
        }
    }

    fn object_attribute(&mut self, call: &Rc<super::object::Call>, name: &str, span: Span) -> Eval {
        if let Some(value) = call.state.borrow().attributes.get(name) {
            return Ok(value.clone());
        }
        let Some(class) = self.class_of_call(call) else {
            if let Some(value) = self.constructed_attribute(call, name, span)? {
                return Ok(value);
            }
            // `Lower("name").desc`: a method of an object that is kept as written.
            return Ok(Obj::Method(
                Rc::new(Obj::Call(Rc::clone(call))),
                Rc::from(name),
            ));
        };
        if name != "__init__" {
            self.initialise(call, span)?;
            if let Some(value) = call.state.borrow().attributes.get(name) {
                return Ok(value.clone());
            }
        }
        let object = Obj::Call(Rc::clone(call));
        if name == "__dict__" {
            return Ok(Obj::Method(Rc::new(object), Rc::from(name)));
        }
        if let Some((attribute, _)) = self.class_attribute(&class, name) {
            return self.bound(object, attribute, span);
        }
        if name != "__getattr__"
            && !name.starts_with("__")
            && let Some((Obj::Function(getattr), _)) = self.class_attribute(&class, "__getattr__")
        {
            let args = Arguments {
                positional: vec![Item::new(Obj::str(name), span)],
                ..Arguments::default()
            };
            return self.call_function(&getattr, Some(object), args, span);
        }
        if let Some(value) = self.constructed_attribute(call, name, span)? {
            return Ok(value);
        }
        if self.has_external_base(&class) {
            return Ok(Obj::Method(Rc::new(object), Rc::from(name)));
        }
        if class.fields.is_some() {
            return Ok(Obj::unknown(
                span,
                format!("`{name}` of a record is not evaluated"),
            ));
        }
        Err(Exception::new("AttributeError", name, span))
    }

    /// What taking a class attribute through an object gives.
    fn bound(&mut self, object: Obj, attribute: Obj, span: Span) -> Eval {
        match attribute {
            Obj::Function(function) => match function.decoration {
                Decoration::Static => Ok(Obj::Function(function)),
                Decoration::Property => {
                    self.call_function(&function, Some(object), Arguments::default(), span)
                }
                Decoration::None | Decoration::Class | Decoration::Unknown => {
                    Ok(Obj::Bound(Rc::new(object), function))
                }
            },
            // `get_db_prep_save = models.Field.get_db_prep_save`
            Obj::Ref(path) => Ok(match (path.rsplit_once('.'), &object) {
                (Some((class, method)), Obj::Call(_))
                    if path.starts_with("django.") && names_class(class) && !names_class(&path) =>
                {
                    Obj::Method(Rc::new(object), Rc::from(method))
                }
                _ => Obj::Ref(path),
            }),
            other => Ok(other),
        }
    }

    /// `get_user_model()._meta.app_label` and the like.
    fn model_meta(&mut self, model: &Obj, name: &str, span: Span) -> Eval {
        let label = match self.force(model, span)? {
            Obj::Str(label) => label,
            Obj::Class(class) => return self.class_meta(&class, name, span),
            _ => return Ok(Obj::Unknown(self.unknown_of(model, span))),
        };
        let Some((app, object_name)) = label.split_once('.') else {
            return Ok(Obj::unknown(span, "the setting does not name a model"));
        };
        Ok(match name {
            "app_label" => Obj::str(app),
            "object_name" => Obj::str(object_name),
            "model_name" | "module_name" => Obj::str(object_name.to_lowercase()),
            "label" => Obj::str(label.clone()),
            "label_lower" => Obj::str(format!("{app}.{}", object_name.to_lowercase())),
            "swappable" => Obj::None,
            _ => Obj::unknown(
                span,
                format!("`_meta.{name}` is known only to the running app"),
            ),
        })
    }

    fn is_model(&mut self, class: &Rc<Class>) -> bool {
        self.ancestors(class).iter().any(|ancestor| {
            matches!(ancestor, Ancestor::External(path)
                if path.starts_with("django.") && path.ends_with(".Model"))
        })
    }

    /// `Post._meta.db_table` of a model whose source is at hand.
    /// Source: `Options.contribute_to_class` in `django/db/models/options.py`, 5.2.
    fn class_meta(&mut self, class: &Rc<Class>, name: &str, span: Span) -> Eval {
        let meta = match self.own_meta(class)? {
            Ok(meta) => meta,
            Err(unknown) => return Ok(Obj::Unknown(unknown)),
        };
        let option = |evaluator: &mut Self, option: &str| -> Eval<Option<Obj>> {
            match meta
                .as_ref()
                .and_then(|meta| evaluator.class_attribute(meta, option))
            {
                Some((obj, _)) => evaluator.force(&obj, span).map(Some),
                None => Ok(None),
            }
        };
        let model_name = class.name.to_lowercase();
        match name {
            "object_name" => return Ok(Obj::Str(class.name.clone())),
            "model_name" | "module_name" => return Ok(Obj::str(model_name)),
            "app_label" | "label" | "label_lower" | "db_table" => {}
            _ => {
                let reason = format!("`_meta.{name}` is known only to the running app");
                return Ok(Obj::unknown(span, reason));
            }
        }
        if name == "db_table"
            && let Some(table) = option(self, "db_table")?
        {
            return Ok(table);
        }
        let app = match option(self, "app_label")? {
            Some(Obj::Str(label)) => label,
            Some(other) => return Ok(Obj::Unknown(self.unknown_of(&other, span))),
            None => {
                let module = class.path.strip_suffix(class.name.as_str());
                let module = module.unwrap_or(&class.path).trim_end_matches('.');
                let label = label_of_module(self, module);
                SmolStr::new(label.as_str())
            }
        };
        Ok(match name {
            "app_label" => Obj::Str(app),
            "label" => Obj::str(format!("{app}.{}", class.name)),
            "label_lower" => Obj::str(format!("{app}.{model_name}")),
            _ => Obj::str(format!("{app}_{model_name}")),
        })
    }

    /// The `Meta` that counts for a model: its own, or that of an abstract base.
    fn own_meta(&mut self, class: &Rc<Class>) -> Eval<Result<Option<Rc<Class>>, Rc<Unknown>>> {
        for ancestor in self.ancestors(class) {
            let Ancestor::Source(ancestor) = ancestor else {
                continue;
            };
            let found = ancestor.attributes.borrow().get("Meta").cloned();
            let Some(item) = found else {
                continue;
            };
            let meta = match self.force(&item.obj, item.span)? {
                Obj::Class(meta) => meta,
                other => return Ok(Err(self.unknown_of(&other, item.span))),
            };
            let is_abstract = meta
                .attributes
                .borrow()
                .get("abstract")
                .is_some_and(|item| matches!(item.obj, Obj::Bool(true)));
            if is_abstract || Rc::ptr_eq(&ancestor, class) {
                return Ok(Ok(Some(meta)));
            }
        }
        Ok(Ok(None))
    }

    fn super_attribute(&mut self, object: &Obj, class: &Rc<Class>, name: &str, span: Span) -> Eval {
        let own = match object {
            Obj::Call(call) => self.class_of_call(call),
            Obj::Class(own) => Some(Rc::clone(own)),
            _ => None,
        };
        let ancestors = self.ancestors(&own.unwrap_or_else(|| Rc::clone(class)));
        let after = ancestors
            .iter()
            .position(|ancestor| matches!(ancestor, Ancestor::Source(it) if Rc::ptr_eq(it, class)))
            .map_or(0, |at| at + 1);
        for ancestor in ancestors.iter().skip(after) {
            match ancestor {
                Ancestor::Source(class) => {
                    let found = class.attributes.borrow().get(name).cloned();
                    if let Some(item) = found {
                        return self.bound(object.clone(), item.obj, span);
                    }
                }
                Ancestor::External(_) | Ancestor::Unknown(_) => {
                    return Ok(Obj::Method(
                        Rc::new(Obj::Super(Rc::new(object.clone()), Rc::clone(class))),
                        Rc::from(name),
                    ));
                }
            }
        }
        Ok(Obj::Method(
            Rc::new(Obj::Super(Rc::new(object.clone()), Rc::clone(class))),
            Rc::from(name),
        ))
    }

    /// `Class.name`.
    pub(super) fn class_item(&mut self, class: &Rc<Class>, name: &str, span: Span) -> Eval {
        if let Some(members) = self.enumeration(class)? {
            if let Some(member) = members.iter().find(|member| member.name == name) {
                return Ok(Obj::Member(Rc::clone(member)));
            }
            if let Some(summary) = self.enumeration_summary(class, &members, name, span) {
                return Ok(summary);
            }
        }
        match name {
            "__name__" | "__qualname__" => return Ok(Obj::Str(class.name.clone())),
            _ => {}
        }
        if let Some((attribute, _)) = self.class_attribute(class, name) {
            return Ok(match attribute {
                Obj::Function(function) if function.decoration == Decoration::Class => {
                    Obj::Bound(Rc::new(Obj::Class(Rc::clone(class))), function)
                }
                other => other,
            });
        }
        for ancestor in self.ancestors(class) {
            match ancestor {
                Ancestor::External(path) if path != "object" => {
                    return Ok(Obj::Ref(SmolStr::new(format!("{path}.{name}"))));
                }
                Ancestor::Unknown(unknown) => return Ok(Obj::Unknown(unknown)),
                Ancestor::Source(_) | Ancestor::External(_) => {}
            }
        }
        Err(Exception::new(
            "AttributeError",
            format!("`{}` has no attribute `{name}`", class.name),
            span,
        ))
    }

    /// An attribute along the bases, with the class that has it.
    pub(crate) fn class_attribute(
        &mut self,
        class: &Rc<Class>,
        name: &str,
    ) -> Option<(Obj, Rc<Class>)> {
        let (item, class) = self.spanned_attribute(class, name)?;
        Some((item.obj, class))
    }

    /// The same with its place.
    pub(crate) fn spanned_attribute(
        &mut self,
        class: &Rc<Class>,
        name: &str,
    ) -> Option<(Item, Rc<Class>)> {
        if let Some(item) = class.attributes.borrow().get(name) {
            return Some((item.clone(), Rc::clone(class)));
        }
        for ancestor in self.ancestors(class) {
            if let Ancestor::Source(ancestor) = ancestor {
                let found = ancestor.attributes.borrow().get(name).cloned();
                if let Some(item) = found {
                    return Some((item, ancestor));
                }
            }
        }
        None
    }

    fn has_external_base(&mut self, class: &Rc<Class>) -> bool {
        self.ancestors(class).iter().any(|ancestor| match ancestor {
            Ancestor::Source(_) => false,
            Ancestor::External(path) => path != "object",
            Ancestor::Unknown(_) => true,
        })
    }

    /// The class and its bases in the order in which Python looks attributes up:
    /// depth first, a class that is reached twice counts where it is reached last.
    pub(crate) fn ancestors(&mut self, class: &Rc<Class>) -> Vec<Ancestor> {
        let mut all = Vec::with_capacity(4);
        self.collect_ancestors(class, &mut all, None);
        // Nearly all classes have one base.
        if let [first, second] = all.as_slice()
            && first.path() != second.path()
        {
            return all;
        }
        let mut seen = rustc_hash::FxHashSet::default();
        let mut out: Vec<Ancestor> = all
            .into_iter()
            .rev()
            .filter(|ancestor| ancestor.path().is_none_or(|it| seen.insert(it.clone())))
            .collect();
        out.reverse();
        out
    }

    fn collect_ancestors(
        &mut self,
        class: &Rc<Class>,
        out: &mut Vec<Ancestor>,
        below: Option<&Below<'_>>,
    ) {
        let mut extending = below;
        while let Some(below) = extending {
            if Rc::ptr_eq(below.class, class) {
                return;
            }
            extending = below.below;
        }
        if out.len() > MAX_BASES {
            return;
        }
        out.push(Ancestor::Source(Rc::clone(class)));
        let here = Below { class, below };
        for base in &class.bases {
            self.collect_base(&base.obj, base.span, out, &here);
        }
    }

    fn collect_base(&mut self, base: &Obj, span: Span, out: &mut Vec<Ancestor>, below: &Below<'_>) {
        match self.force(base, span) {
            Ok(Obj::Class(base)) => self.collect_ancestors(&base, out, Some(below)),
            Ok(Obj::Ref(base)) => out.push(Ancestor::External(base)),
            Ok(Obj::Builtin(base)) => out.push(Ancestor::External(SmolStr::new_static(base))),
            // A class made for one database or another: what both sides extend.
            Ok(Obj::Cond(cond)) => {
                self.collect_base(&cond.then.obj, span, out, below);
                self.collect_base(&cond.otherwise.obj, span, out, below);
            }
            Ok(other) => {
                let unknown = self.unknown_of(&other, span);
                out.push(Ancestor::Unknown(unknown));
            }
            Err(exception) => {
                out.push(Ancestor::Unknown(Rc::new(exception.into_unknown())));
            }
        }
    }

    pub(super) fn is_enumeration(&mut self, class: &Rc<Class>) -> bool {
        self.ancestors(class).iter().any(
            |ancestor| matches!(ancestor, Ancestor::External(path) if enumeration_kind(path).is_some()),
        )
    }

    /// The members of an enumeration class, `None` if it is none.
    pub(super) fn enumeration(&mut self, class: &Rc<Class>) -> Eval<Option<Vec<Rc<Member>>>> {
        let kind = self
            .ancestors(class)
            .into_iter()
            .find_map(|ancestor| match ancestor {
                Ancestor::External(path) => enumeration_kind(&path),
                Ancestor::Source(_) | Ancestor::Unknown(_) => None,
            });
        let Some(kind) = kind else {
            return Ok(None);
        };
        let mut members = Vec::new();
        let mut last_number = 0;
        let order = class.order.borrow().clone();
        for name in order {
            if name.starts_with('_') {
                continue;
            }
            let Some(item) = class.attributes.borrow().get(&name).cloned() else {
                continue;
            };
            if matches!(
                item.obj,
                Obj::Function(_) | Obj::Class(_) | Obj::Bound(..) | Obj::Method(..)
            ) {
                continue;
            }
            let (mut value, label) = match &item.obj {
                Obj::Tuple(parts) if kind != EnumerationKind::Plain && parts.len() > 1 => {
                    match parts.split_last() {
                        Some((label, [only])) => (only.clone(), Some(label.obj.clone())),
                        Some((label, values)) => (
                            Item::new(Obj::tuple(values.to_vec()), item.span),
                            Some(label.obj.clone()),
                        ),
                        None => (item.clone(), None),
                    }
                }
                _ => (item.clone(), None),
            };
            if matches!(&value.obj, Obj::Call(call)
                if matches!(&call.callee, Obj::Ref(path) if path == "enum.auto"))
            {
                value.obj = match kind {
                    EnumerationKind::Text => Obj::Str(name.clone()),
                    EnumerationKind::StrEnum => Obj::str(name.to_lowercase()),
                    EnumerationKind::Plain | EnumerationKind::Choices => Obj::Int(last_number + 1),
                };
            }
            if let Obj::Int(number) = value.obj {
                last_number = last_number.max(number);
            }
            members.push(Rc::new(Member {
                class: Rc::clone(class),
                label: label.unwrap_or_else(|| Obj::str(title(&name.replace('_', " ")))),
                name,
                value,
            }));
        }
        Ok(Some(members))
    }

    /// `choices`, `values`, `labels` and `names` of an enumeration.
    /// Source: `django/db/models/enums.py`, Django 5.2.
    fn enumeration_summary(
        &mut self,
        class: &Rc<Class>,
        members: &[Rc<Member>],
        name: &str,
        span: Span,
    ) -> Option<Obj> {
        let empty = class.attributes.borrow().get("__empty__").cloned();
        let each = |pick: &dyn Fn(&Member) -> Obj, empty: Option<Obj>| {
            let mut items: Vec<Item> = empty.into_iter().map(|obj| Item::new(obj, span)).collect();
            items.extend(members.iter().map(|member| Item::new(pick(member), span)));
            Obj::list(items)
        };
        Some(match name {
            "choices" => each(
                &|member| {
                    Obj::tuple(vec![
                        member.value.clone(),
                        Item::new(member.label.clone(), span),
                    ])
                },
                empty.map(|label| Obj::tuple(vec![Item::new(Obj::None, span), label])),
            ),
            "values" => each(&|member| member.value.obj.clone(), empty.map(|_| Obj::None)),
            "labels" => each(&|member| member.label.clone(), empty.map(|label| label.obj)),
            "names" => each(
                &|member| Obj::Str(member.name.clone()),
                empty.map(|_| Obj::str("__empty__")),
            ),
            "__members__" => {
                let mut dict = super::object::Dict::default();
                for member in members {
                    dict.set(
                        Item::new(Obj::Str(member.name.clone()), span),
                        Item::new(Obj::Member(Rc::clone(member)), span),
                    );
                }
                Obj::dict(dict)
            }
            _ => return None,
        })
    }

    fn member_attribute(&mut self, member: &Rc<Member>, name: &str, span: Span) -> Eval {
        match name {
            "value" | "_value_" => Ok(member.value.obj.clone()),
            "name" | "_name_" => Ok(Obj::Str(member.name.clone())),
            "label" => Ok(member.label.clone()),
            _ => {
                let class = Rc::clone(&member.class);
                match self.class_attribute(&class, name) {
                    Some((attribute, _)) => {
                        self.bound(Obj::Member(Rc::clone(member)), attribute, span)
                    }
                    None => {
                        let value = member.value.obj.clone();
                        self.attribute(&value, name, span)
                    }
                }
            }
        }
    }

    /// `Status("draft")`.
    pub(super) fn member_by_value(
        &mut self,
        class: &Rc<Class>,
        args: &Arguments,
        span: Span,
    ) -> Eval {
        let Some(wanted) = args.positional.first() else {
            return Ok(Obj::unknown(
                span,
                "the enumeration is called without a value",
            ));
        };
        let wanted = self.force(&wanted.obj, span)?;
        for member in self.enumeration(class)?.unwrap_or_default() {
            if self.equal(&member.value.obj, &wanted)? == Some(true) {
                return Ok(Obj::Member(member));
            }
        }
        Ok(Obj::unknown(span, "the enumeration has no such value"))
    }
}

/// An attribute of what a path names.
pub(super) fn attribute_of_path(path: &str, name: &str) -> Obj {
    if name == "settings" && path == "django.conf" {
        return Obj::Settings;
    }
    if name == "__name__" && names_class(path) {
        return Obj::str(path.rsplit('.').next().unwrap_or(path));
    }
    Obj::Ref(joined(path, name))
}

/// `path.name`.
pub(super) fn joined(path: &str, name: &str) -> SmolStr {
    if let Some(common) = common_path(path, name) {
        return SmolStr::new_static(common);
    }
    dotted(path, name)
}

/// `path.name`, whatever it names.
pub(super) fn dotted(path: &str, name: &str) -> SmolStr {
    concat([path, ".", name])
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EnumerationKind {
    Plain,
    StrEnum,
    Choices,
    Text,
}

fn enumeration_kind(path: &str) -> Option<EnumerationKind> {
    Some(match path {
        "enum.Enum" | "enum.IntEnum" | "enum.Flag" | "enum.IntFlag" => EnumerationKind::Plain,
        "enum.StrEnum" => EnumerationKind::StrEnum,
        "django.db.models.TextChoices" | "django.db.models.enums.TextChoices" => {
            EnumerationKind::Text
        }
        "django.db.models.IntegerChoices"
        | "django.db.models.enums.IntegerChoices"
        | "django.db.models.Choices"
        | "django.db.models.enums.Choices" => EnumerationKind::Choices,
        _ => return None,
    })
}

/// Python's `str.title`.
pub(super) fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_word = false;
    for c in text.chars() {
        if in_word {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        in_word = c.is_alphabetic();
    }
    out
}
