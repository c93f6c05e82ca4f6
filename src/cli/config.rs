//! `whimbrel config`: what can be configured, and what is.

use std::fmt::Write as _;
use std::sync::Arc;

use super::Outcome;
use super::load::ConfigArgs;
use super::output::{self, Failure};
use crate::base::Files;
use crate::diag::wording::did_you_mean;
use crate::workspace::{self, Options, config_keys, config_schema};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  whimbrel config
  whimbrel config dialects
  whimbrel config --schema")]
pub(super) struct Args {
    /// A key, to be told more of.
    key: Option<String>,
    /// Print the JSON schema of configuration files.
    #[arg(long, conflicts_with = "key")]
    schema: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    if args.schema {
        return output::print(&config_schema()).map(|()| Outcome::Fine);
    }
    let keys = config_keys();
    let mut options = Options {
        cwd: std::env::current_dir()?,
        ..Options::default()
    };
    args.config.apply(&mut options)?;
    let files = Arc::new(Files::default());
    let said = workspace::said_keys(&files, &options)
        .map_err(|error| Failure::Workspace(error, Arc::clone(&files)))?;
    let mut out = String::new();
    let Some(wanted) = &args.key else {
        let width = keys
            .iter()
            .map(|key| key.name.len())
            .max()
            .unwrap_or_default();
        for key in &keys {
            let value = match said.get(&key.name) {
                Some(said) => format!("{}  # {}", one_line(&said.value), said.place),
                None => "not set".to_owned(),
            };
            let _ = writeln!(out, "{:<width$}  {value}", key.name);
        }
        return output::print(&out).map(|()| Outcome::Fine);
    };
    let Some(key) = keys.iter().find(|key| key.name == *wanted) else {
        let near = did_you_mean(wanted, keys.iter().map(|key| key.name.as_str()));
        return Err(Failure::usage(
            format!("there is no configuration key `{wanted}`"),
            Some(near.map_or_else(
                || "`whimbrel config` lists all keys".to_owned(),
                |near| format!("did you mean `{near}`?"),
            )),
        ));
    };
    let _ = writeln!(out, "{}: {}\n{}", key.name, key.kind.as_str(), key.about);
    match said.get(&key.name) {
        Some(said) => {
            let _ = writeln!(out, "\n{}\nfrom {}", said.value, said.place);
        }
        None => out.push_str("\nnot set\n"),
    }
    output::print(&out).map(|()| Outcome::Fine)
}

/// A value on one line, as far as it fits.
fn one_line(value: &str) -> String {
    const MOST: usize = 60;
    let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MOST {
        return line;
    }
    let start: String = line.chars().take(MOST).collect();
    format!("{start}...")
}
