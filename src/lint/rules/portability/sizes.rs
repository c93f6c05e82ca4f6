//! How many bytes columns take on MySQL and MariaDB, as far as their types tell.
//! Source: MySQL 8.4, "Data Type Storage Requirements".

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::sql::catalog::Catalog;
use crate::sql::ddl::{Column, ColumnChange, ColumnName, Statement, TableName};

/// A column's type, and its collation if it has one of its own.
type Kind = (SmolStr, Option<SmolStr>);

/// The columns of a database while a migration changes them.
pub(super) struct Sizes<'e> {
    before: &'e Catalog,
    changed: FxHashMap<(TableName, ColumnName), Option<Kind>>,
}

impl<'e> Sizes<'e> {
    pub(super) fn of(before: &'e Catalog) -> Self {
        Self {
            before,
            changed: FxHashMap::default(),
        }
    }

    /// What a statement does to columns.
    pub(super) fn note(&mut self, statement: &Statement) {
        let kind = |column: &Column| Some((column.db_type.clone(), column.collation.clone()));
        match statement {
            Statement::CreateTable(create) => {
                let columns = create.columns.iter();
                self.changed
                    .extend(columns.map(|it| ((create.table.clone(), it.name.clone()), kind(it))));
            }
            Statement::AddColumn { table, column } => {
                let name = (table.clone(), column.name.clone());
                self.changed.insert(name, kind(column));
            }
            Statement::AlterColumn {
                table,
                column,
                changes,
            } => {
                for change in changes {
                    if let ColumnChange::Type {
                        db_type, collation, ..
                    } = change
                    {
                        let kind = (db_type.clone(), collation.clone());
                        let name = (table.clone(), column.clone());
                        self.changed.insert(name, Some(kind));
                    }
                }
            }
            Statement::DropColumn { table, column } => {
                self.changed.insert((table.clone(), column.clone()), None);
            }
            _ => {}
        }
    }

    /// What a column takes in a key; `None` where its type is not known.
    pub(super) fn key_bytes(&self, table: &TableName, column: &ColumnName) -> Option<u64> {
        let (db_type, collation) = match self.changed.get(&(table.clone(), column.clone())) {
            Some(changed) => changed.clone()?,
            None => {
                let facts = self.before.column_facts(table, column)?;
                (facts.db_type.clone(), facts.collation.clone())
            }
        };
        bytes(&db_type, collation.as_deref())
    }

    /// What the columns of a table take in a row. One whose type is not known counts for
    /// nothing.
    pub(super) fn row_bytes(&self, table: &TableName) -> u64 {
        let before = self.before.columns(table).filter(|(name, _)| {
            let changed = (table.clone(), (*name).clone());
            !self.changed.contains_key(&changed)
        });
        let before = before.map(|(_, facts)| row(&facts.db_type, facts.collation.as_deref()));
        let mine = self.changed.iter().filter(|((of, _), _)| of == table);
        let mine = mine.filter_map(|(_, kind)| kind.as_ref());
        let mine = mine.map(|(db_type, collation)| row(db_type, collation.as_deref()));
        before.chain(mine).sum()
    }
}

/// With the bytes that tell the length.
fn row(db_type: &str, collation: Option<&str>) -> u64 {
    let lower = db_type.to_ascii_lowercase();
    if lower.contains("text") || lower.contains("blob") || lower.starts_with("json") {
        return 10;
    }
    let bytes = bytes(db_type, collation).unwrap_or(0);
    if !lower.starts_with("var") {
        bytes
    } else if bytes > 255 {
        bytes + 2
    } else {
        bytes + 1
    }
}

/// The values of a type, at their longest.
fn bytes(db_type: &str, collation: Option<&str>) -> Option<u64> {
    let lower = db_type.to_ascii_lowercase();
    let name = lower.split(['(', ' ']).next().unwrap_or_default();
    let length = || {
        let (_, rest) = lower.split_once('(')?;
        let number = rest.split([',', ')']).next()?;
        number.trim().parse::<u64>().ok()
    };
    let set = collation.map(|it| it.split('_').next().unwrap_or_default());
    let width = match set {
        None | Some("utf8mb4") => 4,
        Some("utf8" | "utf8mb3") => 3,
        Some(_) => 1,
    };
    Some(match name {
        "varchar" | "char" => length()? * width,
        "varbinary" | "binary" => length()?,
        "tinyint" | "bool" => 1,
        "smallint" => 2,
        "integer" | "int" | "date" => 4,
        "bigint" | "double" | "datetime" => 8,
        "time" => 6,
        "decimal" | "numeric" => length()? / 2 + 1,
        _ => return None,
    })
}
