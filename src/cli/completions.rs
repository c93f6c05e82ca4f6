//! `whimbrel completions`: what a shell needs to complete whimbrel's commands.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::output::{self, Failure};
use super::{Cli, Outcome};

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: whimbrel completions bash > \
                        ~/.local/share/bash-completion/completions/whimbrel")]
pub(super) struct Args {
    /// The shell that reads the script.
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    generate(args.shell, &mut command, name, &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Fine)
}
