//! `whimbrel convert`: migrations from one language to the other.

use std::path::{Path, PathBuf};

use super::Outcome;
use super::load::LoadArgs;
use super::output::{self, Failure};
use crate::diag::wording::count;
use crate::pipeline::{Converted, Language, convert};
use crate::report::full;

/// Converts migrations.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: whimbrel convert blog/migrations --to mig --in-place")]
pub(super) struct Args {
    /// Migration files, or folders that hold them.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The language to write.
    #[arg(long, value_enum)]
    to: To,
    /// Write each file beside the one that it is made of, which is removed.
    #[arg(long, conflicts_with = "output")]
    in_place: bool,
    /// Write to this folder, as `APP/NAME`, and leave the rest as it is.
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    load: LoadArgs,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum To {
    Mig,
    Python,
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    args.load.with_sources(&args.paths, |files, sources| {
        let mut diagnostics = Vec::new();
        let language = match args.to {
            To::Mig => Language::Mig,
            To::Python => Language::Python,
        };
        let converted = convert(language, files, sources, &mut diagnostics);
        if converted.is_empty() && diagnostics.is_empty() {
            output::note("there is nothing to convert");
            return Ok(Outcome::Fine);
        }
        // All targets are looked at before the first is written.
        let targets: Vec<Targets> = converted.iter().map(|each| targets(args, each)).collect();
        let mut taken = targets.iter().flatten().flatten();
        if let Some((path, _)) = taken.find(|(path, _)| path.exists()) {
            return Err(Failure::usage(
                format!("`{}` is there already", path.display()),
                Some("move it away first; nothing is overwritten".to_owned()),
            ));
        }
        for (each, targets) in converted.iter().zip(&targets) {
            write(args, each, targets.as_deref())?;
        }
        let mut told = Vec::new();
        full::write(
            &mut told,
            files,
            &diagnostics,
            output::colour(&std::io::stderr()),
        )?;
        output::to_stderr(&told);
        if args.in_place || args.output.is_some() {
            output::note(&format!(
                "{} converted",
                count(converted.len(), "migration")
            ));
        }
        Ok(if diagnostics.is_empty() {
            Outcome::Fine
        } else {
            Outcome::Findings
        })
    })?
}

/// Files to write, with their texts; none for standard output.
type Targets<'c> = Option<Vec<(PathBuf, &'c String)>>;

fn targets<'c>(args: &Args, each: &'c Converted) -> Targets<'c> {
    let folder = match &args.output {
        Some(folder) => folder.join(&each.app),
        None if args.in_place => each.from.parent().unwrap_or(Path::new(".")).to_owned(),
        None => return None,
    };
    let files = [(&each.file, &each.text)].into_iter();
    let all = files.chain(each.module.iter().map(|(file, text)| (file, text)));
    Some(all.map(|(file, text)| (folder.join(file), text)).collect())
}

fn write(
    args: &Args,
    each: &Converted,
    targets: Option<&[(PathBuf, &String)]>,
) -> Result<(), Failure> {
    let Some(targets) = targets else {
        output::print(&each.text)?;
        if let Some((file, _)) = &each.module {
            output::note(&format!(
                "what stays Python of `{}` belongs into `{file}` beside it; `--in-place` and \
                 `--output` write it",
                each.shown
            ));
        }
        return Ok(());
    };
    // What the migration needs comes first, and the old file goes last.
    for (path, text) in targets.iter().rev() {
        crate::workspace::write(path, text).map_err(|error| {
            Failure::usage(
                format!("`{}` cannot be written: {error}", path.display()),
                None,
            )
        })?;
    }
    if args.in_place {
        std::fs::remove_file(&each.from).map_err(|error| {
            Failure::usage(format!("`{}` cannot be removed: {error}", each.shown), None)
        })?;
    }
    Ok(())
}
