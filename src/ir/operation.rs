//! Operations: what a migration does, in Django's words.

use std::sync::Arc;

use smol_str::SmolStr;

use super::body::Function;
use super::field::Field;
use super::names::{FieldName, ModelName};
use super::procedure::Methods;
use super::value::{Condition, Known, Object, SpannedValue, Unknown};
use crate::base::{Span, Spanned};

/// One operation, where it was written and what is not known of it.
#[derive(Debug, Clone)]
pub struct Operation {
    pub kind: OperationKind,
    /// The whole call.
    pub span: Span,
    /// The class name in the call: the smallest place that names the operation.
    pub name_span: Span,
    /// Canonical dotted path of the class as written, which may be a subclass of
    /// the kind: `django.db.migrations.operations.models.CreateModel`.
    pub class: SmolStr,
    /// What its class does in its own way; `None` for a class of Django.
    pub methods: Option<Box<Methods>>,
    /// The operation runs only where this holds.
    pub condition: Option<Condition>,
    /// Arguments that state or SQL need and that could not be read.
    pub not_understood: Vec<Unknown>,
    /// The call as written, where the class is not Django's own: `kind` is then what it
    /// hands to Django's. Only where all that was written is asked for.
    pub written: Option<Box<Object>>,
}

/// What an operation does. Names are Django's.
#[derive(Debug, Clone)]
pub enum OperationKind {
    CreateModel(CreateModel),
    DeleteModel {
        name: ModelName,
    },
    RenameModel {
        old_name: ModelName,
        new_name: ModelName,
    },
    AlterModelTable {
        name: ModelName,
        table: Option<SmolStr>,
    },
    AlterModelTableComment {
        name: ModelName,
        comment: Option<SmolStr>,
    },
    AlterModelOptions {
        name: ModelName,
        options: Options,
    },
    AlterModelManagers {
        name: ModelName,
        managers: Arc<[SpannedValue]>,
    },
    AlterOrderWithRespectTo {
        name: ModelName,
        order_with_respect_to: Option<FieldName>,
    },
    /// `AlterUniqueTogether` and `AlterIndexTogether`.
    AlterTogether {
        name: ModelName,
        option: TogetherOption,
        fields: Vec<Vec<FieldName>>,
    },
    AddField {
        model_name: ModelName,
        name: FieldName,
        field: Arc<Field>,
        preserve_default: bool,
    },
    AlterField {
        model_name: ModelName,
        name: FieldName,
        field: Arc<Field>,
        preserve_default: bool,
    },
    RemoveField {
        model_name: ModelName,
        name: FieldName,
    },
    RenameField {
        model_name: ModelName,
        old_name: FieldName,
        new_name: FieldName,
    },
    AddIndex {
        model_name: ModelName,
        index: Arc<super::index::Index>,
        concurrently: bool,
    },
    RemoveIndex {
        model_name: ModelName,
        name: SmolStr,
        concurrently: bool,
    },
    RenameIndex {
        model_name: ModelName,
        new_name: SmolStr,
        old_name: Option<SmolStr>,
        old_fields: Option<Vec<FieldName>>,
    },
    AddConstraint {
        model_name: ModelName,
        constraint: Arc<super::constraint::Constraint>,
        not_valid: bool,
    },
    RemoveConstraint {
        model_name: ModelName,
        name: SmolStr,
    },
    /// Django 5.2: state only.
    AlterConstraint {
        model_name: ModelName,
        name: SmolStr,
        constraint: Arc<super::constraint::Constraint>,
    },
    ValidateConstraint {
        model_name: ModelName,
        name: SmolStr,
    },
    SeparateDatabaseAndState {
        database_operations: Vec<Operation>,
        state_operations: Vec<Operation>,
    },
    RunSql(Box<RunSql>),
    RunPython(Box<RunPython>),
    /// `contrib.postgres`: `CreateExtension` and its named subclasses.
    CreateExtension {
        name: SmolStr,
    },
    CreateCollation(Box<Collation>),
    RemoveCollation(Box<Collation>),
    /// An operation of a kind of its own, which is nothing but its methods.
    Custom(Box<Custom>),
    /// An operation of a class that could not be traced to any of the above, kept
    /// whole.
    Opaque(Box<Opaque>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TogetherOption {
    Unique,
    Index,
}

/// Model options (`Meta`) as written, in order.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub entries: Vec<(Spanned<SmolStr>, Arc<SpannedValue>)>,
    /// `indexes` and `constraints` inside `options`, typed.
    pub indexes: Vec<Arc<super::index::Index>>,
    pub constraints: Vec<Arc<super::constraint::Constraint>>,
}

impl Options {
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&SpannedValue> {
        self.entries
            .iter()
            .rev()
            .find(|(key, _)| key.value == name)
            .map(|(_, value)| value.as_ref())
    }
}

#[derive(Debug, Clone)]
pub struct CreateModel {
    pub name: ModelName,
    pub name_span: Span,
    pub fields: Vec<(Spanned<FieldName>, Arc<Field>)>,
    pub options: Options,
    /// Base classes: models as `app.Model`, mixins and `models.Model` as paths.
    pub bases: Vec<Base>,
    pub managers: Arc<[SpannedValue]>,
}

/// A base class of a created model.
#[derive(Debug, Clone, PartialEq)]
pub enum Base {
    /// A model of the project state, `("blog", "post")` for `"blog.Post"`.
    Model {
        app: SmolStr,
        name: ModelName,
        span: Span,
    },
    /// A class that is not a model of the state.
    Class {
        path: SmolStr,
        span: Span,
    },
    Unknown(Unknown),
}

impl Base {
    /// Whether it brings no fields and no names that other models lack: Django's class of
    /// all models, or `object`.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        matches!(self, Self::Class { path, .. } if matches!(
            path.as_str(),
            "django.db.models.Model" | "django.db.models.base.Model" | "object"
        ))
    }
}

#[derive(Debug, Clone)]
pub struct RunSql {
    pub sql: Known<Sql>,
    pub reverse_sql: Option<Known<Sql>>,
    pub state_operations: Vec<Operation>,
    pub hints: Option<SpannedValue>,
    pub elidable: bool,
}

/// The text of a `RunSQL`: `""` is `RunSQL.noop`.
#[derive(Debug, Clone, PartialEq)]
pub enum Sql {
    /// One string, to be split into statements where the database needs that. Where the
    /// span is as long as the text, it is the text's own and not that of a literal.
    Text(Spanned<SmolStr>),
    /// A list of statements, each with optional parameters.
    List(Vec<SqlStatement>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct SqlStatement {
    pub text: Spanned<SmolStr>,
    pub params: Option<SpannedValue>,
}

#[derive(Debug, Clone)]
pub struct RunPython {
    /// The function as a value: a path, or what else was written.
    pub code: SpannedValue,
    /// It is `RunPython.noop`, and nothing runs forwards.
    pub is_noop: bool,
    pub reverse_code: Option<SpannedValue>,
    pub atomic: Option<bool>,
    pub hints: Option<SpannedValue>,
    pub elidable: bool,
    /// What the functions do. Only where that was asked for and their source is at hand.
    pub forwards: Option<Arc<Function>>,
    pub backwards: Option<Arc<Function>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collation {
    pub name: SmolStr,
    pub locale: SmolStr,
    pub provider: SmolStr,
    pub deterministic: bool,
}

/// The arguments of an operation of its own kind.
#[derive(Debug, Clone)]
pub struct Custom {
    pub args: Vec<SpannedValue>,
    pub kwargs: Vec<(SmolStr, SpannedValue)>,
}

/// An operation kept whole.
#[derive(Debug, Clone)]
pub struct Opaque {
    pub args: Vec<SpannedValue>,
    pub kwargs: Vec<(SmolStr, SpannedValue)>,
    /// What is known of its effect on the project state.
    pub state_effect: StateEffect,
    /// Why it is opaque.
    pub reason: SmolStr,
}

/// What an opaque operation may have changed in the project state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateEffect {
    /// Its `state_forwards` does nothing.
    None,
    /// Anything of its own app.
    App,
}

impl Operation {
    /// Operations nested in this one, database side first, in order.
    pub fn children(&self) -> impl DoubleEndedIterator<Item = &Operation> {
        let (first, second): (&[Operation], &[Operation]) = match &self.kind {
            OperationKind::SeparateDatabaseAndState {
                database_operations,
                state_operations,
            } => (database_operations, state_operations),
            OperationKind::RunSql(run_sql) => (&[], &run_sql.state_operations),
            _ => (&[], &[]),
        };
        first.iter().chain(second)
    }

    /// Whether everything that state and SQL need could be read, of the operation
    /// and of those nested in it.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.not_understood.is_empty()
            && !matches!(self.kind, OperationKind::Opaque(_))
            && self.children().all(Self::is_understood)
    }

    /// The class name without its module: `AddField`.
    #[must_use]
    pub fn class_name(&self) -> &str {
        self.class.rsplit('.').next().unwrap_or_default()
    }

    /// The model that the operation is about, if it is about one.
    #[must_use]
    pub fn model_name(&self) -> Option<&ModelName> {
        match &self.kind {
            OperationKind::CreateModel(create) => Some(&create.name),
            OperationKind::DeleteModel { name }
            | OperationKind::RenameModel { old_name: name, .. }
            | OperationKind::AlterModelTable { name, .. }
            | OperationKind::AlterModelTableComment { name, .. }
            | OperationKind::AlterModelOptions { name, .. }
            | OperationKind::AlterModelManagers { name, .. }
            | OperationKind::AlterOrderWithRespectTo { name, .. }
            | OperationKind::AlterTogether { name, .. } => Some(name),
            OperationKind::AddField { model_name, .. }
            | OperationKind::AlterField { model_name, .. }
            | OperationKind::RemoveField { model_name, .. }
            | OperationKind::RenameField { model_name, .. }
            | OperationKind::AddIndex { model_name, .. }
            | OperationKind::RemoveIndex { model_name, .. }
            | OperationKind::RenameIndex { model_name, .. }
            | OperationKind::AddConstraint { model_name, .. }
            | OperationKind::RemoveConstraint { model_name, .. }
            | OperationKind::AlterConstraint { model_name, .. }
            | OperationKind::ValidateConstraint { model_name, .. } => Some(model_name),
            OperationKind::SeparateDatabaseAndState { .. }
            | OperationKind::RunSql(_)
            | OperationKind::RunPython(_)
            | OperationKind::CreateExtension { .. }
            | OperationKind::CreateCollation(_)
            | OperationKind::RemoveCollation(_)
            | OperationKind::Custom(_)
            | OperationKind::Opaque(_) => None,
        }
    }

    /// The field that the operation is about, if it is about one.
    #[must_use]
    pub fn field_name(&self) -> Option<&FieldName> {
        match &self.kind {
            OperationKind::AddField { name, .. }
            | OperationKind::AlterField { name, .. }
            | OperationKind::RemoveField { name, .. }
            | OperationKind::RenameField { old_name: name, .. } => Some(name),
            _ => None,
        }
    }

    /// How people name the operation: `` AddField `post.slug` ``.
    #[must_use]
    pub fn describe(&self) -> String {
        let class = self.class_name();
        match (self.model_name(), self.field_name()) {
            (Some(model), Some(field)) => format!("{class} `{model}.{field}`"),
            (Some(model), None) => format!("{class} `{model}`"),
            (None, _) => class.to_owned(),
        }
    }
}
