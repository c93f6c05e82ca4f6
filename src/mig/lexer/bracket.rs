//! Brackets: which are open, what closes them, and where one is closed that nobody
//! closed.

use super::super::grammar::begins_line;
use super::super::token::{Kind, Token, Word};
use super::word::word_length;
use super::{Lexer, offset};
use crate::base::TextRange;
use crate::parse::SyntaxError;

/// An open bracket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub(super) kind: Kind,
    pub(super) at: u32,
    /// The first token of its line.
    pub(super) line: u32,
}

impl Lexer<'_> {
    pub(super) fn is_in_brackets(&self) -> bool {
        self.open
            .last()
            .is_some_and(|open| open.kind != Kind::BlockOpen)
    }

    /// The column of the first token of the line whose first token is number `line`, or
    /// of `here`, if that token is not there yet.
    pub(super) fn indent(&self, line: u32, here: u32) -> u32 {
        let first = self.tokens.get(line as usize).map_or(here, |it| it.start);
        let before = self.text.as_bytes().get(self.start..first as usize);
        let before = before.unwrap_or_default();
        let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        offset(before.len() - start)
    }

    /// Whether the next line with text begins a statement, although a bracket is
    /// open: it stands no deeper than the line that opened the bracket, and starts
    /// with a verb, a name with a colon, or a closing brace.
    pub(super) fn next_line_is_a_statement(&self) -> bool {
        let Some(outermost) = self
            .open
            .iter()
            .skip_while(|open| open.kind == Kind::BlockOpen)
            .find(|open| open.kind != Kind::BlockOpen)
        else {
            return false;
        };
        let innermost_block = self
            .open
            .iter()
            .rposition(|open| open.kind == Kind::BlockOpen);
        let outermost = innermost_block
            .and_then(|at| self.open.get(at + 1))
            .unwrap_or(outermost);
        // As in most lists: the next line has text, and stands further right.
        let outer = self.indent(outermost.line, outermost.at);
        let bytes = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let blanks = bytes.iter().take_while(|byte| **byte == b' ').count();
        if offset(blanks) > outer
            && bytes
                .get(blanks)
                .is_some_and(|byte| matches!(byte, b'!'..=b'~') && *byte != b'#')
        {
            return false;
        }
        for line in self.rest().lines() {
            let trimmed = line.trim_start();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let indent = offset(line.len() - trimmed.len());
            if indent > outer {
                return false;
            }
            if trimmed.starts_with('}') {
                // The closing brace of a dict stands under the line that opened it.
                return self.open.iter().all(|open| open.kind != Kind::DictOpen);
            }
            let (word, after) = trimmed.split_at(word_length(trimmed));
            return begins_line(Word::of(word.as_bytes()))
                && !after.trim_start().starts_with(['=', ',', ')'])
                || (!word.is_empty() && after.trim_start().starts_with(':'));
        }
        false
    }

    /// Closes all brackets above `keep` for good, with one complaint about the
    /// outermost.
    pub(super) fn close_down_to(&mut self, keep: usize, at: u32) {
        let Some(outermost) = self.open.get(keep).copied() else {
            return;
        };
        self.unclosed(outermost, at);
        while self.open.len() > keep {
            if let Some(open) = self.open.pop() {
                self.tokens.push(Token {
                    kind: closer(open.kind),
                    start: at,
                    end: at,
                });
            }
        }
    }

    pub(super) fn unclosed(&mut self, open: Open, at: u32) {
        let (left, right) = spelled(open.kind);
        let range = TextRange::new(open.at, open.at + 1);
        let error = SyntaxError::new(range, format!("this `{left}` is never closed"))
            .with_label(format!("opened here, and no `{right}` follows"))
            .with_note(
                TextRange::empty(at),
                format!("`{right}` is missing here at the latest"),
            );
        self.error(error);
    }

    /// Closes brackets that are open above the innermost block.
    pub(super) fn close_brackets(&mut self) {
        let keep = self
            .open
            .iter()
            .rposition(|open| open.kind == Kind::BlockOpen)
            .map_or(0, |at| at + 1);
        if keep < self.open.len() {
            let at = self.tokens.last().map_or(0, |last| last.end);
            self.close_down_to(keep, at);
        }
    }

    pub(super) fn open(&mut self, bracket: u8, start: u32) {
        let kind = match bracket {
            b'(' => Kind::ParenOpen,
            b'[' => Kind::BracketOpen,
            _ if matches!(
                self.last_kind(),
                Kind::Equal
                    | Kind::ParenOpen
                    | Kind::BracketOpen
                    | Kind::DictOpen
                    | Kind::Comma
                    | Kind::Colon
            ) =>
            {
                Kind::DictOpen
            }
            _ => {
                // A block cannot stand inside of brackets.
                if self.is_in_brackets() {
                    self.close_brackets();
                }
                Kind::BlockOpen
            }
        };
        self.at += 1;
        self.push(kind, start);
        self.open.push(Open {
            kind,
            at: start,
            line: self.line,
        });
    }

    /// Takes a bracket of which it is plain what it opens.
    #[inline]
    pub(super) fn open_plainly(&mut self, bracket: u8, at: usize) -> Option<usize> {
        let kind = match bracket {
            b'(' => Kind::ParenOpen,
            b'[' => Kind::BracketOpen,
            // Behind a name, as of a model.
            _ if matches!(self.last_kind(), Kind::Word(_)) && !self.is_in_brackets() => {
                Kind::BlockOpen
            }
            _ => return None,
        };
        self.push_at(kind, at, at + 1);
        self.open.push(Open {
            kind,
            at: offset(at),
            line: self.line,
        });
        Some(at + 1)
    }

    /// Takes a bracket that closes the one that was opened last.
    #[inline]
    pub(super) fn close_group(&mut self, bracket: u8, at: usize) -> Option<usize> {
        let open = self.open.last()?.kind;
        if !closes(bracket, open) {
            return None;
        }
        self.open.pop();
        self.push_at(closer(open), at, at + 1);
        Some(at + 1)
    }

    pub(super) fn close(&mut self, bracket: u8, start: u32) {
        let fits = |kind: Kind| closes(bracket, kind);
        // Brackets inside that were left open.
        if let Some(at) = self.open.iter().rposition(|open| fits(open.kind)) {
            let is_blocked = self
                .open
                .iter()
                .skip(at + 1)
                .any(|open| open.kind == Kind::BlockOpen);
            if !is_blocked {
                if at + 1 < self.open.len() {
                    self.close_down_to(at + 1, start);
                }
                let open = self.open.pop();
                self.at += 1;
                let kind = open.map_or(Kind::Strange, |open| closer(open.kind));
                return self.push(kind, start);
            }
        }
        // It closes a bracket of another kind, in place of the right sign.
        if let Some(top) = self.open.last().copied()
            && bracket != b'}'
            && matches!(
                top.kind,
                Kind::ParenOpen | Kind::BracketOpen | Kind::DictOpen
            )
        {
            let (left, right) = spelled(top.kind);
            self.error(
                SyntaxError::new(
                    TextRange::new(start, start + 1),
                    format!("expected `{right}`, found `{}`", char::from(bracket)),
                )
                .with_label(format!("this does not close `{left}`"))
                .with_note(
                    TextRange::new(top.at, top.at + 1),
                    format!("this `{left}` is open"),
                )
                .with_help(format!("write `{right}`")),
            );
            self.open.pop();
            self.at += 1;
            return self.push(closer(top.kind), start);
        }
        // It closes nothing: the grammar says so.
        self.at += 1;
        let kind = match bracket {
            b')' => Kind::ParenClose,
            b']' => Kind::BracketClose,
            _ => Kind::BlockClose,
        };
        self.push(kind, start);
    }
}

/// Whether a bracket closes the one that is open.
const fn closes(bracket: u8, open: Kind) -> bool {
    match bracket {
        b')' => matches!(open, Kind::ParenOpen),
        b']' => matches!(open, Kind::BracketOpen),
        _ => matches!(open, Kind::BlockOpen | Kind::DictOpen),
    }
}

const fn closer(open: Kind) -> Kind {
    match open {
        Kind::ParenOpen => Kind::ParenClose,
        Kind::BracketOpen => Kind::BracketClose,
        Kind::DictOpen => Kind::DictClose,
        _ => Kind::BlockClose,
    }
}

const fn spelled(open: Kind) -> (char, char) {
    match open {
        Kind::ParenOpen => ('(', ')'),
        Kind::BracketOpen => ('[', ']'),
        _ => ('{', '}'),
    }
}
