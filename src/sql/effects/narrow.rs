//! Changes of a column's type after which it holds fewer values than before, whatever the
//! database: a shorter text, fewer digits, a smaller number.

use super::Loss;
use crate::sql::catalog::Catalog;
use crate::sql::ddl::{ColumnChange, Statement};

/// How much a type holds. Types of different kinds are not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    /// At most so many characters; `None` for any number.
    Text(Option<u32>),
    /// So many bytes.
    Integer(u8),
    /// Digits before the point and behind it; `None` for any number.
    Decimal(Option<(u32, u32)>),
}

/// What a statement may lose by making a column narrower.
pub(super) fn loss(statement: &Statement, before: &Catalog) -> Option<Loss> {
    let Statement::AlterColumn {
        table,
        column,
        changes,
    } = statement
    else {
        return None;
    };
    let new_type = changes.iter().find_map(|change| match change {
        ColumnChange::Type { db_type, .. } => Some(db_type),
        _ => None,
    })?;
    let old_type = &before.column_facts(table, column)?.db_type;
    let is_narrower = room(old_type)?.is_more_than(room(new_type)?);
    is_narrower.then(|| Loss::Precision(table.clone(), column.clone()))
}

impl Room {
    fn is_more_than(self, other: Self) -> bool {
        match (self, other) {
            (Self::Text(own), Self::Text(other)) => match (own, other) {
                (_, None) => false,
                (None, Some(_)) => true,
                (Some(own), Some(other)) => own > other,
            },
            (Self::Integer(own), Self::Integer(other)) => own > other,
            (Self::Decimal(own), Self::Decimal(other)) => match (own, other) {
                (_, None) => false,
                (None, Some(_)) => true,
                (Some(own), Some(other)) => own.0 > other.0 || own.1 > other.1,
            },
            _ => false,
        }
    }
}

/// `varchar(20)`, `numeric(8, 2)`, `int unsigned`.
fn room(db_type: &str) -> Option<Room> {
    let lower = db_type.to_ascii_lowercase();
    let (name, numbers) = match lower.split_once('(') {
        None => (lower.as_str(), Vec::new()),
        Some((name, rest)) => {
            let (inside, after) = rest.split_once(')')?;
            if !after.trim().is_empty() && after.trim() != "unsigned" {
                return None;
            }
            // `varchar2(20 char)`.
            let first_word = |it: &str| it.split_whitespace().next()?.parse::<u32>().ok();
            let numbers: Option<Vec<u32>> = inside.split(',').map(first_word).collect();
            (name, numbers?)
        }
    };
    let name = name.trim().trim_end_matches(" unsigned");
    let first = numbers.first().copied();
    Some(match name {
        "varchar" | "character varying" | "char" | "character" | "nvarchar2" | "varchar2" => {
            Room::Text(first)
        }
        "text" | "longtext" | "nclob" | "clob" => Room::Text(None),
        "tinyint" => Room::Integer(1),
        "smallint" | "smallserial" => Room::Integer(2),
        "mediumint" => Room::Integer(3),
        "integer" | "int" | "serial" => Room::Integer(4),
        "bigint" | "bigserial" => Room::Integer(8),
        "numeric" | "decimal" | "number" => {
            let scale = numbers.get(1).copied().unwrap_or(0);
            Room::Decimal(first.map(|precision| (precision.saturating_sub(scale), scale)))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrows(from: &str, to: &str) -> bool {
        match (room(from), room(to)) {
            (Some(from), Some(to)) => from.is_more_than(to),
            _ => false,
        }
    }

    #[test]
    fn what_holds_less_is_narrower() {
        assert!(narrows("varchar(20)", "varchar(10)"));
        assert!(narrows("text", "varchar(10)"));
        assert!(narrows("NVARCHAR2(20)", "NVARCHAR2(10)"));
        assert!(narrows("bigint", "integer"));
        assert!(narrows("numeric(8, 2)", "numeric(8, 3)"));
        assert!(narrows("numeric", "numeric(8, 3)"));
        assert!(!narrows("numeric(8, 2)", "numeric(9, 3)"));
        assert!(!narrows("varchar(10)", "text"));
        assert!(!narrows("integer", "varchar(10)"));
        assert!(!narrows("varchar(10)[]", "varchar(5)[]"));
        assert!(!narrows("int unsigned", "int"));
    }
}
