//! Calls of the `git` command: few, side by side where they can be, and told apart by
//! what they could not do.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::fault::Fault;

/// What git sets for the hooks that it runs. It is about the repository of the hook and
/// would mislead in another one.
const OF_HOOKS: [&str; 6] = [
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
];

/// Where git is asked.
#[derive(Debug, Clone)]
pub(super) struct Git {
    pub(super) folder: PathBuf,
    /// The repository is not that of the working directory.
    pub(super) is_elsewhere: bool,
}

/// A call that runs.
pub(super) struct Call {
    child: Child,
}

/// Why a call gave nothing.
pub(super) struct Refusal {
    /// What git said, without `fatal:`.
    pub(super) reason: String,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused {
            reason: refusal.reason,
        }
    }
}

impl Git {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("LC_ALL", "C")
            // Nothing is written, so nobody need wait for a lock of ours.
            .env("GIT_OPTIONAL_LOCKS", "0")
            // A partial clone has what it has: no network is used.
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if self.is_elsewhere {
            for name in OF_HOOKS {
                command.env_remove(name);
            }
        }
        command
    }

    /// Starts a call.
    pub(super) fn start(&self, arguments: &[&str]) -> Result<Call, Fault> {
        let child = self.command(arguments).spawn().map_err(Fault::not_run)?;
        Ok(Call { child })
    }

    /// Runs a call to its end.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<Result<Vec<u8>, Refusal>, Fault> {
        self.start(arguments)?.finish()
    }

    /// The contents of objects, in their order; `None` for one that is not there.
    pub(super) fn contents(&self, objects: &[&str]) -> Result<Vec<Option<Vec<u8>>>, Fault> {
        if objects.is_empty() {
            return Ok(Vec::new());
        }
        let mut child = self
            .command(&["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .spawn()
            .map_err(Fault::not_run)?;
        let mut asked = objects.join("\n");
        asked.push('\n');
        let stdin = child.stdin.take();
        // Written beside reading: git answers while it is asked.
        let writer = std::thread::spawn(move || {
            stdin.map_or(Ok(()), |mut stdin| stdin.write_all(asked.as_bytes()))
        });
        let output = child.wait_with_output().map_err(Fault::not_run)?;
        // A git that stops early says why itself.
        let _ = writer.join();
        let contents = objects_of(&output.stdout, objects.len());
        contents.ok_or_else(|| Fault::Refused {
            reason: reason(&output.stderr),
        })
    }
}

impl Call {
    /// What the call printed.
    pub(super) fn finish(self) -> Result<Result<Vec<u8>, Refusal>, Fault> {
        let output = self.child.wait_with_output().map_err(Fault::not_run)?;
        Ok(if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(Refusal {
                reason: reason(&output.stderr),
            })
        })
    }
}

/// The first thing that git complains about.
fn reason(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or("it gave no reason");
    let first = first.strip_prefix("fatal: ").unwrap_or(first);
    first.strip_prefix("error: ").unwrap_or(first).to_owned()
}

/// `<oid> blob <size>`, a line end, so many bytes, a line end; or `<oid> missing`.
fn objects_of(mut output: &[u8], count: usize) -> Option<Vec<Option<Vec<u8>>>> {
    let mut contents = Vec::with_capacity(count);
    while contents.len() < count {
        let end = memchr::memchr(b'\n', output)?;
        let (head, rest) = output.split_at(end);
        let rest = rest.get(1..)?;
        let head = std::str::from_utf8(head).ok()?;
        let Some(size) = head
            .rsplit(' ')
            .next()
            .and_then(|size| size.parse::<usize>().ok())
        else {
            contents.push(None);
            output = rest;
            continue;
        };
        contents.push(Some(rest.get(..size)?.to_vec()));
        output = rest.get(size + 1..)?;
    }
    Some(contents)
}

#[cfg(test)]
mod tests {
    use super::objects_of;

    #[test]
    fn objects_follow_each_other_and_may_be_missing() {
        let output = b"a1 blob 3\nx\ny\nb2 missing\nc3 blob 0\n\n";
        let contents = objects_of(output, 3).expect("it is whole");
        assert_eq!(contents, [Some(b"x\ny".to_vec()), None, Some(Vec::new())]);
        assert_eq!(objects_of(b"a1 blob 9\nx\n", 1), None);
    }
}
