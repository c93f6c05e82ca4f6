//! Functions that a migration's class or operations hold and no module names: those of
//! the class's body, and lambda expressions. A migration in another language needs them
//! in a module, so each becomes a statement to stand there.
//!
//! ```text
//! class Migration(migrations.Migration):
//!     forward, reverse = fill_for("blog")
//!     operations = [
//!         migrations.RunPython(forward, reverse),
//!         migrations.RunPython(fill, reverse_code=lambda apps, editor: None),
//!     ]
//! ```

use std::rc::Rc;
use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};

use super::super::eval::object::{Class, Function, FunctionBody, Obj, Scope, ScopeKind, name_text};
use super::super::lexer::lex;
use super::super::module::Module;
use super::super::tree::{ExprId, ExprKind, Stmt, StmtKind, Tree};
use crate::base::{Span, TextRange};
use crate::ir::Unknown;

/// The functions of one migration's file, and the names that they get.
pub(super) struct OwnFunctions {
    module: Arc<Module>,
    scope: Rc<Scope>,
    class: Rc<Class>,
    /// Statements of the class's body that bind functions, in order.
    moved: Vec<TextRange>,
    /// Lambda expressions of operations, and their names.
    lambdas: Vec<(TextRange, SmolStr)>,
}

impl OwnFunctions {
    pub(super) const fn new(module: Arc<Module>, scope: Rc<Scope>, class: Rc<Class>) -> Self {
        Self {
            module,
            scope,
            class,
            moved: Vec::new(),
            lambdas: Vec::new(),
        }
    }

    /// Whether a class is one of the migration's own module.
    pub(super) fn defines(&self, class: &Class) -> bool {
        class.span.file == self.module.file
    }

    /// The path by which a function can be named once everything has moved.
    pub(super) fn path(&mut self, function: &Rc<Function>) -> SmolStr {
        let is_same =
            |obj: &Obj| matches!(obj, Obj::Function(other) if Rc::ptr_eq(other, function));
        let module = self.module.name.clone();
        let named = |name: &str| format_smolstr!("{module}.{name}");
        for name in self.class.order.borrow().iter() {
            let attributes = self.class.attributes.borrow();
            if attributes.get(name).is_some_and(|item| is_same(&item.obj)) {
                return named(name);
            }
        }
        let FunctionBody::Lambda(body) = function.body else {
            return function.path.clone();
        };
        // One that a function of the module made may depend on how that was called.
        let is_ours = function.module.file == self.module.file
            && !matches!(function.scope.kind, ScopeKind::Function { .. });
        let Some(range) = lambda_range(&function.tree, body).filter(|_| is_ours) else {
            return function.path.clone();
        };
        let names = self.scope.names.borrow();
        let of_module = self.module.bindings().by_name.keys();
        let of_module =
            of_module.filter(|name| names.get(name).is_some_and(|item| is_same(&item.obj)));
        if let Some(name) = of_module.min() {
            return named(name);
        }
        drop(names);
        if let Some((_, name)) = self.lambdas.iter().find(|(known, _)| *known == range) {
            return named(name);
        }
        let name = self.new_name();
        self.lambdas.push((range, name.clone()));
        named(&name)
    }

    /// `lambda_1`, or the next of these that the module does not use.
    fn new_name(&self) -> SmolStr {
        let mut number = self.lambdas.len() + 1;
        loop {
            let name = format_smolstr!("lambda_{number}");
            if !self.module.bindings().by_name.contains_key(&name) {
                return name;
            }
            number += 1;
        }
    }

    /// Has an attribute of the class that is a function move, with the statement that
    /// binds it.
    pub(super) fn move_attribute(&mut self, name: &SmolStr, span: Span) -> Result<(), Unknown> {
        let fail = |reason: String| Err(Unknown::new(span, reason));
        if self.module.bindings().by_name.contains_key(name) {
            return fail(format!("the class and the module both define `{name}`"));
        }
        let Some((range, bound, has_decorators)) = self.binding(name) else {
            return fail(format!(
                "the class defines `{name}` in a way that cannot move"
            ));
        };
        let text = range.text(&self.module.text);
        if has_decorators || text.contains("super(") || text.contains("__class__") {
            return fail(format!("the class defines the method `{name}`"));
        }
        let uses = self.names_in(range);
        let order = self.class.order.borrow();
        let own = order
            .iter()
            .find(|own| !bound.contains(own) && uses.contains(own));
        if let Some(own) = own.cloned() {
            return fail(format!(
                "the class defines `{name}` with what it holds itself, `{own}`"
            ));
        }
        drop(order);
        if !self.moved.contains(&range) {
            self.moved.push(range);
        }
        Ok(())
    }

    /// The statement of the class's body that binds a name, all names that it binds, and
    /// whether it has decorators.
    fn binding(&self, name: &SmolStr) -> Option<(TextRange, Vec<SmolStr>, bool)> {
        let tree = &self.module.tree;
        let text = &self.module.text;
        let mut found = None;
        for stmt in class_body(tree, text)? {
            let (bound, has_decorators) = match stmt.kind {
                StmtKind::FunctionDef {
                    name, decorators, ..
                } => (
                    vec![name_text(text, name)],
                    !tree.list(decorators).is_empty(),
                ),
                StmtKind::Assign { targets, .. } => {
                    (assigned(tree, text, targets_of(tree, targets)), false)
                }
                _ => continue,
            };
            if bound.contains(name) {
                // The last one counts, and what stands before it may be used by it.
                if found.is_some() {
                    return None;
                }
                found = Some((stmt.range, bound, has_decorators));
            }
        }
        found
    }

    /// The names that stand in a range of the module, those in bodies of functions apart.
    fn names_in(&self, range: TextRange) -> Vec<SmolStr> {
        let tree = &self.module.tree;
        let is_inside = |it: TextRange| range.start <= it.start && it.end <= range.end;
        tree.exprs
            .iter()
            .filter(|expr| matches!(expr.kind, ExprKind::Name) && is_inside(expr.range))
            .map(|expr| name_text(&self.module.text, expr.range))
            .collect()
    }

    /// What has to stand in the module in the place of the class.
    pub(super) fn statements(&self) -> Vec<String> {
        let text = &self.module.text;
        let moved = self.moved.iter().map(|range| dedented(text, *range));
        let lambdas = self
            .lambdas
            .iter()
            .map(|(range, name)| format!("{name} = {}", range.text(text)));
        moved.chain(lambdas).collect()
    }
}

fn lambda_range(tree: &Tree, of: ExprId) -> Option<TextRange> {
    let mut all = tree.exprs.iter();
    let found = all.find(|expr| matches!(expr.kind, ExprKind::Lambda { body, .. } if body == of));
    found.map(|expr| expr.range)
}

/// The statements of the body of `class Migration`.
fn class_body<'t>(tree: &'t Tree, text: &str) -> Option<Vec<&'t Stmt>> {
    let mut body = None;
    for id in tree.list(tree.body) {
        if let StmtKind::ClassDef {
            name, body: found, ..
        } = tree.stmt(*id).kind
            && name.text(text) == "Migration"
        {
            body = Some(found);
        }
    }
    Some(tree.list(body?).iter().map(|id| tree.stmt(*id)).collect())
}

fn targets_of(tree: &Tree, targets: super::super::tree::List<ExprId>) -> Vec<ExprId> {
    let mut out = Vec::new();
    for target in tree.list(targets) {
        match tree.expr(*target).kind {
            ExprKind::Tuple(inner) | ExprKind::List(inner) => {
                out.extend(tree.list(inner).iter().copied());
            }
            _ => out.push(*target),
        }
    }
    out
}

fn assigned(tree: &Tree, text: &str, targets: Vec<ExprId>) -> Vec<SmolStr> {
    let names = targets.into_iter().map(|target| tree.expr(target));
    names
        .filter(|target| matches!(target.kind, ExprKind::Name))
        .map(|target| name_text(text, target.range))
        .collect()
}

/// A statement as it would stand at the start of a line. Lines that begin inside of a
/// string stay.
fn dedented(text: &str, range: TextRange) -> String {
    let line_start = text[..range.start as usize]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let indentation = &text[line_start..range.start as usize];
    let statement = range.text(text);
    let strings: Vec<TextRange> = lex(statement)
        .tokens
        .iter()
        .map(|token| token.range())
        .filter(|range| range.text(statement).contains('\n') && range.text(statement).trim() != "")
        .collect();
    let mut out = String::with_capacity(statement.len());
    let mut at: u32 = 0;
    for line in statement.split_inclusive('\n') {
        let is_in_string = strings
            .iter()
            .any(|string| string.start < at && at < string.end);
        let shown = match line.strip_prefix(indentation) {
            Some(shown) if !is_in_string => shown,
            _ => line,
        };
        out.push_str(shown);
        at += u32::try_from(line.len()).unwrap_or_default();
    }
    out
}
