//! Our replay and Django's project state are equal after every migration of the plan.

use serde_json::Value as Json;

use crate::environment::{Environment, say};
use crate::ir::{analysed_project, is_explained};
use crate::states::{Compared, compare, replayed};

/// How often Django is asked for rendered models; that is slow.
const RENDER_EVERY: &str = "40";

/// Answers that cannot be known from migrations: parts of their reasons.
const UNKNOWN: &[&str] = &[
    // A field that calls itself a many-to-many field and takes its target from code of
    // its own.
    "the field names no other model",
    // A setting that a function names.
    "which setting swaps the model is not known",
];

fn is_unknown_for_good(unknown: &str) -> bool {
    UNKNOWN.iter().any(|reason| unknown.contains(reason))
}

#[test]
fn every_state_is_the_one_that_django_has() {
    let test = "state parity";
    let Some(environment) = Environment::find(test) else {
        return;
    };
    let told = environment.ask_django_with("state.py", &[RENDER_EVERY]);
    let told: Json = serde_json::from_str(&told).expect("state.py prints JSON");
    let analysis = analysed_project(&environment);
    let [analysed] = analysis.projects.as_slice() else {
        panic!("one project");
    };
    let history = replayed(&analysed.project, "sqlite");
    let mut compared = Compared::default();
    compare(&history, &told, &mut compared);
    let last = told["steps"].as_array().and_then(|steps| steps.last());
    let refused = last.map(|step| &step["error"]);
    assert!(
        refused.is_some_and(Json::is_null),
        "Django refuses {last:?}"
    );
    // What is read of an operation in other words stays so in the states.
    let found = compared.differences.found.iter();
    let lines: Vec<&str> = found
        .filter(|difference| !is_explained(difference))
        .map(|line| line.as_str())
        .collect();
    let not_sure: Vec<&String> = compared
        .unknown
        .iter()
        .filter(|unknown| !is_unknown_for_good(unknown))
        .collect();
    assert!(not_sure.is_empty(), "{not_sure:#?}");
    assert!(
        lines.is_empty(),
        "{} differences\n{}",
        lines.len(),
        lines.join("\n")
    );
    assert!(
        history.errors().is_empty(),
        "Django applies what we do not: {:#?}",
        history.errors()
    );
    say(&format!(
        "{test}: {} states of {} models, {} rendered models alike; {} answers not known",
        compared.states,
        compared.models,
        compared.rendered,
        compared.unknown.len()
    ));
}
