//! `whimbrel sql`: what Django's `sqlmigrate` prints, with no database and no Python.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;
use serde::Serialize;

use super::Outcome;
use super::output::{self, Failure};
use super::plan::{ProjectArgs, with_app};
use super::remarks::Remarks;
use super::sql_setup::{self, ServerArgs};
use crate::base::Files;
use crate::diag::wording::{all_of, did_you_mean, list};
use crate::graph::MigrationGraph;
use crate::ir::{AppOrigin, Migration, MigrationId, Project, Unknown};
use crate::report::effects;
use crate::report::full::Colour;
use crate::report::sql::highlight;
use crate::schema::History;
use crate::sql::catalog::Catalog;
use crate::sql::plan::{Line, Placeholder, PlannedMigration, Planner, for_each};
use crate::sql::{Dialect, Server};

/// Prints SQL.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  whimbrel sql blog 0002 --dialect postgresql
  whimbrel sql blog --dialect postgresql,mysql --server-version mysql=8.0 --output sql/")]
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
    /// Say of each statement what it locks and for whom, and what it reads and writes.
    #[arg(long)]
    locks: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Sql)]
    format: Format,
    /// Write one file a migration to this folder instead, below a folder a dialect where
    /// there are several.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    effects: Option<Vec<effects::Record>>,
}

/// A migration that is printed.
struct Printed {
    /// What stands for it in the output or in its file. The statements themselves are
    /// gone, so that no more of them are held than one migration has.
    text: String,
    placeholders: Vec<Placeholder>,
    problems: Vec<Unknown>,
    is_reversible: bool,
}

/// What is printed for a server, in the order in which it is.
struct ForServer {
    title: &'static str,
    heading: String,
    printed: Vec<Printed>,
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    args.project.with_files_and_projects(|files, projects| {
        let chosen = with_app(projects, args.app.as_deref())?;
        let mut outcome = Outcome::Fine;
        let mut out = String::new();
        for project in chosen {
            let servers = args.server.servers(project)?;
            let settings = sql_setup::settings(project)?;
            let plan = plan(project);
            let wanted = wanted(args, project, &plan)?;
            let looks = Looks {
                colour: match &args.output {
                    None => output::colour(&std::io::stdout()),
                    Some(_) => Colour::Never,
                },
                has_names: args.output.is_none() && wanted.len() > 1,
                has_heading: args.output.is_none() && servers.len() > 1,
            };
            let of_servers = for_each(project, &plan, &settings, &servers, |planner, history| {
                for_server(args, looks, planner, history, &wanted)
            });
            let mut ids = wanted;
            if args.backwards {
                ids.reverse();
            }
            outcome = worse(outcome, tell(files, &ids, &of_servers, args)?);
            match &args.output {
                Some(folder) => write_files(folder, args, &ids, &servers, &of_servers)?,
                None => {
                    for it in &of_servers {
                        out.push_str(&it.heading);
                        out.extend(it.printed.iter().map(|each| each.text.as_str()));
                    }
                }
            }
        }
        output::print(&out)?;
        Ok(outcome)
    })
}

/// How texts come out.
#[derive(Clone, Copy)]
struct Looks {
    colour: Colour,
    /// The name of each migration stands above it.
    has_names: bool,
    /// So does the dialect's.
    has_heading: bool,
}

/// The full plan for an empty database.
pub(super) fn plan(project: &Project) -> Vec<&Migration> {
    let graph = MigrationGraph::build(project);
    let plan = graph.full_plan();
    plan.iter()
        .filter_map(|node| graph.migration(project, *node))
        .collect()
}

fn for_server(
    args: &Args,
    looks: Looks,
    planner: &Planner<'_>,
    history: &History<'_>,
    wanted: &[&MigrationId],
) -> ForServer {
    let wanted: FxHashSet<&MigrationId> = wanted.iter().copied().collect();
    let server = planner.server();
    let needs_backwards = args.backwards || args.format == Format::Json;
    let mut printed = Vec::with_capacity(wanted.len());
    plan_wanted(
        planner,
        history,
        &wanted,
        needs_backwards,
        |migration, planned| {
            printed.push(Printed {
                text: text(args, looks, server, migration, &planned),
                is_reversible: planned.backwards.is_some(),
                placeholders: planned.placeholders,
                problems: planned.problems,
            });
        },
    );
    if args.backwards {
        printed.reverse();
    }
    let mut heading = String::new();
    if looks.has_heading && args.format == Format::Sql {
        let Dialect { name, title, .. } = server.dialect;
        let line = format!("-- {title} {} (dialect `{name}`)", server.version);
        let rule = format!("-- {}", "=".repeat(line.len() - 3));
        let lines = [&rule, &line, &rule].map(|line| Line::Comment(line.clone()));
        script(&lines, false, looks.colour, &mut heading);
    }
    ForServer {
        title: server.dialect.title,
        heading,
        printed,
    }
}

/// Plans the wanted migrations in their order, and hands each over at once, so that no
/// more statements are held than one migration has.
pub(super) fn plan_wanted(
    planner: &Planner<'_>,
    history: &History<'_>,
    wanted: &FxHashSet<&MigrationId>,
    needs_backwards: bool,
    mut each: impl FnMut(&Migration, PlannedMigration),
) {
    let mut catalog = Catalog::default();
    let mut left = wanted.len();
    for step in history.steps() {
        if left == 0 {
            break;
        }
        if !wanted.contains(&step.migration.id) {
            // Only for what the database holds after it.
            let _ = planner.without_text().forwards(step, &mut catalog);
            continue;
        }
        left -= 1;
        let planned = if needs_backwards {
            planner.migration(step, &mut catalog)
        } else {
            let forwards = planner.forwards(step, &mut catalog);
            PlannedMigration {
                forwards: forwards.lines,
                backwards: None,
                placeholders: forwards.placeholders,
                problems: forwards.problems,
            }
        };
        each(step.migration, planned);
    }
}

/// Whether a server runs a migration in one transaction.
pub(super) fn is_in_transaction(server: &Server, migration: &Migration) -> bool {
    server.features.can_rollback_ddl && is_atomic(migration)
}

fn is_atomic(migration: &Migration) -> bool {
    let atomic = migration.atomic.as_ref();
    let flag = atomic.and_then(|flag| flag.value.known().copied());
    flag.unwrap_or(true)
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
    plan: &[&'h Migration],
) -> Result<Vec<&'h MigrationId>, Failure> {
    let ids = plan.iter().map(|migration| &migration.id);
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

/// Says on standard error what is not as it should be: what holds for all servers once.
fn tell(
    files: &Files,
    ids: &[&MigrationId],
    of_servers: &[ForServer],
    args: &Args,
) -> Result<Outcome, Failure> {
    let mut remarks = Remarks::default();
    for (at, id) in ids.iter().enumerate() {
        let of_each = of_servers
            .iter()
            .filter_map(|it| Some((it.title, it.printed.get(at)?)));
        let of_each: Vec<(&str, &Printed)> = of_each.collect();
        let subject = |titles: &[&str]| {
            let whose = if titles.len() == of_servers.len() {
                String::new()
            } else {
                format!(" for {}", all_of(titles))
            };
            format!("`{id}`{whose}")
        };
        for (problem, titles) in gathered(&of_each, |it| &it.problems) {
            remarks.problem(&subject(&titles), problem);
        }
        for (placeholder, titles) in gathered(&of_each, |it| &it.placeholders) {
            remarks.placeholder(&subject(&titles), placeholder);
        }
        let irreversible = of_each.iter().filter(|(_, it)| !it.is_reversible);
        let titles: Vec<&str> = irreversible.map(|(title, _)| *title).collect();
        if args.backwards && !titles.is_empty() {
            remarks.absent(&format!("{} cannot be undone", subject(&titles)));
        }
    }
    remarks.show(files)
}

/// What servers have, each once, with the titles of those that have it.
fn gathered<'a, T: PartialEq>(
    of_each: &[(&'a str, &'a Printed)],
    part: impl Fn(&'a Printed) -> &'a Vec<T>,
) -> Vec<(&'a T, Vec<&'a str>)> {
    let mut found: Vec<(&T, Vec<&str>)> = Vec::new();
    for (title, printed) in of_each {
        for it in part(printed) {
            match found.iter_mut().find(|(known, _)| *known == it) {
                Some((_, titles)) => titles.push(title),
                None => found.push((it, vec![title])),
            }
        }
    }
    found
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

/// What is printed of a migration.
fn text(
    args: &Args,
    looks: Looks,
    server: &Server,
    migration: &Migration,
    planned: &PlannedMigration,
) -> String {
    let mut out = String::new();
    match args.format {
        Format::Json => {
            let record = Record {
                app: migration.id.app.as_str(),
                name: migration.id.name.as_str(),
                dialect: server.dialect.name,
                atomic: is_atomic(migration),
                forwards: texts(&planned.forwards),
                backwards: planned.backwards.as_deref().map(texts),
                placeholders: planned
                    .placeholders
                    .iter()
                    .map(|placeholder| placeholder.text.as_str())
                    .collect(),
                effects: args.locks.then(|| {
                    let backwards = planned.backwards.as_deref().unwrap_or_default();
                    effects::records(if args.backwards {
                        backwards
                    } else {
                        &planned.forwards
                    })
                }),
            };
            // Texts and flags alone: nothing in them can fail.
            out = serde_json::to_string(&record).unwrap_or_default();
            out.push('\n');
        }
        Format::Sql => {
            let lines = if args.backwards {
                planned.backwards.as_deref().unwrap_or_default()
            } else {
                &planned.forwards
            };
            if looks.has_names {
                let line = [Line::Comment(format!("-- {}", migration.id))];
                script(&line, false, looks.colour, &mut out);
            }
            let in_transaction = is_in_transaction(server, migration);
            let explained;
            let lines = if args.locks {
                explained = effects::with_locks(lines);
                &explained
            } else {
                lines
            };
            script(lines, in_transaction, looks.colour, &mut out);
        }
    }
    out
}

/// `DIR/app/name.sql`, each written whole or not at all; with several dialects
/// `DIR/dialect/app/name.sql`.
fn write_files(
    folder: &Path,
    args: &Args,
    ids: &[&MigrationId],
    servers: &[Server],
    of_servers: &[ForServer],
) -> Result<(), Failure> {
    let extension = match args.format {
        Format::Sql => "sql",
        Format::Json => "json",
    };
    for (server, it) in servers.iter().zip(of_servers) {
        let folder = match servers {
            [_] => folder.to_path_buf(),
            _ => folder.join(server.dialect.name),
        };
        for (id, each) in ids.iter().zip(&it.printed) {
            let name = format!("{}.{extension}", id.name);
            output::write_file(&folder.join(id.app.as_str()).join(name), &each.text)?;
        }
    }
    Ok(())
}
