//! The `.mig` files at and below given paths, for commands that work on files rather
//! than on projects.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::config;
use super::error::{Error, suggest, unreadable};
use super::{paths, walk};

/// Files by absolute path, each once and sorted, with the path as shown to people. A
/// file that is named is taken whatever it is called.
///
/// # Errors
/// If a path does not exist or cannot be looked at.
pub fn declarative_files(
    cwd: &Path,
    given: &[PathBuf],
    exclude: &[String],
) -> Result<Vec<(PathBuf, String)>, Error> {
    let excluded = config::patterns(cwd, exclude.iter().map(String::as_str))
        .map_err(|(pattern, reason)| Error::BadGlob { pattern, reason })?;
    let mut found = BTreeMap::new();
    for path in given {
        let path = paths::absolute(cwd, path);
        let shown = paths::shown(cwd, &path);
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {
                let is_excluded = |path: &Path, is_dir: bool| {
                    excluded.as_ref().is_some_and(|patterns| {
                        path.strip_prefix(cwd).is_ok_and(|relative| {
                            patterns
                                .matched_path_or_any_parents(relative, is_dir)
                                .is_ignore()
                        })
                    })
                };
                let tree = walk::walk(&path, None, &is_excluded);
                for (folder, known) in tree.folders.iter() {
                    for name in &known.listing.declarative {
                        let file = folder.join(format!("{name}.mig"));
                        let shown = paths::shown(cwd, &file);
                        found.insert(file, shown);
                    }
                }
            }
            Ok(metadata) if metadata.is_file() => {
                found.insert(path, shown);
            }
            Ok(_) => {
                return Err(Error::Unreadable {
                    shown,
                    reason: "it is neither a file nor a folder".to_owned(),
                });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::NoSuchPath {
                    shown,
                    suggestion: suggest(&path).map(|near| paths::shown(cwd, &near)),
                });
            }
            Err(error) => return Err(unreadable(shown, &error)),
        }
    }
    Ok(found.into_iter().collect())
}
