//! Star imports: what they bring, and what they take the place of.
//!
//! ```text
//! INSTALLED_APPS = ["shop"]
//! from local_settings import *        # may say something else
//! ```

use std::rc::Rc;
use std::sync::Arc;

use smol_str::SmolStr;

use super::super::module::{Module, Star};
use super::super::tree::ExprId;
use super::class::joined;
use super::condition::{Truth, conditional, negate};
use super::flow::all;
use super::import::reference;
use super::object::{Item, Obj, Scope, ScopeKind};
use super::{Evaluator, Frame};
use crate::base::{FileId, Span};
use crate::ir::value::Condition;

impl Evaluator<'_> {
    /// Binds what `from base import *` would; silently nothing if the module cannot
    /// be read, since names that it would bind show as undefined where they are
    /// used.
    pub(super) fn import_star(&mut self, frame: &Frame, base: &str, span: Span) {
        let Some(module) = self.find_module(base) else {
            return;
        };
        if module.file == frame.module.file {
            return;
        }
        let mut names = self.exported_names(&module, 0);
        if let ScopeKind::LazyModule(lazy) = &frame.scope.kind
            && let Some(running) = lazy.running.get()
        {
            // Others are looked for in the star import itself, each in its turn.
            let by_name = &frame.module.bindings().by_name;
            names.retain(|it| by_name.get(it).is_some_and(|all| all.contains(&running)));
        }
        for name in names {
            let path = joined(base, &name);
            self.bind_import(frame, name, Item::new(reference(path), span));
        }
    }

    /// Names that a star import takes, sorted.
    fn exported_names(&mut self, module: &Arc<Module>, depth: u32) -> Vec<SmolStr> {
        if depth > 8 {
            return Vec::new();
        }
        if module.bindings().by_name.contains_key("__all__")
            && let Some(Obj::List(items)) = self.module_attribute(module, "__all__")
        {
            return items
                .borrow()
                .iter()
                .filter_map(|item| match &item.obj {
                    Obj::Str(name) => Some(name.clone()),
                    _ => None,
                })
                .collect();
        }
        let mut names: Vec<SmolStr> = module
            .bindings()
            .by_name
            .keys()
            .filter(|name| !name.starts_with('_'))
            .cloned()
            .collect();
        for star in &module.bindings().stars {
            if let Some(inner) = self.star_source(module, star) {
                names.extend(self.exported_names(&inner, depth + 1));
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    pub(super) fn star_source(&mut self, module: &Arc<Module>, star: &Star) -> Option<Arc<Module>> {
        let found = self.find_module(star.module.as_ref()?)?;
        (found.file != module.file).then_some(found)
    }

    /// Binds a name of a module anew that a later `from m import *` brings. One that `m`
    /// has imported itself is left as it is: it may well be the same one, from here.
    pub(super) fn rebind(&mut self, frame: &Frame, star: usize, name: &str) {
        let module = &frame.module;
        let Some(found) = module.bindings().stars.get(star) else {
            return;
        };
        if found.may_not_run {
            return;
        }
        if let Some(source) = self.star_source(module, found)
            && self.exports(&source, name, 0)
            && let Some(runs) = self.runs(module, star)
            && let Some(obj) = self.module_attribute(&source, name)
            && !matches!(obj, Obj::Ref(_))
        {
            let span = Span::file_start(source.file);
            let guards = self.guards.len();
            self.guards.extend(runs);
            self.bind(frame, SmolStr::new(name), Item::new(obj, span));
            self.guards.truncate(guards);
        }
    }

    /// A name that the module itself does not bind, from its star imports: the last one
    /// that brings it and runs.
    pub(super) fn brought_by_stars(&mut self, module: &Arc<Module>, name: &str) -> Option<Obj> {
        if name.starts_with('_') {
            return None;
        }
        let mut choices: Vec<(Condition, Obj)> = Vec::new();
        let mut last = None;
        for (at, star) in module.bindings().stars.iter().enumerate().rev() {
            let hidden = |(file, under): &(FileId, usize)| *file == module.file && at >= *under;
            if self.stars_under_test.iter().any(hidden) {
                continue;
            }
            if let Some(inner) = self.star_source(module, star)
                && self.in_progress.len() < 64
            {
                self.in_progress.push((module.file, SmolStr::new(name)));
                let found = self.module_attribute(&inner, name);
                let runs = found.as_ref().and_then(|_| self.runs(module, at));
                self.in_progress.pop();
                match (found, runs.as_deref()) {
                    (Some(obj), Some([])) => {
                        last = Some(obj);
                        break;
                    }
                    (Some(obj), Some(conditions)) => {
                        choices.push((all(conditions.to_vec()), obj));
                    }
                    _ => {}
                }
            }
        }
        // Where nothing else brings it, it is there if anyone asks for it.
        let mut value = last.or_else(|| Some(choices.pop()?.1))?;
        let span = Span::file_start(module.file);
        while let Some((condition, obj)) = choices.pop() {
            value = conditional(condition, Item::new(obj, span), Item::new(value, span));
        }
        Some(value)
    }

    /// The undecided conditions under which a star import of a module runs, `None` if it
    /// does not.
    fn runs(&mut self, module: &Arc<Module>, star: usize) -> Option<Vec<Condition>> {
        let found = module.bindings().stars.get(star)?;
        let tried = module.bindings().stars.get(found.instead_of.clone())?;
        if tried
            .iter()
            .any(|it| self.star_source(module, it).is_some())
        {
            return None;
        }
        if found.tests.is_empty() {
            return Some(Vec::new());
        }
        self.stars_under_test.push((module.file, star));
        let guards = std::mem::take(&mut self.guards);
        let guard_base = std::mem::take(&mut self.guard_base);
        let mut runs = Some(Vec::new());
        for (test, holds) in &found.tests {
            match (self.test_of_star(module, *test), runs.as_mut()) {
                (Some(Truth::Yes), _) if *holds => {}
                (Some(Truth::No), _) if !*holds => {}
                (Some(Truth::Undecided(condition)), Some(conditions)) => {
                    let condition = if *holds { condition } else { negate(condition) };
                    self.guards.push(condition.clone());
                    conditions.push(condition);
                }
                _ => {
                    runs = None;
                    break;
                }
            }
        }
        self.guards = guards;
        self.guard_base = guard_base;
        self.stars_under_test.pop();
        runs
    }

    /// How a test of a module's top level came out, `None` where it raises. A name in it
    /// that a star import below binds anew leads here once more, before it does: that
    /// first answer is of the right time.
    fn test_of_star(&mut self, module: &Arc<Module>, test: ExprId) -> Option<Truth> {
        let key = (module.file, test);
        let known = |tests: &[((FileId, ExprId), Option<Truth>)]| {
            let mut known = tests.iter();
            known
                .find(|(it, _)| *it == key)
                .map(|(_, truth)| truth.clone())
        };
        if let Some(truth) = known(&self.star_tests) {
            return truth;
        }
        let scope = self.lazy_scope(module);
        let frame = module_frame(module, &scope);
        let tested = self.item(&frame, test).ok();
        let truth = tested.and_then(|tested| self.truth(&tested.obj, tested.span).ok());
        if let Some(truth) = known(&self.star_tests) {
            return truth;
        }
        self.star_tests.push((key, truth.clone()));
        truth
    }

    /// Whether a star import takes a name.
    fn exports(&mut self, module: &Arc<Module>, name: &str, depth: u32) -> bool {
        if module.bindings().by_name.contains_key("__all__") {
            return self
                .exported_names(module, depth)
                .iter()
                .any(|it| it == name);
        }
        if name.starts_with('_') || depth > 8 {
            return false;
        }
        module.bindings().by_name.contains_key(name)
            || module.bindings().stars.iter().any(|star| {
                let inner = self.star_source(module, star);
                inner.is_some_and(|inner| self.exports(&inner, name, depth + 1))
            })
    }

    /// The names that a module binds at its top level, star imports followed, and
    /// whether these are all.
    pub(crate) fn names_of(&mut self, module: &Arc<Module>) -> (Vec<SmolStr>, bool) {
        let mut seen = vec![module.file];
        let mut waiting = vec![Arc::clone(module)];
        let mut names: Vec<SmolStr> = Vec::new();
        let mut all_known = true;
        while let Some(module) = waiting.pop() {
            names.extend(module.bindings().by_name.keys().cloned());
            for star in &module.bindings().stars {
                match self.star_source(&module, star) {
                    Some(inner) if !seen.contains(&inner.file) => {
                        seen.push(inner.file);
                        waiting.push(inner);
                    }
                    Some(_) => {}
                    None => all_known = false,
                }
            }
        }
        names.sort_unstable();
        (names, all_known)
    }

    /// Whether other code may change a settings module's names: what is called with
    /// `globals()`, there or in a module whose names it takes over.
    pub(crate) fn hands_out_names(&mut self, module: &Arc<Module>, depth: u32) -> bool {
        let bindings = module.bindings();
        bindings.hands_out_names
            || depth < 8
                && bindings.stars.iter().any(|star| {
                    let inner = self.star_source(module, star);
                    inner.is_some_and(|inner| self.hands_out_names(&inner, depth + 1))
                })
    }
}

/// Where the statements of a module's top level run.
pub(super) fn module_frame(module: &Arc<Module>, scope: &Rc<Scope>) -> Frame {
    Frame {
        module: Arc::clone(module),
        tree: Arc::clone(&module.tree),
        scope: Rc::clone(scope),
        method: None,
    }
}
