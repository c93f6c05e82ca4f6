//! Where the configuration comes from, and what is told of it.

use std::path::Path;

use crate::console::{observe, repository, whimbrel, write};

const MIGRATION: &str = "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    dependencies = []\n    operations = [\n        migrations.CreateModel(\"Order\", [(\"id\", models.AutoField(primary_key=True)), (\"a\", models.IntegerField(null=True))]),\n    ]\n";
const DROP: &str = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    dependencies = [(\"shop\", \"0001_initial\")]\n    operations = [migrations.RemoveField(\"order\", \"a\")]\n";

/// A project with one finding, which names PostgreSQL and MySQL.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "shop/__init__.py", "");
    write(root, "shop/migrations/__init__.py", "");
    write(root, "shop/migrations/0001_initial.py", MIGRATION);
    write(root, "shop/migrations/0002_drop.py", DROP);
    folder
}

fn has_finding(root: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> bool {
    let output = whimbrel(root)
        .arg("check")
        .args(arguments)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_ne!(output.status.code(), Some(2), "{errors}");
    text.contains("dropped-column-in-use")
}

#[test]
fn a_file_may_extend_another_one() {
    let folder = project();
    let root = folder.path();
    write(
        root,
        "common/base.toml",
        "ignore = [\"rollout\"]\nexclude = [\"nothing/\"]\n",
    );
    write(root, "whimbrel.toml", "extend = \"common/base.toml\"\n");
    assert!(!has_finding(root, &[], &[]));
    // What the nearer file says counts.
    write(
        root,
        "whimbrel.toml",
        "extend = \"common/base.toml\"\nignore = []\n",
    );
    assert!(has_finding(root, &[], &[]));
    write(root, "whimbrel.toml", "extend = \"common/bose.toml\"\n");
    let missing = observe(root, &["check"]);
    assert!(
        missing.contains("`common/bose.toml` cannot be read"),
        "{missing}"
    );
    assert!(
        missing.contains("did you mean `common/base.toml`?"),
        "{missing}"
    );
    write(root, "whimbrel.toml", "extend = \"common/base.toml\"\n");
    write(root, "common/base.toml", "extend = \"../whimbrel.toml\"\n");
    let circle = observe(root, &["check"]);
    assert!(circle.contains("extend each other in a circle"), "{circle}");
}

#[test]
fn paths_start_at_the_file_that_names_them() {
    let folder = project();
    let root = folder.path();
    write(
        root,
        "common/base.toml",
        "baseline = \"accepted.json\"\n[apps]\nstore = \"../shop/migrations\"\n",
    );
    write(root, "whimbrel.toml", "extend = \"common/base.toml\"\n");
    let _ = observe(root, &["check", "--write-baseline"]);
    assert!(root.join("common/accepted.json").exists());
    let files = observe(root, &["check", "--show-files"]);
    assert!(
        files.contains("app `store`, named by the configuration"),
        "{files}"
    );
}

#[test]
fn the_environment_and_the_call_come_after_files() {
    let folder = project();
    let root = folder.path();
    assert!(has_finding(root, &[], &[]));
    assert!(!has_finding(
        root,
        &["--config", "ignore=[\"rollout\"]"],
        &[]
    ));
    assert!(!has_finding(
        root,
        &[],
        &[("WHIMBREL_IGNORE", "locking,rollout")]
    ));
    assert!(!has_finding(
        root,
        &["--config", "dialects=['sqlite']"],
        &[]
    ));
    write(root, "whimbrel.toml", "ignore = [\"rollout\"]\n");
    assert!(!has_finding(root, &[], &[]));
    assert!(has_finding(root, &["--config", "ignore=[]"], &[]));
    assert!(has_finding(root, &["--isolated"], &[]));
    // The call has the last word.
    let variable = [("WHIMBREL_IGNORE", "rollout")];
    assert!(has_finding(
        root,
        &["--isolated", "--config", "ignore=[]"],
        &variable
    ));
    write(root, "other.toml", "ignore = []\n");
    assert!(has_finding(root, &["--config", "other.toml"], &[]));
    assert!(has_finding(root, &[], &[("WHIMBREL_CONFIG", "other.toml")]));
    let both = ["--config", "other.toml", "--config", "ignore=['rollout']"];
    assert!(!has_finding(root, &both, &[]));
}

#[test]
fn wrong_overrides_say_where_and_what_was_meant() {
    let folder = project();
    let root = folder.path();
    let wrong = observe(root, &["check", "--config", "dialekts=['mysql']"]);
    assert!(
        wrong.contains("did you mean `dialects`?") && wrong.contains("--config:1:1"),
        "{wrong}"
    );
    let wrong = observe(root, &["check", "--config", "dialect=mysqll"]);
    assert!(wrong.contains("did you mean `mysql`?"), "{wrong}");
    let rule = observe(root, &["check", "--config", "select=['blocking-indx']"]);
    assert!(rule.contains("did you mean `blocking-index`?"), "{rule}");
    let two = observe(root, &["check", "--config", "a.toml", "--config", "b.toml"]);
    assert!(two.contains("`--config` names two files"), "{two}");
    let none = observe(root, &["check", "--isolated", "--config", "a.toml"]);
    assert!(none.contains("`--isolated` reads no file"), "{none}");
    let output = whimbrel(root)
        .args(["check"])
        .env("WHIMBREL_DIALECTS", "postgers")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("WHIMBREL_DIALECTS:1:"), "{text}");
}

#[test]
fn keys_are_explained_with_where_their_values_come_from() {
    let folder = project();
    let root = folder.path();
    write(
        root,
        "base.toml",
        "small = [\"shop.order\"]\nignore = [\"rollout\"]\n",
    );
    write(
        root,
        "whimbrel.toml",
        "extend = \"base.toml\"\n\nignore = [\"data\"]\n",
    );
    let all = observe(root, &["config", "--config", "require-reason=true"]);
    for line in [
        "ignore            [\"data\"]  # whimbrel.toml:3",
        "small             [\"shop.order\"]  # base.toml:1",
        "require-reason    true  # --config",
        "dialects          not set",
    ] {
        assert!(all.contains(line), "{line}\n{all}");
    }
    let one = observe(root, &["config", "ignore"]);
    assert!(one.starts_with("ignore: an array of strings\n"), "{one}");
    assert!(one.contains("from whimbrel.toml:3"), "{one}");
    let unknown = observe(root, &["config", "dialekt"]);
    assert!(unknown.contains("did you mean `dialect`?"), "{unknown}");
}

#[test]
fn the_published_schema_is_current_and_knows_what_is_read() {
    let file = repository().join("docs/config.schema.json");
    let schema = whimbrel::workspace::config_schema();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, &schema).unwrap();
    }
    let published = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        published, schema,
        "UPDATE_EXPECT=1 writes docs/config.schema.json"
    );
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let good = serde_json::json!({
        "select": ["recommended"], "since": "shop.0002", "severity": {"locking": "error"},
        "per-app": {"shop": {"ignore": ["data"]}}, "require-reason": true,
    });
    assert!(validator.is_valid(&good));
    assert!(!validator.is_valid(&serde_json::json!({"selekt": []})));
    assert!(!validator.is_valid(&serde_json::json!({"severity": {"locking": "fatal"}})));
    // No key of the schema is refused by the reader, whatever it says of the value.
    let folder = project();
    for key in whimbrel::workspace::config_keys() {
        write(
            folder.path(),
            "whimbrel.toml",
            &format!("{} = 1979-05-27\n", key.name),
        );
        let said = observe(folder.path(), &["check"]);
        assert!(
            said.contains("must be") && !said.contains("unknown configuration key"),
            "{said}"
        );
        assert!(!key.about.is_empty(), "{}", key.name);
    }
}

#[test]
fn init_writes_what_it_sees_and_nothing_twice() {
    let folder = project();
    let root = folder.path();
    let said = observe(root, &["init"]);
    assert!(said.starts_with("whimbrel.toml\n"), "{said}");
    let again = observe(root, &["init"]);
    assert!(
        again.contains("configures whimbrel already") && again.ends_with("exit 2\n"),
        "{again}"
    );
    assert!(has_finding(root, &[], &[]));

    let folder = project();
    let root = folder.path();
    let script = "import os\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"config\")\nfrom django.core.management import execute_from_command_line\n";
    write(root, "manage.py", script);
    let settings = "INSTALLED_APPS = [\"shop\"]\nDATABASES = {\"default\": {\"ENGINE\": \"django.db.backends.postgresql\"}}\n";
    write(root, "config.py", settings);
    write(root, "pyproject.toml", "[project]\nname = \"shop\"\n");
    let said = observe(root, &["init"]);
    assert!(said.starts_with("pyproject.toml\n"), "{said}");
    let text = std::fs::read_to_string(root.join("pyproject.toml")).unwrap();
    let expected = "[project]\nname = \"shop\"\n\n[tool.whimbrel]\n# from `manage.py`\nsettings = \"config\"\n";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("dialects = [\"postgresql\"]\n"), "{text}");
    assert!(has_finding(root, &[], &[]));
    assert!(observe(root, &["init"]).contains("configures whimbrel already"));
}
