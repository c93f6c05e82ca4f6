//! MySQL 8.0 to 8.4, and MariaDB 10.6 to 11.8 with its changes.
//!
//! Both alter a table in one of several ways, `ALGORITHM=`, while others may write, read
//! or do neither, `LOCK=`. A fact names the best of each that the server takes. Every
//! change of the schema commits.
//!
//! Source: measured on MariaDB 10.11 by the conformance suite; for MySQL "Online DDL
//! Operations" in the manual of 8.4.

use super::fact::{Amount, Fact};
use super::{
    Algorithm as A, Effects, Failure, Held, Knowledge, LockMode, Loss, Scope, TransactionUse, Work,
};
use crate::sql::catalog::{Catalog, ColumnFacts, EntryKind};
use crate::sql::ddl::{
    ByHand, Column, ColumnChange, ColumnKey, ColumnName, Constraint, ConstraintClass,
    ConstraintKind, CreateIndex, Indexed, Kept, Name, Statement, TableAction, TableName,
    TransactionControl,
};
use crate::sql::dialect::{Server, Version};

pub(in crate::sql) const KNOWLEDGE: Knowledge = Knowledge {
    effects,
    facts: FACTS,
    further_facts: &[],
};

const MANUAL: &str = "https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html";

/// What is true on MariaDB, and what on MySQL.
struct Pair {
    maria: Fact,
    my: Fact,
}

const fn pair(
    statement: &'static str,
    maria: (A, LockMode, Amount),
    my: (A, LockMode, Amount),
) -> Pair {
    Pair {
        maria: Fact::online(statement, maria.0, maria.1).work(maria.2),
        my: Fact::online(statement, my.0, my.1)
            .work(my.2)
            .manual(MANUAL),
    }
}

const INSTANT: (A, LockMode, Amount) = (A::Instant, LockMode::Online, Amount::Nothing);
const METADATA: (A, LockMode, Amount) = (A::InPlace, LockMode::Online, Amount::Nothing);
const REBUILD: (A, LockMode, Amount) = (A::InPlace, LockMode::Online, Amount::Rewrite);
const REBUILD_SHARED: (A, LockMode, Amount) = (A::InPlace, LockMode::Shared, Amount::Rewrite);
const COPY: (A, LockMode, Amount) = (A::Copy, LockMode::Shared, Amount::Rewrite);
const INDEX: (A, LockMode, Amount) = (A::InPlace, LockMode::Online, Amount::IndexBuild);
const INDEX_NO_COPY: (A, LockMode, Amount) = (A::NoCopy, LockMode::Online, Amount::IndexBuild);
const INDEX_SHARED: (A, LockMode, Amount) = (A::InPlace, LockMode::Shared, Amount::IndexBuild);
const NO_COPY: (A, LockMode, Amount) = (A::NoCopy, LockMode::Online, Amount::Nothing);

const ADD_COLUMN: Pair = pair("ADD COLUMN", INSTANT, INSTANT);
const ADD_COLUMN_COPY: Pair = pair(
    "ADD COLUMN of a stored expression or with a default that is computed",
    COPY,
    COPY,
);
const ADD_COLUMN_CHECK: Pair = pair("ADD COLUMN ... CHECK", INSTANT, COPY);
const ADD_COLUMN_BETWEEN: Pair = pair(
    "ADD COLUMN ... FIRST, AFTER in a table with virtual columns",
    COPY,
    INSTANT,
);
const ADD_COLUMN_BETWEEN_EARLIER: Pair = pair(
    "ADD COLUMN ... FIRST, AFTER before 8.0.29",
    INSTANT,
    REBUILD,
);
const ADD_COLUMN_KEY: Pair = pair("ADD COLUMN ... UNIQUE", REBUILD, REBUILD);
const ADD_COLUMN_COUNTED: Pair = pair(
    "ADD COLUMN ... AUTO_INCREMENT",
    REBUILD_SHARED,
    REBUILD_SHARED,
);
const ADD_COLUMN_REFERENCES: Pair = pair("ADD COLUMN with a foreign key", COPY, COPY);
const DROP_COLUMN: Pair = pair("DROP COLUMN", INSTANT, INSTANT);
const DROP_COLUMN_INDEXED: Pair = pair("DROP COLUMN that an index names", NO_COPY, REBUILD);
const DROP_COLUMN_OF_MANY: Pair = pair(
    "DROP COLUMN that an index of several columns names",
    REBUILD,
    REBUILD,
);
const DROP_COLUMN_OF_MANY_COPY: Pair = pair(
    "DROP COLUMN that an index of several columns names, in a table with virtual columns",
    COPY,
    REBUILD,
);
const DROP_COLUMN_STORED: Pair = pair("DROP COLUMN of a stored expression", INSTANT, REBUILD);
const DROP_COLUMN_REBUILD: Pair = pair("DROP COLUMN before 8.0.29", INSTANT, REBUILD);
const RENAME_COLUMN: Pair = pair("RENAME COLUMN", INSTANT, INSTANT);
const RENAME_COLUMN_IN_PLACE: Pair = pair("RENAME COLUMN before 8.0.28", INSTANT, METADATA);
const SET_DEFAULT: Pair = pair("SET DEFAULT, DROP DEFAULT", INSTANT, INSTANT);
const MODIFY_NOTHING: Pair = pair("MODIFY that keeps type and nulls", INSTANT, INSTANT);
const MODIFY_NULLS: Pair = pair("MODIFY that changes NULL and NOT NULL", REBUILD, REBUILD);
const MODIFY_NOT_NULL_COPY: Pair = pair(
    "MODIFY to NOT NULL in a table with stored expressions",
    COPY,
    REBUILD,
);
const MODIFY_LONGER: Pair = pair(
    "MODIFY to a longer VARCHAR with as many bytes of length",
    INSTANT,
    METADATA,
);
const MODIFY_ENUM: Pair = pair("MODIFY that adds to an ENUM at its end", INSTANT, INSTANT);
const MODIFY_TYPE: Pair = pair("MODIFY to another type", COPY, COPY);
const CREATE_INDEX: Pair = pair("CREATE INDEX, ADD UNIQUE", INDEX_NO_COPY, INDEX);
const CREATE_SPECIAL_INDEX: Pair = pair(
    "CREATE FULLTEXT or SPATIAL INDEX",
    INDEX_SHARED,
    INDEX_SHARED,
);
const DROP_INDEX: Pair = pair("DROP INDEX, DROP UNIQUE", NO_COPY, METADATA);
const RENAME_INDEX: Pair = pair("RENAME INDEX", INSTANT, METADATA);
const ADD_PRIMARY_KEY: Pair = pair("ADD PRIMARY KEY", REBUILD, REBUILD);
const DROP_PRIMARY_KEY: Pair = pair("DROP PRIMARY KEY", COPY, COPY);
const ADD_FOREIGN_KEY: Pair = pair("ADD FOREIGN KEY", COPY, COPY);
const DROP_FOREIGN_KEY: Pair = pair("DROP FOREIGN KEY", INSTANT, METADATA);
const ADD_CHECK: Pair = pair("ADD CHECK", COPY, COPY);
const DROP_CHECK: Pair = pair("DROP CHECK", INSTANT, METADATA);
const RENAME_TABLE: Pair = pair(
    "RENAME TABLE",
    (A::Instant, LockMode::Exclusive, Amount::Nothing),
    (A::Instant, LockMode::Exclusive, Amount::Nothing),
);
const REBUILD_TABLE: Pair = pair(
    "ENGINE, FORCE, ROW_FORMAT, OPTIMIZE TABLE",
    REBUILD,
    REBUILD,
);
const CONVERT: Pair = pair("CONVERT TO CHARACTER SET", COPY, COPY);
const SET_OPTION: Pair = pair("COMMENT, DEFAULT CHARACTER SET", INSTANT, METADATA);
const SET_AUTO_INCREMENT: Pair = pair("AUTO_INCREMENT", INSTANT, METADATA);

const TABLE: Fact = Fact::statement("CREATE TABLE, DROP TABLE, TRUNCATE", LockMode::Exclusive)
    .manual("https://dev.mysql.com/doc/refman/8.4/en/metadata-locking.html");
const TRIGGER: Fact = Fact::statement("CREATE TRIGGER, DROP TRIGGER", LockMode::Exclusive)
    .manual("https://dev.mysql.com/doc/refman/8.4/en/metadata-locking.html");
const ROWS: Fact = Fact::statement("INSERT, UPDATE, DELETE", LockMode::Online)
    .manual("https://dev.mysql.com/doc/refman/8.4/en/innodb-locks-set.html");
const LOCK_TABLES: Fact = Fact::statement("LOCK TABLES", LockMode::Exclusive)
    .manual("https://dev.mysql.com/doc/refman/8.4/en/lock-tables.html");
const COMMITS: Fact = Fact::none("statements that only commit")
    .manual("https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html");

macro_rules! both {
    ($($name:ident),* $(,)?) => {
        &[$(&$name.maria, &$name.my),*, &TABLE, &TRIGGER, &ROWS, &LOCK_TABLES, &COMMITS]
    };
}

/// In turn of MariaDB and of MySQL.
const FACTS: &[&Fact] = both![
    ADD_COLUMN,
    ADD_COLUMN_COPY,
    ADD_COLUMN_CHECK,
    ADD_COLUMN_BETWEEN,
    ADD_COLUMN_BETWEEN_EARLIER,
    ADD_COLUMN_KEY,
    ADD_COLUMN_COUNTED,
    ADD_COLUMN_REFERENCES,
    DROP_COLUMN,
    DROP_COLUMN_INDEXED,
    DROP_COLUMN_OF_MANY,
    DROP_COLUMN_OF_MANY_COPY,
    DROP_COLUMN_STORED,
    DROP_COLUMN_REBUILD,
    RENAME_COLUMN,
    RENAME_COLUMN_IN_PLACE,
    SET_DEFAULT,
    MODIFY_NOTHING,
    MODIFY_NULLS,
    MODIFY_NOT_NULL_COPY,
    MODIFY_LONGER,
    MODIFY_ENUM,
    MODIFY_TYPE,
    CREATE_INDEX,
    CREATE_SPECIAL_INDEX,
    DROP_INDEX,
    RENAME_INDEX,
    ADD_PRIMARY_KEY,
    DROP_PRIMARY_KEY,
    ADD_FOREIGN_KEY,
    DROP_FOREIGN_KEY,
    ADD_CHECK,
    DROP_CHECK,
    RENAME_TABLE,
    REBUILD_TABLE,
    CONVERT,
    SET_OPTION,
    SET_AUTO_INCREMENT,
];

struct Gathered<'a> {
    before: &'a Catalog,
    is_mariadb: bool,
    version: Version,
    effects: Effects,
}

fn effects(statement: &Statement, server: &Server, before: &Catalog) -> Effects {
    let mut out = Gathered {
        before,
        is_mariadb: server.dialect.name == "mariadb",
        version: server.version,
        effects: Effects {
            transaction: TransactionUse::Commits,
            ..Effects::default()
        },
    };
    out.statement(statement);
    out.effects
}

impl Gathered<'_> {
    #[allow(clippy::too_many_lines, reason = "one arm a statement")]
    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::CreateTable(create) => {
                self.moment(&TABLE, &create.table);
                for to_table in create.constraints.iter().filter_map(Constraint::to_table) {
                    self.parent(to_table, &create.table);
                }
            }
            Statement::DropTable { table } => {
                self.moment(&TABLE, table);
                for (to_table, _) in self.before.references(table) {
                    self.parent(&to_table, table);
                }
                self.effects.losses.push(Loss::Table(table.clone()));
            }
            Statement::RenameTable { from, .. } => self.alter(&RENAME_TABLE, from),
            Statement::AddColumn { table, column } => self.add_column(table, column),
            Statement::DropColumn { table, column } => {
                self.drop_column(table, column);
                let loss = Loss::Column(table.clone(), column.clone());
                self.effects.losses.push(loss);
            }
            Statement::RenameColumn { table, .. } => {
                if self.is_before(Version::new(8, 0, 28)) {
                    self.alter(&RENAME_COLUMN_IN_PLACE, table);
                } else {
                    self.alter(&RENAME_COLUMN, table);
                }
            }
            Statement::AlterColumn {
                table,
                column,
                changes,
            } => {
                for change in changes {
                    self.alter_column(table, column, change);
                }
            }
            Statement::CreateIndex(index) => self.create_index(index),
            Statement::DropIndex { table, .. } => self.alter(&DROP_INDEX, table),
            Statement::RenameIndex { table, .. } => self.alter(&RENAME_INDEX, table),
            Statement::AddConstraint {
                table, constraint, ..
            } => self.add_constraint(table, constraint),
            Statement::DropConstraint { table, name, class } => {
                match class {
                    ConstraintClass::PrimaryKey => self.alter(&DROP_PRIMARY_KEY, table),
                    ConstraintClass::Unique | ConstraintClass::Exclusion => {
                        self.alter(&DROP_INDEX, table);
                    }
                    ConstraintClass::Check => self.alter(&DROP_CHECK, table),
                    ConstraintClass::ForeignKey => {
                        self.alter(&DROP_FOREIGN_KEY, table);
                        let key = self.before.named(table, name).map(|it| it.kind.clone());
                        if let Some(EntryKind::ForeignKey { to_table, .. }) = key {
                            self.parent(&to_table, table);
                        }
                    }
                }
                let loss = Loss::Constraint(table.clone(), name.clone());
                self.effects.losses.push(loss);
            }
            Statement::FillNulls { table, .. } => self.rows(table, Scope::Some),
            Statement::FillColumn { table, .. } => self.rows(table, Scope::All),
            Statement::CopyRows { from, to, .. } => {
                self.rows(to, Scope::New);
                self.effects.work(Work::Scan {
                    table: from.clone(),
                });
            }
            Statement::CommentOnTable { table, .. } | Statement::CommentOnColumn { table, .. } => {
                self.alter(&SET_OPTION, table);
            }
            Statement::ValidateConstraint { table, .. }
            | Statement::AddIdentity { table, .. }
            | Statement::DropIdentity { table, .. } => {
                let _ = table;
                self.unknown("the server has no such statement");
            }
            Statement::AlterSequenceType { .. }
            | Statement::DropSequence { .. }
            | Statement::DropOldSequence { .. }
            | Statement::CreateExtension { .. }
            | Statement::DropExtension { .. }
            | Statement::CreateCollation { .. }
            | Statement::DropCollation { .. } => self.effects.facts.push(&COMMITS),
            Statement::ByHand(statement) => self.by_hand(statement),
            // Its statements have effects.
            Statement::Raw { .. } => self.effects.transaction = TransactionUse::Joins,
        }
    }

    /// MySQL older than a version.
    fn is_before(&self, version: Version) -> bool {
        !self.is_mariadb && self.version < version
    }

    /// `ALTER TABLE` in a way of its own.
    fn alter(&mut self, pair: &'static Pair, table: &TableName) {
        let fact = if self.is_mariadb {
            &pair.maria
        } else {
            &pair.my
        };
        let held = match fact.algorithm {
            Some(A::Instant) => Held::Moment,
            _ => Held::Statement,
        };
        if let Some(lock) = fact.lock {
            self.effects.take(table, lock, held);
        }
        if fact.work == Amount::Rewrite {
            self.effects.work(Work::Rewrite {
                table: table.clone(),
            });
        }
        self.effects.algorithm = self.effects.algorithm.max(fact.algorithm);
        self.effects.facts.push(fact);
    }

    /// A statement that has the table to itself for a moment.
    fn moment(&mut self, fact: &'static Fact, table: &TableName) {
        self.effects.take(table, LockMode::Exclusive, Held::Moment);
        self.effects.facts.push(fact);
    }

    /// The other end of a foreign key, whose definition changes as well.
    fn parent(&mut self, table: &TableName, own: &TableName) {
        if table != own {
            self.effects.take(table, LockMode::Exclusive, Held::Moment);
        }
    }

    fn rows(&mut self, table: &TableName, scope: Scope) {
        self.effects.transaction = TransactionUse::Joins;
        self.effects
            .take(table, LockMode::Online, Held::Transaction);
        self.effects.work(Work::Rows {
            table: table.clone(),
            scope,
        });
        self.effects.facts.push(&ROWS);
    }

    fn index_build(&mut self, table: &TableName, index: Option<&str>) {
        self.effects.work(Work::IndexBuild {
            table: table.clone(),
            index: index.map(Into::into),
        });
    }

    fn fails(&mut self, failure: Failure) {
        self.effects.failures.push(failure);
    }

    fn unknown(&mut self, reason: &str) {
        let unknown = Effects::not_analysed(reason);
        self.effects.doubts.extend(unknown.doubts);
    }

    fn add_column(&mut self, table: &TableName, column: &Column) {
        let is_stored = column.generated.as_ref().is_some_and(|it| it.is_stored);
        let default = column.default.as_deref();
        if column.references.is_some() {
            self.alter(&ADD_COLUMN_REFERENCES, table);
            if default.is_some() {
                self.fails(Failure::Orphan(table.clone(), column.name.clone()));
            }
        } else if is_stored || default.is_some_and(is_computed) {
            self.alter(&ADD_COLUMN_COPY, table);
        } else if column.check.is_some() {
            self.alter(&ADD_COLUMN_CHECK, table);
        } else if column.suffix.is_some() {
            self.alter(&ADD_COLUMN_COUNTED, table);
        } else if column.key != ColumnKey::None {
            self.alter(&ADD_COLUMN_KEY, table);
        } else if column.is_placed && self.is_before(Version::new(8, 0, 29)) {
            self.alter(&ADD_COLUMN_BETWEEN_EARLIER, table);
        } else if column.is_placed && self.has_generated(table, false) {
            self.alter(&ADD_COLUMN_BETWEEN, table);
        } else {
            self.alter(&ADD_COLUMN, table);
        }
        if let Some(reference) = &column.references {
            self.parent(&reference.to_table, table);
        }
        if column.key != ColumnKey::None && column.suffix.is_none() {
            self.index_build(table, None);
            if default.is_some() || !column.is_null {
                self.fails(Failure::Duplicate(table.clone(), vec![column.name.clone()]));
            }
        }
        if column.check.is_some() {
            self.fails(Failure::Check(table.clone()));
        }
    }

    /// Whether a table has generated columns that are stored, or virtual ones.
    fn has_generated(&self, table: &TableName, is_stored: bool) -> bool {
        self.before.has_generated(table, is_stored)
    }

    fn drop_column(&mut self, table: &TableName, column: &ColumnName) {
        let facts = self.before.column_facts(table, column);
        let own = self.before.entries(table).iter().filter(|entry| {
            entry.kind.has_index() && (entry.columns.contains(column) || entry.uses(column))
        });
        let most = own.map(|entry| entry.columns.len()).max().unwrap_or(0);
        if facts.is_some_and(|facts| facts.generated == Some(true)) {
            self.alter(&DROP_COLUMN_STORED, table);
        } else if most > 1 && self.has_generated(table, false) {
            self.alter(&DROP_COLUMN_OF_MANY_COPY, table);
        } else if most > 1 {
            self.alter(&DROP_COLUMN_OF_MANY, table);
        } else if most == 1 {
            self.alter(&DROP_COLUMN_INDEXED, table);
        } else if self.is_before(Version::new(8, 0, 29)) {
            self.alter(&DROP_COLUMN_REBUILD, table);
        } else {
            self.alter(&DROP_COLUMN, table);
        }
    }

    fn alter_column(&mut self, table: &TableName, column: &ColumnName, change: &ColumnChange) {
        let old = self.before.column_facts(table, column).cloned();
        match change {
            ColumnChange::SetDefault(_) | ColumnChange::DropDefault { .. } => {
                self.alter(&SET_DEFAULT, table);
            }
            ColumnChange::SetNotNull(restated) | ColumnChange::DropNotNull(restated) => {
                let is_null = matches!(change, ColumnChange::DropNotNull(_));
                let db_type = restated.db_type.clone();
                let kept = Kept {
                    default: restated.default.clone(),
                    is_null: Some(is_null),
                };
                self.modify(table, column, old.as_ref(), &db_type, &kept, None);
            }
            ColumnChange::Type {
                db_type,
                kept,
                collation,
                ..
            } => self.modify(
                table,
                column,
                old.as_ref(),
                db_type,
                kept,
                collation.as_deref(),
            ),
        }
    }

    fn modify(
        &mut self,
        table: &TableName,
        column: &ColumnName,
        old: Option<&ColumnFacts>,
        db_type: &str,
        kept: &Kept,
        collation: Option<&str>,
    ) {
        let Some(old) = old else {
            self.alter(&MODIFY_TYPE, table);
            self.effects.doubts.push(super::Doubt {
                of: super::DoubtOf::Work,
                reason: "the type that the column has is not known".into(),
            });
            return;
        };
        let is_null = kept.is_null.unwrap_or(true);
        if old.is_null && !is_null {
            self.fails(Failure::Null(table.clone(), column.clone()));
        }
        let is_collated = collation.is_none() || old.collation.as_deref() == collation;
        let change = if is_collated {
            type_change(&old.db_type, db_type, self.is_mariadb)
        } else {
            TypeChange::Other
        };
        let is_kept = old.is_null == is_null;
        match change {
            TypeChange::None if is_kept => self.alter(&MODIFY_NOTHING, table),
            TypeChange::None | TypeChange::Longer
                if !is_kept && !is_null && self.has_generated(table, true) =>
            {
                self.alter(&MODIFY_NOT_NULL_COPY, table);
            }
            TypeChange::None => self.alter(&MODIFY_NULLS, table),
            TypeChange::Longer if is_kept => self.alter(&MODIFY_LONGER, table),
            TypeChange::Longer => self.alter(&MODIFY_NULLS, table),
            TypeChange::EnumGrows if is_kept => self.alter(&MODIFY_ENUM, table),
            TypeChange::EnumGrows | TypeChange::Other => {
                self.alter(&MODIFY_TYPE, table);
                self.fails(Failure::Value(table.clone(), column.clone()));
            }
        }
    }

    fn create_index(&mut self, index: &CreateIndex) {
        let table = &index.table;
        let is_special = index.method.as_deref().is_some_and(|method| {
            ["FULLTEXT", "SPATIAL"]
                .iter()
                .any(|it| method.eq_ignore_ascii_case(it))
        });
        if is_special {
            self.alter(&CREATE_SPECIAL_INDEX, table);
        } else {
            self.alter(&CREATE_INDEX, table);
        }
        let name = match &index.name {
            Name::Given(name) => Some(name.as_str()),
            Name::Generated(_) => None,
        };
        self.index_build(table, name);
        if index.is_unique {
            let columns = match &index.indexed {
                Indexed::Columns(columns) => columns.iter().map(|it| it.name.clone()).collect(),
                Indexed::Expressions(fragment) => fragment.columns.clone(),
            };
            self.fails(Failure::Duplicate(table.clone(), columns));
        }
    }

    fn add_constraint(&mut self, table: &TableName, constraint: &Constraint) {
        let name = match &constraint.name {
            Some(Name::Given(name)) => Some(name.as_str()),
            _ => None,
        };
        match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } => {
                self.alter(&ADD_PRIMARY_KEY, table);
                self.fails(Failure::Duplicate(table.clone(), columns.clone()));
            }
            ConstraintKind::Unique { columns, .. } => {
                self.alter(&CREATE_INDEX, table);
                self.index_build(table, name);
                self.fails(Failure::Duplicate(table.clone(), columns.clone()));
            }
            ConstraintKind::Check(_) => {
                self.alter(&ADD_CHECK, table);
                self.fails(Failure::Check(table.clone()));
            }
            ConstraintKind::ForeignKey {
                column, to_table, ..
            } => {
                self.alter(&ADD_FOREIGN_KEY, table);
                self.parent(to_table, table);
                self.fails(Failure::Orphan(table.clone(), column.clone()));
            }
            ConstraintKind::Exclusion { .. } => self.unknown("the server has no such constraint"),
        }
    }

    fn by_hand(&mut self, statement: &ByHand) {
        let joins = TransactionUse::Joins;
        match statement {
            ByHand::Insert { table, .. } | ByHand::LoadRows { table } => {
                self.rows(table, Scope::New);
            }
            ByHand::Update {
                table, has_where, ..
            } => self.rows(table, scope(*has_where)),
            ByHand::Delete {
                table, has_where, ..
            } => {
                self.rows(table, scope(*has_where));
                let loss = Loss::Rows(table.clone(), scope(*has_where));
                self.effects.losses.push(loss);
            }
            ByHand::Truncate { tables, .. } => {
                for table in tables {
                    self.moment(&TABLE, table);
                    self.effects.work(Work::Empty {
                        table: table.clone(),
                    });
                    let loss = Loss::Rows(table.clone(), Scope::All);
                    self.effects.losses.push(loss);
                }
            }
            ByHand::Select { calls, .. } => {
                self.effects.transaction = joins;
                if let Some(function) = calls.first() {
                    self.unknown(&format!("what the function `{function}` does is not known"));
                }
            }
            ByHand::CreateTableAs { table, .. } => {
                self.moment(&TABLE, table);
                self.effects.work(Work::Rows {
                    table: table.clone(),
                    scope: Scope::New,
                });
            }
            ByHand::CreateTableLike { table, .. } => self.moment(&TABLE, table),
            ByHand::AlterTable { table, action } => match action {
                TableAction::Engine | TableAction::Force | TableAction::RowFormat => {
                    self.alter(&REBUILD_TABLE, table);
                }
                TableAction::ConvertCharset => self.alter(&CONVERT, table),
                TableAction::AutoIncrement => self.alter(&SET_AUTO_INCREMENT, table),
                TableAction::Comment => self.alter(&SET_OPTION, table),
                _ => self.unknown("what the action does to the table is not known"),
            },
            ByHand::AddCompositeForeignKey {
                table,
                to_table,
                columns,
                ..
            } => {
                self.alter(&ADD_FOREIGN_KEY, table);
                self.parent(to_table, table);
                if let Some(column) = columns.first() {
                    self.fails(Failure::Orphan(table.clone(), column.clone()));
                }
            }
            ByHand::Optimize { table } => self.alter(&REBUILD_TABLE, table),
            ByHand::CreateTrigger { table, .. } => self.moment(&TRIGGER, table),
            ByHand::DropTrigger {
                table: Some(table), ..
            } => self.moment(&TRIGGER, table),
            ByHand::Lock { tables, .. } => {
                for table in tables {
                    self.effects
                        .take(table, LockMode::Exclusive, Held::Transaction);
                }
                self.effects.facts.push(&LOCK_TABLES);
            }
            ByHand::Transaction(control) => {
                self.effects.transaction = match control {
                    TransactionControl::Begin => TransactionUse::Begins,
                    TransactionControl::Commit | TransactionControl::Rollback => {
                        TransactionUse::Ends
                    }
                    TransactionControl::Savepoint => joins,
                };
            }
            ByHand::SetSetting { .. } | ByHand::SetConstraints => {
                self.effects.transaction = joins;
            }
            ByHand::Call { name } => {
                self.unknown(&format!("what the procedure `{name}` does is not known"));
            }
            ByHand::DoBlock => self.unknown("what a `DO` statement does is not analysed"),
            ByHand::Unread { reason } => self.unknown(reason),
            ByHand::DropTrigger { table: None, .. }
            | ByHand::Analyze { .. }
            | ByHand::CreateView { .. }
            | ByHand::DropView { .. }
            | ByHand::CreateFunction { .. }
            | ByHand::DropFunction { .. }
            | ByHand::CreateSchema { .. }
            | ByHand::DropSchema { .. }
            | ByHand::Harmless { .. } => self.effects.facts.push(&COMMITS),
            _ => self.unknown("the server has no such statement"),
        }
    }
}

const fn scope(has_where: bool) -> Scope {
    if has_where { Scope::Some } else { Scope::All }
}

/// Whether a default differs from row to row.
fn is_computed(default: &str) -> bool {
    let mut default = default.trim();
    while let Some(inside) = default
        .strip_prefix('(')
        .and_then(|it| it.strip_suffix(')'))
    {
        default = inside.trim();
    }
    let is_call = default.contains('(') && !default.starts_with(['\'', '"']);
    let lower = default.to_ascii_lowercase();
    let of_time = ["current_timestamp", "now", "localtime"];
    is_call && !of_time.iter().any(|it| lower.starts_with(it))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TypeChange {
    None,
    /// A `VARCHAR` grows and its length takes as many bytes as before.
    Longer,
    EnumGrows,
    Other,
}

/// From one type to another.
fn type_change(old: &str, new: &str, is_mariadb: bool) -> TypeChange {
    let (old, new) = (normal(old), normal(new));
    if old == new {
        return TypeChange::None;
    }
    // Four bytes a character, as utf8mb4 has it; up to 255 bytes have one byte of length.
    // Columns of up to 127 bytes MariaDB has made with room for more since 10.4.
    let bytes = |length: u32| length.saturating_mul(4);
    let is_short = |length: u32| bytes(length) <= 255;
    if let (Some(from), Some(to)) = (length_of(&old), length_of(&new))
        && to >= from
        && (is_short(from) == is_short(to) || is_mariadb && bytes(from) <= 127)
    {
        return TypeChange::Longer;
    }
    let labels = |text: &str| {
        let inside = text.strip_prefix("enum(")?.strip_suffix(')')?;
        Some(inside.to_owned())
    };
    if let (Some(from), Some(to)) = (labels(&old), labels(&new))
        && to.starts_with(&from)
    {
        return TypeChange::EnumGrows;
    }
    TypeChange::Other
}

/// In lower case and without what does not matter.
fn normal(db_type: &str) -> String {
    let text = db_type.trim().to_lowercase();
    let text = text.replace(" auto_increment", "");
    match text.as_str() {
        "int" => "integer".to_owned(),
        "bool" | "boolean" => "tinyint(1)".to_owned(),
        _ => text.replace("int(11)", "integer").replace(", ", ","),
    }
}

fn length_of(db_type: &str) -> Option<u32> {
    let inside = db_type.strip_prefix("varchar(")?.strip_suffix(')')?;
    inside.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_grow_until_their_length_takes_another_byte() {
        let my = |old, new| type_change(old, new, false);
        assert_eq!(my("varchar(50)", "varchar(63)"), TypeChange::Longer);
        assert_eq!(my("varchar(50)", "varchar(64)"), TypeChange::Other);
        assert_eq!(my("varchar(20)", "varchar(64)"), TypeChange::Other);
        assert_eq!(
            type_change("varchar(20)", "varchar(64)", true),
            TypeChange::Longer
        );
        assert_eq!(my("varchar(64)", "varchar(300)"), TypeChange::Longer);
        assert_eq!(my("varchar(50)", "varchar(40)"), TypeChange::Other);
        assert_eq!(my("enum('a')", "ENUM('a', 'b')"), TypeChange::EnumGrows);
        assert_eq!(my("integer AUTO_INCREMENT", "int"), TypeChange::None);
    }

    #[test]
    fn defaults_that_differ_from_row_to_row_are_calls() {
        assert!(is_computed("(uuid())"));
        assert!(!is_computed("('a (b)')"));
        assert!(!is_computed("CURRENT_TIMESTAMP(6)"));
    }
}
