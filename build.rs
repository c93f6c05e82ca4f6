//! Gives the version that `whimbrel --version` shows: `0.1.0`, in a release build with
//! the commit that it was made of and its day.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=WHIMBREL_COMMIT");
    let package = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let version = match commit() {
        Some(commit) => format!("{package} ({commit})"),
        None => package,
    };
    println!("cargo:rustc-env=WHIMBREL_VERSION={version}");
}

/// `1a2b3c4d5 2026-01-31`. A build for development has none: it would have to be made
/// anew with every commit.
fn commit() -> Option<String> {
    if std::env::var("PROFILE").as_deref() != Ok("release") {
        return None;
    }
    // Builds away from the repository say it themselves.
    if let Ok(given) = std::env::var("WHIMBREL_COMMIT")
        && !given.is_empty()
    {
        return Some(given);
    }
    let head = git(&["rev-parse", "--git-path", "HEAD"])?;
    // A package that was unpacked inside of somebody else's repository is not of it.
    let root = git(&["rev-parse", "--show-toplevel"])?;
    let own = std::env::var("CARGO_MANIFEST_DIR").ok()?;
    if Path::new(&root).canonicalize().ok()? != Path::new(&own).canonicalize().ok()? {
        return None;
    }
    println!("cargo:rerun-if-changed={head}");
    // `HEAD` names a branch, whose file changes with a commit.
    let branch = git(&["rev-parse", "--symbolic-full-name", "HEAD"])?;
    if let Some(branch) = git(&["rev-parse", "--git-path", &branch])
        && Path::new(&branch).exists()
    {
        println!("cargo:rerun-if-changed={branch}");
    }
    git(&["log", "-1", "--format=%h %cs", "--abbrev=9"])
}

/// The one line that git prints; nothing where git or a repository is missing.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    let line = line.trim();
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
}
