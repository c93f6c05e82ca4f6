//! Static evaluation of Python modules: what a migration's names hold, found by
//! reading the source, never by running it.
//!
//! A small interpreter over the syntax tree. What only running could tell becomes
//! an [`Obj::Unknown`] with place and reason; a test that only a database can
//! answer becomes an [`Obj::Cond`], with both sides evaluated. Work is bounded by
//! a step budget and depth limits, so every input ends.
//!
//! - `object`: the objects; `expr`, `stmt`, `assign`, `definition`, `operators`,
//!   `number`, `sequence`: the language;
//! - `call`, `builtins`, `methods`, `format`: what calling does;
//! - `class`: attribute lookup along base classes, enumerations;
//! - `host`: what the methods of operations and fields are handed, and what they do
//!   with it;
//! - `instance`: objects of Django's classes;
//! - `import`: names across modules.

mod assign;
mod builtins;
mod call;
pub(crate) mod class;
pub(crate) mod condition;
mod constants;
mod definition;
mod expr;
mod flow;
mod format;
pub(crate) mod host;
mod import;
mod instance;
mod known;
mod lazy;
mod loops;
mod matching;
mod methods;
pub(crate) mod names;
mod number;
pub(crate) mod object;
mod operators;
mod sequence;
mod stars;
mod stmt;
mod version;

use std::rc::{Rc, Weak};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

pub(crate) use builtins::builtin;
pub use constants::Constants;

use super::finder::ModuleFinder;
use super::module::{Module, Modules};
use super::tree::Tree;
use crate::base::{FileId, Span, TextRange};
use crate::ir::Unknown;
use crate::ir::value::Condition;
use object::{Class, Guarded, Item, LazyModule, Obj, Scope, ScopeKind};

/// Everything that evaluations of one project share.
#[derive(Clone, Copy)]
pub struct Resolver<'a> {
    pub modules: &'a Modules<'a>,
    pub finder: &'a dyn ModuleFinder,
    /// Dotted name of the settings module, if the project has one.
    pub settings_module: Option<&'a str>,
    /// Plain values that evaluations of the project share.
    pub constants: Option<&'a Constants>,
}

/// A Python exception that evaluation is sure of. Few are raised, and every value that
/// evaluation hands on has room for one.
#[derive(Debug, Clone)]
pub(crate) struct Exception(Box<Raised>);

#[derive(Debug, Clone)]
pub(crate) struct Raised {
    pub(crate) class: SmolStr,
    pub(crate) message: SmolStr,
    pub(crate) span: Span,
}

impl std::ops::Deref for Exception {
    type Target = Raised;

    fn deref(&self) -> &Raised {
        &self.0
    }
}

impl Exception {
    pub(crate) fn new(class: &str, message: impl Into<SmolStr>, span: Span) -> Self {
        Self(Box::new(Raised {
            class: SmolStr::new(class),
            message: message.into(),
            span,
        }))
    }

    #[cold]
    pub(crate) fn into_unknown(self) -> Unknown {
        let reason = if self.message.is_empty() {
            format!("evaluating it raises {}", self.class)
        } else {
            format!("evaluating it raises {}: {}", self.class, self.message)
        };
        Unknown::new(self.span, reason)
    }
}

pub(crate) type Eval<T = Obj> = Result<T, Exception>;

/// Where code runs: its source and the names that it sees.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) module: Arc<Module>,
    pub(crate) tree: Arc<Tree>,
    pub(crate) scope: Rc<Scope>,
    /// The class whose method runs, and the object, for `super()`.
    pub(crate) method: Option<(Rc<Class>, Obj)>,
}

impl Frame {
    pub(crate) fn span(&self, range: TextRange) -> Span {
        Span::new(self.module.file, range)
    }

    pub(crate) fn text(&self, range: TextRange) -> &str {
        range.text(&self.module.text)
    }
}

/// Expressions nested deeper than this are not evaluated. CPython's parser stops at
/// 200 parentheses, so no real file comes near.
const MAX_DEPTH: u32 = 220;
/// Calls of functions nested deeper than this are not followed.
const MAX_CALL_DEPTH: u32 = 24;
/// Steps for one file, beside one for each byte of its text.
const BASE_STEPS: u64 = 300_000;
/// Strings and lists that grow past this by evaluation are given up.
const MAX_LENGTH: usize = 1 << 20;

/// One evaluation, usually of one migration file and of what it uses.
pub(crate) struct Evaluator<'a> {
    pub(crate) resolver: Resolver<'a>,
    /// The scopes of modules: few, nearly always just the migration's own.
    scopes: Vec<(FileId, Rc<Scope>)>,
    /// Every scope that was made. A function holds the scope that holds it, so
    /// the end of the evaluation empties them all.
    tracked: Vec<Weak<Scope>>,
    /// Names being evaluated, to notice circular definitions.
    in_progress: Vec<(FileId, SmolStr)>,
    resolved: FxHashMap<SmolStr, Obj>,
    /// Star imports of modules, by number, of which it is being found out whether they
    /// run: what they bring is not there yet.
    stars_under_test: Vec<(FileId, usize)>,
    /// How tests came out on which star imports of modules depend, `None` for those that
    /// raise.
    star_tests: Vec<((FileId, super::tree::ExprId), Option<condition::Truth>)>,
    /// Modules that were asked for, by dotted name.
    found: FxHashMap<SmolStr, Option<Arc<Module>>>,
    /// How many references are being followed, one leading to the next.
    references: u32,
    /// Settings that modules set where nobody states them.
    settings_set: FxHashMap<SmolStr, Item>,
    /// Undecided conditions under which statements are being executed.
    guards: Vec<Condition>,
    /// Guards below this belong to callers: they do not make the names of the
    /// running function conditional, but they do make its effects so.
    guard_base: usize,
    /// What the running functions have yielded.
    yields: Vec<Vec<Item>>,
    steps_left: u64,
    depth: u32,
    call_depth: u32,
    /// Options of Django's own fields that neither state nor SQL reads are passed over
    /// where evaluating them cannot matter.
    pub(crate) skips_python_only: bool,
    /// What the method being evaluated does, while one is.
    recorder: Option<host::Recorder>,
    /// The field whose methods are being evaluated.
    pub(crate) field_in_progress: Option<Rc<object::Call>>,
    /// What texts leave open, by number.
    holes: Vec<host::Hole>,
    /// Whether any test was not decided, so that objects may be conditional.
    pub(crate) met_condition: std::cell::Cell<bool>,
    /// Whether the value of a setting was asked for, so that another project may see
    /// another one.
    pub(crate) asked_setting: std::cell::Cell<bool>,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(resolver: Resolver<'a>) -> Self {
        Self {
            resolver,
            scopes: Vec::new(),
            tracked: Vec::new(),
            in_progress: Vec::new(),
            resolved: FxHashMap::default(),
            stars_under_test: Vec::new(),
            star_tests: Vec::new(),
            found: FxHashMap::default(),
            references: 0,
            settings_set: FxHashMap::default(),
            guards: Vec::new(),
            guard_base: 0,
            yields: Vec::new(),
            steps_left: BASE_STEPS,
            depth: 0,
            call_depth: 0,
            skips_python_only: false,
            recorder: None,
            field_in_progress: None,
            holes: Vec::new(),
            met_condition: std::cell::Cell::new(false),
            asked_setting: std::cell::Cell::new(false),
        }
    }

    /// Executes a whole module from top to bottom and returns its scope. A
    /// statement that raises leaves the names that it would bind unknown.
    pub(crate) fn run_module(&mut self, module: &Arc<Module>) -> Rc<Scope> {
        let scope = self.tracked(Scope::new(ScopeKind::Module, None));
        self.scopes.push((module.file, Rc::clone(&scope)));
        self.steps_left = self.steps_left.max(BASE_STEPS) + module.text.len() as u64;
        let frame = Frame {
            module: Arc::clone(module),
            tree: Arc::clone(&module.tree),
            scope: Rc::clone(&scope),
            method: None,
        };
        for statement in module.tree.list(module.tree.body) {
            self.execute_top_level(&frame, *statement);
        }
        scope
    }

    /// The scope of another module, whose names are evaluated when asked for.
    pub(crate) fn lazy_scope(&mut self, module: &Arc<Module>) -> Rc<Scope> {
        let mut known = self.scopes.iter();
        if let Some((_, scope)) = known.find(|(file, _)| *file == module.file) {
            return Rc::clone(scope);
        }
        let kind = ScopeKind::LazyModule(LazyModule {
            module: Arc::clone(module),
            executed: std::cell::RefCell::default(),
            running: std::cell::Cell::default(),
            progress: std::cell::RefCell::default(),
            unfinished: std::cell::RefCell::default(),
        });
        let scope = self.tracked(Scope::new(kind, None));
        self.scopes.push((module.file, Rc::clone(&scope)));
        scope
    }

    /// Notes a scope for the end of the evaluation.
    pub(crate) fn tracked(&mut self, scope: Rc<Scope>) -> Rc<Scope> {
        self.tracked.push(Rc::downgrade(&scope));
        scope
    }

    /// Sets how many steps are left; gives back how many there were.
    pub(crate) fn limit_steps(&mut self, steps: u64) -> u64 {
        std::mem::replace(&mut self.steps_left, steps)
    }

    /// Pays for work on many elements at once.
    pub(crate) fn charge(&mut self, elements: usize) {
        self.steps_left = self.steps_left.saturating_sub(elements as u64 / 16);
    }

    /// Takes one step; `false` once the budget is used up.
    pub(crate) fn step(&mut self) -> bool {
        if self.steps_left == 0 {
            return false;
        }
        self.steps_left -= 1;
        true
    }

    /// The conditions under which the running statement binds names, as one.
    fn guard(&self) -> Option<Condition> {
        conjunction(self.guards.get(self.guard_base..).unwrap_or_default())
    }

    /// Wraps an element that is added while the running statement is conditional.
    fn guarded(&self, item: Item) -> Item {
        self.guarded_since(0, item)
    }

    /// Wraps an element that is added under the conditions since a time when there were
    /// so many: those before hold for all that the statement does.
    fn guarded_since(&self, guards: usize, item: Item) -> Item {
        match conjunction(self.guards.get(guards..).unwrap_or_default()) {
            None => item,
            Some(condition) => {
                let span = item.span;
                if guards_of(&item) > MAX_GUARDS {
                    let reason = "it is there only under too many conditions";
                    return Item::new(Obj::unknown(span, reason), span);
                }
                Item::new(Obj::Guarded(Rc::new(Guarded { condition, item })), span)
            }
        }
    }
}

impl Drop for Evaluator<'_> {
    fn drop(&mut self) {
        // Emptied first and dropped after: what a scope holds may hold the scope.
        let mut names = Vec::new();
        for scope in self.tracked.drain(..).filter_map(|scope| scope.upgrade()) {
            names.push(std::mem::take(&mut *scope.names.borrow_mut()));
        }
    }
}

/// An element is not followed through more nested conditions than this.
const MAX_GUARDS: usize = 8;

fn guards_of(item: &Item) -> usize {
    let mut count = 0;
    let mut item = item;
    while let Obj::Guarded(inner) = &item.obj {
        count += 1;
        item = &inner.item;
    }
    count
}

fn conjunction(conditions: &[Condition]) -> Option<Condition> {
    match conditions {
        [] => None,
        [only] => Some(only.clone()),
        several => Some(condition::bounded(Condition::All(several.to_vec()))),
    }
}
