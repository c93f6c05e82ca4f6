//! What a database holds by name: columns, constraints, indexes, sequences, extensions
//! and collations, kept up by the statements that are executed.
//!
//! It answers what Django's schema editor asks a live database
//! (`DatabaseIntrospection.get_constraints` and `get_sequences`, 5.2), so that dropping
//! and renaming is exact without one, and what effects depend on. Copies are cheap.

mod by_hand;
mod columns;
pub(super) mod nameless;
mod upkeep;

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use smol_str::{SmolStr, format_smolstr};

use super::ddl::render::Renderer;
use super::ddl::{
    Column, ColumnKey, ColumnName, Constraint, ConstraintClass, ConstraintKind, CreateIndex,
    CreateTable, Indexed, Name, Statement, Suffix, TableName,
};
use super::dialect::{ColumnChecks, Server};

use columns::Columns;
pub use columns::{ColumnFacts, OwnType};

/// A database's names.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    tables: OrdMap<TableName, Arc<Vec<Entry>>>,
    /// Names that no other relation may take, tables, indexes and sequences alike; kept
    /// where the server chooses names by them.
    relations: Option<OrdSet<SmolStr>>,
    /// Which tables have foreign keys to a table's column.
    referrers: OrdMap<TableName, OrdMap<ColumnName, OrdSet<TableName>>>,
    /// Tables that an operation touched which could not be planned, and which one.
    doubtful: OrdMap<TableName, SmolStr>,
    extensions: OrdSet<SmolStr>,
    /// By name, whether texts that compare as equal are the same.
    collations: OrdMap<SmolStr, bool>,
    columns: OrdMap<TableName, Columns>,
    /// Domains, enums and composites by name.
    types: OrdMap<SmolStr, OwnType>,
    /// Which table an index was made for.
    owners: OrdMap<SmolStr, TableName>,
    partitions: OrdMap<TableName, OrdSet<TableName>>,
    /// Which tables a view reads.
    views: OrdMap<TableName, Arc<by_hand::View>>,
    /// Whose a trigger is, by its name.
    triggers: OrdMap<SmolStr, TableName>,
}

/// A constraint, index or sequence of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Empty for a name that only the server knows.
    pub name: SmolStr,
    pub kind: EntryKind,
    /// In the order of the definition; empty for expressions.
    pub columns: Vec<ColumnName>,
    pub detail: Detail,
}

/// What effects depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The columns in a check, or in the expressions and the condition of an index.
    pub uses: Vec<ColumnName>,
    /// Columns that a check shows to be never null.
    pub never_null: Vec<ColumnName>,
    /// Whether all rows are known to keep to it.
    pub is_valid: bool,
    /// An index that compares by operators of its own.
    pub has_opclass: bool,
}

impl Default for Detail {
    fn default() -> Self {
        Self {
            uses: Vec::new(),
            never_null: Vec::new(),
            is_valid: true,
            has_opclass: false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    PrimaryKey,
    Unique,
    ForeignKey {
        to_table: TableName,
        to_column: ColumnName,
    },
    Check,
    /// `NOT NULL`, where it is a constraint with a name.
    NotNull,
    Exclusion,
    Index {
        is_unique: bool,
        /// One as `db_index=True` makes it, which Django calls of type `idx`.
        is_plain: bool,
        /// Made by the server for a foreign key, until another one serves.
        is_implicit: bool,
    },
    /// A column, where checks belong to columns and are told in their order.
    Column {
        has_check: bool,
    },
    /// What counts the values of a column.
    Sequence,
}

impl Catalog {
    /// Everything of a table, in the order in which it was made.
    #[must_use]
    pub fn entries(&self, table: &TableName) -> &[Entry] {
        self.tables.get(table).map_or(&[], |entries| entries)
    }

    /// The names of a table's entries on exactly these columns that `is_wanted` holds
    /// for, sorted as PostgreSQL lists them; `NOT NULL` comes first.
    #[must_use]
    pub fn names(
        &self,
        server: &Server,
        table: &TableName,
        columns: Option<&[ColumnName]>,
        is_wanted: impl Fn(&EntryKind) -> bool,
    ) -> Vec<SmolStr> {
        let mut names = Vec::new();
        let mut unnamed = 0;
        for entry in self.entries(table) {
            let kind = match &entry.kind {
                EntryKind::Sequence | EntryKind::Column { has_check: false } => continue,
                EntryKind::Column { has_check: true } => {
                    unnamed += 1;
                    &EntryKind::Check
                }
                kind => kind,
            };
            if columns.is_none_or(|columns| entry.columns == columns) && is_wanted(kind) {
                let name = match &entry.kind {
                    // As MySQL's introspection calls the checks of columns.
                    EntryKind::Column { .. } => {
                        format_smolstr!("__unnamed_constraint_{unnamed}__")
                    }
                    _ => entry.name_on(server, table),
                };
                names.push((*kind != EntryKind::NotNull, name));
            }
        }
        names.sort();
        names.into_iter().map(|(_, name)| name).collect()
    }

    /// The sequence that a column owns.
    #[must_use]
    pub fn sequence(&self, table: &TableName, column: &ColumnName) -> Option<&SmolStr> {
        let mut entries = self.entries(table).iter();
        let found = entries.find(|entry| {
            entry.kind == EntryKind::Sequence && entry.columns.first() == Some(column)
        });
        found.map(|entry| &entry.name)
    }

    /// After what it is not known which names a table has, if it is not.
    #[must_use]
    pub fn why_doubtful(&self, table: &TableName) -> Option<&SmolStr> {
        self.doubtful.get(table)
    }

    /// From here on it is not known which names a table has, until it is made anew.
    pub(super) fn doubt(&mut self, table: TableName, after: &SmolStr) {
        let known = self.doubtful.entry(table);
        known.or_insert_with(|| after.clone());
    }

    #[must_use]
    pub fn has_table(&self, table: &TableName) -> bool {
        self.tables.contains_key(table)
    }

    #[must_use]
    pub fn has_extension(&self, name: &str) -> bool {
        self.extensions.contains(name)
    }

    /// `None` for a collation that no migration made.
    #[must_use]
    pub fn is_deterministic(&self, collation: &str) -> Option<bool> {
        self.collations.get(collation).copied()
    }

    /// What a statement does to the names.
    pub(super) fn execute(&mut self, server: &Server, statement: &Statement) {
        let renderer = Renderer { server };
        if server.features.chooses_names_by_relations {
            self.relations.get_or_insert_default();
        }
        self.track(server, statement);
        match statement {
            Statement::CreateTable(create) => self.create_table(renderer, create),
            Statement::DropTable { table } => self.drop_table(renderer, table),
            Statement::RenameTable { from, to } => {
                self.rename_table(from, to);
                if server.features.checks == ColumnChecks::Numbered {
                    self.renumber(from, to);
                }
            }
            Statement::AddColumn { table, column } => {
                let mut entries = self.take(table);
                self.column(renderer, table, column, &mut entries);
                self.set(table, entries);
            }
            Statement::DropColumn { table, column } => {
                if server.features.indexes_outlive_columns {
                    self.leave_indexes(table, column);
                }
                self.retain(table, |entry| !entry.columns.contains(column));
                self.drop_references(table, Some(column));
            }
            Statement::AlterColumn {
                table,
                column,
                changes,
            } => match server.features.checks {
                ColumnChecks::Column => self.modify(table, column, changes),
                ColumnChecks::Nameless => self.constrain(table, column, changes),
                ColumnChecks::Table | ColumnChecks::Numbered => {}
            },
            Statement::RenameColumn { table, from, to } => self.rename_column(table, from, to),
            Statement::CreateIndex(index) => self.create_index(renderer, index),
            Statement::DropIndex { name, table, .. } => {
                let name = server.quoting.introspected(name);
                self.retain(table, |entry| entry.name != name || !entry.kind.is_key());
            }
            Statement::RenameIndex { table, from, to } => {
                let quoting = server.quoting;
                let (from, to) = (quoting.introspected(from), quoting.introspected(to));
                let mut entries = self.take(table);
                for entry in &mut entries {
                    if entry.name == from && entry.kind.is_key() {
                        entry.name.clone_from(&to);
                    }
                }
                self.release(&from);
                self.occupy(to);
                self.set(table, entries);
            }
            Statement::AddConstraint {
                table,
                constraint,
                not_valid,
            } => {
                let mut entries = self.take(table);
                self.constraint(renderer, table, constraint, &mut entries);
                if *not_valid && let Some(added) = entries.last_mut() {
                    added.detail.is_valid = false;
                }
                self.set(table, entries);
            }
            Statement::DropConstraint { table, name, class } => {
                // The index behind a foreign key has its name, and stays.
                let is_key = |entry: &Entry| entry.kind.is_key();
                let is_foreign_key = *class == ConstraintClass::ForeignKey;
                let has_name = |entry: &Entry| match nameless::is_placeholder(name) {
                    true => entry.name_on(server, table) == *name,
                    false => entry.name == server.quoting.introspected(name),
                };
                self.retain(table, |entry| {
                    !has_name(entry) || is_foreign_key && is_key(entry)
                });
            }
            Statement::AddIdentity { table, column } => {
                let mut entries = self.take(table);
                self.sequence_of(table, column, &mut entries);
                self.set(table, entries);
            }
            Statement::DropIdentity { table, column } => self.retain(table, |entry| {
                entry.kind != EntryKind::Sequence || entry.columns.first() != Some(column)
            }),
            Statement::CreateExtension { name } => {
                self.extensions.insert(name.clone());
            }
            Statement::DropExtension { name } => {
                self.extensions.remove(name);
            }
            Statement::CreateCollation {
                name,
                is_deterministic,
                ..
            } => {
                self.collations.insert(name.clone(), *is_deterministic);
            }
            Statement::DropCollation { name } => {
                self.collations.remove(name);
            }
            Statement::ByHand(statement) => self.by_hand(server, statement),
            Statement::DropSequence { .. }
            | Statement::DropOldSequence { .. }
            | Statement::AlterSequenceType { .. }
            | Statement::ValidateConstraint { .. }
            | Statement::CommentOnTable { .. }
            | Statement::CommentOnColumn { .. }
            | Statement::FillNulls { .. }
            | Statement::FillColumn { .. }
            | Statement::CopyRows { .. }
            | Statement::Raw { .. } => {}
        }
    }

    /// A name is a relation's from here on.
    fn occupy(&mut self, name: SmolStr) {
        if let Some(relations) = &mut self.relations {
            relations.insert(name);
        }
    }

    /// A name is free again.
    fn release(&mut self, name: &str) {
        if let Some(relations) = &mut self.relations {
            relations.remove(name);
        }
    }

    /// Takes everything of a table out, to be changed and [`Catalog::set`] again. It is
    /// copied only if another catalog shares it.
    fn take(&mut self, table: &TableName) -> Vec<Entry> {
        let entries = self.tables.get_mut(table).map(std::mem::take);
        entries.map_or_else(Vec::new, Arc::unwrap_or_clone)
    }

    fn set(&mut self, table: &TableName, entries: Vec<Entry>) {
        match self.tables.get_mut(table) {
            Some(slot) => *slot = Arc::new(entries),
            None => {
                self.tables.insert(table.clone(), Arc::new(entries));
            }
        }
    }

    fn retain(&mut self, table: &TableName, keeps: impl Fn(&Entry) -> bool) {
        if self.entries(table).iter().all(&keeps) {
            return;
        }
        let (kept, gone): (Vec<Entry>, Vec<Entry>) = self.take(table).into_iter().partition(keeps);
        for entry in gone {
            self.release(&entry.name);
        }
        self.set(table, kept);
    }

    /// Foreign keys to a table or to one of its columns go with it.
    fn drop_references(&mut self, table: &TableName, column: Option<&ColumnName>) {
        for referrer in self.referrers(table, column) {
            self.retain(&referrer, |entry| match &entry.kind {
                EntryKind::ForeignKey {
                    to_table,
                    to_column,
                } => to_table != table || column.is_some_and(|column| column != to_column),
                _ => true,
            });
        }
    }

    /// The tables that refer to a table, or to one of its columns.
    fn referrers(&self, table: &TableName, column: Option<&ColumnName>) -> OrdSet<TableName> {
        let Some(columns) = self.referrers.get(table) else {
            return OrdSet::new();
        };
        match column {
            Some(column) => columns.get(column).cloned().unwrap_or_default(),
            None => OrdSet::unions(columns.values().cloned()),
        }
    }

    fn create_table(&mut self, renderer: Renderer<'_>, create: &CreateTable) {
        let table = &create.table;
        self.doubtful.remove(table);
        self.occupy(SmolStr::new(table.as_str()));
        let mut entries = Vec::new();
        for column in &create.columns {
            self.column(renderer, table, column, &mut entries);
        }
        for constraint in &create.constraints {
            self.constraint(renderer, table, constraint, &mut entries);
        }
        self.set(table, entries);
    }

    fn drop_table(&mut self, renderer: Renderer<'_>, table: &TableName) {
        // One that stands in the definition of its own table stays, and leads nowhere.
        let templates = &renderer.server.dialect.templates;
        if templates.inline_foreign_key.is_none() {
            self.drop_references(table, None);
            self.referrers.remove(table);
        }
        // Views go with it.
        for view in self.views_of(table, None) {
            self.views.remove(&view);
        }
        if let Some(of) = self.partitioned(table).cloned()
            && let Some(partitions) = self.partitions.get_mut(&of)
        {
            partitions.remove(table);
        }
        self.partitions.remove(table);
        for trigger in self.triggers_of(table) {
            self.triggers.remove(&trigger);
        }
        for entry in self.take(table) {
            self.release(&entry.name);
        }
        self.tables.remove(table);
        self.doubtful.remove(table);
        self.release(table.as_str());
    }

    /// Nothing that belongs to a table is renamed with it.
    pub(super) fn rename_table(&mut self, from: &TableName, to: &TableName) {
        self.release(from.as_str());
        self.occupy(SmolStr::new(to.as_str()));
        if let Some(entries) = self.tables.remove(from) {
            self.tables.insert(to.clone(), entries);
        }
        if let Some(after) = self.doubtful.remove(from) {
            self.doubtful.insert(to.clone(), after);
        }
        for trigger in self.triggers_of(from) {
            self.triggers.insert(trigger, to.clone());
        }
        for referrer in self.referrers(from, None) {
            let referrer = if referrer == *from { to } else { &referrer };
            let mut entries = self.take(referrer);
            for entry in &mut entries {
                if let EntryKind::ForeignKey { to_table, .. } = &mut entry.kind
                    && to_table == from
                {
                    to_table.clone_from(to);
                }
            }
            self.set(referrer, entries);
        }
        for (column, mut tables) in self.referrers.remove(from).unwrap_or_default() {
            if tables.remove(from).is_some() {
                tables.insert(to.clone());
            }
            let known = self.referrers.entry(to.clone()).or_default();
            known.entry(column).or_default().extend(tables);
        }
        // Whom the table itself refers to.
        let targets: Vec<(TableName, ColumnName)> = self
            .entries(to)
            .iter()
            .filter_map(|entry| match &entry.kind {
                EntryKind::ForeignKey {
                    to_table,
                    to_column,
                } => Some((to_table.clone(), to_column.clone())),
                _ => None,
            })
            .collect();
        for (table, column) in targets {
            self.refer(to, &table, &column);
        }
    }

    fn rename_column(&mut self, table: &TableName, from: &ColumnName, to: &ColumnName) {
        let mut entries = self.take(table);
        let named = entries.iter_mut().flat_map(|entry| {
            let detail = &mut entry.detail;
            let in_text = detail.uses.iter_mut().chain(&mut detail.never_null);
            entry.columns.iter_mut().chain(in_text)
        });
        for column in named {
            if column == from {
                column.clone_from(to);
            }
        }
        self.set(table, entries);
        let referrers = self.referrers(table, Some(from));
        for referrer in &referrers {
            let mut entries = self.take(referrer);
            for entry in &mut entries {
                if let EntryKind::ForeignKey {
                    to_table,
                    to_column,
                } = &mut entry.kind
                    && to_table == table
                    && to_column == from
                {
                    to_column.clone_from(to);
                }
            }
            self.set(referrer, entries);
        }
        for referrer in &referrers {
            self.refer(referrer, table, to);
        }
    }

    fn create_index(&mut self, renderer: Renderer<'_>, index: &CreateIndex) {
        let server = renderer.server;
        let name = server.quoting.introspected(&renderer.index_name(index));
        let columns = match &index.indexed {
            Indexed::Expressions(_) => Vec::new(),
            // Columns that an index only includes count as well.
            Indexed::Columns(columns) => columns
                .iter()
                .map(|column| column.name.clone())
                .chain(index.include.iter().cloned())
                .collect(),
        };
        let method = index.method.as_deref().unwrap_or("btree");
        let is_plain = method.eq_ignore_ascii_case("btree")
            && !name.ends_with("_btree")
            && index.parameters.is_empty()
            && !(server.features.descending_columns_are_expressions
                && matches!(&index.indexed, Indexed::Columns(columns)
                    if columns.iter().any(|column| column.is_descending)));
        self.occupy(name.clone());
        self.own(&name, &index.table);
        let mut entries = self.take(&index.table);
        let first = match &index.indexed {
            Indexed::Columns(_) => columns.first().cloned(),
            Indexed::Expressions(fragment) => renderer.first_column(fragment),
        };
        upkeep::release_implicit(&mut entries, first.as_ref());
        entries.push(Entry {
            name,
            columns,
            detail: self.detail_of_index(server.quoting, index),
            kind: EntryKind::Index {
                is_unique: index.is_unique,
                is_plain,
                is_implicit: false,
            },
        });
        self.set(&index.table, entries);
    }

    fn column(
        &mut self,
        renderer: Renderer<'_>,
        table: &TableName,
        column: &Column,
        entries: &mut Vec<Entry>,
    ) {
        let features = renderer.server.features;
        let entry = |name: SmolStr, kind: EntryKind| Entry {
            name,
            kind,
            columns: vec![column.name.clone()],
            detail: Detail::default(),
        };
        let check = |name: SmolStr| Entry {
            detail: Detail {
                uses: vec![column.name.clone()],
                ..Detail::default()
            },
            ..entry(name, EntryKind::Check)
        };
        let is_nameless = features.checks == ColumnChecks::Nameless;
        if is_nameless && !column.is_null && column.generated.is_none() {
            entries.push(entry(SmolStr::default(), EntryKind::NotNull));
        }
        match column.key {
            ColumnKey::None => {}
            ColumnKey::Primary if is_nameless => {
                entries.push(entry(SmolStr::default(), EntryKind::PrimaryKey));
            }
            ColumnKey::Unique if is_nameless => {
                entries.push(entry(SmolStr::default(), EntryKind::Unique));
            }
            ColumnKey::Primary => {
                let name = self.free(table, None, "pkey");
                entries.push(entry(name, EntryKind::PrimaryKey));
            }
            ColumnKey::Unique => {
                let name = if features.unique_constraint_has_index {
                    upkeep::key_name(entries, column.name.as_str())
                } else {
                    self.free(table, Some(&column.name), "key")
                };
                entries.push(entry(name, EntryKind::Unique));
            }
        }
        match (features.checks, column.check.is_some()) {
            (ColumnChecks::Column, is_given) => {
                let has_check = is_given || upkeep::has_own_check(&column.db_type);
                entries.push(entry(SmolStr::default(), EntryKind::Column { has_check }));
            }
            (_, false) => {}
            (ColumnChecks::Nameless, true) => {
                entries.push(check(SmolStr::default()));
            }
            (ColumnChecks::Table, true) => {
                let name = self.free(table, Some(&column.name), "check");
                entries.push(check(name));
            }
            (ColumnChecks::Numbered, true) => {
                let name = upkeep::check_name(table, entries);
                entries.push(check(name));
            }
        }
        if let Some(reference) = &column.references {
            // Where tables are made with their foreign keys, these have no names.
            let templates = &renderer.server.dialect.templates;
            let name = match (&reference.name, templates.inline_foreign_key) {
                (Some(Name::Given(name)), _) => name.to_string(),
                (_, Some(_)) => String::new(),
                (_, None) => {
                    let to = [reference.to_table.as_str(), reference.to_column.as_str()];
                    let names = [column.name.as_str()];
                    renderer.generated(table, &names, Suffix::ForeignKeyTarget, Some(to))
                }
            };
            let kind = EntryKind::ForeignKey {
                to_table: reference.to_table.clone(),
                to_column: reference.to_column.clone(),
            };
            let name = renderer.server.quoting.introspected(&name);
            self.foreign_key(renderer, table, entry(name, kind), entries);
        }
        let is_identity = || {
            column.suffix.is_some()
                || column.db_type.ends_with("AS IDENTITY")
                || column.db_type.contains("serial")
        };
        if features.has_identity_columns && is_identity() {
            self.sequence_of(table, &column.name, entries);
        }
    }

    fn foreign_key(
        &mut self,
        renderer: Renderer<'_>,
        table: &TableName,
        key: Entry,
        entries: &mut Vec<Entry>,
    ) {
        let features = renderer.server.features;
        if !features.keeps_foreign_keys {
            return;
        }
        if let EntryKind::ForeignKey {
            to_table,
            to_column,
        } = &key.kind
        {
            self.refer(table, to_table, to_column);
        }
        if features.foreign_keys_have_indexes {
            entries.extend(upkeep::implicit(entries, &key));
        }
        entries.push(key);
    }

    fn refer(&mut self, from: &TableName, to: &TableName, column: &ColumnName) {
        let known = self.referrers.get(to).and_then(|it| it.get(column));
        if known.is_some_and(|tables| tables.contains(from)) {
            return;
        }
        let columns = self.referrers.entry(to.clone()).or_default();
        let tables = columns.entry(column.clone()).or_default();
        tables.insert(from.clone());
    }

    fn sequence_of(&mut self, table: &TableName, column: &ColumnName, entries: &mut Vec<Entry>) {
        entries.push(Entry {
            name: self.free(table, Some(column), "seq"),
            kind: EntryKind::Sequence,
            columns: vec![column.clone()],
            detail: Detail::default(),
        });
    }

    fn constraint(
        &mut self,
        renderer: Renderer<'_>,
        table: &TableName,
        constraint: &Constraint,
        entries: &mut Vec<Entry>,
    ) {
        let name = match renderer.constraint_name(table, constraint) {
            Some(name) => renderer.server.quoting.introspected(&name),
            None if renderer.server.features.checks == ColumnChecks::Nameless => SmolStr::default(),
            None => self.free(table, None, "pkey"),
        };
        self.occupy(name.clone());
        let (kind, columns) = match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } => (EntryKind::PrimaryKey, columns.clone()),
            ConstraintKind::Unique { columns, .. } => (EntryKind::Unique, columns.clone()),
            ConstraintKind::Check(check) => (EntryKind::Check, check.columns.clone()),
            ConstraintKind::ForeignKey {
                column,
                to_table,
                to_column,
            } => {
                let kind = EntryKind::ForeignKey {
                    to_table: to_table.clone(),
                    to_column: to_column.clone(),
                };
                let columns = vec![column.clone()];
                let key = Entry {
                    name,
                    kind,
                    columns,
                    detail: Detail::default(),
                };
                return self.foreign_key(renderer, table, key, entries);
            }
            ConstraintKind::Exclusion { expressions, .. } => {
                (EntryKind::Exclusion, expressions.columns.clone())
            }
        };
        if matches!(kind, EntryKind::PrimaryKey | EntryKind::Unique) {
            upkeep::release_implicit(entries, columns.first());
        }
        let detail = match &constraint.kind {
            ConstraintKind::Check(check) => {
                self.detail_of_check(renderer.server.quoting, table, &check.sql, true)
            }
            ConstraintKind::Exclusion { expressions, .. } => Detail {
                uses: expressions.columns.clone(),
                ..Detail::default()
            },
            ConstraintKind::PrimaryKey { .. }
            | ConstraintKind::Unique { .. }
            | ConstraintKind::ForeignKey { .. } => Detail::default(),
        };
        // Whoever writes a check by hand does not list its columns.
        let columns = if kind == EntryKind::Check && columns.is_empty() {
            detail.uses.clone()
        } else {
            columns
        };
        entries.push(Entry {
            name,
            kind,
            columns,
            detail,
        });
    }

    /// A name as PostgreSQL chooses it for what has none: `shop_book_pkey`, with a
    /// number if it is taken.
    /// Source: `ChooseRelationName` and `makeObjectName`, PostgreSQL 15.
    fn free(&mut self, table: &TableName, column: Option<&ColumnName>, label: &str) -> SmolStr {
        let (_, table) = super::names::split_identifier(table.as_str());
        let column = column.map(ColumnName::as_str);
        let mut number = 0;
        loop {
            let label = match number {
                0 => label.to_owned(),
                number => format!("{label}{number}"),
            };
            let name = SmolStr::new(object_name(table, column, &label));
            let taken = self.relations.as_ref();
            if !taken.is_some_and(|taken| taken.contains(&name)) {
                self.occupy(name.clone());
                return name;
            }
            number += 1;
        }
    }
}

/// At most 63 bytes: the longer of the two names loses its end first.
fn object_name(table: &str, column: Option<&str>, label: &str) -> String {
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
    let cut = |text: &str, mut length: usize| {
        while !text.is_char_boundary(length) {
            length -= 1;
        }
        text[..length].to_owned()
    };
    match column {
        None => format!("{}_{label}", cut(table, first)),
        Some(column) => format!("{}_{}_{label}", cut(table, first), cut(column, second)),
    }
}
