//! Parsed modules, shared by everything that looks into them.
//!
//! A module is parsed once per run, whoever asks; what it binds is evaluated by
//! each evaluation on its own, so that no evaluation sees the effects of another.

use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use smol_str::{SmolStr, format_smolstr};

use super::eval::object::name_text;
use super::finder::ModuleSource;
use super::tree::{Body, ExprId, ExprKind, List, StmtId, StmtKind, Tree};
use super::{Bodies, parse_body, parse_module};
use crate::base::{FileId, Files, TextRange};
use crate::parse::SyntaxError;

/// One parsed source file.
#[derive(Debug)]
pub struct Module {
    /// Dotted name under which it was first asked for.
    pub name: SmolStr,
    pub file: FileId,
    pub is_package: bool,
    pub text: Arc<str>,
    pub tree: Arc<Tree>,
    pub errors: Vec<SyntaxError>,
    bindings: OnceLock<Bindings>,
    bodies: Mutex<FxHashMap<u32, Arc<Tree>>>,
}

/// Which top-level statements bind or change each name.
#[derive(Debug, Default)]
pub(crate) struct Bindings {
    pub(crate) by_name: FxHashMap<SmolStr, Vec<StmtId>>,
    /// `from m import *`, in order.
    pub(crate) stars: Vec<Star>,
    /// The statements of names that others bind as well, or star imports may, sorted.
    shared: Vec<(StmtId, SmolStr)>,
    /// Whether something is called with `globals()`, and so may bind any name.
    pub(crate) hands_out_names: bool,
}

/// `from m import *` of a module.
#[derive(Debug)]
pub(crate) struct Star {
    /// None where a relative import leads out of the package.
    pub(crate) module: Option<SmolStr>,
    /// The top-level statement that it is in.
    top: StmtId,
    /// The tests of the `if`s around it, the outermost first, and whether it stands
    /// where they hold.
    pub(crate) tests: Vec<(ExprId, bool)>,
    /// Star imports, by number, of the `try` whose handler it stands in: it runs if they
    /// fail.
    pub(crate) instead_of: Range<usize>,
    /// Whether it stands in a loop, in a `case` or in another handler of an exception, so
    /// that nothing tells whether it runs.
    pub(crate) may_not_run: bool,
}

impl Bindings {
    /// Names that a top-level statement binds and that it is not alone in binding.
    pub(crate) fn shared_by(&self, statement: StmtId) -> impl Iterator<Item = &SmolStr> {
        let first = self.shared.partition_point(|(it, _)| *it < statement);
        let from = self.shared.get(first..).unwrap_or_default().iter();
        from.take_while(move |(it, _)| *it == statement)
            .map(|(_, name)| name)
    }

    fn share(&mut self) {
        let has_stars = !self.stars.is_empty();
        let names = self.by_name.iter();
        let named = names.filter(|(_, statements)| has_stars || statements.len() > 1);
        let pairs = named.flat_map(|(name, all)| all.iter().map(|it| (*it, name.clone())));
        self.shared.extend(pairs);
        self.shared.sort_unstable();
    }
}

impl Star {
    /// Whether it runs after a top-level statement.
    pub(crate) fn follows(&self, statement: StmtId) -> bool {
        self.top > statement
    }

    /// Whether it runs before a top-level statement.
    pub(crate) fn precedes(&self, statement: StmtId) -> bool {
        self.top < statement
    }
}

/// All modules parsed so far.
#[derive(Debug)]
pub struct Modules<'a> {
    pub files: &'a Files,
    by_file: RwLock<FxHashMap<FileId, Arc<Module>>>,
}

impl<'a> Modules<'a> {
    #[must_use]
    pub fn new(files: &'a Files) -> Self {
        Self {
            files,
            by_file: RwLock::default(),
        }
    }

    /// The module of a source, parsed if nobody has yet.
    pub fn load(&self, name: &str, source: ModuleSource) -> Arc<Module> {
        let known = self
            .by_file
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&source.file)
            .cloned();
        if let Some(module) = known {
            return module;
        }
        let mut module = Module::parse(self.files, name, source);
        if let Some(tree) = Arc::get_mut(&mut module.tree) {
            tree.shrink();
        }
        let module = Arc::new(module);
        let mut by_file = self.by_file.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(by_file.entry(source.file).or_insert(module))
    }
}

impl Module {
    /// Gives the room of a module that nothing refers to any more to the next one.
    pub(super) fn give_back(self: Arc<Self>) {
        let Ok(module) = Arc::try_unwrap(self) else {
            return;
        };
        let bodies = module.bodies.into_inner();
        let bodies = bodies.unwrap_or_else(PoisonError::into_inner).into_values();
        // The module's own last, as the next one to be filled: it has the most room.
        let trees = bodies.chain([module.tree]);
        trees.filter_map(Arc::into_inner).for_each(Tree::give_back);
    }

    /// Parses a file that nothing else needs to share.
    #[must_use]
    pub fn parse(files: &Files, name: &str, source: ModuleSource) -> Self {
        let text = files.text(source.file);
        let parsed = parse_module(&text, Bodies::Skip);
        Self {
            name: SmolStr::new(name),
            file: source.file,
            is_package: source.is_package,
            text,
            tree: Arc::new(parsed.tree),
            errors: parsed.errors,
            bindings: OnceLock::new(),
            bodies: Mutex::default(),
        }
    }

    /// The package against which relative imports resolve: `import_base(1)` is the
    /// module's own package, each further level one package up. `None` beyond the
    /// top.
    #[must_use]
    pub fn import_base(&self, level: u32) -> Option<SmolStr> {
        let mut base: &str = &self.name;
        let mut up = if self.is_package { level - 1 } else { level };
        while up > 0 {
            base = base.rsplit_once('.').map_or("", |(head, _)| head);
            if base.is_empty() {
                return None;
            }
            up -= 1;
        }
        Some(SmolStr::new(base))
    }

    /// The module that `from ..named import` names.
    fn imported(&self, named: Option<TextRange>, level: u32) -> Option<SmolStr> {
        let named = named.map(|range| range.text(&self.text).replace([' ', '\t'], ""));
        if level == 0 {
            return named.map(SmolStr::from);
        }
        let package = self.import_base(level)?;
        Some(match named {
            Some(named) => format_smolstr!("{package}.{named}"),
            None => package,
        })
    }

    /// The statements of a function body and the tree that holds them.
    pub(crate) fn body(&self, tree: &Arc<Tree>, body: Body) -> (Arc<Tree>, List<StmtId>) {
        match body {
            Body::Parsed(statements) => (Arc::clone(tree), statements),
            Body::Deferred(range) => {
                let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
                let tree = bodies
                    .entry(range.start)
                    .or_insert_with(|| Arc::new(parse_body(&self.text, range).tree));
                (Arc::clone(tree), tree.body)
            }
        }
    }

    pub(crate) fn bindings(&self) -> &Bindings {
        self.bindings.get_or_init(|| {
            let mut collector = BindingCollector {
                module: self,
                bindings: Bindings::default(),
                top: StmtId(0),
                depth: 0,
                tests: Vec::new(),
                instead_of: 0..0,
                conditions: 0,
            };
            for id in self.tree.list(self.tree.body) {
                collector.top = *id;
                collector.statement(*id);
            }
            collector.bindings.share();
            collector.bindings
        })
    }
}

/// Walks the top-level statements, into compound ones but not into functions and
/// classes, and files each under the names that it binds or changes.
struct BindingCollector<'m> {
    module: &'m Module,
    bindings: Bindings,
    /// The top-level statement being walked.
    top: StmtId,
    depth: u32,
    /// The tests of the `if`s around.
    tests: Vec<(ExprId, bool)>,
    /// The star imports of the `try` whose handler is being walked.
    instead_of: Range<usize>,
    /// How many of the other blocks around may not run.
    conditions: u32,
}

/// Blocks nested deeper than this bind nothing that anyone asks for.
const MAX_BLOCK_DEPTH: u32 = 100;

impl BindingCollector<'_> {
    fn bind(&mut self, range: TextRange) {
        let name = name_text(&self.module.text, range);
        let statements = self.bindings.by_name.entry(name).or_default();
        if statements.last() != Some(&self.top) {
            statements.push(self.top);
        }
    }

    fn block(&mut self, block: List<StmtId>) {
        if self.depth >= MAX_BLOCK_DEPTH {
            return;
        }
        self.depth += 1;
        let module = self.module;
        for id in module.tree.list(block) {
            self.statement(*id);
        }
        self.depth -= 1;
    }

    /// A block of which no test tells whether it runs.
    fn conditional(&mut self, block: List<StmtId>) {
        self.conditions += 1;
        self.block(block);
        self.conditions -= 1;
    }

    fn statement(&mut self, id: StmtId) {
        let module = self.module;
        let tree = &module.tree;
        match tree.stmt(id).kind {
            StmtKind::Expr(expr) => self.mutation(expr),
            StmtKind::Assign { targets, .. } | StmtKind::Delete(targets) => {
                for target in tree.list(targets) {
                    self.target(*target);
                }
            }
            StmtKind::AugAssign { target, .. } | StmtKind::AnnAssign { target, .. } => {
                self.target(target);
            }
            StmtKind::Import(names) => {
                for alias in tree.list(names) {
                    let first = alias
                        .name
                        .text(&module.text)
                        .find('.')
                        .map_or(alias.name, |dot| {
                            let dot = u32::try_from(dot).unwrap_or(0);
                            TextRange::new(alias.name.start, alias.name.start + dot)
                        });
                    self.bind(alias.alias.unwrap_or(first));
                }
            }
            StmtKind::ImportFrom {
                module: named,
                level,
                names,
                star,
            } => {
                if star {
                    self.bindings.stars.push(Star {
                        module: module.imported(named, level),
                        top: self.top,
                        tests: self.tests.clone(),
                        instead_of: self.instead_of.clone(),
                        may_not_run: self.conditions > 0,
                    });
                }
                for alias in tree.list(names) {
                    self.bind(alias.alias.unwrap_or(alias.name));
                }
            }
            StmtKind::If { test, body, orelse } => {
                for (side, holds) in [(body, true), (orelse, false)] {
                    self.tests.push((test, holds));
                    self.block(side);
                    self.tests.pop();
                }
            }
            StmtKind::While { body, orelse, .. } => {
                self.conditional(body);
                self.conditional(orelse);
            }
            StmtKind::For {
                target,
                body,
                orelse,
                ..
            } => {
                self.target(target);
                self.conditional(body);
                self.conditional(orelse);
            }
            StmtKind::With { items, body, .. } => {
                for item in tree.list(items) {
                    if let Some(target) = item.target {
                        self.target(target);
                    }
                }
                self.block(body);
            }
            StmtKind::Try {
                body,
                handlers,
                orelse,
                finalbody,
                ..
            } => {
                let first = self.bindings.stars.len();
                self.block(body);
                let tried = first..self.bindings.stars.len();
                for handler in tree.list(handlers) {
                    if tried.is_empty() {
                        self.conditional(handler.body);
                    } else {
                        let outer = std::mem::replace(&mut self.instead_of, tried.clone());
                        self.block(handler.body);
                        self.instead_of = outer;
                    }
                }
                self.block(orelse);
                self.block(finalbody);
            }
            StmtKind::Match { cases, .. } => {
                for case in tree.list(cases) {
                    self.conditional(case.body);
                }
            }
            StmtKind::FunctionDef { name, .. }
            | StmtKind::ClassDef { name, .. }
            | StmtKind::TypeAlias { name, .. } => self.bind(name),
            StmtKind::Return(_)
            | StmtKind::Raise { .. }
            | StmtKind::Assert { .. }
            | StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Global(_)
            | StmtKind::Nonlocal(_)
            | StmtKind::Error => {}
        }
    }

    /// The name that a target binds, or whose object it changes.
    fn target(&mut self, id: ExprId) {
        let module = self.module;
        let mut id = id;
        loop {
            let expr = module.tree.expr(id);
            match expr.kind {
                ExprKind::Name => return self.bind(expr.range),
                ExprKind::Tuple(items) | ExprKind::List(items) => {
                    if self.depth < MAX_BLOCK_DEPTH {
                        self.depth += 1;
                        for item in module.tree.list(items) {
                            self.target(*item);
                        }
                        self.depth -= 1;
                    }
                    return;
                }
                ExprKind::Starred(value)
                | ExprKind::Attribute { value, .. }
                | ExprKind::Subscript { value, .. } => id = value,
                _ => return,
            }
        }
    }

    /// `name.method(...)` and `setattr(name, ...)` may change what `name` holds.
    fn mutation(&mut self, id: ExprId) {
        let tree = &self.module.tree;
        let ExprKind::Call { function, args, .. } = tree.expr(id).kind else {
            return;
        };
        let args = tree.list(args);
        match tree.expr(function).kind {
            ExprKind::Attribute { value, .. } => {
                self.target(value);
                self.bindings.hands_out_names |= self.is_namespace(value);
            }
            ExprKind::Name => {
                if let Some(changed) = args.first()
                    && self.is_name(function, &["setattr"])
                {
                    self.target(*changed);
                }
            }
            _ => {}
        }
        self.bindings.hands_out_names |= args.iter().any(|arg| self.is_namespace(*arg));
    }

    /// `globals()`, which is the module's own namespace as a dict.
    fn is_namespace(&self, id: ExprId) -> bool {
        match self.module.tree.expr(id).kind {
            ExprKind::Call { function, .. } => {
                self.is_name(function, &["globals", "locals", "vars"])
            }
            _ => false,
        }
    }

    fn is_name(&self, id: ExprId, names: &[&str]) -> bool {
        let expr = self.module.tree.expr(id);
        matches!(expr.kind, ExprKind::Name) && names.contains(&expr.range.text(&self.module.text))
    }
}
