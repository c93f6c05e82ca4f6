//! The command as people and tools call it: what no console document can say.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::console::{observe, repository, whimbrel, write};

const MIGRATION: &str = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    dependencies = []\n    operations = []\n";

const BOOKSHOP: &str = "fixtures/projects/bookshop";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    whimbrel(folder).args(arguments).output().unwrap()
}

fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let mut all = vec!["check", "--output-format", "json"];
    all.extend(arguments);
    let output = run(folder, &all);
    serde_json::from_slice(&output.stdout).unwrap()
}

fn assert_fits_schema(report: &serde_json::Value) {
    let schema = std::fs::read_to_string(repository().join("docs/report.schema.json")).unwrap();
    let schema = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(report)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Rules and paths of all findings.
fn findings(report: &serde_json::Value) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (text(&finding["rule"]), text(&finding["path"])))
        .collect()
}

#[test]
fn json_reports_fit_the_published_schema() {
    let report = json(repository(), &[BOOKSHOP]);
    assert!(!findings(&report).is_empty());
    assert_fits_schema(&report);
    let empty = folder();
    assert_fits_schema(&json(empty.path(), &[]));
}

#[test]
fn thread_counts_do_not_show_in_the_output() {
    for format in ["full", "concise"] {
        let [one, eight] = ["1", "8"].map(|threads| {
            let output = run(
                repository(),
                &[
                    "check",
                    BOOKSHOP,
                    "--output-format",
                    format,
                    "--threads",
                    threads,
                ],
            );
            String::from_utf8(output.stdout).unwrap()
        });
        assert!(!one.is_empty());
        assert_eq!(one, eight);
    }
}

#[test]
fn colour_is_for_terminals_and_for_those_who_force_it() {
    for command in [
        &["check", BOOKSHOP] as &[&str],
        &["sql", "--dialect", "sqlite", "--project", BOOKSHOP],
        &["schema", "--dialect", "sqlite", "--project", BOOKSHOP],
    ] {
        let is_coloured = |variables: &[(&str, &str)]| {
            let output = whimbrel(repository())
                .args(command)
                .envs(variables.iter().copied())
                .output()
                .unwrap();
            assert!(!output.stdout.is_empty(), "{command:?}");
            output.stdout.contains(&0x1b)
        };
        assert!(!is_coloured(&[]));
        assert!(is_coloured(&[("FORCE_COLOR", "1")]));
        assert!(!is_coloured(&[("FORCE_COLOR", "0")]));
        assert!(!is_coloured(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    }
}

#[test]
fn the_bare_command_prints_help() {
    let output = run(repository(), &[]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for word in ["check", "plan", "graph", "rule", "Usage: whimbrel"] {
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    let mut child = whimbrel(repository())
        .args(["check", BOOKSHOP])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert!(!stderr.contains("error:"), "{stderr}");
}

#[test]
fn a_named_file_gets_findings_and_its_project_is_context() {
    let file = format!("{BOOKSHOP}/reviews/migrations/0001_initial.py");
    let report = json(repository(), &[&file]);
    assert_eq!(report["summary"]["migrations"], 1);
    let findings = findings(&report);
    assert!(!findings.is_empty());
    assert!(
        findings.iter().all(|(_, path)| *path == file),
        "{findings:?}"
    );
}

#[test]
fn unreadable_files_are_findings_and_the_rest_goes_on() {
    let folder = folder();
    let at = |name: &str| format!("blog/migrations/{name}.py");
    write(folder.path(), &at("__init__"), "");
    write(folder.path(), "blog/__init__.py", "");
    write(folder.path(), &at("0001_initial"), MIGRATION);
    std::fs::create_dir(folder.path().join(at("0002_folder"))).unwrap();
    std::fs::write(
        folder.path().join(at("0003_latin")),
        b"# caf\xe9\nclass Migration: pass\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join(at("0004_nul")),
        b"x = '\0'\nclass Migration: pass\n",
    )
    .unwrap();
    std::fs::write(folder.path().join(at("0005_empty")), b"").unwrap();
    let large = std::fs::File::create(folder.path().join(at("0006_large"))).unwrap();
    large.set_len(50 * 1024 * 1024).unwrap();

    let report = json(folder.path(), &[]);
    assert_fits_schema(&report);
    let findings = findings(&report);
    for name in ["0002_folder", "0003_latin", "0006_large"] {
        assert!(
            findings.contains(&("unreadable-file".to_owned(), at(name))),
            "{name}: {findings:?}"
        );
    }
    for name in ["0004_nul", "0005_empty"] {
        assert!(
            findings.iter().any(|(_, path)| *path == at(name)),
            "{name}: {findings:?}"
        );
    }
    assert!(!findings.iter().any(|(_, path)| *path == at("0001_initial")));
    assert!(
        observe(folder.path(), &["check", "--output-format", "concise"])
            .contains("0006_large.py` cannot be read: it is larger than 16 MiB")
    );
}

#[cfg(unix)]
#[test]
fn links_that_loop_or_lead_nowhere_end() {
    use std::os::unix::fs::symlink;
    let folder = folder();
    let root = folder.path();
    write(root, "blog/__init__.py", "");
    write(root, "blog/migrations/__init__.py", "");
    write(root, "blog/migrations/0001_initial.py", MIGRATION);
    symlink(root, root.join("blog/again")).unwrap();
    symlink("0002_loop.py", root.join("blog/migrations/0002_loop.py")).unwrap();
    symlink(
        "/nowhere/at/all.py",
        root.join("blog/migrations/0003_gone.py"),
    )
    .unwrap();
    let output = Command::new("mkfifo")
        .arg(root.join("blog/migrations/0004_pipe.py"))
        .output();
    assert!(output.is_ok_and(|output| output.status.success()));

    let report = json(root, &[]);
    let findings = findings(&report);
    for name in ["0002_loop", "0003_gone"] {
        let path = format!("blog/migrations/{name}.py");
        assert!(
            findings.contains(&("unreadable-file".to_owned(), path)),
            "{findings:?}"
        );
    }
    assert_eq!(report["summary"]["apps"], 1);
    let output = run(root, &["check", "blog/migrations/0004_pipe.py"]);
    assert_eq!(output.status.code(), Some(2));
    // A link that is named itself is followed.
    symlink("blog", root.join("link")).unwrap();
    assert_eq!(json(root, &["link"])["summary"]["apps"], 1);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let root = folder.path();
    write(root, "blog/migrations/__init__.py", "");
    write(root, "blog/migrations/0001_initial.py", MIGRATION);
    let closed = write(root, "blog/migrations/0002_closed.py", MIGRATION);
    let forbid = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    forbid(&closed, 0o000);
    if std::fs::read(&closed).is_ok() {
        // A superuser may read everything: there is nothing to see here.
        return;
    }
    let report = json(root, &[]);
    forbid(&closed, 0o644);
    let path = "blog/migrations/0002_closed.py".to_owned();
    assert!(findings(&report).contains(&("unreadable-file".to_owned(), path)));
}

#[test]
fn a_folder_named_as_a_file_is_checked_as_a_folder() {
    let folder = folder();
    write(
        folder.path(),
        "odd.py/blog/migrations/0001_initial.py",
        MIGRATION,
    );
    let report = json(folder.path(), &["odd.py"]);
    assert_eq!(report["summary"]["migrations"], 1);
}

/// A project of as many migrations as are read at once, and a later one that shares an
/// app with it: only the later one has a fault, which lies in the shared file.
#[test]
fn findings_point_into_files_that_an_earlier_project_read() {
    let folder = folder();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let migration = |dependencies: &str| {
        format!(
            "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    \
             dependencies = [{dependencies}]\n    operations = []\n"
        )
    };
    write("pyproject.toml", "");
    write("common/__init__.py", "");
    write("common/migrations/__init__.py", "");
    let shared = migration("(\"extra\", \"0001_initial\")");
    write("common/migrations/0001_initial.py", &shared);
    for (project, dependency) in [("one", ""), ("two", "(\"common\", \"0001_initial\")")] {
        let script = "import os\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"config\")\n\
                      from django.core.management import execute_from_command_line\n";
        write(&format!("{project}/manage.py"), script);
        let settings = "INSTALLED_APPS = [\"common\", \"extra\", \"big\"]\n";
        write(&format!("{project}/config.py"), settings);
        write(&format!("{project}/extra/__init__.py"), "");
        write(&format!("{project}/extra/migrations/__init__.py"), "");
        let extra = format!("{project}/extra/migrations/0001_initial.py");
        write(&extra, &migration(dependency));
    }
    write("one/big/__init__.py", "");
    write("one/big/migrations/__init__.py", "");
    for number in 1..=2_001 {
        let before = format!("(\"big\", \"{:04}_step\")", number - 1);
        let text = migration(if number == 1 { "" } else { &before });
        write(&format!("one/big/migrations/{number:04}_step.py"), &text);
    }
    let report = json(folder.path(), &[]);
    let cycle = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["rule"] == "dependency-cycle")
        .unwrap();
    let places = std::iter::once(cycle).chain(cycle["labels"].as_array().unwrap());
    let lines: Vec<_> = places
        .filter(|place| place["path"] == "common/migrations/0001_initial.py")
        .map(|place| place["line"].as_u64())
        .collect();
    assert!(!lines.is_empty(), "{cycle}");
    assert!(lines.iter().all(|line| *line == Some(5)), "{cycle}");
}

#[test]
fn every_help_fits_one_screen_and_shows_an_example() {
    const SCREEN: usize = 50;
    let help = |arguments: &[&str]| {
        let output = run(repository(), arguments);
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let all = help(&["--help"]);
    let listed = all.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    let commands: Vec<&str> = listed
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .collect();
    assert!(commands.contains(&"check") && commands.len() >= 11, "{all}");
    let of_commands = commands.iter().map(|name| help(&[name, "--help"]));
    for text in of_commands.chain([all.clone()]) {
        assert!(text.lines().count() <= SCREEN, "{text}");
        assert!(text.contains("\nExample"), "{text}");
    }
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(repository(), &["completions", shell]).stdout;
        let script = String::from_utf8(script).unwrap();
        assert!(script.contains("force-exclude"), "{shell}");
        assert!(script.contains("schema"), "{shell}");
    }
    let folder = folder();
    let output = run(folder.path(), &["man", "--output", "man1"]);
    assert!(output.status.success());
    for page in ["whimbrel", "whimbrel-check", "whimbrel-sql"] {
        let path = folder.path().join(format!("man1/{page}.1"));
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains(".TH"), "{page}");
    }
}

#[test]
fn what_an_editor_holds_is_checked_in_the_place_of_its_file() {
    let folder = folder();
    let of_first = MIGRATION.replace("dependencies = []", "dependencies = []  # on disk");
    write(folder.path(), "blog/migrations/0001_initial.py", &of_first);
    write(folder.path(), "blog/migrations/__init__.py", "");
    let lost = MIGRATION.replace("[]\n    op", "[(\"blog\", \"0001_inital\")]\n    op");
    let check = |path: &str, text: &str, more: &[&str]| {
        let mut command = whimbrel(folder.path());
        command.args([
            "check",
            "--output-format",
            "concise",
            "--stdin-filename",
            path,
        ]);
        command.args(more).stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut input, text.as_bytes()).unwrap();
        drop(input);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), said, told)
    };
    // A file that is not there yet, with its project from disk.
    let (code, said, _) = check("blog/migrations/0002_next.py", &lost, &[]);
    assert_eq!(code, 1);
    assert!(
        said.starts_with("blog/migrations/0002_next.py:5:21: error[dangling-dependency]"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    // The text counts, and not what is on disk.
    write(folder.path(), "blog/migrations/0002_next.py", &lost);
    let sound = lost.replace("inital", "initial");
    let (code, said, told) = check("./blog/../blog/migrations/0002_next.py", &sound, &["-"]);
    assert_eq!((code, said.as_str()), (0, ""), "{told}");
    // Other files of a project are no migrations, which is no fault on save.
    let (code, said, told) = check("blog/models.py", "import os\n", &[]);
    assert_eq!((code, said.as_str()), (0, ""));
    assert!(told.contains("defines no migration"), "{told}");
    // Calls that cannot be meant.
    let (code, _, told) = check("notes.txt", "text", &[]);
    assert_eq!(code, 2);
    assert!(told.contains("neither a Python file"), "{told}");
    let (code, _, told) = check("blog/models.py", "", &["blog"]);
    assert_eq!(code, 2);
    assert!(told.contains("checks one file"), "{told}");
}

/// Ends a process that goes on by itself, however the test ends.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn watching_checks_again_what_changes() {
    use std::io::BufRead;

    let folder = folder();
    write(folder.path(), "blog/migrations/__init__.py", "");
    write(folder.path(), "blog/migrations/0001_initial.py", MIGRATION);
    let mut command = whimbrel(folder.path());
    command.args(["check", "--watch", "--output-format", "concise"]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = Running(child.unwrap());
    let told = std::io::BufReader::new(child.0.stderr.take().unwrap());
    let (sender, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in told.lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    // What one check says on standard error, up to the next wait.
    let next = || {
        let mut all = String::new();
        loop {
            let line = lines.recv_timeout(std::time::Duration::from_secs(60));
            let line = line.expect("a change is noticed");
            if line.contains("waiting for changes") {
                return all;
            }
            all.push_str(&line);
            all.push('\n');
        }
    };
    let first = next();
    assert!(first.contains("no findings"), "{first}");
    let lost = MIGRATION.replace("[]\n    op", "[(\"blog\", \"0001_inital\")]\n    op");
    write(folder.path(), "blog/migrations/0002_next.py", &lost);
    let second = next();
    assert!(second.contains("1 error"), "{second}");
    assert!(
        second.contains("1 more migration read as context"),
        "{second}"
    );
    std::fs::remove_file(folder.path().join("blog/migrations/0002_next.py")).unwrap();
    let third = next();
    assert!(
        third.contains("no findings") && !third.contains("context"),
        "{third}"
    );
}
