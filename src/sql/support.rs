//! What a server has nothing like: constraints and indexes of which Django makes nothing
//! there without a word, and what the server refuses.

use std::sync::Arc;

use smol_str::SmolStr;

use super::Server;
use super::ddl::TableName;
use super::plan::{can_migrate, table_on};
use super::value::{internal_type, kind_of};
use crate::ir::constraint::{Constraint, ConstraintKind};
use crate::ir::index::Index;
use crate::ir::value::Condition;
use crate::ir::{Field, FieldKind, FieldName, Known, Value};
use crate::schema::{Model, decide};

/// What comes of something that a server does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// No statement; the text follows "MySQL has no".
    Skipped(&'static str),
    /// A statement that the server refuses; the text follows "MySQL".
    Refused(&'static str),
}

const FOREIGN_TYPE: Lack = Lack::Refused("has no such type");
const EXCLUSION: Lack = Lack::Refused("has no exclusion constraints");
const STORED: Lack = Lack::Refused("stores no generated columns");
const VIRTUAL: Lack = Lack::Refused("has no generated columns that are not stored");
const COLLATION: Lack = Lack::Refused("takes no collation for a column of text without a length");
const TEXT: Lack = Lack::Refused("indexes no column of text without a length");

const SECOND_INDEX: Lack = Lack::Refused("has an index of these columns already");
const SECOND_UNIQUE: Lack = Lack::Refused("has a unique constraint on these columns already");

/// What indexes columns of a table, and nothing but columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// By the names of fields, `-` before those that descend.
    pub fields: Vec<SmolStr>,
    pub is_unique: bool,
}

impl Key {
    /// A unique constraint, if it is on plain columns.
    #[must_use]
    pub fn of_constraint(constraint: &Constraint) -> Option<Self> {
        let is_plain = constraint.kind == ConstraintKind::Unique
            && constraint.condition.is_none()
            && constraint.expressions.is_empty();
        is_plain.then(|| Self::new(names(constraint.option("fields")), true))
    }

    /// An index, if it is on plain columns.
    #[must_use]
    pub fn of_index(index: &Index) -> Option<Self> {
        let is_plain = index.expressions.is_empty() && index.condition.is_none();
        is_plain.then(|| Self::new(names(index.option("fields")), false))
    }

    /// What `unique=True`, `db_index=True` and their like make of a field.
    #[must_use]
    pub fn of_field(name: &str, field: &Field) -> Option<Self> {
        let kind = field.kind.known()?;
        let is = |option: &str, default: bool| field.flag(option, default) == Some(true);
        let is_unique =
            *kind == FieldKind::OneToOneField || is("unique", false) || is("primary_key", false);
        let is_indexed = matches!(kind, FieldKind::ForeignKey | FieldKind::SlugField);
        (is_unique || is("db_index", is_indexed)).then(|| Self::new([name], is_unique))
    }

    pub fn new(fields: impl IntoIterator<Item = impl AsRef<str>>, is_unique: bool) -> Self {
        let fields = fields.into_iter().map(|name| SmolStr::new(name.as_ref()));
        Self {
            fields: fields.collect(),
            is_unique,
        }
    }

    /// All of a model.
    #[must_use]
    pub fn all_of(model: &Model<'_>) -> Vec<Self> {
        let state = model.state();
        let fields = state.fields.values();
        let mut keys: Vec<Self> = fields
            .filter_map(|it| Self::of_field(it.name.as_str(), &it.field))
            .collect();
        let sets = [
            (&state.unique_together, true),
            (&state.index_together, false),
        ];
        for (sets, is_unique) in sets {
            let sets = sets.iter().flat_map(|sets| sets.iter());
            keys.extend(sets.map(|set| Self::new(set.iter().map(FieldName::as_str), is_unique)));
        }
        let constraints = state.constraints.values();
        keys.extend(constraints.filter_map(|it| Self::of_constraint(&it.constraint)));
        let indexes = state.indexes.values();
        keys.extend(indexes.filter_map(|it| Self::of_index(&it.index)));
        keys
    }
}

impl Server {
    /// A key beside the others of a table. A unique constraint makes do with an index
    /// that is there.
    #[must_use]
    pub fn lacks_second_key(&self, key: &Key, others: &[Key]) -> Option<Lack> {
        if self.features.takes_second_key {
            return None;
        }
        let mut same = others.iter().filter(|other| other.fields == key.fields);
        if key.is_unique {
            same.any(|other| other.is_unique).then_some(SECOND_UNIQUE)
        } else {
            same.next().map(|_| SECOND_INDEX)
        }
    }

    /// Whether an operation runs here; `None` if nobody knows.
    #[must_use]
    pub fn runs(&self, condition: Option<&Condition>) -> Option<bool> {
        match condition {
            None => Some(true),
            Some(condition) => decide(condition, &|leaf| self.holds(leaf)),
        }
    }

    /// Whether migrations make a table for a model here; `None` if nobody knows.
    #[must_use]
    pub fn has_table_of(&self, model: &Model<'_>) -> Option<bool> {
        can_migrate(self, model).ok()
    }

    /// The table of a model here; `None` if nobody knows its name.
    #[must_use]
    pub fn table_of(&self, model: &Model<'_>) -> Option<TableName> {
        match model.db_table() {
            Known::Yes(table) => Some(table_on(self, table)),
            Known::No(_) => None,
        }
    }

    /// A constraint of a model; `field` gives the model's fields.
    #[must_use]
    pub fn lacks_constraint(
        &self,
        constraint: &Constraint,
        field: impl Fn(&str) -> Option<Arc<Field>>,
    ) -> Option<Lack> {
        match constraint.kind {
            ConstraintKind::Other => None,
            ConstraintKind::Exclusion => (!self.features.has_postgres_types).then_some(EXCLUSION),
            ConstraintKind::Check => (!self.features.supports_table_check_constraints)
                .then_some(Lack::Skipped("check constraints")),
            ConstraintKind::Unique => self
                .lacks_unique(constraint)
                .map(Lack::Skipped)
                .or_else(|| self.lacks_key(names(constraint.option("fields")), field)),
        }
    }

    /// `_unique_supported`, and what is not.
    fn lacks_unique(&self, constraint: &Constraint) -> Option<&'static str> {
        let features = &self.features;
        let is_given = |name: &str| {
            constraint.option(name).is_some_and(|it| match &it.value {
                Value::None | Value::Unknown(_) => false,
                value => value.items().is_none_or(|items| !items.is_empty()),
            })
        };
        let lacks = [
            (
                constraint.condition.is_some() && !features.supports_partial_indexes,
                "unique constraints with a condition",
            ),
            (
                is_given("deferrable") && !features.supports_deferrable_unique_constraints,
                "deferrable unique constraints",
            ),
            (
                is_given("include") && !features.supports_covering_indexes,
                "unique constraints that include columns",
            ),
            (
                !constraint.expressions.is_empty() && !features.supports_expression_indexes,
                "unique constraints on expressions",
            ),
            (
                is_given("nulls_distinct") && !features.supports_nulls_distinct_unique_constraints,
                "unique constraints with `nulls_distinct`",
            ),
        ];
        let mut lacks = lacks.into_iter();
        lacks.find(|(lacks, _)| *lacks).map(|(_, what)| what)
    }

    /// An index of a model.
    #[must_use]
    pub fn lacks_index(
        &self,
        index: &Index,
        field: impl Fn(&str) -> Option<Arc<Field>>,
    ) -> Option<Lack> {
        if !index.expressions.is_empty() && !self.features.supports_expression_indexes {
            return Some(Lack::Skipped("indexes on expressions"));
        }
        self.lacks_key(names(index.option("fields")), field)
    }

    /// A field as it is added, with the index that it brings.
    #[must_use]
    pub fn lacks_field(&self, field: &Field) -> Option<Lack> {
        let kind = kind_of(field).ok()?;
        if is_of_postgres(kind) {
            return (!self.features.has_postgres_types).then_some(FOREIGN_TYPE);
        }
        let features = &self.features;
        if kind == FieldKind::GeneratedField {
            match field.flag("db_persist", true) {
                Some(true) if !features.supports_stored_generated_columns => return Some(STORED),
                Some(false) if !features.supports_virtual_generated_columns => {
                    return Some(VIRTUAL);
                }
                _ => {}
            }
        }
        let has_collation = field.option("db_collation").is_some_and(|collation| {
            collation
                .value
                .as_str()
                .is_some_and(|name| !name.is_empty())
        });
        if has_collation
            && internal_type(kind) == FieldKind::TextField
            && !features.supports_collation_on_textfield
        {
            return Some(COLLATION);
        }
        // Django passes over `db_index=True` of such a column.
        let is_key = ["unique", "primary_key"].map(|name| field.flag(name, false) == Some(true));
        (is_key.contains(&true) && !self.indexes(field)).then_some(TEXT)
    }

    /// Columns of a key, by the names of fields, `-` before those that descend.
    #[must_use]
    pub fn lacks_key(
        &self,
        names: impl IntoIterator<Item = impl AsRef<str>>,
        field: impl Fn(&str) -> Option<Arc<Field>>,
    ) -> Option<Lack> {
        let mut names = names.into_iter();
        let is_refused = names.any(|name| {
            let name = name.as_ref().trim_start_matches('-');
            field(name).is_some_and(|field| !self.indexes(&field))
        });
        is_refused.then_some(TEXT)
    }

    fn indexes(&self, field: &Field) -> bool {
        self.features.takes_index_on_text
            || !matches!(
                kind_of(field).map(internal_type),
                Ok(FieldKind::TextField | FieldKind::BinaryField | FieldKind::JSONField)
            )
    }
}

fn names(option: Option<&crate::ir::value::SpannedValue>) -> Vec<&str> {
    let items = option.and_then(|it| it.value.items()).unwrap_or_default();
    items.iter().filter_map(|it| it.value.as_str()).collect()
}

/// Types of `contrib.postgres`, but for the texts of `citext`, which other databases
/// have as plain ones.
const fn is_of_postgres(kind: FieldKind) -> bool {
    use FieldKind as Kind;
    matches!(
        kind,
        Kind::ArrayField
            | Kind::HStoreField
            | Kind::SearchVectorField
            | Kind::SearchQueryField
            | Kind::IntegerRangeField
            | Kind::BigIntegerRangeField
            | Kind::DecimalRangeField
            | Kind::FloatRangeField
            | Kind::DateTimeRangeField
            | Kind::DateRangeField
    )
}
