//! Calls: arguments, functions whose source is at hand, and calls kept as written.

use std::cell::RefCell;
use std::rc::Rc;

use smol_str::SmolStr;

use super::super::django;
use super::super::tree::{ExprId, ExprKind, Keyword, List, ParameterKind, Tree};
use super::condition::conditional;
use super::flow::{Exit, Flow};
use super::object::{
    Arguments, Call, Class, Decoration, Dict, Function, FunctionBody, InstanceState, Item, Obj,
    Scope, name_text,
};
use super::{Eval, Evaluator, Exception, Frame, MAX_CALL_DEPTH};
use crate::base::Span;
use crate::ir::Unknown;

/// Displays nested deeper than this are evaluated.
const MAX_INERT_DEPTH: u32 = 8;

impl Evaluator<'_> {
    pub(super) fn call_expression(
        &mut self,
        frame: &Frame,
        function: ExprId,
        args: List<ExprId>,
        keywords: List<Keyword>,
        span: Span,
    ) -> Eval {
        let callee = self.eval(frame, function)?;
        let callee_span = frame.span(callee_range(&frame.tree, function));
        if let Obj::Builtin("super") = callee {
            return Ok(match &frame.method {
                Some((class, object)) => Obj::Super(Rc::new(object.clone()), Rc::clone(class)),
                None => Obj::unknown(span, "`super()` is used outside of a method"),
            });
        }
        let is_field = self.skips_python_only
            && matches!(&callee, Obj::Ref(path) if django::is_model_field(path));
        let arguments = self.arguments(frame, args, keywords, is_field)?;
        // What nearly all calls of a migration are, and what `call` would come to.
        if self.recorder.is_none()
            && matches!(&callee, Obj::Ref(path) if django::is_public_class(path))
        {
            return Ok(kept(callee, callee_span, arguments));
        }
        self.call(&callee, callee_span, arguments, span)
    }

    fn arguments(
        &mut self,
        frame: &Frame,
        args: List<ExprId>,
        keywords: List<Keyword>,
        of_field: bool,
    ) -> Eval<Arguments> {
        let tree = &*frame.tree;
        let mut out = Arguments {
            positional: Vec::with_capacity(args.len as usize),
            keywords: Vec::with_capacity(keywords.len as usize),
            unknown: None,
        };
        for id in tree.list(args) {
            if let ExprKind::Starred(inner) = tree.expr(*id).kind {
                let item = self.item(frame, inner)?;
                match self.iterate(&item.obj, item.span)? {
                    Ok(items) => out.positional.extend(items),
                    Err(unknown) => {
                        out.unknown.get_or_insert(unknown);
                    }
                }
            } else {
                let item = self.item(frame, *id)?;
                out.positional.push(item);
            }
        }
        for keyword in tree.list(keywords) {
            if of_field
                && let Some(name) = keyword.name
                && django::is_skipped_option(frame.text(name))
                && self.is_inert(frame, keyword.value, 0)
            {
                continue;
            }
            let item = self.item(frame, keyword.value)?;
            match keyword.name {
                Some(name) => {
                    let name = name_text(&frame.module.text, name);
                    out.keywords.push((name, item));
                }
                None => match self.force(&item.obj, item.span)? {
                    Obj::Dict(dict) => {
                        let dict = dict.borrow();
                        for (key, value) in dict.entries() {
                            if let Obj::Str(name) = &key.obj {
                                out.keywords.push((name.clone(), value.clone()));
                            }
                        }
                        if out.unknown.is_none() {
                            out.unknown.clone_from(&dict.unknown);
                        }
                    }
                    other => {
                        let unknown = self.unknown_of(&other, item.span);
                        out.unknown.get_or_insert(unknown);
                    }
                },
            }
        }
        Ok(out)
    }

    /// Whether evaluating an expression has no effect and cannot fail: literals, names,
    /// translated texts, and displays of such.
    fn is_inert(&mut self, frame: &Frame, id: ExprId, depth: u32) -> bool {
        if depth > MAX_INERT_DEPTH {
            return false;
        }
        let tree = &*frame.tree;
        match tree.expr(id).kind {
            ExprKind::Name
            | ExprKind::None
            | ExprKind::True
            | ExprKind::False
            | ExprKind::Ellipsis
            | ExprKind::Number
            | ExprKind::Str(_)
            | ExprKind::Bytes(_) => true,
            ExprKind::Tuple(items) | ExprKind::List(items) => tree
                .list(items)
                .iter()
                .all(|item| self.is_inert(frame, *item, depth + 1)),
            ExprKind::Dict(items) => tree.list(items).iter().all(|item| {
                item.key
                    .is_some_and(|key| self.is_inert(frame, key, depth + 1))
                    && self.is_inert(frame, item.value, depth + 1)
            }),
            ExprKind::Call {
                function,
                args,
                keywords,
            } => {
                keywords.is_empty()
                    && matches!(tree.expr(function).kind, ExprKind::Name)
                    && matches!(
                        self.eval(frame, function),
                        Ok(Obj::Ref(path)) if path.starts_with("django.utils.translation.")
                    )
                    && tree
                        .list(args)
                        .iter()
                        .all(|arg| self.is_inert(frame, *arg, depth + 1))
            }
            _ => false,
        }
    }

    /// Calls an object from outside of the code that is evaluated.
    pub(crate) fn call_object(&mut self, callee: &Obj, args: Arguments, span: Span) -> Eval {
        self.call(callee, span, args, span)
    }

    pub(super) fn call(
        &mut self,
        callee: &Obj,
        callee_span: Span,
        args: Arguments,
        span: Span,
    ) -> Eval {
        match callee {
            Obj::Ref(path) => {
                if let Some(result) = self.call_known(path, &args, span)? {
                    return Ok(result);
                }
                // `CharField.__init__(self, ...)`: the older way to call a base's.
                if path.ends_with(".__init__")
                    && let Some((
                        Item {
                            obj: Obj::Call(object),
                            ..
                        },
                        rest,
                    )) = args.positional.split_first()
                {
                    object.state.borrow_mut().base_init = Some(Arguments {
                        positional: rest.to_vec(),
                        ..args.clone()
                    });
                    return Ok(Obj::None);
                }
                if let Some(result) = self.connection_method(path, &args, span)? {
                    return Ok(result);
                }
                if let Some(result) = self.method_of_base(path, &args, span)? {
                    return Ok(result);
                }
                if self.recorder.is_none() || path.starts_with("django.") {
                    self.note_handing_over(path, &args, span);
                    return Ok(kept(callee.clone(), callee_span, args));
                }
                // What it does counts, so it is followed now.
                let call = kept(callee.clone(), callee_span, args.clone());
                let followed = self.force(&call, span)?;
                if matches!(followed, Obj::Call(_)) {
                    self.note_handing_over(path, &args, span);
                }
                Ok(followed)
            }
            Obj::Class(class) => {
                let class = Rc::clone(class);
                if self.is_enumeration(&class) {
                    return self.member_by_value(&class, &args, span);
                }
                Ok(kept(callee.clone(), callee_span, args))
            }
            Obj::Function(function) => {
                let function = Rc::clone(function);
                self.call_function(&function, None, args, span)
            }
            Obj::Bound(object, function) => {
                let (object, function) = (Rc::clone(object), Rc::clone(function));
                self.call_function(&function, Some((*object).clone()), args, span)
            }
            Obj::Method(object, name) => {
                let (object, name) = (Rc::clone(object), name.clone());
                self.call_method(&object, &name, &args, span)
            }
            Obj::Builtin(name) => self.call_builtin(name, &args, span),
            Obj::Cond(cond) => {
                let cond = Rc::clone(cond);
                let then = self.call(&cond.then.obj, callee_span, args.clone(), span)?;
                let otherwise = self.call(&cond.otherwise.obj, callee_span, args, span)?;
                Ok(conditional(
                    cond.condition.clone(),
                    Item::new(then, span),
                    Item::new(otherwise, span),
                ))
            }
            Obj::Unknown(unknown) => {
                self.note_handing_over("it", &args, span);
                Ok(Obj::Unknown(Rc::clone(unknown)))
            }
            Obj::Call(call) if is_partial(call) => {
                let Some((function, bound)) = call.args.positional.split_first() else {
                    return Ok(Obj::unknown(span, "`partial` lacks a function"));
                };
                let mut all = Arguments {
                    positional: bound.to_vec(),
                    keywords: call.args.keywords.clone(),
                    unknown: call.args.unknown.clone(),
                };
                all.positional.extend(args.positional);
                for (name, item) in args.keywords {
                    all.keywords.retain(|(known, _)| *known != name);
                    all.keywords.push((name, item));
                }
                all.unknown = all.unknown.or(args.unknown);
                let function = function.clone();
                self.call(&function.obj, function.span, all, span)
            }
            Obj::Call(call) => {
                let call = Rc::clone(call);
                match self.attribute(&Obj::Call(call), "__call__", span)? {
                    Obj::Bound(object, function) => {
                        self.call_function(&function, Some((*object).clone()), args, span)
                    }
                    other => Ok(Obj::Unknown(self.unknown_of(&other, span))),
                }
            }
            _ => Ok(Obj::unknown(span, "what is called could not be read")),
        }
    }

    /// Runs a function whose source is at hand.
    pub(crate) fn call_function(
        &mut self,
        function: &Rc<Function>,
        object: Option<Obj>,
        mut args: Arguments,
        span: Span,
    ) -> Eval {
        if function.decoration == Decoration::Unknown {
            return self.call_decorated(function, object, args, span);
        }
        if self.call_depth >= MAX_CALL_DEPTH {
            return Ok(Obj::unknown(span, "its calls are nested too deeply"));
        }
        if let Some(object) = &object
            && function.decoration != Decoration::Static
        {
            args.positional.insert(0, Item::new(object.clone(), span));
        }
        // `Base.method(self, ...)` hands the object on as the first argument.
        let object = object.or_else(|| match args.positional.first() {
            Some(Item {
                obj: Obj::Call(call),
                ..
            }) => Some(Obj::Call(Rc::clone(call))),
            _ => None,
        });
        let scope = self.tracked(Scope::function(Rc::clone(&function.scope)));
        self.bind_parameters(function, args, &scope, span)?;
        let owner = function
            .owner
            .borrow()
            .as_ref()
            .and_then(std::rc::Weak::upgrade);
        let mut frame = Frame {
            module: std::sync::Arc::clone(&function.module),
            tree: std::sync::Arc::clone(&function.tree),
            scope,
            method: owner.zip(object),
        };
        self.call_depth += 1;
        let depth = std::mem::take(&mut self.depth);
        let guard_base = std::mem::replace(&mut self.guard_base, self.guards.len());
        self.yields.push(Vec::new());
        let outcome = match function.body {
            FunctionBody::Lambda(body) => self
                .item(&frame, body)
                .map(|item| Flow::Exit(Exit::Return(item))),
            FunctionBody::Statements(body) => {
                let (tree, statements) = function.module.body(&function.tree, body);
                frame.tree = tree;
                self.block(&frame, statements)
            }
        };
        let yielded = self.yields.pop().unwrap_or_default();
        self.guard_base = guard_base;
        self.depth = depth;
        self.call_depth -= 1;
        let outcome = outcome?;
        if !yielded.is_empty() || is_generator(function, &frame.tree) {
            return Ok(Obj::list(yielded));
        }
        Ok(match outcome {
            Flow::Exit(Exit::Return(item)) => item.obj,
            Flow::Next | Flow::Exit(Exit::Break | Exit::Continue) => Obj::None,
            Flow::Open(open) => open.returned(span).obj,
        })
    }

    /// Decorators are called as Python would have called them, with the plain
    /// function.
    fn call_decorated(
        &mut self,
        function: &Rc<Function>,
        object: Option<Obj>,
        mut args: Arguments,
        span: Span,
    ) -> Eval {
        if function.decorators.is_empty() || self.call_depth >= MAX_CALL_DEPTH {
            return Ok(Obj::unknown(
                span,
                format!("`{}` is asynchronous", function.name),
            ));
        }
        let plain = Function {
            decoration: Decoration::None,
            decorators: Vec::new(),
            ..(**function).clone()
        };
        let mut decorated = Obj::Function(Rc::new(plain));
        for decorator in function.decorators.iter().rev() {
            let arguments = Arguments {
                positional: vec![Item::new(decorated, span)],
                ..Arguments::default()
            };
            decorated = match self.call(&decorator.obj, decorator.span, arguments, span)? {
                // A decorator that is not read may return anything.
                Obj::Call(_) | Obj::Ref(_) => {
                    return Ok(Obj::unknown(
                        decorator.span,
                        format!(
                            "what the decorator makes of `{}` is not known",
                            function.name
                        ),
                    ));
                }
                other => other,
            };
        }
        if let Some(object) = object {
            args.positional.insert(0, Item::new(object, span));
        }
        self.call(&decorated, span, args, span)
    }

    fn bind_parameters(
        &mut self,
        function: &Function,
        args: Arguments,
        scope: &Rc<Scope>,
        span: Span,
    ) -> Eval<()> {
        let tree: &Tree = &function.tree;
        let source = &function.module.text;
        let mut positional = args.positional.into_iter();
        let mut keywords = args.keywords;
        let mut names = scope.names.borrow_mut();
        for (index, parameter) in tree.list(function.parameters).iter().enumerate() {
            let name = name_text(source, parameter.name);
            let take_keyword = |keywords: &mut Vec<(SmolStr, Item)>| {
                let at = keywords.iter().rposition(|(key, _)| *key == name)?;
                Some(keywords.remove(at).1)
            };
            let given = match parameter.kind {
                ParameterKind::PositionalOnly => positional.next(),
                ParameterKind::Ordinary => {
                    positional.next().or_else(|| take_keyword(&mut keywords))
                }
                ParameterKind::KeywordOnly => take_keyword(&mut keywords),
                ParameterKind::Args => {
                    let rest: Vec<Item> = positional.by_ref().collect();
                    Some(Item::new(Obj::tuple(rest), span))
                }
                ParameterKind::Kwargs => {
                    let mut dict = Dict::default();
                    dict.unknown.clone_from(&args.unknown);
                    for (key, value) in keywords.drain(..) {
                        dict.set(Item::new(Obj::Str(key), value.span), value);
                    }
                    Some(Item::new(Obj::dict(dict), span))
                }
            };
            let default = || function.defaults.get(index).cloned().flatten();
            let item = match (given, &args.unknown) {
                (Some(item), _) => item,
                (None, Some(unknown)) => Item::new(Obj::Unknown(Rc::clone(unknown)), span),
                (None, None) => match default() {
                    Some(item) => item,
                    None => {
                        return Err(Exception::new(
                            "TypeError",
                            format!("`{}` misses the argument `{name}`", function.name),
                            span,
                        ));
                    }
                },
            };
            names.insert(name, item);
        }
        drop(names);
        if positional.next().is_some() || !keywords.is_empty() {
            return Err(Exception::new(
                "TypeError",
                format!("`{}` gets an argument that it does not take", function.name),
                span,
            ));
        }
        Ok(())
    }

    /// A call that is kept as written, replaced by its result where it turns out to
    /// be a function whose source is at hand.
    pub(super) fn force_call(&mut self, call: &Rc<Call>, span: Span) -> Eval {
        let Obj::Ref(path) = &call.callee else {
            return Ok(Obj::Call(Rc::clone(call)));
        };
        if path.starts_with("django.") || path.starts_with("operator.") {
            return Ok(Obj::Call(Rc::clone(call)));
        }
        match self.resolve(path) {
            Obj::Function(function) => {
                let result = self.call_function(&function, None, call.args.clone(), span)?;
                self.force(&result, span)
            }
            Obj::Bound(object, function) => {
                let object = (*object).clone();
                let result =
                    self.call_function(&function, Some(object), call.args.clone(), span)?;
                self.force(&result, span)
            }
            Obj::Class(class) if self.is_enumeration(&class) => {
                self.member_by_value(&class, &call.args, span)
            }
            Obj::Ref(other) if other != *path => {
                self.call(&Obj::Ref(other), call.callee_span, call.args.clone(), span)
            }
            _ => Ok(Obj::Call(Rc::clone(call))),
        }
    }

    /// The class of a kept call's result, if its source is at hand.
    pub(crate) fn class_of_call(&mut self, call: &Call) -> Option<Rc<Class>> {
        match &call.callee {
            Obj::Class(class) => Some(Rc::clone(class)),
            Obj::Ref(path) => match self.resolve(path) {
                Obj::Class(class) => Some(class),
                _ => None,
            },
            _ => None,
        }
    }

    /// Runs `__init__` of an object of a class whose source is at hand, once.
    pub(crate) fn initialise(&mut self, call: &Rc<Call>, span: Span) -> Eval<()> {
        {
            let mut state = call.state.borrow_mut();
            if state.initialised {
                return Ok(());
            }
            state.initialised = true;
        }
        let Some(class) = self.class_of_call(call) else {
            return Ok(());
        };
        if let Some((Obj::Function(init), _)) = self.class_attribute(&class, "__init__") {
            let object = Obj::Call(Rc::clone(call));
            self.call_function(&init, Some(object), call.args.clone(), span)?;
        } else if let Some(fields) = self.record_fields(&class) {
            self.initialise_record(call, &fields, span)?;
        }
        Ok(())
    }

    /// Records the arguments that `super().__init__` hands to a class whose source
    /// is not read.
    pub(super) fn record_base_init(&mut self, object: &Obj, args: &Arguments) {
        if let Obj::Call(call) = object {
            call.state.borrow_mut().base_init = Some(args.clone());
        }
    }
}

fn is_partial(call: &Call) -> bool {
    matches!(&call.callee, Obj::Ref(path) if path == "functools.partial")
}

/// Whether a call of the function gives a generator, by its own body: the bodies of
/// functions inside it are trees of their own.
fn is_generator(function: &Function, tree: &Tree) -> bool {
    matches!(
        function.body,
        FunctionBody::Statements(super::super::tree::Body::Deferred(_))
    ) && tree
        .exprs
        .iter()
        .any(|expr| matches!(expr.kind, ExprKind::Yield(_) | ExprKind::YieldFrom(_)))
}

/// The part of a callee that names it: `CharField` of `models.CharField`.
fn callee_range(tree: &Tree, id: ExprId) -> crate::base::TextRange {
    match tree.expr(id).kind {
        ExprKind::Attribute { attribute, .. } => attribute,
        _ => tree.expr(id).range,
    }
}

fn kept(callee: Obj, callee_span: Span, args: Arguments) -> Obj {
    Obj::Call(Rc::new(Call {
        callee,
        callee_span,
        args,
        state: RefCell::new(InstanceState::default()),
    }))
}

/// The unknown for arguments that could not be expanded.
pub(super) fn unexpanded(args: &Arguments) -> Option<Obj> {
    args.unknown
        .as_ref()
        .map(|unknown| Obj::Unknown(Rc::<Unknown>::clone(unknown)))
}
