//! The end state of `fixtures/sql` as `create model` blocks: as an app's only migration
//! they make the same schema.

use std::collections::BTreeMap;
use std::path::Path;

use whimbrel::graph::MigrationGraph;
use whimbrel::ir::Project;
use whimbrel::mig;
use whimbrel::pipeline::{Purpose, declared_groundwork, declared_model};
use whimbrel::schema::{History, Model};
use whimbrel::sql::plan::{Planner, Settings, in_order};
use whimbrel::sql::{Dialect, Server};

use crate::converted::{STAY, of_all_cases};
use crate::sql::{config, settings, unpack};
use crate::support::documents::analyse;

/// Replays a project for a server and asks something of its end.
fn at_the_end<T>(
    project: &Project,
    server: &Server,
    settings: &Settings,
    ask: impl FnOnce(&Planner<'_>, &History<'_>) -> T,
) -> T {
    let graph = MigrationGraph::build(project);
    let planner = Planner::new(server, settings);
    let decide = |condition: &whimbrel::ir::value::Condition| planner.holds(condition);
    let plan = graph.full_plan();
    let migrations = plan
        .iter()
        .filter_map(|node| graph.migration(project, *node));
    let history = History::of(project, migrations, Some(&decide));
    ask(&planner, &history)
}

/// The statements of the schema, in any order: models of several apps may come in
/// another one.
fn schema(planner: &Planner<'_>, history: &History<'_>, apps: &[String]) -> Vec<String> {
    let is_own = |model: &Model<'_>| apps.iter().any(|app| app == model.key().app());
    let planned = planner.schema(history, is_own);
    let mut lines: Vec<String> = planned
        .lines
        .iter()
        .map(|line| line.text().to_owned())
        .collect();
    lines.sort();
    lines
}

/// A file for each app.
fn declared(
    planner: &Planner<'_>,
    history: &History<'_>,
    apps: &[String],
) -> Result<BTreeMap<String, String>, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let Some((step, state)) = history
        .steps()
        .last()
        .and_then(|step| Some((step, step.after()?)))
    else {
        return Ok(files);
    };
    for app in apps {
        let models = in_order(state, |model| model.key().app() == app);
        let own = models.iter().filter(|model| model.key().app() == app);
        let mut blocks: Vec<String> = Vec::new();
        if Some(app) == apps.first() {
            let groundwork = planner.groundwork(history);
            let made = groundwork
                .iter()
                .map(|it| declared_groundwork(it, step.migration.span).unwrap());
            blocks.extend(made);
        }
        for model in own {
            blocks.push(declared_model(model).map_err(|why| format!("{why:?}"))?);
        }
        let text = blocks.join("\n");
        if mig::format(&text).as_ref() != Ok(&text) {
            return Err(format!("it is not in style:\n{text}"));
        }
        files.insert(app.clone(), text);
    }
    Ok(files)
}

/// Compares a case in a dialect; whether it could be, or what differs.
fn compare(case: &Path, root: &Path, server: &Server) -> Result<usize, String> {
    let settings = settings(&config(case));
    let read = || {
        let (_, mut analysis) = analyse(root, Purpose::Graph, 1);
        analysis.projects.remove(0).project
    };
    let project = read();
    let own = project.apps.iter().filter(|app| app.folder.is_some());
    let apps: Vec<String> = own.map(|app| app.label.to_string()).collect();
    let (before, files) = at_the_end(&project, server, &settings, |planner, history| {
        let lines = schema(planner, history, &apps);
        (lines, declared(planner, history, &apps))
    });
    // What cannot be planned for a database says nothing of the blocks.
    if before.iter().any(|line| line.contains("NOT UNDERSTOOD")) {
        return Ok(0);
    }
    let files = files?;
    for app in &apps {
        let migrations = root.join(app).join("migrations");
        for entry in std::fs::read_dir(&migrations).unwrap() {
            let path = entry.unwrap().path();
            if !path.ends_with("__init__.py") && path.is_file() {
                std::fs::remove_file(path).unwrap();
            }
        }
        std::fs::write(migrations.join("0001_initial.mig"), &files[app]).unwrap();
    }
    let project = read();
    let after = at_the_end(&project, server, &settings, |planner, history| {
        schema(planner, history, &apps)
    });
    if before == after {
        return Ok(1);
    }
    let lost: Vec<&String> = before.iter().filter(|it| !after.contains(it)).collect();
    let new: Vec<&String> = after.iter().filter(|it| !before.contains(it)).collect();
    Err(format!("{lost:#?} became {new:#?}"))
}

fn same_schema(case: &Path) -> (usize, Vec<String>) {
    let case_name = case.file_name().unwrap().to_string_lossy();
    let stays = STAY.iter().any(|(case, _)| *case == case_name);
    let mut compared = 0;
    let mut faults = Vec::new();
    for name in ["postgresql", "sqlite"] {
        let dialect = Dialect::by_name(name).unwrap();
        let folder = tempfile::tempdir().unwrap();
        unpack(case, &config(case), folder.path());
        match compare(case, folder.path(), &Server::new(dialect, None)) {
            Ok(count) => compared += count,
            Err(why) if stays => assert!(why.contains("cannot be written"), "{why}"),
            Err(why) => faults.push(format!("{case_name} on {name}: {why}")),
        }
    }
    (compared, faults)
}

#[test]
fn blocks_of_the_end_state_make_the_same_schema() {
    let all = of_all_cases(same_schema);
    let compared: usize = all.iter().map(|(count, _)| count).sum();
    let faults: Vec<&String> = all.iter().flat_map(|(_, faults)| faults).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(compared > 900, "{compared}");
}
