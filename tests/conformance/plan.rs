//! `whimbrel plan` and Django's executor list the same migrations in one order.

use crate::environment::{Environment, SETTINGS, project, say, told};

#[test]
fn plan_is_the_one_django_executes_on_an_empty_database() {
    let test = "plan parity";
    let Some(environment) = Environment::find(test) else {
        return;
    };
    let expected = environment.ask_django("plan.py");
    let mut command = environment.whimbrel(&project(), "plan");
    command.args(["--include-installed", "--settings", SETTINGS]);
    let output = command.output().expect("whimbrel starts");
    assert!(output.status.success(), "{command:?}: {}", told(&output));
    let listed = String::from_utf8(output.stdout).expect("plans are UTF-8");

    let expected: Vec<&str> = expected.lines().collect();
    let listed: Vec<&str> = listed.lines().map(str::trim).collect();
    assert!(
        expected.len() > 300,
        "Django planned only {}",
        expected.len()
    );
    if let Some(place) = first_difference(&expected, &listed) {
        let around = |lines: &[&str]| {
            let from = place.saturating_sub(3).min(lines.len());
            let to = (place + 4).min(lines.len());
            lines[from..to].join("\n    ")
        };
        panic!(
            "Django plans {} migrations, whimbrel {}; they part at line {}\nDjango:\n    {}\nwhimbrel:\n    {}\n{}",
            expected.len(),
            listed.len(),
            place + 1,
            around(&expected),
            around(&listed),
            only_in_one(&expected, &listed),
        );
    }
    say(&format!(
        "{test}: {} migrations, the same in the same order",
        expected.len()
    ));
}

fn first_difference(left: &[&str], right: &[&str]) -> Option<usize> {
    let shared = left
        .iter()
        .zip(right)
        .take_while(|(left, right)| left == right)
        .count();
    (shared < left.len().max(right.len())).then_some(shared)
}

/// The first names that only one of the two plans has.
fn only_in_one(expected: &[&str], listed: &[&str]) -> String {
    let beyond = |left: &[&str], right: &[&str]| {
        let only = left.iter().filter(|name| !right.contains(name));
        only.take(10)
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let missing = beyond(expected, listed);
    let extra = beyond(listed, expected);
    format!("not listed: {missing:?}\nnot planned: {extra:?}")
}
