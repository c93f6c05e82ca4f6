//! `whimbrel init`: a configuration of what a project is seen to be.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Outcome;
use super::load::LoadArgs;
use super::output::{self, Failure};
use crate::pipeline::{self, PlannedProject, Purpose};
use crate::sql::Server;
use crate::workspace;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  whimbrel init")]
pub(super) struct Args {
    #[command(flatten)]
    load: LoadArgs,
}

const OWN_FILES: [&str; 2] = ["whimbrel.toml", ".whimbrel.toml"];
const SHARED_FILE: &str = "pyproject.toml";

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    for file in OWN_FILES {
        if Path::new(file).exists() {
            return Err(there_already(file));
        }
    }
    let shared = Path::new(SHARED_FILE);
    let before = if shared.exists() {
        let text = workspace::read_text(shared).map_err(|reason| {
            Failure::usage(format!("cannot read `{SHARED_FILE}`: {reason}"), None)
        })?;
        if text.contains("tool.whimbrel") {
            return Err(there_already(SHARED_FILE));
        }
        Some(text)
    } else {
        None
    };
    let here = [PathBuf::from(".")];
    let keys = args.load.with_sources(&here, |files, sources| {
        keys(&pipeline::plan(files, sources, Purpose::Check))
    })?;
    let (file, text) = match before {
        Some(before) => {
            let gap = if before.is_empty() { "" } else { "\n" };
            let before = before.trim_end_matches('\n');
            (
                SHARED_FILE,
                format!("{before}\n{gap}[tool.whimbrel]\n{keys}"),
            )
        }
        None => (OWN_FILES[0], keys),
    };
    output::write_file(Path::new(file), text.trim_start_matches('\n'))?;
    output::print(&format!("{file}\n"))?;
    Ok(Outcome::Fine)
}

fn there_already(file: &str) -> Failure {
    Failure::usage(
        format!("`{file}` configures whimbrel already, and is left as it is"),
        Some("`whimbrel config` tells what it says".to_owned()),
    )
}

/// The keys that say what was seen, each with where it comes from.
fn keys(projects: &[PlannedProject]) -> String {
    let mut out = String::new();
    if let [project] = projects
        && let (Some(module), Some(from)) = (&project.settings.module, &project.settings_from)
    {
        out.push_str(&format!("# from {from}\nsettings = \"{module}\"\n"));
    }
    let dialects: BTreeSet<&str> = projects
        .iter()
        .flat_map(|project| Server::of_project(&project.settings))
        .map(|server| server.dialect.name)
        .collect();
    if dialects.is_empty() {
        out.push_str("# the databases that migrations run on; the oldest version counts\n");
        out.push_str("# dialects = [\"postgresql>=14\"]\n");
    } else {
        let names: Vec<String> = dialects.iter().map(|name| format!("\"{name}\"")).collect();
        let names = names.join(", ");
        out.push_str("# from `DATABASES`; versions make findings sharper: \"postgresql>=14\"\n");
        out.push_str(&format!("dialects = [{names}]\n"));
    }
    out
}
