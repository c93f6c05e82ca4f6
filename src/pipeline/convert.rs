//! Migrations in the other language. What stays Python of a migration that becomes
//! `.mig` goes to a module beside it that Django's loader passes over.

use std::collections::BTreeSet;
use std::path::PathBuf;

use smol_str::SmolStr;

use super::{Content, Purpose, plan};
use crate::base::{FileId, Files, Span, TextRange};
use crate::diag::{Diagnostic, Level};
use crate::ir::{MigrationId, Unknown};
use crate::mig;
use crate::python::sources::Sources;
use crate::python::tree::StmtKind;
use crate::python::write::{Surroundings, write_migration};
use crate::python::{self, Bodies, Detail, Modules, Resolver, syntax_diagnostic};

/// A language of migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Mig,
    Python,
}

/// One migration in the other language.
#[derive(Debug)]
pub struct Converted {
    pub app: String,
    /// The file that it is made of.
    pub from: PathBuf,
    /// The same as shown to people.
    pub shown: String,
    /// The name of the new file, and its text.
    pub file: String,
    pub text: String,
    /// A module for what stays Python, beside it.
    pub module: Option<(String, String)>,
}

/// Converts all migrations that were asked about and are not in the language. What
/// stays as it is has a diagnostic.
#[must_use]
pub fn convert(
    to: Language,
    files: &Files,
    sources: &Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Converted> {
    let modules = Modules::new(files);
    let mut out = Vec::new();
    // Several projects may share an app's folder.
    let mut seen = BTreeSet::new();
    for project in plan(files, sources, Purpose::Check) {
        let Some(source) = sources.projects.get(project.source) else {
            continue;
        };
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
            let (Content::Folder(folder), Some(checked)) = (&app.content, &app.checked) else {
                continue;
            };
            for name in folder.names.iter().filter(|name| checked.covers(name)) {
                if folder.is_declarative(name) == (to == Language::Mig) {
                    continue;
                }
                let path = folder.file(name);
                if !seen.insert(path.clone()) {
                    continue;
                }
                let file = match source.files.load(&path) {
                    Ok(file) => file,
                    Err(diagnostic) => {
                        diagnostics.push(*diagnostic);
                        continue;
                    }
                };
                let module = format!("{}.{name}", folder.module);
                let id = MigrationId::new(app.label.as_str(), name.clone());
                let result = match to {
                    Language::Mig => to_mig(resolver, files, file, &module, &id),
                    Language::Python => to_python(resolver, file, &module, &id),
                };
                match result {
                    Ok((text, module)) => out.push(Converted {
                        app: app.label.as_str().to_owned(),
                        from: path,
                        shown: files.path(file).to_string(),
                        file: match to {
                            Language::Mig => format!("{name}.mig"),
                            Language::Python => format!("{name}.py"),
                        },
                        text,
                        module,
                    }),
                    Err(found) => diagnostics.extend(found),
                }
            }
        }
    }
    out
}

type Text = (String, Option<(String, String)>);

fn to_mig(
    resolver: Resolver<'_>,
    files: &Files,
    file: FileId,
    module: &str,
    id: &MigrationId,
) -> Result<Text, Vec<Diagnostic>> {
    let written = python::read_written(resolver, file, module, id.clone()).map_err(|errors| {
        if errors.is_empty() {
            return vec![left(Span::file_start(file), "the file is no migration")];
        }
        errors
            .iter()
            .map(|error| syntax_diagnostic(error, file))
            .collect()
    })?;
    let text = mig::write(&written).map_err(|obstacles| obstacles_told(&obstacles))?;
    let moved = text.needs_module.map(|name: SmolStr| {
        let rest = without_migration(&files.text(file), &written.statements);
        (format!("{name}.py"), rest)
    });
    Ok((text.text, moved))
}

fn to_python(
    resolver: Resolver<'_>,
    file: FileId,
    module: &str,
    id: &MigrationId,
) -> Result<Text, Vec<Diagnostic>> {
    let read = mig::read_migration(resolver, file, module, id.clone(), Detail::Whole);
    if !read.diagnostics.is_empty() {
        return Err(read.diagnostics);
    }
    let Some(migration) = read.migration else {
        return Err(vec![left(
            Span::file_start(file),
            "the file is no migration",
        )]);
    };
    let finder = resolver.finder;
    let is_module = |name: &str| finder.find(name).map(|_| true);
    let surroundings = Surroundings {
        is_module: &is_module,
        inline: None,
    };
    write_migration(&migration, surroundings)
        .map(|text| (text, None))
        .map_err(|obstacles| obstacles_told(&obstacles))
}

/// The text of the module beside a converted migration: its own with some statements
/// ([`python::Written::statements`]) in place of its `Migration` class.
#[must_use]
pub fn without_migration(text: &str, statements: &[String]) -> String {
    let parsed = python::parse_module(text, Bodies::Skip);
    let tree = &parsed.tree;
    let mut out = String::new();
    let mut from = 0;
    for id in tree.list(tree.body) {
        let statement = tree.stmt(*id);
        if let StmtKind::ClassDef { name, .. } = statement.kind
            && name.text(text) == "Migration"
        {
            out.push_str(TextRange::new(from, statement.range.start).text(text));
            out.push_str(&statements.join("\n\n\n"));
            from = statement.range.end;
        }
    }
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    out.push_str(TextRange::new(from, end).text(text));
    let mut out = out.trim_end().to_owned();
    out.push('\n');
    out
}

fn obstacles_told(obstacles: &[Unknown]) -> Vec<Diagnostic> {
    let mut out: Vec<Diagnostic> = Vec::new();
    for obstacle in obstacles {
        let diagnostic = left(obstacle.span, &obstacle.reason);
        if !out.contains(&diagnostic) {
            out.push(diagnostic);
        }
    }
    out
}

/// Why a migration stays as it is.
fn left(span: Span, reason: &str) -> Diagnostic {
    Diagnostic::new(
        "unconverted-migration",
        Level::Error,
        span,
        format!("the migration stays as it is: {reason}"),
    )
}
