//! `whimbrel rule`: the manual of one rule or of all, or the list of all.

use std::fmt::Write as _;

use serde::Serialize;

use super::Outcome;
use super::output::{self, Failure};
use crate::diag::wording::did_you_mean;
use crate::lint::{self, Rule};

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: whimbrel rule blocking-index")]
pub(super) struct Args {
    /// The rule's name; without it, all rules are listed.
    name: Option<String>,
    /// Print the pages of all rules.
    #[arg(long, conflicts_with = "name")]
    all: bool,
    /// How to print: `json` tells all that is known of a rule.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    Markdown,
}

/// A rule as programs read it. Keys may be added.
#[derive(Serialize)]
struct Description<'r> {
    name: &'r str,
    summary: &'r str,
    category: &'r str,
    level: &'r str,
    group: &'r str,
    grain: &'r str,
    since: &'r str,
    /// Rules whose findings at the same place are not told beside this one's.
    explains: &'r [&'r str],
    examples: Vec<Example<'r>>,
    page: &'r str,
}

/// A block of code on a rule's page.
#[derive(Debug, Serialize, PartialEq, Eq)]
struct Example<'p> {
    /// Whether the rule finds it, or it is what to write instead.
    is_found: bool,
    language: &'p str,
    code: &'p str,
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    let text = match &args.name {
        None => many(args),
        Some(name) => match lint::rule(name) {
            Some(rule) if args.format == Format::Json => json(&describe(rule)),
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

/// All rules: their pages, or a line for each.
fn many(args: &Args) -> String {
    match (args.format, args.all) {
        (Format::Json, _) => {
            let all: Vec<Description<'_>> = lint::RULES.iter().map(|rule| describe(rule)).collect();
            json(&all)
        }
        (Format::Text | Format::Markdown, true) => {
            let pages: Vec<&str> = lint::RULES.iter().map(|rule| rule.page).collect();
            pages.join("\n")
        }
        (Format::Text, false) => list(),
        (Format::Markdown, false) => table(),
    }
}

fn json(value: &impl Serialize) -> String {
    // Plain data always has a form in JSON.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

fn describe(rule: &'static Rule) -> Description<'static> {
    Description {
        name: rule.name,
        summary: rule.summary,
        category: rule.category.as_str(),
        level: rule.level.as_str(),
        group: rule.group.as_str(),
        grain: rule.grain().as_str(),
        since: rule.since,
        explains: rule.explains,
        examples: examples(rule.page),
        page: rule.page,
    }
}

/// The blocks of code under `## Example` and `## Use instead`.
fn examples(page: &str) -> Vec<Example<'_>> {
    let sections = page.split("\n## ").skip(1);
    let examples = sections.filter_map(|section| {
        let (heading, body) = section.split_once('\n')?;
        let is_found = match heading.trim() {
            "Example" => true,
            "Use instead" => false,
            _ => return None,
        };
        Some(blocks(body).map(move |(language, code)| Example {
            is_found,
            language,
            code,
        }))
    });
    examples.flatten().collect()
}

/// The fenced blocks of a text, each with its language.
fn blocks(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, behind) = rest.split_once("```")?;
        let (language, behind) = behind.split_once('\n')?;
        let (code, behind) = behind.split_once("```")?;
        rest = behind;
        Some((language.trim(), code))
    })
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

/// The same as a table.
fn table() -> String {
    let mut out = String::from("| rule | level | category | group | |\n|---|---|---|---|---|\n");
    for rule in lint::RULES {
        let summary = rule.summary.replace('|', "\\|");
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {summary} |",
            rule.name,
            rule.level.as_str(),
            rule.category.as_str(),
            rule.group.as_str(),
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_tell_what_is_found_from_what_to_write() {
        let rule = lint::rule("called-default").unwrap();
        let examples = examples(rule.page);
        let found: Vec<(bool, &str)> = examples
            .iter()
            .map(|it| (it.is_found, it.language))
            .collect();
        assert_eq!(found, [(true, "python"), (false, "python")]);
    }

    #[test]
    fn blocks_are_cut_out_of_their_fences() {
        let text = "a\n```python\nx = 1\n```\nb\n```\ny\n```\n";
        let found: Vec<_> = blocks(text).collect();
        assert_eq!(found, [("python", "x = 1\n"), ("", "y\n")]);
    }
}
