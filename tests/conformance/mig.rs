//! Python to `.mig` and on to the IR: the same as from Python directly, for every
//! migration of the packages.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value as Json;
use whimbrel::base::Files;
use whimbrel::ir::MigrationId;
use whimbrel::mig;
use whimbrel::pipeline::{self, Content, Purpose, without_migration};
use whimbrel::python::finder::{ModuleFinder, ModuleSource};
use whimbrel::python::{self, Detail, Modules, Resolver};
use whimbrel::workspace::{self, Options};

use crate::environment::{Environment, SETTINGS, further_project, project, say};
use crate::same::{difference, unmoved};
use crate::vocabulary;

/// What converting all files gave.
#[derive(Default)]
struct Converted {
    files: usize,
    python_bytes: usize,
    mig_bytes: usize,
    /// Files that stay Python, with the reason.
    left: Vec<String>,
    faults: String,
}

#[test]
fn python_to_mig_means_the_same() {
    let Some(environment) = Environment::find("python_to_mig_means_the_same") else {
        return;
    };
    let files = Arc::new(Files::default());
    let options = Options {
        cwd: project(),
        settings: Some(SETTINGS.to_owned()),
        python_env: Some(environment.root.clone()),
        ..Options::default()
    };
    let sources =
        workspace::discover(&files, &options, &[project()]).expect("the project can be read");
    let planned = pipeline::plan(&files, &sources, Purpose::Graph);
    let modules = Modules::new(&files);
    let mut out = Converted::default();
    for project in &planned {
        let source = &sources.projects[project.source];
        let resolver = Resolver {
            modules: &modules,
            finder: source.files.as_finder(),
            settings_module: source
                .settings
                .as_ref()
                .map(|settings| settings.module.as_str()),
            constants: None,
        };
        for app in &project.apps {
            let Content::Folder(folder) = &app.content else {
                continue;
            };
            for name in &folder.names {
                let file = source.files.load(&folder.file(name)).unwrap();
                let module = format!("{}.{name}", folder.module);
                let id = MigrationId::new(app.label.as_str(), name.clone());
                convert(resolver, &files, file, &module, &id, &mut out);
            }
        }
    }
    say(&format!(
        "{} files of {} converted; {} % of the bytes\n{}",
        out.files - out.left.len(),
        out.files,
        out.mig_bytes * 100 / out.python_bytes.max(1),
        out.left.join("\n")
    ));
    assert!(out.faults.is_empty(), "\n{}", out.faults);
    assert!(out.left.len() * 50 <= out.files, "more than 2 % is left");
    let enough = if further_project().is_some() { 0 } else { 400 };
    assert!(out.files > enough, "{} files", out.files);
}

fn convert(
    resolver: Resolver<'_>,
    files: &Arc<Files>,
    file: whimbrel::base::FileId,
    module: &str,
    id: &MigrationId,
    out: &mut Converted,
) {
    out.files += 1;
    let read = python::read_migration(resolver, file, module, id.clone(), Detail::Whole);
    let Some(expected) = read.migration else {
        out.left.push(format!("{id}: no migration"));
        return;
    };
    let written = match python::read_written(resolver, file, module, id.clone()) {
        Ok(written) => written,
        Err(errors) => {
            out.left.push(format!("{id}: {errors:?}"));
            return;
        }
    };
    let text = match mig::write(&written) {
        Ok(text) => text.text,
        Err(obstacles) => {
            let reasons: Vec<&str> = obstacles
                .iter()
                .map(|obstacle| obstacle.reason.as_str())
                .collect();
            out.left.push(format!("{id}: {}", reasons.join("; ")));
            return;
        }
    };
    out.python_bytes += files.text(file).len();
    out.mig_bytes += text.len();
    if mig::format(&text).as_deref() != Ok(text.as_str()) {
        let _ = writeln!(out.faults, "{id}: formatting it again changes it\n{text}");
    }
    let converted = files.add(format!("{id}.mig"), text.as_str());
    let rest = without_migration(&files.text(file), &written.statements);
    let moved = Moved {
        inner: resolver.finder,
        module: module.to_owned(),
        file: files.add(format!("{id}, what moves"), rest),
    };
    let resolver = Resolver {
        finder: &moved,
        ..resolver
    };
    let read = mig::read_migration(resolver, converted, module, id.clone(), Detail::Whole);
    for diagnostic in &read.diagnostics {
        let place = diagnostic.primary.span.range.text(&text);
        let _ = writeln!(out.faults, "{id}: {} at `{place}`", diagnostic.message);
    }
    let told = |migration: &whimbrel::ir::Migration| -> Json {
        vocabulary::migration_on("sqlite", migration)
    };
    let mut found = read.migration.as_ref().map(told).unwrap_or_default();
    let expected = told(&expected);
    take_moved(&expected, &mut found, &|name| {
        let mut statements = written.statements.iter();
        statements.any(|it| binds(it, name))
    });
    if let Some(difference) = difference("", &expected, &found) {
        let _ = writeln!(out.faults, "{id}: {difference}");
    }
}

/// A function that a statement of the class, or a lambda expression, made has a name in
/// the module beside the migration; what it is there, `round_trip` asks Django.
fn take_moved(expected: &Json, found: &mut Json, is_moved: &dyn Fn(&str) -> bool) {
    match (expected, found) {
        (Json::Object(left), Json::Object(right)) => {
            for (key, value) in right.iter_mut() {
                let Some(other) = left.get(key) else {
                    continue;
                };
                let path = value["$path"].as_str().unwrap_or_default();
                let name = path.rsplit('.').next().unwrap_or_default();
                let is_function = key == "code" || key == "reverse_code";
                if is_function && path.contains("migrations._") && is_moved(name) {
                    *value = other.clone();
                } else {
                    take_moved(other, value, is_moved);
                }
            }
        }
        (Json::Array(left), Json::Array(right)) => {
            for (other, value) in left.iter().zip(right) {
                take_moved(other, value, is_moved);
            }
        }
        _ => {}
    }
}

/// Whether a statement gives something a name: `def name(`, `name = `, `other, name = `.
fn binds(statement: &str, name: &str) -> bool {
    let (target, _) = statement.split_once('=').unwrap_or((statement, ""));
    statement.starts_with(&format!("def {name}("))
        || target.split(',').any(|part| part.trim() == name)
}

/// Finds a migration's functions in the module to which they move.
struct Moved<'a> {
    inner: &'a dyn ModuleFinder,
    module: String,
    file: whimbrel::base::FileId,
}

impl ModuleFinder for Moved<'_> {
    fn find(&self, dotted: &str) -> Option<ModuleSource> {
        if unmoved(dotted) == self.module && dotted != self.module {
            return Some(ModuleSource {
                file: self.file,
                is_package: false,
            });
        }
        self.inner.find(dotted)
    }
}
