//! What the columns of tables are by then, and what effects ask of constraints.

use std::sync::{Arc, OnceLock};

use smol_str::SmolStr;

use super::{Catalog, Detail, Entry, EntryKind};
use crate::sql::ddl::{
    Column, ColumnChange, ColumnKey, ColumnName, ConstraintKind, CreateIndex, CreateTable,
    Statement, TableName,
};
use crate::sql::dialect::{Quoting, Server};

/// A column as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnFacts {
    pub db_type: SmolStr,
    pub collation: Option<SmolStr>,
    pub is_null: bool,
    pub has_default: bool,
    /// Whether its values are stored; `None` for a column that is not generated.
    pub generated: Option<bool>,
}

type Known = Vec<(ColumnName, ColumnFacts)>;

/// The columns of a table. Copies are cheap.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    /// As the table was created: nobody asks for the columns of most tables before they
    /// are made anew.
    created: Vec<Column>,
    /// Sorted by name, once somebody has asked.
    known: OnceLock<Arc<Known>>,
}

/// Of two columns of one name the later one counts.
fn sorted(created: &[Column]) -> Arc<Known> {
    let mut columns: Vec<&Column> = created.iter().collect();
    columns.sort_by(|left, right| left.name.cmp(&right.name));
    let mut known = Known::with_capacity(columns.len());
    for column in columns {
        known.pop_if(|(name, _)| *name == column.name);
        known.push((column.name.clone(), facts(column)));
    }
    Arc::new(known)
}

impl Columns {
    pub(super) fn of(create: &CreateTable) -> Self {
        let mut columns = Self {
            created: create.columns.clone(),
            known: OnceLock::new(),
        };
        for constraint in &create.constraints {
            if let ConstraintKind::PrimaryKey { columns: keys } = &constraint.kind {
                columns.never_null(keys);
            }
        }
        columns
    }

    fn known(&self) -> &Known {
        self.known.get_or_init(|| sorted(&self.created))
    }

    fn change<T>(&mut self, change: impl FnOnce(&mut Known) -> T) -> T {
        let created = std::mem::take(&mut self.created);
        let known = self.known.take();
        let mut known = known.unwrap_or_else(|| sorted(&created));
        let result = change(Arc::make_mut(&mut known));
        self.known = OnceLock::from(known);
        result
    }

    fn position(&self, name: &ColumnName) -> Result<usize, usize> {
        let known = self.known();
        known.binary_search_by(|(known, _)| known.cmp(name))
    }

    fn iter(&self) -> impl Iterator<Item = (&ColumnName, &ColumnFacts)> {
        self.known().iter().map(|(name, facts)| (name, facts))
    }

    fn get(&self, name: &ColumnName) -> Option<&ColumnFacts> {
        let at = self.position(name).ok()?;
        self.known().get(at).map(|(_, facts)| facts)
    }

    fn alter(&mut self, name: &ColumnName, alter: impl FnOnce(&mut ColumnFacts)) {
        if let Ok(at) = self.position(name) {
            self.change(|known| alter(&mut known[at].1));
        }
    }

    fn insert(&mut self, name: ColumnName, facts: ColumnFacts) {
        let position = self.position(&name);
        self.change(|known| match position {
            Ok(at) => known[at].1 = facts,
            Err(at) => known.insert(at, (name, facts)),
        });
    }

    fn remove(&mut self, name: &ColumnName) -> Option<ColumnFacts> {
        let at = self.position(name).ok()?;
        Some(self.change(|known| known.remove(at).1))
    }

    pub(super) fn never_null(&mut self, keys: &[ColumnName]) {
        for key in keys {
            self.alter(key, |facts| facts.is_null = false);
        }
    }
}

/// A type that handwritten SQL made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnType {
    /// What a domain is made of; `None` for an enum or a composite.
    pub base: Option<SmolStr>,
    pub has_check: bool,
}

impl Catalog {
    pub(super) fn columns_of(&self, table: &TableName) -> Option<&Columns> {
        self.tables.get(table)?.columns.as_ref()
    }

    /// The columns of a table, to be changed.
    fn columns_mut(&mut self, table: &TableName) -> Option<&mut Columns> {
        self.held(table)?.columns.as_mut()
    }

    #[must_use]
    pub fn column_facts(&self, table: &TableName, column: &ColumnName) -> Option<&ColumnFacts> {
        self.columns_of(table)?.get(column)
    }

    /// All columns of a table.
    pub fn columns(&self, table: &TableName) -> impl Iterator<Item = (&ColumnName, &ColumnFacts)> {
        let columns = self.columns_of(table).into_iter();
        columns.flat_map(Columns::iter)
    }

    /// Whether a table has generated columns, stored or virtual ones.
    #[must_use]
    pub fn has_generated(&self, table: &TableName, is_stored: bool) -> bool {
        self.columns(table)
            .any(|(_, facts)| facts.generated == Some(is_stored))
    }

    /// A constraint, index or sequence by its name.
    #[must_use]
    pub fn named(&self, table: &TableName, name: &str) -> Option<&Entry> {
        self.entries(table).iter().find(|entry| entry.name == name)
    }

    /// The tables that a table's foreign keys lead to, with the columns of the keys.
    #[must_use]
    pub fn references(&self, table: &TableName) -> Vec<(TableName, Vec<ColumnName>)> {
        let entries = self.entries(table).iter();
        let keys = entries.filter_map(|entry| match &entry.kind {
            EntryKind::ForeignKey { to_table, .. } => {
                Some((to_table.clone(), entry.columns.clone()))
            }
            _ => None,
        });
        keys.collect()
    }

    /// The other tables whose foreign keys lead to a table, or to one of its columns.
    #[must_use]
    pub fn referring_tables(
        &self,
        table: &TableName,
        column: Option<&ColumnName>,
    ) -> Vec<TableName> {
        let leads_here = |referrer: &TableName| {
            let mut entries = self.entries(referrer).iter();
            entries.any(|entry| entry.refers_to(table, column))
        };
        let referrers = self.referrers(table, column).into_iter();
        referrers
            .filter(|referrer| referrer != table && leads_here(referrer))
            .collect()
    }

    /// Whether a column has no null in it, so that nobody needs to look.
    #[must_use]
    pub fn proves_not_null(&self, table: &TableName, column: &ColumnName) -> bool {
        self.column_facts(table, column)
            .is_some_and(|facts| !facts.is_null)
            || self
                .entries(table)
                .iter()
                .any(|entry| entry.detail.is_valid && entry.detail.never_null.contains(column))
    }

    /// A domain that handwritten SQL made.
    #[must_use]
    pub fn domain(&self, db_type: &str) -> Option<&OwnType> {
        let own = self.types.get(bare(db_type))?;
        own.base.is_some().then_some(own)
    }

    /// Whether handwritten SQL made a type.
    #[must_use]
    pub fn has_type(&self, db_type: &str) -> bool {
        self.types.contains_key(bare(db_type))
    }

    /// What a statement does to columns.
    pub(super) fn track(&mut self, server: &Server, statement: &Statement) {
        match statement {
            Statement::AddColumn { table, column } => {
                self.hold(table, |held| {
                    let columns = held.columns.get_or_insert_default();
                    columns.insert(column.name.clone(), facts(column));
                });
            }
            Statement::DropColumn { table, column } => {
                if let Some(columns) = self.columns_mut(table) {
                    columns.remove(column);
                }
            }
            Statement::RenameColumn { table, from, to } => {
                if let Some(columns) = self.columns_mut(table)
                    && let Some(facts) = columns.remove(from)
                {
                    columns.insert(to.clone(), facts);
                }
            }
            Statement::AlterColumn {
                table,
                column,
                changes,
            } => {
                if let Some(columns) = self.columns_mut(table) {
                    columns.alter(column, |facts| {
                        changes
                            .iter()
                            .for_each(|change| facts.change(server, change));
                    });
                }
            }
            Statement::AddConstraint {
                table, constraint, ..
            } => {
                if let ConstraintKind::PrimaryKey { columns: keys } = &constraint.kind
                    && let Some(columns) = self.columns_mut(table)
                {
                    columns.never_null(keys);
                }
            }
            Statement::ValidateConstraint { table, name } => {
                let mut entries = self.take(table);
                for entry in entries.iter_mut().filter(|entry| entry.name == *name) {
                    entry.detail.is_valid = true;
                }
                self.set(table, entries);
            }
            _ => {}
        }
    }

    /// The columns of a table that SQL names, in quotes or bare.
    fn named_in(&self, quoting: Quoting, table: &TableName, sql: &str) -> Vec<ColumnName> {
        let Some(columns) = self.columns_of(table) else {
            return Vec::new();
        };
        let quoted = quoting.names_in(sql);
        let words: Vec<&str> = sql
            .split(|it: char| !it.is_alphanumeric() && it != '_')
            .collect();
        columns
            .iter()
            .map(|(name, _)| name)
            .filter(|column| {
                let column = column.as_str();
                quoted.iter().any(|(_, name)| *name == column)
                    || words.iter().any(|word| word.eq_ignore_ascii_case(column))
            })
            .cloned()
            .collect()
    }

    pub(super) fn detail_of_index(&self, quoting: Quoting, index: &CreateIndex) -> Detail {
        use crate::sql::ddl::Indexed;
        let mut uses = match &index.indexed {
            Indexed::Columns(_) => Vec::new(),
            Indexed::Expressions(fragment) => {
                let mut uses = self.named_in(quoting, &index.table, &fragment.sql);
                uses.extend(fragment.columns.iter().cloned());
                uses
            }
        };
        if let Some(condition) = &index.condition {
            uses.extend(self.named_in(quoting, &index.table, condition));
        }
        let has_opclass = matches!(&index.indexed, Indexed::Columns(columns)
            if columns.iter().any(|column| column.opclass.is_some()));
        Detail {
            uses,
            has_opclass,
            ..Detail::default()
        }
    }

    pub(super) fn detail_of_check(
        &self,
        quoting: Quoting,
        table: &TableName,
        sql: &str,
        is_valid: bool,
    ) -> Detail {
        let uses = self.named_in(quoting, table, sql);
        let proven = uses
            .iter()
            .filter(|column| {
                conjuncts(sql).any(|part| {
                    let part = part.trim();
                    let Some(name) = strip_suffix_ignore_case(part, "IS NOT NULL") else {
                        return false;
                    };
                    let name = name.trim();
                    name == quoting.name(column.as_str())
                        || name.eq_ignore_ascii_case(column.as_str())
                })
            })
            .cloned()
            .collect();
        Detail {
            never_null: proven,
            uses,
            is_valid,
            has_opclass: false,
        }
    }
}

/// The parts of a condition that all hold: `a` and `b` of `(a AND b)`.
fn conjuncts(sql: &str) -> impl Iterator<Item = &str> {
    let mut sql = sql.trim();
    while let Some(inside) = sql.strip_prefix('(').and_then(|it| it.strip_suffix(')')) {
        if inside.contains(['(', ')']) {
            break;
        }
        sql = inside.trim();
    }
    // Parentheses within may hold an `OR`: then the whole is no conjunction here.
    let is_simple = !sql.contains(['(', ')', '\'']) && !sql.to_ascii_uppercase().contains(" OR ");
    let parts: Vec<&str> = if is_simple {
        sql.split(" AND ")
            .flat_map(|it| it.split(" and "))
            .collect()
    } else {
        Vec::new()
    };
    parts.into_iter()
}

fn strip_suffix_ignore_case<'t>(text: &'t str, suffix: &str) -> Option<&'t str> {
    let at = text.len().checked_sub(suffix.len())?;
    let (before, end) = text.split_at_checked(at)?;
    end.eq_ignore_ascii_case(suffix).then_some(before)
}

/// A type's name without its modifiers.
fn bare(db_type: &str) -> &str {
    let name = db_type.split(['(', '[']).next().unwrap_or_default().trim();
    name.rsplit('.')
        .next()
        .unwrap_or_default()
        .trim_matches('"')
}

fn facts(column: &Column) -> ColumnFacts {
    ColumnFacts {
        db_type: column.db_type.clone(),
        collation: column.collation.clone(),
        is_null: column.is_null && column.key != ColumnKey::Primary,
        has_default: column.default.is_some(),
        generated: column.generated.as_ref().map(|it| it.is_stored),
    }
}

impl ColumnFacts {
    fn change(&mut self, server: &Server, change: &ColumnChange) {
        match change {
            ColumnChange::Type {
                db_type,
                kept,
                collation,
                ..
            } => {
                self.db_type.clone_from(db_type);
                self.collation.clone_from(collation);
                if server.features.restates_columns {
                    self.is_null = kept.is_null.unwrap_or(true);
                    self.has_default = kept.default.is_some();
                }
            }
            ColumnChange::SetDefault(_) => self.has_default = true,
            ColumnChange::DropDefault { .. } => self.has_default = false,
            ColumnChange::SetNotNull(restated) => {
                self.is_null = false;
                if server.features.restates_columns {
                    self.has_default = restated.default.is_some();
                }
            }
            ColumnChange::DropNotNull(restated) => {
                self.is_null = true;
                if server.features.restates_columns {
                    self.has_default = restated.default.is_some();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::ddl::ColumnDefinition;

    fn column(name: &str, db_type: &str) -> Column {
        Column::from(ColumnDefinition::nullable(
            ColumnName::new(name),
            SmolStr::new(db_type),
        ))
    }

    #[test]
    fn columns_are_sorted_and_the_later_of_two_counts() {
        let mut columns = Columns {
            created: vec![
                column("b", "text"),
                column("a", "text"),
                column("b", "bigint"),
            ],
            known: OnceLock::new(),
        };
        let before = columns.clone();
        let added = column("c", "date");
        columns.insert(added.name.clone(), facts(&added));
        assert!(columns.remove(&ColumnName::new("a")).is_some());
        let shown = |columns: &Columns| -> Vec<String> {
            let all = columns.iter();
            all.map(|(name, facts)| format!("{} {}", name.as_str(), facts.db_type))
                .collect()
        };
        assert_eq!(shown(&columns), ["b bigint", "c date"]);
        assert_eq!(shown(&before), ["a text", "b bigint"]);
    }

    #[test]
    fn only_plain_conjunctions_prove_something() {
        let parts = |sql: &str| conjuncts(sql).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(parts("(\"a\" IS NOT NULL)"), ["\"a\" IS NOT NULL"]);
        assert_eq!(parts("a IS NOT NULL AND b > 1"), ["a IS NOT NULL", "b > 1"]);
        assert!(parts("a IS NOT NULL OR b > 1").is_empty());
    }
}
