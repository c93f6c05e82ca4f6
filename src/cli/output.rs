//! Streams, colour, errors and the progress bar.

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Outcome;
use crate::base::Files;
use crate::pipeline::Progress;
use crate::report::full::{self, Colour};
use crate::workspace;

/// Why a command could not do its job.
#[derive(Debug)]
pub(super) enum Failure {
    /// With the files that a configuration error points into.
    Workspace(workspace::Error, Arc<Files>),
    /// The call is wrong in a way that clap cannot see.
    Usage {
        message: String,
        help: Option<String>,
    },
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    pub(super) fn usage(message: impl Into<String>, help: Option<String>) -> Self {
        Self::Usage {
            message: message.into(),
            help,
        }
    }

    /// Says what went wrong on standard error.
    pub(super) fn report(self) -> Outcome {
        let mut text = Vec::new();
        let colour = colour(&io::stderr());
        let written = match self {
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                // Whoever read our output has read enough.
                return Outcome::Fine;
            }
            Self::Output(error) => error_line(
                &mut text,
                colour,
                &format!("cannot write the output: {error}"),
                None,
            ),
            Self::Usage { message, help } => {
                error_line(&mut text, colour, &message, help.as_deref())
            }
            Self::Workspace(workspace::Error::Config(diagnostic), files) => {
                full::write(&mut text, &files, &[*diagnostic], colour)
            }
            Self::Workspace(error, _) => error_line(
                &mut text,
                colour,
                &error.to_string(),
                error.help().as_deref(),
            ),
        };
        if written.is_ok() {
            to_stderr(&text);
        }
        Outcome::Failed
    }
}

fn error_line(
    out: &mut dyn Write,
    colour: Colour,
    message: &str,
    help: Option<&str>,
) -> io::Result<()> {
    match colour {
        Colour::Always => writeln!(
            out,
            "\u{1b}[1;31merror\u{1b}[0m\u{1b}[1m: {message}\u{1b}[0m"
        )?,
        Colour::Never => writeln!(out, "error: {message}")?,
    }
    if let Some(help) = help {
        writeln!(out, "  help: {help}")?;
    }
    Ok(())
}

/// A remark that is neither finding nor error.
pub(super) fn note(text: &str) {
    to_stderr(format!("note: {text}\n").as_bytes());
}

/// Standard error may be closed; there is nowhere left to say so.
pub(super) fn to_stderr(text: &[u8]) {
    let _ = io::stderr().lock().write_all(text);
}

/// Writes all of standard output at once.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Writes a file whole or not at all.
pub(super) fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    workspace::write(path, text).map_err(|error| {
        Failure::usage(
            format!("`{}` cannot be written: {error}", path.display()),
            None,
        )
    })
}

/// `NO_COLOR` wins over `FORCE_COLOR`, both over what the stream is.
pub(super) fn colour(stream: &dyn StreamKind) -> Colour {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = std::env::var_os("FORCE_COLOR")
        .is_some_and(|value| !value.is_empty() && value != OsStr::new("0"));
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == OsStr::new("dumb"));
    if !is_set("NO_COLOR") && (forced || (stream.is_a_terminal() && !dumb)) {
        Colour::Always
    } else {
        Colour::Never
    }
}

/// Whether a stream is a terminal; `IsTerminal` itself cannot be a trait object.
pub(super) trait StreamKind {
    fn is_a_terminal(&self) -> bool;
}

impl<T: IsTerminal> StreamKind for T {
    fn is_a_terminal(&self) -> bool {
        self.is_terminal()
    }
}

/// How long work may last before anyone wants to see that it goes on.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar on standard error that appears when work lasts and standard error is a
/// terminal, and is gone when this is dropped.
pub(super) struct Bar {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Bar {
    pub(super) fn watch(progress: &Arc<Progress>) -> Self {
        if !io::stderr().is_terminal() {
            return Self {
                stop: None,
                thread: None,
            };
        }
        let (stop, stopped) = channel();
        let progress = Arc::clone(progress);
        let thread = std::thread::spawn(move || {
            if stopped.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} migrations") {
                bar.set_style(style);
            }
            loop {
                bar.set_length(progress.total.load(Ordering::Relaxed) as u64);
                bar.set_position(progress.done.load(Ordering::Relaxed) as u64);
                let waited = stopped.recv_timeout(Duration::from_millis(100));
                if waited != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
            bar.finish_and_clear();
        });
        Self {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A bar that failed to draw is no reason to fail.
            let _ = thread.join();
        }
    }
}
