//! SQL in colours, for terminals. Text stays what it is but for escape sequences.

/// How a piece of SQL looks.
const COMMENT: &str = "\u{1b}[2m";
const KEYWORD: &str = "\u{1b}[1;34m";
const NAME: &str = "\u{1b}[36m";
const TEXT: &str = "\u{1b}[32m";
const NUMBER: &str = "\u{1b}[35m";
/// What only Python could compute.
const PLACEHOLDER: &str = "\u{1b}[1;33m";
const RESET: &str = "\u{1b}[0m";

/// The words of statements that are neither names nor types; sorted.
const KEYWORDS: &[&str] = &[
    "ADD",
    "ALL",
    "ALTER",
    "ALWAYS",
    "AND",
    "AS",
    "ASC",
    "AUTOINCREMENT",
    "AUTO_INCREMENT",
    "BEGIN",
    "BETWEEN",
    "BY",
    "CASCADE",
    "CASE",
    "CHECK",
    "COLLATE",
    "COLLATION",
    "COLUMN",
    "COMMENT",
    "COMMIT",
    "CONCURRENTLY",
    "CONSTRAINT",
    "CREATE",
    "DEFAULT",
    "DEFERRABLE",
    "DEFERRED",
    "DELETE",
    "DESC",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "EXCLUDE",
    "EXISTS",
    "EXTENSION",
    "FOREIGN",
    "FROM",
    "FUNCTION",
    "GENERATED",
    "IDENTITY",
    "IF",
    "IMMEDIATE",
    "IN",
    "INCLUDE",
    "INDEX",
    "INITIALLY",
    "INSERT",
    "INTO",
    "IS",
    "KEY",
    "LIKE",
    "MODIFY",
    "NOT",
    "NULL",
    "NULLS",
    "ON",
    "OR",
    "PRIMARY",
    "REFERENCES",
    "RENAME",
    "SELECT",
    "SEQUENCE",
    "SET",
    "STORED",
    "TABLE",
    "TABLESPACE",
    "THEN",
    "TO",
    "TRIGGER",
    "TYPE",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VALID",
    "VALIDATE",
    "VALUES",
    "VIEW",
    "VIRTUAL",
    "WHEN",
    "WHERE",
    "WITH",
];

/// Adds a text of whole statements and comments to `out`.
pub fn highlight(text: &str, out: &mut String) {
    let mut rest = text;
    while !rest.is_empty() {
        let (length, colour) = next(rest);
        let (piece, after) = rest.split_at(length);
        match colour {
            None => out.push_str(piece),
            Some(colour) => {
                out.push_str(colour);
                out.push_str(piece);
                out.push_str(RESET);
            }
        }
        rest = after;
    }
}

/// The length in bytes of the piece that a text starts with, and its colour.
fn next(text: &str) -> (usize, Option<&'static str>) {
    let until = |end: &str| text.find(end).map_or(text.len(), |at| at + end.len());
    if text.starts_with("--") {
        return (text.find('\n').unwrap_or(text.len()), Some(COMMENT));
    }
    if text.starts_with("/*") {
        return (until("*/"), Some(COMMENT));
    }
    if text.starts_with("{{") {
        return (until("}}"), Some(PLACEHOLDER));
    }
    let Some(first) = text.chars().next() else {
        return (text.len(), None);
    };
    let run = |is_part: fn(char) -> bool| text.find(|it| !is_part(it)).unwrap_or(text.len());
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    match first {
        '\'' => (quoted(text, first), Some(TEXT)),
        '"' | '`' => (quoted(text, first), Some(NAME)),
        first if first.is_ascii_digit() => {
            (run(|it| it.is_ascii_digit() || it == '.'), Some(NUMBER))
        }
        first if is_word(first) => {
            let length = run(|it| it.is_alphanumeric() || it == '_');
            let word = text[..length].to_ascii_uppercase();
            let is_keyword = KEYWORDS.binary_search(&word.as_str()).is_ok();
            (length, is_keyword.then_some(KEYWORD))
        }
        first => (first.len_utf8(), None),
    }
}

/// The length of a text in quotes, which are doubled within.
fn quoted(text: &str, quote: char) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != quote {
            continue;
        }
        if characters.peek().map(|(_, next)| *next) == Some(quote) {
            characters.next();
        } else {
            return at + quote.len_utf8();
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn highlighted(text: &str) -> String {
        let mut out = String::new();
        highlight(text, &mut out);
        out
    }

    #[test]
    fn keywords_are_sorted() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn pieces_have_their_colours_and_nothing_is_lost() {
        let text = "-- Create model A\nALTER TABLE \"a\"\"b\" ADD x varchar(20) DEFAULT 'it''s -- no' /* c */;\n\
                    SELECT {{ default of a.B.c: f('x') }}, 'ä";
        let out = highlighted(text);
        let mut plain = out.clone();
        for colour in [COMMENT, KEYWORD, NAME, TEXT, NUMBER, PLACEHOLDER, RESET] {
            plain = plain.replace(colour, "");
        }
        assert_eq!(plain, text);
        let has = |colour: &str, piece: &str| out.contains(&format!("{colour}{piece}{RESET}"));
        assert!(has(COMMENT, "-- Create model A"));
        assert!(has(KEYWORD, "ALTER"));
        assert!(has(NAME, "\"a\"\"b\""));
        assert!(has(NUMBER, "20"));
        assert!(has(TEXT, "'it''s -- no'"));
        assert!(has(COMMENT, "/* c */"));
        assert!(has(PLACEHOLDER, "{{ default of a.B.c: f('x') }}"));
        assert!(has(TEXT, "'ä"));
        assert!(!out.contains(&format!("{KEYWORD}varchar")));
    }
}
