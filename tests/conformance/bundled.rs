//! What whimbrel describes of Django's own apps makes the SQL that Django's migrations
//! make, on every dialect, with its own user model and with another one.

use std::path::Path;
use std::process::Command;

use crate::environment::{Environment, say, told};

const APPS: &[&str] = &[
    "admin",
    "auth",
    "contenttypes",
    "flatpages",
    "redirects",
    "sessions",
    "sites",
];

const PERSON: &str = "from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [('auth', '__first__')]
    operations = [
        migrations.CreateModel('Person', [
            ('id', models.BigAutoField(primary_key=True)),
            ('groups', models.ManyToManyField('auth.Group')),
        ]),
    ]
";

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn project(user_model: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let apps: Vec<String> = APPS
        .iter()
        .map(|label| format!("'django.contrib.{label}'"))
        .collect();
    write(
        folder.path(),
        "settings.py",
        &format!(
            "INSTALLED_APPS = [{}, 'people']\nAUTH_USER_MODEL = '{user_model}'\n",
            apps.join(", ")
        ),
    );
    write(
        folder.path(),
        "manage.py",
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
    );
    write(folder.path(), "people/__init__.py", "");
    write(folder.path(), "people/migrations/__init__.py", "");
    write(folder.path(), "people/migrations/0001_initial.py", PERSON);
    folder
}

/// Lines of JSON, the time of printing left out.
fn printed(command: &mut Command) -> Vec<String> {
    command.args(["sql", "--all", "--dialect", "all", "--format", "json"]);
    let output = command.output().expect("whimbrel starts");
    assert!(output.status.success(), "{}", told(&output));
    let text = String::from_utf8(output.stdout).expect("SQL is UTF-8");
    let without_time = |line: &str| {
        let mut parts = line.split("'20");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            out.push_str("'*");
            out.push_str(part.split_once('\'').map_or("", |(_, rest)| rest));
        }
        out
    };
    text.lines().map(without_time).collect()
}

#[test]
fn apps_of_django_are_described_as_they_are() {
    let test = "described apps";
    let Some(environment) = Environment::find(test) else {
        return;
    };
    for user_model in ["auth.User", "people.Person"] {
        let folder = project(user_model);
        let whimbrel = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_whimbrel"));
            command.current_dir(folder.path()).env_remove("VIRTUAL_ENV");
            command
        };
        let described = printed(&mut whimbrel());
        let mut read = whimbrel();
        read.env("VIRTUAL_ENV", &environment.root);
        let read = printed(&mut read);
        let from_django = read.iter().filter(|line| line.contains("\"app\":\"auth\""));
        assert!(from_django.count() >= 12, "{read:#?}");
        for (described, read) in described.iter().zip(&read) {
            assert_eq!(described, read);
        }
        assert_eq!(described.len(), read.len());
        say(&format!(
            "{test}: {} migrations on all dialects, user model {user_model}",
            read.len()
        ));
    }
}
