//! Where the suite finds Django, and how it runs it and whimbrel.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The settings module of `project/`.
pub(crate) const SETTINGS: &str = "parity.settings";

/// A Python environment with Django and the packages to compare on.
pub(crate) struct Environment {
    pub(crate) root: PathBuf,
}

impl Environment {
    /// The environment, or `None` after saying why the test named is skipped.
    pub(crate) fn find(test: &str) -> Option<Self> {
        let root = match std::env::var_os("WHIMBREL_CONFORMANCE_ENV") {
            Some(root) => PathBuf::from(root),
            None => crate_root().join("target/conformance/env"),
        };
        if root.join("whimbrel-requirements.txt").is_file() {
            return Some(Self { root });
        }
        skip(
            test,
            &format!(
                "no Python environment at {}; tests/conformance/environment.sh makes it",
                root.display()
            ),
        );
        None
    }

    pub(crate) fn site_packages(&self) -> PathBuf {
        let lib = std::fs::read_dir(self.root.join("lib")).expect("the environment has lib/");
        lib.flatten()
            .map(|entry| entry.path().join("site-packages"))
            .find(|path| path.is_dir())
            .expect("the environment has site-packages")
    }

    /// What one of the suite's scripts prints about the project.
    pub(crate) fn ask_django(&self, script: &str) -> String {
        self.ask_django_with(script, &[])
    }

    /// As [`Environment::ask_django`], with further arguments for the script.
    pub(crate) fn ask_django_with(&self, script: &str, arguments: &[&str]) -> String {
        self.run_script(script, &project(), SETTINGS, arguments)
            .unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// What a script prints about another project, or why Django cannot run that.
    pub(crate) fn ask_django_about(
        &self,
        script: &str,
        project: &Path,
        settings: &str,
    ) -> Result<String, String> {
        self.run_script(script, project, settings, &[])
    }

    /// What a script prints about the project in a folder whose packages go before the
    /// environment's.
    pub(crate) fn ask_django_in(&self, folder: &Path, script: &str, arguments: &[&str]) -> String {
        let mut python = Command::new(self.root.join("bin/python"));
        python.env("PYTHONPATH", folder);
        run(python, script, folder, SETTINGS, arguments)
            .unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    fn run_script(
        &self,
        script: &str,
        project: &Path,
        settings: &str,
        arguments: &[&str],
    ) -> Result<String, String> {
        let python = Command::new(self.root.join("bin/python"));
        run(python, script, project, settings, arguments)
    }

    /// Whimbrel, run in `directory` on this environment.
    pub(crate) fn whimbrel(&self, directory: &Path, command: &str) -> Command {
        let mut whimbrel = Command::new(env!("CARGO_BIN_EXE_whimbrel"));
        whimbrel
            .current_dir(directory)
            .arg(command)
            .arg("--python-env")
            .arg(&self.root);
        whimbrel
    }

    /// The JSON report of `whimbrel check` on the paths.
    pub(crate) fn check(&self, directory: &Path, paths: &[PathBuf]) -> Value {
        let mut command = self.whimbrel(directory, "check");
        report_of(command.args(["--output-format", "json"]).args(paths))
    }
}

fn run(
    mut python: Command,
    script: &str,
    project: &Path,
    settings: &str,
    arguments: &[&str],
) -> Result<String, String> {
    let output = python
        .args(["-B", "-W", "ignore"])
        .arg(here().join(script))
        .arg(project)
        .arg(settings)
        .args(arguments)
        .output()
        .expect("the environment's Python starts");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8(output.stdout).expect("scripts print UTF-8"))
}

/// Runs a `check` that reports JSON; a report is expected with findings or without.
pub(crate) fn report_of(command: &mut Command) -> Value {
    let output = command.output().expect("whimbrel starts");
    let code = output.status.code();
    assert!(
        matches!(code, Some(0 | 1)),
        "{command:?}: {}",
        told(&output)
    );
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{command:?}: {error}: {}", told(&output)))
}

/// How a process ended and the start of what it said, for a failure's message.
pub(crate) fn told(output: &Output) -> String {
    let mut text = format!("{}\n", output.status);
    for stream in [&output.stderr, &output.stdout] {
        text.extend(String::from_utf8_lossy(stream).chars().take(2_000));
    }
    text
}

pub(crate) fn crate_root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn here() -> PathBuf {
    crate_root().join("tests/conformance")
}

/// The project that is compared: the suite's, or the one that `further.sh` names.
pub(crate) fn project() -> PathBuf {
    further_project().unwrap_or_else(|| here().join("project"))
}

/// A project that is not the suite's own. How much there is to compare in it is its own
/// matter; its figures are told by app.
pub(crate) fn further_project() -> Option<PathBuf> {
    std::env::var_os("WHIMBREL_CONFORMANCE_PROJECT").map(PathBuf::from)
}

/// Writes to standard error, whether or not the harness captures the test.
pub(crate) fn say(text: &str) {
    let mut error = std::io::stderr().lock();
    // A closed standard error loses figures, not the verdict.
    let _ = writeln!(error, "{text}");
}

/// Says that a test did not run, and fails where it has to.
pub(crate) fn skip(test: &str, why: &str) {
    let required = std::env::var("WHIMBREL_REQUIRE_LIVE").is_ok_and(|value| value == "1");
    assert!(!required, "{test}: {why}");
    say(&format!("{test}: skipped: {why}"));
}

/// Lines up the cells of a table; the first column to the left, the rest to the right.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let written = if column == 0 {
                write!(text, "{cell:<width$}")
            } else {
                write!(text, "  {cell:>width$}")
            };
            written.expect("a string takes all that is written");
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}
