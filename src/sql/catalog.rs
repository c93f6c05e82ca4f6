//! What a database holds by name: columns, constraints, indexes, sequences, extensions
//! and collations, kept up by the statements that are executed.
//!
//! It answers what Django's schema editor asks a live database
//! (`DatabaseIntrospection.get_constraints` and `get_sequences`, 5.2), so that dropping
//! and renaming is exact without one, and what effects depend on. Copies are cheap.

mod by_hand;
mod chosen;
mod columns;
mod entry;
mod memory;
pub(super) mod nameless;
mod upkeep;

use std::sync::Arc;

use imbl::shared_ptr::DefaultSharedPtr;
use imbl::{GenericHashMap, GenericHashSet, OrdMap, OrdSet};
use rustc_hash::FxBuildHasher;
use smol_str::{SmolStr, format_smolstr};

use super::ddl::render::Renderer;
use super::ddl::{
    Column, ColumnKey, ColumnName, Constraint, ConstraintClass, ConstraintKind, CreateIndex,
    CreateTable, Indexed, Name, Statement, Suffix, TableName,
};
use super::dialect::{ColumnChecks, Server};

use columns::Columns;
pub use columns::{ColumnFacts, OwnType};
pub use entry::{Definition, Detail, Entry, EntryKind};
use memory::Memory;

type HashMap<K, V> = GenericHashMap<K, V, FxBuildHasher, DefaultSharedPtr>;
type HashSet<T> = GenericHashSet<T, FxBuildHasher, DefaultSharedPtr>;

/// A database's names.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// One thing a table, so that a statement looks for its table once.
    tables: HashMap<TableName, Arc<Held>>,
    /// Names that no other relation may take, tables, indexes and sequences alike; kept
    /// where the server chooses names by them.
    relations: Option<HashSet<SmolStr>>,
    extensions: OrdSet<SmolStr>,
    /// By name, whether texts that compare as equal are the same.
    collations: OrdMap<SmolStr, bool>,
    /// Domains, enums and composites by name.
    types: OrdMap<SmolStr, OwnType>,
    memory: Arc<Memory>,
    partitions: OrdMap<TableName, OrdSet<TableName>>,
    /// Which tables a view reads.
    views: OrdMap<TableName, Arc<by_hand::View>>,
    /// Whose a trigger is, by its name.
    triggers: OrdMap<SmolStr, TableName>,
}

/// What is known of the name of a table, be there such a table or not.
#[derive(Debug, Clone, Default)]
struct Held {
    /// `None` where there is no such table.
    entries: Option<Vec<Entry>>,
    columns: Option<Columns>,
    /// Which tables have foreign keys to it, by its columns.
    referrers: OrdMap<ColumnName, OrdSet<TableName>>,
    /// An operation touched it which could not be planned: which one.
    doubt: Option<SmolStr>,
}

impl Held {
    fn is_nothing(&self) -> bool {
        self.entries.is_none()
            && self.columns.is_none()
            && self.referrers.is_empty()
            && self.doubt.is_none()
    }

    fn entries(&self) -> &[Entry] {
        self.entries.as_deref().unwrap_or_default()
    }
}

impl Catalog {
    /// Everything of a table, in the order in which it was made.
    #[must_use]
    pub fn entries(&self, table: &TableName) -> &[Entry] {
        self.tables.get(table).map_or(&[], |held| held.entries())
    }

    fn held(&mut self, table: &TableName) -> Option<&mut Held> {
        self.tables.get_mut(table).map(Arc::make_mut)
    }

    /// Changes what is held under a name, be it new.
    fn hold<T>(&mut self, table: &TableName, change: impl FnOnce(&mut Held) -> T) -> T {
        match self.tables.get_mut(table) {
            Some(held) => change(Arc::make_mut(held)),
            None => {
                let mut held = Held::default();
                let result = change(&mut held);
                self.tables.insert(table.clone(), Arc::new(held));
                result
            }
        }
    }

    /// Forgets a name of which nothing is known any more.
    fn tidy(&mut self, table: &TableName) {
        if self.tables.get(table).is_some_and(|it| it.is_nothing()) {
            self.tables.remove(table);
        }
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
        self.tables.get(table)?.doubt.as_ref()
    }

    /// From here on it is not known which names a table has, until it is made anew.
    pub(super) fn doubt(&mut self, table: &TableName, after: &SmolStr) {
        self.hold(table, |held| {
            held.doubt.get_or_insert_with(|| after.clone());
        });
    }

    #[must_use]
    pub fn has_table(&self, table: &TableName) -> bool {
        let held = self.tables.get(table);
        held.is_some_and(|it| it.entries.is_some())
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
                self.occupy(&to);
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
    fn occupy(&mut self, name: &SmolStr) {
        if let Some(relations) = &mut self.relations {
            relations.insert(name.clone());
        }
    }

    /// A name is free again.
    fn release(&mut self, name: &str) {
        if let Some(relations) = &mut self.relations {
            relations.remove(name);
        }
    }

    /// Takes everything of a table out, to be changed and [`Catalog::set`] again.
    fn take(&mut self, table: &TableName) -> Vec<Entry> {
        let held = self.held(table);
        held.and_then(|it| it.entries.take()).unwrap_or_default()
    }

    fn set(&mut self, table: &TableName, entries: Vec<Entry>) {
        self.hold(table, |held| held.entries = Some(entries));
    }

    fn retain(&mut self, table: &TableName, keeps: impl Fn(&Entry) -> bool) {
        if self.entries(table).iter().all(&keeps) {
            return;
        }
        let entries = self.take(table).into_iter();
        let (kept, gone): (Vec<_>, Vec<_>) = entries.partition(keeps);
        for entry in gone {
            self.release(&entry.name);
        }
        self.set(table, kept);
    }

    /// Foreign keys to a table or to one of its columns go with it.
    fn drop_references(&mut self, table: &TableName, column: Option<&ColumnName>) {
        for referrer in self.referrers(table, column) {
            self.retain(&referrer, |entry| !entry.refers_to(table, column));
        }
    }

    /// The tables that refer to a table, or to one of its columns.
    fn referrers(&self, table: &TableName, column: Option<&ColumnName>) -> OrdSet<TableName> {
        let Some(held) = self.tables.get(table) else {
            return OrdSet::new();
        };
        match column {
            Some(column) => held.referrers.get(column).cloned().unwrap_or_default(),
            None => OrdSet::unions(held.referrers.values().cloned()),
        }
    }

    fn create_table(&mut self, renderer: Renderer<'_>, create: &CreateTable) {
        self.make_table(renderer, &create.table, create);
    }

    /// A table takes the name and the place of another one, to which foreign keys lead on.
    pub(super) fn replace_table(&mut self, server: &Server, create: &CreateTable, old: &TableName) {
        self.drop_dependents(old);
        self.make_table(Renderer { server }, old, create);
    }

    fn make_table(&mut self, renderer: Renderer<'_>, table: &TableName, create: &CreateTable) {
        let columns = Columns::of(create);
        self.hold(table, |held| {
            held.columns = Some(columns);
            held.doubt = None;
        });
        self.occupy(table.as_smol());
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
        let loses_referrers = templates.inline_foreign_key.is_none();
        if loses_referrers {
            self.drop_references(table, None);
        }
        self.drop_dependents(table);
        let mut entries = None;
        if let Some(held) = self.held(table) {
            entries = held.entries.take();
            held.columns = None;
            held.doubt = None;
            if loses_referrers {
                held.referrers.clear();
            }
        }
        self.tidy(table);
        if self.relations.is_some() {
            for entry in entries.into_iter().flatten() {
                self.release(&entry.name);
            }
            self.release(table.as_str());
        }
    }

    /// Views and triggers go with their table.
    fn drop_dependents(&mut self, table: &TableName) {
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
    }

    /// Nothing that belongs to a table is renamed with it.
    pub(super) fn rename_table(&mut self, from: &TableName, to: &TableName) {
        self.release(from.as_str());
        self.occupy(to.as_smol());
        for trigger in self.triggers_of(from) {
            self.triggers.insert(trigger, to.clone());
        }
        for referrer in self.referrers(from, None) {
            let is_meant = |entry: &Entry| entry.refers_to(from, None);
            self.change(&referrer, is_meant, |entry| {
                if let EntryKind::ForeignKey { to_table, .. } = &mut entry.kind {
                    to_table.clone_from(to);
                }
            });
        }
        let Some(moved) = self.tables.remove(from) else {
            return;
        };
        let moved = Arc::unwrap_or_clone(moved);
        // Whom the table itself refers to.
        let targets: Vec<(TableName, ColumnName)> = moved
            .entries()
            .iter()
            .filter_map(|entry| match &entry.kind {
                EntryKind::ForeignKey {
                    to_table,
                    to_column,
                } => Some((to_table.clone(), to_column.clone())),
                _ => None,
            })
            .collect();
        self.hold(to, |held| {
            held.entries = moved.entries.or(held.entries.take());
            held.columns = moved.columns.or(held.columns.take());
            held.doubt = moved.doubt.or(held.doubt.take());
            for (column, mut tables) in moved.referrers {
                if tables.remove(from).is_some() {
                    tables.insert(to.clone());
                }
                held.referrers.entry(column).or_default().extend(tables);
            }
        });
        for (table, column) in targets {
            self.refer(to, &table, &column);
        }
    }

    /// Changes those entries of a table that `is_meant` holds for.
    fn change(
        &mut self,
        table: &TableName,
        is_meant: impl Fn(&Entry) -> bool,
        change: impl Fn(&mut Entry),
    ) {
        if let Some(held) = self.held(table) {
            let entries = held.entries.iter_mut().flatten();
            for entry in entries.filter(|entry| is_meant(entry)) {
                change(entry);
            }
        }
    }

    fn rename_column(&mut self, table: &TableName, from: &ColumnName, to: &ColumnName) {
        let mut entries = self.take(table);
        for entry in entries.iter_mut().filter(|entry| entry.names(from)) {
            let Definition {
                columns, detail, ..
            } = &mut **entry;
            let in_text = detail.uses.iter_mut().chain(&mut detail.never_null);
            let named = columns.iter_mut().chain(in_text);
            for column in named.filter(|column| *column == from) {
                column.clone_from(to);
            }
        }
        self.set(table, entries);
        let referrers = self.referrers(table, Some(from));
        for referrer in &referrers {
            let is_meant = |entry: &Entry| entry.refers_to(table, Some(from));
            self.change(referrer, is_meant, |entry| {
                if let EntryKind::ForeignKey { to_column, .. } = &mut entry.kind {
                    to_column.clone_from(to);
                }
            });
        }
        for referrer in &referrers {
            self.refer(referrer, table, to);
        }
    }

    fn create_index(&mut self, renderer: Renderer<'_>, index: &Arc<CreateIndex>) {
        let entry = match self.memory.entry(index) {
            Some(entry) => entry,
            None => {
                let entry = self.entry_of(renderer, index);
                // What an expression names depends on the table's columns by then, and what
                // nobody shares is not made again.
                if matches!(index.indexed, Indexed::Columns(_))
                    && index.condition.is_none()
                    && Arc::strong_count(index) > 1
                {
                    self.memory.add_entry(index, &entry);
                }
                entry
            }
        };
        self.occupy(&entry.name);
        self.memory.own(&entry.name, &index.table);
        let first = match &index.indexed {
            Indexed::Columns(_) => entry.columns.first().cloned(),
            Indexed::Expressions(fragment) => renderer.first_column(fragment),
        };
        self.hold(&index.table, |held| {
            let entries = held.entries.get_or_insert_default();
            if renderer.server.features.foreign_keys_have_indexes {
                upkeep::release_implicit(entries, first.as_ref());
            }
            entries.push(entry);
        });
    }

    fn entry_of(&self, renderer: Renderer<'_>, index: &CreateIndex) -> Entry {
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
        Entry::from(Definition {
            name,
            columns,
            detail: self.detail_of_index(server.quoting, index),
            kind: EntryKind::Index {
                is_unique: index.is_unique,
                is_plain,
                is_implicit: false,
            },
        })
    }

    fn column(
        &mut self,
        renderer: Renderer<'_>,
        table: &TableName,
        column: &Column,
        entries: &mut Vec<Entry>,
    ) {
        let features = renderer.server.features;
        let of_column = |name: SmolStr, kind: EntryKind| Definition {
            name,
            kind,
            columns: vec![column.name.clone()],
            detail: Detail::default(),
        };
        let entry = |name: SmolStr, kind: EntryKind| Entry::from(of_column(name, kind));
        let check = |name: SmolStr| {
            let detail = Detail {
                uses: vec![column.name.clone()],
                ..Detail::default()
            };
            Entry::from(Definition {
                detail,
                ..of_column(name, EntryKind::Check)
            })
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
        let held = self.tables.get(to);
        let known = held.and_then(|it| it.referrers.get(column));
        if known.is_some_and(|tables| tables.contains(from)) {
            return;
        }
        self.hold(to, |held| {
            let tables = held.referrers.entry(column.clone()).or_default();
            tables.insert(from.clone());
        });
    }

    fn sequence_of(&mut self, table: &TableName, column: &ColumnName, entries: &mut Vec<Entry>) {
        entries.push(Entry::from(Definition {
            name: self.free(table, Some(column), "seq"),
            kind: EntryKind::Sequence,
            columns: vec![column.clone()],
            detail: Detail::default(),
        }));
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
        self.occupy(&name);
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
                let key = Definition {
                    name,
                    kind,
                    columns,
                    detail: Detail::default(),
                };
                return self.foreign_key(renderer, table, key.into(), entries);
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
        entries.push(Entry::from(Definition {
            name,
            kind,
            columns,
            detail,
        }));
    }
}
