//! Star imports: what they bring, and what they take the place of.
//!
//! ```text
//! INSTALLED_APPS = ["shop"]
//! from local_settings import *        # may say something else
//! ```

use std::sync::Arc;

use smol_str::SmolStr;

use super::super::module::{Module, Star};
use super::class::joined;
use super::import::reference;
use super::object::{Item, Obj};
use super::{Evaluator, Frame};
use crate::base::Span;

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
        for name in self.exported_names(&module, 0) {
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
    pub(super) fn rebind(&mut self, frame: &Frame, star: &Star, name: &str) {
        if star.is_conditional {
            return;
        }
        if let Some(source) = self.star_source(&frame.module, star)
            && self.exports(&source, name, 0)
            && let Some(obj) = self.module_attribute(&source, name)
            && !matches!(obj, Obj::Ref(_))
        {
            let span = Span::file_start(source.file);
            self.bind(frame, SmolStr::new(name), Item::new(obj, span));
        }
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
