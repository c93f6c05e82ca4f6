//! The formatter: one style, from tokens, so that every comment keeps its place and
//! nothing is lost that a tree would not hold.
//!
//! It decides on spaces, line ends inside of brackets, indentation and blank lines,
//! and on nothing else. What it makes is lexed again and compared before anyone sees
//! it ([`format`]).

mod line;
mod spacing;

use super::Arena;
use super::grammar::Parsed;
use super::lexer::decode_string;
use super::token::{Comment, Kind, Token, Word};
use super::tree::Layout;
use crate::parse::SyntaxError;
use line::{Element, Renderer};
use std::cell::RefCell;

/// Longer lines are broken inside of brackets where they can be.
pub(super) const WIDTH: usize = 100;
const INDENT: usize = 2;

/// Why a text was not formatted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unformatted {
    /// It has syntax errors.
    Broken(Vec<SyntaxError>),
    /// The result would mean something else: a fault of the formatter.
    Changed,
}

/// Formats a whole file.
///
/// # Errors
/// If the text has syntax errors, or if the result would not mean the same.
pub fn format(text: &str) -> Result<String, Unformatted> {
    let (arena, layout) = (super::arena_for(text), RefCell::default());
    let parsed = parse(text, &arena, &layout);
    if !parsed.errors.is_empty() {
        return Err(Unformatted::Broken(parsed.errors));
    }
    let layout = layout.take().sorted();
    let printed = print(text, &parsed, &layout);
    let before = meaning(text, &parsed, &layout);
    let (arena, layout) = (super::arena_for(&printed), RefCell::default());
    let again = parse(&printed, &arena, &layout);
    let layout = layout.take().sorted();
    if again.errors.is_empty() && before == meaning(&printed, &again, &layout) {
        Ok(printed)
    } else {
        Err(Unformatted::Changed)
    }
}

/// Parses a text with what only the formatter asks for.
fn parse<'t>(text: &'t str, arena: &'t Arena, layout: &'t RefCell<Layout>) -> Parsed<'t> {
    let lexed = super::lexer::lex(text, arena);
    super::grammar::parse(text, lexed, arena, Some(layout))
}

/// What of a text must stay: tokens without layout, and comments.
fn meaning(text: &str, parsed: &Parsed, layout: &Layout) -> (Vec<(Kind, String)>, Vec<String>) {
    let shown = |token: &Token| token.range().text(text);
    let mut out: Vec<(Kind, String)> = Vec::with_capacity(parsed.tokens.len());
    // For each open bracket, whether it is a parenthesis around a value, and how many
    // commas it holds so far.
    let mut open: Vec<(bool, u32)> = Vec::new();
    for token in parsed.tokens {
        match token.kind {
            // Where a statement ends shows from what stands behind it, but for two
            // that follow each other.
            Kind::Newline | Kind::EndOfFile => {
                let before = out.last().map(|(kind, _)| *kind);
                if !matches!(before, None | Some(Kind::Newline | Kind::BlockOpen)) {
                    out.push((Kind::Newline, String::new()));
                }
                continue;
            }
            Kind::ParenOpen => {
                let is_value = layout.calls.binary_search(&token.start).is_err()
                    && layout.spaced_parens.binary_search(&token.start).is_err();
                open.push((is_value, 0));
            }
            Kind::BracketOpen | Kind::DictOpen => open.push((false, 0)),
            Kind::Comma => {
                if let Some((_, commas)) = open.last_mut() {
                    *commas += 1;
                }
            }
            Kind::ParenClose | Kind::BracketClose | Kind::DictClose => {
                let (is_value, commas) = open.pop().unwrap_or_default();
                let is_needless = !is_value || commas > 1;
                if is_needless && matches!(out.last(), Some((Kind::Comma, _))) {
                    out.pop();
                }
            }
            Kind::BlockOpen | Kind::BlockClose => {
                while matches!(out.last(), Some((Kind::Newline, _))) {
                    out.pop();
                }
            }
            _ => {}
        }
        if shown(token) == "else" {
            while matches!(out.last(), Some((Kind::Newline, _))) {
                out.pop();
            }
        }
        let text = match token.kind {
            Kind::TextBlock => decode_string(shown(token)).0,
            _ => shown(token).to_owned(),
        };
        out.push((token.kind, text));
    }
    while matches!(out.last(), Some((Kind::Newline, _))) {
        out.pop();
    }
    let comments = parsed
        .comments
        .iter()
        .map(|comment| comment_text(text, *comment))
        .collect();
    (out, comments)
}

/// A comment as it is written: `# text`.
fn comment_text(text: &str, comment: Comment) -> String {
    let written = text
        .get(comment.start as usize..comment.end as usize)
        .unwrap_or_default();
    let inner = written.trim_start_matches('#');
    let signs = &written[..written.len() - inner.len()];
    let inner = inner.trim_end();
    if inner.is_empty() || inner.starts_with([' ', '\t', '!']) {
        format!("{signs}{inner}")
    } else {
        format!("{signs} {inner}")
    }
}

/// One line of output, or several where brackets are broken.
struct Out {
    text: String,
    depth: usize,
    is_comment: bool,
    /// The source has an empty line before it.
    has_gap: bool,
    /// It begins a statement.
    begins: bool,
    /// It begins with the `}` of a block.
    closes: bool,
    /// It is part of a header, which needs no empty lines around.
    is_header: bool,
}

fn print(text: &str, parsed: &Parsed, layout: &Layout) -> String {
    let mut printer = Printer {
        text,
        parsed,
        layout,
        comments: parsed.comments.as_slice(),
        depth: 0,
        current: Vec::new(),
        begins: true,
        gap: false,
        is_header: false,
        out: Vec::new(),
    };
    printer.run();
    assemble(printer.out)
}

struct Printer<'p> {
    text: &'p str,
    parsed: &'p Parsed<'p>,
    layout: &'p Layout,
    /// Those that are still to come.
    comments: &'p [Comment],
    depth: usize,
    current: Vec<Element>,
    /// The current line begins a statement.
    begins: bool,
    /// An empty line stands before the current line.
    gap: bool,
    /// The block of the file that is open, or was last, belongs to a header.
    is_header: bool,
    out: Vec<Out>,
}

impl Printer<'_> {
    fn run(&mut self) {
        let tokens = self.parsed.tokens;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            self.comments_before(*token);
            match token.kind {
                Kind::EndOfFile => break,
                Kind::Newline => self.end_line(),
                Kind::BlockOpen => {
                    if let Some(end) = self.lone_statement(at) {
                        for index in at..=end {
                            self.push(index);
                        }
                        at = end + 1;
                        continue;
                    }
                    self.push(at);
                    // A comment behind the brace stays there.
                    self.trailing_comment(token.end);
                    self.end_line();
                    self.depth += 1;
                    self.gap = false;
                }
                Kind::BlockClose => {
                    self.end_line();
                    self.depth = self.depth.saturating_sub(1);
                    self.gap = false;
                    self.begins = false;
                    self.push(at);
                    if let Some(next) = self.else_behind(at) {
                        at = next;
                        continue;
                    }
                }
                _ => self.push(at),
            }
            at += 1;
        }
        self.end_line();
    }

    fn push(&mut self, at: usize) {
        let Some(token) = self.parsed.tokens.get(at) else {
            return;
        };
        if self.current.is_empty() {
            self.gap = self.gap || self.has_gap_before(token.start);
        }
        self.current.push(Element::Token(at));
    }

    /// Whether an empty line stands before an offset.
    fn has_gap_before(&self, offset: u32) -> bool {
        let before = self.text.get(..offset as usize).unwrap_or_default();
        let blank = before.len() - before.trim_end_matches([' ', '\t', '\r', '\n']).len();
        let gap = before.get(before.len() - blank..).unwrap_or_default();
        gap.matches('\n').count() > 1
    }

    /// Comments that stand before a token.
    fn comments_before(&mut self, token: Token) {
        while let Some(comment) = self.comments.first().copied()
            && comment.start < token.start
        {
            self.comments = self.comments.get(1..).unwrap_or_default();
            let is_alone = self.is_alone(comment);
            if self.is_in_brackets() {
                self.current.push(Element::Comment {
                    text: comment_text(self.text, comment),
                    is_alone,
                });
            } else if !is_alone {
                // Behind the last token of the line, which its newline ends.
                self.current.push(Element::Comment {
                    text: comment_text(self.text, comment),
                    is_alone: false,
                });
            } else {
                self.end_line();
                let has_gap = self.has_gap_before(comment.start);
                self.out.push(Out {
                    text: comment_text(self.text, comment),
                    depth: self.depth,
                    is_comment: true,
                    has_gap,
                    begins: false,
                    closes: false,
                    is_header: false,
                });
            }
        }
    }

    /// A comment on the rest of the line of a token.
    fn trailing_comment(&mut self, end: u32) {
        let Some(comment) = self.comments.first().copied() else {
            return;
        };
        let between = self
            .text
            .get(end as usize..comment.start as usize)
            .unwrap_or("\n");
        if !between.contains('\n') && between.trim().is_empty() {
            self.comments = self.comments.get(1..).unwrap_or_default();
            self.current.push(Element::Comment {
                text: comment_text(self.text, comment),
                is_alone: false,
            });
        }
    }

    /// Whether nothing but blanks stands before a comment on its line.
    fn is_alone(&self, comment: Comment) -> bool {
        let before = self.text.get(..comment.start as usize).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        line.trim_matches(['\u{feff}', ' ', '\t']).is_empty()
    }

    /// Whether the end of the current line stands inside of brackets.
    fn is_in_brackets(&self) -> bool {
        let mut depth = 0_usize;
        for element in &self.current {
            if let Element::Token(at) = element
                && let Some(token) = self.parsed.tokens.get(*at)
            {
                match token.kind {
                    Kind::ParenOpen | Kind::BracketOpen | Kind::DictOpen => depth += 1,
                    Kind::ParenClose | Kind::BracketClose | Kind::DictClose => {
                        depth = depth.saturating_sub(1);
                    }
                    _ => {}
                }
            }
        }
        depth > 0
    }

    /// The end of a block that stays on one line: it was written on one, holds at most
    /// one statement and no comment, and fits.
    fn lone_statement(&self, open: usize) -> Option<usize> {
        let tokens = self.parsed.tokens;
        let mut depth = 0;
        for (at, token) in tokens.iter().enumerate().skip(open) {
            match token.kind {
                Kind::Newline => return None,
                Kind::BlockOpen => depth += 1,
                Kind::BlockClose => {
                    depth -= 1;
                    if depth == 0 {
                        let start = tokens.get(open)?.start;
                        let has_comment = self
                            .comments
                            .first()
                            .is_some_and(|comment| comment.start < token.start);
                        let is_one_line = !self
                            .text
                            .get(start as usize..token.end as usize)?
                            .contains('\n');
                        return (is_one_line && !has_comment && self.fits(open, at)).then_some(at);
                    }
                }
                Kind::EndOfFile => return None,
                _ => {}
            }
        }
        None
    }

    /// Whether the current line with the tokens of a block, and what stands behind the
    /// block, is short enough.
    fn fits(&self, open: usize, end: usize) -> bool {
        let tokens = self.parsed.tokens;
        let rest = tokens
            .iter()
            .enumerate()
            .skip(end + 1)
            .take_while(|(_, token)| {
                !matches!(
                    token.kind,
                    Kind::Newline | Kind::BlockClose | Kind::BlockOpen | Kind::EndOfFile
                )
            })
            .map(|(at, _)| at);
        let mut elements = self.current.clone();
        elements.extend((open..=end).chain(rest).map(Element::Token));
        let renderer = Renderer::new(self.text, self.parsed, self.layout, self.depth * INDENT);
        renderer
            .flat(&elements)
            .is_some_and(|flat| self.depth * INDENT + flat.chars().count() <= WIDTH)
    }

    /// The index of an `else` that follows a closed block, on a later line as well.
    fn else_behind(&self, at: usize) -> Option<usize> {
        let tokens = self.parsed.tokens;
        let mut next = at + 1;
        while tokens.get(next)?.kind == Kind::Newline {
            next += 1;
        }
        let token = tokens.get(next)?;
        let is_else = token.kind == Kind::Word(Word::Else);
        let comment_between = self
            .comments
            .first()
            .is_some_and(|comment| comment.start < token.start);
        (is_else && next > at + 1 && !comment_between).then_some(next)
    }

    fn end_line(&mut self) {
        if self.current.is_empty() {
            self.begins = true;
            return;
        }
        let elements = std::mem::take(&mut self.current);
        let renderer = Renderer::new(self.text, self.parsed, self.layout, self.depth * INDENT);
        let text = renderer.render(&elements);
        let first = elements.iter().find_map(|element| match element {
            Element::Token(at) => self.parsed.tokens.get(*at),
            Element::Comment { .. } => None,
        });
        let closes = first.is_some_and(|first| first.kind == Kind::BlockClose);
        let is_header = first.is_some_and(|first| first.range().text(self.text) == "replaces");
        self.out.push(Out {
            text,
            depth: self.depth,
            is_comment: false,
            has_gap: self.gap,
            begins: self.begins && !closes,
            closes,
            is_header: if closes { self.is_header } else { is_header },
        });
        if self.depth == 0 {
            self.is_header = is_header;
        }
        self.gap = false;
        self.begins = true;
    }
}

/// Lines with their indentation and the empty lines between them.
fn assemble(lines: Vec<Out>) -> String {
    let mut out = String::new();
    let mut previous: Option<&Out> = None;
    for (at, line) in lines.iter().enumerate() {
        let gap = match previous {
            None => false,
            Some(previous) => wants_gap(previous, line, lines.get(at..).unwrap_or_default()),
        };
        if gap {
            out.push('\n');
        }
        let indent = " ".repeat(line.depth * INDENT);
        if !line.text.is_empty() {
            out.push_str(&indent);
            out.push_str(&line.text);
        }
        out.push('\n');
        previous = Some(line);
    }
    out
}

/// Whether an empty line stands before the first of `rest`.
fn wants_gap(previous: &Out, line: &Out, rest: &[Out]) -> bool {
    if line.closes {
        return false;
    }
    // Right behind an opening brace.
    if line.depth > previous.depth {
        return false;
    }
    if line.has_gap {
        return true;
    }
    if line.depth > 0 || previous.is_comment {
        return false;
    }
    // At the level of the file, what takes several lines stands by itself, with the
    // comments right above it.
    if previous.closes && !previous.is_header {
        return true;
    }
    let comments = rest.iter().take_while(|line| line.is_comment).count();
    let has_gap_between = rest.iter().skip(1).take(comments).any(|line| line.has_gap);
    let statement = rest.get(comments);
    let is_block = statement.is_some_and(|line| line.begins && !line.is_header)
        && rest.get(comments + 1).is_some_and(|next| next.depth > 0);
    is_block && !has_gap_between
}
