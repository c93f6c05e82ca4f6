//! Statements.

use std::rc::Rc;

use smol_str::SmolStr;

use super::super::tree::{ExprId, ExprKind, Handler, List, StmtId, StmtKind, WithItem};
use super::condition::{Truth, negate};
use super::flow::{Exit, Flow, Open, either};
use super::object::{Item, Obj, ScopeKind, name_text};
use super::{Eval, Evaluator, Exception, Frame, MAX_DEPTH};
use crate::base::TextRange;
use crate::ir::Unknown;
use crate::ir::value::Condition;

impl Evaluator<'_> {
    /// A statement of a module: an exception makes the names that it binds
    /// unknown, and the module goes on.
    pub(crate) fn execute_top_level(&mut self, frame: &Frame, id: StmtId) {
        let guards = self.guards.len();
        if let Err(exception) = self.execute(frame, id) {
            self.guards.truncate(guards);
            let unknown = Obj::Unknown(Rc::new(exception.into_unknown()));
            self.bind_unknown(frame, id, &unknown);
        }
        self.guards.truncate(guards);
    }

    /// Binds every name that a statement would bind, also inside of its blocks, to an
    /// unknown.
    fn bind_unknown(&mut self, frame: &Frame, id: StmtId, unknown: &Obj) {
        let tree = &*frame.tree;
        let mut statements = vec![id];
        let mut names: Vec<(SmolStr, TextRange)> = Vec::new();
        while let Some(id) = statements.pop() {
            let mut name = |range: TextRange| {
                names.push((name_text(&frame.module.text, range), tree.stmt(id).range));
            };
            let mut targets: Vec<ExprId> = Vec::new();
            match tree.stmt(id).kind {
                StmtKind::Assign { targets: all, .. } => targets.extend(tree.list(all)),
                StmtKind::AugAssign { target, .. } | StmtKind::AnnAssign { target, .. } => {
                    targets.push(target);
                }
                StmtKind::ClassDef { name: range, .. }
                | StmtKind::FunctionDef { name: range, .. } => name(range),
                StmtKind::Import(all) | StmtKind::ImportFrom { names: all, .. } => {
                    for alias in tree.list(all) {
                        name(alias.alias.unwrap_or(alias.name));
                    }
                }
                StmtKind::If { body, orelse, .. } | StmtKind::While { body, orelse, .. } => {
                    statements.extend(tree.list(body));
                    statements.extend(tree.list(orelse));
                }
                StmtKind::For {
                    target,
                    body,
                    orelse,
                    ..
                } => {
                    targets.push(target);
                    statements.extend(tree.list(body));
                    statements.extend(tree.list(orelse));
                }
                StmtKind::With { items, body, .. } => {
                    targets.extend(tree.list(items).iter().filter_map(|item| item.target));
                    statements.extend(tree.list(body));
                }
                StmtKind::Try {
                    body,
                    handlers,
                    orelse,
                    finalbody,
                    ..
                } => {
                    for block in [body, orelse, finalbody] {
                        statements.extend(tree.list(block));
                    }
                    for handler in tree.list(handlers) {
                        statements.extend(tree.list(handler.body));
                    }
                }
                StmtKind::Match { cases, .. } => {
                    for case in tree.list(cases) {
                        statements.extend(tree.list(case.body));
                    }
                }
                _ => {}
            }
            while let Some(target) = targets.pop() {
                match tree.expr(target).kind {
                    ExprKind::Name => name(tree.expr(target).range),
                    ExprKind::Tuple(items) | ExprKind::List(items) => {
                        targets.extend(tree.list(items));
                    }
                    ExprKind::Starred(inner) => targets.push(inner),
                    _ => {}
                }
            }
        }
        for (name, range) in names {
            self.bind(frame, name, Item::new(unknown.clone(), frame.span(range)));
        }
    }

    /// Executes statements until one leaves the block.
    pub(super) fn block(&mut self, frame: &Frame, block: List<StmtId>) -> Eval<Flow> {
        let statements = frame.tree.list(block);
        if self.depth >= MAX_DEPTH {
            let span = frame.span(
                frame
                    .tree
                    .list(block)
                    .first()
                    .map_or(TextRange::default(), |first| frame.tree.stmt(*first).range),
            );
            let reason = "statements are nested too deeply";
            return Err(Exception::new("RecursionError", reason, span));
        }
        self.depth += 1;
        let guards = self.guards.len();
        let flow = self.block_from(frame, statements);
        self.guards.truncate(guards);
        self.depth -= 1;
        flow
    }

    fn block_from(&mut self, frame: &Frame, statements: &[StmtId]) -> Eval<Flow> {
        let mut open = Open {
            falls_through: true,
            ..Open::default()
        };
        for id in statements {
            match self.execute(frame, *id)? {
                Flow::Next => {}
                exit @ Flow::Exit(_) => {
                    open.follow(exit);
                    break;
                }
                Flow::Open(inner) => {
                    // The rest runs only where the block was not left.
                    self.guards.push(inner.none_taken());
                    let goes_on = inner.falls_through;
                    open.follow(Flow::Open(inner));
                    if !goes_on {
                        break;
                    }
                }
            }
        }
        Ok(match (open.exits.as_slice(), open.falls_through) {
            // The one way out, under no condition.
            ([(Condition::All(parts), exit)], false) if parts.is_empty() => {
                Flow::Exit(exit.clone())
            }
            _ => open.into_flow(),
        })
    }

    fn execute(&mut self, frame: &Frame, id: StmtId) -> Eval<Flow> {
        let tree = &*frame.tree;
        let statement = *tree.stmt(id);
        let span = frame.span(statement.range);
        if !self.step() {
            return Ok(Flow::Next);
        }
        match statement.kind {
            StmtKind::Expr(expr) => {
                // Called for its effect, so it is followed at once.
                if let call @ Obj::Call(_) = self.eval(frame, expr)? {
                    self.force(&call, span)?;
                }
            }
            StmtKind::Assign { targets, value } => {
                let item = self.item(frame, value)?;
                let Some((last, others)) = tree.list(targets).split_last() else {
                    return Ok(Flow::Next);
                };
                for target in others {
                    self.assign(frame, *target, item.clone())?;
                }
                self.assign(frame, *last, item)?;
            }
            StmtKind::AnnAssign { target, value, .. } => {
                if let Some(value) = value {
                    let item = self.item(frame, value)?;
                    self.assign(frame, target, item)?;
                }
            }
            StmtKind::AugAssign {
                target,
                operator,
                value,
            } => {
                self.augmented_assign(frame, target, operator, value)?;
            }
            StmtKind::Return(value) => {
                let item = match value {
                    Some(value) => self.item(frame, value)?,
                    None => Item::new(Obj::None, span),
                };
                return Ok(Flow::Exit(Exit::Return(item)));
            }
            StmtKind::Delete(targets) => {
                for target in tree.list(targets) {
                    self.delete(frame, *target)?;
                }
            }
            StmtKind::Raise { exception, .. } => return self.raise(frame, exception, span),
            StmtKind::Break => return Ok(Flow::Exit(Exit::Break)),
            StmtKind::Continue => return Ok(Flow::Exit(Exit::Continue)),
            StmtKind::Global(names) => {
                if let ScopeKind::Function { globals } = &frame.scope.kind {
                    for name in tree.list(names) {
                        globals
                            .borrow_mut()
                            .push(name_text(&frame.module.text, *name));
                    }
                }
            }
            StmtKind::Import(names) => self.import(frame, names, span)?,
            StmtKind::ImportFrom {
                module,
                level,
                names,
                star,
            } => {
                self.import_from(frame, module, level, names, star, span)?;
            }
            StmtKind::If { test, body, orelse } => return self.branch(frame, test, body, orelse),
            StmtKind::While { test, body, orelse } => {
                return self.while_loop(frame, test, body, orelse);
            }
            StmtKind::For {
                target,
                iterable,
                body,
                orelse,
                ..
            } => {
                return self.for_loop(frame, target, iterable, body, orelse);
            }
            StmtKind::With { items, body, .. } => return self.with(frame, items, body),
            StmtKind::Try {
                body,
                handlers,
                orelse,
                finalbody,
                ..
            } => {
                let flow = self.try_block(frame, body, handlers, orelse);
                return match self.block(frame, finalbody)? {
                    Flow::Next | Flow::Open(_) => flow,
                    left @ Flow::Exit(_) => Ok(left),
                };
            }
            StmtKind::FunctionDef {
                name,
                decorators,
                parameters,
                body,
                is_async,
                ..
            } => {
                self.function_definition(frame, name, decorators, parameters, body, is_async)?;
            }
            StmtKind::ClassDef {
                name,
                decorators,
                bases,
                body,
                ..
            } => {
                self.class_definition(frame, name, decorators, bases, body)?;
            }
            StmtKind::Match { subject, cases } => {
                return self.match_statement(frame, subject, cases);
            }
            StmtKind::Assert { .. }
            | StmtKind::Pass
            | StmtKind::Nonlocal(_)
            | StmtKind::TypeAlias { .. }
            | StmtKind::Error => {}
        }
        Ok(Flow::Next)
    }

    fn raise(
        &mut self,
        frame: &Frame,
        exception: Option<ExprId>,
        span: crate::base::Span,
    ) -> Eval<Flow> {
        let class = match exception {
            None => SmolStr::new_static("Exception"),
            Some(id) => match self.eval(frame, id)? {
                Obj::Call(call) => exception_name(&call.callee),
                other => exception_name(&other),
            },
        };
        match self.guards.last() {
            // On one side of an undecided condition: what follows is the other side.
            Some(_) => Ok(Flow::Exit(Exit::Return(Item::new(
                Obj::unknown(span, format!("it raises {class}")),
                span,
            )))),
            None => Err(Exception::new(&class, "", span)),
        }
    }

    fn branch(
        &mut self,
        frame: &Frame,
        test: ExprId,
        body: List<StmtId>,
        orelse: List<StmtId>,
    ) -> Eval<Flow> {
        let tested = self.item(frame, test)?;
        let condition = match self.truth(&tested.obj, tested.span)? {
            Truth::Yes => return self.block(frame, body),
            Truth::No => return self.block(frame, orelse),
            Truth::Undecided(condition) => condition,
        };
        self.guards.push(condition.clone());
        let then = self.block(frame, body);
        self.guards.pop();
        let negated = negate(condition.clone());
        self.guards.push(negated.clone());
        let otherwise = self.block(frame, orelse);
        self.guards.pop();
        let (then, otherwise) = match (then, otherwise) {
            (Ok(then), Ok(otherwise)) => (then, otherwise),
            // A side that raises is taken as the one that does not happen.
            (Ok(flow), Err(_)) | (Err(_), Ok(flow)) => return Ok(flow),
            (Err(exception), Err(_)) => return Err(exception),
        };
        Ok(either(&condition, then, otherwise))
    }

    fn with(&mut self, frame: &Frame, items: List<WithItem>, body: List<StmtId>) -> Eval<Flow> {
        for item in frame.tree.list(items) {
            let context = self.item(frame, item.context)?;
            if let Some(target) = item.target {
                let obj = match &context.obj {
                    // `with connection.cursor() as cursor`
                    cursor @ Obj::Host(_) => cursor.clone(),
                    _ => Obj::unknown(context.span, "context managers are not evaluated"),
                };
                self.assign(frame, target, Item::new(obj, context.span))?;
            }
        }
        self.block(frame, body)
    }

    fn try_block(
        &mut self,
        frame: &Frame,
        body: List<StmtId>,
        handlers: List<Handler>,
        orelse: List<StmtId>,
    ) -> Eval<Flow> {
        let exception = match self.block(frame, body) {
            Ok(Flow::Next) => return self.block(frame, orelse),
            Ok(flow) => return Ok(flow),
            Err(exception) => exception,
        };
        for handler in frame.tree.list(handlers) {
            let caught = match handler.exception {
                None => true,
                Some(classes) => {
                    let classes = self.eval(frame, classes)?;
                    self.catches(&classes, &exception.class)
                }
            };
            if caught {
                if let Some(name) = handler.name {
                    let name = name_text(&frame.module.text, name);
                    let unknown = Obj::unknown(exception.span, "exceptions are not evaluated");
                    frame
                        .scope
                        .names
                        .borrow_mut()
                        .insert(name, Item::new(unknown, exception.span));
                }
                return self.block(frame, handler.body);
            }
        }
        Err(exception)
    }

    /// Whether `except classes` catches an exception of a built-in class.
    fn catches(&mut self, classes: &Obj, raised: &str) -> bool {
        match classes {
            Obj::Tuple(items) => items.iter().any(|item| self.catches(&item.obj, raised)),
            other => {
                let name = exception_name(other);
                let mut class = raised;
                loop {
                    if class == name {
                        return true;
                    }
                    class = match class {
                        "ModuleNotFoundError" => "ImportError",
                        "KeyError" | "IndexError" => "LookupError",
                        "ZeroDivisionError" => "ArithmeticError",
                        "UnicodeDecodeError" | "UnicodeEncodeError" => "ValueError",
                        "BaseException" => return false,
                        "Exception" => "BaseException",
                        _ => "Exception",
                    };
                }
            }
        }
    }
}

/// The class name of an exception object, class or reference.
fn exception_name(obj: &Obj) -> SmolStr {
    match obj {
        Obj::Builtin(name) => SmolStr::new_static(name),
        Obj::Ref(path) => SmolStr::new(path.rsplit('.').next().unwrap_or_default()),
        Obj::Class(class) => class.name.clone(),
        Obj::Unknown(unknown) => {
            let Unknown { .. } = **unknown;
            SmolStr::new_static("Exception")
        }
        _ => SmolStr::new_static("Exception"),
    }
}
