//! SQL with what it locks, for the reports that show it.

use rustc_hash::FxHashSet;

use super::output::Failure;
use super::sql::{self, is_in_transaction, plan_wanted};
use super::sql_setup;
use crate::base::FileId;
use crate::ir::{MigrationId, Project};
use crate::pipeline::Analysis;
use crate::python::sources::{Checked, Sources};
use crate::report::explained::{self, Explained, Script};
use crate::report::markdown::NewMigrations;
use crate::sql::Server;
use crate::sql::plan::for_each;

/// The SQL of some migrations for the servers that the project is judged for. What is no
/// part of the plan, because a fault of the graph keeps it out, has none.
pub(super) fn explain(
    project: &Project,
    wanted: &FxHashSet<&MigrationId>,
) -> Result<Explained, Failure> {
    let servers = Server::judged_for(&project.settings);
    let mut explained = Explained {
        servers: servers.iter().map(explained::title).collect(),
        ..Explained::default()
    };
    if wanted.is_empty() {
        return Ok(explained);
    }
    let settings = sql_setup::settings(project)?;
    let plan = sql::plan(project);
    let of_servers = for_each(project, &plan, &settings, &servers, |planner, history| {
        let mut scripts: Vec<(MigrationId, Script)> = Vec::new();
        plan_wanted(planner, history, wanted, false, |migration, planned| {
            let in_transaction = is_in_transaction(planner.server(), migration);
            let script = explained::script(&planned.forwards, in_transaction);
            scripts.push((migration.id.clone(), script));
        });
        scripts
    });
    for (id, script) in of_servers.into_iter().flatten() {
        explained.scripts.entry(id).or_default().push(script);
    }
    Ok(explained)
}

/// What a review wants to see the SQL of, in the order of the plan: the migrations that
/// were asked for by name or are new, else those with findings.
pub(super) fn explain_new(
    sources: &Sources,
    analysis: &Analysis,
) -> Result<Vec<NewMigrations>, Failure> {
    let are_named = sources
        .folders
        .iter()
        .any(|folder| matches!(folder.checked, Checked::Only(_)));
    let with_findings: FxHashSet<FileId> = analysis
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.primary.span.file)
        .collect();
    let mut out = Vec::new();
    for analysed in &analysis.projects {
        let project = &analysed.project;
        let plan = sql::plan(project);
        let is_new = |file: &FileId| {
            analysis.checked.contains(file) && (are_named || with_findings.contains(file))
        };
        let new = plan.iter().filter(|migration| is_new(&migration.file));
        let ids: Vec<&MigrationId> = new.map(|migration| &migration.id).collect();
        let sql = explain(project, &ids.iter().copied().collect())?;
        if !ids.is_empty() {
            out.push(NewMigrations {
                project: project.root.to_string(),
                ids: ids.into_iter().cloned().collect(),
                sql,
            });
        }
    }
    Ok(out)
}
