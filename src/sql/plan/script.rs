//! Handwritten scripts in single statements, without comments.
//!
//! Source: `sqlparse.split` and `sqlparse.format(strip_comments=True)`, 0.5, which
//! `BaseDatabaseOperations.prepare_sql_script` calls. Where sqlparse looks at the
//! structure of a statement to see what stands beside a comment, this looks at the
//! tokens.

/// What a token is, as far as splitting depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Blanks, but no line break.
    Blank,
    Newline,
    /// To the end of its line, line break included.
    LineComment,
    BlockComment,
    /// `/*+ ... */` and `--+ ...`, which stay.
    Hint,
    Word,
    Punctuation,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token<'t> {
    kind: Kind,
    text: &'t str,
}

impl Token<'_> {
    fn is_blank(self) -> bool {
        matches!(self.kind, Kind::Blank | Kind::Newline)
    }

    fn is_comment(self) -> bool {
        matches!(self.kind, Kind::LineComment | Kind::BlockComment)
    }

    fn is(self, punctuation: &str) -> bool {
        self.kind == Kind::Punctuation && self.text == punctuation
    }
}

/// The statements of a script.
pub(super) fn statements(script: &str) -> Vec<String> {
    let tokens = tokens(script);
    split(&tokens)
        .into_iter()
        .map(|statement| {
            let text: String = statement.iter().map(|token| token.text).collect();
            without_comments(text.trim())
        })
        .collect()
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (kind, length) = next(rest);
        let (text, after) = rest.split_at(length.clamp(1, rest.len()));
        tokens.push(Token { kind, text });
        rest = after;
    }
    tokens
}

/// The kind and the length in bytes of the token that a text starts with.
fn next(text: &str) -> (Kind, usize) {
    let line_end = || match text.find(['\n', '\r']) {
        Some(at) if text[at..].starts_with("\r\n") => at + 2,
        Some(at) => at + 1,
        None => text.len(),
    };
    if text.starts_with("--") || text.starts_with("# ") {
        let is_hint = text[2..].starts_with('+');
        let kind = if is_hint {
            Kind::Hint
        } else {
            Kind::LineComment
        };
        return (kind, line_end());
    }
    if text.starts_with("/*")
        && let Some(end) = text[2..].find("*/")
    {
        let is_hint = text[2..].starts_with('+');
        let kind = if is_hint {
            Kind::Hint
        } else {
            Kind::BlockComment
        };
        return (kind, end + 4);
    }
    if text.starts_with("\r\n") {
        return (Kind::Newline, 2);
    }
    let Some(first) = text.chars().next() else {
        return (Kind::Other, 0);
    };
    match first {
        '\n' | '\r' => (Kind::Newline, 1),
        first if first.is_whitespace() => {
            let is_end = |it: char| !it.is_whitespace() || matches!(it, '\n' | '\r');
            (Kind::Blank, text.find(is_end).unwrap_or(text.len()))
        }
        '\'' | '"' | '`' => (Kind::Other, quoted(text, first)),
        '$' => (Kind::Other, dollar_quoted(text)),
        ';' | '(' | ')' | ',' => (Kind::Punctuation, 1),
        first if first.is_alphabetic() || first == '_' => {
            let is_end = |it: char| !it.is_alphanumeric() && !matches!(it, '_' | '$' | '#');
            (Kind::Word, text.find(is_end).unwrap_or(text.len()))
        }
        first => (Kind::Other, first.len_utf8()),
    }
}

/// The length of a text in quotes, which are doubled or escaped within; 1 for a quote
/// that nothing closes.
fn quoted(text: &str, quote: char) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        let follows = characters.peek().map(|(_, next)| *next);
        if character == '\\' && follows == Some(quote)
            || character == quote && follows == Some(quote)
        {
            characters.next();
        } else if character == quote {
            return at + quote.len_utf8();
        }
    }
    1
}

/// The length of `$tag$...$tag$`; 1 if it is none.
fn dollar_quoted(text: &str) -> usize {
    let is_end = |it: char| !it.is_alphanumeric() && it != '_';
    let Some(end) = text[1..].find(is_end).map(|at| at + 1) else {
        return 1;
    };
    if !text[end..].starts_with('$') {
        return 1;
    }
    let tag = &text[..=end];
    match text[tag.len()..].find(tag) {
        Some(at) => at + 2 * tag.len(),
        None => 1,
    }
}

/// How deep a splitter stands in blocks.
#[derive(Debug, Default)]
struct Splitter {
    blocks: Vec<&'static str>,
    level: i32,
    is_create: bool,
    has_seen_begin: bool,
    unconfirmed: Option<&'static str>,
    /// The next word belongs to an `END`.
    is_after_end: bool,
}

/// Source: `sqlparse/engine/statement_splitter.py`, 0.5.
fn split<'a, 't>(tokens: &'a [Token<'t>]) -> Vec<&'a [Token<'t>]> {
    let mut statements = Vec::new();
    let mut splitter = Splitter::default();
    let mut start = 0;
    let mut is_complete = false;
    for (at, token) in tokens.iter().enumerate() {
        if is_complete && !matches!(token.kind, Kind::Blank | Kind::LineComment) {
            statements.push(&tokens[start..at]);
            splitter = Splitter::default();
            start = at;
            is_complete = false;
        }
        splitter.level += splitter.change(*token, tokens.get(at + 1..).unwrap_or_default());
        if token.is(";") {
            splitter.has_seen_begin = false;
            if splitter.level <= 0 && !splitter.blocks.contains(&"BEGIN") {
                is_complete = true;
            }
        } else if token.kind == Kind::Word && token.text.eq_ignore_ascii_case("GO") {
            is_complete = true;
        } else if !token.is_blank()
            && !token.is_comment()
            && !token.text.eq_ignore_ascii_case("BEGIN")
        {
            splitter.has_seen_begin = false;
        }
    }
    let last = &tokens[start..];
    if !last.iter().all(|token| token.is_blank()) {
        statements.push(last);
    }
    statements
}

impl Splitter {
    fn change(&mut self, token: Token<'_>, after: &[Token<'_>]) -> i32 {
        if token.is(";") {
            self.unconfirmed = None;
            if self.has_seen_begin {
                self.has_seen_begin = false;
                return self.close(&["BEGIN"]);
            }
            return 0;
        }
        if token.is("(") {
            return 1;
        }
        if token.is(")") {
            return -1;
        }
        if token.kind != Kind::Word {
            return 0;
        }
        let word = token.text.to_ascii_uppercase();
        if std::mem::take(&mut self.is_after_end) {
            return 0;
        }
        let is_in_block = self.blocks.contains(&"BEGIN");
        match word.as_str() {
            "CREATE" => {
                self.is_create = true;
                0
            }
            "DECLARE" if self.is_create && self.blocks.is_empty() => self.open("DECLARE"),
            "BEGIN" => {
                self.has_seen_begin = true;
                if self.blocks.last() == Some(&"DECLARE") {
                    self.blocks.pop();
                    self.blocks.push("BEGIN");
                    0
                } else {
                    self.open("BEGIN")
                }
            }
            "TRANSACTION" | "WORK" | "TRAN" | "DISTRIBUTED" | "DEFERRED" | "IMMEDIATE"
            | "EXCLUSIVE"
                if self.has_seen_begin =>
            {
                self.has_seen_begin = false;
                self.close(&["BEGIN"])
            }
            "FOR" if is_in_block => self.expect("FOR"),
            "WHILE" if is_in_block => self.expect("WHILE"),
            "LOOP" | "DO" if is_in_block => match self.unconfirmed.take() {
                Some(start) => self.open(start),
                None if word == "LOOP" => self.open("LOOP"),
                None => 0,
            },
            "IF" | "CASE" if is_in_block => self.open(if word == "IF" { "IF" } else { "CASE" }),
            "END" => {
                let closed: &[&str] = match following_word(after).as_deref() {
                    Some("IF") => &["IF"],
                    Some("WHILE") => &["WHILE"],
                    Some("LOOP") => &["LOOP", "FOR", "WHILE"],
                    _ => {
                        self.blocks.pop();
                        return -1;
                    }
                };
                self.is_after_end = true;
                self.close(closed)
            }
            _ => 0,
        }
    }

    fn open(&mut self, block: &'static str) -> i32 {
        self.blocks.push(block);
        1
    }

    fn expect(&mut self, start: &'static str) -> i32 {
        self.unconfirmed = Some(start);
        0
    }

    fn close(&mut self, any: &[&str]) -> i32 {
        match self.blocks.last() {
            Some(last) if any.contains(last) => {
                self.blocks.pop();
                -1
            }
            _ => 0,
        }
    }
}

/// The word behind blanks, in upper case.
fn following_word(tokens: &[Token<'_>]) -> Option<String> {
    let token = tokens.iter().find(|token| !token.is_blank())?;
    (token.kind == Kind::Word).then(|| token.text.to_ascii_uppercase())
}

/// Source: `StripCommentsFilter` in `sqlparse/filters/others.py`, 0.5.
fn without_comments(statement: &str) -> String {
    let tokens = tokens(statement);
    let mut out = String::with_capacity(statement.len());
    let mut at = 0;
    let mut previous: Option<Token<'_>> = None;
    while let Some(token) = tokens.get(at) {
        if !token.is_comment() {
            out.push_str(token.text);
            previous = Some(*token);
            at += 1;
            continue;
        }
        // Comments that follow one another, with the line breaks behind them.
        let start = at;
        while tokens
            .get(at)
            .is_some_and(|token| token.is_comment() || token.kind == Kind::Newline)
        {
            at += 1;
        }
        let comment: String = tokens[start..at].iter().map(|token| token.text).collect();
        let blank = match comment.trim_end_matches(' ').trim_end_matches(['\r', '\n']) {
            kept if kept.len() < comment.trim_end_matches(' ').len() => Token {
                kind: Kind::Newline,
                text: "\n",
            },
            _ => Token {
                kind: Kind::Blank,
                text: " ",
            },
        };
        if previous.is_some_and(|token| !token.is("(")) {
            out.push_str(blank.text);
            previous = Some(blank);
        }
    }
    let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    // What sqlparse 0.5 makes of these.
    #[test]
    fn scripts_are_split_at_semicolons_outside_of_texts_and_blocks() {
        let script = "-- a; b\nUPDATE t SET a = 'x;y';\nDELETE FROM t; /* c; d */\nSELECT 1";
        assert_eq!(
            statements(script),
            ["UPDATE t SET a = 'x;y';", "DELETE FROM t;", "SELECT 1"]
        );
        let trigger = "CREATE TRIGGER a AFTER INSERT ON t BEGIN UPDATE t SET a = 1; END; SELECT 2;";
        assert_eq!(statements(trigger).len(), 2);
        assert_eq!(statements("BEGIN; SELECT 1; COMMIT;").len(), 3);
        assert!(statements(" \n ").is_empty());
    }

    #[test]
    fn comments_go_and_leave_a_blank() {
        assert_eq!(statements("SELECT 1/* a */+ 2"), ["SELECT 1 + 2"]);
        assert_eq!(
            statements("SELECT 1 -- a\nFROM t"),
            ["SELECT 1 \nFROM t"].map(|it| it.replace(" \n", "\n"))
        );
        assert_eq!(statements("SELECT '-- a'"), ["SELECT '-- a'"]);
    }
}
