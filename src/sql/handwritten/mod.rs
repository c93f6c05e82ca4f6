//! Handwritten SQL as statements: the same that operations make, and further ones.
//!
//! ```text
//! RunSQL("CREATE INDEX CONCURRENTLY i ON shop_book (title); ANALYZE shop_book")
//! ```
//!
//! A text is split into statements (`split`), each is read by the crate `sqlparser`
//! (`statement`, `table`), or by its words where that crate lacks it (`words`). What
//! neither reads is a statement as well, [`ByHand::Unread`] with its reason.

mod foreign;
mod names;
mod plain;
mod split;
mod statement;
mod table;
mod words;

use std::ops::Range;

use smol_str::SmolStr;
use sqlparser::dialect as parsers;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::catalog::Catalog;
use super::ddl::{ByHand, Statement};
use super::dialect::{Quoting, Server};
use super::effects::{self, Effects};
use crate::base::{Span, Spanned, TextRange};
pub use foreign::{MARKS, Mark, MarkKind};
use names::Names;
pub use plain::{WrittenName, compared_with_empty, names};
use words::Words;

/// A statement of a text, or one action of its `ALTER TABLE`.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Where the whole statement stands in the text, in bytes.
    pub range: Range<usize>,
    pub existence: Existence,
    pub statement: Statement,
    /// What the server refuses of it, because it is another database's.
    pub foreign: Option<&'static Mark>,
}

/// A statement that the database executes.
#[derive(Debug, Clone, PartialEq)]
pub struct Executed {
    /// Where it stands in the text, in bytes; the same for all actions of an
    /// `ALTER TABLE`.
    pub range: Range<usize>,
    /// Where its first line stands in the file, if that is known.
    pub at: Option<Span>,
    pub existence: Existence,
    pub statement: Statement,
    pub effects: Effects,
}

/// What a statement does where its object is there already, or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existence {
    /// It fails.
    #[default]
    Fails,
    /// `IF EXISTS`.
    IfExists,
    /// `IF NOT EXISTS`, `OR REPLACE`.
    IfNotExists,
}

/// The SQL that somebody writes for a server.
#[derive(Debug, Clone, Copy)]
struct Reader {
    parser: &'static dyn parsers::Dialect,
    names: Names,
}

type Read = Result<Vec<(Existence, Statement)>, String>;

/// The statements of a text. `None` for a dialect whose SQL is not read.
#[must_use]
pub fn read(text: &str, server: &Server) -> Option<Vec<Part>> {
    let reader = Reader::of(server);
    if server.quoting == Quoting::Oracle {
        return None;
    }
    let mut parts = Vec::new();
    if !reader.names.folds && has_dollar_quotes(text) {
        let reason = "texts between `$$` are known to PostgreSQL only".to_owned();
        let whole = unread(0..text.len(), reason);
        return Some(vec![Part {
            foreign: Some(foreign::DOLLAR_QUOTES),
            ..whole
        }]);
    }
    match split::statements(text, reader.parser) {
        Err(reason) => parts.push(unread(0..text.len(), reason)),
        Ok(statements) => {
            for (range, tokens) in statements {
                let words = Words::of(reader.names, &tokens);
                let foreign = foreign::mark(&words, server);
                match reader.statement(&words, &tokens) {
                    Ok(read) => parts.extend(read.into_iter().map(|(existence, statement)| Part {
                        range: range.clone(),
                        existence,
                        statement,
                        foreign,
                    })),
                    Err(reason) => parts.push(Part {
                        foreign,
                        ..unread(range, reason)
                    }),
                }
            }
        }
    }
    Some(parts)
}

/// The first thing of a text that a server refuses, because it is another database's. For
/// servers whose SQL is not read as well.
#[must_use]
pub fn foreign(text: &str, server: &Server) -> Option<&'static Mark> {
    let reader = Reader::of(server);
    if !reader.names.folds && has_dollar_quotes(text) {
        return Some(foreign::DOLLAR_QUOTES);
    }
    let statements = split::statements(text, reader.parser).ok()?;
    let mut statements = statements.iter();
    statements.find_map(|(_, tokens)| foreign::mark(&Words::of(reader.names, tokens), server))
}

/// Whether a text can be read whole as the SQL of a server.
#[must_use]
pub fn can_read(text: &str, server: &Server) -> bool {
    read(text, server).is_some_and(|parts| {
        parts.iter().all(|part| {
            !matches!(&part.statement, Statement::ByHand(by_hand)
                if matches!(**by_hand, ByHand::Unread { .. }))
        })
    })
}

impl Catalog {
    /// Executes a handwritten text, and tells what each of its statements does. `None` for
    /// a dialect whose SQL is not read.
    pub fn run(&mut self, server: &Server, text: &str) -> Option<Vec<Executed>> {
        let parts = read(text, server)?;
        let mut executed = Vec::with_capacity(parts.len());
        for part in parts {
            let mut statement = self.meant(&part);
            let mut effects = effects::of(&statement, server, self);
            if !self.does_something(&statement, part.existence) {
                effects = effects.of_nothing(&statement);
                statement = by_hand(ByHand::Harmless {
                    what: "what is there already, or is not".into(),
                });
            }
            effects.foreign = part.foreign;
            self.execute(server, &statement);
            executed.push(Executed {
                range: part.range,
                at: None,
                existence: part.existence,
                statement,
                effects,
            });
        }
        Some(executed)
    }
}

/// Where the first line of a statement stands in a file: `sent` is what the database gets, `written` what it
/// was made of, with its place.
pub(super) fn place(
    written: &Spanned<SmolStr>,
    sent: &str,
    statement: &Range<usize>,
) -> Option<Span> {
    let (text, span) = (&written.value, written.span);
    if span.range.len() as usize != text.len() {
        return None;
    }
    let start = if sent == text.as_str() {
        statement.start
    } else {
        let mut found = text.match_indices(sent.get(statement.clone())?);
        match (found.next(), found.next()) {
            (Some((at, _)), None) => at,
            _ => return None,
        }
    };
    let whole = sent.get(statement.clone())?;
    let line = whole.lines().next().unwrap_or(whole).trim_end();
    let place = |offset: usize| Some(span.range.start + u32::try_from(offset).ok()?);
    let range = TextRange::new(place(start)?, place(start + line.len())?);
    Some(Span::new(span.file, range))
}

/// Whether a text has `$$` or `$body$` twice.
fn has_dollar_quotes(text: &str) -> bool {
    let mut marks = text.match_indices('$').map(|(at, _)| at).peekable();
    while let Some(start) = marks.next() {
        let Some(end) = marks.peek().copied() else {
            return false;
        };
        let tag = &text[start..=end];
        let is_tag = tag[1..tag.len() - 1]
            .chars()
            .all(|it| it.is_alphanumeric() || it == '_');
        if is_tag && text[end + 1..].contains(tag) {
            return true;
        }
    }
    false
}

fn unread(range: Range<usize>, reason: String) -> Part {
    Part {
        range,
        existence: Existence::Fails,
        statement: by_hand(ByHand::Unread {
            reason: reason.into(),
        }),
        foreign: None,
    }
}

fn by_hand(statement: ByHand) -> Statement {
    Statement::ByHand(Box::new(statement))
}

impl Reader {
    fn of(server: &Server) -> Self {
        let (parser, folds): (&'static dyn parsers::Dialect, bool) = match server.quoting {
            Quoting::PostgreSql => (&parsers::PostgreSqlDialect {}, true),
            Quoting::MySql { .. } => (&parsers::MySqlDialect {}, false),
            Quoting::Sqlite => (&parsers::SQLiteDialect {}, false),
            Quoting::Oracle => (&parsers::OracleDialect {}, false),
        };
        Self {
            parser,
            names: Names {
                folds,
                names_constraints: folds,
                stores: true,
            },
        }
    }

    fn statement(self, words: &Words, tokens: &[TokenWithSpan]) -> Read {
        if let Some(read) = words.statement() {
            return Ok(read);
        }
        if let Some(altered) = words.altered_table() {
            return self.alter_table(tokens, &altered);
        }
        let length = words.without_data();
        self.parsed(tokens[..length].to_vec())
    }

    fn parsed(mut self, mut tokens: Vec<TokenWithSpan>) -> Read {
        // The crate's PostgreSQL has no virtual columns yet.
        if self.names.folds {
            for at in Words::of(self.names, &tokens).virtual_columns() {
                if let Some(token) = tokens.get_mut(at) {
                    token.token = Token::make_word("STORED", None);
                    self.names.stores = false;
                }
            }
        }
        let parsed = self.parse(tokens)?;
        self.names.statement(parsed)
    }

    fn parse(self, tokens: Vec<TokenWithSpan>) -> Result<sqlparser::ast::Statement, String> {
        let mut parser = Parser::new(self.parser).with_tokens_with_locations(tokens);
        let parsed = parser.parse_statement().map_err(|error| {
            let text = error.to_string();
            let text = text.strip_prefix("sql parser error: ").unwrap_or(&text);
            text.split(" at Line:").next().unwrap_or(text).to_owned()
        })?;
        match parser.next_token().token {
            Token::EOF => Ok(parsed),
            further => Err(format!("`{further}` was not expected")),
        }
    }

    /// Each action is read by itself, so that one that cannot be read hides no other.
    fn alter_table(self, tokens: &[TokenWithSpan], altered: &words::Altered) -> Read {
        let mut read = Vec::new();
        let existence = if altered.if_exists {
            Existence::IfExists
        } else {
            Existence::Fails
        };
        for action in &altered.actions {
            let own = Words::of(self.names, &tokens[action.clone()]);
            if let Some(statements) = own.action(&altered.table) {
                read.extend(statements);
                continue;
            }
            let mut all = tokens[altered.head.clone()].to_vec();
            all.extend_from_slice(&tokens[action.clone()]);
            match self.parsed(all) {
                Ok(statements) => read.extend(statements),
                Err(reason) => read.push((
                    Existence::Fails,
                    by_hand(ByHand::Unread {
                        reason: reason.into(),
                    }),
                )),
            }
        }
        for (own, _) in &mut read {
            if *own == Existence::Fails {
                *own = existence;
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::FileId;
    use crate::sql::Dialect;

    fn parts(text: &str, dialect: &str) -> Vec<Part> {
        let server = Server::new(Dialect::by_name(dialect).unwrap(), None);
        read(text, &server).unwrap()
    }

    #[test]
    fn one_statement_that_cannot_be_read_hides_no_other() {
        let text = "CREATE INDEX i ON t (a); FROBNICATE t; DROP TABLE t";
        let parts = parts(text, "postgresql");
        assert_eq!(parts.len(), 3);
        assert_eq!(&text[parts[1].range.clone()], "FROBNICATE t");
        let Statement::ByHand(unread) = &parts[1].statement else {
            panic!("{:?}", parts[1]);
        };
        assert!(matches!(**unread, ByHand::Unread { .. }));
        assert!(matches!(parts[2].statement, Statement::DropTable { .. }));
    }

    #[test]
    fn bodies_are_not_split() {
        let text = "CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN a; b; END; $$ LANGUAGE plpgsql; SELECT 1";
        assert_eq!(parts(text, "postgresql").len(), 2);
        let text = "CREATE TRIGGER a AFTER INSERT ON t BEGIN UPDATE t SET a = CASE WHEN 1 THEN 2 END; END; SELECT 1";
        assert_eq!(parts(text, "sqlite").len(), 2);
        assert_eq!(parts("BEGIN; SELECT 1; COMMIT", "postgresql").len(), 3);
    }

    #[test]
    fn the_sql_of_another_database_is_not_cut_at_random() {
        let text =
            "CREATE FUNCTION f() RETURNS trigger AS $a$ BEGIN a; b; END; $a$ LANGUAGE plpgsql";
        assert_eq!(parts(text, "mysql").len(), 1);
        assert_eq!(parts("SELECT '$'; SELECT '$'", "mysql").len(), 2);
    }

    #[test]
    fn an_action_that_cannot_be_read_hides_no_other() {
        let parts = parts(
            "ALTER TABLE t ADD a int, FROB b, DROP COLUMN c",
            "postgresql",
        );
        let kinds: Vec<_> = parts.iter().map(|part| &part.statement).collect();
        assert!(matches!(
            kinds.as_slice(),
            [
                Statement::AddColumn { .. },
                Statement::ByHand(_),
                Statement::DropColumn { .. }
            ]
        ));
    }

    #[test]
    fn a_statement_is_found_in_its_file() {
        let text = "\nDROP TABLE a;\nDROP TABLE b";
        let all = parts(text, "postgresql");
        let at = |length: u32| {
            let span = Span::new(FileId(0), TextRange::new(100, 100 + length));
            place(&Spanned::new(text.into(), span), text, &all[1].range)
        };
        let length = u32::try_from(text.len()).unwrap();
        assert_eq!(
            at(length).map(|span| span.range),
            Some(TextRange::new(115, 127))
        );
        assert_eq!(at(length + 2), None);
    }
}
