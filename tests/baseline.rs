//! Baselines, as people keep them.

use std::path::Path;

use crate::console::{observe, whimbrel, write};

const FILE: &str = "whimbrel-baseline.json";

fn migration(number: usize, operations: &str) -> String {
    let dependency = match number {
        1 => String::new(),
        _ => format!("(\"shop\", \"{:04}_step\")", number - 1),
    };
    format!(
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    \
         dependencies = [{dependency}]\n    operations = [\n{operations}    ]\n"
    )
}

fn step(root: &Path, number: usize, operations: &str) {
    let path = format!("shop/migrations/{number:04}_step.py");
    write(root, &path, &migration(number, operations));
}

fn drop(field: &str) -> String {
    format!("        migrations.RemoveField(\"order\", \"{field}\"),\n")
}

/// A project with two findings, one on each of two dropped columns.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "shop/__init__.py", "");
    write(root, "shop/migrations/__init__.py", "");
    write(root, "whimbrel.toml", "dialects = [\"postgresql\"]\n");
    let fields =
        ["a", "b", "c"].map(|name| format!("(\"{name}\", models.IntegerField(null=True))"));
    let create = format!(
        "        migrations.CreateModel(\"Order\", [(\"id\", models.AutoField(primary_key=True)), {}]),\n",
        fields.join(", ")
    );
    step(root, 1, &create);
    step(root, 2, &drop("a"));
    step(root, 3, &drop("b"));
    folder
}

/// Messages of all findings, and what else was said.
fn check(root: &Path, arguments: &[&str]) -> (Vec<String>, String) {
    let mut all = vec!["check", "--output-format", "json-lines"];
    all.extend(arguments);
    let output = whimbrel(root).args(&all).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let messages = text.lines().map(|line| {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        finding["message"].as_str().unwrap().to_owned()
    });
    (
        messages.collect(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

fn columns(found: &[String]) -> Vec<&str> {
    let names = found.iter().filter_map(|message| message.split('`').nth(1));
    names.collect()
}

#[test]
fn what_is_accepted_is_held_back_and_what_is_new_is_told() {
    let folder = project();
    let root = folder.path();
    assert_eq!(columns(&check(root, &[]).0), ["a", "b"]);
    let (found, said) = check(root, &["--write-baseline"]);
    assert!(found.is_empty(), "{found:?}");
    assert!(
        said.contains("`whimbrel-baseline.json` holds 2 findings"),
        "{said}"
    );
    let (found, said) = check(root, &["--baseline", FILE]);
    assert!(found.is_empty(), "{found:?}");
    assert!(
        said.contains("2 findings held back by the baseline"),
        "{said}"
    );
    step(root, 4, &drop("c"));
    assert_eq!(columns(&check(root, &["--baseline", FILE]).0), ["c"]);
}

#[test]
fn edits_elsewhere_do_not_disturb_it_and_another_meaning_does() {
    let folder = project();
    let root = folder.path();
    let _ = check(root, &["--write-baseline"]);
    let written = std::fs::read_to_string(root.join(FILE)).unwrap();
    // Lines above, another layout, and an operation beside it.
    let moved = format!(
        "        # why\n        migrations.RunSQL(\"SELECT 1\", \"SELECT 1\"),\n{}",
        drop("a").replace(
            "\"order\", \"a\"",
            "name='a',\n            model_name='order'"
        )
    );
    step(root, 2, &moved);
    let (found, _) = check(root, &["--baseline", FILE]);
    assert!(found.is_empty(), "{found:?}");
    let _ = check(root, &["--write-baseline"]);
    assert_eq!(std::fs::read_to_string(root.join(FILE)).unwrap(), written);
    step(root, 2, &drop("c"));
    let (found, said) = check(root, &["--baseline", FILE]);
    assert_eq!(columns(&found), ["c"]);
    assert!(
        said.contains("takes out: shop.0002_step: dropped-column-in-use"),
        "{said}"
    );
}

#[test]
fn pruning_takes_out_what_is_found_no_longer_and_adds_nothing() {
    let folder = project();
    let root = folder.path();
    let _ = check(root, &["--write-baseline"]);
    step(root, 3, "");
    step(root, 4, &drop("c"));
    // A run on one file says nothing about the others.
    let file = "shop/migrations/0002_step.py";
    let (found, said) = check(root, &["--baseline", FILE, file]);
    assert!(found.is_empty() && !said.contains("takes out"), "{said}");
    let _ = check(root, &["--baseline", FILE, "--prune-baseline", file]);
    let (found, said) = check(root, &["--baseline", FILE, "--prune-baseline"]);
    assert_eq!(columns(&found), ["c"]);
    assert!(said.contains("holds 1 finding less"), "{said}");
    let text = std::fs::read_to_string(root.join(FILE)).unwrap();
    assert!(
        text.contains("0002_step") && !text.contains("0003_step"),
        "{text}"
    );
    // Nor does writing one for a file forget the others.
    step(root, 3, &drop("b"));
    let _ = check(
        root,
        &[
            "--baseline",
            FILE,
            "--write-baseline",
            "shop/migrations/0003_step.py",
        ],
    );
    assert_eq!(columns(&check(root, &["--baseline", FILE]).0), ["c"]);
    std::fs::remove_dir_all(root.join("shop")).unwrap();
    let (_, said) = check(root, &["--baseline", FILE, "--prune-baseline"]);
    assert!(said.contains("holds 2 findings less"), "{said}");
}

#[test]
fn the_configuration_names_it_and_a_wrong_one_is_told() {
    let folder = project();
    let root = folder.path();
    let config = "dialects = [\"postgresql\"]\nbaseline = \"accepted.json\"\n";
    write(root, "whimbrel.toml", config);
    let missing = observe(root, &["check"]);
    assert!(
        missing.contains("the baseline `") && missing.contains("it does not exist"),
        "{missing}"
    );
    assert!(
        missing.contains("`--write-baseline` writes one"),
        "{missing}"
    );
    let _ = check(root, &["--write-baseline"]);
    assert!(root.join("accepted.json").exists());
    assert!(check(root, &[]).0.is_empty());
    assert!(check(&root.join("shop"), &[]).0.is_empty());
    write(root, "accepted.json", "[]");
    let wrong = observe(root, &["check"]);
    assert!(
        wrong.contains("it is no baseline") && wrong.ends_with("exit 2\n"),
        "{wrong}"
    );
    write(root, "whimbrel.toml", "dialects = [\"postgresql\"]\n");
    let nothing = observe(root, &["check", "--prune-baseline"]);
    assert!(
        nothing.contains("there is no baseline to prune"),
        "{nothing}"
    );
}
