//! Oracle 19 to 23. Every change of the schema commits, before and after.
//!
//! Source: the pages that the facts name. Handwritten SQL is not read for Oracle.

use super::fact::{Amount, Fact};
use super::{Effects, Failure, Held, Knowledge, LockMode, Loss, Scope, TransactionUse, Work};
use crate::sql::catalog::{Catalog, EntryKind};
use crate::sql::ddl::{
    Column, ColumnChange, ColumnKey, ColumnName, Constraint, ConstraintClass, ConstraintKind,
    Indexed, Name, Statement, TableName,
};
use crate::sql::dialect::Server;

pub(in crate::sql) const KNOWLEDGE: Knowledge = Knowledge {
    effects,
    facts: FACTS,
    further_facts: &[],
};

const ALTER: &str =
    "https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/ALTER-TABLE.html";
const INDEX: &str =
    "https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/CREATE-INDEX.html";
const LOCKS: &str = "https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Automatic-Locks-in-DDL-Operations.html";
const ROW_LOCKS: &str = "https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Automatic-Locks-in-DML-Operations.html";

const fn fact(statement: &'static str, lock: LockMode, work: Amount, page: &'static str) -> Fact {
    Fact::statement(statement, lock).work(work).manual(page)
}

const X: LockMode = LockMode::NoWrites;

const TABLE: Fact = fact(
    "CREATE TABLE, DROP TABLE, RENAME",
    X,
    Amount::Nothing,
    LOCKS,
);
const ADD_COLUMN: Fact = fact("ADD column", X, Amount::Nothing, ALTER);
const ADD_COLUMN_FILLED: Fact = fact(
    "ADD column with a default that is computed, or an identity",
    X,
    Amount::Rewrite,
    ALTER,
);
const ADD_COLUMN_CHECKED: Fact = fact("ADD column with a check", X, Amount::Scan, ALTER);
const DROP_COLUMN: Fact = fact("DROP COLUMN", X, Amount::Rewrite, ALTER);
const RENAME_COLUMN: Fact = fact("RENAME COLUMN", X, Amount::Nothing, ALTER);
const MODIFY: Fact = fact("MODIFY", X, Amount::Nothing, ALTER);
const MODIFY_NOT_NULL: Fact = fact("MODIFY ... NOT NULL", X, Amount::Scan, ALTER);
const MODIFY_SMALLER: Fact = fact("MODIFY to another type", X, Amount::Scan, ALTER);
const CREATE_INDEX: Fact = fact("CREATE INDEX", LockMode::Share, Amount::IndexBuild, INDEX);
const DROP_INDEX: Fact = fact("DROP INDEX, RENAME", X, Amount::Nothing, LOCKS);
const ADD_KEY: Fact = fact("ADD UNIQUE, PRIMARY KEY", X, Amount::IndexBuild, ALTER);
const ADD_CHECK: Fact = fact("ADD CHECK, FOREIGN KEY", X, Amount::Scan, ALTER);
const DROP_CONSTRAINT: Fact = fact("DROP CONSTRAINT", X, Amount::Nothing, ALTER);
const ROWS: Fact = fact(
    "INSERT, UPDATE, DELETE",
    LockMode::RowExclusive,
    Amount::Rows,
    ROW_LOCKS,
);
const COMMITS: Fact = Fact::none("statements that only commit").manual(LOCKS);

const FACTS: &[&Fact] = &[
    &TABLE,
    &ADD_COLUMN,
    &ADD_COLUMN_FILLED,
    &ADD_COLUMN_CHECKED,
    &DROP_COLUMN,
    &RENAME_COLUMN,
    &MODIFY,
    &MODIFY_NOT_NULL,
    &MODIFY_SMALLER,
    &CREATE_INDEX,
    &DROP_INDEX,
    &ADD_KEY,
    &ADD_CHECK,
    &DROP_CONSTRAINT,
    &ROWS,
    &COMMITS,
];

struct Gathered<'a> {
    before: &'a Catalog,
    effects: Effects,
}

fn effects(statement: &Statement, _server: &Server, before: &Catalog) -> Effects {
    let mut out = Gathered {
        before,
        effects: Effects {
            transaction: TransactionUse::Commits,
            ..Effects::default()
        },
    };
    match statement {
        Statement::CreateTable(create) => out.fact(&TABLE, &create.table),
        Statement::DropTable { table } => {
            out.fact(&TABLE, table);
            out.effects.losses.push(Loss::Table(table.clone()));
        }
        Statement::RenameTable { from, .. } => out.fact(&TABLE, from),
        Statement::RenameColumn { table, .. } => out.fact(&RENAME_COLUMN, table),
        Statement::AddColumn { table, column } => out.add_column(table, column),
        Statement::DropColumn { table, column } => {
            out.fact(&DROP_COLUMN, table);
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
        Statement::CreateIndex(index) => {
            out.fact(&CREATE_INDEX, &index.table);
            out.index_build(
                &index.table,
                match &index.name {
                    Name::Given(name) => Some(name),
                    Name::Generated(_) => None,
                },
            );
            if index.is_unique {
                let columns = match &index.indexed {
                    Indexed::Columns(columns) => columns.iter().map(|it| it.name.clone()).collect(),
                    Indexed::Expressions(fragment) => fragment.columns.clone(),
                };
                out.fails(Failure::Duplicate(index.table.clone(), columns));
            }
        }
        Statement::DropIndex { table, .. } | Statement::RenameIndex { table, .. } => {
            out.fact(&DROP_INDEX, table);
        }
        Statement::AddConstraint {
            table, constraint, ..
        } => out.add_constraint(table, constraint),
        Statement::DropConstraint { table, name, class } => {
            out.fact(&DROP_CONSTRAINT, table);
            if *class == ConstraintClass::ForeignKey
                && let Some(EntryKind::ForeignKey { to_table, .. }) =
                    before.named(table, name).map(|it| &it.kind)
            {
                out.effects.take(to_table, X, Held::Moment);
            }
            let loss = Loss::Constraint(table.clone(), name.clone());
            out.effects.losses.push(loss);
        }
        Statement::FillNulls { table, .. } => out.rows(table, Scope::Some),
        Statement::FillColumn { table, .. } => out.rows(table, Scope::All),
        Statement::CopyRows { from, to, .. } => {
            out.rows(to, Scope::New);
            out.effects.work(Work::Scan {
                table: from.clone(),
            });
        }
        Statement::CommentOnTable { .. }
        | Statement::CommentOnColumn { .. }
        | Statement::ValidateConstraint { .. }
        | Statement::AddIdentity { .. }
        | Statement::DropIdentity { .. }
        | Statement::AlterSequenceType { .. }
        | Statement::DropSequence { .. }
        | Statement::DropOldSequence { .. }
        | Statement::CreateExtension { .. }
        | Statement::DropExtension { .. }
        | Statement::CreateCollation { .. }
        | Statement::DropCollation { .. } => out.effects.facts.push(&COMMITS),
        // The editor says that it is not read.
        Statement::Raw { .. } | Statement::ByHand(_) => {
            return Effects::not_analysed("handwritten SQL is not read on this database");
        }
    }
    out.effects
}

impl Gathered<'_> {
    fn fact(&mut self, fact: &'static Fact, table: &TableName) {
        let held = match fact.work {
            Amount::Nothing => Held::Moment,
            _ => Held::Statement,
        };
        if let Some(lock) = fact.lock {
            self.effects.take(table, lock, held);
        }
        match fact.work {
            Amount::Scan => self.effects.work(Work::Scan {
                table: table.clone(),
            }),
            Amount::Rewrite => self.effects.work(Work::Rewrite {
                table: table.clone(),
            }),
            Amount::Nothing | Amount::Rows | Amount::IndexBuild => {}
        }
        self.effects.facts.push(fact);
    }

    fn rows(&mut self, table: &TableName, scope: Scope) {
        self.effects.transaction = TransactionUse::Joins;
        self.effects
            .take(table, LockMode::RowExclusive, Held::Transaction);
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

    fn add_column(&mut self, table: &TableName, column: &Column) {
        let default = column.default.as_deref().map(str::trim);
        let is_computed = default.is_some_and(|it| it.contains('(') && !it.starts_with('\''));
        let is_identity = column.suffix.is_some() || column.db_type.contains("IDENTITY");
        if is_computed || is_identity {
            self.fact(&ADD_COLUMN_FILLED, table);
        } else {
            self.fact(&ADD_COLUMN, table);
        }
        if !column.is_null && !column.has_value() && column.generated.is_none() && !is_identity {
            self.fails(Failure::Any(table.clone(), column.name.clone()));
        }
        if column.check.is_some() {
            self.fact(&ADD_COLUMN_CHECKED, table);
            self.fails(Failure::Check(table.clone()));
        }
        if column.key != ColumnKey::None {
            self.fact(&ADD_KEY, table);
            self.index_build(table, None);
        }
        if let Some(reference) = &column.references {
            self.effects.take(&reference.to_table, X, Held::Moment);
        }
    }

    fn alter_column(&mut self, table: &TableName, column: &ColumnName, change: &ColumnChange) {
        match change {
            ColumnChange::SetDefault(_)
            | ColumnChange::DropDefault { .. }
            | ColumnChange::DropNotNull(_) => self.fact(&MODIFY, table),
            ColumnChange::SetNotNull(_) => {
                let facts = self.before.column_facts(table, column);
                if facts.is_some_and(|facts| !facts.is_null) {
                    self.fact(&MODIFY, table);
                } else {
                    self.fact(&MODIFY_NOT_NULL, table);
                    self.fails(Failure::Null(table.clone(), column.clone()));
                }
            }
            ColumnChange::Type { db_type, .. } => {
                let old = self.before.column_facts(table, column);
                let is_wider = old.is_some_and(|old| is_wider(&old.db_type, db_type));
                if is_wider {
                    self.fact(&MODIFY, table);
                } else {
                    self.fact(&MODIFY_SMALLER, table);
                    self.fails(Failure::Value(table.clone(), column.clone()));
                }
            }
        }
    }

    fn add_constraint(&mut self, table: &TableName, constraint: &Constraint) {
        let name = match &constraint.name {
            Some(Name::Given(name)) => Some(name.as_str()),
            _ => None,
        };
        match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
                self.fact(&ADD_KEY, table);
                self.index_build(table, name);
                self.fails(Failure::Duplicate(table.clone(), columns.clone()));
            }
            ConstraintKind::Check(_) | ConstraintKind::Exclusion { .. } => {
                self.fact(&ADD_CHECK, table);
                self.fails(Failure::Check(table.clone()));
            }
            ConstraintKind::ForeignKey {
                column, to_table, ..
            } => {
                self.fact(&ADD_CHECK, table);
                if to_table != table {
                    self.effects.take(to_table, X, Held::Moment);
                }
                self.fails(Failure::Orphan(table.clone(), column.clone()));
            }
        }
    }
}

/// Whether a type takes all that another one of the same name takes:
/// `NVARCHAR2(20)` to `NVARCHAR2(50)`.
fn is_wider(old: &str, new: &str) -> bool {
    let parts = |text: &str| {
        let (name, inside) = text.split_once('(').unwrap_or((text, ""));
        let numbers: Vec<u32> = inside
            .trim_end_matches(')')
            .split(',')
            .filter_map(|number| number.trim().parse().ok())
            .collect();
        (name.trim().to_lowercase(), numbers)
    };
    let ((old_name, old), (new_name, new)) = (parts(old), parts(new));
    old_name == new_name
        && match (old.as_slice(), new.as_slice()) {
            (old, new) if old == new => true,
            ([old], [new]) => new >= old,
            ([old, scale], [new, new_scale]) => new >= old && scale == new_scale,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_grow_within_their_name() {
        assert!(is_wider("NVARCHAR2(20)", "nvarchar2(50)"));
        assert!(!is_wider("NVARCHAR2(50)", "NVARCHAR2(20)"));
        assert!(is_wider("NUMBER(10, 2)", "NUMBER(12, 2)"));
        assert!(!is_wider("NUMBER(10, 2)", "NUMBER(12, 3)"));
        assert!(!is_wider("NUMBER(11)", "NCLOB"));
    }
}
