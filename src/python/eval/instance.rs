//! Objects of Django's classes, or of classes that extend them: the attributes that
//! Django's constructors set, and Django's methods where a class of the project calls
//! them. And `isinstance`.

use std::rc::Rc;

use smol_str::SmolStr;

use super::super::django::{self, OperationClass};
use super::class::Ancestor;
use super::host::Hole;
use super::object::{Arguments, Call, Class, Dict, Item, Obj};
use super::{Eval, Evaluator, MAX_CALL_DEPTH};
use crate::base::Span;
use crate::ir::FieldKind;

/// What of Django a class extends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    Operation(&'static [&'static str]),
    Field(FieldKind),
}

impl Evaluator<'_> {
    fn django_base(&mut self, call: &Rc<Call>) -> Option<Base> {
        match self.class_of_call(call) {
            Some(class) => {
                let ancestors = self.ancestors(&class);
                let bases = ancestors.iter().filter_map(|it| match it {
                    Ancestor::External(path) => base_of_path(path),
                    Ancestor::Source(_) | Ancestor::Unknown(_) => None,
                });
                // `models.Field` itself comes after all that extend it.
                let general = Base::Field(FieldKind::Field);
                let mut bases: Vec<Base> = bases.collect();
                let at = bases.iter().position(|base| *base != general);
                (!bases.is_empty()).then(|| bases.swap_remove(at.unwrap_or(0)))
            }
            None => match &call.callee {
                Obj::Ref(path) => base_of_path(path),
                _ => None,
            },
        }
    }

    /// An attribute that Django's constructor sets of its arguments, while a method is
    /// evaluated.
    pub(super) fn constructed_attribute(
        &mut self,
        call: &Rc<Call>,
        name: &str,
        span: Span,
    ) -> Eval<Option<Obj>> {
        match name {
            "__class__" => {
                let class = self.class_of_call(call).map(Obj::Class);
                return Ok(Some(class.unwrap_or_else(|| call.callee.clone())));
            }
            // Source: `LazyObject.__init__` in `django/utils/functional.py`, 5.2.
            "_wrapped" if self.extends(call, "django.utils.functional.LazyObject") => {
                let empty = SmolStr::new_static("django.utils.functional.empty");
                return Ok(Some(Obj::Ref(empty)));
            }
            _ if self.recorder.is_none() => return Ok(None),
            _ => {}
        }
        let Some(base) = self.django_base(call) else {
            // Indexes, constraints and the like keep their arguments under their names.
            let is_django = matches!(&call.callee, Obj::Ref(path) if path.starts_with("django."));
            let is_index = matches!(&call.callee, Obj::Ref(path) if django::is_index(path));
            if is_index && name == "fields_orders" {
                return self.fields_orders(call, span).map(Some);
            }
            return Ok(keyword(&call.args, name).filter(|_| is_django));
        };
        let own = call.state.borrow().base_init.clone();
        let args = own.as_ref().unwrap_or(&call.args);
        let (parameters, lower) = match base {
            Base::Operation(parameters) => (parameters, name.strip_suffix("_lower")),
            Base::Field(kind) => (django::field_parameters(kind), None),
        };
        let parameter = lower.unwrap_or(name);
        let positional = parameters
            .iter()
            .position(|known| *known == parameter)
            .and_then(|at| args.positional.get(at))
            .map(|item| item.obj.clone());
        let found = keyword(args, parameter).or(positional);
        let found = match (found, base) {
            (None, Base::Field(_)) => field_default(parameter),
            (None, Base::Operation(_)) => operation_default(parameter),
            (found, _) => found,
        };
        Ok(match (found, lower) {
            (Some(found), Some(_)) => match self.force(&found, span)? {
                Obj::Str(text) => Some(Obj::str(text.to_lowercase())),
                _ => None,
            },
            (found, _) => found,
        })
    }

    fn extends(&mut self, call: &Call, base: &str) -> bool {
        let Some(class) = self.class_of_call(call) else {
            return false;
        };
        let ancestors = self.ancestors(&class);
        ancestors
            .iter()
            .any(|it| matches!(it, Ancestor::External(path) if path == base))
    }

    /// `type(name, bases, attributes)`: a class made by a call.
    pub(super) fn made_class(&mut self, args: &Arguments, span: Span) -> Eval<Option<Obj>> {
        let [name, bases, attributes] = args.positional.as_slice() else {
            return Ok(None);
        };
        let (Obj::Str(name), Obj::Dict(given)) = (
            self.force(&name.obj, name.span)?,
            self.force(&attributes.obj, attributes.span)?,
        ) else {
            return Ok(None);
        };
        let Ok(bases) = self.iterate(&bases.obj, bases.span)? else {
            return Ok(None);
        };
        let mut attributes = super::names::Names::default();
        let mut order = Vec::new();
        for (key, value) in given.borrow().entries() {
            if let Obj::Str(key) = &key.obj {
                attributes.insert(key.clone(), value.clone());
                order.push(key.clone());
            }
        }
        Ok(Some(Obj::Class(Rc::new(Class {
            path: name.clone(),
            name,
            span,
            bases,
            attributes: std::cell::RefCell::new(attributes),
            order: std::cell::RefCell::new(order),
            imported: Vec::new(),
            fields: None,
        }))))
    }

    /// `field.deconstruct()` of a field of Django's own class: its arguments by name.
    pub(super) fn deconstructed(&mut self, call: &Rc<Call>, span: Span) -> Option<Obj> {
        let Obj::Ref(path) = &call.callee else {
            return None;
        };
        let parameters = django::field_parameters(django::field_kind(path)?);
        if call.args.unknown.is_some() {
            return None;
        }
        let mut kwargs = Dict::default();
        let positional = call.args.positional.iter().zip(parameters);
        let positional = positional.map(|(item, name)| (SmolStr::new_static(name), item.clone()));
        for (name, item) in positional.chain(call.args.keywords.iter().cloned()) {
            kwargs.set(Item::new(Obj::Str(name), item.span), item);
        }
        let parts = vec![
            Obj::None,
            Obj::Str(path.clone()),
            Obj::list(Vec::new()),
            Obj::dict(kwargs),
        ];
        let parts = parts.into_iter().map(|obj| Item::new(obj, span));
        Some(Obj::tuple(parts.collect()))
    }

    /// Source: `Index.__init__` in `django/db/models/indexes.py`, 5.2.
    fn fields_orders(&mut self, call: &Rc<Call>, span: Span) -> Eval {
        let fields = keyword(&call.args, "fields").unwrap_or_else(|| Obj::list(Vec::new()));
        let fields = match self.iterate(&fields, span)? {
            Ok(fields) => fields,
            Err(unknown) => return Ok(Obj::Unknown(unknown)),
        };
        let mut orders = Vec::with_capacity(fields.len());
        for field in fields {
            let Obj::Str(name) = self.force(&field.obj, field.span)? else {
                return Ok(Obj::unknown(
                    field.span,
                    "the field's name could not be read",
                ));
            };
            let pair = match name.strip_prefix('-') {
                Some(name) => [Obj::str(name), Obj::str("DESC")],
                None => [Obj::Str(name), Obj::str("")],
            };
            let pair = pair.map(|part| Item::new(part, field.span));
            orders.push(Item::new(Obj::tuple(pair.to_vec()), field.span));
        }
        Ok(Obj::list(orders))
    }

    /// `isinstance(value, classes)`.
    pub(super) fn builtin_isinstance(&mut self, value: &Obj, args: &Arguments, span: Span) -> Eval {
        let classes = match args.positional.get(1) {
            Some(item) => self.force(&item.obj, item.span)?,
            None => return Ok(Obj::unknown(span, "`isinstance` lacks a class")),
        };
        let classes = match &classes {
            Obj::Tuple(classes) => classes.to_vec(),
            class => vec![Item::new(class.clone(), span)],
        };
        let mut answer = Some(false);
        for class in &classes {
            let class = self.force(&class.obj, class.span)?;
            match self.is_instance(value, &class)? {
                Some(true) => return Ok(Obj::Bool(true)),
                Some(false) => {}
                None => answer = None,
            }
        }
        Ok(match (answer, value) {
            (Some(answer), _) => Obj::Bool(answer),
            (None, Obj::Unknown(unknown)) => Obj::Unknown(Rc::clone(unknown)),
            (None, _) => Obj::unknown(span, "`isinstance` is not evaluated for this class"),
        })
    }

    /// Whether an object is one of a class; `None` if that is not known.
    fn is_instance(&mut self, value: &Obj, class: &Obj) -> Eval<Option<bool>> {
        let own = match value {
            Obj::Str(_) => "str",
            Obj::Int(_) | Obj::BigInt(_) => "int",
            Obj::Bool(_) => "bool",
            Obj::Float(_) => "float",
            Obj::Bytes(_) => "bytes",
            Obj::List(_) => "list",
            Obj::Tuple(_) => "tuple",
            Obj::Dict(_) => "dict",
            Obj::Set(_) => "set",
            Obj::None => "NoneType",
            Obj::Class(_) => "type",
            Obj::Function(_) => "function",
            Obj::Call(call) => return Ok(self.is_made_by(call, class)),
            _ => return Ok(None),
        };
        Ok(match class {
            Obj::Builtin(name) => {
                Some(*name == own || *name == "object" || (*name == "int" && own == "bool"))
            }
            // A class may be made by a metaclass of the project's.
            Obj::Class(_) => (own != "type").then_some(false),
            // What plain values are counted as without being made by it.
            Obj::Ref(path) => {
                let is_plain = !matches!(own, "type" | "function");
                let may_be = ["collections.", "typing.", "numbers.", "abc.", "six."];
                (is_plain && !may_be.iter().any(|it| path.contains(it))).then_some(false)
            }
            _ => None,
        })
    }

    /// Whether an object that a call made is one of a class.
    fn is_made_by(&mut self, call: &Call, class: &Obj) -> Option<bool> {
        let wanted = match class {
            Obj::Ref(path) => path.clone(),
            Obj::Class(class) => class.path.clone(),
            Obj::Builtin("object") => return Some(true),
            Obj::Builtin(name) => SmolStr::new_static(name),
            _ => return None,
        };
        let Some(own) = self.class_of_call(call) else {
            // What else a class that is not read extends is not known.
            return match &call.callee {
                Obj::Ref(path) if *path == wanted => Some(true),
                Obj::Ref(path) if django::field_kind(path).is_some() && !wanted.contains('.') => {
                    Some(false)
                }
                Obj::Ref(path) if is_field_base(&wanted) && django::field_kind(path).is_some() => {
                    Some(true)
                }
                _ => None,
            };
        };
        let mut is_known = true;
        for ancestor in self.ancestors(&own) {
            match ancestor {
                Ancestor::Source(ancestor) if ancestor.path == wanted => return Some(true),
                Ancestor::External(path) if path == wanted => return Some(true),
                Ancestor::Source(_) => {}
                Ancestor::External(path) => is_known &= path == "object",
                Ancestor::Unknown(_) => is_known = false,
            }
        }
        is_known.then_some(false)
    }

    /// What a method of Django does or gives, called on an object or through `super()`;
    /// `None` if that is not known.
    pub(super) fn inherited_method(
        &mut self,
        call: &Rc<Call>,
        name: &str,
        args: &Arguments,
        span: Span,
    ) -> Eval<Option<Obj>> {
        if self.recorder.is_none() {
            return Ok(None);
        }
        match self.django_base(call) {
            Some(Base::Operation(_)) => self.operation_method(call, name, args, span),
            Some(Base::Field(kind)) => self.field_method(call, kind, name, args, span),
            None => Ok(None),
        }
    }

    /// `models.Field.db_parameters(self, connection)`: the older way to call a base's.
    pub(super) fn method_of_base(
        &mut self,
        path: &str,
        args: &Arguments,
        span: Span,
    ) -> Eval<Option<Obj>> {
        if self.recorder.is_none() {
            return Ok(None);
        }
        let Some((
            Item {
                obj: Obj::Call(call),
                ..
            },
            rest,
        )) = args.positional.split_first()
        else {
            return Ok(None);
        };
        let Some((class, method)) = path.rsplit_once('.') else {
            return Ok(None);
        };
        let rest = Arguments {
            positional: rest.to_vec(),
            ..args.clone()
        };
        match base_of_path(class) {
            Some(Base::Operation(_)) => self.operation_method(call, method, &rest, span),
            Some(Base::Field(kind)) => self.field_method(call, kind, method, &rest, span),
            None => Ok(None),
        }
    }

    fn field_method(
        &mut self,
        call: &Rc<Call>,
        kind: FieldKind,
        name: &str,
        args: &Arguments,
        span: Span,
    ) -> Eval<Option<Obj>> {
        let is_own = self
            .field_in_progress
            .as_ref()
            .is_some_and(|own| Rc::ptr_eq(own, call));
        let value = |position: usize| {
            let given = args.positional.get(position).map(|item| item.obj.clone());
            given.or_else(|| keyword(args, "value"))
        };
        Ok(match name {
            "db_type" | "rel_db_type" | "cast_db_type" if is_own => {
                Some(self.hole(Hole::InheritedType))
            }
            "db_check" if is_own => Some(self.hole(Hole::InheritedCheck)),
            "db_type" => {
                let field = Item::new(Obj::Call(Rc::clone(call)), span);
                Some(self.hole(Hole::TypeOf(field)))
            }
            "db_parameters" => {
                let mut parameters = Dict::default();
                for (key, method) in [("type", "db_type"), ("check", "db_check")] {
                    let object = Obj::Call(Rc::clone(call));
                    let method = self.attribute(&object, method, span)?;
                    let part = self.call(&method, span, args.clone(), span)?;
                    let key = Item::new(Obj::str(key), span);
                    parameters.set(key, Item::new(part, span));
                }
                // `CharField` and `TextField` have one more.
                if is_own && reads_collations(kind) {
                    let key = Item::new(Obj::str("collation"), span);
                    let collation = self.hole(Hole::InheritedCollation);
                    parameters.set(key, Item::new(collation, span));
                }
                Some(Obj::dict(parameters))
            }
            "set_attributes_from_name" | "contribute_to_class" => {
                let at = usize::from(name == "contribute_to_class");
                if let Some(Obj::Str(own)) = value(at).or_else(|| keyword(args, "name")) {
                    let mut state = call.state.borrow_mut();
                    let name = SmolStr::new_static("name");
                    state.attributes.insert(name, Obj::Str(own));
                }
                Some(Obj::None)
            }
            "get_internal_type" => Some(Obj::str(internal_type(kind))),
            "get_default" => self.given_default(call, span)?,
            "to_python" => value(0),
            "get_prep_value" => match value(0) {
                Some(value) if reads_values(kind) => {
                    Some(self.through(call, "to_python", value, args, span)?)
                }
                value => value,
            },
            "get_db_prep_value" => {
                let is_prepared = args.positional.get(2).map(|item| item.obj.clone());
                let is_prepared = is_prepared.or_else(|| keyword(args, "prepared"));
                match (value(0), is_prepared) {
                    (Some(value), Some(Obj::Bool(true))) => Some(value),
                    (Some(value), _) => {
                        Some(self.through(call, "get_prep_value", value, args, span)?)
                    }
                    (None, _) => None,
                }
            }
            "get_db_prep_save" => match value(0) {
                Some(value) => Some(self.through(call, "get_db_prep_value", value, args, span)?),
                None => None,
            },
            _ => None,
        })
    }

    /// `Field.get_default`: the default, called if it is something to call.
    fn given_default(&mut self, call: &Rc<Call>, span: Span) -> Eval<Option<Obj>> {
        let own = call.state.borrow().base_init.clone();
        let args = own.as_ref().unwrap_or(&call.args);
        let Some(default) = keyword(args, "default") else {
            return Ok(None);
        };
        let default = self.force(&default, span)?;
        match default {
            Obj::Ref(_)
            | Obj::Function(_)
            | Obj::Class(_)
            | Obj::Builtin(_)
            | Obj::Bound(..)
            | Obj::Method(..) => self
                .call(&default, span, Arguments::default(), span)
                .map(Some),
            default => Ok(Some(default)),
        }
    }

    /// A value through a method of the object, which its class may have of its own.
    fn through(
        &mut self,
        call: &Rc<Call>,
        method: &str,
        value: Obj,
        args: &Arguments,
        span: Span,
    ) -> Eval {
        if self.call_depth >= MAX_CALL_DEPTH {
            return Ok(Obj::unknown(span, "its calls are nested too deeply"));
        }
        let callee = self.attribute(&Obj::Call(Rc::clone(call)), method, span)?;
        let mut given = Arguments {
            positional: vec![Item::new(value, span)],
            ..Arguments::default()
        };
        if method == "get_db_prep_value" {
            let connection = args.positional.get(1).map(|item| item.obj.clone());
            let connection = connection.or_else(|| keyword(args, "connection"));
            let connection =
                connection.unwrap_or_else(|| Obj::Ref(SmolStr::new_static("django.db.connection")));
            given.keywords = vec![
                (
                    SmolStr::new_static("connection"),
                    Item::new(connection, span),
                ),
                (
                    SmolStr::new_static("prepared"),
                    Item::new(Obj::Bool(false), span),
                ),
            ];
        }
        self.call_depth += 1;
        let result = self.call(&callee, span, given, span);
        self.call_depth -= 1;
        result
    }
}

fn is_field_base(path: &str) -> bool {
    django::field_kind(path) == Some(FieldKind::Field)
}

fn base_of_path(path: &str) -> Option<Base> {
    if let Some(class) = OperationClass::of_path(path) {
        return Some(Base::Operation(class.parameters()));
    }
    if django::is_operation_base(path) {
        return Some(Base::Operation(match path.rsplit('.').next() {
            Some("ModelOperation" | "ModelOptionOperation") => &["name"],
            Some("FieldOperation") => &["model_name", "name", "field"],
            _ => &[],
        }));
    }
    django::field_kind(path).map(Base::Field)
}

fn keyword(args: &Arguments, name: &str) -> Option<Obj> {
    let mut keywords = args.keywords.iter().rev();
    let found = keywords.find(|(key, _)| key == name)?;
    Some(found.1.obj.clone())
}

/// Source: `Field.__init__` in `django/db/models/fields/__init__.py`, 5.2.
fn field_default(name: &str) -> Option<Obj> {
    Some(match name {
        "max_length" | "max_digits" | "decimal_places" | "db_column" | "db_collation"
        | "db_comment" | "choices" | "verbose_name" | "name" => Obj::None,
        "null" | "blank" | "primary_key" | "unique" | "db_index" | "auto_created" | "auto_now"
        | "auto_now_add" => Obj::Bool(false),
        "editable" | "serialize" => Obj::Bool(true),
        "help_text" => Obj::str(""),
        _ => return None,
    })
}

/// Source: the constructors in `django/db/migrations/operations/`, 5.2.
fn operation_default(name: &str) -> Option<Obj> {
    Some(match name {
        "preserve_default" => Obj::Bool(true),
        "elidable" => Obj::Bool(false),
        "reverse_sql" | "reverse_code" | "old_name" | "old_fields" => Obj::None,
        "database_operations" | "state_operations" => Obj::list(Vec::new()),
        _ => return None,
    })
}

/// `get_internal_type()` of Django's classes.
/// Source: `django/db/models/fields/`, 5.2.
fn internal_type(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::EmailField | FieldKind::URLField => "CharField",
        FieldKind::ImageField => "FileField",
        kind => kind.as_str(),
    }
}

/// Source: `CharField.db_parameters` and `TextField.db_parameters`, 5.2.
const fn reads_collations(kind: FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::CharField
            | FieldKind::CommaSeparatedIntegerField
            | FieldKind::EmailField
            | FieldKind::SlugField
            | FieldKind::TextField
            | FieldKind::URLField
    )
}

/// Classes whose `get_prep_value` goes through `to_python`.
/// Source: `django/db/models/fields/__init__.py`, 5.2.
const fn reads_values(kind: FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::BooleanField
            | FieldKind::CharField
            | FieldKind::CommaSeparatedIntegerField
            | FieldKind::DateField
            | FieldKind::DateTimeField
            | FieldKind::DecimalField
            | FieldKind::EmailField
            | FieldKind::SlugField
            | FieldKind::TextField
            | FieldKind::TimeField
            | FieldKind::URLField
            | FieldKind::UUIDField
    )
}
