//! What handwritten statements do to the names and columns that a database holds.

use std::sync::Arc;

use smol_str::SmolStr;

use super::{Catalog, Columns, Definition, Detail, Entry, EntryKind, OwnType};
use crate::sql::ddl::{
    ByHand, ColumnName, ConstraintClass, Name, ReindexTarget, Statement, TableName,
};
use crate::sql::dialect::Server;
use crate::sql::handwritten::{Existence, Part};

/// What a view reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    reads: Vec<TableName>,
    query: String,
}

impl View {
    fn names(&self, column: &ColumnName) -> bool {
        let words = self
            .query
            .split(|it: char| !it.is_alphanumeric() && it != '_' && it != '*');
        words.into_iter().any(|word| {
            word.trim_start_matches('.') == "*" || word.eq_ignore_ascii_case(column.as_str())
        })
    }
}

impl Catalog {
    /// A statement with what it leaves to the database to know: the table of an index, the
    /// kind of a constraint.
    pub(in crate::sql) fn meant(&self, part: &Part) -> Statement {
        let mut statement = part.statement.clone();
        match &mut statement {
            Statement::DropIndex { table, name, .. } if table.as_str().is_empty() => {
                if let Some(owner) = self.owner(name) {
                    *table = owner;
                }
            }
            Statement::RenameIndex { table, from, .. } if table.as_str().is_empty() => {
                if let Some(owner) = self.owner(from) {
                    *table = owner;
                }
            }
            Statement::DropConstraint { table, name, class } => {
                if let Some(entry) = self.named(table, name) {
                    *class = match entry.kind {
                        EntryKind::PrimaryKey => ConstraintClass::PrimaryKey,
                        EntryKind::Unique => ConstraintClass::Unique,
                        EntryKind::ForeignKey { .. } => ConstraintClass::ForeignKey,
                        EntryKind::Exclusion => ConstraintClass::Exclusion,
                        _ => *class,
                    };
                }
            }
            _ => {}
        }
        statement
    }

    /// Whether a statement does what it is for, as `IF EXISTS` has it.
    pub(in crate::sql) fn does_something(
        &self,
        statement: &Statement,
        existence: Existence,
    ) -> bool {
        match existence {
            Existence::Fails => true,
            Existence::IfExists => self.has(statement) != Some(false),
            Existence::IfNotExists => self.makes(statement) != Some(false),
        }
    }

    /// The table that an index belongs to.
    #[must_use]
    pub fn owner(&self, index: &str) -> Option<TableName> {
        let is_own = |table: &TableName| {
            self.entries(table)
                .iter()
                .any(|entry| entry.name == index && entry.kind.has_index())
        };
        let last = self.memory.owner(index).filter(is_own);
        if last.is_some() {
            return last;
        }
        let owners = self.tables.keys().filter(|table| is_own(table));
        owners.min().cloned()
    }

    /// Whether what a statement is about is there; `None` if that is not known here.
    fn has(&self, statement: &Statement) -> Option<bool> {
        Some(match statement {
            Statement::DropTable { table } => self.has_table(table),
            Statement::DropColumn { table, column } => {
                self.has_table(table) && self.column_facts(table, column).is_some()
            }
            Statement::DropIndex { table, name, .. } => self.named(table, name).is_some(),
            Statement::DropConstraint { table, name, .. } => self.named(table, name).is_some(),
            Statement::DropIdentity { table, column } => self.sequence(table, column).is_some(),
            Statement::AddColumn { table, .. } | Statement::AlterColumn { table, .. } => {
                self.has_table(table)
            }
            Statement::ByHand(by_hand) => match &**by_hand {
                ByHand::DropView { view, .. } => self.views.contains_key(view),
                _ => return None,
            },
            _ => return None,
        })
    }

    /// Whether what a statement makes is not there yet; `None` if that is not known here.
    fn makes(&self, statement: &Statement) -> Option<bool> {
        Some(!match statement {
            Statement::CreateTable(create) => self.has_table(&create.table),
            Statement::AddColumn { table, column } => {
                self.column_facts(table, &column.name).is_some()
            }
            Statement::CreateIndex(index) => match &index.name {
                Name::Given(name) => self.owner(name).is_some(),
                Name::Generated(_) => return None,
            },
            Statement::CreateExtension { name } => self.has_extension(name),
            Statement::ByHand(by_hand) => match &**by_hand {
                ByHand::CreateTableAs { table, .. }
                | ByHand::CreateTableLike { table, .. }
                | ByHand::CreatePartition { table, .. } => self.has_table(table),
                _ => return None,
            },
            _ => return None,
        })
    }

    /// The partitions of a table.
    #[must_use]
    pub fn partitions(&self, table: &TableName) -> Vec<TableName> {
        let own = self.partitions.get(table);
        own.into_iter().flatten().cloned().collect()
    }

    /// The table that a table is a partition of.
    #[must_use]
    pub fn partitioned(&self, partition: &TableName) -> Option<&TableName> {
        let mut all = self.partitions.iter();
        all.find(|(_, own)| own.contains(partition))
            .map(|(table, _)| table)
    }

    /// The views that read a table, or a column of it.
    #[must_use]
    pub fn views_of(&self, table: &TableName, column: Option<&ColumnName>) -> Vec<TableName> {
        let reading = self.views.iter().filter(|(_, view)| {
            view.reads.contains(table) && column.is_none_or(|column| view.names(column))
        });
        reading.map(|(view, _)| view.clone()).collect()
    }

    /// The triggers of a table that handwritten SQL made.
    #[must_use]
    pub fn triggers_of(&self, table: &TableName) -> Vec<SmolStr> {
        let own = self.triggers.iter().filter(|(_, of)| *of == table);
        own.map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn by_hand(&mut self, _server: &Server, statement: &ByHand) {
        match statement {
            ByHand::CreateTableAs { table, .. } => self.make(table, Columns::default()),
            ByHand::CreateTableLike { table, like, .. } => {
                let columns = self.columns_of(like).cloned().unwrap_or_default();
                self.make(table, columns);
            }
            ByHand::CreatePartition { table, of } => {
                let columns = self.columns_of(of).cloned().unwrap_or_default();
                self.make(table, columns);
                let partitions = self.partitions.entry(of.clone()).or_default();
                partitions.insert(table.clone());
            }
            ByHand::AttachPartition { table, partition } => {
                let partitions = self.partitions.entry(table.clone()).or_default();
                partitions.insert(partition.clone());
            }
            ByHand::DetachPartition {
                table, partition, ..
            } => {
                if let Some(partitions) = self.partitions.get_mut(table) {
                    partitions.remove(partition);
                }
            }
            ByHand::RenameConstraint { table, from, to } => {
                let mut entries = self.take(table);
                for entry in entries.iter_mut().filter(|it| it.name == *from) {
                    entry.name.clone_from(to);
                }
                self.release(from);
                self.occupy(to);
                self.memory.own(to, table);
                self.set(table, entries);
            }
            ByHand::AddKeyUsingIndex {
                table,
                name,
                index,
                is_primary,
            } => {
                let mut entries = self.take(table);
                let mut keys = Vec::new();
                for entry in entries.iter_mut().filter(|it| it.name == *index) {
                    if let Some(name) = name {
                        entry.name.clone_from(name);
                    }
                    entry.kind = if *is_primary {
                        keys.clone_from(&entry.columns);
                        EntryKind::PrimaryKey
                    } else {
                        EntryKind::Unique
                    };
                }
                if let Some(name) = name {
                    self.release(index);
                    self.occupy(name);
                    self.memory.own(name, table);
                }
                self.hold(table, |held| {
                    held.entries = Some(entries);
                    if let Some(columns) = &mut held.columns {
                        columns.never_null(&keys);
                    }
                });
            }
            ByHand::AddCompositeForeignKey {
                table,
                name,
                columns,
                to_table,
                not_valid,
            } => {
                // What they refer to together is no single column.
                let to_column = ColumnName::new("");
                self.refer(table, to_table, &to_column);
                let mut entries = self.take(table);
                entries.push(Entry::from(Definition {
                    name: name.clone().unwrap_or_default(),
                    kind: EntryKind::ForeignKey {
                        to_table: to_table.clone(),
                        to_column,
                    },
                    columns: columns.clone(),
                    detail: Detail {
                        is_valid: !not_valid,
                        ..Detail::default()
                    },
                }));
                self.set(table, entries);
            }
            ByHand::CreateView {
                view,
                reads,
                query,
                is_materialized,
                ..
            } => {
                let made = View {
                    reads: reads.clone(),
                    query: query.clone(),
                };
                self.views.insert(view.clone(), Arc::new(made));
                if *is_materialized {
                    self.make(view, Columns::default());
                }
            }
            ByHand::AddNotNullNotValid {
                table,
                column,
                name: Some(name),
            } => {
                let mut entries = self.take(table);
                entries.push(Entry::from(Definition {
                    name: name.clone(),
                    kind: EntryKind::NotNull,
                    columns: vec![column.clone()],
                    detail: Detail {
                        is_valid: false,
                        ..Detail::default()
                    },
                }));
                self.set(table, entries);
            }
            ByHand::DropView { view, .. } => {
                self.views.remove(view);
            }
            ByHand::CreateTrigger { table, name } => {
                self.triggers.insert(name.clone(), table.clone());
            }
            ByHand::DropTrigger { name, .. } => {
                self.triggers.remove(name);
            }
            ByHand::CreateEnum { name } | ByHand::CreateType { name } => {
                let own = OwnType {
                    base: None,
                    has_check: false,
                };
                self.types.insert(name.clone(), own);
            }
            ByHand::CreateDomain {
                name,
                base,
                has_check,
            } => {
                let own = OwnType {
                    base: Some(base.clone()),
                    has_check: *has_check,
                };
                self.types.insert(name.clone(), own);
            }
            ByHand::DropType { name } => {
                self.types.remove(name);
            }
            _ => {}
        }
    }

    fn make(&mut self, table: &TableName, columns: Columns) {
        self.occupy(table.as_smol());
        self.hold(table, |held| {
            held.doubt = None;
            held.entries = Some(Vec::new());
            held.columns = Some(columns);
        });
    }

    /// The table that `REINDEX` is about.
    #[must_use]
    pub fn reindexed(&self, target: &ReindexTarget) -> Option<TableName> {
        match target {
            ReindexTarget::Table(table) => Some(table.clone()),
            ReindexTarget::Index(index) => self.owner(index),
            ReindexTarget::More => None,
        }
    }
}
