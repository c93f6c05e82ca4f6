//! Which operations of two branches clash, and which branches commute.

use whimbrel::graph::MigrationGraph;
use whimbrel::graph::conflict::compare;
use whimbrel::ir::{FieldKind, Operation};

use crate::support::projects::operations::{
    add_field, create_model, delete_model, field, rename_field, run_python,
};
use crate::support::projects::{app, id, migration, project};

/// The clashes of two one-migration branches, worded, and how many are unclear.
fn clashes(
    left: impl IntoIterator<Item = Operation>,
    right: impl IntoIterator<Item = Operation>,
) -> (Vec<String>, usize) {
    let fill = |name, operations: Vec<Operation>| {
        operations.into_iter().fold(
            migration(name).after("blog.0001_initial"),
            |it, operation| it.with(operation),
        )
    };
    let project = project([app(
        "blog",
        [
            migration("0001_initial").with(create_model("Post")),
            fill("0002_a", left.into_iter().collect()),
            fill("0002_b", right.into_iter().collect()),
        ],
    )]);
    let graph = MigrationGraph::build(&project);
    let leaves = graph.leaf_nodes(Some("blog"));
    let result = compare(&project, &graph, leaves[0], leaves[1]);
    assert_eq!(result.left.migrations.len(), 1);
    assert_eq!(result.right.migrations[0].id, id("blog.0002_b"));
    let worded = result
        .clashes
        .iter()
        .map(|clash| {
            let (left, right) = (clash.left.operation, clash.right.operation);
            format!(
                "{} / {}: {}",
                left.describe(),
                right.describe(),
                clash.about
            )
        })
        .collect();
    (worded, result.unclear.len())
}

fn text(model: &str, name: &str) -> Operation {
    add_field(model, name, field(FieldKind::TextField, None))
}

#[test]
fn two_fields_of_one_model_commute() {
    assert_eq!(
        clashes([text("post", "a")], [text("post", "b")]),
        (vec![], 0)
    );
}

#[test]
fn the_same_field_clashes_whatever_its_case() {
    let (worded, _) = clashes(
        [text("post", "Slug")],
        [rename_field("Post", "slug", "name")],
    );
    assert_eq!(
        worded,
        ["AddField `post.Slug` / RenameField `Post.slug`: field `post.slug`"]
    );
}

#[test]
fn a_removed_model_clashes_with_anything_of_it() {
    let (worded, _) = clashes([text("post", "a")], [delete_model("Post")]);
    assert_eq!(
        worded,
        ["AddField `post.a` / DeleteModel `Post`: model `post`"]
    );
    let (worded, _) = clashes([delete_model("Post")], [text("post", "a")]);
    assert_eq!(
        worded,
        ["DeleteModel `Post` / AddField `post.a`: model `post`"]
    );
}

#[test]
fn a_relation_clashes_with_the_removal_of_its_target() {
    let relation = |to| add_field("note", "post", field(FieldKind::ForeignKey, Some(to)));
    let (worded, _) = clashes([relation("blog.Post")], [delete_model("Post")]);
    assert_eq!(
        worded,
        ["AddField `note.post` / DeleteModel `Post`: model `post`"]
    );
    let other_app = clashes([relation("news.Post")], [delete_model("Post")]);
    assert_eq!(other_app, (vec![], 0));
}

#[test]
fn two_operations_are_told_once() {
    let rename = || rename_field("post", "a", "b");
    assert_eq!(clashes([rename()], [rename()]).0.len(), 1);
}

#[test]
fn a_function_may_touch_what_the_other_branch_changes() {
    assert_eq!(clashes([run_python()], [text("post", "a")]), (vec![], 1));
    assert_eq!(clashes([run_python()], []), (vec![], 0));
}
