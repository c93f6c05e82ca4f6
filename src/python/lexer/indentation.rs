//! Line ends, indentation, and the end of the file.

use crate::base::TextRange;

use super::{Lexer, LineStart, Opener, line_end, offset, skip_spaces};
use crate::python::token::Kind;

/// CPython's MAXINDENT, which counts the module's own level.
const MAX_INDENTS: usize = 100;

/// Columns of the first character of a line.
#[derive(Debug, Clone, Copy, Default)]
struct Columns {
    /// Tabs go to the next multiple of 8.
    wide: u32,
    /// Tabs count as 1.
    narrow: u32,
}

impl Lexer<'_> {
    pub(super) fn mark_line(&mut self) {
        self.line = LineStart {
            at: self.at,
            tokens: self.out.tokens.len(),
            comments: self.out.comments.len(),
            errors: self.out.errors.len(),
        };
        self.line_is_broken = false;
    }

    /// At the end of a line: joined silently inside brackets, a token otherwise.
    pub(super) fn newline(&mut self) {
        let start = self.at;
        let next = line_end(self.bytes, start).unwrap_or(start + 1);
        if self.open.is_empty() {
            self.push(Kind::Newline, start, next);
            self.start_line();
            return;
        }
        self.at = next;
        if let Some(string) = self.strings.last()
            && !string.is_triple
        {
            self.need(12);
        }
        if is_conflict_marker(&self.bytes[self.at..]) {
            self.conflict_marker();
        }
        if self.recovering && self.looks_like_a_statement() {
            self.report_unclosed();
            self.open.clear();
            self.strings.clear();
            self.push(Kind::Newline, start, next);
            self.start_line();
        }
    }

    /// Skips blank lines and comments, then compares the indentation of the next
    /// statement with the open blocks.
    pub(super) fn start_line(&mut self) {
        loop {
            let columns = self.columns();
            match self.byte(0) {
                None => return self.mark_line(),
                Some(b'#') => self.comment(),
                Some(b'\n' | b'\r') => {}
                Some(_) => {
                    if is_conflict_marker(&self.bytes[self.at..]) && columns.wide == 0 {
                        self.mark_line();
                        self.conflict_marker();
                        if self.line_is_broken {
                            self.push(Kind::Newline, self.at, self.at);
                        }
                    } else {
                        return self.indent(columns);
                    }
                }
            }
            match line_end(self.bytes, self.at) {
                Some(next) => self.at = next,
                None => return self.mark_line(),
            }
        }
    }

    /// Moves over the white space that starts a line.
    fn columns(&mut self) -> Columns {
        let spaces = skip_spaces(self.bytes, self.at) - self.at;
        self.at += spaces;
        let mut columns = Columns {
            wide: offset(spaces),
            narrow: offset(spaces),
        };
        // A `\` within the indentation continues it on the next line; what counts
        // is the column of the first one (CPython's `cont_line_col`).
        let mut continued = 0;
        loop {
            match self.byte(0) {
                Some(b' ') => {
                    columns.wide += 1;
                    columns.narrow += 1;
                }
                Some(b'\t') => {
                    columns.wide = (columns.wide / 8 + 1) * 8;
                    columns.narrow += 1;
                }
                Some(0x0c) => columns = Columns::default(),
                Some(b'\\') => match line_end(self.bytes, self.at + 1) {
                    Some(next) if next < self.bytes.len() => {
                        if continued == 0 {
                            continued = columns.wide;
                            self.need(10);
                        }
                        self.at = next;
                        continue;
                    }
                    // The error is the business of `continuation`.
                    _ => break,
                },
                _ => break,
            }
            self.at += 1;
        }
        if continued > 0 {
            columns = Columns {
                wide: continued,
                narrow: continued,
            };
        }
        columns
    }

    fn indent(&mut self, columns: Columns) {
        self.mark_line();
        let here = TextRange::empty(offset(self.at));
        let (wide, narrow) = self.indents.last().copied().unwrap_or((0, 0));
        if columns.wide > wide {
            let is_too_deep = self.indents.len() + 1 >= MAX_INDENTS;
            self.indents.push((columns.wide, columns.narrow));
            self.push(Kind::Indent, self.at, self.at);
            self.line.tokens = self.out.tokens.len();
            if is_too_deep {
                self.error(here, "too many nested blocks", |error| {
                    error.with_label(format!("Python allows {}", MAX_INDENTS - 1))
                });
                self.at = self.bytes.len();
            } else if columns.narrow <= narrow {
                self.inconsistent_tabs();
            }
            return;
        }
        while let Some(&(wide, _)) = self.indents.last()
            && columns.wide < wide
        {
            self.indents.pop();
            self.push(Kind::Dedent, self.at, self.at);
            self.line.tokens = self.out.tokens.len();
        }
        let (wide, narrow) = self.indents.last().copied().unwrap_or((0, 0));
        if columns.wide != wide {
            let line_start = self.at - columns.narrow.min(offset(self.at)) as usize;
            let range = TextRange::new(offset(line_start), offset(self.at));
            self.error(
                range,
                "the indentation matches no enclosing block",
                |error| error,
            );
        } else if columns.narrow != narrow {
            self.inconsistent_tabs();
        }
    }

    fn inconsistent_tabs(&mut self) {
        let start = self.bytes[..self.at]
            .iter()
            .rposition(|byte| matches!(byte, b'\n' | b'\r'))
            .map_or(0, |at| at + 1);
        self.error(
            TextRange::new(offset(start), offset(self.at)),
            "tabs and spaces are mixed in the indentation",
            |error| error.with_label("depends on the width of a tab"),
        );
    }

    /// At the end of the text. True if lexing goes on: the line is read again.
    pub(super) fn end_of_file(&mut self) -> bool {
        if !self.open.is_empty() {
            if !self.recovering {
                self.recovering = true;
                self.at = self.line.at;
                self.out.tokens.truncate(self.line.tokens);
                self.out.comments.truncate(self.line.comments);
                self.out.errors.truncate(self.line.errors);
                self.line_is_broken = false;
                self.open.clear();
                self.strings.clear();
                return true;
            }
            self.report_unclosed();
            self.open.clear();
            self.strings.clear();
        }
        let end = self.bytes.len();
        let needs_newline = self
            .out
            .tokens
            .last()
            .is_some_and(|token| !matches!(token.kind, Kind::Newline | Kind::Dedent));
        if needs_newline {
            self.push(Kind::Newline, end, end);
        }
        for _ in 0..self.indents.len() {
            self.push(Kind::Dedent, end, end);
        }
        self.indents.clear();
        self.push(Kind::EndOfFile, end, end);
        false
    }

    /// Reports the innermost open bracket or string.
    fn report_unclosed(&mut self) {
        let Some(open) = self.open.last().copied() else {
            return;
        };
        let (len, what) = match open.opener {
            Opener::FString => {
                let quotes = self
                    .strings
                    .last()
                    .map_or(1, |string| if string.is_triple { 3 } else { 1 });
                (quotes, "this string is never closed".to_owned())
            }
            _ => {
                let range = TextRange::new(open.start, open.start + 1);
                (1, format!("`{}` is never closed", range.text(self.text)))
            }
        };
        let range = TextRange::new(open.start, open.start + len);
        let at = self.at;
        self.error(range, what, |error| error);
        // The error token stands where the bracket was missed, for tokens are in
        // the order of the text.
        if let Some(token) = self.out.tokens.last_mut() {
            token.start = offset(at);
            token.end = offset(at);
        }
    }

    /// Whether the line here, inside brackets in a file known to be broken, is
    /// rather the next statement.
    fn looks_like_a_statement(&self) -> bool {
        let rest = &self.bytes[self.at..];
        let margin = rest
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t' | 0x0c))
            .unwrap_or(rest.len());
        let word = &rest[margin..];
        let len = word
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'))
            .unwrap_or(word.len());
        let first = word.first().copied().unwrap_or(b'\n');
        let outer = self
            .indents
            .last()
            .map_or(0, |(_, narrow)| *narrow as usize);
        if margin <= outer && (len > 0 && !first.is_ascii_digit() || first == b'@') {
            return true;
        }
        matches!(
            Kind::of_word(&word[..len]),
            Kind::Def
                | Kind::Class
                | Kind::Import
                | Kind::Return
                | Kind::Raise
                | Kind::Pass
                | Kind::Break
                | Kind::Continue
                | Kind::Global
                | Kind::Nonlocal
                | Kind::Del
                | Kind::Assert
                | Kind::While
                | Kind::With
                | Kind::Try
        )
    }

    /// Skips the line of a marker; three of them make one finding.
    fn conflict_marker(&mut self) {
        let rest = &self.bytes[self.at..];
        let len = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let range = TextRange::new(offset(self.at), offset(self.at + len));
        let marker = rest.first().copied();
        self.at += len;
        if !self.in_conflict || marker == Some(b'<') {
            self.error(range, "a merge conflict is left in the file", |error| {
                error.with_help("choose one side and delete the markers")
            });
        }
        self.in_conflict = marker != Some(b'>');
    }
}

/// What version control leaves at the start of a line. None of the three can stand
/// in Python outside of a string.
fn is_conflict_marker(rest: &[u8]) -> bool {
    match rest.first() {
        Some(b'<') => rest.starts_with(b"<<<<<<<"),
        Some(b'>') => rest.starts_with(b">>>>>>>"),
        Some(b'=') => rest.starts_with(b"======="),
        _ => false,
    }
}
