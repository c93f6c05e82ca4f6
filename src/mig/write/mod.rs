//! Written migrations to `.mig`: the reverse of the lowering.
//!
//! Every construct has a short form, and an operation that has none is written as
//! `op path.of.Class(...)`. What cannot be written even so is an obstacle with its
//! place; nothing is left out. The text goes through the formatter.

mod condition;
mod dialect;
mod expression;
mod field;
mod model;
mod operation;
mod part;
mod text;

use smol_str::SmolStr;

pub use text::segment;

use expression::Position;

use super::print;
use crate::ir::value::{Object, SpannedValue};
use crate::ir::{Unknown, Value};
use crate::python::Written;

/// A migration as text.
#[derive(Debug)]
pub struct WrittenText {
    pub text: String,
    /// The migration names functions or classes of its own module, which have to move
    /// to the module of this name beside it.
    pub needs_module: Option<SmolStr>,
}

/// Writes a migration.
///
/// # Errors
/// What prevents it.
pub fn write(written: &Written) -> Result<WrittenText, Vec<Unknown>> {
    if !written.obstacles.is_empty() {
        return Err(written.obstacles.clone());
    }
    let mut writer = Writer::new(&written.module);
    let text = writer.migration(written);
    if !writer.obstacles.is_empty() {
        return Err(writer.obstacles);
    }
    let text = match print::format(&text) {
        Ok(text) => text,
        Err(why) => {
            let reason = format!("whimbrel writes it wrongly: {why:?}");
            return Err(vec![Unknown::new(written.span, reason)]);
        }
    };
    Ok(WrittenText {
        text,
        needs_module: writer.needs_module,
    })
}

/// Stands above values that Python computed from settings.
const FROZEN: &str =
    "# Some values here were computed from settings; they are written as they came out.\n";

/// The writing of one migration.
struct Writer<'w> {
    /// `blog.migrations.0002_slug`.
    module: &'w str,
    /// `blog.migrations`.
    package: &'w str,
    obstacles: Vec<Unknown>,
    needs_module: Option<SmolStr>,
}

/// Arguments of a call by name.
struct Arguments<'v> {
    given: Vec<(&'v str, &'v SpannedValue)>,
}

impl<'v> Arguments<'v> {
    /// `None` if there are more positional arguments than names, or one twice.
    fn of(object: &'v Object, parameters: &[&'static str]) -> Option<Self> {
        if object.args.len() > parameters.len() {
            return None;
        }
        let mut given: Vec<(&str, &SpannedValue)> = Vec::new();
        for (name, value) in parameters.iter().zip(&object.args) {
            given.push((name, value));
        }
        for (name, value) in &object.kwargs {
            if given.iter().any(|(known, _)| known == name) {
                return None;
            }
            given.push((name.as_str(), value));
        }
        Some(Self { given })
    }

    fn get(&self, name: &str) -> Option<&'v SpannedValue> {
        self.given
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }

    fn text(&self, name: &str) -> Option<&'v str> {
        self.get(name)?.value.as_str()
    }

    /// Whether there are only arguments of these names.
    fn only(&self, names: &[&str]) -> bool {
        self.given.iter().all(|(name, _)| names.contains(name))
    }
}

impl<'w> Writer<'w> {
    fn new(module: &'w str) -> Self {
        Self {
            module,
            package: module.rsplit_once('.').map_or("", |(package, _)| package),
            obstacles: Vec::new(),
            needs_module: None,
        }
    }

    fn migration(&mut self, written: &Written) -> String {
        let mut out = String::new();
        if written.asked_settings {
            out.push_str(FROZEN);
        }
        let app = written.id.app.as_str();
        match written.initial.as_ref().map(|value| &value.value) {
            None | Some(Value::None) => {}
            Some(Value::Bool(true)) => out.push_str("initial\n"),
            Some(Value::Bool(false)) => out.push_str("initial false\n"),
            Some(_) => self.obstacle(written.initial.as_ref(), "`initial` is no constant"),
        }
        self.replaces(written, app, &mut out);
        let after: Vec<String> = written
            .dependencies
            .iter()
            .filter_map(|value| self.dependency(value, app))
            .collect();
        list_lines("after", &after, &mut out);
        let before: Vec<String> = written
            .run_before
            .iter()
            .filter_map(|value| self.migration_ref(value, app))
            .collect();
        list_lines("before", &before, &mut out);
        match written.atomic.as_ref().map(|value| &value.value) {
            None => {}
            Some(Value::Bool(value)) => out.push_str(&format!("atomic {value}\n")),
            Some(_) => self.obstacle(written.atomic.as_ref(), "`atomic` is no constant"),
        }
        for (name, value) in &written.attributes {
            match (text::word(name), self.value(value)) {
                (Some(name), Some(value)) => out.push_str(&format!("attr {name} = {value}\n")),
                _ => self.obstacle(Some(value), "the attribute cannot be written"),
            }
        }
        if !written.operations.is_empty() && !out.is_empty() {
            out.push('\n');
        }
        self.conditional_operations(&written.operations, &mut out);
        out
    }

    fn obstacle(&mut self, value: Option<&SpannedValue>, reason: &str) {
        if let Some(value) = value {
            self.obstacles.push(Unknown::new(value.span, reason));
        }
    }

    fn replaces(&mut self, written: &Written, app: &str, out: &mut String) {
        let names: Vec<String> = written
            .replaces
            .iter()
            .filter_map(|value| self.migration_ref(value, app))
            .collect();
        match names.as_slice() {
            [] => {}
            [only] => out.push_str(&format!("replaces {only}\n")),
            _ => {
                out.push_str("replaces {\n");
                for name in names {
                    out.push_str(&format!("  {name}\n"));
                }
                out.push_str("}\n");
            }
        }
    }

    fn dependency(&mut self, value: &SpannedValue, app: &str) -> Option<String> {
        if let Value::Object(object) = &value.value
            && crate::python::django::is_swappable_dependency(&object.path)
        {
            if let ([model], []) = (object.args.as_slice(), object.kwargs.as_slice()) {
                let model = match &model.value {
                    Value::Setting(name) => Some(format!("settings.{name}")),
                    Value::Str(label) => Some(text::string(label)),
                    Value::Path(path) => self.path(path),
                    _ => None,
                };
                if let Some(model) = model {
                    return Some(format!("swappable {model}"));
                }
            }
            self.obstacle(
                Some(value),
                "the swappable model is neither a setting nor a constant",
            );
            return None;
        }
        if let Value::Object(object) = &value.value {
            let callee = self.path(&object.path);
            let call = callee.and_then(|callee| self.call(&callee, object, Position::Value));
            if call.is_none() {
                self.obstacle(
                    Some(value),
                    "what computes it has no path that can be written",
                );
            }
            return call;
        }
        self.migration_ref(value, app)
    }

    /// `("app", "name")`.
    fn migration_ref(&mut self, value: &SpannedValue, app: &str) -> Option<String> {
        let parts = match &value.value {
            Value::Tuple(parts) | Value::List(parts) => parts.as_slice(),
            _ => &[],
        };
        let [Value::Str(label), Value::Str(name)] = [
            parts.first().map(|it| &it.value),
            parts.get(1).map(|it| &it.value),
        ]
        .map(|part| part.cloned().unwrap_or(Value::None)) else {
            self.obstacle(Some(value), "it is no pair of app and name");
            return None;
        };
        let name = text::segment(&name);
        Some(if label == app {
            name
        } else {
            format!("{}.{name}", text::segment(&label))
        })
    }
}

/// `after a, b`, in as many lines as needed.
fn list_lines(word: &str, names: &[String], out: &mut String) {
    let mut line = String::new();
    for name in names {
        if !line.is_empty() && line.len() + name.len() + 2 <= print::WIDTH {
            line.push_str(", ");
            line.push_str(name);
            continue;
        }
        if !line.is_empty() {
            out.push_str(&line);
            out.push('\n');
        }
        line = format!("{word} {name}");
    }
    if !line.is_empty() {
        out.push_str(&line);
        out.push('\n');
    }
}
