//! Our replay and what `fixtures/schema/record.py` recorded of Django's project states.
//!
//! A case that Django refuses is one in which we find a fault too, in the same
//! migration, and in none before it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use whimbrel::ir::Project;
use whimbrel::pipeline::Purpose;
use whimbrel::schema::{History, Replay};

use crate::console::repository;
use crate::states::{Compared, compare, on_vendor, replayed};
use crate::support::documents::{Case, analyse, cases};
use crate::support::projects::operations::{add_field, create_model, field, rename_model};
use crate::support::projects::{app, migration, project};

fn documents() -> Vec<PathBuf> {
    let folder = repository().join("fixtures/schema");
    let mut documents: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "md"))
        .collect();
    documents.sort();
    documents
}

/// The project of a case, with the settings that it was recorded with.
fn read(case: &Case, root: &Path) -> Project {
    case.unpack(root);
    if !root.join("settings.py").exists() {
        let apps: Vec<&str> = case.top_folders().into_iter().collect();
        std::fs::write(
            root.join("settings.py"),
            format!("INSTALLED_APPS = {apps:?}\n"),
        )
        .unwrap();
    }
    let (_, analysis) = analyse(root, Purpose::Graph, 1);
    let mut projects = analysis.projects;
    assert_eq!(projects.len(), 1, "{}", case.name);
    projects.remove(0).project
}

/// Where the replay finds a fault and Django none, or the reverse.
fn verdicts(history: &History<'_>, told: &[Json]) -> Option<String> {
    let refused = told.last().filter(|step| !step["error"].is_null());
    let django = refused.map(|step| {
        (
            format!("{}.{}", step["app"], step["migration"]),
            &step["error"],
        )
    });
    let django = django.map(|(name, error)| (name.replace('"', ""), error));
    let ours = history.errors().first();
    match (django, ours) {
        (None, None) => None,
        (Some((name, _)), Some(error)) if name == error.migration.to_string() => None,
        // Not even loaded.
        (Some((name, _)), Some(_)) if name == "null.null" => None,
        (django, ours) => Some(format!("Django says {django:?}, whimbrel {ours:#?}")),
    }
}

#[test]
fn states_equal_what_django_recorded() {
    let mut faults = Vec::new();
    let mut count = 0;
    let mut states = 0;
    for path in documents() {
        let text = std::fs::read_to_string(&path).unwrap();
        let recorded = std::fs::read_to_string(path.with_extension("json")).unwrap();
        let recorded: BTreeMap<String, Json> = serde_json::from_str(&recorded).unwrap();
        let document = path.file_stem().unwrap().to_str().unwrap();
        for case in cases(&text) {
            count += 1;
            let name = format!("{document}: {}", case.name);
            let Some(told) = recorded.get(&case.name) else {
                faults.push(format!("{name}: not recorded"));
                continue;
            };
            let folder = tempfile::tempdir().unwrap();
            let project = read(&case, folder.path());
            let history = replayed(&project, "postgresql");
            let mut compared = Compared::default();
            let told = serde_json::json!({ "steps": told });
            let steps = told["steps"].as_array().unwrap();
            if steps.first().is_some_and(|step| !step["app"].is_null()) {
                compare(&history, &told, &mut compared);
            }
            states += compared.states;
            let unknown = compared.unknown.iter().map(|it| format!("not known: {it}"));
            let found = compared.differences.found.iter().cloned();
            let all = found.chain(unknown).chain(verdicts(&history, steps));
            faults.extend(all.map(|fault| format!("{name}: {fault}")));
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(
        count >= 80 && states >= 120,
        "{count} cases, {states} states"
    );
}

#[test]
fn every_recorded_state_has_its_case() {
    for path in documents() {
        let text = std::fs::read_to_string(&path).unwrap();
        let recorded = std::fs::read_to_string(path.with_extension("json")).unwrap();
        let recorded: BTreeMap<String, Json> = serde_json::from_str(&recorded).unwrap();
        let mut names: Vec<String> = cases(&text).into_iter().map(|case| case.name).collect();
        names.sort();
        assert_eq!(names, recorded.into_keys().collect::<Vec<_>>(), "{path:?}");
    }
}

/// A history of one app: models with foreign keys to the first one, fields on the first
/// one, and now and then a new name for a model that nothing refers to.
fn long_history(operations: u32) -> Project {
    use whimbrel::ir::FieldKind;

    let mut first = migration("0000").with(create_model("Hub"));
    first = first.with(create_model("Loner0"));
    let mut migrations = vec![first];
    for (names, at) in (0..operations).step_by(5).enumerate() {
        let model = format!("Model{at:06}");
        let new = migration(&format!("1{at:06}"))
            .after(&if at == 0 {
                "blog.0000".to_owned()
            } else {
                format!("blog.1{:06}", at - 5)
            })
            .with(create_model(&model))
            .with(add_field(
                &model,
                "hub",
                field(FieldKind::ForeignKey, Some("blog.Hub")),
            ))
            .with(add_field(
                "Hub",
                &format!("field{at}"),
                field(FieldKind::TextField, None),
            ))
            .with(add_field("Hub", "text", field(FieldKind::TextField, None)))
            .with(rename_model(
                &format!("Loner{names}"),
                &format!("Loner{}", names + 1),
            ));
        migrations.push(new);
    }
    project([app("blog", migrations)])
}

#[test]
fn work_grows_with_the_number_of_operations_only() {
    let mut work = Vec::new();
    for operations in [2_000, 20_000] {
        let project = long_history(operations);
        let mut replay = Replay::new(&project, None);
        for migration in &project.apps[0].migrations {
            replay.migration(migration, |_, _| ());
        }
        work.push(replay.work());
    }
    assert!(work[0] >= 2_000, "{work:?}");
    assert!(work[1] <= work[0] * 10 + 10, "{work:?}");
}

#[test]
fn a_history_of_100_000_operations_is_kept_whole() {
    let project = long_history(100_000);
    let history = History::of(&project, &project.apps[0].migrations, None);
    let states: usize = history
        .steps()
        .iter()
        .map(|step| step.operations().count())
        .sum();
    assert!(states >= 100_000);
    let last = history
        .steps()
        .last()
        .and_then(|step| step.after())
        .unwrap();
    assert_eq!(last.models().count(), 20_002);
    let early = history.steps()[10].after().unwrap();
    assert_eq!(early.models().count(), 12);
}

#[test]
fn conditions_decide_where_they_can() {
    use whimbrel::base::{FileId, Span};
    use whimbrel::ir::value::Condition;
    use whimbrel::schema::decide;

    let span = Span::file_start(FileId(0));
    let vendor = |name: &str| Condition::Vendor {
        vendors: vec![name.into()],
        span,
    };
    let unknown = Condition::Feature {
        name: "unheard_of".into(),
        span,
    };
    let on = |condition: &Condition| on_vendor(condition, "sqlite");
    let ask = |condition: &Condition| decide(condition, &on);
    assert_eq!(ask(&vendor("sqlite")), Some(true));
    assert_eq!(
        ask(&Condition::Not(Box::new(vendor("sqlite")))),
        Some(false)
    );
    assert_eq!(
        ask(&Condition::All(vec![unknown.clone(), vendor("mysql")])),
        Some(false)
    );
    assert_eq!(
        ask(&Condition::Any(vec![unknown.clone(), vendor("sqlite")])),
        Some(true)
    );
    assert_eq!(ask(&Condition::Any(vec![unknown, vendor("mysql")])), None);
}
