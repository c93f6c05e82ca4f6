//! A summary in Markdown, to post on a pull request: findings, the gravest first, then
//! the SQL of new migrations, folded, with what they lock.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::explained::{Explained, Script};
use super::{Place, details, summary};
use crate::base::Files;
use crate::diag::wording::count;
use crate::diag::{Diagnostic, Level};
use crate::ir::MigrationId;
use crate::lint;

/// Longer comments are refused by code hosts: GitHub takes 65,536 characters.
const LONGEST: usize = 60_000;

/// What a report shows the SQL of, in a project.
#[derive(Debug)]
pub struct NewMigrations {
    /// The project's folder.
    pub project: String,
    pub ids: Vec<MigrationId>,
    pub sql: Explained,
}

/// Writes one document. `shown` is what of `all` is listed.
///
/// # Errors
/// Those of `out`.
pub fn write(
    out: &mut dyn Write,
    files: &Files,
    shown: &[Diagnostic],
    all: &[Diagnostic],
    new: &[NewMigrations],
) -> io::Result<()> {
    let mut document = Document::default();
    document.findings(files, shown, all);
    document.rules(shown);
    document.migrations(new);
    out.write_all(document.text.as_bytes())
}

#[derive(Default)]
struct Document {
    text: String,
}

impl Document {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn has_room_for(&self, text: &str) -> bool {
        self.text.len() + text.len() <= LONGEST
    }

    fn findings(&mut self, files: &Files, shown: &[Diagnostic], all: &[Diagnostic]) {
        self.line(&format!("## Migrations: {}", summary::findings(all)));
        if all.is_empty() {
            return;
        }
        let mut shown: Vec<&Diagnostic> = shown.iter().collect();
        shown.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.level));
        let mut listed = 0;
        if !shown.is_empty() {
            self.line("\n| level | finding | place |\n|---|---|---|");
        }
        for diagnostic in shown {
            let row = row(files, diagnostic);
            if !self.has_room_for(&row) {
                break;
            }
            self.line(&row);
            listed += 1;
        }
        if listed < all.len() {
            self.line(&format!(
                "\n{} not shown.",
                count(all.len() - listed, "more finding")
            ));
        }
    }

    fn rules(&mut self, shown: &[Diagnostic]) {
        let used: BTreeSet<&str> = shown.iter().map(|it| it.rule).collect();
        let rules: Vec<String> = used
            .into_iter()
            .filter_map(lint::rule)
            .map(|rule| format!("- `{}`: {}", rule.name, prose(rule.summary)))
            .collect();
        let text = rules.join("\n");
        if rules.is_empty() || !self.has_room_for(&text) {
            return;
        }
        self.line("\n<details>\n<summary>What these rules find</summary>\n");
        self.line(&text);
        self.line("\n`whimbrel rule NAME` tells more of each.\n\n</details>");
    }

    fn migrations(&mut self, new: &[NewMigrations]) {
        let total: usize = new.iter().map(|it| it.ids.len()).sum();
        if total == 0 {
            return;
        }
        self.line(&format!("\n## SQL of {}", count(total, "migration")));
        let mut left_out = 0;
        for of_project in new {
            if new.len() > 1 {
                self.line(&format!("\nOf {}:", code(&of_project.project)));
            }
            for id in &of_project.ids {
                let text = migration(id, &of_project.sql);
                if self.has_room_for(&text) {
                    self.text.push_str(&text);
                } else {
                    left_out += 1;
                }
            }
        }
        if left_out > 0 {
            self.line(&format!(
                "\nThe SQL of {} is left out, so that a comment can hold this; `whimbrel sql \
                 APP NAME --locks` prints it.",
                count(left_out, "migration")
            ));
        }
    }
}

fn row(files: &Files, diagnostic: &Diagnostic) -> String {
    let place = Place::new(files, diagnostic.primary.span);
    let level = match diagnostic.level {
        Level::Bug => "💥 bug",
        Level::Error => "❌ error",
        Level::Warning => "⚠️ warning",
        Level::Info => "ℹ️ info",
    };
    let mut finding = format!("**{}**", prose(&diagnostic.message));
    for detail in details(diagnostic) {
        finding.push_str("<br>");
        finding.push_str(&prose(&detail));
    }
    if !diagnostic.rule.is_empty() {
        finding.push_str(&format!("<br>{}", code(diagnostic.rule)));
    }
    let place = format!("{}:{}", place.path, place.line);
    format!("| {level} | {} | {} |", cell(&finding), cell(&code(&place)))
}

/// A migration, folded: its locks and its SQL for each server.
fn migration(id: &MigrationId, sql: &Explained) -> String {
    let scripts = sql.scripts.get(id).map_or(&[][..], Vec::as_slice);
    let mut out = format!(
        "\n<details>\n<summary><code>{}</code></summary>\n",
        html(&id.to_string())
    );
    for (server, script) in sql.servers.iter().zip(scripts) {
        out.push_str(&format!("\n### {}\n\n{}", prose(server), locks(script)));
        let text: Vec<&str> = script.iter().map(|piece| piece.text.as_str()).collect();
        out.push_str(&fenced(&text.join("\n")));
    }
    out.push_str("\n</details>\n");
    out
}

/// What a script locks, each once.
fn locks(script: &Script) -> String {
    let mut told: Vec<&str> = Vec::new();
    for lock in script.iter().flat_map(|piece| &piece.locks) {
        if !told.contains(&lock.as_str()) {
            told.push(lock);
        }
    }
    if told.is_empty() {
        return "Nothing that was there before waits for it.\n".to_owned();
    }
    let items = told.iter().map(|lock| format!("- {}\n", prose(lock)));
    items.collect()
}

/// A block of SQL that no text in it ends.
fn fenced(text: &str) -> String {
    let runs = text.split(|it| it != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or_default().max(2) + 1);
    format!("\n{fence}sql\n{text}\n{fence}\n")
}

/// What is in a cell of a table: in one line, and with no end of the cell, not even in
/// code.
fn cell(markdown: &str) -> String {
    let line: Vec<&str> = markdown.split_whitespace().collect();
    let mut out = String::with_capacity(markdown.len());
    let mut before = ' ';
    for it in line.join(" ").chars() {
        if it == '|' && before != '\\' {
            out.push('\\');
        }
        out.push(it);
        before = it;
    }
    out
}

/// A message with `` `names` `` in it: these stay code, the rest is text and nothing else.
fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let last = parts.len() - 1;
    // A text whose own characters would join with those around it is no code.
    let is_sound = last.is_multiple_of(2)
        && parts
            .iter()
            .enumerate()
            .all(|(at, part)| at == 0 || at == last || !part.trim().is_empty());
    if !is_sound {
        return plain(text);
    }
    let parts = parts.iter().enumerate().map(|(at, part)| match at % 2 {
        0 => plain(part),
        _ => format!("`{part}`"),
    });
    parts.collect()
}

/// Text in which no character has a meaning.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(it) = characters.next() {
        let after = characters.peek().copied().unwrap_or(' ');
        match it {
            // Within a word it is no emphasis.
            '_' if before.is_alphanumeric() && after.is_alphanumeric() => out.push(it),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&'
            | '!' | '$' => {
                out.push('\\');
                out.push(it);
            }
            // Nobody is called.
            '@' => out.push_str("@<!-- -->"),
            '\n' | '\r' => out.push(' '),
            _ => out.push(it),
        }
        before = it;
    }
    out
}

fn code(text: &str) -> String {
    if text.contains('`') || text.trim().is_empty() {
        return plain(text);
    }
    format!("`{}`", text.replace(['\n', '\r'], " "))
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_code_and_the_rest_is_text() {
        assert_eq!(
            prose("`a_b` of a_b, _c_, <i> & *c* for @all"),
            "`a_b` of a_b, \\_c\\_, \\<i\\> \\& \\*c\\* for @<!-- -->all"
        );
    }

    #[test]
    fn a_name_with_backticks_opens_nothing() {
        assert_eq!(prose("`a`<b>` is new"), "\\`a\\`\\<b\\>\\` is new");
        assert_eq!(prose("`a``<b>` is new"), "\\`a\\`\\`\\<b\\>\\` is new");
        assert_eq!(code("a`<b>"), "a\\`\\<b\\>");
    }

    #[test]
    fn a_cell_stays_one_cell() {
        assert_eq!(cell(&prose("`a|b` or c|d\nand")), "`a\\|b` or c\\|d and");
    }

    #[test]
    fn sql_does_not_end_its_block() {
        assert_eq!(
            fenced("SELECT '```';\n```"),
            "\n````sql\nSELECT '```';\n```\n````\n"
        );
    }
}
