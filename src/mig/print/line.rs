//! One statement, or the part of one up to a block: on one line if it fits, else
//! broken inside of brackets, outermost first.

use super::super::grammar::Parsed;
use super::super::lexer::{block_quotes, decode_string};
use super::super::token::{Kind, Token};
use super::super::tree::Layout;
use super::spacing::is_spaced;
use super::{INDENT, WIDTH};

/// What a line is made of.
#[derive(Debug, Clone)]
pub(super) enum Element {
    /// The index of a token.
    Token(usize),
    Comment {
        text: String,
        is_alone: bool,
    },
}

/// Brackets and what stands in them.
enum Node {
    Token(usize),
    Comment {
        text: String,
        is_alone: bool,
    },
    Group {
        open: usize,
        close: Option<usize>,
        items: Vec<Item>,
    },
}

/// What stands between two commas, with comments behind its comma.
#[derive(Default)]
struct Item {
    nodes: Vec<Node>,
    comma: Option<usize>,
    behind: Vec<String>,
}

pub(super) struct Renderer<'p> {
    text: &'p str,
    parsed: &'p Parsed<'p>,
    layout: &'p Layout,
    indent: usize,
}

impl<'p> Renderer<'p> {
    pub(super) const fn new(
        text: &'p str,
        parsed: &'p Parsed<'p>,
        layout: &'p Layout,
        indent: usize,
    ) -> Self {
        Self {
            text,
            parsed,
            layout,
            indent,
        }
    }

    fn token(&self, at: usize) -> Token {
        let end = Token {
            kind: Kind::EndOfFile,
            start: u32::MAX,
            end: u32::MAX,
        };
        self.parsed.tokens.get(at).copied().unwrap_or(end)
    }

    fn shown(&self, at: usize, indent: usize) -> String {
        let token = self.token(at);
        let written = token.range().text(self.text);
        if token.kind == Kind::TextBlock && written.contains('\n') {
            return text_block(written, indent + INDENT);
        }
        if token.kind == Kind::Newline {
            return String::new();
        }
        written.to_owned()
    }

    /// All on one line; `None` if a comment or a text of several lines prevents it.
    pub(super) fn flat(&self, elements: &[Element]) -> Option<String> {
        let nodes = self.nodes(elements);
        let mut out = String::new();
        self.flat_nodes(&nodes, &mut None, &mut out).then_some(out)
    }

    /// As few lines as possible.
    pub(super) fn render(&self, elements: &[Element]) -> String {
        // A comment at the end stays behind the line, however long it gets.
        let (elements, comment) = match elements.split_last() {
            Some((
                Element::Comment {
                    text,
                    is_alone: false,
                },
                rest,
            )) => (rest, Some(text)),
            _ => (elements, None),
        };
        let nodes = self.nodes(elements);
        let mut out = String::new();
        self.broken(&nodes, self.indent, &mut None, 0, &mut out);
        let mut out = out.trim_end().to_owned();
        if let Some(comment) = comment {
            if !out.is_empty() {
                out.push_str("  ");
            }
            out.push_str(comment);
        }
        out
    }

    fn nodes(&self, elements: &[Element]) -> Vec<Node> {
        let mut at = 0;
        self.nodes_from(elements, &mut at)
    }

    fn nodes_from(&self, elements: &[Element], at: &mut usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        while let Some(element) = elements.get(*at) {
            match element {
                Element::Comment { text, is_alone } => {
                    nodes.push(Node::Comment {
                        text: text.clone(),
                        is_alone: *is_alone,
                    });
                    *at += 1;
                }
                Element::Token(index) => match self.token(*index).kind {
                    Kind::ParenOpen | Kind::BracketOpen | Kind::DictOpen => {
                        *at += 1;
                        nodes.push(self.group(elements, at, *index));
                    }
                    Kind::ParenClose | Kind::BracketClose | Kind::DictClose => return nodes,
                    _ => {
                        nodes.push(Node::Token(*index));
                        *at += 1;
                    }
                },
            }
        }
        nodes
    }

    fn group(&self, elements: &[Element], at: &mut usize, open: usize) -> Node {
        let mut items = Vec::new();
        let mut item = Item::default();
        let mut close = None;
        while let Some(element) = elements.get(*at) {
            match element {
                Element::Comment { text, is_alone } => {
                    *at += 1;
                    // Behind a comma, on its line, it belongs to what stands before.
                    match items.last_mut() {
                        Some(Item { behind, .. }) if !is_alone && item.nodes.is_empty() => {
                            behind.push(text.clone());
                        }
                        _ => item.nodes.push(Node::Comment {
                            text: text.clone(),
                            is_alone: *is_alone,
                        }),
                    }
                }
                Element::Token(index) => match self.token(*index).kind {
                    Kind::ParenOpen | Kind::BracketOpen | Kind::DictOpen => {
                        *at += 1;
                        item.nodes.push(self.group(elements, at, *index));
                    }
                    Kind::ParenClose | Kind::BracketClose | Kind::DictClose => {
                        close = Some(*index);
                        *at += 1;
                        break;
                    }
                    Kind::Comma => {
                        *at += 1;
                        item.comma = Some(*index);
                        items.push(std::mem::take(&mut item));
                    }
                    _ => {
                        item.nodes.push(Node::Token(*index));
                        *at += 1;
                    }
                },
            }
        }
        if !item.nodes.is_empty() {
            items.push(item);
        }
        Node::Group { open, close, items }
    }

    fn space(&self, before: &mut Option<usize>, next: usize, out: &mut String) {
        if let Some(before) = *before
            && is_spaced(self.layout, self.token(before), self.token(next))
        {
            out.push(' ');
        }
        *before = Some(next);
    }

    /// `false` if the nodes cannot stand on one line.
    fn flat_nodes(&self, nodes: &[Node], before: &mut Option<usize>, out: &mut String) -> bool {
        for node in nodes {
            match node {
                Node::Comment { .. } => return false,
                Node::Token(at) => {
                    let shown = self.shown(*at, self.indent);
                    if shown.contains('\n') {
                        return false;
                    }
                    self.space(before, *at, out);
                    out.push_str(&shown);
                }
                Node::Group { open, close, items } => {
                    self.space(before, *open, out);
                    out.push_str(&self.shown(*open, self.indent));
                    for (index, item) in items.iter().enumerate() {
                        if !item.behind.is_empty() {
                            return false;
                        }
                        if index > 0 {
                            out.push(' ');
                            *before = None;
                        }
                        if !self.flat_nodes(&item.nodes, before, out) {
                            return false;
                        }
                        let is_last = index + 1 == items.len();
                        if item.comma.is_some() && (!is_last || self.keeps_comma(*open, items)) {
                            out.push(',');
                        }
                    }
                    if let Some(close) = close {
                        out.push_str(&self.shown(*close, self.indent));
                        *before = Some(*close);
                    }
                }
            }
        }
        true
    }

    /// `(a,)` is a tuple, `(a)` is not.
    fn keeps_comma(&self, open: usize, items: &[Item]) -> bool {
        self.is_value_paren(open) && items.len() == 1
    }

    /// A parenthesis that neither calls nor lists names or keys.
    fn is_value_paren(&self, open: usize) -> bool {
        let token = self.token(open);
        let layout = self.layout;
        token.kind == Kind::ParenOpen
            && layout.calls.binary_search(&token.start).is_err()
            && layout.spaced_parens.binary_search(&token.start).is_err()
    }

    /// Writes nodes, with groups broken that do not fit. `tail` is how much follows
    /// behind the nodes on their last line.
    fn broken(
        &self,
        nodes: &[Node],
        indent: usize,
        before: &mut Option<usize>,
        tail: usize,
        out: &mut String,
    ) {
        for (index, node) in nodes.iter().enumerate() {
            match node {
                Node::Token(at) => {
                    self.space(before, *at, out);
                    out.push_str(&self.shown(*at, indent));
                }
                Node::Comment { text, is_alone } => {
                    if !*is_alone && !out.is_empty() {
                        trim_end(out);
                        out.push_str("  ");
                    }
                    out.push_str(text);
                    out.push('\n');
                    out.push_str(&" ".repeat(indent));
                    *before = None;
                }
                Node::Group { open, close, items } => {
                    let rest = nodes.get(index + 1..).unwrap_or_default();
                    let mut flat = String::new();
                    let mut flat_before = *before;
                    let can_be_flat =
                        self.flat_nodes(std::slice::from_ref(node), &mut flat_before, &mut flat);
                    let behind = self.until_break(rest, flat_before);
                    let tail = if behind.1 { tail } else { 0 };
                    let column = column(out, self.indent);
                    if can_be_flat && column + flat.chars().count() + behind.0 + tail <= WIDTH
                        || items.is_empty()
                    {
                        out.push_str(&flat);
                        *before = flat_before;
                        continue;
                    }
                    self.space(before, *open, out);
                    self.broken_group(*open, *close, items, indent, out);
                    *before = close.or(Some(*open));
                }
            }
        }
    }

    /// How many columns follow up to the next group that can be broken, and whether
    /// that is all up to the end.
    fn until_break(&self, nodes: &[Node], before: Option<usize>) -> (usize, bool) {
        let mut before = before;
        let mut out = String::new();
        for node in nodes {
            match node {
                Node::Token(at) => {
                    self.space(&mut before, *at, &mut out);
                    let shown = self.shown(*at, self.indent);
                    let first = shown.lines().next().unwrap_or_default();
                    out.push_str(first);
                    if first.len() < shown.len() {
                        return (out.chars().count(), false);
                    }
                }
                Node::Comment { .. } => return (out.chars().count(), false),
                Node::Group { items, .. } if items.is_empty() => out.push_str("()"),
                Node::Group { .. } => return (out.chars().count() + 1, false),
            }
        }
        (out.chars().count(), true)
    }

    /// Each element on a line of its own.
    fn broken_group(
        &self,
        open: usize,
        close: Option<usize>,
        items: &[Item],
        indent: usize,
        out: &mut String,
    ) {
        let inner = indent + INDENT;
        out.push_str(&self.shown(open, indent));
        let has_comma = !(self.is_value_paren(open)
            && items.len() == 1
            && items.first().is_some_and(|item| item.comma.is_none()));
        for item in items {
            // A comment right behind the bracket stays there.
            let mut nodes = item.nodes.as_slice();
            if let Some((
                Node::Comment {
                    text,
                    is_alone: false,
                },
                rest,
            )) = nodes.split_first()
            {
                out.push_str("  ");
                out.push_str(text);
                nodes = rest;
            }
            out.push('\n');
            out.push_str(&" ".repeat(inner));
            // Comments behind the last token come after the comma.
            let last = nodes
                .iter()
                .rposition(|node| !matches!(node, Node::Comment { .. }));
            let (nodes, comments) = nodes.split_at(last.map_or(0, |last| last + 1));
            if !nodes.is_empty() {
                self.broken(nodes, inner, &mut None, 1, out);
                if has_comma {
                    out.push(',');
                }
            }
            for comment in comments {
                if let Node::Comment { text, is_alone } = comment {
                    if *is_alone {
                        if column(out, 0) > inner || !ends_with_blanks(out) {
                            out.push('\n');
                            out.push_str(&" ".repeat(inner));
                        }
                    } else {
                        out.push_str("  ");
                    }
                    out.push_str(text);
                    if *is_alone {
                        continue;
                    }
                }
            }
            for comment in &item.behind {
                out.push_str("  ");
                out.push_str(comment);
            }
        }
        out.push('\n');
        out.push_str(&" ".repeat(indent));
        if let Some(close) = close {
            out.push_str(&self.shown(close, indent));
        }
    }
}

fn trim_end(out: &mut String) {
    let length = out.trim_end_matches(' ').len();
    out.truncate(length);
}

/// Whether the last line has no text.
fn ends_with_blanks(out: &str) -> bool {
    out.rsplit('\n')
        .next()
        .is_some_and(|line| line.trim().is_empty())
}

/// The column at the end of what was written; the first line begins at `indent`.
fn column(out: &str, indent: usize) -> usize {
    match out.rsplit_once('\n') {
        Some((_, last)) => last.chars().count(),
        None => indent + out.chars().count(),
    }
}

/// A text block with its lines at an indentation.
fn text_block(written: &str, indent: usize) -> String {
    let quotes = written.bytes().take_while(|byte| *byte == b'"').count();
    let first = written.lines().next().unwrap_or_default();
    // What begins on the line of its quotes has no indentation to take off.
    if first
        .get(quotes..)
        .is_some_and(|rest| !rest.trim().is_empty())
    {
        return written.to_owned();
    }
    let (text, _) = decode_string(written);
    // Quotes before the closing ones belong to the text, and get a line's end behind them.
    let quotes = "\"".repeat(quotes.max(block_quotes(&text)));
    let blanks = " ".repeat(indent);
    let mut out = quotes.clone();
    out.push('\n');
    for line in text.split('\n') {
        if !line.is_empty() {
            out.push_str(&blanks);
            out.push_str(line);
        }
        out.push('\n');
    }
    out.push_str(&blanks);
    out.push_str(&quotes);
    let (again, _) = decode_string(&out);
    if again == text {
        out
    } else {
        written.to_owned()
    }
}
