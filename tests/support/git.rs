//! Repositories that tests make.

use std::path::Path;
use std::process::Command;

/// Whether there is a `git` to make them with; says so where there is none.
#[expect(clippy::print_stderr, reason = "who runs the tests is to know")]
pub(crate) fn is_there() -> bool {
    let is_there = Command::new("git").arg("--version").output().is_ok();
    if !is_there {
        eprintln!("skipped: there is no `git`");
    }
    is_there
}

/// Runs git with nothing of the caller's configuration; what it printed.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "protocol.file.allow=always"])
        .args(arguments)
        .envs([
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "A"),
            ("GIT_AUTHOR_EMAIL", "a@example.org"),
            ("GIT_COMMITTER_NAME", "A"),
            ("GIT_COMMITTER_EMAIL", "a@example.org"),
        ])
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// An empty repository on `main`.
pub(crate) fn init(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    git(folder, &["init", "--quiet", "--initial-branch=main"]);
}

/// Commits all that is there.
pub(crate) fn commit(folder: &Path, message: &str) {
    git(folder, &["add", "--all"]);
    let words = ["commit", "--quiet", "--allow-empty", "--message", message];
    git(folder, &words);
}
