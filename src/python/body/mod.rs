//! Functions of migrations: what their bodies do with the database, as
//! [`ir::body`](crate::ir::body).
//!
//! A body is walked, not run: every statement once, both sides of each condition, with
//! names standing for what they surely hold. Functions of the migration's own module
//! are followed, and others where they are handed what belongs to the migration.
//!
//! - `thing`: what an expression may stand for;
//! - `known`: names with a meaning;
//! - `stmt`, `expr`, `call`, `query`: the walk.

mod call;
mod expr;
mod known;
mod query;
mod stmt;
mod thing;

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::eval::names::Names;
use super::eval::object::{Arguments, Function, FunctionBody, Item, Obj, Scope, name_text};
use super::eval::{Evaluator, Frame};
use super::tree::{ParameterKind, StmtKind};
use crate::base::Span;
use crate::ir::Unknown;
use crate::ir::body::{self, Act, Loop, Parameters, Step};
use thing::Thing;

/// Calls are followed no deeper.
const MAX_CALLS: usize = 8;
/// Expressions and statements of one function, with all that it calls.
const MAX_STEPS: u32 = 40_000;
/// Steps that evaluation may take for one function.
const EVALUATION_STEPS: u64 = 100_000;
/// More is not kept.
const MAX_NOTES: usize = 2_000;
/// Expressions and blocks are not looked into any deeper.
const MAX_DEPTH: u32 = 150;

/// Arguments in order, those given by name with it.
type Given = Vec<(Option<SmolStr>, Thing)>;

/// What the function that a value holds does; `None` if its source is not at hand, or
/// if it is no function.
pub(super) fn analyse(evaluator: &mut Evaluator<'_>, code: &Item) -> Option<body::Function> {
    let steps_before = evaluator.limit_steps(EVALUATION_STEPS);
    let found = match evaluator.force(&code.obj, code.span) {
        Ok(Obj::Function(function)) => Some((function, Vec::new())),
        // `functools.partial(fill, model="book")`.
        Ok(Obj::Call(call)) => partial(evaluator, &call.args, &call.callee),
        _ => None,
    };
    let body = found.map(|(function, given)| {
        let mut walker = Walker::new(evaluator, &function);
        walker.run(&function, given);
        walker.out
    });
    evaluator.limit_steps(steps_before);
    body
}

/// The function and the arguments that `partial` binds before those of the call.
fn partial(
    evaluator: &mut Evaluator<'_>,
    args: &Arguments,
    callee: &Obj,
) -> Option<(Rc<Function>, Given)> {
    if !matches!(callee, Obj::Ref(path) if path == "functools.partial") || args.unknown.is_some() {
        return None;
    }
    let (first, rest) = args.positional.split_first()?;
    let Ok(Obj::Function(function)) = evaluator.force(&first.obj, first.span) else {
        return None;
    };
    let positional = rest.iter().map(|item| (None, item));
    let named = args.keywords.iter();
    let named = named.map(|(name, item)| (Some(name.clone()), item));
    let given = positional
        .chain(named)
        .map(|(name, item)| (name, Thing::Plain(item.obj.clone())));
    Some((function, given.collect()))
}

const RUNNING: SmolStr = SmolStr::new_static("it is known only to the running migration");

struct Walker<'w, 'a> {
    evaluator: &'w mut Evaluator<'a>,
    out: body::Function,
    seen: FxHashSet<(Span, usize)>,
    /// What names of running functions hold beyond what evaluation knows, by scope.
    names: FxHashMap<*const Scope, Names<Thing>>,
    /// Functions being followed.
    running: Vec<(*const Function, Span)>,
    /// What the running functions return.
    returned: Vec<Thing>,
    /// The file of the function itself.
    home: crate::base::FileId,
    via: Option<Span>,
    within: Option<usize>,
    guards: u32,
    /// Functions around that belong to the project and not to its migrations.
    foreign: u32,
    /// Tests around, inside of the innermost loop.
    conditions: u32,
    steps: u32,
    depth: u32,
    /// Scopes live as long as the walk, so that their addresses stay their own.
    scopes: Vec<Rc<Scope>>,
    functions: Vec<Rc<Function>>,
}

impl<'w, 'a> Walker<'w, 'a> {
    fn new(evaluator: &'w mut Evaluator<'a>, function: &Function) -> Self {
        Self {
            evaluator,
            out: body::Function {
                path: function.path.clone(),
                span: name_span(function),
                parameters: parameters(function),
                parameter_names: parameter_names(function),
                model_variables: Vec::new(),
                steps: Vec::new(),
                loops: Vec::new(),
                names_database: false,
                introduced: Vec::new(),
                introduces_unknown: false,
                makes_permissions: false,
                not_analysed: Vec::new(),
            },
            seen: FxHashSet::default(),
            names: FxHashMap::default(),
            running: Vec::new(),
            returned: Vec::new(),
            home: function.module.file,
            via: None,
            within: None,
            guards: 0,
            foreign: 0,
            conditions: 0,
            steps: 0,
            depth: 0,
            scopes: Vec::new(),
            functions: Vec::new(),
        }
    }

    /// Walks the function as `RunPython` calls it.
    fn run(&mut self, function: &Rc<Function>, given: Given) {
        let mut args = given;
        let bound = args.iter().filter(|(name, _)| name.is_none()).count();
        let live = [(None, Thing::Apps), (None, Thing::Editor)];
        args.splice(bound..bound, live);
        if args.len() > 2 {
            self.out.parameters.required = 2;
            self.out.parameters.most = Some(2);
            self.out.parameters.needs_keyword = false;
        }
        self.follow(function, args, self.out.span);
    }

    /// Walks a function with arguments; gives what it returns.
    fn follow(&mut self, function: &Rc<Function>, args: Given, call: Span) -> Thing {
        let address = Rc::as_ptr(function);
        if self.running.iter().any(|(known, _)| *known == address) {
            return Thing::Unknown;
        }
        if self.running.len() >= MAX_CALLS {
            self.not_analysed(call, "its calls are nested too deeply");
            return Thing::Unknown;
        }
        self.functions.push(Rc::clone(function));
        let scope = self
            .evaluator
            .tracked(Scope::function(Rc::clone(&function.scope)));
        self.scopes.push(Rc::clone(&scope));
        let frame = Frame {
            module: Arc::clone(&function.module),
            tree: Arc::clone(&function.tree),
            scope,
            method: None,
        };
        self.bind_arguments(&frame, function, args);
        let via = self.via;
        if function.module.file != self.home || !self.running.is_empty() {
            self.via = via.or(Some(call));
        }
        self.running.push((address, call));
        let outer = std::mem::take(&mut self.returned);
        match function.body {
            FunctionBody::Statements(statements) => {
                let (tree, statements) = function.module.body(&function.tree, statements);
                let frame = Frame { tree, ..frame };
                self.block(&frame, statements);
            }
            FunctionBody::Lambda(expression) => {
                let value = self.expr(&frame, expression);
                self.returned.push(value);
            }
        }
        let returned = std::mem::replace(&mut self.returned, outer);
        self.running.pop();
        self.via = via;
        returned.into_iter().fold(Thing::Unknown, Thing::or)
    }

    fn bind_arguments(&mut self, frame: &Frame, function: &Function, args: Given) {
        let (mut positional, mut named) = (Vec::new(), Vec::new());
        for (name, thing) in args {
            match name {
                Some(name) => named.push((name, thing)),
                None => positional.push(thing),
            }
        }
        let mut positional = positional.into_iter();
        let declared = function.tree.list(function.parameters);
        for (index, parameter) in declared.iter().enumerate() {
            let name = name_text(&function.module.text, parameter.name);
            let by_name = named.iter().position(|(known, _)| *known == name);
            let given = match parameter.kind {
                ParameterKind::PositionalOnly => positional.next(),
                ParameterKind::Ordinary => match by_name {
                    Some(at) => Some(named.swap_remove(at).1),
                    None => positional.next(),
                },
                ParameterKind::KeywordOnly => by_name.map(|at| named.swap_remove(at).1),
                ParameterKind::Args => {
                    let rest = positional.by_ref();
                    let span = frame.span(parameter.name);
                    Some(Thing::Seq(Rc::new(rest.map(|it| (it, span)).collect())))
                }
                ParameterKind::Kwargs => Some(Thing::Unknown),
            };
            let default = || {
                let default = function.defaults.get(index).cloned().flatten();
                default.map_or(Thing::Unknown, |item| Thing::Plain(item.obj))
            };
            let thing = given.unwrap_or_else(default);
            self.bind(frame, name, thing, frame.span(parameter.name));
        }
    }

    /// A name of a running function gets a meaning.
    fn bind(&mut self, frame: &Frame, name: SmolStr, thing: Thing, span: Span) {
        let names = self.names.entry(Rc::as_ptr(&frame.scope)).or_default();
        let obj = match thing {
            Thing::Plain(obj) => {
                names.remove(&name);
                obj
            }
            other => {
                names.insert(name.clone(), other);
                Obj::unknown(span, RUNNING)
            }
        };
        let mut known = frame.scope.names.borrow_mut();
        known.insert(name, Item::new(obj, span));
    }

    /// Takes one step; `false` once the function is too long.
    fn step(&mut self, span: Span) -> bool {
        self.steps += 1;
        if self.steps == MAX_STEPS {
            self.not_analysed(span, "the function is too long");
        }
        self.steps < MAX_STEPS
    }

    fn note(&mut self, act: Act, span: Span) {
        if self.out.steps.len() >= MAX_NOTES {
            return;
        }
        let step = Step {
            act,
            span,
            via: self.via,
            within: self.within,
            is_guarded: self.guards > 0,
            is_conditional: self.conditions > 0,
        };
        let known = self.out.steps.iter().rev().take(400);
        if known
            .clone()
            .any(|known| known.span == span && known.act == step.act)
        {
            return;
        }
        self.out.steps.push(step);
    }

    fn not_analysed(&mut self, span: Span, reason: impl Into<SmolStr>) {
        if self.seen.insert((span, 0)) && self.out.not_analysed.len() < MAX_NOTES {
            self.out.not_analysed.push(Unknown::new(span, reason));
        }
    }

    fn introduce(&mut self, name: &str) {
        if !self.out.introduced.iter().any(|known| known == name) {
            self.out.introduced.push(SmolStr::new(name));
        }
    }

    /// Opens a loop; the one around it is given back, to be set again after.
    fn enter_loop(&mut self, span: Span, over: body::Over) -> Option<usize> {
        let outer = self.within;
        self.out.loops.push(Loop { span, over, outer });
        self.within = Some(self.out.loops.len() - 1);
        outer
    }
}

fn parameters(function: &Function) -> Parameters {
    let mut out = Parameters {
        required: 0,
        most: Some(0),
        needs_keyword: false,
    };
    for parameter in function.tree.list(function.parameters) {
        match parameter.kind {
            ParameterKind::PositionalOnly | ParameterKind::Ordinary => {
                out.most = out.most.map(|most| most + 1);
                out.required += usize::from(parameter.default.is_none());
            }
            ParameterKind::Args => out.most = None,
            ParameterKind::KeywordOnly => out.needs_keyword |= parameter.default.is_none(),
            ParameterKind::Kwargs => {}
        }
    }
    out
}

fn parameter_names(function: &Function) -> Vec<SmolStr> {
    let by_place = function.tree.list(function.parameters).iter().filter(|it| {
        matches!(
            it.kind,
            ParameterKind::PositionalOnly | ParameterKind::Ordinary
        )
    });
    by_place
        .map(|it| name_text(&function.module.text, it.name))
        .collect()
}

/// Where the function's name stands.
fn name_span(function: &Function) -> Span {
    let tree = &function.tree;
    let body = match function.body {
        FunctionBody::Statements(body) => body,
        FunctionBody::Lambda(expression) => {
            return Span::new(function.module.file, tree.expr(expression).range);
        }
    };
    let defined = tree.stmts.iter().find_map(|stmt| match stmt.kind {
        StmtKind::FunctionDef {
            name, body: other, ..
        } if same_body(body, other) => Some(name),
        _ => None,
    });
    match defined {
        Some(range) => Span::new(function.module.file, range),
        None => Span::file_start(function.module.file),
    }
}

fn same_body(left: super::tree::Body, right: super::tree::Body) -> bool {
    use super::tree::Body::{Deferred, Parsed};
    match (left, right) {
        (Deferred(left), Deferred(right)) => left == right,
        (Parsed(left), Parsed(right)) => left == right,
        (Deferred(_), Parsed(_)) | (Parsed(_), Deferred(_)) => false,
    }
}
