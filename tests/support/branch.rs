//! Case documents of branches.
//!
//! A case with files of `` `main:path`: ``, `` `both:path`: `` or `` `upstream:path`: `` is a
//! branch: it is compared with `main`, which had the first two when the branch began and
//! has got the last ones since. Files without such a word, and those of both, are the
//! branch.

use std::path::Path;

use super::documents::Case;
use super::git;

/// Where a file of a case stands in a repository, by what is before its path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// `main:`: when the branch began.
    Main,
    /// `both:`: then and now.
    Both,
    /// `upstream:`: on `main`, since the branch began.
    Upstream,
    /// Without a word: now.
    Now,
}

/// A path of a case without its word for the repository.
pub(crate) fn plain_path(path: &str) -> &str {
    stand(path).1
}

fn stand(path: &str) -> (Stand, &str) {
    match path.split_once(':') {
        Some(("main", path)) => (Stand::Main, path),
        Some(("both", path)) => (Stand::Both, path),
        Some(("upstream", path)) => (Stand::Upstream, path),
        _ => (Stand::Now, path),
    }
}

impl Case {
    /// Whether the case is a branch of a repository, to be compared with `main`.
    pub(crate) fn is_branch(&self) -> bool {
        self.files
            .iter()
            .any(|(path, _)| stand(path).0 != Stand::Now)
    }

    fn at(&self, stands: &[Stand]) -> Self {
        let files = self.files.iter();
        Self {
            files: files
                .filter(|(path, _)| stands.contains(&stand(path).0))
                .map(|(path, content)| (plain_path(path).to_owned(), content.clone()))
                .collect(),
            ..self.clone()
        }
    }

    /// Makes the repository: `main` with two commits, and the files of the branch.
    pub(crate) fn unpack_branch(&self, root: &Path) {
        git::init(root);
        self.at(&[Stand::Main, Stand::Both]).unpack(root);
        git::commit(root, "main");
        git::git(root, &["branch", "work"]);
        self.at(&[Stand::Upstream]).unpack(root);
        git::commit(root, "upstream");
        git::git(root, &["checkout", "--quiet", "work"]);
        git::git(root, &["rm", "--quiet", "-r", "."]);
        self.at(&[Stand::Now, Stand::Both]).unpack(root);
        git::git(root, &["add", "--all"]);
    }
}
