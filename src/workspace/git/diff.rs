//! What git prints of differences, read: `:100644 100644 <oid> <oid> M\0path\0`.

use std::collections::BTreeMap;

use smol_str::SmolStr;

/// What a path holds on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Absent,
    Blob(SmolStr),
    /// It differs from what git has stored, or git has not looked.
    Unhashed,
}

impl State {
    pub(super) const fn blob(&self) -> Option<&SmolStr> {
        match self {
            Self::Blob(object) => Some(object),
            Self::Absent | Self::Unhashed => None,
        }
    }

    pub(super) fn is_absent(&self) -> bool {
        *self == Self::Absent
    }
}

/// A path on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) old: State,
    pub(super) new: State,
    /// The index has several contents, of a merge that is not done.
    pub(super) is_unmerged: bool,
}

/// By path below the top folder, with `/`.
pub(super) type Diff = BTreeMap<String, Pair>;

/// Reads `--raw -z --no-renames --abbrev=64`. Links, submodules and paths that are not
/// UTF-8 are left out: no migration is such.
pub(super) fn read(output: &[u8]) -> Diff {
    let mut diff = Diff::new();
    let mut fields = output.split(|byte| *byte == 0);
    while let (Some(head), Some(path)) = (fields.next(), fields.next()) {
        let (Ok(head), Ok(path)) = (std::str::from_utf8(head), std::str::from_utf8(path)) else {
            continue;
        };
        let Some(pair) = pair(head) else { continue };
        // An unmerged path comes twice: as such, and as it is in the working tree.
        let is_unmerged = pair.is_unmerged || diff.get(path).is_some_and(|it| it.is_unmerged);
        diff.insert(
            path.to_owned(),
            Pair {
                is_unmerged,
                ..pair
            },
        );
    }
    diff
}

fn pair(head: &str) -> Option<Pair> {
    let mut parts = head.strip_prefix(':')?.split(' ');
    let (old_mode, new_mode) = (parts.next()?, parts.next()?);
    let (old, new) = (parts.next()?, parts.next()?);
    let is_unmerged = parts.next()?.starts_with('U');
    Some(Pair {
        old: state(old_mode, old)?,
        new: state(new_mode, new)?,
        is_unmerged,
    })
}

fn state(mode: &str, object: &str) -> Option<State> {
    if mode == "000000" {
        return Some(State::Absent);
    }
    // Files only: `120000` is a link, `160000` a submodule.
    if !mode.starts_with("100") {
        return None;
    }
    Some(if object.bytes().all(|byte| byte == b'0') {
        State::Unhashed
    } else {
        State::Blob(SmolStr::new(object))
    })
}

/// The paths of `ls-files -z`.
pub(super) fn paths(output: &[u8]) -> impl Iterator<Item = &str> {
    output
        .split(|byte| *byte == 0)
        .filter_map(|path| std::str::from_utf8(path).ok())
        .filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_read_with_their_objects() {
        let text = b":100644 100644 aa1 000 M\0a/1.py\0:000000 100644 000 bb2 A\0n\xc3\xa9w.py\0\
                     :100644 000000 cc3 000 D\0gone.py\0:160000 160000 d e M\0sub\0";
        let diff = read(text);
        let names: Vec<&str> = diff.keys().map(String::as_str).collect();
        assert_eq!(names, ["a/1.py", "gone.py", "n\u{e9}w.py"]);
        assert_eq!(diff["a/1.py"].new, State::Unhashed);
        assert_eq!(diff["n\u{e9}w.py"].old, State::Absent);
        assert_eq!(diff["gone.py"].old, State::Blob("cc3".into()));
    }

    #[test]
    fn an_unmerged_path_stays_one() {
        let text = b":000000 000000 000 000 U\0x.py\0:100644 100644 aa1 000 M\0x.py\0";
        let diff = read(text);
        assert!(diff["x.py"].is_unmerged);
        assert_eq!(diff["x.py"].old, State::Blob("aa1".into()));
    }
}
