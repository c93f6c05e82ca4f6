//! Names of other modules, evaluated when somebody asks for them: only the statements
//! run that bind the name, in their order.
//!
//! ```text
//! TABLE = "post"
//! PREFIX = "a"
//! if connection.vendor == "oracle":     # runs for whichever name is asked for first,
//!     TABLE = "t"                       # after the statements before it of both names
//!     PREFIX = "b"
//! ```

use std::rc::Rc;
use std::sync::Arc;

use smol_str::SmolStr;

use super::super::module::Module;
use super::super::tree::StmtId;
use super::object::{LazyModule, Obj, Scope, ScopeKind};
use super::stars::module_frame;
use super::{Evaluator, Frame, MAX_CALL_DEPTH};
use crate::base::FileId;

/// How far the statements of a name have run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    statements: usize,
    /// The star import that comes next.
    star: usize,
}

impl Scope {
    /// Whether more statements of a module bind a name than have run: it was bound by
    /// one that ran for another name's sake.
    pub(super) fn is_unfinished(&self, name: &str) -> bool {
        match &self.kind {
            ScopeKind::LazyModule(lazy) => lazy.is_unfinished(name),
            _ => false,
        }
    }
}

impl LazyModule {
    fn is_unfinished(&self, name: &str) -> bool {
        let unfinished = self.unfinished.borrow();
        !unfinished.is_empty() && unfinished.contains(name)
    }
}

impl Evaluator<'_> {
    /// A name of a module, evaluated now if it has not been; `None` if the module
    /// does not define it.
    pub(crate) fn module_attribute(&mut self, module: &Arc<Module>, name: &str) -> Option<Obj> {
        let scope = self.lazy_scope(module);
        let key = (module.file, SmolStr::new(name));
        let known = scope.names.borrow().get(name).map(|it| it.obj.present());
        if known.is_some() && (!scope.is_unfinished(name) || self.in_progress.contains(&key)) {
            return known;
        }
        let ScopeKind::LazyModule(lazy) = &scope.kind else {
            return None;
        };
        let times = self.in_progress.iter().filter(|it| **it == key).count();
        if times > 1 || !self.step() {
            return known;
        }
        // `X += [...]` after `from .base import *`: while a name is being bound, its
        // former value is what a star import brought.
        let is_bound = module.bindings().by_name.contains_key(name);
        if times == 0 && is_bound && self.call_depth < MAX_CALL_DEPTH {
            self.call_depth += 1;
            let depth = std::mem::take(&mut self.depth);
            // Another module's top level runs under none of our conditions.
            let guards = std::mem::take(&mut self.guards);
            let guard_base = std::mem::take(&mut self.guard_base);
            let frame = module_frame(module, &scope);
            self.bring(&frame, lazy, &key, None);
            lazy.unfinished.borrow_mut().remove(name);
            self.guards = guards;
            self.guard_base = guard_base;
            self.depth = depth;
            self.call_depth -= 1;
            if let Some(item) = scope.names.borrow().get(name) {
                return Some(item.obj.present());
            }
        }
        self.brought_by_stars(module, name)
    }

    /// Runs what binds a name, as far as a statement or to the end of the module.
    fn bring(
        &mut self,
        frame: &Frame,
        lazy: &LazyModule,
        key: &(FileId, SmolStr),
        until: Option<StmtId>,
    ) {
        let bindings = lazy.module.bindings();
        let (stars, name) = (bindings.stars.as_slice(), &key.1);
        let Some(statements) = bindings.by_name.get(name) else {
            return;
        };
        self.in_progress.push(key.clone());
        let reached = lazy.progress.borrow().get(name).copied();
        let mut at = reached.unwrap_or_else(|| {
            let first = statements.first();
            let star = stars.partition_point(|it| first.is_some_and(|at| !it.follows(*at)));
            Progress {
                statements: 0,
                star,
            }
        });
        let is_before = |it: &StmtId| until.is_none_or(|until| *it < until);
        while let Some(statement) = statements.get(at.statements).copied().filter(is_before) {
            at.star = self.rebind_before(frame, at.star, statement, name);
            at.statements += 1;
            lazy.progress.borrow_mut().insert(name.clone(), at);
            self.run_lazily(frame, lazy, statement, name);
            // What it asked for may have led further.
            at = lazy.progress.borrow().get(name).copied().unwrap_or(at);
        }
        match until {
            Some(until) => {
                at.star = self.rebind_before(frame, at.star, until, name);
                at.statements += usize::from(statements.get(at.statements) == Some(&until));
            }
            None => {
                for late in at.star..stars.len() {
                    self.rebind(frame, late, name);
                }
                at.star = stars.len();
            }
        }
        lazy.progress.borrow_mut().insert(name.clone(), at);
        self.in_progress.pop();
    }

    /// Binds a name anew that star imports before a statement, or inside of it, bring;
    /// the star import that comes next.
    fn rebind_before(
        &mut self,
        frame: &Frame,
        mut star: usize,
        statement: StmtId,
        name: &str,
    ) -> usize {
        let module = Arc::clone(&frame.module);
        let stars = module.bindings().stars.as_slice();
        while stars.get(star).is_some_and(|it| !it.follows(statement)) {
            self.rebind(frame, star, name);
            star += 1;
        }
        star
    }

    /// Runs a statement for a name's sake, unless it has run. Other names that it binds
    /// first get what they held before it.
    fn run_lazily(&mut self, frame: &Frame, lazy: &LazyModule, statement: StmtId, name: &str) {
        if !lazy.executed.borrow_mut().insert(statement) {
            return;
        }
        for other in lazy.module.bindings().shared_by(statement) {
            if other != name {
                let key = (lazy.module.file, other.clone());
                if !self.in_progress.contains(&key) && self.call_depth < MAX_CALL_DEPTH {
                    self.call_depth += 1;
                    self.bring(frame, lazy, &key, Some(statement));
                    self.call_depth -= 1;
                    lazy.unfinished.borrow_mut().insert(other.clone());
                }
            }
        }
        let outer = lazy.running.replace(Some(statement));
        self.execute_top_level(frame, statement);
        lazy.running.set(outer);
    }

    /// What a name of a module holds that the running statement is the first to bind:
    /// what a star import has brought.
    pub(super) fn former_of_star(&mut self, scope: &Rc<Scope>, name: &str) -> Option<Obj> {
        let ScopeKind::LazyModule(lazy) = &scope.kind else {
            return None;
        };
        let (module, statement) = (Arc::clone(&lazy.module), lazy.running.get()?);
        let stars = module.bindings().stars.as_slice();
        let early = stars.partition_point(|it| it.precedes(statement));
        if early == 0 {
            return None;
        }
        self.stars_under_test.push((module.file, early));
        let found = self.brought_by_stars(&module, name);
        self.stars_under_test.pop();
        found
    }
}
