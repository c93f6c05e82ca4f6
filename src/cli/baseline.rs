//! `--baseline`, `--write-baseline` and `--prune-baseline` of `whimbrel check`.

use std::path::{Path, PathBuf};

use super::output::{self, Failure};
use crate::diag::wording::count;
use crate::lint::baseline::{Applied, Baseline};
use crate::pipeline::Analysis;
use crate::python::sources::Sources;
use crate::workspace;

/// Findings that are accepted for the time being.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct BaselineArgs {
    /// Hold back the findings that this file lists.
    #[arg(long, value_name = "FILE", env = "WHIMBREL_BASELINE", hide_env = true)]
    baseline: Option<PathBuf>,
    /// Write all findings to the baseline.
    #[arg(long, conflicts_with = "prune_baseline")]
    write_baseline: bool,
    /// Take out of the baseline what is found no longer.
    #[arg(long)]
    prune_baseline: bool,
}

/// Where a baseline is written that nobody gave a name.
const DEFAULT: &str = "whimbrel-baseline.json";

/// No more stale entries are named.
const MOST_NAMED: usize = 5;

impl BaselineArgs {
    pub(super) fn is_asked_for(&self) -> bool {
        self.baseline.is_some() || self.write_baseline || self.prune_baseline
    }

    /// Takes accepted findings out of an analysis, and rewrites the baseline where that
    /// was asked.
    pub(super) fn apply(&self, sources: &Sources, analysis: &mut Analysis) -> Result<(), Failure> {
        let files = match &self.baseline {
            Some(file) => std::slice::from_ref(file),
            None => sources.baselines.as_slice(),
        };
        if self.write_baseline {
            return self.write(only(files)?, analysis);
        }
        if files.is_empty() {
            if self.prune_baseline {
                return Err(no_baseline());
            }
            return Ok(());
        }
        let mut baseline = Baseline::default();
        for file in files {
            baseline.extend(read(file)?);
        }
        let found = std::mem::take(&mut analysis.diagnostics);
        let Applied {
            left,
            hidden,
            stale,
            pruned,
        } = baseline.apply(found, &analysis.scope);
        analysis.diagnostics = left;
        if hidden > 0 {
            let hidden = count(hidden, "finding");
            output::note(&format!("{hidden} held back by the baseline"));
        }
        if self.prune_baseline {
            let Some(file) = only(files)? else {
                return Err(no_baseline());
            };
            output::write_file(file, &pruned.text())?;
            let gone = count(baseline.len() - pruned.len(), "finding");
            output::note(&format!("`{}` holds {gone} less", file.display()));
        } else if !stale.is_empty() {
            note_stale(&stale);
        }
        Ok(())
    }

    fn write(&self, file: Option<&Path>, analysis: &mut Analysis) -> Result<(), Failure> {
        let file = file.unwrap_or(Path::new(DEFAULT));
        // Entries that this run is not about stay as they are.
        let before = if file.exists() {
            read(file)?
        } else {
            Baseline::default()
        };
        let renewed = before.renewed(&analysis.diagnostics, &analysis.scope);
        output::write_file(file, &renewed.text())?;
        let held = count(renewed.len(), "finding");
        output::note(&format!("`{}` holds {held}", file.display()));
        let found = std::mem::take(&mut analysis.diagnostics);
        analysis.diagnostics = renewed.apply(found, &analysis.scope).left;
        Ok(())
    }
}

/// The one file that can be written.
fn only(files: &[PathBuf]) -> Result<Option<&Path>, Failure> {
    match files {
        [] => Ok(None),
        [file] => Ok(Some(file)),
        _ => Err(Failure::usage(
            "the configurations name several baselines, and one can be written at a time",
            Some("name it with `--baseline`, and the project whose it is".to_owned()),
        )),
    }
}

fn no_baseline() -> Failure {
    Failure::usage(
        "there is no baseline to prune",
        Some(
            "name it with `--baseline FILE`, or write one first with `--write-baseline`".to_owned(),
        ),
    )
}

fn read(file: &Path) -> Result<Baseline, Failure> {
    let text = workspace::read_text(file).map_err(|reason| {
        Failure::usage(
            format!("the baseline `{}` cannot be read: {reason}", file.display()),
            Some("`--write-baseline` writes one of the findings that there are".to_owned()),
        )
    })?;
    Baseline::read(&text).map_err(|reason| {
        Failure::usage(
            format!("the baseline `{}` cannot be used: {reason}", file.display()),
            Some("`--write-baseline` writes it anew, once the file is out of the way".to_owned()),
        )
    })
}

fn note_stale(stale: &[String]) {
    let named = stale.iter().take(MOST_NAMED).cloned();
    let mut named: Vec<String> = named.collect();
    if stale.len() > MOST_NAMED {
        named.push(format!("{} more", stale.len() - MOST_NAMED));
    }
    output::note(&format!(
        "the baseline lists what is found no longer, and `--prune-baseline` takes out: {}",
        named.join(", ")
    ));
}
