//! Statements that are told by their first words, where `sqlparser` knows less than the
//! databases do.

use std::ops::Range;
use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};
use sqlparser::ast::{Expr, IndexColumn};
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::names::Names;
use super::table::if_exists;
use super::{Existence, by_hand};
use crate::sql::ddl::{
    ByHand, ColumnChange, ColumnName, ConstraintClass, Conversion, CreateIndex, Indexed,
    IndexedColumn, Kept, Name, ReindexTarget, Statement, TableAction, TableName,
    TransactionControl,
};

/// The words and signs of a statement.
pub(super) struct Words {
    names: Names,
    words: Vec<Word>,
}

struct Word {
    written: SmolStr,
    /// A name as the database holds it.
    text: SmolStr,
    /// In upper case; empty for a quoted name.
    upper: String,
}

/// `ALTER TABLE`, cut into actions.
pub(super) struct Altered {
    pub(super) table: TableName,
    pub(super) if_exists: bool,
    /// The tokens before the first action.
    pub(super) head: Range<usize>,
    pub(super) actions: Vec<Range<usize>>,
}

type Statements = Vec<(Existence, Statement)>;

fn one(statement: ByHand) -> Option<Statements> {
    Some(vec![(Existence::Fails, by_hand(statement))])
}

fn harmless(what: &str) -> Option<Statements> {
    one(ByHand::Harmless { what: what.into() })
}

impl Words {
    pub(super) fn of(names: Names, tokens: &[TokenWithSpan]) -> Self {
        let words = tokens
            .iter()
            .map(|token| match &token.token {
                Token::Word(word) if word.quote_style.is_some() => Word {
                    written: SmolStr::new(&word.value),
                    text: SmolStr::new(&word.value),
                    upper: String::new(),
                },
                Token::Word(word) => Word {
                    written: SmolStr::new(&word.value),
                    text: if names.folds {
                        word.value.to_lowercase().into()
                    } else {
                        SmolStr::new(&word.value)
                    },
                    upper: word.value.to_uppercase(),
                },
                other => {
                    let text = other.to_string();
                    Word {
                        written: SmolStr::new(&text),
                        text: SmolStr::new(&text),
                        upper: text.to_uppercase(),
                    }
                }
            })
            .collect();
        Self { names, words }
    }

    pub(super) fn is(&self, at: usize, word: &str) -> bool {
        self.words.get(at).is_some_and(|it| it.upper == word)
    }

    /// What stands there, with the capitals that the text has.
    pub(super) fn written(&self, at: usize) -> Option<SmolStr> {
        self.words.get(at).map(|it| it.written.clone())
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether a name stands there, with quotes or without.
    pub(super) fn is_name(&self, at: usize) -> bool {
        self.words.get(at).is_some_and(|it| {
            let mut letters = it.upper.chars();
            letters
                .next()
                .is_none_or(|first| first.is_alphabetic() || first == '_')
        })
    }

    /// Where the words behind `at` begin, if they stand there.
    fn after(&self, at: usize, words: &str) -> Option<usize> {
        let mut at = at;
        for word in words.split(' ') {
            if !self.is(at, word) {
                return None;
            }
            at += 1;
        }
        Some(at)
    }

    /// As [`Words::after`], or `at` if they do not stand there.
    fn skip(&self, at: usize, words: &str) -> usize {
        self.after(at, words).unwrap_or(at)
    }

    fn find(&self, word: &str) -> Option<usize> {
        self.words.iter().position(|it| it.upper == word)
    }

    fn text(&self, at: usize) -> Option<SmolStr> {
        self.words.get(at).map(|it| it.text.clone())
    }

    /// A name with its schema, and what stands behind it.
    fn name(&self, at: usize) -> Option<(Vec<SmolStr>, usize)> {
        let mut parts = vec![self.text(at)?];
        let mut at = at + 1;
        while self.is(at, ".") {
            parts.push(self.text(at + 1)?);
            at += 2;
        }
        Some((parts, at))
    }

    fn table(&self, at: usize) -> Option<TableName> {
        let (parts, _) = self.name(at)?;
        Some(self.names.qualified(&parts))
    }

    fn last(&self, at: usize) -> Option<SmolStr> {
        self.name(at)?.0.pop()
    }

    /// A statement that is told by its words alone.
    pub(super) fn statement(&self) -> Option<Statements> {
        match self.words.first()?.upper.as_str() {
            "DO" => one(ByHand::DoBlock),
            "REINDEX" => self.reindex(),
            "CLUSTER" => {
                let at = self.skip(self.options(1), "VERBOSE");
                one(ByHand::Cluster {
                    table: self.table(at),
                })
            }
            "VACUUM" => self.vacuum(),
            "ANALYZE" | "ANALYSE" => {
                let at = self.skip(self.skip(self.options(1), "VERBOSE"), "TABLE");
                one(ByHand::Analyze {
                    table: self.table(at),
                })
            }
            "BEGIN" | "START" => one(ByHand::Transaction(TransactionControl::Begin)),
            "COMMIT" | "END" => one(ByHand::Transaction(TransactionControl::Commit)),
            "ROLLBACK" | "ABORT" if self.find("TO").is_none() => {
                one(ByHand::Transaction(TransactionControl::Rollback))
            }
            "ROLLBACK" | "SAVEPOINT" | "RELEASE" => {
                one(ByHand::Transaction(TransactionControl::Savepoint))
            }
            "SET" if self.is(1, "CONSTRAINTS") => one(ByHand::SetConstraints),
            "GRANT" | "REVOKE" => harmless("GRANT, REVOKE"),
            "SECURITY" | "NOTIFY" | "LISTEN" | "RESET" | "DISCARD" | "SHOW" => {
                harmless("statements that touch no table")
            }
            "LOAD" => {
                let at = self.after(self.find("INTO")?, "INTO TABLE")?;
                one(ByHand::LoadRows {
                    table: self.table(at)?,
                })
            }
            // `PRAGMA name`, `PRAGMA name = value`, `PRAGMA name(value)`.
            "PRAGMA" => {
                let (mut name, next) = self.name(1)?;
                let is_set = self.is(next, "=") || self.is(next, "(");
                one(ByHand::Pragma {
                    name: name.pop()?,
                    value: self.text(next + 1).filter(|_| is_set).map(Into::into),
                })
            }
            "CALL" => one(ByHand::Call {
                name: self.last(1)?,
            }),
            "CREATE" => self.create(),
            "DROP" => self.dropped(),
            "ALTER" => self.altered(),
            _ => None,
        }
    }

    /// Behind options in parentheses.
    fn options(&self, at: usize) -> usize {
        if !self.is(at, "(") {
            return at;
        }
        let close = self.words.iter().skip(at).position(|it| it.upper == ")");
        close.map_or(at, |distance| at + distance + 1)
    }

    fn reindex(&self) -> Option<Statements> {
        let mut at = self.options(1);
        let in_options = self.words.get(1..at)?.iter();
        let mut concurrently = in_options.clone().any(|it| it.upper == "CONCURRENTLY");
        let what = self.words.get(at)?.upper.clone();
        at += 1;
        if let Some(next) = self.after(at, "CONCURRENTLY") {
            concurrently = true;
            at = next;
        }
        let target = match what.as_str() {
            "INDEX" => ReindexTarget::Index(self.last(at)?),
            "TABLE" => ReindexTarget::Table(self.table(at)?),
            _ => ReindexTarget::More,
        };
        one(ByHand::Reindex {
            target,
            concurrently,
        })
    }

    fn vacuum(&self) -> Option<Statements> {
        let start = self.options(1);
        let mut is_full = self
            .words
            .get(1..start)?
            .iter()
            .any(|it| it.upper == "FULL");
        let mut at = start;
        while ["FULL", "FREEZE", "VERBOSE", "ANALYZE"]
            .iter()
            .any(|word| self.is(at, word))
        {
            is_full |= self.is(at, "FULL");
            at += 1;
        }
        one(ByHand::Vacuum {
            table: self.table(at),
            is_full,
        })
    }

    fn create(&self) -> Option<Statements> {
        let mut at = self.skip(1, "OR REPLACE");
        // `DEFINER = user@host` of MySQL.
        if self.is(at, "DEFINER") {
            at = self.words.iter().position(|it| {
                ["TRIGGER", "FUNCTION", "PROCEDURE", "VIEW", "EVENT"].contains(&it.upper.as_str())
            })?;
        }
        let at = self.skip(self.skip(self.skip(at, "CONSTRAINT"), "TEMP"), "TEMPORARY");
        match self.words.get(at)?.upper.as_str() {
            "TRIGGER" => {
                let at = self.skip(at + 1, "IF NOT EXISTS");
                let name = self.last(at)?;
                let on = (at..self.words.len()).find(|at| self.is(*at, "ON"))?;
                one(ByHand::CreateTrigger {
                    table: self.table(on + 1)?,
                    name,
                })
            }
            "FUNCTION" | "PROCEDURE" | "AGGREGATE" => one(ByHand::CreateFunction {
                name: self.last(self.skip(at + 1, "IF NOT EXISTS"))?,
            }),
            // What follows `LIKE` is not read by the crate.
            "TABLE" => {
                let at = self.skip(at + 1, "IF NOT EXISTS");
                let (_, next) = self.name(at)?;
                let like = self.after(next, "( LIKE")?;
                one(ByHand::CreateTableLike {
                    table: self.table(at)?,
                    like: self.table(like)?,
                    inherits: false,
                })
            }
            method @ ("FULLTEXT" | "SPATIAL") => self.special_index(at, method),
            "EVENT" if self.is(at + 1, "TRIGGER") => harmless("CREATE EVENT TRIGGER"),
            "STATISTICS" => {
                let from = self.words.iter().rposition(|it| it.upper == "FROM")?;
                one(ByHand::CreateStatistics {
                    table: self.table(from + 1)?,
                })
            }
            "CAST" | "OPERATOR" | "LANGUAGE" | "ROLE" | "USER" | "PUBLICATION" | "SUBSCRIPTION"
            | "TEXT" | "SERVER" | "FOREIGN" | "TABLESPACE" | "DATABASE" | "CONVERSION"
                if !self.is(at + 1, "TABLE") =>
            {
                harmless("CREATE of what holds no rows")
            }
            _ => None,
        }
    }

    /// MySQL's `CREATE FULLTEXT INDEX name ON table (column, ...)`.
    fn special_index(&self, at: usize, method: &str) -> Option<Statements> {
        let at = self.after(at + 1, "INDEX")?;
        let (mut name, next) = self.name(at)?;
        let on = self.after(next, "ON")?;
        let columns = self.words.iter().skip(on + 2);
        let columns = columns
            .take_while(|word| word.upper != ")")
            .filter(|word| !["(", ","].contains(&word.upper.as_str()))
            .map(|word| IndexedColumn {
                name: ColumnName::new(word.text.clone()),
                opclass: None,
                is_descending: false,
            });
        let index = CreateIndex {
            table: self.table(on)?,
            name: Name::Given(name.pop()?),
            is_unique: false,
            concurrently: false,
            method: Some(method.into()),
            indexed: Indexed::Columns(columns.collect()),
            include: Vec::new(),
            nulls_distinct: None,
            parameters: Vec::new(),
            tablespace: None,
            condition: None,
        };
        let create = Statement::CreateIndex(Arc::new(index));
        Some(vec![(Existence::Fails, create)])
    }

    fn dropped(&self) -> Option<Statements> {
        if let Some(at) = self.after(1, "INDEX CONCURRENTLY") {
            let behind = self.skip(at, "IF EXISTS");
            let existence = if_exists(behind > at);
            let mut all = Vec::new();
            let mut at = behind;
            loop {
                let (mut parts, next) = self.name(at)?;
                let drop = Statement::DropIndex {
                    table: TableName::new(""),
                    name: parts.pop()?,
                    concurrently: true,
                };
                all.push((existence, drop));
                if !self.is(next, ",") {
                    return Some(all);
                }
                at = next + 1;
            }
        }
        match self.words.get(1)?.upper.as_str() {
            "TRIGGER" => {
                let at = self.skip(2, "IF EXISTS");
                let (mut parts, next) = self.name(at)?;
                let table = self.after(next, "ON").and_then(|at| self.table(at));
                Some(vec![(
                    if_exists(at > 2),
                    by_hand(ByHand::DropTrigger {
                        table,
                        name: parts.pop()?,
                    }),
                )])
            }
            "FUNCTION" | "PROCEDURE" | "AGGREGATE" | "ROUTINE" => {
                let at = self.skip(2, "IF EXISTS");
                Some(vec![(
                    if_exists(at > 2),
                    by_hand(ByHand::DropFunction {
                        name: self.last(at)?,
                    }),
                )])
            }
            "POLICY" | "RULE" => {
                let on = self.find("ON")?;
                one(ByHand::Policy {
                    table: self.table(on + 1)?,
                })
            }
            "CAST" | "OPERATOR" | "LANGUAGE" | "ROLE" | "USER" | "PUBLICATION" | "SUBSCRIPTION"
            | "TEXT" | "SERVER" | "STATISTICS" | "EVENT" | "TABLESPACE" => {
                harmless("DROP of what holds no rows")
            }
            _ => None,
        }
    }

    fn altered(&self) -> Option<Statements> {
        match self.words.get(1)?.upper.as_str() {
            "SEQUENCE" => one(ByHand::AlterSequence {
                name: self.last(self.skip(2, "IF EXISTS"))?,
            }),
            "DOMAIN" => one(ByHand::AlterDomain {
                name: self.last(2)?,
                adds_check: self.find("ADD").is_some() && self.find("VALID").is_none(),
            }),
            "TYPE" if !(self.find("ADD").is_some() || self.find("RENAME").is_some()) => {
                harmless("ALTER TYPE ... OWNER, SET SCHEMA")
            }
            "FUNCTION" | "PROCEDURE" | "AGGREGATE" | "ROLE" | "USER" | "DEFAULT" | "VIEW"
            | "EXTENSION" | "COLLATION" | "OPERATOR" | "LANGUAGE" | "PUBLICATION"
            | "SUBSCRIPTION" | "TEXT" | "SERVER" | "STATISTICS" | "SYSTEM" | "EVENT"
            | "TRIGGER" | "DATABASE" => harmless("ALTER of what holds no rows"),
            _ => None,
        }
    }

    /// How many tokens a materialized view is but for `WITH NO DATA`, which the crate does
    /// not read.
    pub(super) fn without_data(&self) -> usize {
        let length = self.words.len();
        let is_view = self.find("MATERIALIZED").is_some_and(|at| at < 4) && self.is(0, "CREATE");
        if !is_view {
            return length;
        }
        ["WITH NO DATA", "WITH DATA"]
            .into_iter()
            .find_map(|words| {
                let start = length.checked_sub(words.split(' ').count())?;
                self.after(start, words)?;
                Some(start)
            })
            .unwrap_or(length)
    }

    /// Where `VIRTUAL` stands behind the expression of a column.
    pub(super) fn virtual_columns(&self) -> Vec<usize> {
        let all = 1..self.words.len();
        all.filter(|at| self.is(*at, "VIRTUAL") && self.is(at - 1, ")"))
            .collect()
    }

    /// `ALTER TABLE` and where its actions stand.
    pub(super) fn altered_table(&self) -> Option<Altered> {
        let mut at = self.after(0, "ALTER TABLE")?;
        let behind = self.skip(at, "IF EXISTS");
        let if_exists = behind > at;
        at = self.skip(behind, "ONLY");
        let (parts, next) = self.name(at)?;
        at = self.skip(next, "*");
        let head = 0..at;
        let mut actions = Vec::new();
        let (mut depth, mut start) = (0_usize, at);
        for (place, word) in self.words.iter().enumerate().skip(at) {
            match word.upper.as_str() {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                "," if depth == 0 => {
                    actions.push(start..place);
                    start = place + 1;
                }
                _ => {}
            }
        }
        actions.push(start..self.words.len());
        Some(Altered {
            table: self.names.qualified(&parts),
            if_exists,
            head,
            actions,
        })
    }

    /// One action of `ALTER TABLE`.
    pub(super) fn action(&self, table: &TableName) -> Option<Statements> {
        let action = |action| {
            one(ByHand::AlterTable {
                table: table.clone(),
                action,
            })
        };
        let starts = |words: &str| self.after(0, words).is_some();
        if starts("ALTER CONSTRAINT") {
            return one(ByHand::AlterConstraint {
                table: table.clone(),
                name: self.text(2)?,
            });
        }
        if starts("ALTER INDEX") {
            return action(TableAction::Comment);
        }
        if starts("ALTER") {
            return self.alter_column(table);
        }
        if let Some(found) = self.named_action(table) {
            return Some(found);
        }
        let known: &[(&str, TableAction)] = &[
            ("SET TABLESPACE", TableAction::SetTablespace),
            ("SET LOGGED", TableAction::SetLogged),
            ("SET UNLOGGED", TableAction::SetUnlogged),
            ("SET SCHEMA", TableAction::Owner),
            ("SET WITHOUT CLUSTER", TableAction::ClusterOn),
            ("SET (", TableAction::SetParameters),
            ("RESET (", TableAction::SetParameters),
            ("CLUSTER ON", TableAction::ClusterOn),
            ("OWNER TO", TableAction::Owner),
            ("INHERIT", TableAction::Inherit),
            ("NO INHERIT", TableAction::Inherit),
            ("ENABLE ROW", TableAction::RowSecurity),
            ("DISABLE ROW", TableAction::RowSecurity),
            ("ENABLE TRIGGER", TableAction::EnableTrigger),
            ("ENABLE ALWAYS", TableAction::EnableTrigger),
            ("ENABLE REPLICA", TableAction::EnableTrigger),
            ("DISABLE TRIGGER", TableAction::DisableTrigger),
            ("REPLICA IDENTITY", TableAction::ReplicaIdentity),
            ("ENGINE", TableAction::Engine),
            ("FORCE ROW", TableAction::RowSecurity),
            ("FORCE", TableAction::Force),
            ("ROW_FORMAT", TableAction::RowFormat),
            ("CONVERT TO", TableAction::ConvertCharset),
            ("DEFAULT CHARACTER", TableAction::Comment),
            ("DEFAULT CHARSET", TableAction::Comment),
            ("CHARACTER SET", TableAction::Comment),
            ("CHARSET", TableAction::Comment),
            ("COLLATE", TableAction::Comment),
            ("COMMENT", TableAction::Comment),
            ("AUTO_INCREMENT", TableAction::AutoIncrement),
            ("PARTITION BY", TableAction::Partitions),
            ("ADD PARTITION", TableAction::Partitions),
            ("DROP PARTITION", TableAction::Partitions),
            ("TRUNCATE PARTITION", TableAction::Partitions),
            ("REORGANIZE PARTITION", TableAction::Partitions),
            ("REMOVE PARTITIONING", TableAction::Partitions),
        ];
        let found = known.iter().find(|(words, _)| starts(words));
        found.and_then(|(_, it)| action(*it))
    }

    /// Actions that name a constraint, an index or a partition.
    fn named_action(&self, table: &TableName) -> Option<Statements> {
        let always = |statement| Some(vec![(Existence::Fails, statement)]);
        if let Some(at) = self.after(0, "DETACH PARTITION") {
            return one(ByHand::DetachPartition {
                table: table.clone(),
                partition: self.table(at)?,
                concurrently: self.find("CONCURRENTLY").is_some(),
            });
        }
        for (words, class) in [
            ("DROP CHECK", ConstraintClass::Check),
            ("DROP FOREIGN KEY", ConstraintClass::ForeignKey),
        ] {
            if let Some(at) = self.after(0, words) {
                let behind = self.skip(at, "IF EXISTS");
                return Some(vec![(
                    if_exists(behind > at),
                    Statement::DropConstraint {
                        table: table.clone(),
                        name: self.text(behind)?,
                        class,
                    },
                )]);
            }
        }
        for words in ["DROP INDEX", "DROP KEY"] {
            if let Some(at) = self.after(0, words) {
                let behind = self.skip(at, "IF EXISTS");
                return Some(vec![(
                    if_exists(behind > at),
                    Statement::DropIndex {
                        table: table.clone(),
                        name: self.text(behind)?,
                        concurrently: false,
                    },
                )]);
            }
        }
        for words in ["RENAME INDEX", "RENAME KEY"] {
            if let Some(at) = self.after(0, words) {
                return always(Statement::RenameIndex {
                    table: table.clone(),
                    from: self.text(at)?,
                    to: self.text(at + 2)?,
                });
            }
        }
        // `ADD [CONSTRAINT name] NOT NULL column [NOT VALID]`, PostgreSQL 18.
        let (name, at) = match self.after(0, "ADD CONSTRAINT") {
            Some(at) => (self.text(at), at + 1),
            None => (None, self.after(0, "ADD")?),
        };
        let at = self.after(at, "NOT NULL")?;
        let column = ColumnName::new(self.text(at)?);
        if self.after(at + 1, "NOT VALID").is_some() {
            return one(ByHand::AddNotNullNotValid {
                table: table.clone(),
                column,
                name,
            });
        }
        always(Statement::AlterColumn {
            table: table.clone(),
            column,
            changes: vec![ColumnChange::SetNotNull(crate::sql::ddl::Restated {
                db_type: SmolStr::default(),
                default: None,
            })],
        })
    }

    /// `ALTER COLUMN` with what `sqlparser` does not read.
    fn alter_column(&self, table: &TableName) -> Option<Statements> {
        let at = self.skip(self.after(0, "ALTER")?, "COLUMN");
        let column = ColumnName::new(self.text(at)?);
        let at = at + 1;
        let action = |action| {
            one(ByHand::AlterTable {
                table: table.clone(),
                action,
            })
        };
        let starts = |words: &str| self.after(at, words).is_some();
        if starts("SET STATISTICS") || starts("SET (") || starts("RESET (") {
            return action(TableAction::SetStatistics);
        }
        if starts("SET STORAGE") {
            return action(TableAction::SetStorage);
        }
        if starts("SET COMPRESSION") || starts("SET GENERATED") || starts("RESTART") {
            return action(TableAction::Owner);
        }
        if starts("DROP IDENTITY") {
            return Some(vec![(
                if_exists(starts("DROP IDENTITY IF EXISTS")),
                Statement::DropIdentity {
                    table: table.clone(),
                    column,
                },
            )]);
        }
        if starts("DROP EXPRESSION") {
            return action(TableAction::Owner);
        }
        let behind = self
            .after(at, "TYPE")
            .or_else(|| self.after(at, "SET DATA TYPE"))?;
        let collate = (behind..self.words.len()).find(|at| self.is(*at, "COLLATE"))?;
        let db_type: Vec<&str> = self
            .words
            .get(behind..collate)?
            .iter()
            .map(|it| it.text.as_str())
            .collect();
        let (mut collation, next) = self.name(collate + 1)?;
        Some(vec![(
            Existence::Fails,
            Statement::AlterColumn {
                table: table.clone(),
                column,
                changes: vec![ColumnChange::Type {
                    db_type: db_type
                        .join(" ")
                        .replace(" (", "(")
                        .replace("( ", "(")
                        .replace(" )", ")")
                        .into(),
                    kept: Kept::default(),
                    collation: collation.pop(),
                    comment: None,
                    conversion: if self.is(next, "USING") {
                        Conversion::Expression
                    } else {
                        Conversion::Implicit
                    },
                }],
            },
        )])
    }
}

/// What PostgreSQL calls an index without a name: `book_title_idx`.
/// Source: `ChooseIndexName`, PostgreSQL 15.
pub(super) fn index_name(table: &TableName, columns: &[IndexColumn], names: Names) -> SmolStr {
    let table = table.as_str().rsplit('.').next().unwrap_or_default();
    let mut name = table.trim_matches('"').to_owned();
    for column in columns {
        name.push('_');
        match &column.column.expr {
            Expr::Identifier(ident) => name.push_str(&names.ident(ident)),
            Expr::Function(function) => name.push_str(&names.last(&function.name)),
            _ => name.push_str("expr"),
        }
    }
    format_smolstr!("{name}_idx")
}
