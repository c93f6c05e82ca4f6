//! Objects while a module is evaluated: what Python would hold, with what could
//! not be decided kept as conditions and unknowns.
//!
//! Lists, sets and dicts are shared and mutable as in Python, so they stay on one
//! thread; what leaves an evaluation is an [`ir::Value`](crate::ir::Value).

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::super::module::Module;
use super::super::tree::{Body, ExprId, List, Parameter, StmtId, Tree};
use super::names::Names;
use crate::base::{Span, TextRange};
use crate::ir::Unknown;
use crate::ir::value::Condition;

/// A Python object, as far as it is known.
#[derive(Debug, Clone)]
pub(crate) enum Obj {
    None,
    Bool(bool),
    Int(i64),
    /// Decimal digits with sign.
    BigInt(SmolStr),
    Float(f64),
    Complex(SmolStr),
    Str(SmolStr),
    Bytes(Arc<[u8]>),
    Ellipsis,
    List(Rc<RefCell<Items>>),
    Tuple(Rc<Items>),
    Set(Rc<RefCell<Items>>),
    Dict(Rc<RefCell<Dict>>),
    /// Something outside of what has been evaluated, by dotted path. Read only when
    /// its value is asked for.
    Ref(SmolStr),
    /// `django.conf.settings`.
    Settings,
    /// `settings.NAME`, likewise read only when asked for.
    Setting(SmolStr),
    Class(Rc<Class>),
    Function(Rc<Function>),
    /// A method taken from an object.
    Bound(Rc<Obj>, Rc<Function>),
    /// A method of a built-in object, to be called: `"...".format`.
    Method(Rc<Obj>, Rc<str>),
    /// A built-in function or type.
    Builtin(&'static str),
    /// `super()` inside a method: the object and the class whose bases are meant.
    Super(Rc<Obj>, Rc<Class>),
    /// The result of a call that is kept as written.
    Call(Rc<Call>),
    /// A member of an enumeration.
    Member(Rc<Member>),
    /// A thing of a running migration.
    Host(Rc<super::host::Host>),
    /// One of two, by a condition that is not decided.
    Cond(Rc<Cond>),
    /// An element that is only there if the condition holds.
    Guarded(Rc<Guarded>),
    Unknown(Rc<Unknown>),
    /// Stands for a name that is not bound on one side of a condition.
    Missing,
}

/// An object and where it was written.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) obj: Obj,
    pub(crate) span: Span,
}

impl Item {
    pub(crate) const fn new(obj: Obj, span: Span) -> Self {
        Self { obj, span }
    }
}

/// An unknown number of elements that nobody knows.
pub(crate) fn many(unknown: Rc<Unknown>, span: Span) -> Item {
    let condition = Condition::Unknown((*unknown).clone());
    let item = Item::new(Obj::Unknown(unknown), span);
    Item::new(Obj::Guarded(Rc::new(Guarded { condition, item })), span)
}

/// An element that is there only where the condition holds, if there is one.
pub(crate) fn guarded_by(condition: Option<Condition>, item: Item) -> Item {
    match condition {
        None => item,
        Some(condition) => {
            let span = item.span;
            Item::new(Obj::Guarded(Rc::new(Guarded { condition, item })), span)
        }
    }
}

/// Whether an element is there only under a condition.
pub(crate) fn is_guarded(item: &Item) -> bool {
    matches!(item.obj, Obj::Guarded(_))
}

/// A dict's entry that may be missing on one side of a condition, as an element with
/// that condition.
pub(crate) fn entry_guard(value: &Item) -> (Item, Option<Condition>) {
    if let Obj::Cond(cond) = &value.obj {
        if matches!(cond.otherwise.obj, Obj::Missing) {
            return (cond.then.clone(), Some(cond.condition.clone()));
        }
        if matches!(cond.then.obj, Obj::Missing) {
            let condition = super::condition::negate(cond.condition.clone());
            return (cond.otherwise.clone(), Some(condition));
        }
    }
    (value.clone(), None)
}

/// The items of a list, tuple or set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Items(pub(crate) Vec<Item>);

impl std::ops::Deref for Items {
    type Target = Vec<Item>;

    fn deref(&self) -> &Vec<Item> {
        &self.0
    }
}

impl std::ops::DerefMut for Items {
    fn deref_mut(&mut self) -> &mut Vec<Item> {
        &mut self.0
    }
}

#[derive(Debug)]
pub(crate) struct Cond {
    pub(crate) condition: Condition,
    pub(crate) then: Item,
    pub(crate) otherwise: Item,
    /// How many conditional objects are nested in this one, itself included.
    pub(crate) depth: u32,
}

/// An element and the condition under which it is there.
#[derive(Debug)]
pub(crate) struct Guarded {
    pub(crate) condition: Condition,
    pub(crate) item: Item,
}

/// A call kept as written: `models.CharField(max_length=20)`.
#[derive(Debug)]
pub(crate) struct Call {
    /// What is called: a `Ref` or a `Class`.
    pub(crate) callee: Obj,
    pub(crate) callee_span: Span,
    pub(crate) args: Arguments,
    /// Attributes set on the object, and whether `__init__` has run to set them.
    pub(crate) state: RefCell<InstanceState>,
}

#[derive(Debug, Default)]
pub(crate) struct InstanceState {
    pub(crate) attributes: FxHashMap<SmolStr, Obj>,
    pub(crate) initialised: bool,
    /// Arguments that `__init__` handed to the `__init__` of a class whose source
    /// is not read (Django's own).
    pub(crate) base_init: Option<Arguments>,
}

/// Arguments of a call in source order. Stars have been expanded where known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arguments {
    pub(crate) positional: Vec<Item>,
    pub(crate) keywords: Vec<(SmolStr, Item)>,
    /// A `*args` or `**kwargs` that could not be expanded.
    pub(crate) unknown: Option<Rc<Unknown>>,
}

/// A class whose source is at hand.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) name: SmolStr,
    /// Dotted path: module and qualified name.
    pub(crate) path: SmolStr,
    pub(crate) span: Span,
    pub(crate) bases: Vec<Item>,
    pub(crate) attributes: RefCell<Names>,
    /// Names in the order in which the body bound them (enumerations need it).
    pub(crate) order: RefCell<Vec<SmolStr>>,
    /// Names that an `import` in the body binds.
    pub(crate) imported: Vec<SmolStr>,
    /// The fields of a data class or named tuple, in order.
    pub(crate) fields: Option<Vec<SmolStr>>,
}

/// A function whose source is at hand.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) name: SmolStr,
    pub(crate) path: SmolStr,
    pub(crate) module: Arc<Module>,
    pub(crate) tree: Arc<Tree>,
    pub(crate) parameters: List<Parameter>,
    /// Defaults by parameter position, evaluated at definition.
    pub(crate) defaults: Vec<Option<Item>>,
    pub(crate) body: FunctionBody,
    pub(crate) scope: Rc<Scope>,
    pub(crate) decoration: Decoration,
    /// Those that the decoration does not tell, outermost first.
    pub(crate) decorators: Vec<Item>,
    /// The class that holds it, for `super()`.
    pub(crate) owner: RefCell<Option<std::rc::Weak<Class>>>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum FunctionBody {
    Statements(Body),
    Lambda(ExprId),
}

/// What decorators make of a function, as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decoration {
    None,
    Static,
    Class,
    Property,
    /// Calling it may do anything.
    Unknown,
}

/// A member of an `Enum` or of Django's `Choices`.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) class: Rc<Class>,
    pub(crate) name: SmolStr,
    pub(crate) value: Item,
    pub(crate) label: Obj,
}

/// Names of one namespace. Class scopes are skipped when a nested function looks
/// for a name, as in Python.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) kind: ScopeKind,
    pub(crate) names: RefCell<Names>,
    pub(crate) parent: Option<Rc<Scope>>,
}

#[derive(Debug)]
pub(crate) enum ScopeKind {
    /// Evaluated from top to bottom.
    Module,
    /// Names are evaluated when they are asked for.
    LazyModule(LazyModule),
    Class {
        order: RefCell<Vec<SmolStr>>,
        imported: RefCell<Vec<SmolStr>>,
    },
    Function {
        globals: RefCell<Vec<SmolStr>>,
    },
}

#[derive(Debug)]
pub(crate) struct LazyModule {
    pub(crate) module: Arc<Module>,
    pub(crate) executed: RefCell<rustc_hash::FxHashSet<StmtId>>,
    /// The top-level statement that is running.
    pub(super) running: Cell<Option<StmtId>>,
    /// Names that were asked for, or bound for another name's sake.
    pub(super) progress: RefCell<rustc_hash::FxHashMap<SmolStr, super::lazy::Progress>>,
    /// Names that were bound for another name's sake and not asked for.
    pub(super) unfinished: RefCell<rustc_hash::FxHashSet<SmolStr>>,
}

impl Scope {
    pub(crate) fn new(kind: ScopeKind, parent: Option<Rc<Self>>) -> Rc<Self> {
        Rc::new(Self {
            kind,
            names: RefCell::default(),
            parent,
        })
    }

    pub(crate) fn function(parent: Rc<Self>) -> Rc<Self> {
        Self::new(
            ScopeKind::Function {
                globals: RefCell::default(),
            },
            Some(parent),
        )
    }

    /// The module's scope.
    pub(crate) fn global(self: &Rc<Self>) -> Rc<Self> {
        let mut scope = self;
        while let Some(parent) = &scope.parent {
            scope = parent;
        }
        Rc::clone(scope)
    }
}

/// Smaller dicts are searched entry by entry.
const UNINDEXED: usize = 8;

/// Insertion-ordered dict with Python's key equality for the keys that occur.
#[derive(Debug, Default, Clone)]
pub(crate) struct Dict {
    entries: Vec<(Item, Item)>,
    /// Positions by key, once there are more than [`UNINDEXED`] entries.
    index: FxHashMap<Key, usize>,
    /// A `**value` or an update that could not be read.
    pub(crate) unknown: Option<Rc<Unknown>>,
    /// What a missing key is given, of a `defaultdict`.
    pub(crate) factory: Option<Obj>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    None,
    Int(i64),
    Str(SmolStr),
    Other(String),
}

impl Obj {
    pub(crate) fn str(text: impl Into<SmolStr>) -> Self {
        Self::Str(text.into())
    }

    pub(crate) fn list(items: Vec<Item>) -> Self {
        Self::List(Rc::new(RefCell::new(Items(items))))
    }

    pub(crate) fn tuple(items: Vec<Item>) -> Self {
        Self::Tuple(Rc::new(Items(items)))
    }

    pub(crate) fn dict(dict: Dict) -> Self {
        Self::Dict(Rc::new(RefCell::new(dict)))
    }

    pub(crate) fn unknown(span: Span, reason: impl Into<SmolStr>) -> Self {
        Self::Unknown(Rc::new(Unknown::new(span, reason)))
    }

    /// The key under which Python's dict and set would file the object; `None` for
    /// what is not known, not hashable or too large.
    pub(crate) fn key(&self) -> Option<Key> {
        self.key_within(&mut 10_000)
    }

    /// Tuples may hold one another many times over, so the work is bounded.
    fn key_within(&self, budget: &mut u32) -> Option<Key> {
        *budget = budget.checked_sub(1)?;
        Some(match self {
            Self::None => Key::None,
            Self::Bool(value) => Key::Int(i64::from(*value)),
            Self::Int(value) => Key::Int(*value),
            Self::BigInt(digits) => Key::Other(digits.to_string()),
            #[expect(clippy::cast_possible_truncation, reason = "checked to be integral")]
            Self::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => {
                Key::Int(*value as i64)
            }
            Self::Float(value) => Key::Other(format!("float {value:?}")),
            Self::Str(text) => Key::Str(text.clone()),
            Self::Bytes(bytes) => Key::Other(format!("bytes {bytes:?}")),
            Self::Tuple(items) => {
                // Deeper tuples than this are no keys of anything real.
                if *budget < 9_000 && items.iter().any(|item| matches!(item.obj, Self::Tuple(_))) {
                    return None;
                }
                let mut text = String::from("tuple");
                for item in items.iter() {
                    text.push_str(&format!(" {:?}", item.obj.key_within(budget)?));
                }
                Key::Other(text)
            }
            Self::Ref(path) => Key::Other(format!("ref {path}")),
            Self::Setting(name) => Key::Other(format!("setting {name}")),
            Self::Class(class) => Key::Other(format!("ref {}", class.path)),
            Self::Function(function) => Key::Other(format!("ref {}", function.path)),
            Self::Builtin(name) => Key::Other(format!("builtin {name}")),
            Self::Member(member) => Key::Other(format!("{}.{}", member.class.path, member.name)),
            _ => return None,
        })
    }

    /// The object where it is bound at all: using a name implies that side.
    pub(crate) fn present(&self) -> Self {
        match self {
            Self::Cond(cond) => match (&cond.then.obj, &cond.otherwise.obj) {
                (Self::Missing, other) | (other, Self::Missing) => other.present(),
                _ => self.clone(),
            },
            other => other.clone(),
        }
    }

    /// The object with something else in place of its missing side.
    pub(crate) fn or_where_missing(&self, default: &Self) -> Self {
        match self {
            Self::Missing => default.clone(),
            Self::Cond(cond) => {
                let side = |item: &Item| Item::new(item.obj.or_where_missing(default), item.span);
                let (then, otherwise) = (side(&cond.then), side(&cond.otherwise));
                super::condition::conditional(cond.condition.clone(), then, otherwise)
            }
            other => other.clone(),
        }
    }

    /// Whether a value is settled: not an unknown and not a condition.
    pub(crate) const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }
}

impl Dict {
    pub(crate) fn entries(&self) -> &[(Item, Item)] {
        &self.entries
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&Item> {
        let position = self.position(key)?;
        self.entries.get(position).map(|(_, value)| value)
    }

    fn position(&self, key: &Key) -> Option<usize> {
        if self.entries.len() > UNINDEXED {
            return self.index.get(key).copied();
        }
        self.entries
            .iter()
            .position(|(known, _)| match (&known.obj, key) {
                (Obj::Str(known), Key::Str(key)) => known == key,
                (known, key) => known.key().as_ref() == Some(key),
            })
    }

    /// Sets an entry; `false` if the key is not known, so that nothing was set.
    pub(crate) fn set(&mut self, key: Item, value: Item) -> bool {
        let Some(hashed) = key.obj.key() else {
            return false;
        };
        let position = self.position(&hashed);
        match position.and_then(|position| self.entries.get_mut(position)) {
            Some(entry) => entry.1 = value,
            None => {
                self.entries.push((key, value));
                if self.entries.len() == UNINDEXED + 1 {
                    self.index_from(0);
                } else if self.entries.len() > UNINDEXED {
                    self.index.insert(hashed, self.entries.len() - 1);
                }
            }
        }
        true
    }

    pub(crate) fn remove(&mut self, key: &Key) -> Option<Item> {
        let position = self.position(key)?;
        let (_, value) = self.entries.remove(position);
        if self.entries.len() > UNINDEXED {
            self.index.remove(key);
            self.index_from(position);
        } else {
            self.index.clear();
        }
        Some(value)
    }

    fn index_from(&mut self, position: usize) {
        for (at, (key, _)) in self.entries.iter().enumerate().skip(position) {
            if let Some(key) = key.obj.key() {
                self.index.insert(key, at);
            }
        }
    }
}

/// The range of a name in a tree, as text.
pub(crate) fn name_text(source: &str, range: TextRange) -> SmolStr {
    match name_in(source, range) {
        Cow::Borrowed(text) => SmolStr::new(text),
        Cow::Owned(text) => text.into(),
    }
}

/// The range of a name in a tree, as text that is compared and not kept.
pub(crate) fn name_in(source: &str, range: TextRange) -> Cow<'_, str> {
    let text = range.text(source);
    if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        use unicode_normalization::UnicodeNormalization;
        Cow::Owned(text.nfkc().collect())
    }
}

/// Dropping nested objects one inside the other would need a stack as deep as they
/// are nested, and a loop can nest them thousands deep. So a container that is deep
/// inside others hands its content to a list, which the outermost such drop empties.
mod burial {
    use std::cell::{Cell, RefCell};

    use super::{Arguments, Call, Class, Cond, Dict, Guarded, Item, Items, Obj, Scope};

    /// Containers are dropped one inside the other down to here.
    const DEEPEST: u32 = 32;

    #[derive(Default)]
    struct Graveyard {
        emptying: bool,
        content: Vec<Obj>,
    }

    thread_local! {
        static GRAVEYARD: RefCell<Graveyard> = RefCell::default();
        /// How many containers are being dropped.
        static DEPTH: Cell<u32> = const { Cell::new(0) };
    }

    /// Drops what a container held, or hands it to `bury` if that is deep inside.
    fn drop_content<T>(content: T, bury: impl FnOnce(T)) {
        let depth = DEPTH.get();
        if depth >= DEEPEST {
            return bury(content);
        }
        DEPTH.set(depth + 1);
        drop(content);
        DEPTH.set(depth);
    }

    fn objects(args: Arguments) -> impl Iterator<Item = Obj> {
        let keywords = args.keywords.into_iter().map(|(_, item)| item);
        let items = args.positional.into_iter().chain(keywords);
        items.map(|item| item.obj)
    }

    const fn holds_nothing(obj: &Obj) -> bool {
        matches!(
            obj,
            Obj::None
                | Obj::Bool(_)
                | Obj::Int(_)
                | Obj::Float(_)
                | Obj::Str(_)
                | Obj::Ref(_)
                | Obj::Setting(_)
                | Obj::Builtin(_)
                | Obj::Unknown(_)
                | Obj::Missing
        )
    }

    fn bury(objects: impl Iterator<Item = Obj>) {
        let objects = objects.filter(|obj| !holds_nothing(obj));
        let outermost = GRAVEYARD.try_with(|graveyard| {
            let mut graveyard = graveyard.borrow_mut();
            graveyard.content.extend(objects);
            let outermost = !graveyard.emptying && !graveyard.content.is_empty();
            graveyard.emptying |= outermost;
            outermost
        });
        if outermost != Ok(true) {
            return;
        }
        while let Ok(Some(obj)) =
            GRAVEYARD.try_with(|graveyard| graveyard.borrow_mut().content.pop())
        {
            drop(obj);
        }
        let _ = GRAVEYARD.try_with(|graveyard| graveyard.borrow_mut().emptying = false);
    }

    fn take(item: &mut Item) -> Obj {
        std::mem::replace(&mut item.obj, Obj::None)
    }

    impl Drop for Items {
        fn drop(&mut self) {
            if !self.0.iter().all(|item| holds_nothing(&item.obj)) {
                drop_content(std::mem::take(&mut self.0), |items| {
                    bury(items.into_iter().map(|item| item.obj));
                });
            }
        }
    }

    impl Drop for Dict {
        fn drop(&mut self) {
            let is_plain = |item: &Item| holds_nothing(&item.obj);
            if self
                .entries
                .iter()
                .all(|(key, value)| is_plain(key) && is_plain(value))
            {
                return;
            }
            drop_content(std::mem::take(&mut self.entries), |entries| {
                let pairs = entries.into_iter();
                bury(pairs.flat_map(|(key, value)| [key.obj, value.obj]));
            });
        }
    }

    impl Drop for Cond {
        fn drop(&mut self) {
            bury([take(&mut self.then), take(&mut self.otherwise)].into_iter());
        }
    }

    impl Drop for Guarded {
        fn drop(&mut self) {
            bury(std::iter::once(take(&mut self.item)));
        }
    }

    impl Drop for Call {
        fn drop(&mut self) {
            let state = self.state.get_mut();
            let has_no_state = state.attributes.is_empty() && state.base_init.is_none();
            let args = &self.args;
            if has_no_state
                && args.positional.iter().all(|item| holds_nothing(&item.obj))
                && args
                    .keywords
                    .iter()
                    .all(|(_, item)| holds_nothing(&item.obj))
            {
                return;
            }
            let state = (!has_no_state).then(|| std::mem::take(state));
            let args = std::mem::take(&mut self.args);
            drop_content((args, state), |(args, state)| {
                bury(objects(args));
                if let Some(state) = state {
                    bury(state.attributes.into_values());
                    bury(state.base_init.into_iter().flat_map(objects));
                }
            });
        }
    }

    impl Drop for Scope {
        fn drop(&mut self) {
            let names = self.names.get_mut();
            if !names.items().all(|item| holds_nothing(&item.obj)) {
                drop_content(std::mem::take(names), |mut names| {
                    bury(names.drain().map(|item| item.obj));
                });
            }
        }
    }

    impl Drop for Class {
        fn drop(&mut self) {
            let bases = std::mem::take(&mut self.bases);
            let attributes = std::mem::take(self.attributes.get_mut());
            drop_content((bases, attributes), |(bases, mut attributes)| {
                let items = bases.into_iter().chain(attributes.drain());
                bury(items.map(|item| item.obj));
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::FileId;

    #[test]
    fn dropping_deeply_nested_objects_needs_no_deep_stack() {
        let span = Span::file_start(FileId(0));
        let mut obj = Obj::None;
        for _ in 0..200_000 {
            obj = Obj::list(vec![Item::new(obj, span)]);
            obj = Obj::tuple(vec![Item::new(obj, span)]);
        }
        drop(obj);
    }
}
