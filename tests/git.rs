//! Git mode, in repositories as people have them. Every test makes its own, and is
//! skipped where there is no git.

use std::path::Path;

use crate::console::{observe, whimbrel, write};
use crate::support::git::{self, commit, git, init};

/// A migration of `blog` with an operation that a rule finds fault with: the column has
/// no default in the database.
fn migration(after: &str, field: &str) -> String {
    let dependency = if after.is_empty() {
        String::new()
    } else {
        format!("(\"blog\", \"{after}\")")
    };
    let operation = if after.is_empty() {
        "migrations.CreateModel(\"Post\", [(\"id\", models.AutoField(primary_key=True))])"
            .to_owned()
    } else {
        format!("migrations.AddField(\"post\", \"{field}\", models.IntegerField(default=0))")
    };
    format!(
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    \
         dependencies = [{dependency}]\n    operations = [{operation}]\n"
    )
}

fn path(name: &str) -> String {
    format!("blog/migrations/{name}.py")
}

fn add(root: &Path, name: &str, after: &str) {
    let field = name.split_once('_').map_or(name, |(_, field)| field);
    write(root, &path(name), &migration(after, field));
}

/// A repository on `main` with two migrations, both of which have findings when all is
/// judged.
fn repository(root: &Path) {
    init(root);
    write(root, "blog/__init__.py", "");
    write(root, &path("__init__"), "");
    add(root, "0001_initial", "");
    add(root, "0002_old", "0001_initial");
    commit(root, "first");
}

/// `path rule` of each finding.
fn findings(root: &Path, arguments: &[&str]) -> Vec<String> {
    let mut all = vec!["check", "--output-format", "json-lines"];
    all.extend(arguments);
    let output = whimbrel(root).args(&all).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_ne!(output.status.code(), Some(2), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| {
            let finding: serde_json::Value = serde_json::from_str(line).unwrap();
            let word = |key: &str| finding[key].as_str().unwrap().to_owned();
            format!("{} {}", word("path"), word("rule"))
        })
        .collect()
}

fn found(name: &str) -> Vec<String> {
    vec![format!("{} not-null-without-db-default", path(name))]
}

/// What is said besides findings.
fn said(root: &Path, arguments: &[&str]) -> String {
    let mut all = vec!["check"];
    all.extend(arguments);
    observe(root, &all)
}

/// A repository, or nothing where there is no git.
fn fresh() -> Option<tempfile::TempDir> {
    if !git::is_there() {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    Some(folder)
}

#[test]
fn untracked_staged_and_committed_migrations_are_new() {
    let Some(folder) = fresh() else { return };
    let root = folder.path();
    assert_eq!(findings(root, &[]), found("0002_old"));
    assert!(findings(root, &["--since", "main"]).is_empty());
    git(root, &["checkout", "--quiet", "-b", "work"]);
    add(root, "0003_new", "0002_old");
    assert_eq!(findings(root, &["--since", "main"]), found("0003_new"));
    git(root, &["add", "."]);
    assert_eq!(findings(root, &["--since", "main"]), found("0003_new"));
    commit(root, "new");
    assert_eq!(findings(root, &["--since", "main"]), found("0003_new"));
    assert!(findings(root, &["--since", "HEAD"]).is_empty());
    // A file and a folder that are named, from elsewhere as well.
    let file = path("0003_new");
    assert_eq!(
        findings(root, &["--since", "main", &file]),
        found("0003_new")
    );
    let inner = root.join("blog/migrations");
    let from_inside = findings(&inner, &["--since", "main"]);
    assert_eq!(from_inside, ["0003_new.py not-null-without-db-default"]);
    let old = path("0002_old");
    assert!(findings(root, &["--since", "main", &old]).is_empty());
    // A tag looks like a migration at first sight.
    git(root, &["tag", "v1.0", "main"]);
    assert_eq!(findings(root, &["--since", "v1.0"]), found("0003_new"));
    assert_eq!(findings(root, &["--since", "blog.0003"]), found("0003_new"));
    let unknown = said(root, &["--since", "blog.0009"]);
    assert!(
        unknown.contains("`since` names `blog.0009`, which does not exist"),
        "{unknown}"
    );
}

#[test]
fn staged_judges_the_content_of_the_index() {
    let Some(folder) = fresh() else { return };
    let root = folder.path();
    add(root, "0003_new", "0002_old");
    assert!(findings(root, &["--staged"]).is_empty());
    git(root, &["add", "."]);
    assert_eq!(findings(root, &["--staged"]), found("0003_new"));
    // What is on disk does not count, and what stands beside the index neither.
    let harmless = migration("0002_old", "new").replace("default=0", "null=True");
    write(root, &path("0003_new"), &harmless);
    add(root, "0004_later", "0002_old");
    assert_eq!(findings(root, &["--staged"]), found("0003_new"));
    let file = path("0003_new");
    assert_eq!(findings(root, &["--staged", &file]), found("0003_new"));
    // The index has it, the disk has not.
    std::fs::remove_file(root.join(&file)).unwrap();
    assert_eq!(findings(root, &["--staged"]), found("0003_new"));
    assert_eq!(findings(root, &["--staged", &file]), found("0003_new"));
    git(root, &["add", &file]);
    assert!(findings(root, &["--staged"]).is_empty());
}

#[test]
fn staged_before_the_first_commit_compares_with_nothing() {
    if !git::is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    init(root);
    write(root, &path("__init__"), "");
    add(root, "0001_initial", "");
    add(root, "0002_new", "0001_initial");
    git(root, &["add", "."]);
    // All that is staged is one change: the table is new.
    assert!(findings(root, &["--staged"]).is_empty());
    assert!(said(root, &["--staged"]).contains("2 migrations"));
    assert!(said(root, &["--since", "HEAD"]).contains("git knows no revision `HEAD`"));
}

#[test]
fn renamed_deleted_and_modified_migrations_are_told() {
    let Some(folder) = fresh() else { return };
    let root = folder.path();
    add(root, "0003_last", "0002_old");
    commit(root, "last");
    git(root, &["mv", &path("0003_last"), &path("0003_end")]);
    let renamed = format!("{} renamed-migration", path("0003_end"));
    assert!(findings(root, &["--since", "main"]).contains(&renamed));
    assert!(findings(root, &["--staged"]).contains(&renamed));
    git(root, &["reset", "--quiet", "--hard"]);
    std::fs::remove_file(root.join(path("0003_last"))).unwrap();
    let deleted = format!("{} deleted-migration", path("0003_last"));
    assert_eq!(findings(root, &["--since", "HEAD"]), [deleted.as_str()]);
    assert!(findings(root, &["--staged"]).is_empty());
    git(root, &["reset", "--quiet", "--hard"]);
    let changed = migration("0002_old", "last").replace("default=0", "default=1");
    write(root, &path("0003_last"), &changed);
    let modified = format!("{} modified-migration", path("0003_last"));
    assert_eq!(findings(root, &["--since", "HEAD"]), [modified.as_str()]);
    // What the file says is heard.
    let allowed = changed.replace(
        "operations = [",
        "operations = [\n        # whimbrel: ignore[modified-migration] nobody has run it\n        ",
    );
    write(root, &path("0003_last"), &allowed);
    assert!(findings(root, &["--since", "HEAD"]).is_empty());
    // Another layout is no change.
    let wide = migration("0002_old", "last").replace("\", ", "\",\n        ");
    write(root, &path("0003_last"), &wide);
    assert!(findings(root, &["--since", "HEAD"]).is_empty());
}

#[test]
fn what_the_other_side_did_is_not_blamed_on_this_one() {
    let Some(folder) = fresh() else { return };
    let root = folder.path();
    git(root, &["checkout", "--quiet", "-b", "work"]);
    add(root, "0003_mine", "0002_old");
    commit(root, "mine");
    git(root, &["checkout", "--quiet", "main"]);
    add(root, "0003_theirs", "0002_old");
    write(
        root,
        &path("0001_initial"),
        &migration("", "").replace("Post", "Posting"),
    );
    commit(root, "theirs");
    git(root, &["checkout", "--quiet", "work"]);
    let conflict = format!("{} conflicting-merge", path("0003_mine"));
    let mut expected = vec![conflict];
    expected.extend(found("0003_mine"));
    assert_eq!(findings(root, &["--since", "main"]), expected);
    assert_eq!(
        findings(root, &["--since", "main", "--merge-base"]),
        expected
    );

    // In the middle of a merge, what it brings in is not of this commit.
    git(
        root,
        &["merge", "--quiet", "--no-commit", "--no-ff", "main"],
    );
    let staged = findings(root, &["--staged"]);
    assert_eq!(staged, Vec::<String>::new());
    let of_the_merge = [
        format!("{} conflicting-leaves", path("0003_theirs")),
        format!("{} duplicate-number", path("0003_theirs")),
    ];
    assert_eq!(findings(root, &["--since", "main"]), of_the_merge);
    commit(root, "merge");
    assert_eq!(findings(root, &["--since", "main"]), of_the_merge);
}

#[test]
fn the_merge_base_makes_new_what_both_sides_have() {
    let Some(folder) = fresh() else { return };
    let root = folder.path();
    git(root, &["branch", "work"]);
    add(root, "0003_both", "0002_old");
    commit(root, "on main");
    git(root, &["checkout", "--quiet", "work"]);
    add(root, "0003_both", "0002_old");
    commit(root, "and here");
    assert!(findings(root, &["--since", "main"]).is_empty());
    let since_base = findings(root, &["--since", "main", "--merge-base"]);
    assert_eq!(since_base, found("0003_both"));
}

#[test]
fn unresolved_conflicts_in_the_index_are_no_content() {
    let Some(folder) = fresh() else { return };
    let root = folder.path();
    git(root, &["checkout", "--quiet", "-b", "work"]);
    write(root, &path("0002_old"), &migration("0001_initial", "mine"));
    commit(root, "mine");
    git(root, &["checkout", "--quiet", "main"]);
    write(
        root,
        &path("0002_old"),
        &migration("0001_initial", "theirs"),
    );
    commit(root, "theirs");
    let merge = std::process::Command::new("git")
        .current_dir(root)
        .args(["merge", "--quiet", "work"])
        .output()
        .unwrap();
    assert!(!merge.status.success());
    let said = said(root, &["--staged"]);
    assert!(
        said.contains("files in the index are in conflict: `blog/migrations/0002_old.py`"),
        "{said}"
    );
    assert!(said.ends_with("exit 2\n"), "{said}");
}

#[test]
fn shallow_clones_say_what_they_cannot_tell() {
    let Some(folder) = fresh() else { return };
    let root = folder.path();
    add(root, "0003_main", "0002_old");
    commit(root, "main");
    git(root, &["checkout", "--quiet", "-b", "work"]);
    add(root, "0004_new", "0003_main");
    commit(root, "new");
    let clones = tempfile::tempdir().unwrap();
    let url = format!("file://{}", root.display());
    let shallow = clones.path().join("shallow");
    let to = shallow.to_str().unwrap();
    git(
        clones.path(),
        &[
            "clone", "--quiet", "--depth", "1", "--branch", "work", &url, to,
        ],
    );
    let unknown = said(&shallow, &["--since", "origin/main"]);
    assert!(
        unknown.contains("git knows no revision `origin/main`"),
        "{unknown}"
    );
    assert!(unknown.contains("the clone is shallow"), "{unknown}");
    let fetch = [
        "fetch",
        "--quiet",
        "--depth",
        "1",
        "origin",
        "main:refs/remotes/origin/main",
    ];
    git(&shallow, &fetch);
    // The tip alone tells what is new, and not what was deleted.
    assert_eq!(
        findings(&shallow, &["--since", "origin/main"]),
        found("0004_new")
    );
    let noted = said(&shallow, &["--since", "origin/main"]);
    assert!(noted.contains("as the clone is shallow"), "{noted}");
    let refused = said(&shallow, &["--since", "origin/main", "--merge-base"]);
    assert!(
        refused.contains("`HEAD` and `origin/main` have no common commit"),
        "{refused}"
    );
    assert!(refused.contains("fetch-depth: 0"), "{refused}");
}

#[test]
fn a_detached_head_and_another_worktree_are_as_good_as_a_branch() {
    let Some(folder) = fresh() else { return };
    let root = folder.path();
    git(root, &["checkout", "--quiet", "--detach"]);
    add(root, "0003_new", "0002_old");
    commit(root, "detached");
    assert_eq!(findings(root, &["--since", "main"]), found("0003_new"));
    assert_eq!(findings(root, &["--since", "HEAD~1"]), found("0003_new"));
    let places = tempfile::tempdir().unwrap();
    let other = places.path().join("other");
    git(
        root,
        &[
            "worktree",
            "add",
            "--quiet",
            other.to_str().unwrap(),
            "main",
        ],
    );
    assert!(findings(&other, &["--since", "main"]).is_empty());
    add(&other, "0003_there", "0002_old");
    assert_eq!(findings(&other, &["--since", "main"]), found("0003_there"));
    git(&other, &["add", "."]);
    assert_eq!(findings(&other, &["--staged"]), found("0003_there"));
    assert!(findings(root, &["--staged"]).is_empty());
}

#[test]
fn submodules_are_repositories_of_their_own() {
    let Some(folder) = fresh() else { return };
    let places = tempfile::tempdir().unwrap();
    let outer = places.path();
    init(outer);
    write(outer, "shop/__init__.py", "");
    write(outer, "shop/migrations/__init__.py", "");
    write(outer, "shop/migrations/0001_initial.py", &migration("", ""));
    let url = format!("file://{}", folder.path().display());
    git(outer, &["submodule", "--quiet", "add", &url, "vendor"]);
    commit(outer, "with a submodule");
    let inner = outer.join("vendor");
    add(&inner, "0003_new", "0002_old");
    let noted = said(outer, &["--since", "HEAD"]);
    assert!(
        noted.contains("`vendor` is a repository of its own: its 3 migrations are context here"),
        "{noted}"
    );
    assert!(findings(outer, &["--since", "HEAD"]).is_empty());
    let inside = format!("vendor/{} not-null-without-db-default", path("0003_new"));
    assert_eq!(
        findings(outer, &["--since", "HEAD", "vendor"]),
        [inside.as_str()]
    );
    assert_eq!(findings(&inner, &["--since", "HEAD"]), found("0003_new"));
    let both = said(outer, &["--since", "HEAD", "vendor", "shop"]);
    assert!(
        both.contains("the paths are in several repositories"),
        "{both}"
    );
}

#[test]
fn code_and_contraction_are_one_change() {
    let Some(folder) = fresh() else { return };
    let root = folder.path();
    let drop = migration("0002_old", "").replace(
        "AddField(\"post\", \"\", models.IntegerField(default=0))",
        "RemoveField(\"post\", \"old\")",
    );
    write(root, &path("0003_drop"), &drop);
    let arguments = ["--since", "main", "--select", "contraction-with-code"];
    assert!(findings(root, &arguments).is_empty());
    write(root, "blog/models.py", "x = 1\n");
    let expected = format!("{} contraction-with-code", path("0003_drop"));
    assert_eq!(findings(root, &arguments), [expected.as_str()]);
}

#[test]
fn wrong_calls_get_a_way_out() {
    let Some(folder) = fresh() else { return };
    let root = folder.path();
    let misspelt = said(root, &["--since", "mian"]);
    assert!(misspelt.contains("did you mean `main`?"), "{misspelt}");
    let flag = said(root, &["--since=--output=x"]);
    assert!(
        flag.contains("git knows no revision `--output=x`"),
        "{flag}"
    );
    let alone = said(root, &["--merge-base"]);
    assert!(alone.contains("--since <REF>"), "{alone}");
    let no_revision = said(root, &["--since", "blog.0002", "--merge-base"]);
    assert!(
        no_revision.contains("`--since` names none"),
        "{no_revision}"
    );
    let outside = tempfile::tempdir().unwrap();
    let nowhere = said(outside.path(), &["--staged"]);
    assert!(nowhere.contains("`.` is in no git repository"), "{nowhere}");
    let bare = outside.path().join("bare.git");
    git(outside.path(), &["init", "--quiet", "--bare", "bare.git"]);
    let bare = said(&bare, &["--staged"]);
    assert!(bare.contains("has no working tree"), "{bare}");
    let without_git = whimbrel(root)
        .args(["check", "--since", "main"])
        .env("PATH", outside.path())
        .output()
        .unwrap();
    let text = String::from_utf8(without_git.stderr).unwrap();
    assert!(text.contains("there is no `git` command"), "{text}");
    assert_eq!(without_git.status.code(), Some(2));
}

#[test]
fn a_summary_shows_the_sql_of_what_is_new() {
    let Some(folder) = fresh() else { return };
    let root = folder.path();
    let quiet = migration("0002_old", "new").replace("default=0", "null=True");
    write(root, &path("0003_new"), &quiet);
    let output = whimbrel(root)
        .args(["check", "--since", "HEAD", "--output-format", "markdown"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("## Migrations: no findings\n"), "{text}");
    assert_eq!(text.matches("<summary><code>").count(), 1, "{text}");
    assert!(text.contains("<code>blog.0003_new</code>"), "{text}");
    assert!(text.contains("ADD COLUMN \"new\" integer NULL"), "{text}");
}
