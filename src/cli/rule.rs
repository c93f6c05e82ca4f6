//! `whimbrel rule`: the manual of one rule, or the list of all.

use std::fmt::Write as _;

use super::Outcome;
use super::output::{self, Failure};
use crate::diag::wording::did_you_mean;
use crate::lint;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: whimbrel rule blocking-index")]
pub(super) struct Args {
    /// The rule's name; without it, all rules are listed.
    name: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    let text = match &args.name {
        None => list(),
        Some(name) => match lint::rule(name) {
            Some(rule) => rule.page.to_owned(),
            None => {
                return Err(Failure::usage(
                    format!("there is no rule `{name}`"),
                    Some(near(name).map_or_else(
                        || "`whimbrel rule` lists all rules".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    )),
                ));
            }
        },
    };
    output::print(&text)?;
    Ok(Outcome::Fine)
}

/// The rule that was meant: by its spelling, or the only one that holds the word.
fn near(name: &str) -> Option<&'static str> {
    let names = || lint::RULES.iter().map(|rule| rule.name);
    if let Some(near) = did_you_mean(name, names()) {
        return Some(near);
    }
    let mut holding = names().filter(|rule| !name.is_empty() && rule.contains(name));
    let first = holding.next()?;
    holding.next().is_none().then_some(first)
}

/// Each rule on a line: name, usual level and summary.
fn list() -> String {
    let width = lint::RULES
        .iter()
        .map(|rule| rule.name.len())
        .max()
        .unwrap_or_default();
    let mut out = String::new();
    for rule in lint::RULES {
        let _ = writeln!(
            out,
            "{:<width$}  {:<7}  {}",
            rule.name,
            rule.level.as_str(),
            rule.summary
        );
    }
    out
}
