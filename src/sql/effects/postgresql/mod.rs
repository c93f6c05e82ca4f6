//! PostgreSQL, 12 to 18.
//!
//! The facts stand first, one a kind of statement; below is which of them holds, which
//! depends on what the table has by then.
//!
//! Source: measured on PostgreSQL 15 and 18 by the conformance suite; for older versions
//! the release notes, which the facts name.

mod by_hand;
mod column_type;

use super::fact::{Amount, Fact};
use super::lock::TableLock as L;
use super::{Effects, Failure, Knowledge, Loss, Scope, TransactionUse, Work};
use crate::sql::catalog::{Catalog, Definition, EntryKind};
use crate::sql::ddl::{
    Column, ColumnChange, ColumnKey, ColumnName, Constraint, ConstraintClass, ConstraintKind,
    Conversion, CreateIndex, Indexed, Name, Reference, Statement, TableName,
};
use crate::sql::dialect::{Quoting, Server};
use crate::sql::volatility::{Volatility, volatility};
use column_type::{ColumnType, Cost};

const CREATE_TABLE: Fact = Fact::table("CREATE TABLE", L::AccessExclusive);
const CREATE_TABLE_REFERENCES: Fact =
    Fact::table("CREATE TABLE ... REFERENCES", L::AccessExclusive).and(L::ShareRowExclusive);
const DROP_TABLE: Fact = Fact::table("DROP TABLE", L::AccessExclusive).and(L::AccessExclusive);
const RENAME: Fact = Fact::table("RENAME", L::AccessExclusive);
const ADD_COLUMN: Fact = Fact::table("ADD COLUMN", L::AccessExclusive);
const ADD_COLUMN_REWRITE: Fact = Fact::table(
    "ADD COLUMN with a volatile default, an identity or a stored expression",
    L::AccessExclusive,
)
.work(Amount::Rewrite);
const ADD_COLUMN_NOT_NULL: Fact = Fact::table(
    "ADD COLUMN ... NOT NULL without a default",
    L::AccessExclusive,
)
.work(Amount::Scan);
const ADD_COLUMN_CHECK: Fact =
    Fact::table("ADD COLUMN ... CHECK", L::AccessExclusive).work(Amount::Scan);
const ADD_COLUMN_UNIQUE: Fact =
    Fact::table("ADD COLUMN ... UNIQUE", L::AccessExclusive).work(Amount::IndexBuild);
const ADD_COLUMN_REFERENCES: Fact =
    Fact::table("ADD COLUMN ... REFERENCES", L::AccessExclusive).and(L::ShareRowExclusive);
const ADD_COLUMN_DEFAULT_REFERENCES: Fact =
    Fact::table("ADD COLUMN ... DEFAULT ... REFERENCES", L::AccessExclusive)
        .and(L::ShareRowExclusive)
        .work(Amount::Scan);
const DROP_COLUMN: Fact = Fact::table("DROP COLUMN", L::AccessExclusive).and(L::AccessExclusive);
const SET_DEFAULT: Fact = Fact::table("SET DEFAULT, DROP DEFAULT", L::AccessExclusive);
const DROP_NOT_NULL: Fact = Fact::table("DROP NOT NULL", L::AccessExclusive);
const SET_NOT_NULL: Fact = Fact::table("SET NOT NULL", L::AccessExclusive).work(Amount::Scan);
const SET_NOT_NULL_PROVEN: Fact = Fact::table(
    "SET NOT NULL where a valid CHECK proves it, or the column is it",
    L::AccessExclusive,
);
const ALTER_TYPE: Fact = Fact::table(
    "ALTER COLUMN TYPE that keeps rows and indexes",
    L::AccessExclusive,
)
.and(L::AccessExclusive);
const ALTER_TYPE_CHECK: Fact = Fact::table(
    "ALTER COLUMN TYPE that keeps rows, of a column under a CHECK",
    L::AccessExclusive,
)
.and(L::AccessExclusive)
.work(Amount::Scan);
const ALTER_TYPE_INDEX: Fact = Fact::table(
    "ALTER COLUMN TYPE that keeps rows and rebuilds indexes",
    L::AccessExclusive,
)
.and(L::AccessExclusive)
.work(Amount::IndexBuild);
const ALTER_TYPE_REWRITE: Fact = Fact::table("ALTER COLUMN TYPE that rewrites", L::AccessExclusive)
    .and(L::AccessExclusive)
    .work(Amount::Rewrite);
const IDENTITY: Fact = Fact::table("ADD GENERATED, DROP IDENTITY", L::AccessExclusive);
const CREATE_INDEX: Fact = Fact::table("CREATE INDEX", L::Share).work(Amount::IndexBuild);
const CREATE_INDEX_CONCURRENTLY: Fact =
    Fact::table("CREATE INDEX CONCURRENTLY", L::ShareUpdateExclusive)
        .work(Amount::IndexBuild)
        .manual("https://www.postgresql.org/docs/18/sql-createindex.html");
const DROP_INDEX: Fact = Fact::table("DROP INDEX", L::AccessExclusive);
const DROP_INDEX_CONCURRENTLY: Fact =
    Fact::table("DROP INDEX CONCURRENTLY", L::ShareUpdateExclusive)
        .manual("https://www.postgresql.org/docs/18/sql-dropindex.html");
const RENAME_INDEX: Fact = Fact::none("ALTER INDEX ... RENAME");
const ADD_CHECK: Fact = Fact::table("ADD CHECK", L::AccessExclusive).work(Amount::Scan);
const ADD_CHECK_NOT_VALID: Fact = Fact::table("ADD CHECK ... NOT VALID", L::AccessExclusive);
const ADD_FOREIGN_KEY: Fact = Fact::table("ADD FOREIGN KEY", L::ShareRowExclusive)
    .and(L::ShareRowExclusive)
    .work(Amount::Scan);
const ADD_FOREIGN_KEY_NOT_VALID: Fact =
    Fact::table("ADD FOREIGN KEY ... NOT VALID", L::ShareRowExclusive).and(L::ShareRowExclusive);
const ADD_KEY: Fact =
    Fact::table("ADD UNIQUE, PRIMARY KEY, EXCLUDE", L::AccessExclusive).work(Amount::IndexBuild);
const DROP_CONSTRAINT: Fact = Fact::table("DROP CONSTRAINT", L::AccessExclusive);
const DROP_FOREIGN_KEY: Fact =
    Fact::table("DROP CONSTRAINT of a foreign key", L::AccessExclusive).and(L::AccessExclusive);
const VALIDATE_CHECK: Fact =
    Fact::table("VALIDATE CONSTRAINT of a check", L::ShareUpdateExclusive).work(Amount::Scan);
const VALIDATE_FOREIGN_KEY: Fact = Fact::table(
    "VALIDATE CONSTRAINT of a foreign key",
    L::ShareUpdateExclusive,
)
.and(L::RowShare)
.work(Amount::Scan);
const VALIDATE_VALID: Fact = Fact::table(
    "VALIDATE CONSTRAINT of a valid constraint",
    L::ShareUpdateExclusive,
);
const COMMENT: Fact = Fact::table("COMMENT ON", L::ShareUpdateExclusive);
const UPDATE: Fact = Fact::table("UPDATE", L::RowExclusive).work(Amount::Rows);
const INSERT: Fact = Fact::table("INSERT", L::RowExclusive).work(Amount::Rows);
const READ: Fact = Fact::table("SELECT", L::AccessShare);
const NO_TABLE: Fact = Fact::none("statements about no table");

pub(in crate::sql) const KNOWLEDGE: Knowledge = Knowledge {
    effects,
    facts: FACTS,
    further_facts: by_hand::FACTS,
};

const FACTS: &[&Fact] = &[
    &CREATE_TABLE,
    &CREATE_TABLE_REFERENCES,
    &DROP_TABLE,
    &RENAME,
    &ADD_COLUMN,
    &ADD_COLUMN_REWRITE,
    &ADD_COLUMN_NOT_NULL,
    &ADD_COLUMN_CHECK,
    &ADD_COLUMN_UNIQUE,
    &ADD_COLUMN_REFERENCES,
    &ADD_COLUMN_DEFAULT_REFERENCES,
    &DROP_COLUMN,
    &SET_DEFAULT,
    &DROP_NOT_NULL,
    &SET_NOT_NULL,
    &SET_NOT_NULL_PROVEN,
    &ALTER_TYPE,
    &ALTER_TYPE_CHECK,
    &ALTER_TYPE_INDEX,
    &ALTER_TYPE_REWRITE,
    &IDENTITY,
    &CREATE_INDEX,
    &CREATE_INDEX_CONCURRENTLY,
    &DROP_INDEX,
    &DROP_INDEX_CONCURRENTLY,
    &RENAME_INDEX,
    &ADD_CHECK,
    &ADD_CHECK_NOT_VALID,
    &ADD_FOREIGN_KEY,
    &ADD_FOREIGN_KEY_NOT_VALID,
    &ADD_KEY,
    &DROP_CONSTRAINT,
    &DROP_FOREIGN_KEY,
    &VALIDATE_CHECK,
    &VALIDATE_FOREIGN_KEY,
    &VALIDATE_VALID,
    &COMMENT,
    &UPDATE,
    &INSERT,
    &READ,
    &NO_TABLE,
];

/// The effects of one statement, being gathered.
struct Gathered<'a> {
    before: &'a Catalog,
    effects: Effects,
}

fn effects(statement: &Statement, server: &Server, before: &Catalog) -> Effects {
    let mut out = Gathered {
        before,
        effects: Effects::default(),
    };
    match statement {
        Statement::CreateTable(create) => {
            out.fact(&CREATE_TABLE, &create.table);
            let inline = create
                .columns
                .iter()
                .filter_map(|it| it.references.as_ref());
            let inline = inline.map(|reference| &reference.to_table);
            let others = create.constraints.iter().filter_map(Constraint::to_table);
            for to_table in inline.chain(others) {
                out.other(&CREATE_TABLE_REFERENCES, to_table, &create.table);
            }
        }
        Statement::DropTable { table } => {
            out.fact(&DROP_TABLE, table);
            out.relatives(&DROP_TABLE, table, None);
            out.views(&DROP_TABLE, table, None);
            if let Some(of) = before.partitioned(table) {
                out.other(&DROP_TABLE, of, table);
            }
            out.effects.losses.push(Loss::Table(table.clone()));
        }
        Statement::RenameTable { from, .. } => out.fact(&RENAME, from),
        Statement::RenameColumn { table, .. } => out.fact(&RENAME, table),
        Statement::AddColumn { table, column } => out.add_column(table, column),
        Statement::DropColumn { table, column } => {
            out.fact(&DROP_COLUMN, table);
            out.relatives(&DROP_COLUMN, table, Some(column));
            out.views(&DROP_COLUMN, table, Some(column));
            let loss = Loss::Column(table.clone(), column.clone());
            out.effects.losses.push(loss);
        }
        Statement::AlterColumn {
            table,
            column,
            changes,
        } => {
            for change in changes {
                out.alter_column(table, column, change);
            }
        }
        Statement::CreateIndex(index) => out.create_index(index),
        Statement::DropIndex {
            table,
            concurrently,
            name,
        } => {
            // Django says `IF EXISTS`.
            let name = server.quoting.introspected(name);
            let is_missing = before.has_table(table)
                && before.why_doubtful(table).is_none()
                && before.named(table, &name).is_none();
            if *concurrently {
                out.fact(&DROP_INDEX_CONCURRENTLY, table);
                out.effects.transaction = TransactionUse::Refuses;
            } else if !is_missing {
                out.fact(&DROP_INDEX, table);
            }
        }
        Statement::RenameIndex { table, .. } => out.fact(&RENAME_INDEX, table),
        Statement::AddConstraint {
            table,
            constraint,
            not_valid,
        } => out.add_constraint(table, constraint, *not_valid),
        Statement::DropConstraint { table, name, class } => {
            out.fact(&DROP_CONSTRAINT, table);
            let entry = before.named(table, &server.quoting.introspected(name));
            if let Some(EntryKind::ForeignKey { to_table, .. }) = entry.map(|it| &it.kind) {
                out.other(&DROP_FOREIGN_KEY, to_table, table);
            } else if let Some(Definition {
                kind: EntryKind::PrimaryKey | EntryKind::Unique,
                columns,
                ..
            }) = entry.map(|it| &**it)
            {
                // With `CASCADE`, without which it is refused.
                if let [column] = columns.as_slice() {
                    for referrer in before.referring_tables(table, Some(column)) {
                        out.other(&DROP_FOREIGN_KEY, &referrer, table);
                    }
                }
            } else if *class == ConstraintClass::ForeignKey {
                out.effects
                    .doubt("the table that the foreign key leads to is not known");
            }
            let loss = Loss::Constraint(table.clone(), name.clone());
            out.effects.losses.push(loss);
        }
        Statement::ValidateConstraint { table, name } => out.validate(table, name),
        Statement::CommentOnTable { table, .. } | Statement::CommentOnColumn { table, .. } => {
            out.fact(&COMMENT, table);
        }
        Statement::AddIdentity { table, .. } | Statement::DropIdentity { table, .. } => {
            out.fact(&IDENTITY, table);
        }
        Statement::FillNulls { table, .. } => out.update(table, Scope::Some),
        Statement::FillColumn { table, .. } => out.update(table, Scope::All),
        Statement::CopyRows { from, to, .. } => {
            out.fact(&INSERT, to);
            out.fact(&READ, from);
            out.rows(to, Scope::New);
            out.effects.work(Work::Scan {
                table: from.clone(),
            });
        }
        Statement::AlterSequenceType { .. }
        | Statement::DropSequence { .. }
        | Statement::DropOldSequence { .. }
        | Statement::CreateExtension { .. }
        | Statement::DropExtension { .. }
        | Statement::CreateCollation { .. }
        | Statement::DropCollation { .. } => out.effects.facts.push(&NO_TABLE),
        Statement::ByHand(statement) => out.by_hand(statement, server),
        // Its statements have effects.
        Statement::Raw { .. } => {}
    }
    if has_partitions(statement) {
        out.spread();
    }
    out.effects
}

/// Whether a statement does to the partitions of a table what it does to the table.
const fn has_partitions(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::AddColumn { .. }
            | Statement::DropColumn { .. }
            | Statement::RenameColumn { .. }
            | Statement::AlterColumn { .. }
            | Statement::CreateIndex(_)
            | Statement::AddConstraint { .. }
            | Statement::DropConstraint { .. }
            | Statement::ValidateConstraint { .. }
            | Statement::DropTable { .. }
    )
}

impl Gathered<'_> {
    /// What is done to a partitioned table is done to its partitions, which alone have rows.
    fn spread(&mut self) {
        let mut seen = 0;
        while let Some(lock) = self.effects.locks.get(seen).cloned() {
            seen += 1;
            let partitions = self.before.partitions(&lock.table);
            if partitions.is_empty() {
                continue;
            }
            let (moved, kept): (Vec<Work>, Vec<Work>) = std::mem::take(&mut self.effects.work)
                .into_iter()
                .partition(|work| *work.table() == lock.table);
            self.effects.work = kept;
            for partition in &partitions {
                self.effects.take(partition, lock.mode, lock.held);
                for work in &moved {
                    let table = partition.clone();
                    self.effects.work(match work {
                        Work::Rows { scope, .. } => Work::Rows {
                            table,
                            scope: *scope,
                        },
                        Work::Scan { .. } => Work::Scan { table },
                        Work::IndexBuild { .. } => Work::IndexBuild { table, index: None },
                        Work::Rewrite { .. } => Work::Rewrite { table },
                        Work::Empty { .. } => Work::Empty { table },
                    });
                }
            }
        }
    }

    /// A fact holds for a table.
    fn fact(&mut self, fact: &'static Fact, table: &TableName) {
        if let Some(lock) = fact.lock {
            self.effects.take(table, lock, Fact::HELD);
        }
        match fact.work {
            Amount::Scan => self.effects.work(Work::Scan {
                table: table.clone(),
            }),
            Amount::Rewrite => self.effects.work(Work::Rewrite {
                table: table.clone(),
            }),
            // The statement tells which index, and which rows.
            Amount::Nothing | Amount::Rows | Amount::IndexBuild => {}
        }
        self.effects.facts.push(fact);
    }

    /// What a fact says of a table that is related to `own`.
    fn other(&mut self, fact: &'static Fact, table: &TableName, own: &TableName) {
        if table == own {
            return;
        }
        if let Some(lock) = fact.other {
            self.effects.take(table, lock, Fact::HELD);
        }
        if !self.effects.facts.contains(&fact) {
            self.effects.facts.push(fact);
        }
    }

    /// The tables at the other ends of the foreign keys that a table or a column takes
    /// part in, from either side.
    fn relatives(&mut self, fact: &'static Fact, table: &TableName, column: Option<&ColumnName>) {
        for (to_table, own) in self.before.references(table) {
            if column.is_none_or(|column| own.contains(column)) {
                self.other(fact, &to_table, table);
            }
        }
        for referrer in self.before.referring_tables(table, column) {
            self.other(fact, &referrer, table);
            self.effects.losses.push(Loss::Dependents(referrer));
        }
    }

    /// The views that go with a table or a column.
    fn views(&mut self, fact: &'static Fact, table: &TableName, column: Option<&ColumnName>) {
        for view in self.before.views_of(table, column) {
            self.other(fact, &view, table);
            self.effects.losses.push(Loss::Dependents(view.clone()));
            self.views(fact, &view, None);
        }
    }

    fn rows(&mut self, table: &TableName, scope: Scope) {
        self.effects.work(Work::Rows {
            table: table.clone(),
            scope,
        });
    }

    fn index_build(&mut self, table: &TableName, index: Option<&str>) {
        self.effects.work(Work::IndexBuild {
            table: table.clone(),
            index: index.map(|name| Quoting::PostgreSql.introspected(name)),
        });
    }

    fn fails(&mut self, failure: Failure) {
        self.effects.failures.push(failure);
    }

    fn add_column(&mut self, table: &TableName, column: &Column) {
        self.fact(&ADD_COLUMN, table);
        let volatile = column.default.as_deref().map(volatility);
        let is_identity = column.suffix.is_some()
            || column.db_type.to_lowercase().contains("serial")
            || column.db_type.ends_with("AS IDENTITY");
        let is_stored = column.generated.as_ref().is_some_and(|it| it.is_stored);
        let db_type = ColumnType::read(&column.db_type);
        let of_domain = self.before.domain(&column.db_type);
        let is_checked_domain = of_domain.is_some_and(|domain| domain.has_check);
        if volatile == Some(Volatility::Volatile) || is_identity || is_stored || is_checked_domain {
            self.fact(&ADD_COLUMN_REWRITE, table);
        } else if volatile == Some(Volatility::Unknown) {
            self.effects.doubt(
                "whether the default is volatile, so that every row is written, is not known",
            );
        } else if db_type.is_plain().is_none() && !self.before.has_type(&column.db_type) {
            self.effects
                .doubt("whether the type is a domain with a check, so that every row is written, is not known");
        }
        if !column.is_null && !column.has_value() && column.generated.is_none() && !is_identity {
            self.fact(&ADD_COLUMN_NOT_NULL, table);
            self.fails(Failure::Any(table.clone(), column.name.clone()));
        }
        if column.check.is_some() {
            self.fact(&ADD_COLUMN_CHECK, table);
            self.fails(Failure::Check(table.clone()));
        }
        if column.key != ColumnKey::None {
            self.fact(&ADD_COLUMN_UNIQUE, table);
            self.index_build(table, None);
            if column.default.is_some() {
                self.fails(Failure::Duplicate(table.clone(), vec![column.name.clone()]));
            }
        }
        if let Some(Reference { to_table, .. }) = &column.references {
            if column.default.is_some() {
                self.other(&ADD_COLUMN_DEFAULT_REFERENCES, to_table, table);
                self.scan(table);
                self.fails(Failure::Orphan(table.clone(), column.name.clone()));
            } else {
                self.other(&ADD_COLUMN_REFERENCES, to_table, table);
            }
        }
    }

    fn scan(&mut self, table: &TableName) {
        self.effects.work(Work::Scan {
            table: table.clone(),
        });
    }

    fn alter_column(&mut self, table: &TableName, column: &ColumnName, change: &ColumnChange) {
        match change {
            ColumnChange::SetDefault(_) | ColumnChange::DropDefault { .. } => {
                self.fact(&SET_DEFAULT, table);
            }
            ColumnChange::DropNotNull(_) => self.fact(&DROP_NOT_NULL, table),
            ColumnChange::SetNotNull(_) => {
                if self.before.proves_not_null(table, column) {
                    self.fact(&SET_NOT_NULL_PROVEN, table);
                } else {
                    self.fact(&SET_NOT_NULL, table);
                    self.fails(Failure::Null(table.clone(), column.clone()));
                }
            }
            ColumnChange::Type {
                db_type,
                collation,
                conversion,
                ..
            } => {
                let rewrites = matches!(
                    conversion,
                    Conversion::Expression | Conversion::Force2d | Conversion::Force3d
                );
                self.alter_type(table, column, db_type, collation.as_deref(), rewrites);
            }
        }
    }

    fn alter_type(
        &mut self,
        table: &TableName,
        column: &ColumnName,
        db_type: &str,
        collation: Option<&str>,
        rewrites: bool,
    ) {
        self.fact(&ALTER_TYPE, table);
        for (to_table, own) in self.before.references(table) {
            if own.contains(column) {
                self.other(&ALTER_TYPE, &to_table, table);
            }
        }
        for referrer in self.before.referring_tables(table, Some(column)) {
            self.other(&ALTER_TYPE, &referrer, table);
        }
        let Some(old) = self.before.column_facts(table, column) else {
            self.effects.doubt(
                "the type that the column has is not known, so that every row may be written",
            );
            return;
        };
        if !self.before.views_of(table, Some(column)).is_empty() {
            self.fails(Failure::View(table.clone(), column.clone()));
        }
        let domain = self.before.domain(db_type);
        let is_checked = domain.is_some_and(|domain| domain.has_check) && old.db_type != db_type;
        let (from, to) = (self.column_type(&old.db_type), self.column_type(db_type));
        if to.loses_from(&from) || is_checked {
            self.fails(Failure::Value(table.clone(), column.clone()));
        }
        if rewrites || is_checked {
            self.fact(&ALTER_TYPE_REWRITE, table);
            return;
        }
        let collates_anew = old.collation.as_deref() != collation;
        let rebuilds = match from.change_to(&to) {
            Cost::Rewrite => {
                self.fact(&ALTER_TYPE_REWRITE, table);
                return;
            }
            Cost::Unknown => {
                self.effects
                    .doubt("what the types are is not known, so that every row may be written");
                return;
            }
            Cost::KeepIfUtc => {
                self.effects.doubt(
                    "whether the session's time zone is UTC is not known: in another one every row is written",
                );
                true
            }
            Cost::Keep { rebuilds_indexes } => rebuilds_indexes,
        };
        let rebuilds = rebuilds || collates_anew;
        let mut has_check = false;
        let mut rebuilt = Vec::new();
        for entry in self.before.entries(table) {
            let uses = entry.uses(column);
            match &entry.kind {
                EntryKind::Check => has_check |= uses && entry.detail.is_valid,
                // An expression or a condition is compiled anew.
                kind if kind.has_index()
                    && (uses || rebuilds && entry.columns.contains(column)) =>
                {
                    rebuilt.push(entry.name.clone());
                }
                _ => {}
            }
        }
        if has_check {
            self.fact(&ALTER_TYPE_CHECK, table);
        }
        for index in &rebuilt {
            self.index_build(table, Some(index));
        }
        if !rebuilt.is_empty() {
            self.fact(&ALTER_TYPE_INDEX, table);
        }
    }

    /// A type, that of its values for a domain.
    fn column_type(&self, db_type: &str) -> ColumnType {
        let domain = self.before.domain(db_type);
        ColumnType::read(domain.and_then(|it| it.base.as_deref()).unwrap_or(db_type))
    }

    fn create_index(&mut self, index: &CreateIndex) {
        let table = &index.table;
        if index.concurrently {
            self.fact(&CREATE_INDEX_CONCURRENTLY, table);
            self.effects.transaction = TransactionUse::Refuses;
        } else {
            self.fact(&CREATE_INDEX, table);
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

    fn add_constraint(&mut self, table: &TableName, constraint: &Constraint, not_valid: bool) {
        let name = match &constraint.name {
            Some(Name::Given(name)) => Some(name.as_str()),
            _ => None,
        };
        match &constraint.kind {
            ConstraintKind::Check(_) if not_valid => self.fact(&ADD_CHECK_NOT_VALID, table),
            ConstraintKind::Check(_) => {
                self.fact(&ADD_CHECK, table);
                self.fails(Failure::Check(table.clone()));
            }
            ConstraintKind::ForeignKey {
                column, to_table, ..
            } => {
                let fact = foreign_key_fact(not_valid);
                self.fact(fact, table);
                self.other(fact, to_table, table);
                if !not_valid {
                    self.fails(Failure::Orphan(table.clone(), column.clone()));
                }
            }
            ConstraintKind::PrimaryKey { columns } => {
                self.fact(&ADD_KEY, table);
                self.index_build(table, name);
                for column in columns {
                    if !self.before.proves_not_null(table, column) {
                        self.fails(Failure::Null(table.clone(), column.clone()));
                    }
                }
                self.fails(Failure::Duplicate(table.clone(), columns.clone()));
            }
            ConstraintKind::Unique { columns, .. } => {
                self.fact(&ADD_KEY, table);
                self.index_build(table, name);
                self.fails(Failure::Duplicate(table.clone(), columns.clone()));
            }
            ConstraintKind::Exclusion { expressions, .. } => {
                self.fact(&ADD_KEY, table);
                self.index_build(table, name);
                let columns = expressions.columns.clone();
                self.fails(Failure::Duplicate(table.clone(), columns));
            }
        }
    }

    fn validate(&mut self, table: &TableName, name: &str) {
        match self.before.named(table, name).map(|it| &**it) {
            // There is nothing to look at.
            Some(entry) if entry.detail.is_valid => self.fact(&VALIDATE_VALID, table),
            Some(Definition {
                kind: EntryKind::ForeignKey { to_table, .. },
                columns,
                ..
            }) => {
                let column = columns.first().cloned();
                self.fact(&VALIDATE_FOREIGN_KEY, table);
                self.other(&VALIDATE_FOREIGN_KEY, to_table, table);
                if let Some(column) = column {
                    self.fails(Failure::Orphan(table.clone(), column));
                }
            }
            Some(_) => {
                self.fact(&VALIDATE_CHECK, table);
                self.fails(Failure::Check(table.clone()));
            }
            None => {
                self.fact(&VALIDATE_CHECK, table);
                self.effects
                    .doubt("what kind of constraint is validated is not known");
            }
        }
    }

    fn update(&mut self, table: &TableName, scope: Scope) {
        self.fact(&UPDATE, table);
        self.rows(table, scope);
    }
}

const fn foreign_key_fact(not_valid: bool) -> &'static Fact {
    if not_valid {
        &ADD_FOREIGN_KEY_NOT_VALID
    } else {
        &ADD_FOREIGN_KEY
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Dialect;
    use crate::sql::ddl::ColumnDefinition;

    fn name(text: &str) -> ColumnName {
        ColumnName::new(text)
    }

    fn column(text: &str, db_type: &str) -> Column {
        Column::from(ColumnDefinition::nullable(name(text), db_type.into()))
    }

    #[test]
    fn what_the_table_has_by_then_counts() {
        let server = Server::new(Dialect::by_name("postgresql").unwrap(), None);
        let table = TableName::new("book");
        let mut catalog = Catalog::default();
        let create = Statement::CreateTable(crate::sql::ddl::CreateTable {
            table: table.clone(),
            columns: vec![column("id", "bigint"), column("title", "varchar(50)")],
            constraints: Vec::new(),
            tablespace: None,
            is_unlogged: false,
        });
        catalog.execute(&server, &create);
        let set_not_null = Statement::AlterColumn {
            table: table.clone(),
            column: name("title"),
            changes: vec![ColumnChange::SetNotNull(crate::sql::ddl::Restated {
                db_type: "varchar(50)".into(),
                default: None,
            })],
        };
        let scans =
            |catalog: &Catalog| super::super::of(&set_not_null, &server, catalog).scans(&table);
        assert!(scans(&catalog));
        let check = Statement::AddConstraint {
            table: table.clone(),
            constraint: Constraint::named(
                "c",
                ConstraintKind::Check(crate::sql::ddl::Fragment {
                    sql: "\"title\" IS NOT NULL".into(),
                    columns: vec![name("title")],
                }),
            ),
            not_valid: true,
        };
        catalog.execute(&server, &check);
        assert!(scans(&catalog));
        let validate = Statement::ValidateConstraint {
            table: table.clone(),
            name: "c".into(),
        };
        let effects = super::super::of(&validate, &server, &catalog);
        assert!(effects.scans(&table) && !effects.blocks_writes_on(&table));
        catalog.execute(&server, &validate);
        assert!(!scans(&catalog));
    }
}
