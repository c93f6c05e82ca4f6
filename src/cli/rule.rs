//! `whimbrel rule`: the manual of one rule, or the list of all.

use super::Outcome;
use super::output::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: &Args) -> Result<Outcome, Failure> {
    Err(Failure::usage("not built yet", None))
}
