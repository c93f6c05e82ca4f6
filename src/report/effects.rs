//! What statements do to others while they run: as comments in SQL, and for JSON.
//!
//! ```text
//! -- SHARE on shop_order until the transaction ends: writes wait
//! -- builds an index on shop_order
//! CREATE INDEX ...
//! ```

use std::collections::BTreeSet;

use serde::Serialize;

use crate::sql::ddl::{Statement, TableName};
use crate::sql::effects::{
    Effects, Failure, Held, Lock, LockMode, Loss, Scope, TransactionUse, Work,
};
use crate::sql::plan::Line;

/// The lines with a comment above each statement that does something to tables which were
/// there before them.
#[must_use]
pub fn with_locks(lines: &[Line]) -> Vec<Line> {
    let mut out = Vec::with_capacity(lines.len());
    for (comments, line) in explained(lines) {
        let notes = comments.iter().map(|it| Line::Note(format!("-- {it}")));
        out.extend(notes);
        out.push(line.clone());
    }
    out
}

/// Each line with what it does to tables which were there before them.
pub(super) fn explained(lines: &[Line]) -> Vec<(Vec<String>, &Line)> {
    let mut new = BTreeSet::new();
    let mut out = Vec::with_capacity(lines.len());
    for line in lines {
        for (statement, effects) in line.executed() {
            // Nobody waits for a table that is being made, but for a whole database.
            if let Statement::CreateTable(create) = statement
                && effects.locks.iter().all(|it| it.mode != LockMode::Database)
            {
                new.insert(create.table.clone());
            }
        }
        let comments = match line {
            Line::Statement { effects, .. } => comments(effects, &|table| new.contains(table)),
            Line::Comment(_) | Line::Note(_) => Vec::new(),
        };
        for (statement, _) in line.executed() {
            match statement {
                Statement::CreateTable(create) => {
                    new.insert(create.table.clone());
                }
                Statement::RenameTable { from, to } if new.remove(from) => {
                    new.insert(to.clone());
                }
                _ => {}
            }
        }
        out.push((comments, line));
    }
    out
}

/// What a statement does to tables that are not new, a line each.
fn comments(effects: &Effects, is_new: &dyn Fn(&TableName) -> bool) -> Vec<String> {
    let mut out = Vec::new();
    for lock in effects.locks.iter().filter(|lock| !is_new(&lock.table)) {
        let waits = lock
            .mode
            .what_waits()
            .unwrap_or("only changes of the table");
        out.push(format!(
            "{} on {} {}: {waits} wait",
            lock.mode,
            lock.table.as_str(),
            held(lock.held)
        ));
    }
    for work in effects.work.iter().filter(|work| !is_new(work.table())) {
        let table = work.table().as_str();
        out.push(match work {
            Work::Rows { scope, .. } => match scope {
                Scope::All => format!("writes all rows of {table}"),
                Scope::Some => format!("writes rows of {table}"),
                Scope::New => format!("adds rows to {table}"),
            },
            Work::Scan { .. } => format!("reads all of {table}"),
            Work::IndexBuild { .. } => format!("builds an index on {table}"),
            Work::Rewrite { .. } => format!("writes all of {table} anew"),
            Work::Empty { .. } => format!("empties {table}"),
        });
    }
    match effects.transaction {
        TransactionUse::Refuses => out.push("cannot run in a transaction".to_owned()),
        TransactionUse::Commits if !out.is_empty() => out.push("commits".to_owned()),
        _ => {}
    }
    let doubts = effects.doubts.iter();
    out.extend(doubts.map(|doubt| format!("not known: {}", doubt.reason)));
    out
}

const fn held(held: Held) -> &'static str {
    match held {
        Held::Moment => "for a moment",
        Held::Statement => "until the statement ends",
        Held::Transaction => "until the transaction ends",
    }
}

/// The effects of a statement in JSON.
#[derive(Debug, Serialize)]
pub struct Record {
    /// The statement as it is written; a part of a handwritten text is that part.
    pub sql: String,
    locks: Vec<LockRecord>,
    work: Vec<WorkRecord>,
    transaction: &'static str,
    losses: Vec<String>,
    fails_on: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    not_known: Vec<String>,
}

#[derive(Debug, Serialize)]
struct LockRecord {
    table: String,
    mode: String,
    held: &'static str,
    blocks_reads: bool,
    blocks_writes: bool,
}

#[derive(Debug, Serialize)]
struct WorkRecord {
    kind: &'static str,
    table: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<String>,
}

/// The effects of all statements of some lines, in order.
#[must_use]
pub fn records(lines: &[Line]) -> Vec<Record> {
    let mut out = Vec::new();
    for line in lines {
        let Line::Statement {
            sql,
            effects,
            parts,
            ..
        } = line
        else {
            continue;
        };
        if parts.is_empty() {
            out.push(Record::new(sql.clone(), effects));
        }
        for part in parts {
            let text = sql.get(part.range.clone()).unwrap_or(sql);
            out.push(Record::new(text.to_owned(), &part.effects));
        }
    }
    out
}

impl Record {
    fn new(sql: String, effects: &Effects) -> Self {
        Self {
            sql,
            locks: effects.locks.iter().map(LockRecord::new).collect(),
            work: effects.work.iter().map(WorkRecord::new).collect(),
            transaction: match effects.transaction {
                TransactionUse::Joins => "joins",
                TransactionUse::Refuses => "refuses",
                TransactionUse::Commits => "commits",
                TransactionUse::Begins => "begins",
                TransactionUse::Ends => "ends",
            },
            losses: effects.losses.iter().map(loss).collect(),
            fails_on: effects.failures.iter().map(failure).collect(),
            algorithm: effects.algorithm.map(|it| format!("{it:?}").to_uppercase()),
            not_known: effects
                .doubts
                .iter()
                .map(|doubt| doubt.reason.to_string())
                .collect(),
        }
    }
}

impl LockRecord {
    fn new(lock: &Lock) -> Self {
        Self {
            table: lock.table.as_str().to_owned(),
            mode: lock.mode.to_string(),
            held: match lock.held {
                Held::Moment => "moment",
                Held::Statement => "statement",
                Held::Transaction => "transaction",
            },
            blocks_reads: lock.mode.blocks_reads(),
            blocks_writes: lock.mode.blocks_writes(),
        }
    }
}

impl WorkRecord {
    fn new(work: &Work) -> Self {
        Self {
            kind: match work {
                Work::Rows { .. } => "rows",
                Work::Scan { .. } => "scan",
                Work::IndexBuild { .. } => "index-build",
                Work::Rewrite { .. } => "rewrite",
                Work::Empty { .. } => "empty",
            },
            table: work.table().as_str().to_owned(),
            index: match work {
                Work::IndexBuild { index, .. } => index.as_ref().map(ToString::to_string),
                _ => None,
            },
        }
    }
}

fn loss(loss: &Loss) -> String {
    match loss {
        Loss::Table(table) => format!("table {}", table.as_str()),
        Loss::Column(table, column) => format!("column {}.{}", table.as_str(), column.as_str()),
        Loss::Rows(table, _) => format!("rows of {}", table.as_str()),
        Loss::Precision(table, column) => {
            format!("parts of {}.{}", table.as_str(), column.as_str())
        }
        Loss::Constraint(table, name) => format!("constraint {name} of {}", table.as_str()),
        Loss::Trigger(table, name) => format!("trigger {name} of {}", table.as_str()),
        Loss::Dependents(table) => format!("what depends, in {}", table.as_str()),
    }
}

fn failure(failure: &Failure) -> String {
    match failure {
        Failure::Any(table, column) => {
            format!(
                "any row: {}.{} has no value",
                table.as_str(),
                column.as_str()
            )
        }
        Failure::Null(table, column) => format!("nulls in {}.{}", table.as_str(), column.as_str()),
        Failure::Duplicate(table, columns) => {
            let columns: Vec<&str> = columns.iter().map(|it| it.as_str()).collect();
            format!("duplicates in {} ({})", table.as_str(), columns.join(", "))
        }
        Failure::Check(table) => format!("rows of {} that do not fit", table.as_str()),
        Failure::Orphan(table, column) => {
            format!(
                "rows of {} whose {} leads nowhere",
                table.as_str(),
                column.as_str()
            )
        }
        Failure::Value(table, column) => {
            format!(
                "values of {}.{} that do not fit",
                table.as_str(),
                column.as_str()
            )
        }
        Failure::View(table, column) => {
            format!("a view that reads {}.{}", table.as_str(), column.as_str())
        }
    }
}
