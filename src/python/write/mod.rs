//! Migrations as Python source: the other way of reading them.
//!
//! The text is what Django's `MigrationWriter` makes of the same migration, without
//! its header: the same imports, quoting and layout. It differs where that writer
//! loses or turns round what was there: `run_before`, `atomic`, further attributes
//! and `elidable` are written, and lists keep their order.
//! Source: `django/db/migrations/{writer,serializer}.py`, 5.2.
//!
//! What the IR does not know is never left out: it is told as [`Unwritable`], and
//! there is no text.

mod condition;
mod database;
mod name;
mod operation;
mod operator;
mod value;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use smol_str::SmolStr;

use crate::base::Span;
use crate::ir::{Dependency, DependencyTarget, Known, Migration, Operation, Unknown, Value};

/// Several names of this package are imported on one line.
const FROM_DATABASE: &str = "from django.db import ";

/// What a migration's source refers to by bare names, since it stands in the file.
#[derive(Debug, Clone, Copy)]
pub struct Inline<'a> {
    /// The dotted name under which values name it: `blog.migrations._0004_fill`.
    pub module: &'a str,
    /// Its source, to stand before the `Migration` class.
    pub text: &'a str,
}

/// What the writer asks of its surroundings.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Whether a dotted name is a module of the project or its Python environment:
    /// `Some(false)` if what it belongs to is at hand and it is none, `None` if
    /// nothing is known of it.
    pub is_module: &'a dyn Fn(&str) -> Option<bool>,
    pub inline: Option<Inline<'a>>,
}

/// A place that cannot be written, and why. Worded to follow "because".
pub type Unwritable = Unknown;

/// A migration as the text of a Python module.
///
/// # Errors
/// All places that prevent it, in order.
pub fn write_migration(
    migration: &Migration,
    surroundings: Surroundings<'_>,
) -> Result<String, Vec<Unwritable>> {
    let mut writer = Writer {
        surroundings,
        imports: BTreeSet::new(),
        unwritable: Vec::new(),
    };
    let text = writer.module(migration);
    if writer.unwritable.is_empty() {
        Ok(text)
    } else {
        Err(writer.unwritable)
    }
}

/// An operation as text that is the same however it was laid out, with what cannot be
/// written left out and named.
#[must_use]
pub fn write_operation(operation: &Operation) -> (String, Vec<Unwritable>) {
    let mut writer = Writer {
        surroundings: Surroundings {
            is_module: &|_| None,
            inline: None,
        },
        imports: BTreeSet::new(),
        unwritable: Vec::new(),
    };
    let mut text = writer.operation(operation, 0).join("\n");
    if let Some(condition) = &operation.condition {
        let condition = writer.condition(condition);
        let _ = write!(text, " if {condition}");
    }
    (text, writer.unwritable)
}

struct Writer<'a> {
    surroundings: Surroundings<'a>,
    /// Whole lines.
    imports: BTreeSet<SmolStr>,
    unwritable: Vec<Unwritable>,
}

impl Writer<'_> {
    fn fail(&mut self, span: Span, reason: impl Into<SmolStr>) {
        self.unwritable.push(Unknown::new(span, reason));
    }

    fn import(&mut self, line: impl Into<SmolStr>) {
        self.imports.insert(line.into());
    }

    fn module(&mut self, migration: &Migration) -> String {
        for unread in migration.unread.iter().filter(|it| !it.is_written) {
            self.unwritable.push(unread.unknown.clone());
        }
        let mut attributes = String::new();
        self.attributes(migration, &mut attributes);
        let operations = self.operations(&migration.operations);
        for (name, value) in &migration.attributes {
            if self.is_imported(name) {
                let reason = format!("the attribute `{name}` hides the module of that name");
                self.fail(value.span, reason);
            }
        }

        let mut out = self.import_lines();
        if let Some(inline) = self.surroundings.inline {
            out.push_str("\n\n");
            out.push_str(inline.text.trim_matches('\n'));
            out.push('\n');
        }
        out.push_str("\n\nclass Migration(migrations.Migration):\n");
        out.push_str(&attributes);
        if !attributes.is_empty() {
            out.push('\n');
        }
        out.push_str(&operations);
        out
    }

    /// All attributes but `operations`, a blank line before each.
    fn attributes(&mut self, migration: &Migration, out: &mut String) {
        if !migration.replaces.is_empty() {
            let items: Vec<String> = migration
                .replaces
                .iter()
                .map(|dependency| self.dependency(dependency))
                .collect();
            let _ = writeln!(out, "\n    replaces = [{}]", items.join(", "));
        }
        for (name, flag) in [
            ("initial", &migration.initial),
            ("atomic", &migration.atomic),
        ] {
            match flag.as_ref().map(|flag| &flag.value) {
                None => {}
                Some(Known::Yes(true)) => {
                    let _ = writeln!(out, "\n    {name} = True");
                }
                Some(Known::Yes(false)) => {
                    let _ = writeln!(out, "\n    {name} = False");
                }
                Some(Known::No(unknown)) => self.unwritable.push(unknown.clone()),
            }
        }
        for (name, value) in &migration.attributes {
            if value.value == Value::Path(name.clone()) {
                self.fail(value.span, format!("the class defines the method `{name}`"));
                continue;
            }
            let text = self.value(value);
            let _ = writeln!(out, "\n    {name} = {text}");
        }
        self.dependency_list("dependencies", &migration.dependencies, out);
        if !migration.run_before.is_empty() {
            self.dependency_list("run_before", &migration.run_before, out);
        }
    }

    fn dependency_list(&mut self, name: &str, dependencies: &[Dependency], out: &mut String) {
        let _ = writeln!(out, "\n    {name} = [");
        for dependency in dependencies {
            let item = self.dependency(dependency);
            let _ = writeln!(out, "        {item},");
        }
        out.push_str("    ]\n");
    }

    fn dependency(&mut self, dependency: &Dependency) -> String {
        if let Some(call) = &dependency.call {
            return self.value(call);
        }
        match &dependency.target {
            DependencyTarget::Migration(id) => format!(
                "({}, {})",
                value::text(id.app.as_str()),
                value::text(id.name.as_str())
            ),
            DependencyTarget::Swappable { setting, model } => {
                let model = if setting.is_empty() {
                    match model {
                        Known::Yes(model) => value::text(model),
                        Known::No(unknown) => {
                            self.unwritable.push(unknown.clone());
                            String::new()
                        }
                    }
                } else {
                    self.import("from django.conf import settings");
                    format!("settings.{setting}")
                };
                format!("migrations.swappable_dependency({model})")
            }
            DependencyTarget::Computed(call) => self.value(call),
        }
    }

    /// Whether an import binds a name. In the class an attribute would come before it.
    fn is_imported(&self, name: &str) -> bool {
        self.imports.iter().any(|line| {
            let bound = match line.split_once(" import ") {
                Some((_, bound)) => bound,
                None => line.strip_prefix("import ").unwrap_or(line),
            };
            bound.split('.').next() == Some(name)
        })
    }

    /// `operations`, and what is added to it under conditions, which Django's writer has
    /// no form for.
    fn operations(&mut self, operations: &[Operation]) -> String {
        let mut out = String::new();
        let mut rest = operations;
        loop {
            let condition = rest.first().and_then(|first| first.condition.as_ref());
            let alike = |operation: &&Operation| operation.condition.as_ref() == condition;
            let (part, after) = rest.split_at(rest.iter().take_while(alike).count());
            let depth = match condition {
                None if out.is_empty() => {
                    out.push_str("    operations = [\n");
                    1
                }
                None => {
                    out.push_str("\n    operations += [\n");
                    1
                }
                Some(condition) => {
                    if out.is_empty() {
                        out.push_str("    operations = []\n");
                    }
                    let condition = self.condition(condition);
                    let _ = write!(out, "\n    if {condition}:\n        operations += [\n");
                    2
                }
            };
            for operation in part {
                for line in self.operation(operation, depth + 1) {
                    out.push_str(&line);
                    out.push('\n');
                }
            }
            let _ = writeln!(out, "{:1$}]", "", depth * 4);
            if after.is_empty() {
                return out;
            }
            rest = after;
        }
    }

    /// `import` lines, then `from` lines, each by what is imported.
    fn import_lines(&self) -> String {
        let (of_database, others): (Vec<&str>, Vec<&str>) = self
            .imports
            .iter()
            .map(SmolStr::as_str)
            .partition(|line| line.starts_with(FROM_DATABASE));
        let mut names: Vec<&str> = of_database
            .iter()
            .filter_map(|line| line.strip_prefix(FROM_DATABASE))
            .chain(["migrations"])
            .collect();
        names.sort_unstable();
        let database = format!("{FROM_DATABASE}{}", names.join(", "));
        let mut lines: Vec<&str> = others;
        lines.push(&database);
        lines.sort_by_key(|line| {
            let mut words = line.split(' ');
            (words.next() == Some("from"), words.next())
        });
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}
