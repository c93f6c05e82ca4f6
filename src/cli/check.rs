//! `whimbrel check`.

use std::io::{self, BufWriter, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use super::Outcome;
use super::baseline::BaselineArgs;
use super::explain::explain_new;
use super::load::{Asked, CompareArgs, LoadArgs, RuleArgs};
use super::output::{self, Bar, Failure};
use super::watch;
use crate::base::{Afterwards, Files};
use crate::diag::wording::count;
use crate::diag::{Diagnostic, Level};
use crate::ir::AppOrigin;
use crate::lint::Suppressed;
use crate::pipeline::{self, Analysis, Content, PlannedProject, Progress, Purpose};
use crate::python::sources::{Checked, Sources};
use crate::report::full::Colour;
use crate::report::markdown::NewMigrations;
use crate::report::summary::Summary;
use crate::report::{
    checkstyle, concise, full, github, gitlab, json, json_lines, junit, markdown, sarif, summary,
};
use crate::workspace::LARGEST_FILE;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  whimbrel check
  whimbrel check blog/migrations/0007_tags.py --output-format concise
  whimbrel check --select locking,data --fail-on error")]
pub(super) struct Args {
    /// Folders and migration files to check. The project around a file is read as
    /// context.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Check the text on standard input as if it stood in this file; all else is read from
    /// disk.
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<PathBuf>,
    /// Go on, and check again what changes.
    #[arg(long, conflicts_with = "stdin_filename")]
    watch: bool,
    /// Of `--watch`: check these files in place of the paths.
    #[arg(long, value_name = "FILE", hide = true)]
    changed: Vec<PathBuf>,
    /// How findings are written.
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "full",
        env = "WHIMBREL_OUTPUT_FORMAT"
    )]
    output_format: Format,
    /// Write the findings to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Show at most so many findings; all of them count.
    #[arg(long, value_name = "N")]
    max_diagnostics: Option<usize>,
    /// The exit code is 1 from this level on.
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = FailOn::Warning)]
    fail_on: FailOn,
    /// The exit code is 0 whatever is found.
    #[arg(long)]
    exit_zero: bool,
    /// Count findings by rule instead of showing them.
    #[arg(long)]
    statistics: bool,
    /// List the files that would be checked, with their apps, and check nothing.
    #[arg(long)]
    show_files: bool,
    #[command(flatten)]
    compare: CompareArgs,
    #[command(flatten)]
    baseline: BaselineArgs,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    load: LoadArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Source excerpts with labels, for people.
    Full,
    /// One line a finding.
    Concise,
    /// One document for tools; see docs/report.schema.json.
    Json,
    /// One JSON object a line.
    JsonLines,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit's XML.
    Junit,
    /// Checkstyle's XML.
    Checkstyle,
    /// A summary for a pull request: findings, and the SQL and locks of new migrations.
    Markdown,
}

/// From which level on a finding makes the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Info,
}

impl From<FailOn> for Level {
    fn from(level: FailOn) -> Self {
        match level {
            FailOn::Error => Self::Error,
            FailOn::Warning => Self::Warning,
            FailOn::Info => Self::Info,
        }
    }
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    if args.statistics && args.output_format == Format::Json {
        return Err(Failure::usage(
            "`--statistics` counts for people and has no JSON form",
            Some(
                "leave out `--output-format json`, or count the findings in its output".to_owned(),
            ),
        ));
    }
    let start = Instant::now();
    if args.watch {
        return watch::run(&args.paths);
    }
    let stdin = standard_input(args)?;
    let named = match &stdin {
        Some((path, _)) => vec![path.clone()],
        None => args.changed.clone(),
    };
    let paths = if named.is_empty() {
        &args.paths
    } else {
        &named
    };
    let asked = Asked {
        rules: &args.rules,
        compare: &args.compare,
        fingerprints: args.baseline.is_asked_for(),
        stdin,
    };
    args.load.with_checked(paths, asked, |files, sources| {
        notes_on_sources(args, sources);
        if args.show_files {
            let planned = pipeline::plan(files, sources, Purpose::Check);
            return output::print(&list_files(sources, &planned)).map(|()| Outcome::Fine);
        }
        let progress = Arc::new(Progress::default());
        let bar = Bar::watch(&progress);
        let purpose = match args.output_format {
            Format::Markdown => Purpose::Review,
            _ => Purpose::Check,
        };
        let mut analysis = pipeline::analyse(files, sources, purpose, Afterwards::Exit, &progress);
        drop(bar);
        analysis.scope.is_everything = is_everything(args);
        args.baseline.apply(sources, &mut analysis)?;
        let outcome = write(args, files, sources, &analysis, start);
        Afterwards::Exit.leave(analysis);
        outcome
    })?
}

/// Whether nothing but what configurations exclude is left out.
fn is_everything(args: &Args) -> bool {
    let is_here = |path: &PathBuf| path.as_os_str() == ".";
    args.paths.iter().any(is_here) && !args.compare.is_asked_for()
}

/// The text of `--stdin-filename`, with the file that it counts as.
fn standard_input(args: &Args) -> Result<Option<(PathBuf, Vec<u8>)>, Failure> {
    let is_input = |path: &PathBuf| path.as_os_str() == "-";
    let Some(path) = &args.stdin_filename else {
        return match args.paths.iter().any(is_input) {
            true => Err(Failure::usage(
                "standard input has no place in a project",
                Some("say which file it is with `--stdin-filename PATH`".to_owned()),
            )),
            false => Ok(None),
        };
    };
    let default = PathBuf::from(".");
    if let Some(other) = args
        .paths
        .iter()
        .find(|it| **it != default && !is_input(it))
    {
        return Err(Failure::usage(
            format!(
                "`--stdin-filename` checks one file, and `{}` is named as well",
                other.display()
            ),
            Some("leave the path out".to_owned()),
        ));
    }
    let mut text = Vec::new();
    io::stdin()
        .take(LARGEST_FILE + 1)
        .read_to_end(&mut text)
        .map_err(|error| Failure::usage(format!("cannot read standard input: {error}"), None))?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(Failure::usage(
            format!(
                "standard input is larger than {} MiB",
                LARGEST_FILE / (1024 * 1024)
            ),
            None,
        ));
    }
    Ok(Some((path.clone(), text)))
}

fn notes_on_sources(args: &Args, sources: &Sources) {
    if !sources.excluded.is_empty() {
        let excluded = crate::diag::wording::list(&sources.excluded);
        output::note(&format!("excluded, and not checked: {excluded}"));
    }
    for note in sources.changed.iter().flat_map(|changed| &changed.notes) {
        output::note(note);
    }
    for file in &sources.not_migrations {
        output::note(&format!("`{file}` defines no migration and is not checked"));
    }
    if sources.folders.is_empty()
        && sources.not_migrations.is_empty()
        && sources.excluded.is_empty()
        && sources.diagnostics.is_empty()
    {
        let paths: Vec<String> = args
            .paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        output::note(&format!(
            "no Django migrations at or below {}",
            crate::diag::wording::list(&paths)
        ));
    }
}

fn write(
    args: &Args,
    files: &Files,
    sources: &Sources,
    analysis: &Analysis,
    start: Instant,
) -> Result<Outcome, Failure> {
    let figures = analysis.figures;
    let figures = Summary {
        projects: figures.projects,
        apps: figures.apps,
        migrations: figures.migrations,
        operations: figures.operations,
        not_understood: figures.not_understood,
        context: figures.context,
    };
    let diagnostics = &analysis.diagnostics;
    let most = args.max_diagnostics.unwrap_or(diagnostics.len());
    let shown = diagnostics.get(..most).unwrap_or(diagnostics);
    let new = match args.output_format {
        Format::Markdown => explain_new(sources, analysis)?,
        _ => Vec::new(),
    };
    let report = Report {
        files,
        new: &new,
        shown,
        suppressed: &analysis.suppressed,
        all: diagnostics,
        figures: &figures,
        elapsed: start.elapsed(),
    };
    match &args.output_file {
        Some(path) => {
            let mut text = Vec::new();
            report.write(args, Colour::Never, &mut text)?;
            let text = String::from_utf8(text).map_err(io::Error::other)?;
            output::write_file(path, &text)?;
        }
        None => {
            let stdout = io::stdout();
            let colour = output::colour(&stdout);
            let mut out = BufWriter::with_capacity(1 << 16, stdout.lock());
            report.write(args, colour, &mut out)?;
            out.flush()?;
        }
    }
    if shown.len() < diagnostics.len() {
        output::note(&format!(
            "{} not shown, because of `--max-diagnostics`",
            count(diagnostics.len() - shown.len(), "more finding")
        ));
    }
    notes_on_projects(analysis);
    output::to_stderr(summary::closing(&figures, diagnostics, start.elapsed()).as_bytes());
    let worst = diagnostics.iter().map(|diagnostic| diagnostic.level).max();
    Ok(match worst {
        Some(Level::Bug) => Outcome::Failed,
        Some(level) if level >= args.fail_on.into() && !args.exit_zero => Outcome::Findings,
        Some(_) | None => Outcome::Fine,
    })
}

/// What is written.
struct Report<'a> {
    files: &'a Files,
    /// What is shown with its SQL.
    new: &'a [NewMigrations],
    shown: &'a [Diagnostic],
    /// What comments take away.
    suppressed: &'a [Suppressed],
    all: &'a [Diagnostic],
    figures: &'a Summary,
    elapsed: Duration,
}

impl Report<'_> {
    fn write(&self, args: &Args, colour: Colour, out: &mut dyn Write) -> io::Result<()> {
        let Self { files, shown, .. } = self;
        match args.output_format {
            _ if args.statistics => summary::write_statistics(out, self.all),
            Format::Full => full::write(out, files, shown, colour),
            Format::Concise => concise::write(out, files, shown),
            Format::Json => json::write(out, files, shown, self.figures, self.elapsed),
            Format::JsonLines => json_lines::write(out, files, shown),
            Format::Sarif => sarif::write(out, files, shown, self.suppressed),
            Format::Github => github::write(out, files, shown),
            Format::Gitlab => gitlab::write(out, files, shown),
            Format::Junit => junit::write(out, files, shown),
            Format::Checkstyle => checkstyle::write(out, files, shown),
            Format::Markdown => markdown::write(out, files, shown, self.all, self.new),
        }
    }
}

/// What could not be found, so that nobody takes silence for knowledge.
pub(super) fn notes_on_projects(analysis: &Analysis) {
    for analysed in &analysis.projects {
        if !analysed.missing_apps.is_empty() {
            output::note(&format!(
                "{} of `{}` not found: {}; name the Python environment with `--python-env`",
                count(analysed.missing_apps.len(), "installed app"),
                analysed.project.root,
                crate::diag::wording::list(&analysed.missing_apps),
            ));
        }
    }
}

/// `--show-files`: each project with its settings, each app with how its label is
/// known, each file that gets findings.
fn list_files(sources: &Sources, planned: &[PlannedProject]) -> String {
    let mut out = String::new();
    for project in planned {
        out.push_str(&project.shown);
        match (&project.settings.module, &project.settings_from) {
            (Some(module), Some(from)) => {
                out.push_str(&format!(": settings `{module}`, from {from}\n"));
            }
            _ => out.push_str(": no settings\n"),
        }
        let files = sources
            .projects
            .get(project.source)
            .map(|source| &source.files);
        for app in &project.apps {
            let (Content::Folder(folder), Some(checked)) = (&app.content, &app.checked) else {
                continue;
            };
            debug_assert!(files.is_some() && app.origin == AppOrigin::Project);
            out.push_str(&format!(
                "  {}: app `{}`, {}\n",
                folder.shown, app.label, app.reason
            ));
            for name in &folder.names {
                if matches!(checked, Checked::All) || checked.covers(name) {
                    out.push_str(&format!("    {name}.py\n"));
                }
            }
        }
    }
    out
}
