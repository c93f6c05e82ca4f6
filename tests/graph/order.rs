//! Behaviour of the graph beyond what is recorded from Django: size, uncertainty and
//! questions that Django's loader does not answer.

use whimbrel::base::{FileId, Span};
use whimbrel::graph::{Cause, Fault, MigrationGraph, NodeKind};
use whimbrel::ir::migration::Unread;
use whimbrel::ir::{DependencyTarget, Known, Project, Unknown};

use crate::support::projects::{app, entry, id, migration, project};

fn plan(graph: &MigrationGraph) -> Vec<String> {
    let plan = graph.full_plan();
    plan.iter()
        .map(|node| graph.id(*node).to_string())
        .collect()
}

#[test]
fn a_long_history_is_planned_without_recursion() {
    let length = 100_000;
    let name = |at: usize| format!("{at:06}_x");
    let migrations = (0..length).map(|at| {
        let it = migration(&name(at));
        if at == 0 {
            it
        } else {
            it.after(&format!("blog.{}", name(at - 1)))
        }
    });
    let project = project([app("blog", migrations)]);
    let graph = MigrationGraph::build(&project);
    let plan = graph.full_plan();
    assert_eq!(plan.len(), length);
    assert_eq!(graph.id(plan[length - 1]).name.as_str(), name(length - 1));
    assert_eq!(graph.ancestors(plan[length - 1]).len(), length - 1);
    assert!(graph.faults().is_empty());
}

#[test]
fn a_long_cycle_is_found_once() {
    let length = 20_000;
    let name = |at: usize| format!("{at:06}_x");
    let migrations = (0..length).map(|at| {
        migration(&name(at)).after(&format!("blog.{}", name((at + length - 1) % length)))
    });
    let project = project([app("blog", migrations)]);
    let graph = MigrationGraph::build(&project);
    let [Fault::Cycle { edges }] = graph.faults() else {
        panic!("{:?}", graph.faults().len());
    };
    assert_eq!(edges.len(), length);
    assert!(edges.windows(2).all(|pair| pair[0].before == pair[1].after));
    assert_eq!(edges[length - 1].before, edges[0].after);
}

#[test]
fn a_squash_of_a_long_history_takes_its_place() {
    let length = 20_000;
    let name = |at: usize| format!("{at:06}_x");
    let mut squash = migration("squashed");
    let mut migrations = Vec::new();
    for at in 0..length {
        let it = migration(&name(at));
        squash = squash.replaces(&format!("blog.{}", name(at)));
        migrations.push(if at == 0 {
            it
        } else {
            it.after(&format!("blog.{}", name(at - 1)))
        });
    }
    migrations.push(squash);
    migrations.push(migration("zz_next").after(&format!("blog.{}", name(length - 1))));
    let graph = MigrationGraph::build(&project([app("blog", migrations)]));
    assert_eq!(plan(&graph), ["blog.squashed", "blog.zz_next"]);
    let first = graph.node(&id("blog.000000_x")).unwrap();
    let squash = graph.node(&id("blog.squashed")).unwrap();
    assert_eq!(graph.standing_for(first), squash);
    assert!(matches!(
        graph.kind(first),
        NodeKind::Replaced { place: Some(_), .. }
    ));
    assert_eq!(graph.replaced().count(), length);
}

#[test]
fn an_app_that_may_not_have_been_found_is_not_called_missing() {
    let mut project = project([app(
        "blog",
        [migration("0001_initial")
            .after("taggit.0001_initial")
            .after("other.__first__")],
    )]);
    project.settings.all_apps_found = false;
    let graph = MigrationGraph::build(&project);
    let causes: Vec<Cause> = graph
        .faults()
        .iter()
        .map(|fault| match fault {
            Fault::Missing { cause, .. } => *cause,
            Fault::Cycle { .. } | Fault::ReplacementGone { .. } | Fault::ReplacesItself { .. } => {
                panic!("{fault:?}")
            }
        })
        .collect();
    assert_eq!(causes, [Cause::UnknownApp, Cause::UnknownApp]);
    assert_eq!(plan(&graph), ["blog.0001_initial"]);
}

#[test]
fn plans_of_one_app_hold_what_it_needs_and_no_more() {
    let project = project([
        app(
            "blog",
            [migration("0001_initial").after("shop.0001_initial")],
        ),
        app(
            "shop",
            [
                migration("0001_initial"),
                migration("0002_price").after("shop.0001_initial"),
            ],
        ),
    ]);
    let graph = MigrationGraph::build(&project);
    let blog = graph.plan(&graph.leaf_nodes(Some("blog")));
    let names: Vec<String> = blog.iter().map(|it| graph.id(*it).to_string()).collect();
    assert_eq!(names, ["shop.0001_initial", "blog.0001_initial"]);
    assert_eq!(graph.app_nodes("shop").len(), 2);
    assert!(graph.leaf_nodes(Some("nowhere")).is_empty());
}

#[test]
fn the_second_app_of_a_label_is_left_out() {
    let project = project([
        app("blog", [migration("0001_initial")]),
        app("blog", [migration("0001_initial").after("blog.0002_gone")]),
    ]);
    let graph = MigrationGraph::build(&project);
    assert!(graph.faults().is_empty(), "{:?}", graph.faults());
    assert_eq!(plan(&graph), ["blog.0001_initial"]);
}

fn reached(project: &Project, from: &str, to: &str) -> (bool, bool) {
    let graph = MigrationGraph::build(project);
    let from = graph.node(&id(from)).unwrap();
    let to = graph.node(&id(to)).unwrap();
    let mut answer = None;
    graph.for_each_reach(
        |node| {
            graph
                .migration(project, node)
                .is_some_and(|it| !it.unread.is_empty())
        },
        |reach| {
            if reach.node() == from {
                answer = Some((reach.is_open(), reach.reaches(to)));
            }
        },
    );
    answer.unwrap()
}

#[test]
fn ancestors_in_other_apps_are_known_by_position() {
    let project = project([
        app(
            "blog",
            [
                migration("0001_initial").after("shop.0002_b"),
                migration("0002_next").after("blog.0001_initial"),
                migration("0003_later")
                    .after("blog.0002_next")
                    .after("zoo.0001_initial"),
            ],
        ),
        app(
            "shop",
            [
                migration("0001_a"),
                migration("0002_b").after("shop.0001_a"),
                migration("0003_c").after("shop.0002_b"),
            ],
        ),
        app("zoo", [migration("0001_initial").after("shop.0003_c")]),
    ]);
    assert_eq!(
        reached(&project, "blog.0002_next", "shop.0001_a"),
        (false, true)
    );
    assert_eq!(
        reached(&project, "blog.0002_next", "shop.0002_b"),
        (false, true)
    );
    assert_eq!(
        reached(&project, "blog.0002_next", "shop.0003_c"),
        (false, false)
    );
    assert_eq!(
        reached(&project, "blog.0003_later", "shop.0003_c"),
        (false, true)
    );
}

#[test]
fn nothing_is_out_of_reach_once_a_dependency_could_not_be_read() {
    let mut project = project([
        app(
            "blog",
            [
                migration("0001_initial"),
                migration("0002_next").after("blog.0001_initial"),
            ],
        ),
        app("shop", [migration("0001_a")]),
    ]);
    let span = Span::file_start(FileId(0));
    project.apps[0].migrations[0].unread.push(Unread {
        attribute: "dependencies",
        is_element: false,
        is_written: false,
        unknown: Unknown::new(span, "it is computed"),
    });
    assert_eq!(
        reached(&project, "blog.0002_next", "shop.0001_a"),
        (true, false)
    );
}

#[test]
fn a_swappable_dependency_on_an_unread_setting_adds_no_edge() {
    let mut it = migration("0001_initial");
    it.0.dependencies.push(entry(DependencyTarget::Swappable {
        setting: "AUTH_USER_MODEL".into(),
        model: Known::No(Unknown::new(Span::file_start(FileId(0)), "no settings")),
    }));
    let graph = MigrationGraph::build(&project([app("blog", [it])]));
    assert!(graph.faults().is_empty());
    assert_eq!(plan(&graph), ["blog.0001_initial"]);
}
