//! `whimbrel schema`: the tables that all migrations lead to, as one script.

use std::path::PathBuf;

use super::Outcome;
use super::output::{self, Failure};
use super::plan::{ProjectArgs, with_app};
use super::remarks::Remarks;
use super::sql::{plan, script};
use super::sql_setup::{self, ServerArgs};
use crate::diag::wording::{count, list};
use crate::ir::operation::{RunSql, Sql};
use crate::ir::{AppOrigin, Known, Operation, OperationKind, Project};
use crate::pipeline::{declared_groundwork, declared_model};
use crate::report::full::Colour;
use crate::schema::{History, Model, ModelKey};
use crate::sql::plan::{PlannedSchema, Planner, in_order};

/// Prints a schema.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: whimbrel schema --all --dialect postgresql | psql test_shop")]
pub(super) struct Args {
    /// Only this app's tables, and those that they refer to. Default: those of all of
    /// the project's own apps.
    app: Option<String>,
    /// The tables of installed third-party apps and of Django as well.
    #[arg(long, visible_alias = "include-installed", conflicts_with = "app")]
    all: bool,
    /// The script, or the models as `create model` blocks of `.mig`.
    #[arg(long, value_enum, default_value_t = Format::Sql)]
    format: Format,
    /// Write the script to this file instead.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    project: ProjectArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Sql,
    Mig,
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    args.project.with_files_and_projects(|files, projects| {
        let chosen = with_app(projects, args.app.as_deref())?;
        let [project] = chosen.as_slice() else {
            let roots: Vec<&str> = chosen.iter().map(|project| project.root.as_str()).collect();
            return Err(Failure::usage(
                format!("there are {} projects: {}", roots.len(), list(&roots)),
                Some("name one with `--project`".to_owned()),
            ));
        };
        let servers = args.server.servers(project)?;
        let [server] = servers.as_slice() else {
            return Err(Failure::usage(
                "a script is for one dialect",
                Some("call `whimbrel schema` once a dialect".to_owned()),
            ));
        };
        let settings = sql_setup::settings(project)?;
        let planner = Planner::new(server, &settings);
        let decide = |condition: &_| planner.holds(condition);
        let history = History::of(project, plan(project), Some(&decide));
        if args.format == Format::Mig {
            let (text, remarks) = declared(args, project, &planner, &history);
            let outcome = remarks.show(files)?;
            match &args.output {
                None => output::print(&text)?,
                Some(path) => output::write_file(path, &text)?,
            }
            return Ok(outcome);
        }
        let planned = planner.schema(&history, |model| is_wanted(args, project, model));
        let mut remarks = Remarks::default();
        for problem in &planned.problems {
            remarks.problem("the schema", problem);
        }
        for placeholder in &planned.placeholders {
            remarks.placeholder("the schema", placeholder);
        }
        let outcome = remarks.show(files)?;
        tell_what_is_beyond(args, project, &history, &planned);
        let colour = match &args.output {
            None => output::colour(&std::io::stdout()),
            Some(_) => Colour::Never,
        };
        let mut text = String::new();
        script(
            &planned.lines,
            server.features.can_rollback_ddl,
            colour,
            &mut text,
        );
        match &args.output {
            None => output::print(&text)?,
            Some(path) => output::write_file(path, &text)?,
        }
        Ok(outcome)
    })
}

/// The models as `create model` blocks, each behind those that it refers to within its
/// app. One app follows another, as a file of migrations holds one.
fn declared(
    args: &Args,
    project: &Project,
    planner: &Planner<'_>,
    history: &History<'_>,
) -> (String, Remarks) {
    let mut remarks = Remarks::default();
    let steps = history.steps();
    let Some((step, state)) = steps.last().and_then(|step| Some((step, step.after()?))) else {
        return (String::new(), remarks);
    };
    let is_wanted = |model: &Model<'_>| is_wanted(args, project, model);
    let mut models = in_order(state, is_wanted);
    models.retain(is_wanted);
    let mut apps: Vec<&str> = models.iter().map(|model| model.key().app()).collect();
    apps.sort_unstable();
    apps.dedup();
    let span = step.migration.span;
    let mut blocks: Vec<String> = planner
        .groundwork(history)
        .iter()
        .filter_map(|statement| declared_groundwork(statement, span))
        .collect();
    for app in &apps {
        if apps.len() > 1 {
            blocks.push(format!("# {app}\n"));
        }
        for model in models.iter().filter(|model| model.key().app() == *app) {
            match declared_model(model) {
                Ok(block) => blocks.push(block),
                Err(problems) => {
                    for problem in problems {
                        remarks.problem("the schema", &problem);
                    }
                    let name = &model.state().name;
                    blocks.push(format!("# `{app}.{name}` was not understood.\n"));
                }
            }
        }
    }
    (blocks.join("\n"), remarks)
}

fn is_own(project: &Project, app: &str) -> bool {
    let app = project.app(app);
    app.is_some_and(|app| app.origin == AppOrigin::Project)
}

fn is_wanted(args: &Args, project: &Project, model: &Model<'_>) -> bool {
    let app = model.state().app.as_str();
    match &args.app {
        Some(label) => app == label,
        None => args.all || is_own(project, app),
    }
}

/// Names the migrations that do to a database what no state holds.
fn tell_what_is_beyond(
    args: &Args,
    project: &Project,
    history: &History<'_>,
    planned: &PlannedSchema,
) {
    let (mut sql, mut own, mut python) = (Vec::new(), Vec::new(), Vec::new());
    for step in history.steps() {
        let id = &step.migration.id;
        let app = id.app.as_str();
        let is_concerned = args.all
            || args.app.as_deref() == Some(app)
            || args.app.is_none() && is_own(project, app)
            || planned.models.iter().any(|key: &ModelKey| key.app() == app);
        if !is_concerned {
            continue;
        }
        let name = id.to_string();
        let mut beyond = Beyond::default();
        for operation in &step.migration.operations {
            beyond.see(operation);
        }
        if beyond.sql {
            sql.push(name.clone());
        }
        if beyond.own {
            own.push(name.clone());
        }
        if beyond.python {
            python.push(name);
        }
    }
    let tell = |what: &str, migrations: &[String]| {
        if !migrations.is_empty() {
            output::note(&format!(
                "the script lacks what {what} in {} do: {}",
                count(migrations.len(), "migration"),
                shortened(migrations)
            ));
        }
    };
    tell("handwritten statements (`RunSQL`)", &sql);
    tell("operations of the project's own classes", &own);
    tell("functions (`RunPython`)", &python);
}

/// As many names as one can take in.
fn shortened(names: &[String]) -> String {
    const MANY: usize = 10;
    match names.split_at_checked(MANY) {
        Some((first, rest)) if rest.len() > 1 => {
            format!("`{}` and {} more", first.join("`, `"), rest.len())
        }
        _ => list(names),
    }
}

/// What of a migration shows in no state.
#[derive(Debug, Default)]
struct Beyond {
    sql: bool,
    own: bool,
    python: bool,
}

impl Beyond {
    fn see(&mut self, operation: &Operation) {
        match &operation.kind {
            OperationKind::RunSql(run) => self.sql |= !does_nothing(run),
            OperationKind::RunPython(_) => self.python = true,
            OperationKind::Opaque(_) => self.own = true,
            _ => {}
        }
        let methods = operation.methods.as_ref();
        self.own |= methods.is_some_and(|methods| methods.database_forwards.is_some());
        if let OperationKind::SeparateDatabaseAndState {
            database_operations,
            ..
        } = &operation.kind
        {
            for operation in database_operations {
                self.see(operation);
            }
        }
    }
}

fn does_nothing(run: &RunSql) -> bool {
    match &run.sql {
        Known::Yes(Sql::Text(text)) => text.value.trim().is_empty(),
        Known::Yes(Sql::List(statements)) => statements.is_empty(),
        Known::No(_) => false,
    }
}
