//! `whimbrel man`: the manual pages, in roff.

use std::io;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap_mangen::Man;

use super::output::{self, Failure};
use super::{Cli, Outcome};

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: whimbrel man --output ~/.local/share/man/man1")]
pub(super) struct Args {
    /// Write a page for whimbrel and one for each command into this folder.
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    let mut command = Cli::command();
    // Names the pages of commands: `whimbrel-check`.
    command.build();
    match &args.output {
        None => output::print(&page(&command)?)?,
        Some(folder) => {
            write(folder, &command)?;
            for each in command.get_subcommands().filter(|it| !it.is_hide_set()) {
                write(folder, each)?;
            }
        }
    }
    Ok(Outcome::Fine)
}

fn page(command: &clap::Command) -> io::Result<String> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    String::from_utf8(page).map_err(io::Error::other)
}

fn write(folder: &Path, command: &clap::Command) -> Result<(), Failure> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    output::write_file(&folder.join(format!("{name}.1")), &page(command)?)?;
    Ok(())
}
