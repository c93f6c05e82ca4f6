//! Pictures of graphs in their four forms.

use whimbrel::graph::MigrationGraph;
use whimbrel::graph::draw::{Format, Scope, draw};
use whimbrel::ir::{AppOrigin, Project};

use crate::support::projects::{app, migration, project};

fn picture(project: &Project, label: Option<&str>, format: Format) -> String {
    let graph = MigrationGraph::build(project);
    let scope = Scope {
        app: label.map(str::to_owned),
        include_installed: false,
    };
    draw(project, &graph, &scope, format)
}

/// Branches, a merge, a squash, a conflict, a cycle and something missing.
fn sample() -> Project {
    let mut project = project([
        app(
            "blog",
            [
                migration("0001_initial").after("people.__first__"),
                migration("0002_slug").after("blog.0001_initial"),
                migration("0002_title")
                    .after("blog.0001_initial")
                    .after("shop.0001_squashed_0002_price"),
                migration("0003_merge")
                    .after("blog.0002_slug")
                    .after("blog.0002_title"),
                migration("0004_body").after("blog.0003_merge"),
                migration("0004_tags").after("blog.0003_merge"),
            ],
        ),
        app("people", [migration("0001_initial")]),
        app(
            "shop",
            [
                migration("0001_squashed_0002_price")
                    .replaces("shop.0001_initial")
                    .replaces("shop.0002_price"),
                migration("0003_next").after("shop.0001_squashed_0002_price"),
                migration("0004_gone").after("shop.0009_gone"),
            ],
        ),
        app(
            "wait",
            [
                migration("0001_a").after("wait.0002_b"),
                migration("0002_b").after("wait.0001_a"),
            ],
        ),
    ]);
    project.apps[1].origin = AppOrigin::Installed;
    project
}

#[test]
fn text_shows_branches_as_rails() {
    assert_eq!(
        picture(&sample(), Some("blog"), Format::Text),
        "\
blog
●    0001_initial  ← people.0001_initial
├─╮
● │  0002_slug
│ ●  0002_title  ← shop.0001_squashed_0002_price
├─╯
●    0003_merge
├─╮
◎ │  0004_body  conflict
  ◎  0004_tags  conflict
"
    );
}

#[test]
fn text_shows_what_is_wrong() {
    assert_eq!(
        picture(&sample(), Some("wait"), Format::Text),
        "\
wait
◎  0002_b  cycle  ← wait.0001_a
◎  0001_a  cycle
"
    );
    assert_eq!(
        picture(&sample(), Some("shop"), Format::Text),
        "\
shop
✗    0009_gone  missing
│ ◆  0001_squashed_0002_price  squashes 2
│ ◎  0003_next  conflict
◎    0004_gone  conflict
"
    );
}

#[test]
fn dot_and_mermaid_name_every_node_and_edge() {
    let dot = picture(&sample(), Some("blog"), Format::Dot);
    assert!(
        dot.contains("\"blog.0002_slug\" -> \"blog.0003_merge\";"),
        "{dot}"
    );
    assert!(
        dot.contains("\"people.0001_initial\" -> \"blog.0001_initial\" [style=dashed];"),
        "{dot}"
    );
    let mermaid = picture(&sample(), Some("blog"), Format::Mermaid);
    assert!(mermaid.starts_with("flowchart TD\n"), "{mermaid}");
    assert!(
        mermaid.contains("[[\"0001_squashed_0002_price<br/>squashes 2\"]]"),
        "{mermaid}"
    );
    assert!(mermaid.contains("  class n6,n7 conflict\n"), "{mermaid}");
}

#[test]
fn svg_places_every_node_once() {
    let svg = picture(&sample(), None, Format::Svg);
    assert_eq!(svg.matches("<g><title>").count(), 13);
    assert_eq!(svg.matches("<path class=\"edge").count(), 12);
    assert!(svg.contains("blog.0004_tags, conflict"), "{svg}");
}

#[test]
fn names_are_escaped() {
    let project = project([app("blog", [migration("0001_<\"&#\\>")])]);
    let svg = picture(&project, None, Format::Svg);
    assert!(svg.contains("0001_&lt;&quot;&amp;#\\&gt;"), "{svg}");
    let dot = picture(&project, None, Format::Dot);
    assert!(dot.contains("0001_<\\\"&#\\\\>"), "{dot}");
    let mermaid = picture(&project, None, Format::Mermaid);
    assert!(mermaid.contains("0001_#lt;#quot;&#35;\\#gt;"), "{mermaid}");
}

#[test]
fn installed_apps_are_drawn_when_asked_for() {
    let project = sample();
    let graph = MigrationGraph::build(&project);
    let without = draw(&project, &graph, &Scope::default(), Format::Text);
    assert!(!without.contains("\npeople\n"), "{without}");
    let all = Scope {
        app: None,
        include_installed: true,
    };
    let with = draw(&project, &graph, &all, Format::Text);
    assert!(with.contains("\npeople\n"), "{with}");
}

#[test]
fn an_unknown_app_gives_nothing_to_show() {
    assert_eq!(picture(&sample(), Some("nowhere"), Format::Text), "");
}

#[test]
fn many_branches_are_listed_without_rails() {
    let branches = (0..200).map(|at| migration(&format!("1{at:03}_x")).after("blog.0001_initial"));
    let project = project([app(
        "blog",
        std::iter::once(migration("0001_initial")).chain(branches),
    )]);
    let text = picture(&project, None, Format::Text);
    assert_eq!(text.lines().count(), 202);
    assert!(text.lines().all(|line| line.chars().count() < 40), "{text}");
}
