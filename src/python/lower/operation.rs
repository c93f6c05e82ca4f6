//! Operations.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};

use super::super::django::{self, OperationClass};
use super::super::eval::Exception;
use super::super::eval::class::Ancestor;
use super::super::eval::object::{Arguments, Call, Class, Item, Obj};
use super::Lowering;
use super::value::{Follow, MAX_DEPTH};
use crate::base::Span;
use crate::ir::operation::{Custom, Opaque, StateEffect, TogetherOption};
use crate::ir::procedure::{Methods, StateChange};
use crate::ir::value::{Condition, Object};
use crate::ir::{FieldName, ModelName, Operation, OperationKind, Unknown, Value};

/// Arguments by parameter name. Of two with one name the last one counts.
pub(super) struct Parameters<'a> {
    /// Those that have a name, most often just the keywords of the call.
    named: Cow<'a, [(SmolStr, Item)]>,
    /// Those before them, with the names that the parameters have.
    positional: &'a [Item],
    names: &'static [&'static str],
    span: Span,
}

impl Parameters<'_> {
    pub(super) fn get(&self, name: &str) -> Option<&Item> {
        let mut named = self.named.iter().rev();
        named
            .find(|(key, _)| key == name)
            .map(|(_, item)| item)
            .or_else(|| {
                let position = self.names.iter().position(|known| *known == name)?;
                self.positional.get(position)
            })
    }

    pub(super) fn require(&self, name: &str) -> Result<&Item, Unknown> {
        self.get(name)
            .ok_or_else(|| Unknown::new(self.span, format!("the argument `{name}` is missing")))
    }
}

/// Arguments are searched for choices no deeper than this.
const MAX_CHOICE_DEPTH: u32 = 6;
/// An operation is split for no more conditions than this.
const MAX_CHOICES: usize = 6;

impl Lowering<'_> {
    /// Adds the operations that an element of an `operations` list stands for: one, or
    /// several if the element is one thing on one database and another on another.
    /// Adds nothing if part of the element could not be read.
    pub(super) fn operation(
        &mut self,
        item: &Item,
        condition: Option<Condition>,
        out: &mut Vec<Operation>,
    ) -> Result<(), Unknown> {
        // A loop can nest operations without end.
        if self.depth >= MAX_DEPTH {
            return Err(Unknown::new(item.span, "it is nested too deeply"));
        }
        self.depth += 1;
        let before = out.len();
        let added = self.operation_within(item, condition, out);
        if added.is_err() {
            out.truncate(before);
        }
        self.depth -= 1;
        added
    }

    fn operation_within(
        &mut self,
        item: &Item,
        condition: Option<Condition>,
        out: &mut Vec<Operation>,
    ) -> Result<(), Unknown> {
        let obj = self
            .evaluator
            .force(&item.obj, item.span)
            .map_err(Exception::into_unknown)?;
        match obj {
            Obj::Call(call) => {
                let ambient = self.ambient.len();
                if let Some(condition) = &condition {
                    push_conjuncts(condition, &mut self.ambient);
                }
                // One statement on one database and another on another: two operations.
                let mut choice = None;
                if ambient < MAX_CHOICES {
                    choice = self.database_choice(&call.args);
                }
                if choice.is_none() {
                    let met_before = self.evaluator.met_condition.replace(false);
                    let operation = self.operation_call(&call, item.span, condition.clone());
                    // What a name of another module holds shows only now.
                    if ambient < MAX_CHOICES
                        && self.evaluator.met_condition.get()
                        && !operation.not_understood.is_empty()
                    {
                        choice = self.database_choice(&call.args);
                    }
                    let met = self.evaluator.met_condition.get();
                    self.evaluator.met_condition.set(met || met_before);
                    if choice.is_none() {
                        self.ambient.truncate(ambient);
                        out.push(operation);
                        return Ok(());
                    }
                }
                self.ambient.truncate(ambient);
                if let Some(choice) = choice {
                    let negated = negated(&choice);
                    self.operation(item, Some(both(condition.clone(), choice)), out)?;
                    self.operation(item, Some(both(condition, negated)), out)?;
                }
                Ok(())
            }
            Obj::Cond(cond) => {
                let (then, otherwise) = (cond.then.clone(), cond.otherwise.clone());
                let held = cond.condition.clone();
                let negated = negated(&held);
                self.operation(&then, Some(both(condition.clone(), held)), out)?;
                self.operation(&otherwise, Some(both(condition, negated)), out)
            }
            Obj::Guarded(inner) => {
                let held = inner.condition.clone();
                let item = inner.item.clone();
                self.operation(&item, Some(both(condition, held)), out)
            }
            Obj::Missing => Ok(()),
            other => {
                let unknown = self.evaluator.unknown_of(&other, item.span);
                Err((*unknown).clone())
            }
        }
    }

    /// A condition on the database that decides an argument, or an element of one,
    /// and that is still open.
    fn database_choice(&mut self, args: &Arguments) -> Option<Condition> {
        if !self.evaluator.met_condition.get() {
            return None;
        }
        args.positional
            .iter()
            .chain(args.keywords.iter().map(|(_, item)| item))
            .find_map(|item| self.open_choice(&item.obj, 0))
    }

    fn open_choice(&mut self, obj: &Obj, depth: u32) -> Option<Condition> {
        if depth > MAX_CHOICE_DEPTH {
            return None;
        }
        let mut of_items = |items: &[Item]| {
            items
                .iter()
                .find_map(|item| self.open_choice(&item.obj, depth + 1))
        };
        match obj {
            Obj::Ref(path) if !path.starts_with("django.") => match self.evaluator.resolve(path) {
                choice @ Obj::Cond(_) => self.open_choice(&choice, depth + 1),
                _ => None,
            },
            Obj::Cond(cond) => match self.ambient_side(&cond.condition) {
                Some(true) => self.open_choice(&cond.then.obj, depth),
                Some(false) => self.open_choice(&cond.otherwise.obj, depth),
                None => cond
                    .condition
                    .first_unknown()
                    .is_none()
                    .then(|| cond.condition.clone()),
            },
            Obj::Guarded(inner) => {
                let is_open = self.ambient_side(&inner.condition).is_none();
                let known = inner.condition.first_unknown().is_none();
                (is_open && known && depth > 1).then(|| inner.condition.clone())
            }
            Obj::List(items) => of_items(&items.borrow()),
            Obj::Tuple(items) => of_items(items),
            Obj::Dict(dict) => dict
                .borrow()
                .entries()
                .iter()
                .find_map(|(_, value)| self.open_choice(&value.obj, depth + 1)),
            // Operations inside the operation are split themselves.
            Obj::Call(call) if depth != 1 || !is_operation(call) => call
                .args
                .positional
                .iter()
                .chain(call.args.keywords.iter().map(|(_, item)| item))
                .find_map(|item| self.open_choice(&item.obj, depth + 1)),
            _ => None,
        }
    }

    fn operation_call(
        &mut self,
        call: &Rc<Call>,
        span: Span,
        condition: Option<Condition>,
    ) -> Operation {
        let class = self.operation_class(call, span);
        let path = match &call.callee {
            Obj::Ref(path) => path.clone(),
            Obj::Class(class) => class.path.clone(),
            _ => SmolStr::new_static("?"),
        };
        let mut not_understood = Vec::new();
        if let Some(Condition::Unknown(unknown)) = &condition {
            not_understood.push(unknown.clone());
        } else if let Some(condition) = &condition
            && let Some(unknown) = condition.first_unknown()
        {
            not_understood.push(unknown.clone());
        }
        let mut written = None;
        let (kind, methods) = match class {
            Ok(known) => {
                if known.source.is_some()
                    && call.args.unknown.is_none()
                    && !self.evaluator.skips_python_only
                {
                    written = Some(Box::new(self.written(call, &path)));
                }
                let kind = match self.known_operation(call, &known, span, &mut not_understood) {
                    Ok(kind) => kind,
                    Err(unknown) => {
                        not_understood.push(unknown.clone());
                        self.opaque(call, StateEffect::App, unknown.reason)
                    }
                };
                (kind, known.methods)
            }
            Err(opaque) => (
                self.opaque(call, opaque.state_effect, opaque.reason),
                opaque.methods,
            ),
        };
        let mut seen = rustc_hash::FxHashSet::default();
        not_understood.retain(|unknown| seen.insert(unknown.clone()));
        Operation {
            kind,
            span,
            name_span: call.callee_span,
            class: path,
            methods,
            condition,
            not_understood,
            written,
        }
    }

    /// A call as it was written, names kept as names.
    fn written(&mut self, call: &Call, path: &SmolStr) -> Object {
        let args = self.values(&call.args.positional, Follow::No);
        let kwargs = call
            .args
            .keywords
            .iter()
            .map(|(name, item)| (name.clone(), self.value(item, Follow::No)))
            .collect();
        Object {
            path: path.clone(),
            args,
            kwargs,
        }
    }

    fn opaque(&mut self, call: &Call, state_effect: StateEffect, reason: SmolStr) -> OperationKind {
        let Object { args, kwargs, .. } = self.written(call, &SmolStr::default());
        OperationKind::Opaque(Box::new(Opaque {
            args,
            kwargs,
            state_effect,
            reason,
        }))
    }

    fn operation_class(&mut self, call: &Rc<Call>, span: Span) -> Result<KnownClass, UnknownClass> {
        if let Obj::Ref(path) = &call.callee
            && let Some(class) = OperationClass::of_path(path)
        {
            return Ok(KnownClass {
                class: Some(class),
                source: None,
                methods: None,
            });
        }
        if let Obj::Ref(path) = &call.callee
            && django::is_marker(path)
        {
            return Ok(KnownClass {
                class: None,
                source: None,
                methods: None,
            });
        }
        let callee = match &call.callee {
            Obj::Ref(path) => self.evaluator.resolve(path),
            other => other.clone(),
        };
        match callee {
            Obj::Class(class) => self.source_operation_class(call, class, span),
            Obj::Ref(path) => match OperationClass::of_path(&path) {
                Some(class) => Ok(KnownClass {
                    class: Some(class),
                    source: None,
                    methods: None,
                }),
                None => Err(UnknownClass {
                    methods: None,
                    state_effect: StateEffect::App,
                    reason: SmolStr::new(format!(
                        "the source of `{path}` was found neither in the project nor in the \
                         Python environment"
                    )),
                }),
            },
            other => Err(UnknownClass {
                methods: None,
                state_effect: StateEffect::App,
                reason: self
                    .evaluator
                    .unknown_of(&other, call.callee_span)
                    .reason
                    .clone(),
            }),
        }
    }

    fn source_operation_class(
        &mut self,
        call: &Rc<Call>,
        class: Rc<Class>,
        span: Span,
    ) -> Result<KnownClass, UnknownClass> {
        let unknown_class = |reason: SmolStr| UnknownClass {
            state_effect: StateEffect::App,
            reason,
            methods: None,
        };
        let mut outside = None;
        for ancestor in self.evaluator.ancestors(&class) {
            match ancestor {
                Ancestor::Source(_) => {}
                Ancestor::External(path) => {
                    let known = OperationClass::of_path(&path);
                    if known.is_none() && !django::is_operation_base(&path) {
                        outside.get_or_insert(path);
                        continue;
                    }
                    let methods = self.methods(call, &class, span);
                    return known_class(known, class, methods);
                }
                Ancestor::Unknown(unknown) => return Err(unknown_class(unknown.reason.clone())),
            }
        }
        Err(unknown_class(match outside {
            Some(path) => format_smolstr!(
                "`{}` extends `{path}`, whose source was not found",
                class.name
            ),
            None => format_smolstr!("`{}` extends no operation of Django", class.name),
        }))
    }

    /// The arguments by name: as written, or as the class's own `__init__` hands
    /// them on.
    fn parameters<'a>(
        &mut self,
        call: &'a Rc<Call>,
        class: OperationClass,
        source: Option<&Rc<Class>>,
        span: Span,
    ) -> Result<Parameters<'a>, Unknown> {
        let names = class.parameters();
        let written = &call.args;
        let mut items = written.positional.iter();
        let mut keywords = written.keywords.iter().map(|(_, item)| item);
        if source.is_none()
            && written.unknown.is_none()
            && written.positional.len() <= names.len()
            && !items.any(|item| self.is_missing(item))
            && !keywords.any(|item| self.is_missing(item))
        {
            return Ok(Parameters {
                named: Cow::Borrowed(&written.keywords),
                positional: &written.positional,
                names,
                span,
            });
        }
        let mut handed_on = None;
        if let Some(class) = source
            && self.evaluator.class_attribute(class, "__init__").is_some()
        {
            self.evaluator
                .initialise(call, span)
                .map_err(Exception::into_unknown)?;
            // Without arguments for its base, its `__init__` sets attributes itself;
            // they are read below.
            handed_on = Some(call.state.borrow().base_init.clone().unwrap_or_default());
        }
        let args = handed_on.as_ref().unwrap_or(&call.args);
        if let Some(unknown) = &args.unknown {
            return Err((**unknown).clone());
        }
        let mut given: Vec<(SmolStr, Item)> =
            Vec::with_capacity(args.positional.len() + args.keywords.len());
        // Attributes that the constructor set on the object, or the class has.
        if source.is_some() {
            let state = call.state.borrow();
            for name in names {
                if let Some(obj) = state.attributes.get(*name) {
                    given.push((SmolStr::new_static(name), Item::new(obj.clone(), span)));
                }
            }
        }
        if let Some(class) = source {
            for name in names {
                if given.iter().all(|(key, _)| key != name)
                    && let Some((_, owner)) = self.evaluator.class_attribute(class, name)
                    && let Some(item) = owner.attributes.borrow().get(name)
                    && !matches!(item.obj, Obj::Function(_))
                {
                    given.push((SmolStr::new_static(name), item.clone()));
                }
            }
        }
        for (index, item) in args.positional.iter().enumerate() {
            match names.get(index) {
                Some(name) => given.push((SmolStr::new_static(name), item.clone())),
                None => {
                    return Err(Unknown::new(item.span, "there are too many arguments"));
                }
            }
        }
        given.extend(args.keywords.iter().cloned());
        given.retain(|(_, item)| !self.is_missing(item));
        Ok(Parameters {
            named: Cow::Owned(given),
            positional: &[],
            names,
            span,
        })
    }

    fn known_operation(
        &mut self,
        call: &Rc<Call>,
        known: &KnownClass,
        span: Span,
        not_understood: &mut Vec<Unknown>,
    ) -> Result<OperationKind, Unknown> {
        use OperationClass as Op;
        let Some(class) = known.class else {
            let args = self.values(&call.args.positional, Follow::Yes);
            let kwargs = call.args.keywords.iter();
            let kwargs = kwargs.map(|(name, item)| (name.clone(), self.value(item, Follow::Yes)));
            return Ok(OperationKind::Custom(Box::new(Custom {
                kwargs: kwargs.collect(),
                args,
            })));
        };
        let args = self.parameters(call, class, known.source.as_ref(), span)?;
        if let Some(name) = class.extension() {
            return Ok(OperationKind::CreateExtension {
                name: SmolStr::new_static(name),
            });
        }
        let model_name = |lowering: &mut Self| lowering.model_name(&args, "model_name");
        let name = |lowering: &mut Self| lowering.model_name(&args, "name");
        Ok(match class {
            Op::CreateModel => {
                OperationKind::CreateModel(self.create_model(&args, not_understood)?)
            }
            Op::DeleteModel => OperationKind::DeleteModel { name: name(self)? },
            Op::RenameModel => OperationKind::RenameModel {
                old_name: self.model_name(&args, "old_name")?,
                new_name: self.model_name(&args, "new_name")?,
            },
            Op::AlterModelTable => OperationKind::AlterModelTable {
                name: name(self)?,
                table: self.optional_text(args.get("table"))?,
            },
            Op::AlterModelTableComment => OperationKind::AlterModelTableComment {
                name: name(self)?,
                comment: self.optional_text(args.get("table_comment"))?,
            },
            Op::AlterModelOptions => OperationKind::AlterModelOptions {
                name: name(self)?,
                options: self.options(args.get("options"), not_understood)?,
            },
            Op::AlterModelManagers => {
                let managers = match args.get("managers") {
                    Some(item) => self.managers(&item.clone())?,
                    None => Vec::new(),
                };
                OperationKind::AlterModelManagers {
                    name: name(self)?,
                    managers: managers.into(),
                }
            }
            Op::AlterOrderWithRespectTo => OperationKind::AlterOrderWithRespectTo {
                name: name(self)?,
                order_with_respect_to: self
                    .optional_text(args.get("order_with_respect_to"))?
                    .map(FieldName::new),
            },
            Op::AlterUniqueTogether => OperationKind::AlterTogether {
                name: name(self)?,
                option: TogetherOption::Unique,
                fields: self.together(args.get("unique_together"))?,
            },
            Op::AlterIndexTogether => OperationKind::AlterTogether {
                name: name(self)?,
                option: TogetherOption::Index,
                fields: self.together(args.get("index_together"))?,
            },
            Op::AddField | Op::AlterField => {
                let model_name = model_name(self)?;
                let field_name = self.field_name(&args, "name")?;
                let field = args.require("field")?.clone();
                let field = Arc::new(self.field(&field, not_understood)?);
                let preserve_default = match args.get("preserve_default") {
                    Some(item) => self.boolean(&item.clone())?,
                    None => true,
                };
                if class == Op::AddField {
                    OperationKind::AddField {
                        model_name,
                        name: field_name,
                        field,
                        preserve_default,
                    }
                } else {
                    OperationKind::AlterField {
                        model_name,
                        name: field_name,
                        field,
                        preserve_default,
                    }
                }
            }
            Op::RemoveField => OperationKind::RemoveField {
                model_name: model_name(self)?,
                name: self.field_name(&args, "name")?,
            },
            Op::RenameField => OperationKind::RenameField {
                model_name: model_name(self)?,
                old_name: self.field_name(&args, "old_name")?,
                new_name: self.field_name(&args, "new_name")?,
            },
            Op::AddIndex | Op::AddIndexConcurrently => {
                let index = args.require("index")?.clone();
                OperationKind::AddIndex {
                    model_name: model_name(self)?,
                    index: Arc::new(self.index(&index, not_understood)?),
                    concurrently: class == Op::AddIndexConcurrently,
                }
            }
            Op::RemoveIndex | Op::RemoveIndexConcurrently => OperationKind::RemoveIndex {
                model_name: model_name(self)?,
                name: self.text(args.require("name")?)?,
                concurrently: class == Op::RemoveIndexConcurrently,
            },
            Op::RenameIndex => {
                let old_fields = match args.get("old_fields") {
                    Some(item) if !matches!(item.obj, Obj::None) => {
                        Some(self.names(&item.clone())?)
                    }
                    _ => None,
                };
                OperationKind::RenameIndex {
                    model_name: model_name(self)?,
                    new_name: self.text(args.require("new_name")?)?,
                    old_name: self.optional_text(args.get("old_name"))?,
                    old_fields,
                }
            }
            Op::AddConstraint | Op::AddConstraintNotValid => {
                let constraint = args.require("constraint")?.clone();
                OperationKind::AddConstraint {
                    model_name: model_name(self)?,
                    constraint: Arc::new(self.constraint(&constraint, not_understood)?),
                    not_valid: class == Op::AddConstraintNotValid,
                }
            }
            Op::RemoveConstraint => OperationKind::RemoveConstraint {
                model_name: model_name(self)?,
                name: self.text(args.require("name")?)?,
            },
            Op::AlterConstraint => {
                let constraint = args.require("constraint")?.clone();
                OperationKind::AlterConstraint {
                    model_name: model_name(self)?,
                    name: self.text(args.require("name")?)?,
                    constraint: Arc::new(self.constraint(&constraint, not_understood)?),
                }
            }
            Op::ValidateConstraint => OperationKind::ValidateConstraint {
                model_name: model_name(self)?,
                name: self.text(args.require("name")?)?,
            },
            Op::SeparateDatabaseAndState => {
                let mut side = |name: &str| match args.get(name) {
                    Some(item) => self.nested_operations(&item.clone()),
                    None => Ok(Vec::new()),
                };
                OperationKind::SeparateDatabaseAndState {
                    database_operations: side("database_operations")?,
                    state_operations: side("state_operations")?,
                }
            }
            Op::RunSQL => OperationKind::RunSql(Box::new(self.run_sql(&args, not_understood)?)),
            Op::RunPython => OperationKind::RunPython(Box::new(self.run_python(&args)?)),
            Op::CreateExtension => OperationKind::CreateExtension {
                name: self.text(args.require("name")?)?,
            },
            Op::CreateCollation => OperationKind::CreateCollation(Box::new(self.collation(&args)?)),
            Op::RemoveCollation => OperationKind::RemoveCollation(Box::new(self.collation(&args)?)),
            Op::BloomExtension
            | Op::BtreeGinExtension
            | Op::BtreeGistExtension
            | Op::CITextExtension
            | Op::CryptoExtension
            | Op::HStoreExtension
            | Op::TrigramExtension
            | Op::UnaccentExtension => {
                return Err(Unknown::new(
                    span,
                    format!("`{}` has no extension name", class.as_str()),
                ));
            }
        })
    }

    fn model_name(&mut self, args: &Parameters<'_>, name: &str) -> Result<ModelName, Unknown> {
        self.text(args.require(name)?).map(ModelName::new)
    }

    fn field_name(&mut self, args: &Parameters<'_>, name: &str) -> Result<FieldName, Unknown> {
        self.text(args.require(name)?).map(FieldName::new)
    }

    pub(super) fn optional_text(
        &mut self,
        item: Option<&Item>,
    ) -> Result<Option<SmolStr>, Unknown> {
        match item {
            None => Ok(None),
            Some(item) => match self
                .evaluator
                .force(&item.obj, item.span)
                .map_err(Exception::into_unknown)?
            {
                Obj::None => Ok(None),
                _ => self.text(item).map(Some),
            },
        }
    }

    pub(super) fn boolean(&mut self, item: &Item) -> Result<bool, Unknown> {
        match self.value(item, Follow::Yes).value {
            Value::Bool(flag) => Ok(flag),
            Value::Int(number) => Ok(number != 0),
            Value::None => Ok(false),
            Value::Unknown(unknown) => Err(*unknown),
            _ => Err(Unknown::new(item.span, "it is not a boolean")),
        }
    }
}

fn is_operation(call: &Call) -> bool {
    matches!(&call.callee, Obj::Ref(path) if OperationClass::of_path(path).is_some())
}

/// A class of Django, or one that extends it.
struct KnownClass {
    /// `None` for an operation of its own kind, which is nothing but its methods.
    class: Option<OperationClass>,
    source: Option<Rc<Class>>,
    methods: Option<Box<Methods>>,
}

struct UnknownClass {
    state_effect: StateEffect,
    reason: SmolStr,
    methods: Option<Box<Methods>>,
}

/// A class of the project that extends one of Django's, or the base of all operations.
fn known_class(
    known: Option<OperationClass>,
    class: Rc<Class>,
    methods: Option<Box<Methods>>,
) -> Result<KnownClass, UnknownClass> {
    let changes = methods.iter().filter_map(|it| it.state_forwards.as_ref());
    let unread_state = changes.flatten().find_map(StateChange::first_unknown);
    if unread_state.is_some() {
        return Err(UnknownClass {
            state_effect: StateEffect::App,
            reason: format_smolstr!("`{}` changes the project state in its own way", class.name),
            methods: None,
        });
    }
    let unread = methods.as_ref().and_then(|methods| methods.first_unknown());
    match (known, unread) {
        (None, Some(_)) => Err(UnknownClass {
            state_effect: StateEffect::None,
            reason: format_smolstr!("`{}` is an operation of its own kind", class.name),
            methods,
        }),
        _ => Ok(KnownClass {
            class: known,
            source: Some(class),
            methods,
        }),
    }
}

fn both(outer: Option<Condition>, inner: Condition) -> Condition {
    match outer {
        None => inner,
        Some(outer) => Condition::All(vec![outer, inner]),
    }
}

fn negated(condition: &Condition) -> Condition {
    match condition {
        Condition::Not(inner) => (**inner).clone(),
        other => Condition::Not(Box::new(other.clone())),
    }
}

fn push_conjuncts(condition: &Condition, out: &mut Vec<Condition>) {
    if let Condition::All(parts) = condition {
        for part in parts {
            push_conjuncts(part, out);
        }
    }
    out.push(condition.clone());
}
