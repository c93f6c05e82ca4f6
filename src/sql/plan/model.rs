//! A model as the schema editor works with it: its table and columns in order, and what
//! belongs to the table. Made from a state, or for SQLite from another one with changes.

use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};

use super::Setup;
use super::field::{Resolved, is_many_to_many, table_of};
use super::{Planned, known};
use crate::ir::constraint::Constraint;
use crate::ir::index::Index;
use crate::ir::{FieldKind, FieldName, Unknown, Value};
use crate::schema::{FieldState, Model, ProjectState, Together};
use crate::sql::Server;
use crate::sql::ddl::{ColumnName, TableName};
use crate::sql::names;

/// A model and its table, without looking at its fields.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Head<'s> {
    pub(in crate::sql) model: Model<'s>,
    pub(in crate::sql) name: TableName,
    pub(in crate::sql) tablespace: Option<SmolStr>,
}

/// A model with everything that its table consists of.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Table<'s> {
    pub(in crate::sql) head: Head<'s>,
    /// The columns, in order.
    pub(in crate::sql) fields: Vec<Resolved<'s>>,
    /// The fields of a `CompositePrimaryKey`.
    pub(in crate::sql) composite_key: Option<Vec<FieldName>>,
    pub(in crate::sql) many_to_many: Vec<FieldState>,
    pub(in crate::sql) unique_together: Vec<Vec<FieldName>>,
    pub(in crate::sql) indexes: Vec<Arc<Index>>,
    pub(in crate::sql) constraints: Vec<Arc<Constraint>>,
    pub(in crate::sql) comment: Option<SmolStr>,
}

/// The two sides of a many-to-many field's table.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Through<'s> {
    pub(in crate::sql) table: Table<'s>,
    /// To the model that has the field.
    pub(in crate::sql) from: FieldName,
    /// To the model that the field names.
    pub(in crate::sql) to: FieldName,
}

pub(in crate::sql) fn together(sets: Option<&Together>) -> Vec<Vec<FieldName>> {
    sets.map(|sets| sets.iter().map(|set| set.to_vec()).collect())
        .unwrap_or_default()
}

impl<'s> Head<'s> {
    pub(in crate::sql) fn of(setup: Setup<'_>, model: &Model<'s>) -> Planned<Self> {
        let tablespace = known(model.state().text("db_tablespace"))?;
        Ok(Self {
            name: table_of(setup, model)?,
            tablespace: tablespace.or_else(|| setup.settings.default_tablespace.clone()),
            model: model.clone(),
        })
    }

    /// A field as the state has it.
    pub(in crate::sql) fn field(&self, setup: Setup<'_>, name: &str) -> Planned<Resolved<'s>> {
        field_of(setup, &self.model, name)
    }

    pub(in crate::sql) fn columns(
        &self,
        setup: Setup<'_>,
        names: &[FieldName],
    ) -> Planned<Vec<ColumnName>> {
        names
            .iter()
            .map(|name| Ok(self.field(setup, name.as_str())?.column_name()?.clone()))
            .collect()
    }
}

impl<'s> Table<'s> {
    pub(in crate::sql) fn of(setup: Setup<'_>, model: &Model<'s>) -> Planned<Self> {
        if let Some(unknown) = model.why_uncertain() {
            return Err((*unknown).clone());
        }
        let state = model.state();
        let local = known(model.local_fields())?;
        let mut fields = Vec::with_capacity(local.len());
        for field in local {
            let field = Resolved::new(setup, model, field)?;
            if field.column.is_some() {
                fields.push(field);
            }
        }
        let composite = state
            .fields
            .values()
            .find(|field| field.field.kind.known() == Some(&FieldKind::CompositePrimaryKey));
        Ok(Self {
            head: Head::of(setup, model)?,
            fields,
            composite_key: composite.map(composite_fields).transpose()?,
            many_to_many: model.local_many_to_many(),
            unique_together: together(state.unique_together.as_ref()),
            indexes: state
                .indexes
                .values()
                .map(|it| Arc::clone(&it.index))
                .collect(),
            constraints: state
                .constraints
                .values()
                .map(|it| Arc::clone(&it.constraint))
                .collect(),
            comment: known(state.text("db_table_comment"))?,
        })
    }

    /// A field by its name: one of the columns, else whatever the model has.
    pub(in crate::sql) fn field(&self, setup: Setup<'_>, name: &str) -> Planned<Resolved<'s>> {
        let by_name = self.fields.iter().find(|field| {
            field.name().as_str() == name
                || field.relation.is_some()
                    && name.strip_suffix("_id") == Some(field.name().as_str())
        });
        if let Some(field) = by_name {
            return Ok(field.clone());
        }
        if name == "pk"
            && let Some(key) = self.fields.iter().find(|field| field.is_primary_key)
        {
            return Ok(key.clone());
        }
        field_of(setup, &self.head.model, name)
    }

    pub(in crate::sql) fn columns(
        &self,
        setup: Setup<'_>,
        names: &[FieldName],
    ) -> Planned<Vec<ColumnName>> {
        names
            .iter()
            .map(|name| Ok(self.field(setup, name.as_str())?.column_name()?.clone()))
            .collect()
    }
}

fn composite_fields(key: &FieldState) -> Planned<Vec<FieldName>> {
    let names = key.field.options.iter().find_map(|(name, value)| {
        matches!(name.as_str(), "args" | "fields" | "field_names")
            .then(|| value.value.items())
            .flatten()
    });
    let names = names.map(|names| {
        names
            .iter()
            .map(|name| name.value.as_str().map(FieldName::from))
            .collect::<Option<Vec<_>>>()
    });
    names
        .flatten()
        .ok_or_else(|| Unknown::new(key.origin, "the fields of the primary key are not known"))
}

/// A model's field as a state has it.
pub(in crate::sql) fn field_of<'s>(
    setup: Setup<'_>,
    model: &Model<'s>,
    name: &str,
) -> Planned<Resolved<'s>> {
    match known(model.field(name))? {
        Some(field) => Resolved::new(setup, model, field),
        None => {
            let reason = format!("`{}` has no field `{name}`", model.key());
            Err(Unknown::new(model.state().origin, reason))
        }
    }
}

/// The table of a many-to-many field.
pub(in crate::sql) fn through<'s>(
    setup: Setup<'_>,
    model: &Model<'s>,
    field: &FieldState,
) -> Planned<Through<'s>> {
    debug_assert!(is_many_to_many(field));
    let found = known(model.many_to_many(field))?;
    let mut table = Table::of(setup, &found.through)?;
    if found.is_auto_created && known(field.text("db_table"))?.is_none() {
        table.head.name = automatic_table(setup, model, field)?;
    }
    Ok(Through {
        table,
        from: found.from.name,
        to: found.to.name,
    })
}

/// Django shortens the name of the model's table before it appends the field's.
/// Source: `ManyToManyField._get_m2m_db_table`, 5.2.
fn automatic_table(setup: Setup<'_>, model: &Model<'_>, field: &FieldState) -> Planned<TableName> {
    let own = table_of(setup, model)?;
    let own = own.as_str();
    let stripped = match own.strip_prefix('"').and_then(|own| own.strip_suffix('"')) {
        Some(stripped) => stripped,
        None => own,
    };
    let full = format_smolstr!("{stripped}_{}", field.name);
    let name = names::truncate(&full, setup.server.features.max_name_length);
    Ok(TableName::new(name))
}

/// Whether a field is a table that its own class makes the model of.
pub(super) fn makes_table(field: &FieldState) -> bool {
    let own = field.field.own.as_ref();
    own.is_some_and(|own| own.makes_table) && is_automatic(field)
}

pub(super) fn own_table(field: &FieldState) -> Unknown {
    let class = &field.field.class;
    Unknown::new(
        field.field.span,
        format_smolstr!("which columns `{class}` gives to its table is not known"),
    )
}

/// Whether a field is a table that Django makes. A class that needs no `to`, such as
/// taggit's, has a table of its own.
pub(in crate::sql) fn is_automatic(field: &FieldState) -> bool {
    is_many_to_many(field)
        && field.field.to().is_some_and(|to| to.value != Value::None)
        && field
            .field
            .option("through")
            .is_none_or(|through| through.value == Value::None)
}

/// Whether migrations change the database for a model.
/// Source: `Options.can_migrate`, 5.2.
pub(in crate::sql) fn can_migrate(server: &Server, model: &Model<'_>) -> Planned<bool> {
    if !known(model.can_migrate())? {
        return Ok(false);
    }
    let state = model.state();
    if let Some(vendor) = known(state.text("required_db_vendor"))? {
        return Ok(vendor == server.dialect.vendor);
    }
    let Some(features) = state.option("required_db_features") else {
        return Ok(true);
    };
    for feature in features.value.items().unwrap_or_default() {
        let holds = feature
            .value
            .as_str()
            .and_then(|name| server.has_feature(name));
        match holds {
            Some(true) => {}
            Some(false) => return Ok(false),
            None => {
                let reason = "whether the database has the feature is not known";
                return Err(Unknown::new(feature.span, reason));
            }
        }
    }
    Ok(true)
}

/// A model that must be there.
pub(in crate::sql) fn model_of<'s>(
    state: &'s ProjectState,
    key: &crate::schema::ModelKey,
    at: crate::base::Span,
) -> Planned<Model<'s>> {
    match known(state.find(key))? {
        Some(model) => Ok(model),
        None => Err(Unknown::new(at, format!("there is no model `{key}`"))),
    }
}
