//! Python to `.mig` and on to the IR: the same as from Python directly, for every
//! migration of the packages.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use whimbrel::base::Files;
use whimbrel::ir::MigrationId;
use whimbrel::mig;
use whimbrel::pipeline::{self, Content, Purpose};
use whimbrel::python::finder::{ModuleFinder, ModuleSource};
use whimbrel::python::{self, Detail, Modules, Resolver};
use whimbrel::workspace::{self, Options};

use crate::environment::{Environment, SETTINGS, project, say};
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
    assert!(out.files > 400, "{} files", out.files);
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
    // The module to which functions of the migration move is the migration, for now.
    let moved = Moved {
        inner: resolver.finder,
        module: module.to_owned(),
        file,
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
    let found = read.migration.as_ref().map(told).unwrap_or_default();
    let expected = told(&expected);
    if let Some(difference) = difference("", &expected, &found) {
        let _ = writeln!(out.faults, "{id}: {difference}");
    }
}

/// Finds a migration's functions in the module to which they would move.
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

/// `blog.migrations.0002_fill` of `blog.migrations._0002_fill`.
fn unmoved(path: &str) -> String {
    path.replace("migrations._", "migrations.")
}

/// The first place where two values differ. The public path of a class and the one
/// where it is defined are the same, and so are all that Django takes for the same.
fn difference(place: &str, expected: &Json, found: &Json) -> Option<String> {
    match (expected, found) {
        // Named comparisons of a `Q` are its children, too.
        (Json::Object(left), Json::Object(right)) if is_q(left) && is_q(right) => {
            difference(&format!("{place}.Q"), &children(left), &children(right))
        }
        (Json::Object(left), Json::Object(right)) => {
            let keys: std::collections::BTreeSet<&String> =
                left.keys().chain(right.keys()).collect();
            keys.into_iter().find_map(|key| {
                let null = Json::Null;
                difference(
                    &format!("{place}.{key}"),
                    left.get(key).unwrap_or(&null),
                    right.get(key).unwrap_or(&null),
                )
            })
        }
        // Django makes a tuple of `fields`, and gives a model that has no base this one.
        (Json::Object(tuple), Json::Array(list))
            if place.ends_with(".fields")
                && tuple.get("$tuple") == Some(&Json::from(list.as_slice())) =>
        {
            None
        }
        (Json::Object(_), Json::Null)
            if place.ends_with(".bases")
                && *expected == json!({"$tuple": [{"$path": "django.db.models.Model"}]}) =>
        {
            None
        }
        // Django lists choices.
        (Json::Object(tuple), Json::Array(_)) if place.ends_with(".choices") => {
            difference(place, tuple.get("$tuple")?, found)
        }
        (Json::Array(left), Json::Array(right)) if left.len() == right.len() => left
            .iter()
            .zip(right)
            .enumerate()
            .find_map(|(at, (left, right))| difference(&format!("{place}[{at}]"), left, right)),
        (Json::String(left), Json::String(right)) if is_same_name(left, right) => None,
        _ if expected == found => None,
        _ => Some(format!("{place}: {expected} is now {found}")),
    }
}

fn is_q(object: &serde_json::Map<String, Json>) -> bool {
    let call = object.get("$call");
    call.and_then(|call| call["path"].as_str().or(call["class"].as_str()))
        .is_some_and(|path| path.starts_with("django.db.models") && path.ends_with(".Q"))
}

/// Arguments, then named comparisons as pairs.
fn children(q: &serde_json::Map<String, Json>) -> Json {
    let call = &q["$call"];
    let mut children = call["args"].as_array().cloned().unwrap_or_default();
    let mut own = serde_json::Map::new();
    for (name, value) in call["kwargs"].as_object().into_iter().flatten() {
        if name.starts_with('_') {
            own.insert(name.clone(), value.clone());
        } else {
            children.push(json!({"$tuple": [name, value]}));
        }
    }
    json!({"children": children, "own": own})
}

fn is_same_name(left: &str, right: &str) -> bool {
    let last = |path: &str| path.rsplit('.').next().map(str::to_owned);
    left == right
        || left == unmoved(right)
        || left.starts_with("django.") && right.starts_with("django.") && last(left) == last(right)
}
