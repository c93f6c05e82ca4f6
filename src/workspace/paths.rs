//! Paths: absolute and free of `.` and `..` inside, relative to the working
//! directory where people see them.

use std::path::{Component, Path, PathBuf};

/// `path` as an absolute path without `.` and `..`. Symbolic links are not
/// resolved, so that what people read is what they wrote.
pub(super) fn absolute(cwd: &Path, path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in cwd.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                out.push(component);
            }
        }
    }
    out
}

/// Whether a path is `root` or below it. Both are absolute and normalised, so that
/// bytes tell, which is cheaper than comparing components.
pub(super) fn is_within(path: &Path, root: &Path) -> bool {
    let (path, root) = (path.as_os_str(), root.as_os_str());
    let root = root.as_encoded_bytes();
    path.as_encoded_bytes()
        .strip_prefix(root)
        .is_some_and(|rest| {
            let is_separator = |byte: &u8| std::path::is_separator(char::from(*byte));
            rest.first().is_none_or(is_separator) || root.last().is_some_and(is_separator)
        })
}

/// `path` as people are shown it: relative below the working directory, with `/`.
pub(super) fn shown(cwd: &Path, path: &Path) -> String {
    let text = path.to_string_lossy();
    let below = if is_within(path, cwd) {
        text.strip_prefix(&*cwd.to_string_lossy())
    } else {
        None
    };
    let text = match below {
        Some(below) => below.trim_start_matches(std::path::is_separator),
        None => &*text,
    };
    if text.is_empty() {
        return ".".to_owned();
    }
    if std::path::MAIN_SEPARATOR == '/' {
        text.to_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// `blog/api` below its root as Python names it: `blog.api`. `None` if a part is
/// not a plain name.
pub(super) fn dotted(relative: &Path) -> Option<String> {
    let mut out = String::new();
    for component in relative.components() {
        let Component::Normal(part) = component else {
            return None;
        };
        let part = part.to_str()?;
        if part.contains('.') {
            return None;
        }
        if !out.is_empty() {
            out.push('.');
        }
        out.push_str(part);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_dots_and_are_shown_from_the_working_directory() {
        let cwd = Path::new("/shop/me");
        assert_eq!(
            absolute(cwd, Path::new("./a/../b/.")),
            PathBuf::from("/shop/me/b")
        );
        assert_eq!(shown(cwd, Path::new("/shop/me/b/c.py")), "b/c.py");
        assert_eq!(shown(cwd, Path::new("/shop/me")), ".");
        assert_eq!(shown(cwd, Path::new("/etc")), "/etc");
        assert_eq!(dotted(Path::new("a/b")).as_deref(), Some("a.b"));
        assert_eq!(dotted(Path::new("a.d/b")), None);
    }
}
