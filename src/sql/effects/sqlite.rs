//! SQLite: whoever writes has the whole database to itself until the transaction ends;
//! reads go on with a write-ahead log, and wait while a commit is written without one.
//!
//! Source: the pages that the facts name; nothing of it differs from one table to another.

use super::fact::{Amount, Fact};
use super::{Effects, Failure, Held, Knowledge, LockMode, Loss, Scope, TransactionUse, Work};
use crate::sql::catalog::Catalog;
use crate::sql::ddl::{ByHand, Indexed, Name, Statement, TableName, TransactionControl};
use crate::sql::dialect::Server;

pub(in crate::sql) const KNOWLEDGE: Knowledge = Knowledge {
    effects,
    facts: FACTS,
    further_facts: &[],
};

const ALTER: &str = "https://www.sqlite.org/lang_altertable.html";
const LOCKING: &str = "https://www.sqlite.org/lockingv3.html";

const fn fact(statement: &'static str, work: Amount, page: &'static str) -> Fact {
    Fact::statement(statement, LockMode::Database)
        .work(work)
        .manual(page)
}

const CREATE_TABLE: Fact = fact("CREATE TABLE", Amount::Nothing, LOCKING);
const DROP_TABLE: Fact = fact(
    "DROP TABLE",
    Amount::Rows,
    "https://www.sqlite.org/lang_droptable.html",
);
const RENAME: Fact = fact("RENAME", Amount::Nothing, ALTER);
const ADD_COLUMN: Fact = fact("ADD COLUMN", Amount::Nothing, ALTER);
const ADD_COLUMN_CHECK: Fact = fact("ADD COLUMN ... CHECK", Amount::Scan, ALTER);
const DROP_COLUMN: Fact = fact("DROP COLUMN", Amount::Rewrite, ALTER);
const CREATE_INDEX: Fact = fact(
    "CREATE INDEX",
    Amount::IndexBuild,
    "https://www.sqlite.org/lang_createindex.html",
);
const DROP_INDEX: Fact = fact(
    "DROP INDEX",
    Amount::Nothing,
    "https://www.sqlite.org/lang_dropindex.html",
);
const ROWS: Fact = fact("INSERT, UPDATE, DELETE", Amount::Rows, LOCKING);
const VACUUM: Fact = fact(
    "VACUUM",
    Amount::Rewrite,
    "https://www.sqlite.org/lang_vacuum.html",
);

const FACTS: &[&Fact] = &[
    &CREATE_TABLE,
    &DROP_TABLE,
    &RENAME,
    &ADD_COLUMN,
    &ADD_COLUMN_CHECK,
    &DROP_COLUMN,
    &CREATE_INDEX,
    &DROP_INDEX,
    &ROWS,
    &VACUUM,
];

fn effects(statement: &Statement, _server: &Server, before: &Catalog) -> Effects {
    let mut out = Effects::default();
    match statement {
        Statement::CreateTable(create) => out.holds(&CREATE_TABLE, &create.table),
        Statement::DropTable { table } => {
            out.holds(&DROP_TABLE, table);
            out.writes(table, Scope::All);
            out.losses.push(Loss::Table(table.clone()));
            let triggers = before.triggers_of(table).into_iter();
            out.losses
                .extend(triggers.map(|name| Loss::Trigger(table.clone(), name)));
        }
        Statement::RenameTable { from: table, .. } | Statement::RenameColumn { table, .. } => {
            out.holds(&RENAME, table);
        }
        Statement::AddColumn { table, column } => {
            out.holds(&ADD_COLUMN, table);
            if column.check.is_some() || column.generated.is_some() && !column.is_null {
                out.holds(&ADD_COLUMN_CHECK, table);
                out.failures.push(Failure::Check(table.clone()));
            }
            if !column.is_null && column.default.is_none() && column.generated.is_none() {
                let failure = Failure::Any(table.clone(), column.name.clone());
                out.failures.push(failure);
            }
        }
        Statement::DropColumn { table, column } => {
            out.holds(&DROP_COLUMN, table);
            out.losses.push(Loss::Column(table.clone(), column.clone()));
        }
        Statement::CreateIndex(index) => {
            out.holds(&CREATE_INDEX, &index.table);
            out.work(Work::IndexBuild {
                table: index.table.clone(),
                index: match &index.name {
                    Name::Given(name) => Some(name.clone()),
                    Name::Generated(_) => None,
                },
            });
            if index.is_unique {
                let columns = match &index.indexed {
                    Indexed::Columns(columns) => columns.iter().map(|it| it.name.clone()).collect(),
                    Indexed::Expressions(fragment) => fragment.columns.clone(),
                };
                let failure = Failure::Duplicate(index.table.clone(), columns);
                out.failures.push(failure);
            }
        }
        Statement::DropIndex { table, .. } => out.holds(&DROP_INDEX, table),
        Statement::FillNulls { table, .. } => {
            out.holds(&ROWS, table);
            out.writes(table, Scope::Some);
        }
        Statement::FillColumn { table, .. } => {
            out.holds(&ROWS, table);
            out.writes(table, Scope::All);
        }
        Statement::CopyRows { from, to, .. } => {
            out.holds(&ROWS, to);
            out.writes(to, Scope::New);
            out.work(Work::Scan {
                table: from.clone(),
            });
        }
        Statement::ByHand(statement) => by_hand(&mut out, statement),
        // Its statements have effects.
        Statement::Raw { .. } => {}
        Statement::AlterColumn { .. }
        | Statement::RenameIndex { .. }
        | Statement::AddConstraint { .. }
        | Statement::DropConstraint { .. }
        | Statement::ValidateConstraint { .. }
        | Statement::CommentOnTable { .. }
        | Statement::CommentOnColumn { .. }
        | Statement::AddIdentity { .. }
        | Statement::DropIdentity { .. }
        | Statement::AlterSequenceType { .. }
        | Statement::DropSequence { .. }
        | Statement::DropOldSequence { .. }
        | Statement::CreateExtension { .. }
        | Statement::DropExtension { .. }
        | Statement::CreateCollation { .. }
        | Statement::DropCollation { .. } => {
            return Effects::not_analysed("SQLite has no such statement");
        }
    }
    out
}

fn by_hand(out: &mut Effects, statement: &ByHand) {
    match statement {
        ByHand::Insert { table, .. } | ByHand::LoadRows { table } => {
            out.holds(&ROWS, table);
            out.writes(table, Scope::New);
        }
        ByHand::Update {
            table, has_where, ..
        } => {
            out.holds(&ROWS, table);
            out.writes(table, scope(*has_where));
        }
        ByHand::Delete {
            table, has_where, ..
        } => {
            out.holds(&ROWS, table);
            out.writes(table, scope(*has_where));
            let loss = Loss::Rows(table.clone(), scope(*has_where));
            out.losses.push(loss);
        }
        ByHand::CreateTableAs { table, .. } => {
            out.holds(&CREATE_TABLE, table);
            out.writes(table, Scope::New);
        }
        ByHand::Vacuum { .. } => {
            out.transaction = TransactionUse::Refuses;
            out.facts.push(&VACUUM);
        }
        ByHand::CreateTrigger { table, .. } => out.holds(&CREATE_TABLE, table),
        ByHand::Transaction(control) => {
            out.transaction = match control {
                TransactionControl::Begin => TransactionUse::Begins,
                TransactionControl::Commit | TransactionControl::Rollback => TransactionUse::Ends,
                TransactionControl::Savepoint => TransactionUse::Joins,
            };
        }
        ByHand::Unread { reason } => {
            *out = Effects::not_analysed(reason.clone());
        }
        // A function of SQLite changes nothing.
        ByHand::Select { .. }
        | ByHand::CreateView { .. }
        | ByHand::DropView { .. }
        | ByHand::DropTrigger { .. }
        | ByHand::Analyze { .. }
        | ByHand::Reindex { .. }
        | ByHand::Pragma { .. }
        | ByHand::Harmless { .. } => {}
        _ => *out = Effects::not_analysed("SQLite has no such statement"),
    }
}

const fn scope(has_where: bool) -> Scope {
    if has_where { Scope::Some } else { Scope::All }
}

impl Effects {
    /// A fact holds for a table of a database that is locked as a whole.
    fn holds(&mut self, fact: &'static Fact, table: &TableName) {
        self.take(table, LockMode::Database, Held::Transaction);
        match fact.work {
            Amount::Scan => self.work(Work::Scan {
                table: table.clone(),
            }),
            Amount::Rewrite => self.work(Work::Rewrite {
                table: table.clone(),
            }),
            Amount::Nothing | Amount::Rows | Amount::IndexBuild => {}
        }
        self.facts.push(fact);
    }

    fn writes(&mut self, table: &TableName, scope: Scope) {
        self.work(Work::Rows {
            table: table.clone(),
            scope,
        });
    }
}
