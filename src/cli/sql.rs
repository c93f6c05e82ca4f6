//! `whimbrel sql`: what Django's `sqlmigrate` prints, with no database and no Python.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Outcome;
use super::output::{self, Failure};
use super::plan::{ProjectArgs, with_app};
use super::remarks::Remarks;
use super::sql_setup::{self, ServerArgs};
use crate::base::Files;
use crate::diag::wording::{did_you_mean, list};
use crate::graph::MigrationGraph;
use crate::ir::{AppOrigin, MigrationId, Project};
use crate::report::full::Colour;
use crate::report::sql::highlight;
use crate::schema::{History, Step};
use crate::sql::Server;
use crate::sql::catalog::Catalog;
use crate::sql::plan::{Line, PlannedMigration, Planner};

/// Prints SQL.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: whimbrel sql blog 0002 --dialect postgresql")]
pub(super) struct Args {
    /// Only this app's migrations. Default: all of the project's own apps.
    app: Option<String>,
    /// One migration by its name or the start of it, or a range: `0002..0004`, `0002..`.
    #[arg(requires = "app")]
    migration: Option<String>,
    /// All migrations of the plan, those of installed apps included.
    #[arg(long, conflicts_with = "app")]
    all: bool,
    /// Print the SQL of installed third-party apps and of Django as well.
    #[arg(long)]
    include_installed: bool,
    /// Print what undoes the migrations, the last one first.
    #[arg(long)]
    backwards: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Sql)]
    format: Format,
    /// Write one file a migration to this folder instead.
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    project: ProjectArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// As `sqlmigrate` prints it, with transaction lines.
    Sql,
    /// One JSON object a line, for each migration.
    Json,
}

/// A migration in JSON.
#[derive(Serialize)]
struct Record<'a> {
    app: &'a str,
    name: &'a str,
    dialect: &'a str,
    atomic: bool,
    forwards: Vec<&'a str>,
    backwards: Option<Vec<&'a str>>,
    placeholders: Vec<&'a str>,
}

/// A migration that is to be printed.
struct Printed<'h> {
    id: &'h MigrationId,
    is_atomic: bool,
    planned: PlannedMigration,
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    args.project.with_files_and_projects(|files, projects| {
        let chosen = with_app(projects, args.app.as_deref())?;
        let mut outcome = Outcome::Fine;
        let mut out = String::new();
        for project in chosen {
            let server = args.server.server(project)?;
            let settings = sql_setup::settings(project)?;
            let planner = Planner::new(&server, &settings);
            let history = replayed(project, &planner);
            let wanted = wanted(args, project, history.steps())?;
            let mut catalog = Catalog::default();
            let mut printed = Vec::new();
            for step in history.steps() {
                let id = &step.migration.id;
                let planned = planner.migration(step, &mut catalog);
                if wanted.contains(&id) {
                    let atomic = step.migration.atomic.as_ref();
                    let is_atomic = atomic.and_then(|flag| flag.value.known().copied());
                    printed.push(Printed {
                        id,
                        is_atomic: is_atomic.unwrap_or(true),
                        planned,
                    });
                }
            }
            if args.backwards {
                printed.reverse();
            }
            outcome = worse(outcome, tell(files, &printed, args)?);
            match &args.output {
                Some(folder) => write_files(folder, args, &server, &printed)?,
                None => {
                    for each in &printed {
                        let look = (printed.len() > 1, output::colour(&std::io::stdout()));
                        render(args, &server, each, look, &mut out)?;
                    }
                }
            }
        }
        output::print(&out)?;
        Ok(outcome)
    })
}

/// The full plan for an empty database, replayed.
pub(super) fn replayed<'p>(project: &'p Project, planner: &Planner<'_>) -> History<'p> {
    let graph = MigrationGraph::build(project);
    let decide = |condition: &_| planner.holds(condition);
    let plan = graph.full_plan();
    let migrations = plan
        .iter()
        .filter_map(|node| graph.migration(project, *node));
    History::of(project, migrations, Some(&decide))
}

const fn worse(left: Outcome, right: Outcome) -> Outcome {
    match (left, right) {
        (Outcome::Failed, _) | (_, Outcome::Failed) => Outcome::Failed,
        (Outcome::Findings, _) | (_, Outcome::Findings) => Outcome::Findings,
        (Outcome::Fine, Outcome::Fine) => Outcome::Fine,
    }
}

/// The migrations that were asked for, in the order of the plan.
fn wanted<'h>(
    args: &Args,
    project: &Project,
    steps: &'h [Step<'_>],
) -> Result<Vec<&'h MigrationId>, Failure> {
    let ids = steps.iter().map(|step| &step.migration.id);
    let Some(label) = args.app.as_deref() else {
        let is_wanted = |id: &&MigrationId| {
            args.all
                || args.include_installed
                || project
                    .app(id.app.as_str())
                    .is_some_and(|app| app.origin == AppOrigin::Project)
        };
        return Ok(ids.filter(is_wanted).collect());
    };
    let of_app: Vec<&MigrationId> = ids.filter(|id| id.app.as_str() == label).collect();
    let Some(asked) = args.migration.as_deref() else {
        return Ok(of_app);
    };
    let position = |prefix: &str| find(&of_app, label, prefix);
    let range = match asked.split_once("..") {
        None => {
            let at = position(asked)?;
            at..=at
        }
        Some((from, to)) => {
            let last = of_app.len().saturating_sub(1);
            let start = if from.is_empty() { 0 } else { position(from)? };
            start..=if to.is_empty() { last } else { position(to)? }
        }
    };
    Ok(of_app.get(range).unwrap_or_default().to_vec())
}

/// The migration of a name or of the one name that starts so, as Django's
/// `get_migration_by_prefix`.
fn find(of_app: &[&MigrationId], label: &str, prefix: &str) -> Result<usize, Failure> {
    if let Some(exact) = of_app.iter().position(|id| id.name.as_str() == prefix) {
        return Ok(exact);
    }
    let fitting: Vec<usize> = of_app
        .iter()
        .enumerate()
        .filter(|(_, id)| id.name.as_str().starts_with(prefix))
        .map(|(at, _)| at)
        .collect();
    let names: Vec<&str> = of_app.iter().map(|id| id.name.as_str()).collect();
    match fitting.as_slice() {
        [only] => Ok(*only),
        [] => {
            let help = did_you_mean(prefix, names.iter().copied()).map_or_else(
                || format!("migrations of `{label}`: {}", list(&names)),
                |near| format!("did you mean `{near}`?"),
            );
            Err(Failure::usage(
                format!("app `{label}` has no migration `{prefix}`"),
                Some(help),
            ))
        }
        several => {
            let names: Vec<&str> = several
                .iter()
                .filter_map(|at| names.get(*at).copied())
                .collect();
            Err(Failure::usage(
                format!("`{prefix}` may be {}", list(&names)),
                Some("write more of the name".to_owned()),
            ))
        }
    }
}

/// Says on standard error what is not as it should be.
fn tell(files: &Files, printed: &[Printed<'_>], args: &Args) -> Result<Outcome, Failure> {
    let mut remarks = Remarks::default();
    for each in printed {
        let subject = format!("`{}`", each.id);
        for problem in &each.planned.problems {
            remarks.problem(&subject, problem);
        }
        for placeholder in &each.planned.placeholders {
            remarks.placeholder(&subject, placeholder);
        }
        if args.backwards && each.planned.backwards.is_none() {
            remarks.absent(&format!("{subject} cannot be undone"));
        }
    }
    remarks.show(files)
}

/// Lines as they are printed: a statement may have several.
fn texts(lines: &[Line]) -> Vec<&str> {
    lines.iter().flat_map(|it| it.text().split('\n')).collect()
}

/// Adds lines of SQL, and what makes them one transaction.
pub(super) fn script(lines: &[Line], in_transaction: bool, colour: Colour, out: &mut String) {
    let mut print = |text: &str| {
        match colour {
            Colour::Always => highlight(text, out),
            Colour::Never => out.push_str(text),
        }
        out.push('\n');
    };
    let in_transaction = in_transaction && !lines.is_empty();
    if in_transaction {
        print("BEGIN;");
    }
    for line in lines {
        print(line.text());
    }
    if in_transaction {
        print("COMMIT;");
    }
}

fn render(
    args: &Args,
    server: &Server,
    each: &Printed<'_>,
    look: (bool, Colour),
    out: &mut String,
) -> Result<(), Failure> {
    let (is_named, colour) = look;
    let planned = &each.planned;
    match args.format {
        Format::Json => {
            let record = Record {
                app: each.id.app.as_str(),
                name: each.id.name.as_str(),
                dialect: server.dialect.name,
                atomic: each.is_atomic,
                forwards: texts(&planned.forwards),
                backwards: planned.backwards.as_deref().map(texts),
                placeholders: planned
                    .placeholders
                    .iter()
                    .map(|placeholder| placeholder.text.as_str())
                    .collect(),
            };
            let line = serde_json::to_string(&record).map_err(std::io::Error::from)?;
            out.push_str(&line);
            out.push('\n');
        }
        Format::Sql => {
            let lines = if args.backwards {
                planned.backwards.as_deref().unwrap_or_default()
            } else {
                &planned.forwards
            };
            if is_named {
                let line = [Line::Comment(format!("-- {}", each.id))];
                script(&line, false, colour, out);
            }
            let in_transaction = each.is_atomic && server.features.can_rollback_ddl;
            script(lines, in_transaction, colour, out);
        }
    }
    Ok(())
}

/// `DIR/app/name.sql`, each written whole or not at all.
fn write_files(
    folder: &Path,
    args: &Args,
    server: &Server,
    printed: &[Printed<'_>],
) -> Result<(), Failure> {
    let extension = match args.format {
        Format::Sql => "sql",
        Format::Json => "json",
    };
    for each in printed {
        let mut text = String::new();
        render(args, server, each, (false, Colour::Never), &mut text)?;
        let path = folder
            .join(each.id.app.as_str())
            .join(format!("{}.{extension}", each.id.name));
        output::write_file(&path, &text)?;
    }
    Ok(())
}
