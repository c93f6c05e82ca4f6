//! Names that PostgreSQL chooses for what has none.
//!
//! Source: `ChooseRelationName` and `makeObjectName`, PostgreSQL 15.

use std::borrow::Cow;

use smol_str::SmolStr;

use super::Catalog;
use crate::base::text::concat;
use crate::sql::ddl::{ColumnName, TableName};
use crate::sql::names::split_identifier;

impl Catalog {
    /// `shop_book_pkey`, with a number if it is taken.
    pub(super) fn free(
        &mut self,
        table: &TableName,
        column: Option<&ColumnName>,
        label: &str,
    ) -> SmolStr {
        let (_, table) = split_identifier(table.as_str());
        let column = column.map(ColumnName::as_str);
        let mut number = 0;
        loop {
            let label = match number {
                0 => Cow::Borrowed(label),
                number => Cow::Owned(format!("{label}{number}")),
            };
            let name = object_name(table, column, &label);
            let taken = self.relations.as_ref();
            if !taken.is_some_and(|taken| taken.contains(&name)) {
                self.occupy(&name);
                return name;
            }
            number += 1;
        }
    }
}

/// At most 63 bytes: the longer of the two names loses its end first.
fn object_name(table: &str, column: Option<&str>, label: &str) -> SmolStr {
    const LONGEST: usize = 63;
    let overhead = label.len() + 1 + usize::from(column.is_some());
    let room = LONGEST.saturating_sub(overhead);
    let (mut first, mut second) = (table.len(), column.map_or(0, str::len));
    while first + second > room {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let first = &table[..boundary(table, first)];
    match column {
        None => concat([first, "_", label]),
        Some(column) => {
            let second = &column[..boundary(column, second)];
            concat([first, "_", second, "_", label])
        }
    }
}

/// The last place before a length, or at it, where a text may be cut.
fn boundary(text: &str, mut length: usize) -> usize {
    while !text.is_char_boundary(length) {
        length -= 1;
    }
    length
}
