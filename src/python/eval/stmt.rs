//! Statements.

use std::rc::Rc;
use std::sync::Arc;

use smol_str::SmolStr;

use super::super::tree::{ExprId, ExprKind, Handler, List, StmtId, StmtKind, WithItem};
use super::condition::{Truth, bounded, conditional, negate};
use super::expr::unguard;
use super::object::{Item, Obj, ScopeKind, name_text};
use super::{Eval, Evaluator, Exception, Frame};
use crate::ir::Unknown;
use crate::ir::value::Condition;

/// How a block ended.
#[derive(Debug)]
pub(super) enum Flow {
    Next,
    Return(Item),
    Break,
    Continue,
    /// The block left early on one side of an undecided condition; what follows
    /// runs only if the condition holds.
    NextIf(Condition, Option<Item>),
}

/// Rounds of one `while` loop that are followed.
const MAX_ROUNDS: u32 = 10_000;

impl Evaluator<'_> {
    /// A statement of a module: an exception makes the names that it binds
    /// unknown, and the module goes on.
    pub(super) fn execute_top_level(&mut self, frame: &Frame, id: StmtId) {
        let guards = self.guards.len();
        if let Err(exception) = self.execute(frame, id) {
            self.guards.truncate(guards);
            let unknown = Obj::Unknown(Rc::new(exception.into_unknown()));
            self.bind_unknown(frame, id, &unknown);
        }
        self.guards.truncate(guards);
    }

    /// Binds every name that a statement would bind to an unknown.
    fn bind_unknown(&mut self, frame: &Frame, id: StmtId, unknown: &Obj) {
        let tree = &*frame.tree;
        let span = frame.span(tree.stmt(id).range);
        let bind = |name: SmolStr| {
            frame
                .scope
                .names
                .borrow_mut()
                .insert(name, Item::new(unknown.clone(), span));
        };
        match tree.stmt(id).kind {
            StmtKind::Assign { targets, .. } => {
                for target in tree.list(targets) {
                    if let ExprKind::Name = tree.expr(*target).kind {
                        bind(name_text(&frame.module.text, tree.expr(*target).range));
                    }
                }
            }
            StmtKind::AugAssign { target, .. } | StmtKind::AnnAssign { target, .. } => {
                if let ExprKind::Name = tree.expr(target).kind {
                    bind(name_text(&frame.module.text, tree.expr(target).range));
                }
            }
            StmtKind::ClassDef { name, .. } | StmtKind::FunctionDef { name, .. } => {
                bind(name_text(&frame.module.text, name));
            }
            _ => {}
        }
    }

    /// Executes statements until one leaves the block.
    pub(super) fn block(&mut self, frame: &Frame, block: List<StmtId>) -> Eval<Flow> {
        let statements = frame.tree.list(block);
        let guards = self.guards.len();
        let flow = self.block_from(frame, statements);
        self.guards.truncate(guards);
        flow
    }

    fn block_from(&mut self, frame: &Frame, statements: &[StmtId]) -> Eval<Flow> {
        let mut pending: Vec<(Condition, Option<Item>)> = Vec::new();
        let mut last = Flow::Next;
        for id in statements {
            match self.execute(frame, *id)? {
                Flow::Next => {}
                Flow::NextIf(condition, returned) => {
                    // The rest runs only where the block was not left.
                    self.guards.push(condition.clone());
                    pending.push((condition, returned));
                }
                other => {
                    last = other;
                    break;
                }
            }
        }
        if pending.is_empty() {
            return Ok(last);
        }
        // Unwind: each early return holds where its condition did not.
        let mut outcome = match last {
            Flow::Return(item) => Some(item),
            Flow::Next | Flow::Break | Flow::Continue | Flow::NextIf(..) => None,
        };
        let mut goes_on: Vec<Condition> = Vec::new();
        for (condition, returned) in pending.into_iter().rev() {
            if let Some(returned) = returned {
                let span = returned.span;
                let rest = outcome.take().unwrap_or_else(|| Item::new(Obj::None, span));
                let obj = conditional(condition.clone(), rest, returned);
                outcome = Some(Item::new(obj, span));
            }
            goes_on.push(condition);
        }
        Ok(match outcome {
            Some(item) => Flow::Return(item),
            None => {
                goes_on.reverse();
                Flow::NextIf(bounded(Condition::All(goes_on)), None)
            }
        })
    }

    fn execute(&mut self, frame: &Frame, id: StmtId) -> Eval<Flow> {
        let tree = Arc::clone(&frame.tree);
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
                for target in tree.list(targets) {
                    self.assign(frame, *target, item.clone())?;
                }
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
                return Ok(Flow::Return(item));
            }
            StmtKind::Delete(targets) => {
                for target in tree.list(targets) {
                    self.delete(frame, *target)?;
                }
            }
            StmtKind::Raise { exception, .. } => return self.raise(frame, exception, span),
            StmtKind::Break => return Ok(Flow::Break),
            StmtKind::Continue => return Ok(Flow::Continue),
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
                    Flow::Next | Flow::NextIf(_, None) => flow,
                    left => Ok(left),
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
            StmtKind::Match { .. } => {
                // Which case applies is not decided, so what it binds is unknown.
                let unknown = Obj::unknown(span, "`match` statements are not evaluated");
                self.bind_unknown(frame, id, &unknown);
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
            Some(_) => Ok(Flow::Return(Item::new(
                Obj::unknown(span, format!("it raises {class}")),
                span,
            ))),
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
        Ok(match (then, otherwise) {
            (Flow::Next, Flow::Next) => Flow::Next,
            (Flow::Return(then), Flow::Return(otherwise)) => {
                let span = tested.span;
                Flow::Return(Item::new(conditional(condition, then, otherwise), span))
            }
            (Flow::Return(item), _) => Flow::NextIf(negated, Some(item)),
            (_, Flow::Return(item)) => Flow::NextIf(condition, Some(item)),
            (Flow::Break | Flow::Continue, Flow::Break | Flow::Continue) => Flow::Continue,
            (Flow::Break | Flow::Continue, _) => Flow::NextIf(negated, None),
            (_, Flow::Break | Flow::Continue) => Flow::NextIf(condition, None),
            (Flow::NextIf(inner, returned), _) => {
                Flow::NextIf(bounded(Condition::Any(vec![inner, negated])), returned)
            }
            (_, Flow::NextIf(inner, returned)) => {
                Flow::NextIf(bounded(Condition::Any(vec![inner, condition])), returned)
            }
        })
    }

    fn while_loop(
        &mut self,
        frame: &Frame,
        test: ExprId,
        body: List<StmtId>,
        orelse: List<StmtId>,
    ) -> Eval<Flow> {
        for _ in 0..MAX_ROUNDS {
            let tested = self.item(frame, test)?;
            match self.truth(&tested.obj, tested.span)? {
                Truth::Yes => {}
                Truth::No => return self.block(frame, orelse),
                Truth::Undecided(_) => return Ok(Flow::Next),
            }
            match self.block(frame, body)? {
                Flow::Break => return Ok(Flow::Next),
                Flow::Return(item) => return Ok(Flow::Return(item)),
                Flow::Next | Flow::Continue | Flow::NextIf(..) => {}
            }
            if self.steps_left == 0 {
                break;
            }
        }
        Ok(Flow::Next)
    }

    fn for_loop(
        &mut self,
        frame: &Frame,
        target: ExprId,
        iterable: ExprId,
        body: List<StmtId>,
        orelse: List<StmtId>,
    ) -> Eval<Flow> {
        let iterated = self.item(frame, iterable)?;
        let items = match self.iterate(&iterated.obj, iterated.span)? {
            Ok(items) => items,
            Err(unknown) => {
                // Any number of rounds: one, under a condition that says so.
                let condition = Condition::Unknown((*unknown).clone());
                let element = Item::new(Obj::Unknown(unknown), iterated.span);
                self.guards.push(condition);
                let flow = self
                    .assign_element(frame, target, element)
                    .and_then(|()| self.block(frame, body));
                self.guards.pop();
                return match flow? {
                    Flow::Return(item) => Ok(Flow::Return(item)),
                    _ => Ok(Flow::Next),
                };
            }
        };
        for item in items {
            if !self.step() {
                break;
            }
            let (item, element_guard) = unguard(item);
            let guards = self.guards.len();
            self.guards.extend(element_guard);
            let flow = self
                .assign_element(frame, target, item)
                .and_then(|()| self.block(frame, body));
            self.guards.truncate(guards);
            match flow? {
                Flow::Break => return Ok(Flow::Next),
                Flow::Return(item) => return Ok(Flow::Return(item)),
                Flow::Next | Flow::Continue | Flow::NextIf(_, None) => {}
                Flow::NextIf(condition, Some(item)) => {
                    return Ok(Flow::NextIf(condition, Some(item)));
                }
            }
        }
        self.block(frame, orelse)
    }

    /// A loop's target takes the element whatever condition the loop runs under.
    fn assign_element(&mut self, frame: &Frame, target: ExprId, item: Item) -> Eval<()> {
        let guards = std::mem::take(&mut self.guards);
        let assigned = self.assign(frame, target, item);
        self.guards = guards;
        assigned
    }

    fn with(&mut self, frame: &Frame, items: List<WithItem>, body: List<StmtId>) -> Eval<Flow> {
        for item in frame.tree.list(items) {
            let context = self.item(frame, item.context)?;
            if let Some(target) = item.target {
                let unknown = Obj::unknown(context.span, "context managers are not evaluated");
                self.assign(frame, target, Item::new(unknown, context.span))?;
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
