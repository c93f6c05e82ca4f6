//! Names: in scopes, across modules, and references outside of what is read.

use std::rc::Rc;
use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};

use super::super::django;
use super::super::module::Module;
use super::super::stdlib::is_standard_library;
use super::super::tree::{Alias, ExprId, ExprKind, List};
use super::builtins::builtin;
use super::class::{attribute_of_path, joined};
use super::object::{Dict, Item, Obj, Scope, ScopeKind, name_in, name_text};
use super::version::version_constant;
use super::{Eval, Evaluator, Exception, Frame};
use crate::base::{Span, TextRange};
use crate::ir::Unknown;

/// References that lead from one to the next are followed no further.
const MAX_REFERENCES: u32 = 64;

/// Built-in names of Python 2 that Python 3 does not have.
const PYTHON_2: [&str; 5] = ["basestring", "long", "raw_input", "unichr", "xrange"];

impl Evaluator<'_> {
    pub(super) fn name(&mut self, frame: &Frame, id: ExprId) -> Eval {
        let range = frame.tree.expr(id).range;
        let name = &*name_in(&frame.module.text, range);
        for scope in visible(&frame.scope) {
            if let Some(found) = self.in_scope(scope, name) {
                return Ok(found);
            }
        }
        match builtin(name) {
            Some(obj) => Ok(obj),
            None => {
                match self.undefined(frame, name, range) {
                    // `try: basestring except NameError: basestring = str`
                    Obj::Unknown(unknown) if PYTHON_2.contains(&name) => Err(Exception::new(
                        "NameError",
                        unknown.reason.clone(),
                        unknown.span,
                    )),
                    obj => Ok(obj),
                }
            }
        }
    }

    /// What `models.CharField` is, where `models` is a name that holds a path.
    pub(super) fn of_named_path(
        &self,
        frame: &Frame,
        holder: ExprId,
        attribute: TextRange,
    ) -> Option<Obj> {
        let holder = frame.tree.expr(holder);
        if !matches!(holder.kind, ExprKind::Name) {
            return None;
        }
        let attribute = &*name_in(&frame.module.text, attribute);
        let name = &*name_in(&frame.module.text, holder.range);
        for scope in visible(&frame.scope) {
            if let Some(item) = scope.names.borrow().get(name)
                && !scope.is_unfinished(name)
            {
                return match &item.obj {
                    Obj::Ref(path) => Some(attribute_of_path(path, attribute)),
                    _ => None,
                };
            }
            // It may have the name and not have been asked for it.
            if matches!(scope.kind, ScopeKind::LazyModule(_)) {
                return None;
            }
        }
        None
    }

    fn in_scope(&mut self, scope: &Rc<Scope>, name: &str) -> Option<Obj> {
        if let Some(item) = scope.names.borrow().get(name)
            && !scope.is_unfinished(name)
        {
            return Some(match &item.obj {
                choice @ Obj::Cond(_) => self.under_guards(choice).present(),
                settled => settled.clone(),
            });
        }
        if let ScopeKind::LazyModule(lazy) = &scope.kind {
            let module = Arc::clone(&lazy.module);
            return self.module_attribute(&module, name);
        }
        None
    }

    fn undefined(&mut self, frame: &Frame, name: &str, range: TextRange) -> Obj {
        let span = frame.span(range);
        let mut unread = None;
        let stars = frame.module.bindings().stars.iter();
        for base in stars.filter_map(|star| star.module.as_ref()) {
            if django::star_exports(base, name) {
                return Obj::Ref(joined(base, name));
            }
            if !base.starts_with("django.") && self.find_module(base).is_none() {
                unread.get_or_insert(base);
            }
        }
        if let Some(base) = unread {
            return Obj::unknown(
                span,
                format!("the name `{name}` may come from `{base}`, for which no source was found"),
            );
        }
        if name == "__name__" {
            return Obj::Str(frame.module.name.clone());
        }
        if name == "__file__" {
            return Obj::unknown(span, "it depends on where the file is installed");
        }
        Obj::unknown(span, format!("the name `{name}` is not defined"))
    }

    pub(super) fn import(&mut self, frame: &Frame, names: List<Alias>, span: Span) -> Eval<()> {
        for alias in frame.tree.list(names) {
            let dotted: SmolStr = dotted_name(frame, alias.name);
            self.require_module(&dotted, span)?;
            let (name, target) = match alias.alias {
                Some(alias) => (name_text(&frame.module.text, alias), dotted),
                None => {
                    let first = SmolStr::new(dotted.split('.').next().unwrap_or_default());
                    (first.clone(), first)
                }
            };
            self.bind_import(frame, name, Item::new(reference(target), span));
        }
        Ok(())
    }

    pub(super) fn import_from(
        &mut self,
        frame: &Frame,
        module: Option<TextRange>,
        level: u32,
        names: List<Alias>,
        star: bool,
        span: Span,
    ) -> Eval<()> {
        let names = frame.tree.list(names);
        let named = module.map(|range| dotted_name(frame, range));
        let base = if level == 0 {
            named.unwrap_or_default()
        } else {
            let Some(package) = frame.module.import_base(level) else {
                for alias in names {
                    let name = name_text(&frame.module.text, alias.alias.unwrap_or(alias.name));
                    let unknown = Obj::unknown(span, "the relative import leaves the package");
                    self.bind_import(frame, name, Item::new(unknown, span));
                }
                return Ok(());
            };
            match named {
                Some(named) => SmolStr::new(format!("{package}.{named}")),
                None => package,
            }
        };
        if base == "__future__" {
            return Ok(());
        }
        if level == 0 {
            self.require_module(&base, span)?;
        }
        if star {
            self.import_star(frame, &base, span);
        }
        for alias in names {
            let imported = name_text(&frame.module.text, alias.name);
            let path = joined(&base, &imported);
            let name = match alias.alias {
                Some(alias) => name_text(&frame.module.text, alias),
                None => imported,
            };
            let range = frame.span(alias.name);
            self.bind_import(frame, name, Item::new(reference(path), range));
        }
        Ok(())
    }

    /// Fails as Python would if the project's environment is at hand and lacks the
    /// module, so that `except ImportError` takes its course.
    fn require_module(&mut self, dotted: &str, span: Span) -> Eval<()> {
        let root = dotted.split('.').next().unwrap_or_default();
        if root == "django" || is_standard_library(root) {
            return Ok(());
        }
        if self.resolver.finder.is_absent(root) {
            return Err(Exception::new(
                "ModuleNotFoundError",
                format!("no module named `{root}`"),
                span,
            ));
        }
        Ok(())
    }

    pub(crate) fn find_module(&mut self, dotted: &str) -> Option<Arc<Module>> {
        if dotted == "django" || dotted.starts_with("django.") {
            // Django's own classes are known by name, its source is not read.
            return None;
        }
        if let Some(known) = self.found.get(dotted) {
            return known.clone();
        }
        let source = self.resolver.finder.find(dotted);
        let module = source.map(|source| self.resolver.modules.load(dotted, source));
        self.found.insert(SmolStr::new(dotted), module.clone());
        module
    }

    /// `module.name` from outside, where the module's own `__getattr__` counts too.
    fn exported(&mut self, module: &Arc<Module>, name: &str) -> Option<Obj> {
        if let Some(found) = self.module_attribute(module, name) {
            return Some(found);
        }
        if name != "__getattr__" && module.bindings().by_name.contains_key("__getattr__") {
            return self.module_getattr(module, name);
        }
        None
    }

    /// A name that the module's own `__getattr__` (PEP 562) provides.
    fn module_getattr(&mut self, module: &Arc<Module>, name: &str) -> Option<Obj> {
        let Some(Obj::Function(getattr)) = self.module_attribute(module, "__getattr__") else {
            return None;
        };
        let span = Span::file_start(module.file);
        let args = super::object::Arguments {
            positional: vec![Item::new(Obj::str(name), span)],
            ..Default::default()
        };
        match self.call_function(&getattr, None, args, span) {
            Ok(value) => Some(value),
            Err(exception) if exception.class == "AttributeError" => None,
            Err(exception) => Some(Obj::Unknown(Rc::new(exception.into_unknown()))),
        }
    }

    /// What a reference leads to. A reference that leads out of what can be read is
    /// returned as it is.
    pub(crate) fn resolve(&mut self, path: &SmolStr) -> Obj {
        if path.starts_with("django.") {
            return known_constant(path).unwrap_or_else(|| Obj::Ref(path.clone()));
        }
        if let Some(known) = self.resolved.get(path) {
            return known.clone();
        }
        if let Some(constant) = self.constant(path, |alone| Some(alone.resolve(path))) {
            self.resolved.insert(path.clone(), constant.clone());
            return constant;
        }
        // A reference that leads to itself stays a reference, as does one that leads to
        // longer and longer ones.
        self.resolved.insert(path.clone(), Obj::Ref(path.clone()));
        if self.references >= MAX_REFERENCES {
            return Obj::Ref(path.clone());
        }
        self.references += 1;
        let obj = self.resolve_path(path);
        self.references -= 1;
        self.resolved.insert(path.clone(), obj.clone());
        obj
    }

    fn resolve_path(&mut self, path: &SmolStr) -> Obj {
        let unresolved = Obj::Ref(path.clone());
        let root = path.split('.').next().unwrap_or_default();
        if root == "django" || is_standard_library(root) {
            return known_constant(path).unwrap_or(unresolved);
        }
        let mut module: Option<Arc<Module>> = None;
        let mut end = 0;
        for name in path.split('.') {
            if let Some(holder) = &module {
                let holder = Arc::clone(holder);
                // `from . import name` binds the submodule that the path goes on to;
                // `from .name import name` a thing of it, which takes its place.
                let here = path.get(..end + 1 + name.len()).unwrap_or_default();
                let goes_on = path.len() > here.len();
                let is_submodule = |to: &str| {
                    let rest = to.strip_prefix(here);
                    rest.is_some_and(|rest| rest.is_empty() || goes_on && rest.starts_with('.'))
                };
                if let Some(obj) = self.exported(&holder, name)
                    && !matches!(&obj, Obj::Ref(to) if is_submodule(to))
                {
                    let rest = path.get(end + 1 + name.len()..).unwrap_or_default();
                    let span = Span::file_start(holder.file);
                    return self
                        .attributes(obj, rest, span)
                        .unwrap_or_else(|exception| {
                            Obj::Unknown(Rc::new(exception.into_unknown()))
                        });
                }
            }
            end += name.len() + usize::from(end > 0);
            // A package without `__init__.py` has no file and no names of its own.
            let found = path.get(..end).and_then(|prefix| self.find_module(prefix));
            module = match (found, module) {
                (Some(found), Some(holder)) if found.file == holder.file => return unresolved,
                (found, _) => found,
            };
        }
        unresolved
    }

    /// `obj.a.b`, forced.
    fn attributes(&mut self, obj: Obj, path: &str, span: Span) -> Eval {
        let mut obj = obj;
        for name in path.split('.').filter(|name| !name.is_empty()) {
            obj = self.attribute(&obj, name, span)?;
        }
        self.force(&obj, span)
    }

    /// The object behind references and settings, as far as it can be read.
    pub(crate) fn force(&mut self, obj: &Obj, span: Span) -> Eval {
        match obj {
            Obj::Ref(path) => Ok(match self.resolve(path) {
                // Where the use is tells more than where the other file starts.
                Obj::Unknown(unknown) if unknown.span == Span::file_start(unknown.span.file) => {
                    Obj::unknown(span, unknown.reason.clone())
                }
                other => other,
            }),
            Obj::Setting(name) => Ok(match self.setting(name)? {
                Some(value) => value,
                None => obj.clone(),
            }),
            Obj::Call(call) => {
                let call = Rc::clone(call);
                self.force_call(&call, span)
            }
            _ => Ok(obj.clone()),
        }
    }

    /// The value of a setting: of the project's settings module, else Django's
    /// default where there is one; `None` if neither tells.
    pub(crate) fn setting(&mut self, name: &str) -> Eval<Option<Obj>> {
        self.asked_setting.set(true);
        if let Some(item) = self.settings_set.get(name) {
            return Ok(Some(item.obj.present()));
        }
        if let Some(module) = self.resolver.settings_module {
            // No path of a module has a space.
            let path = format_smolstr!("{module} {name}");
            let value = |alone: &mut Evaluator<'_>| alone.setting(name).ok().flatten();
            if let Some(constant) = self.constant(&path, value) {
                return Ok(Some(constant));
            }
        }
        if let Some(module) = self.resolver.settings_module
            && let Some(module) = self.find_module(module)
            && let Some(value) = self.module_attribute(&module, name)
        {
            return Ok(Some(value));
        }
        Ok(default_setting(name))
    }

    /// `apps.is_installed(name)`; `None` if no settings tell.
    pub(super) fn is_installed(&mut self, name: &str, span: Span) -> Eval<Option<bool>> {
        let Some(apps) = self.setting("INSTALLED_APPS")? else {
            return Ok(None);
        };
        let Ok(items) = self.iterate(&apps, span)? else {
            return Ok(None);
        };
        let mut certain = true;
        for item in items {
            match self.force(&item.obj, item.span)? {
                // An entry is the app's package or a class below it.
                Obj::Str(entry) => {
                    if entry
                        .strip_prefix(name)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with(".apps."))
                    {
                        return Ok(Some(true));
                    }
                }
                _ => certain = false,
            }
        }
        Ok(certain.then_some(false))
    }

    /// Sets a setting where code does so: `setattr(settings, "TABLE", "notes")`.
    pub(super) fn set_setting(&mut self, name: SmolStr, item: Item) {
        let span = item.span;
        let former = match self.setting(&name) {
            Ok(Some(obj)) => obj,
            _ if self.setting_is_absent(&name) => Obj::Missing,
            _ => Obj::Unknown(self.unknown_of(&Obj::Setting(name.clone()), span)),
        };
        let obj = match self.force(&item.obj, span) {
            Ok(obj) => obj,
            Err(exception) => Obj::Unknown(Rc::new(exception.into_unknown())),
        };
        let mut item = self.one_sided(Item::new(obj, span), Some(Item::new(former, span)));
        // What asks for settings itself could lead back here without end.
        if !is_plain(&item.obj, 0) {
            item.obj = Obj::unknown(span, format!("the setting `{name}` is computed"));
        }
        self.settings_set.insert(name, item);
    }

    /// Whether the project surely does not define a setting.
    pub(super) fn setting_is_absent(&mut self, name: &str) -> bool {
        let Some(settings) = self.resolver.settings_module else {
            // No settings at hand: what runs is what the code says without them.
            return true;
        };
        match self.find_module(settings) {
            None => false,
            Some(module) => {
                // A star import that cannot be read may define anything.
                self.module_attribute(&module, name).is_none()
                    && module
                        .bindings()
                        .stars
                        .iter()
                        .all(|star| self.star_source(&module, star).is_some())
            }
        }
    }

    /// Why an object has no value that can be used.
    pub(crate) fn unknown_of(&self, obj: &Obj, span: Span) -> Rc<Unknown> {
        match obj {
            Obj::Unknown(unknown) => Rc::clone(unknown),
            Obj::Ref(path) => Rc::new(Unknown::new(
                span,
                format!("`{path}` could not be read: no source was found for it"),
            )),
            Obj::Setting(name) => Rc::new(Unknown::new(
                span,
                format!("the setting `{name}` could not be read"),
            )),
            Obj::Call(call) => {
                // An argument that is not known says more than the call.
                if let Some(Item {
                    obj: Obj::Unknown(unknown),
                    ..
                }) = call.args.positional.first()
                {
                    return Rc::clone(unknown);
                }
                let name = callee_name(&call.callee);
                Rc::new(Unknown::new(
                    span,
                    format!("what `{name}(...)` returns is not known"),
                ))
            }
            Obj::Guarded(inner) => self.unknown_of(&inner.item.obj, span),
            Obj::Cond(cond) => Rc::new(match cond.condition.first_unknown() {
                Some(unknown) => unknown.clone(),
                None => Unknown::new(span, "it depends on a condition that is not decided"),
            }),
            Obj::Method(object, name) => match &**object {
                Obj::Call(_) | Obj::Unknown(_) | Obj::Method(..) => self.unknown_of(object, span),
                _ => Rc::new(Unknown::new(
                    span,
                    format!("what `{name}` of this object is, is not known"),
                )),
            },
            _ => Rc::new(Unknown::new(span, "its value is not of a usable kind")),
        }
    }
}

/// A scope and those around it that see each other's names, innermost first.
fn visible(innermost: &Rc<Scope>) -> impl Iterator<Item = &Rc<Scope>> {
    let around = std::iter::successors(innermost.parent.as_ref(), |scope| scope.parent.as_ref());
    let around = around.filter(|scope| !matches!(scope.kind, ScopeKind::Class { .. }));
    std::iter::once(innermost).chain(around)
}

/// Whether an object is known without asking for a setting.
fn is_plain(obj: &Obj, depth: u32) -> bool {
    let all = |items: &[Item]| depth < 4 && items.iter().all(|item| is_plain(&item.obj, depth + 1));
    match obj {
        Obj::None
        | Obj::Bool(_)
        | Obj::Int(_)
        | Obj::Float(_)
        | Obj::Str(_)
        | Obj::Class(_)
        | Obj::Unknown(_)
        | Obj::Missing => true,
        Obj::Tuple(items) => all(items),
        Obj::List(items) => all(&items.borrow()),
        Obj::Cond(cond) => {
            is_plain(&cond.then.obj, depth + 1) && is_plain(&cond.otherwise.obj, depth + 1)
        }
        _ => false,
    }
}

pub(super) fn callee_name(callee: &Obj) -> SmolStr {
    match callee {
        Obj::Ref(path) => path.clone(),
        Obj::Class(class) => class.path.clone(),
        Obj::Function(function) => function.path.clone(),
        Obj::Builtin(name) => SmolStr::new_static(name),
        _ => SmolStr::new_static("..."),
    }
}

/// A reference, with the few names that evaluation treats on its own.
pub(super) fn reference(path: SmolStr) -> Obj {
    match path.as_str() {
        "django.conf.settings" => Obj::Settings,
        _ => Obj::Ref(path),
    }
}

/// A dotted name of an import, without the white space that Python allows in it.
fn dotted_name(frame: &Frame, range: TextRange) -> SmolStr {
    let text = frame.text(range);
    if text
        .bytes()
        .all(|byte| byte == b'.' || byte == b'_' || byte.is_ascii_alphanumeric())
    {
        SmolStr::new(text)
    } else {
        let compact: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '\\')
            .collect();
        name_text(
            &compact,
            TextRange::new(0, u32::try_from(compact.len()).unwrap_or(0)),
        )
    }
}

/// Constants of Django and the standard library that migrations compute with.
/// Source: `django/db/models/constants.py`, `django/db/models/fields/__init__.py`,
/// `django/db/backends/utils.py`, `django/core/validators.py` (5.2), `sys`.
fn known_constant(path: &str) -> Option<Obj> {
    if let Some(version) = version_constant(path) {
        return Some(version);
    }
    Some(match path {
        "django.db.models.constants.LOOKUP_SEP" => Obj::str("__"),
        "django.db.models.fields.BLANK_CHOICE_DASH" | "django.db.models.BLANK_CHOICE_DASH" => {
            let span = Span::file_start(crate::base::FileId(0));
            let pair = vec![
                Item::new(Obj::str(""), span),
                Item::new(Obj::str("---------"), span),
            ];
            Obj::list(vec![Item::new(Obj::tuple(pair), span)])
        }
        "django.core.validators.EMPTY_VALUES" => {
            let empty = [
                Obj::None,
                Obj::str(""),
                Obj::list(Vec::new()),
                Obj::tuple(Vec::new()),
                Obj::dict(Dict::default()),
            ];
            let span = Span::file_start(crate::base::FileId(0));
            Obj::tuple(empty.map(|obj| Item::new(obj, span)).to_vec())
        }
        "django.db.models.BigIntegerField.MAX_BIGINT"
        | "django.db.models.fields.BigIntegerField.MAX_BIGINT"
        | "sys.maxsize" => Obj::Int(i64::MAX),
        "django.contrib.contenttypes.models.ContentType" => return None,
        path if path.starts_with("django.contrib.postgres.fields.") => {
            let (class, name) = path.rsplit_once('.')?;
            if !class.ends_with(".RangeOperators") {
                return None;
            }
            // Source: `django/contrib/postgres/fields/ranges.py`.
            Obj::str(match name {
                "EQUAL" => "=",
                "NOT_EQUAL" => "<>",
                "CONTAINS" => "@>",
                "CONTAINED_BY" => "<@",
                "OVERLAPS" => "&&",
                "FULLY_LT" => "<<",
                "FULLY_GT" => ">>",
                "NOT_LT" => "&>",
                "NOT_GT" => "&<",
                "ADJACENT_TO" => "-|-",
                _ => return None,
            })
        }
        "django.db.DEFAULT_DB_ALIAS" | "django.db.utils.DEFAULT_DB_ALIAS" => Obj::str("default"),
        "string.ascii_letters" => Obj::str("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        "string.ascii_lowercase" => Obj::str("abcdefghijklmnopqrstuvwxyz"),
        "string.ascii_uppercase" => Obj::str("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        "string.digits" => Obj::str("0123456789"),
        _ => return None,
    })
}

/// Defaults of `django/conf/global_settings.py` (5.2) that migrations refer to.
fn default_setting(name: &str) -> Option<Obj> {
    Some(match name {
        "AUTH_USER_MODEL" => Obj::str("auth.User"),
        "DEFAULT_AUTO_FIELD" => Obj::str("django.db.models.AutoField"),
        "LANGUAGE_CODE" => Obj::str("en-us"),
        "TIME_ZONE" => Obj::str("America/Chicago"),
        "USE_TZ" | "USE_I18N" => Obj::Bool(true),
        "MEDIA_ROOT" | "MEDIA_URL" | "DEFAULT_TABLESPACE" | "DEFAULT_INDEX_TABLESPACE" => {
            Obj::str("")
        }
        "DEBUG" => Obj::Bool(false),
        _ => return None,
    })
}
