//! Expressions: names, attributes, displays.

use std::rc::Rc;

use smol_str::SmolStr;

use super::super::eval::Frame;
use super::super::eval::class::Ancestor;
use super::super::eval::object::{Obj, Scope, ScopeKind, name_in, name_text};
use super::super::tree::{Comprehension, ExprId, ExprKind, List, StringPart};
use super::Walker;
use super::call::formatted;
use super::known;
use super::thing::{Rows, Thing};
use crate::base::Span;
use crate::ir::body::{Act, ModelRef, Owner};

impl Walker<'_, '_> {
    pub(super) fn expr(&mut self, frame: &Frame, id: ExprId) -> Thing {
        let span = frame.span(frame.tree.expr(id).range);
        if self.depth >= super::MAX_DEPTH || !self.step(span) {
            return Thing::Unknown;
        }
        self.depth += 1;
        let thing = self.compound(frame, id);
        self.depth -= 1;
        thing
    }

    fn all(&mut self, frame: &Frame, ids: List<ExprId>) -> Vec<Thing> {
        let ids = frame.tree.list(ids).iter();
        ids.map(|id| self.expr(frame, *id)).collect()
    }

    /// What evaluation makes of an expression whose parts are all known to it.
    fn evaluated(&mut self, frame: &Frame, id: ExprId) -> Thing {
        match self.evaluator.eval(frame, id) {
            Ok(Obj::Unknown(_)) | Err(_) => Thing::Unknown,
            Ok(obj) => Thing::Plain(obj),
        }
    }

    fn compound(&mut self, frame: &Frame, id: ExprId) -> Thing {
        let tree = &*frame.tree;
        match tree.expr(id).kind {
            ExprKind::Name => self.name(frame, id),
            ExprKind::None
            | ExprKind::True
            | ExprKind::False
            | ExprKind::Ellipsis
            | ExprKind::Number
            | ExprKind::Str(_)
            | ExprKind::Bytes(_) => self.evaluated(frame, id),
            ExprKind::FString(parts) | ExprKind::TString(parts) => {
                if self.interpolations(frame, parts) {
                    self.evaluated(frame, id)
                } else {
                    formatted(frame, id)
                }
            }
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => {
                let things = self.all(frame, items);
                if things.iter().all(Thing::is_plain) {
                    return self.evaluated(frame, id);
                }
                let spans = tree.list(items).iter();
                let spans = spans.map(|id| frame.span(tree.expr(*id).range));
                Thing::Seq(Rc::new(things.into_iter().zip(spans).collect()))
            }
            ExprKind::Dict(items) => {
                let mut names = Vec::new();
                let mut is_plain = true;
                for item in tree.list(items) {
                    let key = item.key.map(|key| (self.expr(frame, key), key));
                    let value = self.expr(frame, item.value);
                    is_plain &= value.is_plain();
                    match key {
                        Some((thing, key)) => {
                            let place = frame.span(tree.expr(key).range);
                            is_plain &= thing.is_plain();
                            names.extend(thing.text().map(|text| (SmolStr::new(text), place)));
                        }
                        None => match value {
                            Thing::Keys(more) => names.extend(more.iter().cloned()),
                            other => names.extend(self.keys(&other)),
                        },
                    }
                }
                if is_plain {
                    return self.evaluated(frame, id);
                }
                Thing::Keys(Rc::new(names))
            }
            ExprKind::ListComp {
                element,
                comprehensions,
            }
            | ExprKind::SetComp {
                element,
                comprehensions,
            }
            | ExprKind::Generator {
                element,
                comprehensions,
            } => {
                let mut found = Thing::Unknown;
                self.comprehend(frame, comprehensions, 0, &mut |walker| {
                    found = walker.expr(frame, element);
                });
                match found {
                    // A list of rows, each as it was read or made.
                    Thing::Row(model, path) if path.is_empty() => Thing::Rows(Rows {
                        model,
                        is_narrowed: true,
                        is_batched: true,
                        is_light: false,
                        is_list: true,
                    }),
                    Thing::Names(names) => Thing::Names(names),
                    _ => Thing::Unknown,
                }
            }
            ExprKind::DictComp {
                key,
                value,
                comprehensions,
            } => {
                self.comprehend(frame, comprehensions, 0, &mut |walker| {
                    walker.expr(frame, key);
                    walker.expr(frame, value);
                });
                Thing::Unknown
            }
            ExprKind::Attribute { value, attribute } => {
                let base = self.expr(frame, value);
                let name = name_text(&frame.module.text, attribute);
                self.attribute(base, &name, frame.span(attribute), false)
            }
            ExprKind::Subscript { value, index } => {
                let base = self.expr(frame, value);
                let is_slice = matches!(tree.expr(index).kind, ExprKind::Slice { .. });
                let at = self.expr(frame, index);
                self.subscript(frame, id, base, &at, is_slice)
            }
            ExprKind::Slice { lower, upper, step } => {
                for part in [lower, upper, step].into_iter().flatten() {
                    self.expr(frame, part);
                }
                Thing::Unknown
            }
            ExprKind::Call {
                function,
                args,
                keywords,
            } => self.call(frame, id, function, args, keywords),
            ExprKind::Starred(inner) | ExprKind::Await(inner) | ExprKind::YieldFrom(inner) => {
                self.expr(frame, inner)
            }
            ExprKind::Unary { operand, .. } => match self.expr(frame, operand) {
                Thing::Names(names) => Thing::Names(names),
                Thing::Plain(_) => self.evaluated(frame, id),
                _ => Thing::Unknown,
            },
            ExprKind::Binary { left, right, .. } => {
                let things = vec![self.expr(frame, left), self.expr(frame, right)];
                if things.iter().all(Thing::is_plain) {
                    return self.evaluated(frame, id);
                }
                match self.joined(things) {
                    Thing::Unknown => formatted(frame, id),
                    joined => joined,
                }
            }
            ExprKind::BoolOp { values, .. } => {
                let things = self.all(frame, values);
                things.into_iter().fold(Thing::Unknown, Thing::or)
            }
            ExprKind::Compare { left, rest, .. } => {
                self.expr(frame, left);
                self.all(frame, rest);
                Thing::Unknown
            }
            ExprKind::Conditional {
                test,
                then,
                otherwise,
            } => {
                self.expr(frame, test);
                let then = self.expr(frame, then);
                let otherwise = self.expr(frame, otherwise);
                match (&then, &otherwise) {
                    // Which of two values it is, is not known.
                    (Thing::Plain(left), Thing::Plain(right))
                        if left.key().is_none() || left.key() != right.key() =>
                    {
                        Thing::Unknown
                    }
                    _ => then.or(otherwise),
                }
            }
            ExprKind::Lambda { parameters, body } => {
                for parameter in tree.list(parameters) {
                    let name = name_text(&frame.module.text, parameter.name);
                    self.bind(frame, name, Thing::Unknown, frame.span(parameter.name));
                }
                self.expr(frame, body);
                Thing::Unknown
            }
            ExprKind::Walrus { target, value } => {
                let thing = self.expr(frame, value);
                self.assign(frame, target, thing.clone());
                thing
            }
            ExprKind::Yield(value) => {
                if let Some(value) = value {
                    let thing = self.expr(frame, value);
                    self.returned.push(thing);
                }
                Thing::Unknown
            }
            ExprKind::Error => Thing::Unknown,
        }
    }

    /// Visits what stands in an f-string; whether all of it is known.
    fn interpolations(&mut self, frame: &Frame, parts: List<StringPart>) -> bool {
        let mut all = true;
        for part in frame.tree.list(parts) {
            if let StringPart::Interpolation {
                value, format_spec, ..
            } = part
            {
                all &= self.expr(frame, *value).is_plain();
                if let Some(inner) = format_spec {
                    all &= self.interpolations(frame, *inner);
                }
            }
        }
        all
    }

    fn comprehend(
        &mut self,
        frame: &Frame,
        comprehensions: List<Comprehension>,
        at: usize,
        inner: &mut dyn FnMut(&mut Self),
    ) {
        let Some(clause) = frame.tree.list(comprehensions).get(at).copied() else {
            return inner(self);
        };
        let span = frame.span(frame.tree.expr(clause.iterable).range);
        let iterable = self.expr(frame, clause.iterable);
        self.iterate(frame, clause.target, iterable, span, &mut |walker| {
            walker.all(frame, clause.conditions);
            walker.comprehend(frame, comprehensions, at + 1, inner);
        });
    }

    fn name(&mut self, frame: &Frame, id: ExprId) -> Thing {
        let name = &*name_in(&frame.module.text, frame.tree.expr(id).range);
        let mut scope: Option<&Rc<Scope>> = Some(&frame.scope);
        while let Some(current) = scope {
            if !matches!(current.kind, ScopeKind::Function { .. }) {
                break;
            }
            let own = self.names.get(&Rc::as_ptr(current));
            if let Some(thing) = own.and_then(|names| names.get(name)) {
                return thing.clone();
            }
            if current.names.borrow().get(name).is_some() {
                break;
            }
            scope = current.parent.as_ref();
        }
        match self.evaluator.eval(frame, id) {
            Ok(obj) => self.plain(obj),
            Err(_) => Thing::Unknown,
        }
    }

    /// A thing for what evaluation gives, where that has a meaning here.
    pub(super) fn plain(&mut self, obj: Obj) -> Thing {
        match &obj {
            Obj::Unknown(_) | Obj::Missing => Thing::Unknown,
            Obj::Ref(path) if path == "django.db.connection" => Thing::Connection,
            Obj::Ref(_) | Obj::Class(_) => match self.model_class(&obj) {
                Some(path) => Thing::Model(ModelRef::Code(path)),
                None => Thing::Plain(obj),
            },
            _ => Thing::Plain(obj),
        }
    }

    /// The path of a class of models, if an object is one of today's code.
    fn model_class(&mut self, obj: &Obj) -> Option<SmolStr> {
        let path = match obj {
            Obj::Ref(path) => path.clone(),
            Obj::Class(class) => class.path.clone(),
            _ => return None,
        };
        // The migration's own class is no code of today.
        let own = self.out.path.rsplit_once('.').map(|(module, _)| module);
        if own.is_some_and(|own| path.strip_prefix(own).is_some_and(|it| it.starts_with('.'))) {
            return None;
        }
        if known::is_contrib_model(&path) {
            return Some(path);
        }
        let last = path.rsplit('.').next().unwrap_or_default();
        if path.starts_with("django.") || !last.starts_with(|it: char| it.is_ascii_uppercase()) {
            return None;
        }
        let Ok(Obj::Class(class)) = self.evaluator.force(obj, Span::file_start(self.home)) else {
            return None;
        };
        let is_model = self.evaluator.ancestors(&class).iter().any(|ancestor| {
            matches!(ancestor, Ancestor::External(base)
                if base == "django.db.models.Model"
                    || base == "django.db.models.base.Model"
                    || base.starts_with("django.contrib.auth.models.Abstract")
                    || base.starts_with("django.contrib.auth.base_user.Abstract"))
        });
        is_model.then(|| class.path.clone())
    }

    /// `base.name`, read or called.
    pub(super) fn attribute(
        &mut self,
        base: Thing,
        name: &SmolStr,
        span: Span,
        is_call: bool,
    ) -> Thing {
        match base {
            Thing::Editor if name == "connection" => Thing::Connection,
            Thing::Connection => {
                self.out.names_database |= matches!(name.as_str(), "alias" | "settings_dict");
                Thing::Unknown
            }
            Thing::Model(model) => {
                if let ModelRef::Code(path) = &model
                    && !name.starts_with('_')
                {
                    let path = path.clone();
                    self.note(Act::ImportedModel { path }, span);
                }
                self.note_attribute(&model, Owner::Class, vec![name.clone()], span, is_call);
                Thing::Manager(model, name.clone())
            }
            Thing::Row(model, mut path) => {
                path.push(name.clone());
                if let Some(model) = &model {
                    self.note_attribute(model, Owner::Row, path.clone(), span, is_call);
                }
                Thing::Row(model, path)
            }
            Thing::Plain(obj) => match self.evaluator.attribute(&obj, name, span) {
                Ok(found) => self.plain(found),
                Err(_) => Thing::Unknown,
            },
            _ => Thing::Unknown,
        }
    }

    pub(super) fn note_attribute(
        &mut self,
        model: &ModelRef,
        of: Owner,
        path: Vec<SmolStr>,
        span: Span,
        is_call: bool,
    ) {
        if matches!(model, ModelRef::State { .. }) {
            let act = Act::Attribute {
                model: model.clone(),
                of,
                path,
                is_call,
            };
            self.note(act, span);
        }
    }

    fn subscript(
        &mut self,
        frame: &Frame,
        id: ExprId,
        base: Thing,
        at: &Thing,
        is_slice: bool,
    ) -> Thing {
        match base {
            Thing::Rows(rows) if is_slice => Thing::Rows(Rows {
                is_narrowed: true,
                is_batched: true,
                ..rows
            }),
            Thing::Rows(rows) if !rows.is_light => Thing::Row(rows.model, Vec::new()),
            Thing::Seq(items) => match at {
                Thing::Plain(Obj::Int(index)) => usize::try_from(*index)
                    .ok()
                    .and_then(|index| items.get(index))
                    .map_or(Thing::Unknown, |(thing, _)| thing.clone()),
                _ => Thing::Unknown,
            },
            Thing::Plain(Obj::Ref(path)) if path == "django.db.connections" => {
                self.out.names_database = true;
                Thing::Connection
            }
            Thing::Plain(_) if at.is_plain() => self.evaluated(frame, id),
            _ => Thing::Unknown,
        }
    }

    /// The keys of a dict that evaluation knows, at the places where they stand.
    pub(super) fn keys(&mut self, thing: &Thing) -> Vec<(SmolStr, Span)> {
        let Thing::Plain(obj) = thing else {
            return Vec::new();
        };
        let Ok(Obj::Dict(dict)) = self.evaluator.force(obj, Span::file_start(self.home)) else {
            return Vec::new();
        };
        let dict = dict.borrow();
        let keys = dict.entries().iter().filter_map(|(key, _)| match &key.obj {
            Obj::Str(text) => Some((text.clone(), key.span)),
            _ => None,
        });
        keys.collect()
    }

    /// What two sides of an operator make: conditions of both, or the rows of the first.
    fn joined(&mut self, things: Vec<Thing>) -> Thing {
        if things.iter().any(|it| it.names().is_some()) {
            return self.merged_names(things);
        }
        match things.into_iter().next() {
            Some(Thing::Rows(rows)) => Thing::Rows(rows),
            _ => Thing::Unknown,
        }
    }

    pub(super) fn merged_names(&mut self, things: Vec<Thing>) -> Thing {
        let is_dict = things.iter().any(|it| matches!(it, Thing::Keys(_)));
        let names = things.iter().filter_map(Thing::names);
        let names = Rc::new(names.flat_map(|it| it.iter().cloned()).collect());
        if is_dict {
            Thing::Keys(names)
        } else {
            Thing::Names(names)
        }
    }
}
