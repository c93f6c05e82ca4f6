//! `whimbrel fmt`: the one style of `.mig` files.

use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use similar::TextDiff;

use super::Outcome;
use super::output::{self, Failure};
use crate::base::{FileId, Files};
use crate::diag::wording::count;
use crate::diag::{Diagnostic, Level};
use crate::mig::{self, Unformatted};
use crate::python::syntax_diagnostic;
use crate::report::full;
use crate::workspace;

/// Formats `.mig` files.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: whimbrel fmt --check .")]
pub(super) struct Args {
    /// Files, and folders with `.mig` files; `-` is standard input.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Write nothing; the exit code says whether a file would change.
    #[arg(long)]
    check: bool,
    /// Write nothing; print what would change.
    #[arg(long)]
    diff: bool,
    /// Read standard input, write standard output, and call it by this name.
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<String>,
    /// Leave out files and folders, by patterns as in `.gitignore`.
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
}

/// What became of one file.
enum Formatted {
    Same,
    Changed(String),
    Broken,
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    let files = Arc::new(Files::default());
    let is_stdin = args.paths.iter().any(|path| path == Path::new("-"));
    if is_stdin || args.stdin_filename.is_some() {
        return standard_input(args, &files);
    }
    let cwd = std::env::current_dir().map_err(|error| {
        Failure::usage(
            format!("the working directory cannot be used: {error}"),
            None,
        )
    })?;
    let found = workspace::declarative_files(&cwd, &args.paths, &args.exclude)
        .map_err(|error| Failure::Workspace(error, Arc::clone(&files)))?;
    if found.is_empty() {
        output::note("no `.mig` files were found");
        return Ok(Outcome::Fine);
    }
    let mut changed = Vec::new();
    let mut diagnostics = Vec::new();
    let mut same = 0;
    for (path, shown) in found {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                let file = files.add(shown.as_str(), "");
                let message = format!("`{shown}` cannot be read: {error}");
                diagnostics.push(Diagnostic::new(
                    "unreadable-file",
                    Level::Error,
                    crate::base::Span::file_start(file),
                    message,
                ));
                continue;
            }
        };
        let file = files.add(shown.as_str(), text.as_str());
        match format(&text, file, &mut diagnostics) {
            Formatted::Same => same += 1,
            Formatted::Broken => {}
            Formatted::Changed(formatted) => changed.push((path, shown, text, formatted)),
        }
    }
    let mut out = String::new();
    for (path, shown, before, after) in &changed {
        if args.diff {
            out.push_str(&unified(shown, before, after));
        } else if args.check {
            out.push_str(&format!("would format {shown}\n"));
        } else {
            workspace::write(path, after).map_err(|error| {
                Failure::usage(format!("`{shown}` cannot be written: {error}"), None)
            })?;
        }
    }
    output::print(&out)?;
    let outcome = report(&files, &diagnostics)?;
    let (verb, is_dry) = match args.check || args.diff {
        true => ("would be formatted", true),
        false => ("formatted", false),
    };
    output::note(&format!(
        "{} {verb}, {} left as {}",
        count(changed.len(), "file"),
        count(same, "file"),
        if same == 1 { "it is" } else { "they are" },
    ));
    if is_dry && !changed.is_empty() && outcome == Outcome::Fine {
        return Ok(Outcome::Findings);
    }
    Ok(outcome)
}

/// From standard input to standard output. A text with syntax errors is not printed.
fn standard_input(args: &Args, files: &Files) -> Result<Outcome, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::usage(format!("cannot read standard input: {error}"), None))?;
    let shown = args.stdin_filename.as_deref().unwrap_or("<stdin>");
    let file = files.add(shown, text.as_str());
    let mut diagnostics = Vec::new();
    let formatted = match format(&text, file, &mut diagnostics) {
        Formatted::Same => text.clone(),
        Formatted::Changed(formatted) => formatted,
        Formatted::Broken => {
            let mut out = Vec::new();
            full::write(
                &mut out,
                files,
                &diagnostics,
                output::colour(&std::io::stderr()),
            )?;
            output::to_stderr(&out);
            return Ok(Outcome::Findings);
        }
    };
    let is_changed = formatted != text;
    if args.diff {
        if is_changed {
            output::print(&unified(shown, &text, &formatted))?;
        }
    } else if !args.check {
        output::print(&formatted)?;
    }
    if (args.check || args.diff) && is_changed {
        return Ok(Outcome::Findings);
    }
    Ok(Outcome::Fine)
}

fn format(text: &str, file: FileId, diagnostics: &mut Vec<Diagnostic>) -> Formatted {
    match mig::format(text) {
        Ok(formatted) if formatted == text => Formatted::Same,
        Ok(formatted) => Formatted::Changed(formatted),
        Err(Unformatted::Broken(errors)) => {
            diagnostics.extend(errors.iter().map(|error| syntax_diagnostic(error, file)));
            Formatted::Broken
        }
        Err(Unformatted::Changed) => {
            let span = crate::base::Span::file_start(file);
            diagnostics.push(
                Diagnostic::new(
                    "internal-error",
                    Level::Bug,
                    span,
                    "formatting would change the meaning of the file, which is left as it is",
                )
                .help("please report this file"),
            );
            Formatted::Broken
        }
    }
}

fn report(files: &Files, diagnostics: &[Diagnostic]) -> Result<Outcome, Failure> {
    let stdout = std::io::stdout();
    let colour = output::colour(&stdout);
    let mut out = stdout.lock();
    full::write(&mut out, files, diagnostics, colour)?;
    out.flush()?;
    let worst = diagnostics.iter().map(|diagnostic| diagnostic.level).max();
    Ok(match worst {
        Some(Level::Bug) => Outcome::Failed,
        Some(_) => Outcome::Findings,
        None => Outcome::Fine,
    })
}

fn unified(shown: &str, before: &str, after: &str) -> String {
    TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(3)
        .header(shown, shown)
        .to_string()
}
