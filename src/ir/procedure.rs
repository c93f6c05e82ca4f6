//! What the methods of an operation's own class do, as far as that can be told without
//! running them.
//!
//! ```text
//! class CreateIfMissing(migrations.CreateModel):
//!     def database_forwards(self, app_label, schema_editor, from_state, to_state):
//!         model = to_state.apps.get_model(app_label, self.name)
//!         if model._meta.db_table not in connection.introspection.table_names():
//!             super().database_forwards(app_label, schema_editor, from_state, to_state)
//! ```
//!
//! is a [`Procedure`] of one step: [`Action::Run`] under a [`Condition`] on the schema.

use std::sync::Arc;

use smol_str::SmolStr;

use super::constraint::Constraint;
use super::field::Field;
use super::index::Index;
use super::operation::Operation;
use super::value::{Condition, Known, SpannedValue, Unknown};
use crate::base::Span;

/// The methods that an operation's class has of its own.
#[derive(Debug, Clone, Default)]
pub struct Methods {
    pub state_forwards: Option<Vec<StateChange>>,
    pub database_forwards: Option<Procedure>,
    pub database_backwards: Option<Procedure>,
    /// What `describe()` gives.
    pub description: Option<Known<SmolStr>>,
    /// The attribute `reversible`.
    pub reversible: Option<bool>,
    /// The attribute `reduces_to_sql`.
    pub reduces_to_sql: Option<bool>,
}

/// A method of the database side: steps in order.
#[derive(Debug, Clone, Default)]
pub struct Procedure {
    pub steps: Vec<Step>,
    /// States that the method makes of those that it is given, by
    /// [`StateId::derived`].
    pub states: Vec<StateChange>,
}

/// One step, and the condition under which it is taken.
#[derive(Debug, Clone)]
pub struct Step {
    pub condition: Option<Condition>,
    pub action: Action,
    pub span: Span,
}

/// Which way an operation is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Forwards,
    Backwards,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Action {
    /// What Django's class of an operation does.
    Run {
        /// `None` for the operation itself.
        operation: Option<Box<Operation>>,
        way: Way,
        from: StateId,
        to: StateId,
    },
    /// `schema_editor.execute(sql, params)`.
    Execute {
        sql: Text,
        params: Option<SpannedValue>,
    },
    CreateModel(ModelRef),
    DeleteModel(ModelRef),
    /// `alter_db_table`.
    RenameTable {
        from: Text,
        to: Text,
    },
    AddField {
        model: ModelRef,
        field: FieldSource,
    },
    RemoveField {
        model: ModelRef,
        field: FieldSource,
    },
    AlterField {
        model: ModelRef,
        old: FieldSource,
        new: FieldSource,
    },
    AddIndex {
        model: ModelRef,
        index: IndexSource,
        concurrently: bool,
    },
    RemoveIndex {
        model: ModelRef,
        index: IndexSource,
        concurrently: bool,
    },
    AddConstraint {
        model: ModelRef,
        constraint: ConstraintSource,
    },
    RemoveConstraint {
        model: ModelRef,
        constraint: ConstraintSource,
    },
    Unknown(Unknown),
}

/// A field that a method hands to the schema editor.
#[derive(Debug, Clone)]
pub enum FieldSource {
    /// `model._meta.get_field(name)`.
    Model(FieldRef),
    /// Made by the method, with `set_attributes_from_name`.
    New { name: SmolStr, field: Arc<Field> },
}

#[derive(Debug, Clone)]
pub enum IndexSource {
    /// `model_state.get_index_by_name(name)`.
    Named {
        model: ModelRef,
        name: SmolStr,
    },
    New(Arc<Index>),
}

#[derive(Debug, Clone)]
pub enum ConstraintSource {
    Named { model: ModelRef, name: SmolStr },
    New(Arc<Constraint>),
}

/// One of the states that a method works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StateId(pub u32);

impl StateId {
    /// `from_state`; for `state_forwards` the state that it is given.
    pub const FROM: Self = Self(0);
    /// `to_state`.
    pub const TO: Self = Self(1);

    /// The position among [`Procedure::states`]; `None` for a state that is given.
    #[must_use]
    pub fn derived(self) -> Option<usize> {
        usize::try_from(self.0.checked_sub(2)?).ok()
    }
}

/// A state changed: `operation.state_forwards(app_label, state)` and the like.
#[derive(Debug, Clone)]
pub struct StateChange {
    pub base: StateId,
    pub condition: Option<Condition>,
    pub change: Change,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum Change {
    /// What Django's class of the operation itself does.
    Inherited,
    Operation(Box<Operation>),
    /// `state.models[app, name].bases = ...`.
    Bases {
        app: SmolStr,
        model: SmolStr,
        bases: Vec<super::operation::Base>,
    },
    /// `state.models[app, name].options[key] = value`.
    Option {
        app: SmolStr,
        model: SmolStr,
        key: SmolStr,
        value: SpannedValue,
    },
    Unknown(Unknown),
}

/// A model of a state.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelRef {
    pub state: StateId,
    pub app: SmolStr,
    pub name: SmolStr,
}

/// A field of a model of a state.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldRef {
    pub model: ModelRef,
    pub field: SmolStr,
}

/// Text with parts that only a state or the database knows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Text {
    pub pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    Str(SmolStr),
    /// `model._meta.db_table`.
    Table(ModelRef),
    /// `field.column`.
    Column(FieldRef),
    /// `schema_editor.quote_name(text)`.
    Quoted(Text),
    /// The name of the entry that a loop over a table's constraints is at.
    Entry(u32),
}

/// What a method asks of a state or of the database.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SchemaTest {
    /// `table in connection.introspection.table_names()`.
    Table(Text),
    /// `self.allow_migrate_model(alias, model)`.
    Migrates(ModelRef),
    /// For any constraint or index of a table, as
    /// `connection.introspection.get_constraints(cursor, table)` lists them: the other
    /// parts of the same [`Condition::All`] are asked of each.
    Each { entry: u32, table: Text },
    /// Asked of the entry that an [`SchemaTest::Each`] is at.
    Entry { entry: u32, is: EntryTest },
}

/// A property of a constraint or index.
/// Source: `BaseDatabaseIntrospection.get_constraints`, Django 5.2.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EntryTest {
    Unique,
    PrimaryKey,
    Index,
    Check,
    ForeignKey,
    Named(Text),
    /// Its columns are these, in this order or as a set.
    Columns {
        columns: Vec<Text>,
        is_ordered: bool,
    },
}

impl Procedure {
    /// Why the method is not fully known, if it is not.
    #[must_use]
    pub fn first_unknown(&self) -> Option<&Unknown> {
        let steps = self.steps.iter().find_map(|step| match &step.action {
            Action::Unknown(unknown) => Some(unknown),
            _ => step.condition.as_ref().and_then(Condition::first_unknown),
        });
        steps.or_else(|| self.states.iter().find_map(StateChange::first_unknown))
    }
}

impl StateChange {
    #[must_use]
    pub fn first_unknown(&self) -> Option<&Unknown> {
        match &self.change {
            Change::Unknown(unknown) => Some(unknown),
            _ => self.condition.as_ref().and_then(Condition::first_unknown),
        }
    }
}

impl Methods {
    /// Whether nothing of the methods is unknown.
    #[must_use]
    pub fn first_unknown(&self) -> Option<&Unknown> {
        let state = self.state_forwards.iter().flatten();
        let database = [&self.database_forwards, &self.database_backwards];
        state
            .clone()
            .find_map(StateChange::first_unknown)
            .or_else(|| {
                database
                    .into_iter()
                    .flatten()
                    .find_map(Procedure::first_unknown)
            })
    }
}
