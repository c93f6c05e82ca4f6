//! Function and class definitions.

use std::rc::Rc;
use std::sync::Arc;

use smol_str::SmolStr;

use super::super::tree::{Body, ExprId, ExprKind, List, Parameter, StmtId, StmtKind};
use super::class::dotted;
use super::object::{
    Class, Decoration, Function, FunctionBody, Item, Obj, Scope, ScopeKind, name_text,
};
use super::{Eval, Evaluator, Frame};

impl Evaluator<'_> {
    pub(super) fn function_definition(
        &mut self,
        frame: &Frame,
        name: crate::base::TextRange,
        decorators: List<ExprId>,
        parameters: List<Parameter>,
        body: Body,
        is_async: bool,
    ) -> Eval<()> {
        let name_span = frame.span(name);
        let name = name_text(&frame.module.text, name);
        let mut decoration = if is_async {
            Decoration::Unknown
        } else {
            Decoration::None
        };
        let mut kept = Vec::new();
        for decorator in frame.tree.list(decorators) {
            let item = self.item(frame, *decorator)?;
            decoration = match item.obj.clone() {
                Obj::Builtin("staticmethod") => Decoration::Static,
                Obj::Builtin("classmethod") => Decoration::Class,
                Obj::Builtin("property") => Decoration::Property,
                Obj::Ref(path)
                    if path == "django.utils.functional.cached_property"
                        || path == "functools.cached_property" =>
                {
                    Decoration::Property
                }
                Obj::Ref(path)
                    if path == "functools.lru_cache"
                        || path == "functools.cache"
                        || path == "functools.wraps" =>
                {
                    decoration
                }
                Obj::Call(call)
                    if matches!(&call.callee, Obj::Ref(path)
                        if path == "functools.lru_cache"
                            || path == "functools.wraps"
                            || path == "django.utils.deconstruct.deconstructible") =>
                {
                    decoration
                }
                _ => {
                    kept.push(item);
                    Decoration::Unknown
                }
            };
        }
        if is_async {
            kept.clear();
        }
        let defaults = self.parameter_defaults(frame, parameters)?;
        let path = self.qualified(frame, &name);
        let function = Function {
            name: name.clone(),
            path,
            module: Arc::clone(&frame.module),
            tree: Arc::clone(&frame.tree),
            parameters,
            defaults,
            body: FunctionBody::Statements(body),
            scope: Rc::clone(&frame.scope),
            decoration,
            decorators: kept,
            owner: std::cell::RefCell::default(),
        };
        let item = Item::new(Obj::Function(Rc::new(function)), name_span);
        self.bind(frame, name, item);
        Ok(())
    }

    pub(super) fn class_definition(
        &mut self,
        frame: &Frame,
        name: crate::base::TextRange,
        decorators: List<ExprId>,
        bases: List<ExprId>,
        body: List<StmtId>,
    ) -> Eval<()> {
        let span = frame.span(name);
        let name = name_text(&frame.module.text, name);
        // A decorator may register or change the class; what matters here, its bases
        // and attributes, nearly always stay.
        let mut is_record = false;
        for decorator in frame.tree.list(decorators) {
            let path = match self.eval(frame, *decorator)? {
                Obj::Ref(path) => path,
                Obj::Call(call) => super::import::callee_name(&call.callee),
                _ => continue,
            };
            is_record |= path == "dataclasses.dataclass";
        }
        let bases = self.elements(frame, bases)?;
        is_record |= bases
            .iter()
            .any(|base| matches!(&base.obj, Obj::Ref(path) if path == "typing.NamedTuple"));
        let scope = Scope::new(
            ScopeKind::Class {
                order: std::cell::RefCell::default(),
                imported: std::cell::RefCell::default(),
            },
            Some(Rc::clone(&frame.scope)),
        );
        let scope = self.tracked(scope);
        let inner = Frame {
            scope: Rc::clone(&scope),
            ..frame.clone()
        };
        for statement in frame.tree.list(body) {
            self.execute_top_level(&inner, *statement);
        }
        let ScopeKind::Class { order, imported } = &scope.kind else {
            return Ok(());
        };
        let class = Rc::new(Class {
            path: self.qualified(frame, &name),
            name: name.clone(),
            span,
            bases,
            // Functions of the body do not see the class's names, so nothing asks
            // the scope for them again.
            attributes: std::cell::RefCell::new(scope.names.take()),
            order: std::cell::RefCell::new(order.take()),
            imported: imported.take(),
            fields: is_record.then(|| annotated_names(frame, body)),
        });
        for item in class.attributes.borrow().items() {
            if let Obj::Function(function) = &item.obj {
                *function.owner.borrow_mut() = Some(Rc::downgrade(&class));
            }
        }
        let item = Item::new(Obj::Class(class), span);
        self.bind(frame, name, item);
        Ok(())
    }

    /// Dotted path of a name defined here.
    pub(super) fn qualified(&self, frame: &Frame, name: &str) -> SmolStr {
        dotted(&frame.module.name, name)
    }
}

/// The names that a class body annotates, in order: the fields of a data class.
fn annotated_names(frame: &Frame, body: List<StmtId>) -> Vec<SmolStr> {
    let tree = &frame.tree;
    let names = tree
        .list(body)
        .iter()
        .filter_map(|id| match tree.stmt(*id).kind {
            StmtKind::AnnAssign { target, .. } => {
                let target = tree.expr(target);
                matches!(target.kind, ExprKind::Name)
                    .then(|| name_text(&frame.module.text, target.range))
            }
            _ => None,
        });
    names.collect()
}
