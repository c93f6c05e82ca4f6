//! `whimbrel graph`: a picture of dependencies.

use super::Outcome;
use super::output::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: &Args) -> Result<Outcome, Failure> {
    Err(Failure::usage("not built yet", None))
}
