//! `check --watch`: checks again what changed, until it is interrupted.
//!
//! Each check is a process of its own, so that nothing of one is kept for the next:
//! the first with the call as it is, the next with the migrations that changed. Where
//! something else changed that migrations may depend on, all is checked again.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher};

use super::Outcome;
use super::output::{self, Failure};

/// Editors write a file in several steps: what follows within this time belongs to the
/// same change.
const PAUSE: Duration = Duration::from_millis(60);

const WAITING: &str = "waiting for changes; Ctrl-C ends";

/// Folders in which nothing is written by hand.
const PASSED_OVER: &[&str] = &["__pycache__", "node_modules", "target"];

pub(super) fn run(paths: &[PathBuf]) -> Result<Outcome, Failure> {
    let arguments: Vec<OsString> = std::env::args_os()
        .skip(1)
        .filter(|argument| argument != "--watch")
        .collect();
    // What is not there cannot be watched; the check says so, and what was meant.
    if paths.iter().any(|path| !path.exists()) {
        check(&arguments, &BTreeSet::new())?;
        return Ok(Outcome::Failed);
    }
    let (sender, changes) = channel();
    let watching = |error: notify::Error| {
        Failure::usage(
            format!("files cannot be watched: {error}"),
            Some("leave out `--watch`".to_owned()),
        )
    };
    let mut watcher = notify::recommended_watcher(move |event| {
        // The receiver is gone only when the process ends.
        let _ = sender.send(event);
    })
    .map_err(watching)?;
    for path in paths {
        // A file is replaced rather than written by many editors: its folder tells.
        let folder = match path.parent() {
            Some(parent) if path.is_file() && parent.as_os_str().is_empty() => Path::new("."),
            Some(parent) if path.is_file() => parent,
            _ => path,
        };
        watcher
            .watch(folder, RecursiveMode::Recursive)
            .map_err(watching)?;
    }
    let all = BTreeSet::new();
    check(&arguments, &all)?;
    output::note(WAITING);
    while let Some(changed) = next_change(&changes) {
        if changed.is_empty() {
            continue;
        }
        let is_asked = |path: &PathBuf| {
            let mut asked = paths.iter();
            is_migration(path) && asked.any(|asked| absolute(path).starts_with(absolute(asked)))
        };
        let named = if changed.iter().all(is_asked) {
            &changed
        } else {
            &all
        };
        check(&arguments, named)?;
        output::note(WAITING);
    }
    Ok(Outcome::Fine)
}

/// Without `.` in it, as watchers and people write it.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Runs the call, for these files only unless there are none.
fn check(arguments: &[OsString], changed: &BTreeSet<PathBuf>) -> Result<(), Failure> {
    let program = std::env::current_exe()?;
    let mut command = Command::new(program);
    command.args(arguments);
    let option = "--force-exclude";
    // What is excluded changes as well.
    if !changed.is_empty() && arguments.iter().all(|argument| argument != option) {
        command.arg(option);
    }
    for path in changed {
        command.arg("--changed").arg(path);
    }
    command.status()?;
    Ok(())
}

/// Files that changed together and that matter; nothing once nobody tells any more.
fn next_change(changes: &Receiver<notify::Result<notify::Event>>) -> Option<BTreeSet<PathBuf>> {
    let mut paths = BTreeSet::new();
    let mut event = changes.recv().ok()?;
    loop {
        match event {
            Ok(event) if !matches!(event.kind, EventKind::Access(_)) => {
                paths.extend(event.paths.into_iter().filter(|path| matters(path)));
            }
            Ok(_) => {}
            Err(error) => output::note(&format!("a change may have been missed: {error}")),
        }
        match changes.recv_timeout(PAUSE) {
            Ok(next) => event = next,
            Err(_) => return Some(paths),
        }
    }
}

/// Whether what is in a file can show in findings.
fn matters(path: &Path) -> bool {
    let cwd = std::env::current_dir().unwrap_or_default();
    // The project itself may lie in a folder that is hidden.
    let path = path.strip_prefix(cwd).unwrap_or(path);
    let is_passed_over = path.iter().any(|part| {
        let part = part.to_str().unwrap_or_default();
        PASSED_OVER.contains(&part) || part.starts_with('.') && part.len() > 2
    });
    let extension = path.extension().and_then(|extension| extension.to_str());
    let is_named = |name: &str| path.file_name().is_some_and(|it| it == name);
    is_named(".whimbrel.toml")
        || !is_passed_over
            && (matches!(extension, Some("py" | "mig" | "toml")) || is_named("max_migration.txt"))
}

/// Whether a file is there and is a migration by its place.
fn is_migration(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name);
    let is_declarative = path.extension().is_some_and(|it| it == "mig");
    let is_named = folder.is_some_and(|name| name.to_string_lossy().contains("migrations"));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.is_file() && (is_declarative || is_named && !name.starts_with(['_', '.']))
}
