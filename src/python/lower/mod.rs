//! From evaluated objects to the IR.
//!
//! What cannot be expressed is never dropped: it becomes an `Unread` part of the
//! migration, a `not_understood` part of an operation, or an opaque operation.

mod delegation;
mod description;
mod expression;
mod field;
mod field_methods;
mod methods;
mod model;
mod operation;
mod own_functions;
mod special;
mod value;
mod written;

use std::rc::Rc;
use std::sync::Arc;

pub(crate) use description::{Description, lower_description};
pub(crate) use written::write_description;
pub use written::{Written, WrittenOperation, read_written};

use smol_str::SmolStr;

use self::own_functions::OwnFunctions;
use super::django;
use super::eval::class::Ancestor;
use super::eval::condition::{fails, holds};
use super::eval::host::has_holes;
use super::eval::object::{Class, Item, Obj};
use super::eval::{Evaluator, Resolver};
use super::finder::ModuleSource;
use super::formatted::in_operations;
use super::module::Module;
use super::outdated::outdated;
use super::switches::switches;
use crate::base::{FileId, Span, Spanned};
use crate::diag::{Diagnostic, Level};
use crate::ir::migration::Unread;
use crate::ir::value::{Condition, SpannedValue};
use crate::ir::{
    AppLabel, Dependency, DependencyTarget, Known, Migration, MigrationId, Operation, Unknown,
    Value,
};
use crate::parse::SyntaxError;

/// What reading a file as a migration gave.
#[derive(Debug)]
pub struct ReadMigration {
    /// `None` if the file is no migration.
    pub migration: Option<Migration>,
    /// Syntax errors, and why it is no migration.
    pub diagnostics: Vec<Diagnostic>,
}

/// How much of a migration becomes IR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What state, SQL and rules need: without the options of Django's own fields that
    /// only running code reads, such as `help_text`. They are a third of what
    /// migrations say of fields.
    Schema,
    /// As [`Detail::Schema`], with what functions do that migrations call.
    Judged,
    /// All that was written.
    Whole,
}

/// Reads a file of a migrations package.
///
/// `module` is the file's dotted name (`blog.migrations.0001_initial`), for its
/// relative imports. Never fails: what is wrong is among the diagnostics, and what
/// could still be read is in the migration.
#[must_use]
pub fn read_migration(
    resolver: Resolver<'_>,
    file: FileId,
    module: &str,
    id: MigrationId,
    detail: Detail,
) -> ReadMigration {
    let source = ModuleSource {
        file,
        is_package: false,
    };
    let module = Arc::new(Module::parse(resolver.modules.files, module, source));
    let mut diagnostics: Vec<Diagnostic> = module
        .errors
        .iter()
        .map(|error| syntax_diagnostic(error, file))
        .collect();
    let mut evaluator = Evaluator::new(resolver);
    evaluator.skips_python_only = detail != Detail::Whole;
    let scope = evaluator.run_module(&module);
    let found = scope.names.borrow().get("Migration").cloned();
    let start = Span::file_start(file);
    let class = match found {
        Some(item) => match evaluator.force(&item.obj, item.span) {
            Ok(Obj::Class(class)) => Some(class),
            // Imported from where it cannot be read.
            Ok(other) => {
                let unknown = evaluator.unknown_of(&other, item.span);
                let mut migration = Migration::empty(id, item.span);
                migration.unread.push(Unread {
                    attribute: "operations",
                    is_element: false,
                    is_written: false,
                    unknown: (*unknown).clone(),
                });
                return ReadMigration {
                    migration: Some(migration),
                    diagnostics,
                };
            }
            Err(_) => None,
        },
        None => None,
    };
    let Some(class) = class else {
        if diagnostics.is_empty() {
            diagnostics.push(not_a_migration(start));
        }
        return ReadMigration {
            migration: None,
            diagnostics,
        };
    };
    let mut lowering = Lowering::new(evaluator, &id);
    lowering.with_bodies = detail == Detail::Judged;
    lowering.with_calls = detail == Detail::Whole;
    let mut migration = lowering.migration(&class, id, file);
    if let Some(migration) = migration.as_mut().filter(|_| detail == Detail::Judged) {
        migration.outdated = outdated(&module, &scope);
        migration.formatted = in_operations(&module);
        migration.switches = switches(&module, migration.operations_span);
    }
    let class_span = class.span;
    drop((lowering, scope, class));
    module.give_back();
    if migration.is_none() {
        diagnostics.push(not_a_migration(class_span));
    }
    ReadMigration {
        migration,
        diagnostics,
    }
}

/// A syntax error as a finding.
pub(crate) fn syntax_diagnostic(error: &SyntaxError, file: FileId) -> Diagnostic {
    let span = Span::new(file, error.range);
    let mut diagnostic = Diagnostic::new("syntax-error", Level::Error, span, error.message.clone())
        .here(error.label.clone());
    for (range, note) in &error.notes {
        diagnostic = diagnostic.label(Span::new(file, *range), note.clone());
    }
    match &error.help {
        Some(help) => diagnostic.help(help.clone()),
        None => diagnostic,
    }
}

fn not_a_migration(span: Span) -> Diagnostic {
    Diagnostic::new(
        "not-a-migration",
        Level::Error,
        span,
        "the file has no `Migration` class, so Django cannot load the app's migrations",
    )
    .help(
        "define `class Migration(migrations.Migration)`, or start the file's name with `_` so \
         that Django's loader passes it over",
    )
}

/// One lowering, with what the surrounding operation is known to run under.
struct Lowering<'a> {
    evaluator: Evaluator<'a>,
    /// Conditions that hold for everything inside the operation being lowered.
    ambient: Vec<Condition>,
    depth: u32,
    /// Operations whose methods are being evaluated.
    method_depth: u32,
    /// Fields whose methods are being evaluated.
    field_depth: u32,
    /// Functions are looked into as well.
    with_bodies: bool,
    /// Calls that gave dependencies are kept beside what they gave.
    with_calls: bool,
    /// The migration's own app.
    app: AppLabel,
    /// Where functions that no module names get a name, since the migration is to be
    /// written in another language.
    own_functions: Option<OwnFunctions>,
    /// Whether what comes out is to be written as a migration again.
    is_writing: bool,
}

impl<'a> Lowering<'a> {
    fn new(evaluator: Evaluator<'a>, id: &MigrationId) -> Self {
        Self {
            evaluator,
            ambient: Vec::new(),
            depth: 0,
            method_depth: 0,
            field_depth: 0,
            with_bodies: false,
            with_calls: false,
            app: id.app.clone(),
            own_functions: None,
            is_writing: false,
        }
    }
}

impl Lowering<'_> {
    fn migration(&mut self, class: &Rc<Class>, id: MigrationId, file: FileId) -> Option<Migration> {
        let ancestors = self.evaluator.ancestors(class);
        let is_django = ancestors.iter().any(
            |ancestor| matches!(ancestor, Ancestor::External(path) if django::is_migration_base(path)),
        );
        let has_content = |lowering: &mut Self| {
            ["operations", "dependencies", "replaces", "run_before"]
                .iter()
                .any(|name| lowering.evaluator.class_attribute(class, name).is_some())
        };
        if !is_django && !has_content(self) {
            return None;
        }
        let mut migration = Migration::empty(id, class.span);
        migration.file = file;
        if !is_django {
            // A base that cannot be read may bring attributes of its own.
            for ancestor in &ancestors {
                let unknown = match ancestor {
                    Ancestor::Source(_) => continue,
                    Ancestor::External(path) => Unknown::new(
                        class.span,
                        format!("its base class `{path}` could not be read"),
                    ),
                    Ancestor::Unknown(unknown) => (**unknown).clone(),
                };
                migration.unread.push(Unread {
                    attribute: "operations",
                    is_element: false,
                    is_written: false,
                    unknown,
                });
                break;
            }
        }
        self.class_attributes(class, &ancestors, &mut migration);
        // One cause may show several times, on both sides of a condition.
        let mut seen = rustc_hash::FxHashSet::default();
        migration
            .unread
            .retain(|unread| seen.insert(unread.clone()));
        // Thousands of these stay until the end of a run.
        migration.operations.shrink_to_fit();
        migration.dependencies.shrink_to_fit();
        migration.replaces.shrink_to_fit();
        migration.attributes.shrink_to_fit();
        Some(migration)
    }

    fn class_attributes(
        &mut self,
        class: &Rc<Class>,
        ancestors: &[Ancestor],
        migration: &mut Migration,
    ) {
        // Attributes of the class and of its readable bases, nearest first.
        let mut names: Vec<SmolStr> = Vec::new();
        for ancestor in ancestors {
            if let Ancestor::Source(ancestor) = ancestor {
                for name in ancestor.order.borrow().iter() {
                    if !names.contains(name) {
                        names.push(name.clone());
                    }
                }
            }
        }
        for name in names {
            let Some((item, owner)) = self.evaluator.spanned_attribute(class, &name) else {
                continue;
            };
            match name.as_str() {
                "dependencies" => {
                    migration.dependencies_span = Some(item.span);
                    self.dependencies("dependencies", &item, migration);
                }
                "run_before" => self.dependencies("run_before", &item, migration),
                "replaces" => {
                    migration.replaces_span = Some(item.span);
                    self.dependencies("replaces", &item, migration);
                }
                "operations" => {
                    migration.operations_span = Some(item.span);
                    self.operations_attribute(&item, migration);
                }
                "initial" => migration.initial = self.flag(&item),
                "atomic" => {
                    migration.atomic = self
                        .flag(&item)
                        .map(|flag| Spanned::new(flag.value, flag.span));
                }
                // What an import brings is for the body's own use.
                _ if owner.imported.contains(&name) && !decides(&name) => {}
                _ => self.other_attribute(name, &item, migration),
            }
        }
    }

    /// Other attributes are kept; methods that change what Django runs make the
    /// operations incomplete.
    fn other_attribute(&mut self, name: SmolStr, item: &Item, migration: &mut Migration) {
        if let Obj::Function(function) = &item.obj {
            if decides(&name)
                && !delegation::hands_on(function)
                && migration
                    .attributes
                    .iter()
                    .all(|(other, _)| !decides(other))
            {
                migration.unread.push(Unread {
                    attribute: "operations",
                    is_element: false,
                    is_written: false,
                    unknown: Unknown::new(
                        item.span,
                        format!("the class overrides `{name}`, which decides what is run"),
                    ),
                });
            }
            let path = Value::Path(name.clone());
            migration
                .attributes
                .push((name, Spanned::new(path, item.span)));
            return;
        }
        if name.starts_with("__") {
            return;
        }
        let value = self.value(item, value::Follow::No);
        migration.attributes.push((name, value));
    }

    fn flag(&mut self, item: &Item) -> Option<Spanned<Known<bool>>> {
        let value = self.value(item, value::Follow::Yes);
        let known = match value.value {
            Value::Bool(flag) => Known::Yes(flag),
            Value::Int(number) => Known::Yes(number != 0),
            Value::None => return None,
            Value::Unknown(unknown) => Known::No(*unknown),
            Value::Path(_) | Value::Setting(_) | Value::Object(_) => {
                let obj = self.evaluator.force(&item.obj, item.span);
                let obj = obj.unwrap_or_else(|_| item.obj.clone());
                Known::No((*self.evaluator.unknown_of(&obj, item.span)).clone())
            }
            _ => Known::No(Unknown::new(item.span, "it is not a boolean")),
        };
        Some(Spanned::new(known, item.span))
    }

    /// The elements of a class attribute, with conditions taken off and noted.
    fn elements(&mut self, item: &Item) -> Result<Elements, Unknown> {
        match self.evaluator.iterate(&item.obj, item.span) {
            Ok(Ok(items)) => Ok(items
                .into_iter()
                .filter_map(conditional_item as Conditional)),
            Ok(Err(unknown)) => Err((*unknown).clone()),
            Err(exception) => Err(exception.into_unknown()),
        }
    }

    fn dependencies(&mut self, attribute: &'static str, item: &Item, migration: &mut Migration) {
        let elements = match self.elements(item) {
            Ok(elements) => elements,
            Err(unknown) => {
                migration.unread.push(Unread {
                    attribute,
                    is_element: false,
                    is_written: false,
                    unknown,
                });
                return;
            }
        };
        for (element, condition) in elements {
            let read = match condition {
                Some(Condition::Unknown(unknown)) => Err(unknown),
                Some(_) => Err(Unknown::new(
                    element.span,
                    "it is there only under a condition",
                )),
                None => self.dependency(&element),
            };
            match read {
                Ok(target) => {
                    let dependency = Dependency {
                        target,
                        call: self.call_behind(&element),
                        span: element.span,
                    };
                    match attribute {
                        "dependencies" => migration.dependencies.push(dependency),
                        "run_before" => migration.run_before.push(dependency),
                        _ => migration.replaces.push(dependency),
                    }
                }
                Err(unknown) => {
                    let computed = self.computed(attribute, &element);
                    migration.unread.push(Unread {
                        attribute,
                        is_element: true,
                        is_written: computed.is_some(),
                        unknown,
                    });
                    migration.dependencies.extend(computed);
                }
            }
        }
    }

    /// What stands for a dependency that only running code can tell, if it is a call
    /// whose arguments are known.
    fn computed(&mut self, attribute: &'static str, element: &Item) -> Option<Dependency> {
        if attribute != "dependencies" {
            return None;
        }
        Some(Dependency {
            target: DependencyTarget::Computed(self.call(element)?),
            call: None,
            span: element.span,
        })
    }

    /// The call that an entry came from, if it is to be kept.
    fn call_behind(&mut self, element: &Item) -> Option<Box<SpannedValue>> {
        let Obj::Call(call) = &element.obj else {
            return None;
        };
        let is_swappable =
            matches!(&call.callee, Obj::Ref(path) if django::is_swappable_dependency(path));
        if !self.with_calls || is_swappable {
            return None;
        }
        self.call(element)
    }

    /// A call as it was written, if its arguments are known.
    fn call(&mut self, item: &Item) -> Option<Box<SpannedValue>> {
        if !matches!(item.obj, Obj::Call(_)) {
            return None;
        }
        let call = self.value(item, value::Follow::No);
        let is_whole =
            matches!(call.value, Value::Object(_)) && call.value.first_unknown().is_none();
        is_whole.then(|| Box::new(call))
    }

    fn dependency(&mut self, item: &Item) -> Result<DependencyTarget, Unknown> {
        let obj = self
            .evaluator
            .force(&item.obj, item.span)
            .map_err(super::eval::Exception::into_unknown)?;
        if let Obj::Call(call) = &obj
            && let Obj::Ref(path) = &call.callee
            && django::is_swappable_dependency(path)
            && let Some(model) = call.args.positional.first()
        {
            return self.swappable(model);
        }
        let (app, name) = self.pair(&obj, item.span, "it is not a pair of app and name")?;
        let app = self.text(&app)?;
        let name = self.text(&name)?;
        Ok(DependencyTarget::migration(&app, &name))
    }

    /// The two elements of a tuple or list.
    fn pair(
        &mut self,
        obj: &Obj,
        span: Span,
        otherwise: &'static str,
    ) -> Result<(Item, Item), Unknown> {
        if let Obj::Tuple(items) = obj
            && let [first, second] = items.as_slice()
        {
            return Ok((first.clone(), second.clone()));
        }
        let parts = self
            .evaluator
            .iterate(obj, span)
            .map_err(super::eval::Exception::into_unknown)?
            .map_err(|unknown| (*unknown).clone())?;
        <[Item; 2]>::try_from(parts)
            .map(|[first, second]| (first, second))
            .map_err(|_| Unknown::new(span, otherwise))
    }

    /// `swappable_dependency(settings.AUTH_USER_MODEL)`.
    fn swappable(&mut self, model: &Item) -> Result<DependencyTarget, Unknown> {
        let setting = match &model.obj {
            Obj::Setting(name) => name.clone(),
            _ => SmolStr::default(),
        };
        let known = self.text(model);
        match known {
            Ok(text) => Ok(DependencyTarget::Swappable {
                setting,
                model: Known::Yes(text),
            }),
            Err(unknown) if !setting.is_empty() => Ok(DependencyTarget::Swappable {
                setting,
                model: Known::No(unknown),
            }),
            Err(unknown) => Err(unknown),
        }
    }

    /// A string; bytes count too, as old migrations of Python 2 have them.
    fn text(&mut self, item: &Item) -> Result<SmolStr, Unknown> {
        if let Obj::Str(text) = &item.obj
            && !has_holes(text)
        {
            return Ok(text.clone());
        }
        let obj = self
            .evaluator
            .force(&item.obj, item.span)
            .map_err(super::eval::Exception::into_unknown)?;
        match &obj {
            Obj::Str(text) if has_holes(text) => Err(Unknown::new(
                item.span,
                "it is known only to the running migration",
            )),
            Obj::Str(text) => Ok(text.clone()),
            Obj::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Ok(SmolStr::new(text)),
                Err(_) => Err(Unknown::new(item.span, "the bytes are not UTF-8")),
            },
            Obj::Member(member) => {
                let value = member.value.clone();
                self.text(&value)
            }
            Obj::Guarded(inner) if self.ambient.contains(&inner.condition) => {
                let inner = inner.item.clone();
                self.text(&inner)
            }
            Obj::Unknown(unknown) => Err((**unknown).clone()),
            Obj::Ref(_) | Obj::Setting(_) | Obj::Call(_) | Obj::Cond(_) => {
                Err((*self.evaluator.unknown_of(&obj, item.span)).clone())
            }
            _ => Err(Unknown::new(item.span, "it is not a string")),
        }
    }

    fn operations_attribute(&mut self, item: &Item, migration: &mut Migration) {
        match self.elements(item) {
            Ok(elements) => {
                migration.operations.reserve_exact(at_most(&elements));
                for (element, condition) in elements {
                    self.operation_element(&element, condition, migration);
                }
            }
            Err(unknown) => migration.unread.push(Unread {
                attribute: "operations",
                is_element: false,
                is_written: false,
                unknown,
            }),
        }
    }

    fn operation_element(
        &mut self,
        element: &Item,
        condition: Option<Condition>,
        migration: &mut Migration,
    ) {
        if let Err(unknown) = self.operation(element, condition, &mut migration.operations) {
            migration.unread.push(Unread {
                attribute: "operations",
                is_element: true,
                is_written: false,
                unknown,
            });
        }
    }

    /// Nested operations of `SeparateDatabaseAndState` and `state_operations`.
    fn nested_operations(&mut self, item: &Item) -> Result<Vec<Operation>, Unknown> {
        if matches!(item.obj, Obj::None) {
            return Ok(Vec::new());
        }
        let mut out = Vec::new();
        for (element, condition) in self.elements(item)? {
            self.operation(&element, condition, &mut out)?;
        }
        Ok(out)
    }
}

/// Whether a method decides what Django runs of a migration.
fn decides(name: &str) -> bool {
    matches!(name, "__init__" | "apply" | "unapply" | "mutate_state")
}

/// Elements with the conditions under which they are there.
type Elements = std::iter::FilterMap<std::vec::IntoIter<Item>, Conditional>;
type Conditional = fn(Item) -> Option<(Item, Option<Condition>)>;

/// How many elements there are at most.
fn at_most(elements: &Elements) -> usize {
    elements.size_hint().1.unwrap_or_default()
}

/// An element and the condition under which it is there; `None` if it never is.
fn conditional_item(item: Item) -> Option<(Item, Option<Condition>)> {
    let mut item = item;
    let mut conditions: Vec<Condition> = Vec::new();
    while let Obj::Guarded(inner) = &item.obj {
        if fails(&conditions, &inner.condition) {
            return None;
        }
        if !holds(&conditions, &inner.condition) {
            conditions.push(inner.condition.clone());
        }
        item = inner.item.clone();
    }
    let condition = match conditions.len() {
        0 => None,
        1 => conditions.pop(),
        _ => Some(Condition::All(conditions)),
    };
    Some((item, condition))
}
