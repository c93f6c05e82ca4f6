//! Statements.

use std::rc::Rc;

use super::super::eval::Frame;
use super::super::eval::object::{Obj, name_text};
use super::super::tree::{ExprId, ExprKind, List, StmtId, StmtKind};
use super::Walker;
use super::thing::{Rows, Thing};
use crate::base::Span;
use crate::ir::body::{Act, ModelRef, ModelVariable, Over};

/// Loops over so many known values are walked once for each.
const MAX_UNROLLED: usize = 40;

impl Walker<'_, '_> {
    pub(super) fn block(&mut self, frame: &Frame, block: List<StmtId>) {
        if self.depth >= super::MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let conditions = self.conditions;
        for id in frame.tree.list(block) {
            self.statement(frame, *id);
        }
        self.conditions = conditions;
        self.depth -= 1;
    }

    fn statement(&mut self, frame: &Frame, id: StmtId) {
        let tree = &*frame.tree;
        let stmt = tree.stmt(id);
        let span = frame.span(stmt.range);
        if !self.step(span) {
            return;
        }
        match stmt.kind {
            StmtKind::Expr(value) => {
                self.expr(frame, value);
            }
            StmtKind::Assign { targets, value } => {
                let thing = self.expr(frame, value);
                for target in tree.list(targets) {
                    self.assign(frame, *target, thing.clone());
                }
            }
            StmtKind::AnnAssign { target, value, .. } => {
                if let Some(value) = value {
                    let thing = self.expr(frame, value);
                    self.assign(frame, target, thing);
                }
            }
            StmtKind::AugAssign { target, value, .. } => {
                let added = self.expr(frame, value);
                let held = self.expr(frame, target);
                let is_names = [&held, &added].iter().any(|it| it.names().is_some());
                let thing = if is_names {
                    self.merged_names(vec![held, added])
                } else {
                    Thing::Unknown
                };
                self.assign(frame, target, thing);
            }
            StmtKind::Return(value) => {
                if let Some(value) = value {
                    let thing = self.expr(frame, value);
                    self.returned.push(thing);
                }
            }
            StmtKind::Delete(targets) => {
                for target in tree.list(targets) {
                    self.expr(frame, *target);
                }
            }
            StmtKind::Raise { exception, cause } => {
                for part in [exception, cause].into_iter().flatten() {
                    self.expr(frame, part);
                }
            }
            StmtKind::Assert { test, message } => {
                self.expr(frame, test);
                if let Some(message) = message {
                    self.expr(frame, message);
                }
            }
            StmtKind::If { test, body, orelse } => {
                // A flag that a helper is given: one side alone runs.
                if let Thing::Plain(Obj::Bool(holds)) = self.expr(frame, test) {
                    return self.block(frame, if holds { body } else { orelse });
                }
                let guards = u32::from(looks_before(frame, test));
                self.guards += guards;
                self.conditions += 1;
                self.block(frame, body);
                self.block(frame, orelse);
                // `if not apps.is_installed("x"): return` guards what comes after.
                let mut within = tree.list(body).iter().map(|id| &tree.stmt(*id).kind);
                let leaves = within
                    .clone()
                    .any(|it| matches!(it, StmtKind::Return(_) | StmtKind::Continue));
                let raises = within.any(|it| matches!(it, StmtKind::Raise { .. }));
                if !leaves && !raises {
                    self.guards -= guards;
                }
                // Whether what follows in the block runs depends on it as well.
                self.conditions -= u32::from(!leaves);
            }
            StmtKind::While { test, body, orelse } => {
                let outer = self.enter_loop(span, Over::Other);
                self.expr(frame, test);
                self.block(frame, body);
                self.within = outer;
                self.block(frame, orelse);
            }
            StmtKind::For {
                target,
                iterable,
                body,
                orelse,
                ..
            } => {
                let of = frame.span(tree.expr(iterable).range);
                let thing = self.expr(frame, iterable);
                self.iterate(frame, target, thing, of, &mut |walker| {
                    walker.block(frame, body);
                });
                self.block(frame, orelse);
            }
            StmtKind::With { items, body, .. } => {
                for item in tree.list(items) {
                    let context = self.expr(frame, item.context);
                    if let Some(target) = item.target {
                        self.assign(frame, target, context);
                    }
                }
                self.block(frame, body);
            }
            StmtKind::Try {
                body,
                handlers,
                orelse,
                finalbody,
                ..
            } => {
                let guards = u32::from(!handlers.is_empty());
                self.guards += guards;
                self.block(frame, body);
                self.guards -= guards;
                for handler in tree.list(handlers) {
                    if let Some(exception) = handler.exception {
                        self.expr(frame, exception);
                    }
                    if let Some(name) = handler.name {
                        let text = name_text(&frame.module.text, name);
                        self.bind(frame, text, Thing::Unknown, frame.span(name));
                    }
                    // It runs where something else has failed.
                    self.guards += 1;
                    self.block(frame, handler.body);
                    self.guards -= 1;
                }
                self.conditions += 1;
                self.block(frame, orelse);
                self.conditions -= 1;
                self.block(frame, finalbody);
            }
            StmtKind::Match { subject, cases } => {
                self.expr(frame, subject);
                for case in tree.list(cases) {
                    if let Some(guard) = case.guard {
                        self.expr(frame, guard);
                    }
                    self.block(frame, case.body);
                }
            }
            // What these bind is evaluated; bodies are walked where they are called.
            StmtKind::FunctionDef { .. }
            | StmtKind::ClassDef { .. }
            | StmtKind::Import(_)
            | StmtKind::ImportFrom { .. }
            | StmtKind::TypeAlias { .. } => self.evaluator.execute_top_level(frame, id),
            StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Global(_)
            | StmtKind::Nonlocal(_)
            | StmtKind::Error => {}
        }
    }

    /// Walks a loop's body once for each known value, or once with what every element
    /// is.
    pub(super) fn iterate(
        &mut self,
        frame: &Frame,
        target: ExprId,
        iterable: Thing,
        span: Span,
        body: &mut dyn FnMut(&mut Self),
    ) {
        if let Some(items) = self.known_elements(&iterable, span) {
            for (item, _) in items.iter().take(MAX_UNROLLED) {
                self.assign(frame, target, item.clone());
                body(self);
            }
            return;
        }
        let (element, over) = element(iterable);
        let outer = self.enter_loop(span, over);
        let conditions = std::mem::take(&mut self.conditions);
        self.assign(frame, target, element);
        body(self);
        self.conditions = conditions;
        self.within = outer;
    }

    /// The elements of a sequence that is known and not too long.
    fn known_elements(&mut self, thing: &Thing, span: Span) -> Option<Rc<Vec<(Thing, Span)>>> {
        match thing {
            Thing::Seq(items) if items.len() <= MAX_UNROLLED => Some(Rc::clone(items)),
            Thing::Plain(obj @ (Obj::Tuple(_) | Obj::List(_) | Obj::Set(_) | Obj::Ref(_))) => {
                let items = self.evaluator.iterate(obj, span).ok()?.ok()?;
                if items.len() > MAX_UNROLLED {
                    return None;
                }
                let items = items.into_iter();
                let items = items.map(|item| (Thing::Plain(item.obj), item.span));
                Some(Rc::new(items.collect()))
            }
            _ => None,
        }
    }

    pub(super) fn assign(&mut self, frame: &Frame, target: ExprId, thing: Thing) {
        let tree = &*frame.tree;
        let expr = *tree.expr(target);
        let span = frame.span(expr.range);
        match expr.kind {
            ExprKind::Name => {
                let name = name_text(&frame.module.text, expr.range);
                if let Thing::Model(model @ ModelRef::State { .. }) = &thing
                    && self.out.model_variables.len() < super::MAX_NOTES
                {
                    self.out.model_variables.push(ModelVariable {
                        name: name.clone(),
                        model: model.clone(),
                        span,
                    });
                }
                self.bind(frame, name, thing, span);
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let targets = tree.list(targets);
                let items: Option<Rc<Vec<(Thing, Span)>>> = match &thing {
                    Thing::Numbered(inner) => Some(Rc::new(vec![
                        (Thing::Unknown, span),
                        ((**inner).clone(), span),
                    ])),
                    other => self.known_elements(other, span),
                };
                let has_star = targets
                    .iter()
                    .any(|it| matches!(tree.expr(*it).kind, ExprKind::Starred(_)));
                for (at, target) in targets.iter().enumerate() {
                    let item = items.as_ref().filter(|_| !has_star);
                    let item = item.and_then(|items| items.get(at));
                    let item = item.map_or(Thing::Unknown, |(item, _)| item.clone());
                    self.assign(frame, *target, item);
                }
            }
            ExprKind::Starred(inner) => self.assign(frame, inner, Thing::Unknown),
            ExprKind::Attribute { value, attribute } => {
                let row = self.expr(frame, value);
                let name = name_text(&frame.module.text, attribute);
                self.introduce(&name);
                if let Thing::Row(Some(model), path) = row
                    && path.is_empty()
                    && !matches!(thing, Thing::Plain(Obj::None))
                {
                    self.note(Act::Assign { model, name }, frame.span(attribute));
                }
            }
            ExprKind::Subscript { value, index } => {
                self.expr(frame, value);
                self.expr(frame, index);
            }
            _ => {}
        }
    }
}

/// What each element of an iterable is, and what a loop over it goes over.
fn element(iterable: Thing) -> (Thing, Over) {
    match iterable {
        Thing::Rows(rows) => (row(&rows), over(rows)),
        Thing::Manager(model, _) => {
            let rows = Rows {
                model: Some(model),
                ..Rows::default()
            };
            (row(&rows), over(rows))
        }
        Thing::Numbered(inner) => {
            let (element, over) = element(*inner);
            (Thing::Numbered(Box::new(element)), over)
        }
        _ => (Thing::Unknown, Over::Other),
    }
}

fn row(rows: &Rows) -> Thing {
    if rows.is_light {
        Thing::Unknown
    } else {
        Thing::Row(rows.model.clone(), Vec::new())
    }
}

fn over(rows: Rows) -> Over {
    Over::Rows {
        model: rows.model,
        is_narrowed: rows.is_narrowed,
        is_batched: rows.is_batched,
        is_light: rows.is_light,
    }
}

/// Whether a test asks if something is there: what it guards is not sure to run.
fn looks_before(frame: &Frame, test: ExprId) -> bool {
    let text = frame.text(frame.tree.expr(test).range);
    [
        "is_installed",
        "hasattr",
        "isinstance",
        "get_models",
        "all_models",
        "get_field",
        "table_names",
        "app_configs",
        "get_table_description",
    ]
    .iter()
    .any(|name| text.contains(name))
}
