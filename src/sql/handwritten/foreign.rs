//! What belongs to another database than the one that a text is sent to.
//!
//! ```text
//! CREATE TABLE line (id integer AUTO_INCREMENT PRIMARY KEY)     -- on PostgreSQL
//! ```
//!
//! A [`Mark`] is a few words of SQL that only some databases have. The conformance suite
//! sends each one's example to live servers. That a database accepts a mark is said of
//! nobody: a mark names those that are known to refuse it.

use super::words::Words;
use crate::sql::dialect::Server;

/// Words that some databases refuse.
#[derive(Debug, PartialEq, Eq)]
pub struct Mark {
    /// As people write it: `AUTO_INCREMENT`.
    pub shown: &'static str,
    pub kind: MarkKind,
    /// Whose it is: `MySQL`.
    pub of: &'static str,
    /// Each one the words of a statement, of which any may stand there: `^` is its start,
    /// `..` are any words, `_` is one, and `?` comes before one that may be missing. A
    /// word behind `@` stands where a column's type does, one behind `/` outside of
    /// parentheses.
    patterns: &'static [&'static [&'static str]],
    /// The names of dialects.
    refused_by: &'static [&'static str],
    /// What to write on a database that refuses it, where that is one thing.
    pub instead: Option<&'static str>,
    /// A statement that holds it, of tables `t (id, a, b, c)` and `u (id)`.
    pub example: &'static str,
}

/// What kind of thing a mark is: a migration may make functions and types of the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    Syntax,
    Function,
    Type,
}

const ALL_BUT_POSTGRESQL: &[&str] = &["mysql", "mariadb", "sqlite", "oracle"];
const ALL_BUT_MYSQL: &[&str] = &["postgresql", "sqlite", "oracle"];
const ALL_BUT_SQLITE: &[&str] = &["postgresql", "mysql", "mariadb", "oracle"];

impl Mark {
    const fn new(
        shown: &'static str,
        of: &'static str,
        refused_by: &'static [&'static str],
        patterns: &'static [&'static [&'static str]],
        example: &'static str,
    ) -> Self {
        Self {
            shown,
            kind: MarkKind::Syntax,
            of,
            patterns,
            refused_by,
            instead: None,
            example,
        }
    }

    const fn instead(mut self, instead: &'static str) -> Self {
        self.instead = Some(instead);
        self
    }

    const fn kind(mut self, kind: MarkKind) -> Self {
        self.kind = kind;
        self
    }

    #[must_use]
    pub fn is_refused_by(&self, server: &Server) -> bool {
        self.refused_by.contains(&server.dialect.name)
    }

    fn is_in(&self, words: &Words) -> bool {
        self.patterns.iter().any(|pattern| words.hold(pattern))
    }
}

/// The first mark of a statement that a server refuses.
pub(super) fn mark(words: &Words, server: &Server) -> Option<&'static Mark> {
    let mut marks = MARKS.iter();
    marks.find(|mark| mark.is_refused_by(server) && mark.is_in(words))
}

/// A text between `$$`, which is told before a text is cut into words.
pub(super) const DOLLAR_QUOTES: &Mark = &Mark::new(
    "$$",
    "PostgreSQL",
    ALL_BUT_POSTGRESQL,
    &[],
    "DO $$ BEGIN END $$",
);

/// PostgreSQL 15 and 18, MariaDB 10.11 and SQLite 3.40 were asked. MySQL and Oracle:
/// "SQL Statements" of MySQL 8.4, "SQL Language Reference" of Oracle 19c.
#[rustfmt::skip]
pub static MARKS: &[Mark] = &[
    // PostgreSQL's.
    Mark::new("::", "PostgreSQL", ALL_BUT_POSTGRESQL, &[&["::"]], "UPDATE t SET a = '1'::integer")
        .instead("`CAST(... AS ...)`"),
    Mark::new("CONCURRENTLY", "PostgreSQL", ALL_BUT_POSTGRESQL,
        &[&["^", "CREATE", "?", "UNIQUE", "INDEX", "CONCURRENTLY"], &["^", "DROP", "INDEX", "CONCURRENTLY"]],
        "CREATE INDEX CONCURRENTLY by_a ON t (a)"),
    Mark::new("USING GIN", "PostgreSQL", ALL_BUT_POSTGRESQL,
        &[
            &["^", "CREATE", "?", "UNIQUE", "INDEX", "..", "USING", "GIN"],
            &["^", "CREATE", "?", "UNIQUE", "INDEX", "..", "USING", "GIST"],
            &["^", "CREATE", "?", "UNIQUE", "INDEX", "..", "USING", "BRIN"],
        ],
        "CREATE INDEX by_c ON t USING gin (to_tsvector('english', c))"),
    Mark::new("ILIKE", "PostgreSQL", ALL_BUT_POSTGRESQL, &[&["ILIKE"]],
        "UPDATE t SET a = 1 WHERE b ILIKE 'x'")
        .instead("`LOWER(...) LIKE`"),
    Mark::new("CREATE EXTENSION", "PostgreSQL", ALL_BUT_POSTGRESQL,
        &[&["^", "CREATE", "EXTENSION"], &["^", "DROP", "EXTENSION"]],
        "CREATE EXTENSION IF NOT EXISTS pg_trgm"),
    Mark::new("ALTER COLUMN ... TYPE", "PostgreSQL", ALL_BUT_POSTGRESQL,
        &[
            &["^", "ALTER", "TABLE", "..", "ALTER", "?", "COLUMN", "_", "TYPE"],
            &["^", "ALTER", "TABLE", "..", "ALTER", "?", "COLUMN", "_", "SET", "DATA", "TYPE"],
        ],
        "ALTER TABLE t ALTER COLUMN a TYPE bigint"),
    Mark::new("ALTER COLUMN ... SET NOT NULL", "PostgreSQL", ALL_BUT_POSTGRESQL,
        &[&["^", "ALTER", "TABLE", "..", "ALTER", "?", "COLUMN", "_", "SET", "NOT", "NULL"]],
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL"),
    Mark::new("ALTER COLUMN ... DROP NOT NULL", "PostgreSQL", ALL_BUT_POSTGRESQL,
        &[&["^", "ALTER", "TABLE", "..", "ALTER", "?", "COLUMN", "_", "DROP", "NOT", "NULL"]],
        "ALTER TABLE t ALTER COLUMN a DROP NOT NULL"),
    Mark::new("NOT VALID", "PostgreSQL", ALL_BUT_POSTGRESQL,
        &[&["^", "ALTER", "TABLE", "..", "ADD", "..", "NOT", "VALID"]],
        "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID"),
    Mark::new("VALIDATE CONSTRAINT", "PostgreSQL", ALL_BUT_POSTGRESQL,
        &[&["^", "ALTER", "TABLE", "..", "VALIDATE", "CONSTRAINT"]],
        "ALTER TABLE t VALIDATE CONSTRAINT positive"),
    Mark::new("OWNER TO", "PostgreSQL", ALL_BUT_POSTGRESQL,
        &[&["^", "ALTER", "TABLE", "..", "OWNER", "TO"]],
        "ALTER TABLE t OWNER TO CURRENT_USER"),
    Mark::new("COMMENT ON", "PostgreSQL", &["mysql", "mariadb", "sqlite"],
        &[&["^", "COMMENT", "ON"]], "COMMENT ON TABLE t IS 'x'"),
    Mark::new("CREATE TYPE ... AS ENUM", "PostgreSQL", ALL_BUT_POSTGRESQL,
        &[&["^", "CREATE", "TYPE", "..", "AS", "ENUM"]], "CREATE TYPE state AS ENUM ('a')"),
    Mark::new("CREATE MATERIALIZED VIEW", "PostgreSQL", &["mysql", "mariadb", "sqlite"],
        &[&["^", "CREATE", "MATERIALIZED", "VIEW"]], "CREATE MATERIALIZED VIEW v AS SELECT 1"),
    Mark::new("DISTINCT ON", "PostgreSQL", ALL_BUT_POSTGRESQL,
        &[&["DISTINCT", "ON", "("]], "SELECT DISTINCT ON (a) a FROM t"),
    Mark::new("RESTART IDENTITY", "PostgreSQL", &["mysql", "mariadb", "oracle"],
        &[&["^", "TRUNCATE", "..", "RESTART", "IDENTITY"]], "TRUNCATE TABLE u RESTART IDENTITY"),
    Mark::new("ON CONFLICT", "PostgreSQL and SQLite", &["mysql", "mariadb", "oracle"],
        &[&["^", "INSERT", "..", "ON", "CONFLICT"]],
        "INSERT INTO t (id, a) VALUES (1, 1) ON CONFLICT DO NOTHING"),
    Mark::new("UPDATE ... FROM", "PostgreSQL and SQLite", &["mysql", "mariadb", "oracle"],
        &[&["^", "UPDATE", "..", "/SET", "..", "/FROM"]],
        "UPDATE t SET a = 1 FROM u WHERE u.id = t.id"),
    Mark::new("SET LOCAL lock_timeout", "PostgreSQL", &["mysql", "mariadb"],
        &[&["^", "SET", "?", "LOCAL", "LOCK_TIMEOUT"], &["^", "SET", "?", "LOCAL", "STATEMENT_TIMEOUT"]],
        "SET LOCAL lock_timeout = '2s'"),
    Mark::new("search_path", "PostgreSQL", &["mysql", "mariadb"],
        &[&["^", "SET", "?", "LOCAL", "SEARCH_PATH"]], "SET search_path TO public"),
    Mark::new("gen_random_uuid()", "PostgreSQL", ALL_BUT_POSTGRESQL,
        &[&["GEN_RANDOM_UUID", "("]], "SELECT gen_random_uuid()").kind(MarkKind::Function),
    Mark::new("string_agg()", "PostgreSQL", &["mysql", "mariadb", "oracle"],
        &[&["STRING_AGG", "("]], "SELECT string_agg(b, ',') FROM t").kind(MarkKind::Function),
    Mark::new("array_agg()", "PostgreSQL", ALL_BUT_POSTGRESQL,
        &[&["ARRAY_AGG", "("]], "SELECT array_agg(b) FROM t").kind(MarkKind::Function),
    Mark::new("jsonb_set()", "PostgreSQL", &["mysql", "mariadb", "oracle"],
        &[&["JSONB_SET", "("], &["JSONB_BUILD_OBJECT", "("]],
        "SELECT jsonb_set('{}', '{a}', '1')").kind(MarkKind::Function),
    Mark::new("to_tsvector()", "PostgreSQL", ALL_BUT_POSTGRESQL,
        &[&["TO_TSVECTOR", "("]], "SELECT to_tsvector('x')").kind(MarkKind::Function),
    Mark::new("bigserial", "PostgreSQL", &["mysql", "mariadb", "oracle"],
        &[&["@BIGSERIAL"], &["@SMALLSERIAL"]], "CREATE TABLE made (id bigserial PRIMARY KEY)")
        .kind(MarkKind::Type),
    Mark::new("serial", "PostgreSQL", &["oracle"],
        &[&["@SERIAL"]], "CREATE TABLE made (id serial PRIMARY KEY)").kind(MarkKind::Type),
    Mark::new("jsonb", "PostgreSQL", &["mysql", "mariadb", "oracle"],
        &[&["@JSONB"]], "CREATE TABLE made (a jsonb)").kind(MarkKind::Type),
    Mark::new("timestamptz", "PostgreSQL", &["mysql", "mariadb", "oracle"],
        &[&["@TIMESTAMPTZ"]], "CREATE TABLE made (a timestamptz)").kind(MarkKind::Type),
    Mark::new("bytea", "PostgreSQL", &["mysql", "mariadb", "oracle"],
        &[&["@BYTEA"]], "CREATE TABLE made (a bytea)").kind(MarkKind::Type),
    Mark::new("tsvector", "PostgreSQL", &["mysql", "mariadb", "oracle"],
        &[&["@TSVECTOR"]], "CREATE TABLE made (a tsvector)").kind(MarkKind::Type),

    // MySQL's and MariaDB's.
    Mark::new("`", "MySQL", &["postgresql", "oracle"], &[&["`"]], "UPDATE `t` SET a = 1")
        .instead("names between `\"`, or without quotes"),
    Mark::new("AUTO_INCREMENT", "MySQL", &["postgresql", "oracle"],
        &[&["^", "CREATE", "TABLE", "..", "AUTO_INCREMENT"], &["^", "ALTER", "TABLE", "..", "AUTO_INCREMENT"]],
        "CREATE TABLE made (id integer AUTO_INCREMENT PRIMARY KEY)")
        .instead("`GENERATED BY DEFAULT AS IDENTITY`"),
    Mark::new("PRIMARY KEY AUTO_INCREMENT", "MySQL", &["sqlite"],
        &[&["^", "CREATE", "TABLE", "..", "PRIMARY", "KEY", "AUTO_INCREMENT"]],
        "CREATE TABLE made (id integer PRIMARY KEY AUTO_INCREMENT)")
        .instead("`PRIMARY KEY AUTOINCREMENT`"),
    Mark::new("ENGINE =", "MySQL", ALL_BUT_MYSQL,
        &[&["^", "CREATE", "TABLE", "..", ")", "ENGINE"]], "CREATE TABLE made (id integer) ENGINE=InnoDB"),
    Mark::new("CHARSET =", "MySQL", ALL_BUT_MYSQL,
        &[
            &["^", "CREATE", "TABLE", "..", ")", "..", "/CHARSET"],
            &["^", "ALTER", "TABLE", "..", "CONVERT", "TO", "CHARACTER", "SET"],
        ],
        "CREATE TABLE made (id integer) DEFAULT CHARSET=utf8mb4"),
    Mark::new("MODIFY COLUMN", "MySQL", ALL_BUT_MYSQL,
        &[&["^", "ALTER", "TABLE", "..", "/MODIFY", "COLUMN"]], "ALTER TABLE t MODIFY COLUMN a bigint"),
    Mark::new("MODIFY", "MySQL", &["postgresql", "sqlite"],
        &[&["^", "ALTER", "TABLE", "_", "MODIFY", "_"]], "ALTER TABLE t MODIFY a bigint"),
    Mark::new("CHANGE", "MySQL", ALL_BUT_MYSQL,
        &[&["^", "ALTER", "TABLE", "_", "CHANGE", "_", "_"], &["^", "ALTER", "TABLE", "..", "/CHANGE", "COLUMN"]],
        "ALTER TABLE t CHANGE a a bigint"),
    Mark::new("DROP FOREIGN KEY", "MySQL", ALL_BUT_MYSQL,
        &[&["^", "ALTER", "TABLE", "..", "DROP", "FOREIGN", "KEY"]], "ALTER TABLE t DROP FOREIGN KEY f"),
    Mark::new("DROP PRIMARY KEY", "MySQL", &["postgresql", "sqlite"],
        &[&["^", "ALTER", "TABLE", "..", "DROP", "PRIMARY", "KEY"]], "ALTER TABLE u DROP PRIMARY KEY"),
    Mark::new("RENAME INDEX", "MySQL", ALL_BUT_MYSQL,
        &[&["^", "ALTER", "TABLE", "..", "RENAME", "INDEX"], &["^", "ALTER", "TABLE", "..", "RENAME", "KEY"]],
        "ALTER TABLE t RENAME INDEX i TO j"),
    Mark::new("DROP INDEX ... ON", "MySQL", ALL_BUT_MYSQL,
        &[&["^", "DROP", "INDEX", "_", "ON"]], "DROP INDEX i ON t")
        .instead("`DROP INDEX` with the index's name alone"),
    Mark::new("ON DUPLICATE KEY UPDATE", "MySQL", ALL_BUT_MYSQL,
        &[&["^", "INSERT", "..", "ON", "DUPLICATE", "KEY"]],
        "INSERT INTO t (id, a) VALUES (1, 1) ON DUPLICATE KEY UPDATE a = 2"),
    Mark::new("INSERT IGNORE", "MySQL", ALL_BUT_MYSQL,
        &[&["^", "INSERT", "IGNORE"]], "INSERT IGNORE INTO t (id, a) VALUES (1, 1)"),
    Mark::new("REPLACE INTO", "MySQL and SQLite", &["postgresql", "oracle"],
        &[&["^", "REPLACE", "INTO"]], "REPLACE INTO t (id, a) VALUES (1, 1)"),
    Mark::new("FOREIGN_KEY_CHECKS", "MySQL", &["postgresql", "oracle"],
        &[&["^", "SET", "..", "FOREIGN_KEY_CHECKS"]], "SET FOREIGN_KEY_CHECKS = 0"),
    Mark::new("UPDATE ... JOIN", "MySQL", ALL_BUT_MYSQL,
        &[
            &["^", "UPDATE", "_", "?", "INNER", "?", "LEFT", "JOIN"],
            &["^", "UPDATE", "_", "?", "AS", "_", "?", "INNER", "?", "LEFT", "JOIN"],
        ],
        "UPDATE t JOIN u ON u.id = t.id SET t.a = 1"),
    Mark::new("DELETE ... FROM", "MySQL", &["postgresql", "sqlite"],
        &[&["^", "DELETE", "_", "FROM"]], "DELETE t FROM t JOIN u ON u.id = t.id WHERE u.id = 99"),
    Mark::new("LIMIT", "MySQL", &["postgresql", "oracle"],
        &[&["^", "UPDATE", "..", "/SET", "..", "/LIMIT"], &["^", "DELETE", "FROM", "..", "/LIMIT"]],
        "DELETE FROM t WHERE id = 99 LIMIT 1"),
    Mark::new("UNSIGNED", "MySQL", &["postgresql", "oracle"],
        &[
            &["INT", "UNSIGNED"], &["INTEGER", "UNSIGNED"], &["BIGINT", "UNSIGNED"], &["SMALLINT", "UNSIGNED"],
            &["INT", "(", "_", ")", "UNSIGNED"], &["BIGINT", "(", "_", ")", "UNSIGNED"],
        ],
        "CREATE TABLE made (id integer UNSIGNED)"),
    Mark::new("OPTIMIZE TABLE", "MySQL", ALL_BUT_MYSQL,
        &[&["^", "OPTIMIZE", "TABLE"]], "OPTIMIZE TABLE t"),
    Mark::new("ANALYZE TABLE", "MySQL", &["postgresql", "sqlite"],
        &[&["^", "ANALYZE", "TABLE"]], "ANALYZE TABLE t"),
    Mark::new("LOCK TABLES", "MySQL", ALL_BUT_MYSQL,
        &[&["^", "LOCK", "TABLES"], &["^", "UNLOCK", "TABLES"]], "LOCK TABLES t WRITE"),
    Mark::new("RLIKE", "MySQL", ALL_BUT_MYSQL, &[&["RLIKE"]], "UPDATE t SET a = 1 WHERE b RLIKE 'x'"),
    Mark::new("IFNULL()", "MySQL and SQLite", &["postgresql", "oracle"],
        &[&["IFNULL", "("]], "UPDATE t SET a = IFNULL(a, 1)")
        .kind(MarkKind::Function).instead("`COALESCE()`"),
    Mark::new("IF()", "MySQL", &["postgresql", "oracle"],
        &[&["SELECT", "IF", "("], &["=", "IF", "("], &[",", "IF", "("], &["(", "IF", "("]], "SELECT IF(1 > 0, 1, 2)")
        .kind(MarkKind::Function).instead("`CASE WHEN`"),
    Mark::new("GROUP_CONCAT()", "MySQL and SQLite", &["postgresql", "oracle"],
        &[&["GROUP_CONCAT", "("]], "SELECT GROUP_CONCAT(a) FROM t").kind(MarkKind::Function),
    Mark::new("DATE_FORMAT()", "MySQL", ALL_BUT_MYSQL,
        &[&["DATE_FORMAT", "("]], "SELECT DATE_FORMAT('2020-01-01', '%Y')").kind(MarkKind::Function),
    Mark::new("UNIX_TIMESTAMP()", "MySQL", ALL_BUT_MYSQL,
        &[&["UNIX_TIMESTAMP", "("], &["FROM_UNIXTIME", "("]], "SELECT UNIX_TIMESTAMP()").kind(MarkKind::Function),
    Mark::new("CURDATE()", "MySQL", ALL_BUT_MYSQL,
        &[&["CURDATE", "("]], "SELECT CURDATE()").kind(MarkKind::Function).instead("`CURRENT_DATE`"),
    Mark::new("JSON_UNQUOTE()", "MySQL", ALL_BUT_MYSQL,
        &[&["JSON_UNQUOTE", "("]], "SELECT JSON_UNQUOTE('1')").kind(MarkKind::Function),
    Mark::new("datetime", "MySQL", &["postgresql", "oracle"],
        &[&["@DATETIME"]], "CREATE TABLE made (a datetime)").kind(MarkKind::Type).instead("`timestamp`"),
    Mark::new("longtext", "MySQL", &["postgresql", "oracle"],
        &[&["@LONGTEXT"], &["@MEDIUMTEXT"], &["@TINYTEXT"], &["@LONGBLOB"], &["@MEDIUMBLOB"], &["@TINYBLOB"]],
        "CREATE TABLE made (a longtext)").kind(MarkKind::Type),
    Mark::new("tinyint", "MySQL", &["postgresql", "oracle"],
        &[&["@TINYINT"], &["@MEDIUMINT"]], "CREATE TABLE made (a tinyint(1))").kind(MarkKind::Type),

    // SQLite's.
    Mark::new("AUTOINCREMENT", "SQLite", ALL_BUT_SQLITE,
        &[&["^", "CREATE", "TABLE", "..", "AUTOINCREMENT"]],
        "CREATE TABLE made (id integer PRIMARY KEY AUTOINCREMENT)"),
    Mark::new("PRAGMA", "SQLite", ALL_BUT_SQLITE, &[&["^", "PRAGMA"]], "PRAGMA foreign_keys"),
    Mark::new("INSERT OR", "SQLite", ALL_BUT_SQLITE,
        &[&["^", "INSERT", "OR"]], "INSERT OR IGNORE INTO t (id, a) VALUES (1, 1)"),
    Mark::new("WITHOUT ROWID", "SQLite", ALL_BUT_SQLITE,
        &[&["^", "CREATE", "TABLE", "..", "WITHOUT", "ROWID"]],
        "CREATE TABLE made (id integer PRIMARY KEY) WITHOUT ROWID"),
    Mark::new("sqlite_sequence", "SQLite", ALL_BUT_SQLITE,
        &[&["SQLITE_SEQUENCE"], &["SQLITE_MASTER"]], "SELECT * FROM sqlite_master"),
    Mark::new("strftime()", "SQLite", ALL_BUT_SQLITE,
        &[&["STRFTIME", "("]], "SELECT strftime('%Y', '2020-01-01')").kind(MarkKind::Function),
    // What SQLite lacks.
    Mark::new("SET", "PostgreSQL and MySQL", &["sqlite"], &[&["^", "SET"]], "SET search_path TO public"),
    Mark::new("TRUNCATE", "other databases", &["sqlite"], &[&["^", "TRUNCATE"]], "TRUNCATE TABLE u")
        .instead("`DELETE FROM`"),
    Mark::new("DROP ... CASCADE", "other databases", &["sqlite"],
        &[&["^", "DROP", "TABLE", "..", "CASCADE"]], "DROP TABLE IF EXISTS gone CASCADE"),

    // Oracle's.
    Mark::new("VARCHAR2", "Oracle", &["postgresql", "mysql", "mariadb"],
        &[&["@VARCHAR2"], &["@NVARCHAR2"]], "CREATE TABLE made (a varchar2(10))").kind(MarkKind::Type),
    Mark::new("NUMBER", "Oracle", &["postgresql", "mysql", "mariadb"],
        &[&["@NUMBER"]], "CREATE TABLE made (a number(10))").kind(MarkKind::Type),
    Mark::new("NVL()", "Oracle", &["postgresql", "mysql", "sqlite"],
        &[&["NVL", "("]], "SELECT NVL(a, 1) FROM t").kind(MarkKind::Function).instead("`COALESCE()`"),
    Mark::new("FROM DUAL", "Oracle", &["postgresql", "sqlite"],
        &[&["FROM", "DUAL"]], "SELECT 1 FROM DUAL"),
];

impl Words {
    /// Whether a pattern's words stand in the statement.
    fn hold(&self, pattern: &[&str]) -> bool {
        match pattern.split_first() {
            Some((&"^", rest)) => self.hold_at(rest, 0),
            _ => (0..self.len()).any(|at| self.hold_at(pattern, at)),
        }
    }

    fn hold_at(&self, pattern: &[&str], at: usize) -> bool {
        let Some((first, rest)) = pattern.split_first() else {
            return true;
        };
        match *first {
            ".." => (at..self.len()).any(|next| self.hold_at(rest, next)),
            "_" => at < self.len() && self.hold_at(rest, at + 1),
            "?" => match rest.split_first() {
                Some((word, after)) if self.is(at, word) => self.hold_at(after, at + 1),
                Some((_, after)) => self.hold_at(after, at),
                None => true,
            },
            word => {
                let found = if let Some(word) = word.strip_prefix('@') {
                    self.is(at, word) && self.is_type(at)
                } else if let Some(word) = word.strip_prefix('/') {
                    self.is(at, word) && self.depth(at) == 0
                } else {
                    self.is(at, word) && !self.is_qualified(at)
                };
                found && self.hold_at(rest, at + 1)
            }
        }
    }

    /// Whether a word follows the name of a column that is made.
    fn is_type(&self, at: usize) -> bool {
        let (Some(name), Some(before)) = (at.checked_sub(1), at.checked_sub(2)) else {
            return false;
        };
        let makes = self.is(0, "CREATE") && self.is(1, "TABLE")
            || self.is(0, "ALTER") && self.is(1, "TABLE");
        let opens = ["(", ",", "ADD", "COLUMN", "EXISTS"];
        makes && self.is_name(name) && opens.iter().any(|it| self.is(before, it))
    }

    /// Whether a word is part of a name with a schema or a table, or names a function that
    /// is made.
    fn is_qualified(&self, at: usize) -> bool {
        at.checked_sub(1)
            .is_some_and(|before| self.is(before, ".") || self.is(before, "FUNCTION"))
    }

    /// How many parentheses are open.
    fn depth(&self, at: usize) -> usize {
        (0..at).fold(0_usize, |depth, at| {
            if self.is(at, "(") {
                depth + 1
            } else if self.is(at, ")") {
                depth.saturating_sub(1)
            } else {
                depth
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::sql::Dialect;

    fn found(text: &str, dialect: &str) -> Option<&'static str> {
        let server = Server::new(Dialect::by_name(dialect).unwrap(), None);
        let parts = read(text, &server).unwrap();
        parts
            .iter()
            .find_map(|part| part.foreign)
            .map(|it| it.shown)
    }

    #[test]
    fn every_example_holds_its_mark() {
        for mark in MARKS {
            for dialect in ["postgresql", "mysql", "mariadb", "sqlite"] {
                let server = Server::new(Dialect::by_name(dialect).unwrap(), None);
                if mark.is_refused_by(&server) {
                    assert!(
                        found(mark.example, dialect).is_some(),
                        "{dialect}: {}",
                        mark.example
                    );
                }
            }
        }
    }

    #[test]
    fn names_and_texts_hold_none() {
        for text in [
            "UPDATE t SET a = 'IFNULL(' WHERE \"AUTO_INCREMENT\" = 1",
            "CREATE TABLE t (datetime timestamp, \"tinyint\" integer)",
            "SELECT shop.ifnull(a, 1) FROM t",
            "CREATE FUNCTION ifnull(a integer, b integer) RETURNS integer AS 'SELECT 1' LANGUAGE sql",
            "DELETE FROM t WHERE id IN (SELECT id FROM t LIMIT 5)",
            "UPDATE t SET a = (SELECT a FROM u LIMIT 1)",
            "-- AUTO_INCREMENT\nSELECT 1",
        ] {
            assert_eq!(found(text, "postgresql"), None, "{text}");
        }
        assert_eq!(found("UPDATE t SET a = (SELECT 1 FROM u)", "mysql"), None);
        assert_eq!(
            found("UPDATE t SET a = EXTRACT(YEAR FROM b)", "mysql"),
            None
        );
    }
}
