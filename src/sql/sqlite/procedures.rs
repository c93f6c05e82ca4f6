//! SQLite alters few things of a table in place: for all others the table is made anew,
//! filled from the old one and renamed.
//!
//! Source: `django/db/backends/sqlite3/schema.py`, 5.2.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::base::text::concat;
use crate::ir::Value;
use crate::ir::constraint::{Constraint, ConstraintKind};
use crate::schema::Model;
use crate::sql::ddl::{Column, ColumnName, Statement, TableName};
use crate::sql::plan::{
    self, Alteration, Editor, Head, Planned, Procedures, Purpose, Resolved, Reverse, Table, Through,
};

#[derive(Debug)]
pub(super) struct Sqlite;

/// What a table that is made anew has and the old one has not.
#[derive(Debug, Default)]
struct Change<'a, 's> {
    create: Option<&'a Resolved<'s>>,
    delete: Option<&'a Resolved<'s>>,
    alter: Vec<(Resolved<'s>, Resolved<'s>)>,
}

impl Procedures for Sqlite {
    fn add_column(
        &self,
        editor: &mut Editor<'_>,
        head: &Head<'_>,
        field: &Resolved<'_>,
    ) -> Planned<()> {
        if field.column.is_none() {
            // Django does not look whether a many-to-many field has a column.
            return if plan::is_many_to_many(&field.state) && field.field().to().is_some() {
                remake(editor, head, Change::default())
            } else {
                Ok(())
            };
        }
        // SQLite adds no keys, and no default that is to be dropped.
        if field.is_unique
            || !field.is_null
            || plan::has_default(editor.setup, field)?
            || field.db_default().is_some() && !plan::is_stated_value(field)
        {
            let change = Change {
                create: Some(field),
                ..Change::default()
            };
            remake(editor, head, change)
        } else {
            editor.add_column(head, field)
        }
    }

    fn remove_column(
        &self,
        editor: &mut Editor<'_>,
        head: &Head<'_>,
        field: &Resolved<'_>,
    ) -> Planned<()> {
        if !editor.setup.server.features.can_alter_table_drop_column
            || field.is_unique
            || field.is_indexed
            || field.foreign_key().is_some()
        {
            let change = Change {
                delete: Some(field),
                ..Change::default()
            };
            remake(editor, head, change)
        } else {
            editor.remove_column(head, field)
        }
    }

    fn alter_column(&self, editor: &mut Editor<'_>, change: &Alteration<'_, '_>) -> Planned<()> {
        let Alteration { head, old, new, .. } = *change;
        let (before, after) = (old.typed()?, new.typed()?);
        if before.name != after.name
            && old.foreign_key().is_none()
            && new.foreign_key().is_none()
            && definition(editor, head, old)? == definition(editor, head, new)?
        {
            editor.execute(Statement::RenameColumn {
                table: head.name.clone(),
                from: before.name.clone(),
                to: after.name.clone(),
            });
            return Ok(());
        }
        let alter = Change {
            alter: vec![(old.clone(), new.clone())],
            ..Change::default()
        };
        remake(editor, head, alter)?;
        let is_retyped = before.db_type != after.db_type || before.collation != after.collation;
        if new.is_unique && is_retyped {
            for head in followers(editor, change)? {
                remake(editor, &head, Change::default())?;
            }
        }
        Ok(())
    }

    fn alter_many_to_many(
        &self,
        editor: &mut Editor<'_>,
        _change: &Alteration<'_, '_>,
        old: &Through<'_>,
        new: &Through<'_>,
    ) -> Planned<()> {
        let setup = editor.setup;
        let (from, to) = (&old.table.head.name, &new.table.head.name);
        if from == to {
            let mut change = Change::default();
            for (before, after) in [(&old.to, &new.to), (&old.from, &new.from)] {
                let before = old.table.field(setup, before.as_str())?;
                let after = new.table.field(setup, after.as_str())?;
                change.alter.push((before, after));
            }
            return remake(editor, &old.table.head, change);
        }
        editor.create_model(&new.table)?;
        let mut columns = vec![("id".to_owned(), "id".to_owned())];
        for (before, after) in [(&old.from, &new.from), (&old.to, &new.to)] {
            let before = old.table.field(setup, before.as_str())?;
            let after = new.table.field(setup, after.as_str())?;
            columns.push((
                after.column_name()?.as_str().to_owned(),
                before.column_name()?.as_str().to_owned(),
            ));
        }
        editor.execute(Statement::CopyRows {
            from: from.clone(),
            to: to.clone(),
            columns,
        });
        editor.delete_model(&old.table.head)
    }

    fn add_constraint(
        &self,
        editor: &mut Editor<'_>,
        head: &Head<'_>,
        constraint: &Constraint,
    ) -> Planned<()> {
        if is_index(constraint) {
            plan::add_constraint(editor, head, constraint)
        } else {
            remake(editor, head, Change::default())
        }
    }

    fn remove_constraint(
        &self,
        editor: &mut Editor<'_>,
        head: &Head<'_>,
        constraint: &Constraint,
    ) -> Planned<()> {
        if is_index(constraint) {
            plan::remove_constraint(editor, head, constraint)
        } else {
            remake(editor, head, Change::default())
        }
    }
}

/// Whether a constraint stands beside its table, or would if there were such.
fn is_index(constraint: &Constraint) -> bool {
    let is_given = |name: &str| {
        constraint
            .option(name)
            .is_some_and(|value| match &value.value {
                Value::None => false,
                value => value.items().is_none_or(|items| !items.is_empty()),
            })
    };
    constraint.kind == ConstraintKind::Unique
        && (constraint.condition.is_some()
            || !constraint.expressions.is_empty()
            || is_given("include")
            || is_given("deferrable"))
}

/// A column but for its name and what `column_sql` leaves out.
fn definition(editor: &mut Editor<'_>, head: &Head<'_>, field: &Resolved<'_>) -> Planned<Column> {
    let (mut column, _) = editor.column(head, field, Purpose::Table)?;
    column.name = ColumnName::new("");
    column.check = None;
    column.suffix = None;
    column.references = None;
    Ok(column)
}

/// The other tables with columns that follow an altered one.
fn followers<'s>(editor: &Editor<'_>, change: &Alteration<'_, 's>) -> Planned<Vec<Head<'s>>> {
    let setup = editor.setup;
    let Alteration { new, to, .. } = *change;
    let own = new.model.key();
    let mut heads: Vec<Head<'s>> = Vec::new();
    let mut add = |head: Head<'s>| {
        if heads.iter().all(|known| known.name != head.name) {
            heads.push(head);
        }
    };
    for Reverse { model, field } in plan::reverse(to, own) {
        if model.key() == own {
            continue;
        }
        if plan::is_many_to_many(&field) {
            if new.is_primary_key && plan::is_automatic(&field) {
                add(plan::through(setup, &model, &field)?.table.head);
            }
            continue;
        }
        let field = Resolved::new(setup, &model, field)?;
        let refers = field
            .relation
            .as_ref()
            .is_some_and(|relation| relation.field == *new.name());
        if refers {
            add(Head::of(setup, &model)?);
        }
    }
    if new.is_primary_key {
        for field in new.model.local_many_to_many() {
            let is_own = new.model.related(&field).known() == Some(own);
            if !is_own && plan::is_automatic(&field) {
                add(plan::through(setup, &new.model, &field)?.table.head);
            }
        }
    }
    Ok(heads)
}

/// `_remake_table`.
fn remake<'s>(editor: &mut Editor<'_>, head: &Head<'s>, change: Change<'_, 's>) -> Planned<()> {
    let setup = editor.setup;
    let quote = |name: &str| setup.server.quoting.name(name);
    let mut table = Table::of(setup, &head.model)?;
    table.head.clone_from(head);
    let mut fields = std::mem::take(&mut table.fields);
    let mut mapping: Vec<(String, String)> = Vec::new();
    // Which column goes where shows in the text alone.
    if setup.writes_text {
        for field in fields.iter().filter(|field| !field.is_generated()) {
            let column = field.column_name()?.as_str();
            mapping.push((column.to_owned(), quote(column)));
        }
    }
    let brings_key = change
        .create
        .into_iter()
        .chain(change.alter.iter().map(|(_, new)| new))
        .any(|field| field.is_primary_key);
    if brings_key {
        demote(setup, &mut fields, &mut mapping, &change)?;
    }
    let is_backwards = editor.is_backwards;
    let mut newcomers: Vec<Resolved<'s>> = Vec::new();
    if let Some(field) = change.create {
        newcomers.push(field.clone());
        if field.db_default().is_none() && !field.is_generated() {
            let value = plan::effective_default(editor, field)?;
            let column = field.column_name()?.as_str().to_owned();
            mapping.push((column, value.unwrap_or_else(|| "NULL".to_owned())));
        }
    }
    for (old, new) in &change.alter {
        let (from, to) = (old.column_name()?.as_str(), new.column_name()?.as_str());
        // A field of the same state has its place already.
        let is_settled = Arc::ptr_eq(head.model.state(), new.model.state());
        let at = fields.iter().position(|field| field.name() == old.name());
        match at {
            Some(at) if is_settled => fields[at] = new.clone(),
            at => {
                if let Some(at) = at {
                    fields.remove(at);
                }
                newcomers.push(new.clone());
            }
        }
        mapping.retain(|(column, _)| column != from);
        for names in &mut table.unique_together {
            for name in names.iter_mut().filter(|name| *name == old.name()) {
                name.clone_from(new.name());
            }
        }
        if new.is_generated() {
            continue;
        }
        let value = if old.is_null && !new.is_null {
            let default = match plan::db_default(setup, head, new)? {
                Some(default) => default.sql,
                None => plan::effective_default(editor, new)?.unwrap_or_else(|| "NULL".to_owned()),
            };
            format!("coalesce({}, {default})", quote(from))
        } else {
            quote(from)
        };
        mapping.retain(|(column, _)| column != to);
        mapping.push((to.to_owned(), value));
    }
    if let Some(field) = change.delete {
        let column = field.column_name()?.as_str();
        fields.retain(|known| known.name() != field.name());
        mapping.retain(|(known, _)| known != column);
        let name = field.name().as_str();
        table
            .indexes
            .retain(|index| !index.fields().contains(&name));
    }
    // Those that refer to the table itself are made anew for what the field is now.
    if let Some((_, new)) = change.alter.first() {
        for field in fields.iter_mut().filter(|it| refers_to_itself(it, head)) {
            let state = new.model.state().fields.get(field.name().as_str());
            let state = state.unwrap_or(&field.state).clone();
            *field = Resolved::new(setup, &new.model, state)?;
        }
    }
    table.fields = ordered(fields, newcomers, is_backwards, head);
    table.many_to_many = Vec::new();
    table.comment = None;

    // Django's new model has neither again, although a model needs a key: seen with 5.2.
    let drops_its_key = change.delete.is_some_and(|field| {
        field.name().as_str() == "id" || field.field().flag("parent_link", false) == Some(true)
    });
    if !drops_its_key
        && table.composite_key.is_none()
        && table.fields.iter().all(|field| !field.is_primary_key)
    {
        let states = table.fields.iter().map(|field| field.state.clone());
        let without = head.model.with_fields(states.collect());
        let key = plan::known(without.primary_key())?;
        table.fields.insert(0, Resolved::new(setup, &without, key)?);
    }

    let own = head.name.clone();
    let stripped = own.as_str().trim_matches('"');
    let states = table
        .fields
        .iter()
        .map(|field| field.state.clone())
        .collect();
    let model: Model<'s> = head.model.with_fields(states);
    table.head = Head {
        model,
        name: TableName::new(concat(["new__", stripped])),
        tablespace: setup.settings.default_tablespace.clone(),
    };
    let mapping = mapping.into_iter();
    let columns = mapping.map(|(column, value)| (quote(&column), value));
    let create = editor.definition(&table)?;
    editor.replace_table(create, &own, columns.collect());
    table.head.name = own;
    editor.complete(&table)?;
    editor.execute_deferred();
    Ok(())
}

/// Django orders columns by when their fields were made: the fields of a later state
/// come last and those of an earlier one first, those that refer to the table itself,
/// which are made anew, after all, and automatic keys before all.
fn ordered<'s>(
    mut kept: Vec<Resolved<'s>>,
    mut newcomers: Vec<Resolved<'s>>,
    is_backwards: bool,
    head: &Head<'s>,
) -> Vec<Resolved<'s>> {
    newcomers.sort_by_key(|field| {
        let names = field.model.state().fields.iter();
        names
            .take_while(|(name, _)| name.as_str() != field.name().as_str())
            .count()
    });
    let loops = kept.extract_if(.., |it| refers_to_itself(it, head));
    let loops: Vec<Resolved<'s>> = loops.collect();
    let mut all = if is_backwards {
        newcomers.extend(kept);
        newcomers
    } else {
        kept.extend(newcomers);
        kept
    };
    all.extend(loops);
    all.sort_by_key(|field| !field.is_auto_created);
    all
}

fn refers_to_itself(field: &Resolved<'_>, head: &Head<'_>) -> bool {
    let relation = field.relation.as_ref();
    relation.is_some_and(|relation| relation.key == *head.model.key())
}

/// The key that was is none any more; one that Django made goes.
fn demote(
    setup: plan::Setup<'_>,
    fields: &mut Vec<Resolved<'_>>,
    mapping: &mut Vec<(String, String)>,
    change: &Change<'_, '_>,
) -> Planned<()> {
    let mut kept = Vec::with_capacity(fields.len());
    for field in std::mem::take(fields) {
        let is_altered = change
            .alter
            .iter()
            .any(|(_, new)| new.name() == field.name());
        if !field.is_primary_key || is_altered {
            kept.push(field);
            continue;
        }
        if field.is_auto_created {
            let column = SmolStr::new(field.column_name()?.as_str());
            mapping.retain(|(known, _)| *known != column);
            continue;
        }
        let mut state = field.state.clone();
        let plain = state.field.with_option("primary_key", Value::Bool(false));
        state.field = Arc::new(plain);
        kept.push(Resolved::new(setup, &field.model, state)?);
    }
    *fields = kept;
    Ok(())
}
