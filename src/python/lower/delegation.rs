//! Methods of a migration class that only surround what they override:
//!
//! ```text
//! def apply(self, project_state, schema_editor, collect_sql=False):
//!     schema_editor.is_checked = self.is_checked
//!     return super().apply(project_state, schema_editor, collect_sql)
//! ```

use super::super::eval::object::{Decoration, Function, FunctionBody};
use super::super::tree::{Body, ExprId, ExprKind, List, StmtId, StmtKind, Tree};
use crate::base::TextRange;

/// Attributes by which a migration tells Django what to run. Source: `Migration` in
/// `django/db/migrations/migration.py`, 5.2.
const DECISIVE: [&str; 7] = [
    "operations",
    "dependencies",
    "run_before",
    "replaces",
    "initial",
    "atomic",
    "__dict__",
];

/// Whether a method always hands on to the one that it overrides, once and with the
/// same first argument, and leaves alone what decides on operations. Told from the
/// syntax; where that does not show it, it is not so.
pub(super) fn hands_on(function: &Function) -> bool {
    let FunctionBody::Statements(body @ Body::Deferred(_)) = function.body else {
        return false;
    };
    let mut names = function
        .tree
        .list(function.parameters)
        .iter()
        .map(|parameter| parameter.name.text(&function.module.text));
    let Some(this) = names.next() else {
        return false;
    };
    if function.decoration != Decoration::None {
        return false;
    }
    let (tree, statements) = function.module.body(&function.tree, body);
    let method = Method {
        text: &function.module.text,
        tree: &tree,
        name: &function.name,
        this,
        first: names.next().unwrap_or_default(),
    };
    method.ends_by_handing_on(statements) && method.leaves_itself_alone()
}

/// Whether a function assigns to an attribute of this name, of whatever object.
pub(super) fn sets_attribute(function: &Function, name: &str) -> bool {
    let FunctionBody::Statements(body @ Body::Deferred(_)) = function.body else {
        return false;
    };
    let (tree, _) = function.module.body(&function.tree, body);
    let text = &function.module.text;
    let mut statements = tree.stmts.iter();
    statements.any(|statement| match statement.kind {
        StmtKind::Assign { targets, .. } => {
            let mut targets = tree.list(targets).iter();
            targets.any(|target| match tree.expr(*target).kind {
                ExprKind::Attribute { attribute, .. } => attribute.text(text) == name,
                _ => false,
            })
        }
        _ => false,
    })
}

struct Method<'m> {
    text: &'m str,
    tree: &'m Tree,
    name: &'m str,
    /// The parameters' names: `self`, and the one after it.
    this: &'m str,
    first: &'m str,
}

impl Method<'_> {
    fn is_name(&self, id: ExprId, name: &str) -> bool {
        let expr = self.tree.expr(id);
        matches!(expr.kind, ExprKind::Name) && self.is(expr.range, name)
    }

    fn is(&self, range: TextRange, name: &str) -> bool {
        range.text(self.text) == name
    }

    /// `super().apply(project_state, ...)`, also as `super(Checked, self).apply(...)`.
    fn is_handing_on(&self, id: ExprId) -> bool {
        let ExprKind::Call { function, args, .. } = self.tree.expr(id).kind else {
            return false;
        };
        let ExprKind::Attribute { value, attribute } = self.tree.expr(function).kind else {
            return false;
        };
        let ExprKind::Call { function, .. } = self.tree.expr(value).kind else {
            return false;
        };
        let is_same = match self.tree.list(args).first() {
            Some(given) => {
                self.is_name(*given, self.first)
                    || matches!(self.tree.expr(*given).kind, ExprKind::Starred(_))
            }
            None => self.first.is_empty(),
        };
        self.is_name(function, "super") && self.is(attribute, self.name) && is_same
    }

    /// Whether the statements come to the overridden method whatever happens, and
    /// return what it returns.
    fn ends_by_handing_on(&self, statements: List<StmtId>) -> bool {
        let returns = self
            .tree
            .stmts
            .iter()
            .filter(|statement| matches!(statement.kind, StmtKind::Return(_)))
            .count();
        let statements = self.tree.list(statements);
        let is_init = self.name == "__init__";
        let mut result = None;
        for id in statements {
            match self.tree.stmt(*id).kind {
                StmtKind::Return(Some(value)) if self.is_handing_on(value) => {
                    return returns == 1;
                }
                StmtKind::Expr(value) if is_init && self.is_handing_on(value) => {
                    return returns == 0;
                }
                StmtKind::Assign { targets, value } if self.is_handing_on(value) => {
                    match self.tree.list(targets) {
                        [target] => result = Some(self.tree.expr(*target).range),
                        _ => return false,
                    }
                }
                StmtKind::Return(Some(value)) => {
                    return returns == 1
                        && result.is_some_and(|name| self.is_name(value, name.text(self.text)));
                }
                StmtKind::With { body, .. } if self.ends_by_handing_on(body) => return true,
                StmtKind::Try { body, handlers, .. }
                    if handlers.is_empty() && self.ends_by_handing_on(body) =>
                {
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// Whether the object is only asked for attributes that decide nothing, and no
    /// other code gets hold of it.
    fn leaves_itself_alone(&self) -> bool {
        let (mut supers, mut own, mut accounted) = (0, 0, 0);
        for expr in &self.tree.exprs {
            match expr.kind {
                ExprKind::Name if self.is(expr.range, "super") => supers += 1,
                ExprKind::Name if self.is(expr.range, self.this) => own += 1,
                ExprKind::Attribute { value, attribute } => {
                    if DECISIVE.iter().any(|name| self.is(attribute, name)) {
                        return false;
                    }
                    accounted += usize::from(self.is_name(value, self.this));
                }
                ExprKind::Call { function, args, .. } => match self.tree.expr(function).kind {
                    // `self.prepare()` may do anything.
                    ExprKind::Attribute { value, .. } if self.is_name(value, self.this) => {
                        return false;
                    }
                    ExprKind::Name if self.is_name(function, "super") => {
                        let args = self.tree.list(args).iter();
                        accounted += args.filter(|arg| self.is_name(**arg, self.this)).count();
                    }
                    _ => {}
                },
                ExprKind::Yield(_) | ExprKind::YieldFrom(_) => return false,
                _ => {}
            }
        }
        // A function inside is a tree of its own.
        let is_flat = self.tree.stmts.iter().all(|statement| {
            !matches!(
                statement.kind,
                StmtKind::FunctionDef { .. } | StmtKind::ClassDef { .. } | StmtKind::Error
            )
        });
        supers == 1 && own == accounted && is_flat
    }
}
