//! Fields, indexes and constraints.

use std::rc::Rc;

use smol_str::SmolStr;

use super::super::django;
use super::super::eval::class::Ancestor;
use super::super::eval::object::{Arguments, Call, Class, Item, Obj};
use super::Lowering;
use super::expression::Text;
use super::value::{Follow, MAX_DEPTH};
use crate::base::Span;
use crate::ir::constraint::{Constraint, ConstraintKind};
use crate::ir::index::Index;
use crate::ir::options::Options;
use crate::ir::value::{Object, SpannedValue};
use crate::ir::{Expression, Field, FieldKind, Known, Unknown, Value};

/// Whether state or SQL read an option of a field, so that an unknown in it means
/// that the operation is not understood.
fn is_schema_option(name: &str) -> bool {
    matches!(
        name,
        "primary_key"
            | "max_length"
            | "unique"
            | "null"
            | "db_index"
            | "db_column"
            | "db_tablespace"
            | "to"
            | "to_field"
            | "to_fields"
            | "from_fields"
            | "db_constraint"
            | "db_table"
            | "through"
            | "through_fields"
            | "max_digits"
            | "decimal_places"
            | "size"
            | "base_field"
            | "output_field"
            | "db_persist"
            | "db_collation"
            | "db_comment"
            | "srid"
            | "dim"
            | "geography"
            | "spatial_index"
            | "unique_for_date"
            | "unique_for_month"
            | "unique_for_year"
            | "parent_link"
            | "symmetrical"
            | "swappable"
    )
}

/// What an encoder of JSON may have of its own to print everything in another way.
const OF_ENCODERS: [&str; 6] = [
    "__init__",
    "__new__",
    "encode",
    "item_separator",
    "iterencode",
    "key_separator",
];

impl Lowering<'_> {
    /// A field from an evaluated object, with what state or SQL would need and that
    /// could not be read.
    pub(super) fn field(
        &mut self,
        item: &Item,
        not_understood: &mut Vec<Unknown>,
    ) -> Result<Field, Unknown> {
        // A loop can nest array fields without end.
        if self.depth >= MAX_DEPTH {
            return Err(Unknown::new(item.span, "it is nested too deeply"));
        }
        self.depth += 1;
        let field = self.field_within(item, not_understood);
        self.depth -= 1;
        field
    }

    fn field_within(
        &mut self,
        item: &Item,
        not_understood: &mut Vec<Unknown>,
    ) -> Result<Field, Unknown> {
        let obj = self
            .evaluator
            .force(&item.obj, item.span)
            .map_err(super::super::eval::Exception::into_unknown)?;
        let call = match obj {
            Obj::Call(call) => call,
            Obj::Cond(cond) => {
                return match self.ambient_side(&cond.condition) {
                    Some(true) => self.field(&cond.then.clone(), not_understood),
                    Some(false) => self.field(&cond.otherwise.clone(), not_understood),
                    None => Err(Unknown::new(
                        item.span,
                        "which field it is depends on a condition that is not decided",
                    )),
                };
            }
            Obj::Guarded(inner) if self.ambient_side(&inner.condition) == Some(true) => {
                return self.field(&inner.item.clone(), not_understood);
            }
            other => return Err((*self.evaluator.unknown_of(&other, item.span)).clone()),
        };
        let class = self.field_class(&call);
        let arguments = self.effective_arguments(&call, class.source.as_ref(), item.span);
        let kind = class.kind.clone();
        if let Known::No(unknown) = &kind {
            not_understood.push(unknown.clone());
        }
        if let Some(unknown) = &call.args.unknown {
            not_understood.push((**unknown).clone());
        }
        // A constructor of its own may have other parameters than Django's.
        let parameters_of = kind.known().copied().filter(|_| arguments.is_none());
        let options = self.field_options(&call.args, parameters_of);
        let base_options = arguments.map(|args| self.field_options(&args, kind.known().copied()));
        let mut field = Field {
            kind,
            extends: class.extends,
            class: class.path,
            span: item.span,
            options,
            base_options,
            inner: None,
            generated: None,
            db_default: None,
            own: None,
        };
        // A method may ask for the type of a field like the one at hand.
        let is_nested = self.field_depth >= MAX_FIELDS;
        if let Some(source) = class.source.filter(|_| !is_nested) {
            self.field_depth += 1;
            field.own = self.own_methods(&call, &source, item.span);
            self.field_depth -= 1;
            if field.kind.known() == Some(&FieldKind::ManyToManyField) && self.makes_table(&source)
            {
                field.own.get_or_insert_default().makes_table = true;
            }
        }
        if let Some(encoder) = keyword_of(&call, "encoder")
            && self.is_plain_encoder(&encoder)
        {
            field.own.get_or_insert_default().has_plain_encoder = true;
        }
        for (name, value) in field.base_options.as_ref().unwrap_or(&field.options) {
            if is_schema_option(name)
                && let Some(unknown) = unread_option(name, value)
            {
                not_understood.push(unknown);
            }
        }
        field.inner = self.inner_field(&call, field.kind.known().copied(), not_understood)?;
        if field.kind.known() == Some(&FieldKind::GeneratedField)
            && let Some(expression) = keyword_of(&call, "expression")
        {
            field.generated = Some(Box::new(self.expression(&expression, Text::Field)));
        }
        if let Some(default) = keyword_of(&call, "db_default") {
            field.db_default = Some(Box::new(self.expression(&default, Text::Literal)));
        }
        for expression in [&field.generated, &field.db_default].into_iter().flatten() {
            not_understood.extend(expression.first_unknown().cloned());
        }
        Ok(field)
    }

    /// Whether a class extends an encoder of JSON and leaves to it what it prints of
    /// texts, numbers, lists and dictionaries.
    fn is_plain_encoder(&mut self, item: &Item) -> bool {
        let Ok(Obj::Class(class)) = self.evaluator.force(&item.obj, item.span) else {
            return false;
        };
        let ancestors = self.evaluator.ancestors(&class);
        let is_known = ancestors.iter().all(|ancestor| match ancestor {
            Ancestor::Source(_) => true,
            Ancestor::External(path) => matches!(
                path.as_str(),
                "object"
                    | "json.JSONEncoder"
                    | "json.encoder.JSONEncoder"
                    | "django.core.serializers.json.DjangoJSONEncoder"
            ),
            Ancestor::Unknown(_) => false,
        });
        let mut names = OF_ENCODERS.iter();
        is_known
            && !names.any(|name| {
                let found = self.evaluator.class_attribute(&class, name);
                found.is_some()
            })
    }

    /// Arguments by name. Positional ones of a class whose own constructor is not
    /// read keep a number as name: their meaning is not known.
    fn field_options(&mut self, args: &Arguments, kind: Option<FieldKind>) -> Options {
        let parameters = kind.map_or(&[][..], django::field_parameters);
        let mut options = Options::with_capacity(args.positional.len() + args.keywords.len());
        // `CompositePrimaryKey("tenant", "id")` takes as many names as there are.
        let all = kind == Some(FieldKind::CompositePrimaryKey);
        if let (true, Some(first)) = (all, args.positional.first()) {
            let names = Value::Tuple(self.values(&args.positional, Follow::Yes));
            let names = crate::base::Spanned::new(names, first.span);
            options.push(SmolStr::new_static("field_names"), names);
        }
        let positional = if all { &[][..] } else { &args.positional };
        for (index, item) in positional.iter().enumerate() {
            let name = match parameters.get(index) {
                Some(name) => SmolStr::new_static(name),
                None => SmolStr::new(index.to_string()),
            };
            let value = self.field_option(&name, item);
            options.push(name, value);
        }
        for (name, item) in &args.keywords {
            if !self.is_missing(item) {
                options.push(name.clone(), self.field_option(name, item));
            }
        }
        options
    }

    fn field_option(&mut self, name: &str, item: &Item) -> SpannedValue {
        if matches!(name, "to" | "through")
            && let Some(label) = self.model_label(item)
        {
            return crate::base::Spanned::new(Value::Str(label), item.span);
        }
        let follow = match (&item.obj, name) {
            // A setting in `to` or `through` is what makes a relation swappable.
            (Obj::Setting(_), "to" | "through") => Follow::No,
            (Obj::Member(_), _) => Follow::Yes,
            (_, name) if django::is_python_only(name) => Follow::No,
            _ => Follow::Yes,
        };
        let mut value = self.value(item, follow);
        // Names of Python 2 days. What neither state nor SQL reads stays as it is: to
        // Django a field with `upload_to='x'` in place of `b'x'` is altered.
        if let Value::Bytes(bytes) = &value.value
            && is_schema_option(name)
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            value.value = Value::Str(SmolStr::new(text));
        }
        value
    }

    /// The label of a model that is given as a class.
    fn model_label(&mut self, item: &Item) -> Option<SmolStr> {
        if !matches!(item.obj, Obj::Ref(_) | Obj::Class(_)) {
            return None;
        }
        match self.evaluator.force(&item.obj, item.span) {
            Ok(class @ Obj::Class(_)) => {
                let meta = self.evaluator.attribute(&class, "_meta", item.span).ok()?;
                match self.evaluator.attribute(&meta, "label", item.span) {
                    Ok(Obj::Str(label)) => Some(label),
                    _ => None,
                }
            }
            Ok(Obj::Ref(path)) => django::contrib_model(&path),
            _ => None,
        }
    }

    fn field_class(&mut self, call: &Call) -> FieldClass {
        if let Obj::Ref(path) = &call.callee
            && let Some(kind) = django::field_kind(path)
        {
            return FieldClass {
                kind: Known::Yes(kind),
                path: path.clone(),
                source: None,
                extends: None,
            };
        }
        let callee = match &call.callee {
            Obj::Ref(path) => self.evaluator.resolve(path),
            other => other.clone(),
        };
        let span = call.callee_span;
        match callee {
            Obj::Class(class) => self.source_field_class(class, &call.callee, span),
            Obj::Ref(path) => FieldClass {
                kind: match django::field_kind(&path) {
                    Some(kind) => Known::Yes(kind),
                    None => Known::No(Unknown::new(
                        span,
                        format!(
                            "the field class `{path}` could not be found: its source is neither \
                             in the project nor in the Python environment"
                        ),
                    )),
                },
                path,
                source: None,
                extends: None,
            },
            other => FieldClass {
                kind: Known::No((*self.evaluator.unknown_of(&other, span)).clone()),
                path: match &call.callee {
                    Obj::Ref(path) => path.clone(),
                    _ => SmolStr::new_static("?"),
                },
                source: None,
                extends: None,
            },
        }
    }

    fn source_field_class(&mut self, class: Rc<Class>, callee: &Obj, span: Span) -> FieldClass {
        let path = match callee {
            Obj::Ref(path) => path.clone(),
            _ => class.path.clone(),
        };
        let mut kind = None;
        let mut extends = None;
        let mut unknown_base = None;
        for ancestor in self.evaluator.ancestors(&class) {
            match ancestor {
                Ancestor::Source(ancestor) => {
                    let internal = {
                        let attributes = ancestor.attributes.borrow();
                        attributes.get("get_internal_type").cloned()
                    };
                    if kind.is_none()
                        && extends.is_none_or(|kind| kind == FieldKind::Field)
                        && let Some(Item {
                            obj: Obj::Function(function),
                            ..
                        }) = internal
                    {
                        kind = self.internal_type(&function, span);
                    }
                }
                Ancestor::External(base) => {
                    // `models.Field` itself comes after all that extend it.
                    if extends.is_none_or(|kind| kind == FieldKind::Field) {
                        extends = django::field_kind(&base).or(extends);
                    }
                    let kind = kind.or(extends);
                    if kind.is_none() && base != "object" && !base.starts_with("django.") {
                        unknown_base.get_or_insert_with(|| {
                            Unknown::new(
                                span,
                                format!(
                                    "the field class `{path}` extends `{base}`, whose source was \
                                     not found"
                                ),
                            )
                        });
                    }
                }
                Ancestor::Unknown(unknown) => {
                    unknown_base.get_or_insert_with(|| (*unknown).clone());
                }
            }
        }
        let kind = kind.or(extends);
        let extends = extends.filter(|extended| kind != Some(*extended));
        let kind = match kind {
            Some(kind) => Known::Yes(kind),
            None => Known::No(unknown_base.unwrap_or_else(|| {
                Unknown::new(span, format!("`{path}` extends no field of Django"))
            })),
        };
        FieldClass {
            kind,
            path,
            source: Some(class),
            extends,
        }
    }

    /// The kind that an overridden `get_internal_type` names, if it is constant.
    fn internal_type(
        &mut self,
        function: &Rc<super::super::eval::object::Function>,
        span: Span,
    ) -> Option<FieldKind> {
        let object = Obj::None;
        let args = Arguments::default();
        match self
            .evaluator
            .call_function(function, Some(object), args, span)
        {
            Ok(Obj::Str(name)) => django::field_kind_by_name(&name),
            _ => None,
        }
    }

    /// What the class's own constructor hands to Django's, `None` if the class has
    /// none or it could not be followed.
    fn effective_arguments(
        &mut self,
        call: &Rc<Call>,
        class: Option<&Rc<Class>>,
        span: Span,
    ) -> Option<Arguments> {
        let class = class?;
        self.evaluator.class_attribute(class, "__init__")?;
        self.evaluator.initialise(call, span).ok()?;
        let args = call.state.borrow().base_init.clone()?;
        args.unknown.is_none().then_some(args)
    }

    /// `ArrayField(base_field)` and `GeneratedField(output_field=...)`.
    fn inner_field(
        &mut self,
        call: &Call,
        kind: Option<FieldKind>,
        not_understood: &mut Vec<Unknown>,
    ) -> Result<Option<Box<Field>>, Unknown> {
        let (name, positional) = match kind {
            Some(FieldKind::ArrayField) => ("base_field", true),
            Some(FieldKind::GeneratedField) => ("output_field", false),
            _ => return Ok(None),
        };
        let keyword = call
            .args
            .keywords
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, item)| item.clone());
        let item = keyword.or_else(|| call.args.positional.first().filter(|_| positional).cloned());
        match item {
            Some(item) => Ok(Some(Box::new(self.field(&item, not_understood)?))),
            None => Ok(None),
        }
    }

    pub(super) fn index(
        &mut self,
        item: &Item,
        not_understood: &mut Vec<Unknown>,
    ) -> Result<Index, Unknown> {
        let (object, base) = self.described(item, &|path| django::is_index(path).then_some(()))?;
        if base.is_none() {
            not_understood.push(Unknown::new(
                item.span,
                format!("the index class `{}` could not be read", object.path),
            ));
        }
        let (args, own) = self.typed_arguments(item)?;
        let mut index = Index::from_object(self.effective(&object, &args, own), item.span);
        index.written = own.then(|| Box::new(object));
        for item in &args.positional {
            let expression = self.expression(item, Text::Field);
            index.expressions.push(expression);
        }
        if let Some(condition) = given(&args, "condition") {
            index.condition = Some(self.expression(condition, Text::Literal));
        }
        let typed = index.expressions.iter().chain(&index.condition);
        not_understood.extend(typed.filter_map(Expression::first_unknown).cloned());
        note_unknown(&index.options, not_understood);
        Ok(index)
    }

    pub(super) fn constraint(
        &mut self,
        item: &Item,
        not_understood: &mut Vec<Unknown>,
    ) -> Result<Constraint, Unknown> {
        let (object, kind) = self.described(item, &django::constraint_kind)?;
        let kind = kind.unwrap_or(ConstraintKind::Other);
        if kind == ConstraintKind::Other {
            not_understood.push(Unknown::new(
                item.span,
                format!("the constraint class `{}` could not be read", object.path),
            ));
        }
        let (args, own) = self.typed_arguments(item)?;
        let effective = self.effective(&object, &args, own);
        let mut constraint = Constraint::from_object(kind, effective, item.span);
        constraint.written = own.then(|| Box::new(object));
        if kind == ConstraintKind::Unique {
            for item in &args.positional {
                let expression = self.expression(item, Text::Field);
                constraint.expressions.push(expression);
            }
        }
        if kind == ConstraintKind::Exclusion
            && let Some(expressions) = given(&args, "expressions")
        {
            self.exclusions(expressions, &mut constraint)?;
        }
        let condition = given(&args, "condition").or_else(|| given(&args, "check"));
        if let Some(condition) = condition {
            constraint.condition = Some(self.expression(condition, Text::Literal));
        }
        let typed = constraint.expressions.iter().chain(&constraint.condition);
        not_understood.extend(typed.filter_map(Expression::first_unknown).cloned());
        not_understood.extend(
            constraint
                .operators
                .iter()
                .filter_map(Known::unknown)
                .cloned(),
        );
        note_unknown(&constraint.options, not_understood);
        Ok(constraint)
    }

    /// `expressions=[("room", "="), (F("during"), RangeOperators.OVERLAPS)]`.
    fn exclusions(&mut self, item: &Item, constraint: &mut Constraint) -> Result<(), Unknown> {
        for (pair, _) in self.elements(item)? {
            let parts = self
                .evaluator
                .iterate(&pair.obj, pair.span)
                .map_err(super::super::eval::Exception::into_unknown)?
                .map_err(|unknown| (*unknown).clone())?;
            let [expression, operator] = parts.as_slice() else {
                return Err(Unknown::new(
                    pair.span,
                    "it is not a pair of expression and operator",
                ));
            };
            let expression = self.expression(expression, Text::Field);
            constraint.expressions.push(expression);
            constraint.operators.push(match self.text(operator) {
                Ok(operator) => Known::Yes(operator),
                Err(unknown) => Known::No(unknown),
            });
        }
        Ok(())
    }

    /// An object with the arguments that Django's class gets, if the class has a
    /// constructor of its own.
    fn effective(&mut self, object: &Object, args: &Arguments, own: bool) -> Object {
        if !own {
            return object.clone();
        }
        let kwargs = args.keywords.iter();
        Object {
            path: object.path.clone(),
            args: self.values(&args.positional, Follow::Yes),
            kwargs: kwargs
                .map(|(name, item)| (name.clone(), self.value(item, Follow::Yes)))
                .collect(),
        }
    }

    /// The arguments of an index or constraint as Django's class gets them, and
    /// whether these are others than those that were written.
    fn typed_arguments(&mut self, item: &Item) -> Result<(Arguments, bool), Unknown> {
        let obj = self
            .evaluator
            .force(&item.obj, item.span)
            .map_err(super::super::eval::Exception::into_unknown)?;
        let Obj::Call(call) = obj else {
            return Ok((Arguments::default(), false));
        };
        let class = self.evaluator.class_of_call(&call);
        Ok(
            match self.effective_arguments(&call, class.as_ref(), item.span) {
                Some(args) => (args, true),
                None => (call.args.clone(), false),
            },
        )
    }

    /// An object as written, and what `classify` says of its class or of the
    /// nearest base of Django.
    fn described<T: Copy>(
        &mut self,
        item: &Item,
        classify: &dyn Fn(&str) -> Option<T>,
    ) -> Result<(Object, Option<T>), Unknown> {
        let value = self.value(item, Follow::Yes);
        let object = match value.value {
            Value::Object(object) => *object,
            Value::Unknown(unknown) => return Err(*unknown),
            _ => {
                return Err(Unknown::new(
                    item.span,
                    "it is not an object of a known class",
                ));
            }
        };
        if let Some(found) = classify(&object.path) {
            return Ok((object, Some(found)));
        }
        let class = match self.evaluator.force(&item.obj, item.span) {
            Ok(Obj::Call(call)) => self.evaluator.class_of_call(&call),
            _ => None,
        };
        let found = class.and_then(|class| {
            self.evaluator
                .ancestors(&class)
                .into_iter()
                .find_map(|ancestor| match ancestor {
                    Ancestor::External(path) => classify(&path),
                    Ancestor::Source(_) | Ancestor::Unknown(_) => None,
                })
        });
        Ok((object, found))
    }
}

/// Fields whose methods are evaluated one for the other.
const MAX_FIELDS: u32 = 4;

/// What a field's class is.
struct FieldClass {
    kind: Known<FieldKind>,
    path: SmolStr,
    source: Option<Rc<Class>>,
    /// As in [`Field`].
    extends: Option<FieldKind>,
}

/// Why an option that state or SQL reads has no value that they could read.
fn unread_option(name: &str, value: &SpannedValue) -> Option<Unknown> {
    if let Some(unknown) = value.value.first_unknown() {
        return Some(unknown.clone());
    }
    let not_known = |what: &str| Some(Unknown::new(value.span, format!("{what} is not known")));
    match (&value.value, name) {
        (_, "base_field" | "output_field") => None,
        (Value::Setting(_), "to" | "through") => None,
        (Value::Path(path) | Value::Setting(path), _) => not_known(&format!("what `{path}` is")),
        (Value::Object(object), _) => not_known(&format!("what `{}(...)` returns", object.path)),
        (Value::Conditional(_), _) => Some(Unknown::new(
            value.span,
            "it depends on a condition that is not decided",
        )),
        _ => None,
    }
}

/// Options that are not read as expressions.
fn note_unknown(options: &[(SmolStr, SpannedValue)], not_understood: &mut Vec<Unknown>) {
    let unknown = options
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "condition" | "expressions"))
        .find_map(|(_, value)| value.value.first_unknown());
    not_understood.extend(unknown.cloned());
}

fn given<'a>(args: &'a Arguments, name: &str) -> Option<&'a Item> {
    let mut keywords = args.keywords.iter().rev();
    let found = keywords.find(|(key, _)| key == name)?;
    Some(&found.1).filter(|item| !matches!(item.obj, Obj::None))
}

fn keyword_of(call: &Call, name: &str) -> Option<Item> {
    let mut keywords = call.args.keywords.iter().rev();
    keywords
        .find(|(key, _)| key == name)
        .map(|(_, item)| item.clone())
}
