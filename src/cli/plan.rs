//! `whimbrel plan`: the order of `showmigrations --plan` on an empty database,
//! without a database.

use std::path::PathBuf;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::Outcome;
use super::load::LoadArgs;
use super::output::{self, Bar, Failure};
use crate::base::{Afterwards, Files};
use crate::diag::wording::{count, did_you_mean, list};
use crate::graph::{Cause, Fault, MigrationGraph};
use crate::ir::{AppLabel, AppOrigin, Project};
use crate::pipeline::{self, Analysed, Analysis, Progress, Purpose};
use crate::python::sources::Sources;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: whimbrel plan blog")]
pub(super) struct Args {
    /// Only what this app's migrations need, themselves included.
    app: Option<String>,
    /// List the migrations of installed third-party apps and of Django as well.
    #[arg(long)]
    include_installed: bool,
    #[command(flatten)]
    project: ProjectArgs,
}

/// Which project a command is about.
#[derive(Debug, clap::Args)]
pub(super) struct ProjectArgs {
    /// The project's folder.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    #[command(flatten)]
    load: LoadArgs,
}

impl ProjectArgs {
    /// Reads the projects at and below the folder, and hands them to `work`.
    pub(super) fn with_projects<T: Send>(
        &self,
        work: impl FnOnce(&[Analysed]) -> Result<T, Failure> + Send,
    ) -> Result<T, Failure> {
        self.with_files_and_projects(|_, projects| work(projects))
    }

    /// The same with the files, for those who point into them.
    pub(super) fn with_files_and_projects<T: Send>(
        &self,
        work: impl FnOnce(&Files, &[Analysed]) -> Result<T, Failure> + Send,
    ) -> Result<T, Failure> {
        self.with_everything(|files, _, projects| {
            if projects.is_empty() {
                return Err(self.no_project());
            }
            work(files, projects)
        })
    }

    fn no_project(&self) -> Failure {
        Failure::usage(
            format!(
                "no project with migrations at or below `{}`",
                self.project.display()
            ),
            Some("name its folder with `--project`".to_owned()),
        )
    }

    /// The same with what was found, also where no project has migrations.
    pub(super) fn with_everything<T: Send>(
        &self,
        work: impl FnOnce(&Files, &Sources, &[Analysed]) -> Result<T, Failure> + Send,
    ) -> Result<T, Failure> {
        self.analysed(Purpose::Graph, |files, sources, analysis| {
            work(files, sources, &analysis.projects)
        })
    }

    /// The same with what was found in them.
    pub(super) fn with_findings<T: Send>(
        &self,
        work: impl FnOnce(&Files, &Analysis) -> Result<T, Failure> + Send,
    ) -> Result<T, Failure> {
        self.analysed(Purpose::Picture, |files, _, analysis| {
            if analysis.projects.is_empty() {
                return Err(self.no_project());
            }
            work(files, analysis)
        })
    }

    fn analysed<T: Send>(
        &self,
        purpose: Purpose,
        work: impl FnOnce(&Files, &Sources, &Analysis) -> Result<T, Failure> + Send,
    ) -> Result<T, Failure> {
        let paths = [self.project.clone()];
        self.load.with_sources(&paths, |files, sources| {
            let progress = Arc::new(Progress::default());
            let bar = Bar::watch(&progress);
            let analysis = pipeline::analyse(files, sources, purpose, Afterwards::Exit, &progress);
            drop(bar);
            super::check::notes_on_projects(&analysis);
            for analysed in &analysis.projects {
                note_on_unlisted(analysed);
            }
            work(files, sources, &analysis)
        })?
    }
}

fn note_on_unlisted(analysed: &Analysed) {
    if !analysed.unlisted.is_empty() {
        output::note(&format!(
            "{} of `{}` not in `INSTALLED_APPS` and left out: {}",
            count(analysed.unlisted.len(), "app"),
            analysed.project.root,
            list(&analysed.unlisted),
        ));
    }
}

/// The projects that have the app, or all; an error if none has it.
pub(super) fn with_app<'a>(
    projects: &'a [Analysed],
    app: Option<&str>,
) -> Result<Vec<&'a Project>, Failure> {
    let all = projects.iter().map(|analysed| &analysed.project);
    let Some(label) = app else {
        return Ok(all.collect());
    };
    let found: Vec<&Project> = all.filter(|project| project.app(label).is_some()).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let mut labels: Vec<&str> = projects
        .iter()
        .flat_map(|analysed| &analysed.project.apps)
        .map(|app| app.label.as_str())
        .collect();
    labels.sort_unstable();
    labels.dedup();
    let help = did_you_mean(label, labels.iter().copied()).map_or_else(
        || format!("apps with migrations: {}", list(&labels)),
        |near| format!("did you mean `{near}`?"),
    );
    Err(Failure::usage(
        format!("no app with migrations has the label `{label}`"),
        Some(help),
    ))
}

/// Whether Django would stop at the fault; an app that only we did not find is none.
fn is_certain(fault: &Fault) -> bool {
    !matches!(
        fault,
        Fault::Missing {
            cause: Cause::UnknownApp,
            ..
        }
    )
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    args.project.with_projects(|projects| {
        let chosen = with_app(projects, args.app.as_deref())?;
        let has_many = chosen.len() > 1;
        let mut out = String::new();
        let mut faults = 0;
        for project in chosen {
            if has_many {
                out.push_str(&format!("# {}\n", project.root));
            }
            let graph = MigrationGraph::build(project);
            faults += graph.faults().iter().filter(|fault| is_certain(fault)).count();
            let plan = match args.app.as_deref() {
                Some(app) => graph.plan(&graph.leaf_nodes(Some(app))),
                None => graph.full_plan(),
            };
            let own: FxHashSet<&AppLabel> = project
                .apps
                .iter()
                .filter(|app| app.origin == AppOrigin::Project)
                .map(|app| &app.label)
                .collect();
            for node in plan {
                let id = graph.id(node);
                if args.include_installed || own.contains(&id.app) {
                    out.push_str(&format!("{id}\n"));
                }
            }
        }
        output::print(&out)?;
        if faults > 0 {
            output::note(&format!(
                "the graph has {}, so that Django would not load it; `whimbrel check` shows those of \
                 the project",
                count(faults, "fault")
            ));
            return Ok(Outcome::Findings);
        }
        Ok(Outcome::Fine)
    })
}
