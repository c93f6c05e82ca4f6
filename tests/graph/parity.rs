//! Our graph and Django 5.2's loader and executor, on the projects of `fixtures/graph`.
//!
//! `<case>.json` beside each `<case>.md` was recorded from Django by `record.py`. Where
//! Django's verdict depends on the order in which it happens to read files, ours must
//! be one of those recorded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use smol_str::SmolStr;
use whimbrel::base::{FileId, Span};
use whimbrel::graph::{Cause, Fault, MigrationGraph, NodeId};
use whimbrel::ir::project::Settings;
use whimbrel::ir::{
    App, AppLabel, AppOrigin, Dependency, DependencyTarget, Migration, MigrationId, Project,
};

use whimbrel::pipeline::Purpose;

use crate::support::documents;
use crate::support::projects::{entry, id, project as support_project, swappable};

/// Cases of which Django names one fault and we name more.
const MORE_FAULTS: [(&str, usize); 2] = [("two-missing", 2), ("missing-and-cycle", 2)];

#[derive(Deserialize)]
struct Recorded {
    outcomes: Vec<Outcome>,
    apps: Vec<RecordedApp>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Outcome {
    Fault(DjangoError),
    Plan {
        plan: Vec<String>,
        leaves: Vec<String>,
        roots: Vec<String>,
        conflicts: BTreeMap<String, Vec<String>>,
    },
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(tag = "error")]
enum DjangoError {
    #[serde(rename = "NodeNotFoundError")]
    NodeNotFound {
        node: String,
        origin: Option<String>,
    },
    #[serde(rename = "CircularDependencyError")]
    Circular { cycle: Vec<String> },
    #[serde(rename = "BadMigrationError")]
    BadMigration { node: String },
    #[serde(rename = "ValueError")]
    Value { about: String },
}

#[derive(Deserialize)]
struct RecordedApp {
    label: String,
    package: String,
    state: String,
    #[serde(default)]
    migrations: Vec<RecordedMigration>,
    #[serde(default)]
    unreadable: Vec<String>,
}

#[derive(Deserialize)]
struct RecordedMigration {
    name: String,
    dependencies: Vec<Entry>,
    run_before: Vec<Entry>,
    replaces: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Key(String, String),
    Swappable { swappable: String },
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/graph")
}

fn cases() -> Vec<String> {
    let mut cases: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "md"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    cases.sort();
    cases
}

fn recorded(case: &str) -> Recorded {
    let path = folder().join(format!("{case}.json"));
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{case}: {error}; run fixtures/graph/record.py"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{case}: {error}"))
}

fn entries(entries: &[Entry]) -> Vec<Dependency> {
    entries
        .iter()
        .map(|it| match it {
            Entry::Key(app, name) => entry(DependencyTarget::migration(app, name)),
            Entry::Swappable { swappable: setting } => entry(swappable("AUTH_USER_MODEL", setting)),
        })
        .collect()
}

fn project(recorded: &Recorded) -> Project {
    let mut settings = Settings {
        all_apps_found: true,
        ..Settings::default()
    };
    let mut apps = Vec::new();
    for app in &recorded.apps {
        if app.state == "unmigrated" {
            settings.unmigrated_apps.push(AppLabel::from(&*app.label));
            continue;
        }
        apps.push(App {
            label: AppLabel::from(&*app.label),
            package: SmolStr::new(&app.package),
            origin: AppOrigin::Project,
            folder: None,
            missing_init: (app.state == "missing-init").then_some(FileId(0)),
            max_migration: None,
            migrations: app
                .migrations
                .iter()
                .map(|recorded| {
                    let key = MigrationId::new(app.label.as_str(), recorded.name.as_str());
                    let mut migration = Migration::empty(key, Span::file_start(FileId(0)));
                    migration.dependencies = entries(&recorded.dependencies);
                    migration.run_before = entries(&recorded.run_before);
                    migration.replaces = entries(&recorded.replaces);
                    migration
                })
                .collect(),
            unreadable: app.unreadable.iter().map(SmolStr::new).collect(),
        });
    }
    Project {
        root: ".".to_owned(),
        settings,
        apps,
        change_set: None,
    }
}

fn names(graph: &MigrationGraph, nodes: &[NodeId]) -> Vec<String> {
    nodes
        .iter()
        .map(|node| graph.id(*node).to_string())
        .collect()
}

fn plan(graph: &MigrationGraph) -> Outcome {
    Outcome::Plan {
        plan: names(graph, &graph.full_plan()),
        leaves: names(graph, &graph.leaf_nodes(None)),
        roots: names(graph, &graph.root_nodes(None)),
        conflicts: graph
            .conflicts()
            .into_iter()
            .map(|conflict| {
                let leaves = conflict.leaves.iter();
                let names = leaves.map(|leaf| graph.id(*leaf).name.to_string());
                (conflict.app.to_string(), names.collect())
            })
            .collect(),
    }
}

/// What Django would raise for each of our faults.
fn errors(project: &Project, graph: &MigrationGraph) -> Vec<DjangoError> {
    let mut errors = Vec::new();
    for app in &project.apps {
        for name in &app.unreadable {
            errors.push(DjangoError::BadMigration {
                node: format!("{}.{name}", app.label),
            });
        }
    }
    for fault in graph.faults() {
        errors.push(match fault {
            Fault::Missing {
                from,
                target,
                cause,
                ..
            } => {
                assert_ne!(*cause, Cause::UnknownApp, "all apps are known here");
                let special = matches!(target.name.as_str(), "__first__" | "__latest__");
                if special && target.app != graph.id(*from).app {
                    DjangoError::Value {
                        about: target.app.to_string(),
                    }
                } else {
                    DjangoError::NodeNotFound {
                        node: target.to_string(),
                        origin: Some(graph.id(*from).to_string()),
                    }
                }
            }
            Fault::Cycle { edges } => {
                let mut cycle: Vec<String> = edges
                    .iter()
                    .rev()
                    .map(|edge| graph.id(edge.before).to_string())
                    .collect();
                let least = (0..cycle.len()).min_by_key(|at| &cycle[*at]).unwrap();
                cycle.rotate_left(least);
                DjangoError::Circular { cycle }
            }
            Fault::ReplacementGone { squash, .. } => DjangoError::NodeNotFound {
                node: graph.id(*squash).to_string(),
                origin: None,
            },
            // Django says nothing and drops the squash with what it replaces.
            Fault::ReplacesItself { .. } => continue,
        });
    }
    errors
}

/// The project as the front end reads it from the case's files.
fn read(case: &str) -> Project {
    let text = std::fs::read_to_string(folder().join(format!("{case}.md"))).unwrap();
    let cases = documents::cases(&text);
    let root = tempfile::tempdir().unwrap();
    let [case] = cases.as_slice() else {
        panic!("{case}: one case in each document");
    };
    case.unpack(root.path());
    if !root.path().join("settings.py").exists() {
        let apps = format!("INSTALLED_APPS = {:?}\n", case.top_folders());
        let apps = apps.replace('{', "[").replace('}', "]");
        std::fs::write(root.path().join("settings.py"), apps).unwrap();
    }
    // A project without any migration is known by its `manage.py` only.
    let manage = "import os\n\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"settings\")\n";
    std::fs::write(root.path().join("manage.py"), manage).unwrap();
    let (_, analysis) = documents::analyse(root.path(), Purpose::Graph, 1);
    let mut projects = analysis.projects;
    assert!(projects.len() <= 1, "{}", projects.len());
    match projects.pop() {
        Some(read) => read.project,
        None => support_project([]),
    }
}

fn compare(case: &str, recorded: &Recorded, project: &Project) {
    let graph = MigrationGraph::build(project);
    let errors = errors(project, &graph);
    if errors.is_empty() {
        let ours = plan(&graph);
        assert!(
            recorded.outcomes.contains(&ours),
            "{case}: ours {ours:#?}\nDjango's {:#?}",
            recorded.outcomes
        );
        return;
    }
    for outcome in &recorded.outcomes {
        let Outcome::Fault(error) = outcome else {
            panic!("{case}: ours {errors:#?}\nDjango's {outcome:#?}");
        };
        // Which of two squashes that replace each other goes first is open.
        let known = errors.contains(error) || case == "squashes-of-each-other";
        assert!(known, "{case}: ours {errors:#?}\nDjango's {error:#?}");
    }
    let expected = MORE_FAULTS
        .iter()
        .find(|(name, _)| *name == case)
        .map_or(recorded.outcomes.len(), |(_, number)| *number);
    if case != "squashes-of-each-other" {
        assert_eq!(errors.len(), expected, "{case}: ours {errors:#?}");
    }
}

#[test]
fn graphs_equal_what_django_recorded() {
    let cases = cases();
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    for case in &cases {
        let recorded = recorded(case);
        compare(case, &recorded, &project(&recorded));
    }
}

#[test]
fn graphs_of_the_files_equal_what_django_recorded() {
    for case in &cases() {
        compare(case, &recorded(case), &read(case));
    }
}

#[test]
fn an_unread_file_keeps_its_name_in_the_graph() {
    let recorded = recorded("no-migration-class");
    let graph = MigrationGraph::build(&project(&recorded));
    assert!(graph.node(&id("blog.0002_notes")).is_some());
    assert!(!graph.is_certain("blog"));
    assert_eq!(names(&graph, &graph.full_plan()), ["blog.0001_initial"]);
}
