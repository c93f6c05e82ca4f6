//! Migrations as they were written: what Django's constructors are called with, with
//! no name followed, for those that write them in another language.

use std::rc::Rc;
use std::sync::Arc;

use smol_str::SmolStr;

use super::super::django;
use super::super::eval::class::Ancestor;
use super::super::eval::object::{Item, Obj};
use super::super::eval::{Evaluator, Resolver};
use super::super::finder::ModuleSource;
use super::super::module::Module;
use super::own_functions::OwnFunctions;
use super::value::Follow;
use super::{Description, Lowering, decides};
use crate::base::{FileId, Span, Spanned};
use crate::ir::value::{Condition, SpannedValue};
use crate::ir::{MigrationId, Unknown, Value};
use crate::parse::SyntaxError;

/// A migration as written. Each operation is a [`Value::Object`] unless it is among
/// the obstacles.
#[derive(Debug)]
pub struct Written {
    pub id: MigrationId,
    /// The file as Python would import it: `blog.migrations.0002_slug`.
    pub module: SmolStr,
    pub span: Span,
    pub initial: Option<SpannedValue>,
    pub atomic: Option<SpannedValue>,
    pub dependencies: Vec<SpannedValue>,
    pub run_before: Vec<SpannedValue>,
    pub replaces: Vec<SpannedValue>,
    pub operations: Vec<WrittenOperation>,
    /// Other class attributes, in order.
    pub attributes: Vec<(SmolStr, SpannedValue)>,
    /// Statements that have to stand in the migration's own module in place of its class.
    pub statements: Vec<String>,
    /// A value was computed from the settings, and is written as it came out.
    pub asked_settings: bool,
    /// What cannot be written in another language, each with its place.
    pub obstacles: Vec<Unknown>,
}

/// An operation, and on which databases it is there.
#[derive(Debug)]
pub struct WrittenOperation {
    pub value: SpannedValue,
    pub condition: Option<Condition>,
}

impl Written {
    /// One without anything in it.
    #[must_use]
    pub fn new(id: MigrationId, module: &str, span: Span) -> Self {
        Self {
            id,
            module: SmolStr::new(module),
            span,
            initial: None,
            atomic: None,
            dependencies: Vec::new(),
            run_before: Vec::new(),
            replaces: Vec::new(),
            operations: Vec::new(),
            attributes: Vec::new(),
            statements: Vec::new(),
            asked_settings: false,
            obstacles: Vec::new(),
        }
    }
}

/// Reads a Python file.
///
/// # Errors
/// The syntax errors of the file; none if it is no migration.
pub fn read_written(
    resolver: Resolver<'_>,
    file: FileId,
    module: &str,
    id: MigrationId,
) -> Result<Written, Vec<SyntaxError>> {
    let source = ModuleSource {
        file,
        is_package: false,
    };
    let parsed = Arc::new(Module::parse(resolver.modules.files, module, source));
    if !parsed.errors.is_empty() {
        return Err(parsed.errors.clone());
    }
    let mut evaluator = Evaluator::new(resolver);
    let scope = evaluator.run_module(&parsed);
    let found = scope.names.borrow().get("Migration").cloned();
    let Some(Item {
        obj: Obj::Class(class),
        ..
    }) = found
    else {
        return Err(Vec::new());
    };
    let mut lowering = Lowering::new(evaluator, &id);
    let own = OwnFunctions::new(Arc::clone(&parsed), Rc::clone(&scope), Rc::clone(&class));
    lowering.own_functions = Some(own);
    lowering.is_writing = true;
    let mut out = Written::new(id, module, class.span);
    let is_django = lowering
        .evaluator
        .ancestors(&class)
        .iter()
        .all(|ancestor| match ancestor {
            Ancestor::Source(own) => Rc::ptr_eq(own, &class),
            Ancestor::External(path) => django::is_migration_base(path) || path == "object",
            Ancestor::Unknown(_) => false,
        });
    if !is_django {
        out.obstacles.push(Unknown::new(
            class.span,
            "the class extends another one than `migrations.Migration`",
        ));
    }
    let names: Vec<SmolStr> = class.order.borrow().clone();
    for name in names {
        let Some(item) = class.attributes.borrow().get(&name).cloned() else {
            continue;
        };
        let is_helper = class.imported.contains(&name) && !decides(&name);
        if !is_helper || is_of_django(&name) {
            lowering.attribute(name, &item, &mut out);
        }
    }
    lowering.find_obstacles(&mut out);
    out.asked_settings = lowering.evaluator.asked_setting.get();
    if let Some(own) = &lowering.own_functions {
        out.statements = own.statements();
    }
    Ok(out)
}

/// A described migration as written.
pub(crate) fn write_description(
    resolver: Resolver<'_>,
    description: Description,
    module: &str,
    id: MigrationId,
) -> Written {
    let mut lowering = Lowering::new(Evaluator::new(resolver), &id);
    lowering.is_writing = true;
    let span = description.span;
    let mut out = Written::new(id, module, span);
    let flag = |flag: Option<Spanned<bool>>| flag.map(|flag| flag.map(Value::Bool));
    out.initial = flag(description.initial);
    out.atomic = flag(description.atomic);
    out.obstacles
        .extend(description.unread.into_iter().map(|unread| unread.unknown));
    let lists = [
        ("dependencies", description.dependencies),
        ("run_before", description.run_before),
        ("replaces", description.replaces),
        ("operations", description.operations),
    ];
    for (name, items) in lists {
        let list = Item::new(Obj::list(items), span);
        lowering.attribute(SmolStr::new_static(name), &list, &mut out);
    }
    for (name, item) in description.attributes {
        let value = lowering.value(&item, Follow::No);
        out.attributes.push((name, value));
    }
    lowering.find_obstacles(&mut out);
    out
}

/// Attributes that Django gives a meaning to.
fn is_of_django(name: &str) -> bool {
    matches!(
        name,
        "initial" | "atomic" | "dependencies" | "run_before" | "replaces" | "operations"
    )
}

impl Lowering<'_> {
    fn attribute(&mut self, name: SmolStr, item: &Item, out: &mut Written) {
        match name.as_str() {
            "initial" => out.initial = Some(self.value(item, Follow::No)),
            "atomic" => out.atomic = Some(self.value(item, Follow::No)),
            "dependencies" => out.dependencies = self.written_list(item, &mut out.obstacles),
            "run_before" => out.run_before = self.written_list(item, &mut out.obstacles),
            "replaces" => out.replaces = self.written_list(item, &mut out.obstacles),
            "operations" => self.written_operations(item, out),
            _ if name.starts_with("__") && !matches!(item.obj, Obj::Function(_)) => {}
            _ => {
                let obstacle = match (&item.obj, &mut self.own_functions) {
                    (Obj::Function(_), Some(own)) if !decides(&name) => {
                        own.move_attribute(&name, item.span).err()
                    }
                    (Obj::Function(_) | Obj::Class(_), _) => Some(Unknown::new(
                        item.span,
                        format!("the class defines `{name}`"),
                    )),
                    _ => None,
                };
                if let Some(obstacle) = obstacle {
                    return out.obstacles.push(obstacle);
                }
                let value = self.value(item, Follow::No);
                out.attributes.push((name, value));
            }
        }
    }

    fn written_operations(&mut self, item: &Item, out: &mut Written) {
        let elements = match self.elements(item) {
            Ok(elements) => elements,
            Err(unknown) => return out.obstacles.push(unknown),
        };
        for (element, condition) in elements {
            if let Some(Condition::Unknown(unknown)) = condition {
                out.obstacles.push(unknown);
                continue;
            }
            let value = self.value(&element, Follow::No);
            out.operations.push(WrittenOperation { value, condition });
        }
    }

    fn written_list(&mut self, item: &Item, obstacles: &mut Vec<Unknown>) -> Vec<SpannedValue> {
        let elements = match self.elements(item) {
            Ok(elements) => elements,
            Err(unknown) => {
                obstacles.push(unknown);
                return Vec::new();
            }
        };
        let mut out = Vec::new();
        for (element, condition) in elements {
            if condition.is_some() {
                obstacles.push(Unknown::new(
                    element.span,
                    "it is there only under a condition",
                ));
                continue;
            }
            out.push(self.value(&element, Follow::No));
        }
        out
    }

    /// Unknowns anywhere inside.
    fn find_obstacles(&self, out: &mut Written) {
        let lists = [&out.dependencies, &out.run_before, &out.replaces];
        let all = lists
            .into_iter()
            .flatten()
            .chain(out.operations.iter().map(|operation| &operation.value))
            .chain(out.attributes.iter().map(|(_, value)| value))
            .chain(&out.initial)
            .chain(&out.atomic);
        let found: Vec<Unknown> = all
            .filter_map(|value| value.value.first_unknown().cloned())
            .collect();
        out.obstacles.extend(found);
    }
}
