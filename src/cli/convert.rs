//! `whimbrel convert`: migrations from one language to the other.

use std::path::{Path, PathBuf};

use smol_str::SmolStr;

use super::Outcome;
use super::load::LoadArgs;
use super::output::{self, Failure};
use crate::base::{FileId, Files, Span, TextRange};
use crate::diag::wording::count;
use crate::diag::{Diagnostic, Level};
use crate::ir::{MigrationId, Unknown};
use crate::mig;
use crate::pipeline::{self, Content, Purpose};
use crate::python::sources::Sources;
use crate::python::tree::StmtKind;
use crate::python::write::{Surroundings, write_migration};
use crate::python::{self, Bodies, Detail, Modules, Resolver, syntax_diagnostic};
use crate::report::full;

/// Converts migrations.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Migration files, or folders that hold them.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The language to write.
    #[arg(long, value_enum)]
    to: Language,
    /// Write each file beside the one that it is made of, which is removed.
    #[arg(long, conflicts_with = "output")]
    in_place: bool,
    /// Write to this folder, as `APP/NAME`, and leave the rest as it is.
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    load: LoadArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Language {
    Mig,
    Python,
}

/// One migration in the other language.
struct Converted {
    app: String,
    /// The file that it is made of.
    from: PathBuf,
    /// The same as shown to people.
    shown: String,
    /// The name of the new file, and its text.
    file: String,
    text: String,
    /// A module for what stays Python, beside it.
    module: Option<(String, String)>,
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    args.load.with_sources(&args.paths, |files, sources| {
        let mut diagnostics = Vec::new();
        let converted = convert(args.to, files, sources, &mut diagnostics);
        if converted.is_empty() && diagnostics.is_empty() {
            output::note("there is nothing to convert");
            return Ok(Outcome::Fine);
        }
        for each in &converted {
            write(args, each)?;
        }
        let mut told = Vec::new();
        full::write(
            &mut told,
            files,
            &diagnostics,
            output::colour(&std::io::stderr()),
        )?;
        output::to_stderr(&told);
        if args.in_place || args.output.is_some() {
            output::note(&format!(
                "{} converted",
                count(converted.len(), "migration")
            ));
        }
        Ok(if diagnostics.is_empty() {
            Outcome::Fine
        } else {
            Outcome::Findings
        })
    })?
}

fn convert(
    to: Language,
    files: &Files,
    sources: &Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Converted> {
    let modules = Modules::new(files);
    let mut out = Vec::new();
    for project in pipeline::plan(files, sources, Purpose::Check) {
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
        let rest = without_migration(&files.text(file));
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

/// A module's text without its `Migration` class.
fn without_migration(text: &str) -> String {
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

fn write(args: &Args, each: &Converted) -> Result<(), Failure> {
    let folder = match &args.output {
        Some(folder) => folder.join(&each.app),
        None if args.in_place => each.from.parent().unwrap_or(Path::new(".")).to_owned(),
        None => {
            output::print(&each.text)?;
            if let Some((file, _)) = &each.module {
                output::note(&format!(
                    "what stays Python of `{}` belongs into `{file}` beside it; `--in-place` and \
                     `--output` write it",
                    each.shown
                ));
            }
            return Ok(());
        }
    };
    let new = [(&each.file, &each.text)]
        .into_iter()
        .chain(each.module.iter().map(|(file, text)| (file, text)));
    let paths: Vec<(PathBuf, &String)> =
        new.map(|(file, text)| (folder.join(file), text)).collect();
    if let Some((path, _)) = paths.iter().find(|(path, _)| path.exists()) {
        return Err(Failure::usage(
            format!("`{}` is there already", path.display()),
            Some("move it away first; nothing is overwritten".to_owned()),
        ));
    }
    // What the migration needs comes first, and the old file goes last.
    for (path, text) in paths.iter().rev() {
        crate::workspace::write(path, text).map_err(|error| {
            Failure::usage(
                format!("`{}` cannot be written: {error}", path.display()),
                None,
            )
        })?;
    }
    if args.in_place {
        std::fs::remove_file(&each.from).map_err(|error| {
            Failure::usage(format!("`{}` cannot be removed: {error}", each.shown), None)
        })?;
    }
    Ok(())
}
