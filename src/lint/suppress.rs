//! Comments that take findings away.
//!
//! ```python
//! migrations.AddIndex(...),  # whimbrel: ignore[blocking-index] the table is small
//!
//! # whimbrel: ignore[dropped-column-in-use] nothing reads it since release 12
//! migrations.RemoveField("order", "note"),
//!
//! # whimbrel: file-ignore[locking] run by hand at night
//! ```
//!
//! A comment on an operation, or above it, holds for all of the operation; elsewhere it
//! holds for its own line, or the next one if it stands alone.

use crate::base::{FileId, Span, TextRange};
use crate::ir::Migration;

/// What every such comment begins with.
const SIGN: &str = "whimbrel:";

/// One comment that takes findings away.
#[derive(Debug, Clone)]
pub(super) struct Suppression {
    /// The comment.
    pub(super) span: Span,
    /// Names with their places.
    pub(super) names: Vec<(String, Span)>,
    /// What stands behind the brackets; may be empty.
    pub(super) reason: String,
    pub(super) reach: Reach,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    File,
    /// Findings that begin here.
    Range(TextRange),
}

/// A comment with the sign that says nothing known.
#[derive(Debug, Clone)]
pub(super) struct Misspelt {
    pub(super) span: Span,
    pub(super) fault: &'static str,
}

/// Whether a text may hold such comments.
#[must_use]
pub fn may_suppress(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), SIGN.as_bytes()).is_some()
}

/// Reads the comments of a file; `comments` are where they are, with their `#`.
pub(super) fn read(
    file: FileId,
    text: &str,
    comments: &[TextRange],
    migration: &Migration,
) -> (Vec<Suppression>, Vec<Misspelt>) {
    let mut found = Vec::new();
    let mut misspelt = Vec::new();
    for comment in comments {
        let span = Span::new(file, *comment);
        let whole = slice(text, *comment);
        let body = whole.trim_start_matches('#').trim_start();
        let Some(rest) = body.strip_prefix(SIGN) else {
            continue;
        };
        let rest = rest.trim_start();
        let word_end = rest
            .find(|it: char| !it.is_ascii_alphanumeric() && it != '-')
            .unwrap_or(rest.len());
        let (word, rest) = rest.split_at(word_end);
        let is_file = match word {
            "ignore" => false,
            "file-ignore" => true,
            // A migration's part of a larger one; see the language.
            "phase" => continue,
            _ => {
                let fault = "the words are `ignore[...]` and `file-ignore[...]`";
                misspelt.push(Misspelt { span, fault });
                continue;
            }
        };
        let Some((inside, reason)) = rest
            .trim_start()
            .strip_prefix('[')
            .and_then(|it| it.split_once(']'))
        else {
            let fault = "the rules stand in brackets: `ignore[blocking-index]`";
            misspelt.push(Misspelt { span, fault });
            continue;
        };
        let names = names(file, text, inside);
        if names.is_empty() {
            let fault = "there is no rule in the brackets";
            misspelt.push(Misspelt { span, fault });
            continue;
        }
        found.push(Suppression {
            span,
            names,
            reason: reason.trim().to_owned(),
            reach: if is_file {
                Reach::File
            } else {
                Reach::Range(range(text, *comment, migration))
            },
        });
    }
    (found, misspelt)
}

fn slice(text: &str, range: TextRange) -> &str {
    text.get(range.start as usize..range.end as usize)
        .unwrap_or_default()
}

/// The names between brackets, which are a part of the text.
fn names(file: FileId, text: &str, inside: &str) -> Vec<(String, Span)> {
    let offset = inside.as_ptr() as usize - text.as_ptr() as usize;
    let mut at = offset;
    let mut names = Vec::new();
    for part in inside.split(',') {
        let name = part.trim();
        let start = at + (part.len() - part.trim_start().len());
        if !name.is_empty() {
            let place = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
            let range = TextRange::new(place(start), place(start + name.len()));
            names.push((name.to_owned(), Span::new(file, range)));
        }
        at += part.len() + 1;
    }
    names
}

/// What a comment is about: the operation that it stands in, on or above; else a line.
fn range(text: &str, comment: TextRange, migration: &Migration) -> TextRange {
    let start = comment.start as usize;
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let stands_alone = text[line_start..start].trim().is_empty();
    let after = comment.end as usize;
    let line = if stands_alone {
        next_line(text, after)
    } else {
        let end = text[after..].find('\n').map_or(text.len(), |at| after + at);
        range_of(line_start, end)
    };
    let operations = migration.walk_operations().map(|it| it.span);
    let own = operations.filter(|span| span.file == migration.file);
    let touched = own.map(|span| span.range).filter(|range| {
        let holds_comment = range.start <= comment.start && comment.end <= range.end;
        let begins_on_line = line.start <= range.start && range.start <= line.end;
        let ends_on_line = !stands_alone && line.start <= range.end && range.end <= line.end;
        holds_comment || begins_on_line || ends_on_line
    });
    // The smallest one: within `SeparateDatabaseAndState` that is the nested one.
    let smallest = touched.min_by_key(|range| range.end - range.start);
    smallest.map_or(line, |range| {
        TextRange::new(range.start.min(line.start), range.end.max(line.end))
    })
}

/// The next line that holds more than a comment.
fn next_line(text: &str, from: usize) -> TextRange {
    let mut start = from;
    while let Some(length) = text[start..].find('\n') {
        start += length + 1;
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line = text[start..end].trim();
        if !line.is_empty() && !line.starts_with('#') {
            return range_of(start, end);
        }
    }
    range_of(text.len(), text.len())
}

fn range_of(start: usize, end: usize) -> TextRange {
    let place = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    TextRange::new(place(start), place(end))
}
