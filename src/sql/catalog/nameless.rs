//! Constraints that are written without a name. Oracle takes `SYS_C` and a number that
//! nobody can know; in SQL a placeholder stands for the name, with a query that finds it.
//!
//! ```text
//! -- {{ unique constraint of SHOP_BOOK (ISBN) }} is a name that the server made, found by:
//! -- SELECT ... FROM user_constraints ...
//! ALTER TABLE "SHOP_BOOK" DROP CONSTRAINT {{ unique constraint of SHOP_BOOK (ISBN) }};
//! ```
//!
//! Source: `ALL_CONSTRAINTS` in the Oracle Database Reference, 19c.

use smol_str::{SmolStr, format_smolstr};

use super::{Catalog, Definition, Detail, Entry, EntryKind};
use crate::sql::ddl::{ColumnChange, ColumnName, TableName};
use crate::sql::dialect::Server;
use crate::sql::quote;

/// Whether a text stands for a name.
pub(in crate::sql) fn is_placeholder(name: &str) -> bool {
    name.starts_with("{{")
}

impl Entry {
    /// The name, or what stands for it.
    pub(super) fn name_on(&self, server: &Server, table: &TableName) -> SmolStr {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        let what = match self.kind {
            EntryKind::PrimaryKey => "primary key",
            EntryKind::Unique => "unique constraint",
            EntryKind::NotNull => "NOT NULL",
            _ => "check",
        };
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| bare(server, column.as_str()))
            .collect();
        format_smolstr!(
            "{{{{ {what} of {} ({}) }}}}",
            bare(server, table.as_str()),
            columns.join(", ")
        )
    }

    /// Finds the name.
    fn query(&self, server: &Server, table: &TableName) -> String {
        let class = match self.kind {
            EntryKind::PrimaryKey => "P",
            EntryKind::Unique => "U",
            _ => "C",
        };
        let mut query = format!(
            "SELECT c.constraint_name FROM user_constraints c WHERE c.table_name = {} \
             AND c.constraint_type = '{class}' AND c.generated = 'GENERATED NAME'",
            quote::text(&bare(server, table.as_str())),
        );
        if self.kind == EntryKind::PrimaryKey {
            return query;
        }
        for column in &self.columns {
            let column = bare(server, column.as_str());
            query.push_str(&format!(
                " AND EXISTS (SELECT 1 FROM user_cons_columns k WHERE k.constraint_name = \
                 c.constraint_name AND k.column_name = {})",
                quote::text(&column)
            ));
            // A check besides.
            let sign = match self.kind {
                EntryKind::NotNull => "=",
                EntryKind::Check => "<>",
                _ => continue,
            };
            query.push_str(&format!(
                " AND c.search_condition_vc {sign} {}",
                quote::text(&format!("\"{column}\" IS NOT NULL"))
            ));
        }
        query
    }
}

/// A name as it stands in the server's own tables.
fn bare(server: &Server, name: &str) -> String {
    server
        .quoting
        .name(name)
        .trim_matches('"')
        .replace("%%", "%")
}

impl Catalog {
    /// A column is altered, which makes `NOT NULL` a constraint, or drops it.
    pub(super) fn constrain(
        &mut self,
        table: &TableName,
        column: &ColumnName,
        changes: &[ColumnChange],
    ) {
        for change in changes {
            match change {
                ColumnChange::SetNotNull(_) => {
                    let mut entries = self.take(table);
                    entries.push(Entry::from(Definition {
                        name: SmolStr::default(),
                        kind: EntryKind::NotNull,
                        columns: vec![column.clone()],
                        detail: Detail::default(),
                    }));
                    self.set(table, entries);
                }
                ColumnChange::DropNotNull(_) => self.retain(table, |entry| {
                    entry.kind != EntryKind::NotNull || entry.columns.first() != Some(column)
                }),
                ColumnChange::Type { .. }
                | ColumnChange::SetDefault(_)
                | ColumnChange::DropDefault { .. } => {}
            }
        }
    }

    /// The query that finds a name of which a placeholder stands in SQL; `None` for one
    /// that is known.
    pub(in crate::sql) fn query_for(
        &self,
        server: &Server,
        table: &TableName,
        name: &str,
    ) -> Option<String> {
        if !is_placeholder(name) {
            return None;
        }
        let mut entries = self.entries(table).iter();
        let entry = entries.find(|entry| entry.name_on(server, table) == name)?;
        Some(entry.query(server, table))
    }
}
