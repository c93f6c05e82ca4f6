//! The Python environment of a project: its `site-packages` folders, found and
//! never run.

use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::error::Error;
use super::finder::PathEntry;

/// Names of environments that lie beside a project.
const BESIDE: [&str; 4] = [".venv", "venv", "env", ".env"];

/// Where to look, in this order: what was asked for, `VIRTUAL_ENV`, then a folder
/// beside the project or beside one of the folders above it up to `top`.
pub(super) fn entries(
    disk: &Disk,
    asked: Option<(&Path, &'static str)>,
    virtual_env: Option<&Path>,
    root: &Path,
    top: &Path,
) -> Result<Vec<PathEntry>, Error> {
    if let Some((folder, given_by)) = asked {
        let found = site_packages(folder);
        if found.is_empty() {
            return Err(Error::NoEnvironment {
                shown: disk.shown(folder),
                given_by,
            });
        }
        return Ok(with_path_files(found));
    }
    if let Some(folder) = virtual_env {
        let found = site_packages(folder);
        if !found.is_empty() {
            return Ok(with_path_files(found));
        }
    }
    for folder in root.ancestors() {
        for name in BESIDE {
            let found = site_packages(&folder.join(name));
            if !found.is_empty() {
                return Ok(with_path_files(found));
            }
        }
        if folder == top {
            break;
        }
    }
    Ok(Vec::new())
}

/// The folders of installed packages below an environment: POSIX and Windows
/// layouts, or the folder itself if it is one.
fn site_packages(environment: &Path) -> Vec<PathBuf> {
    if environment
        .file_name()
        .is_some_and(|name| name == "site-packages" || name == "dist-packages")
    {
        return if environment.is_dir() {
            vec![environment.to_owned()]
        } else {
            Vec::new()
        };
    }
    let mut found = Vec::new();
    let windows = environment.join("Lib").join("site-packages");
    if windows.is_dir() {
        found.push(windows);
    }
    for lib in ["lib", "lib64"] {
        let Ok(versions) = std::fs::read_dir(environment.join(lib)) else {
            continue;
        };
        let mut versions: Vec<PathBuf> = versions
            .filter_map(|entry| {
                let entry = entry.ok()?;
                entry
                    .file_name()
                    .to_str()?
                    .starts_with("python")
                    .then(|| entry.path())
            })
            .collect();
        versions.sort_unstable();
        // The newest Python of several comes first.
        for version in versions.into_iter().rev() {
            for folder in ["site-packages", "dist-packages"] {
                let packages = version.join(folder);
                // `lib64` is often a link to `lib`.
                if packages.is_dir() && !found.iter().any(|known| is_same(known, &packages)) {
                    found.push(packages);
                }
            }
        }
    }
    found
}

fn is_same(left: &Path, right: &Path) -> bool {
    match (left.canonicalize(), right.canonicalize()) {
        (Ok(left), Ok(right)) => left == right,
        _ => false,
    }
}

/// Adds the folders that `.pth` files name, as `site.addpackage` does; lines of
/// code in them are not run.
fn with_path_files(folders: Vec<PathBuf>) -> Vec<PathEntry> {
    let mut out = Vec::new();
    for folder in folders {
        let mut path_files: Vec<PathBuf> = std::fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                path.extension()
                    .is_some_and(|extension| extension == "pth")
                    .then_some(path)
            })
            .collect();
        path_files.sort_unstable();
        let mut named = Vec::new();
        for file in path_files {
            let Ok(text) = std::fs::read_to_string(&file) else {
                continue;
            };
            for line in text.lines().map(str::trim_end) {
                let is_code = line.starts_with("import ") || line.starts_with("import\t");
                if line.is_empty() || line.starts_with('#') || is_code {
                    continue;
                }
                let path = super::paths::absolute(&folder, Path::new(line));
                if path.is_dir() {
                    named.push(path);
                }
            }
        }
        out.push(folder);
        out.extend(named);
    }
    out.into_iter()
        .map(|folder| PathEntry {
            folder,
            is_installed: true,
        })
        .collect()
}
