//! What a replay could not apply.

use smol_str::SmolStr;

use super::key::ModelKey;
use crate::base::Span;
use crate::ir::{FieldName, MigrationId};

/// An operation that Django could not apply, or not without harm.
#[derive(Debug, Clone)]
pub struct ReplayError {
    pub migration: MigrationId,
    /// The operation as people name it.
    pub operation: String,
    /// The smallest place that is wrong.
    pub span: Span,
    pub fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    UnknownModel {
        model: ModelKey,
        gone: Option<Gone>,
        /// The app's models, to suggest from.
        models: Vec<SmolStr>,
    },
    DuplicateModel {
        model: ModelKey,
        existing: Span,
    },
    UnknownField {
        model: ModelKey,
        field: FieldName,
        gone: Option<Gone>,
        /// Where the model was created.
        model_origin: Span,
        /// Names to suggest from.
        fields: Vec<SmolStr>,
    },
    DuplicateField {
        model: ModelKey,
        field: FieldName,
        /// The base model that has the field, if it is not the model itself.
        inherited_from: Option<ModelKey>,
        existing: Span,
    },
    UnknownIndex {
        model: ModelKey,
        name: SmolStr,
        gone: Option<Gone>,
        indexes: Vec<SmolStr>,
    },
    DuplicateIndex {
        model: ModelKey,
        name: SmolStr,
        existing: Span,
    },
    UnknownConstraint {
        model: ModelKey,
        name: SmolStr,
        gone: Option<Gone>,
        constraints: Vec<SmolStr>,
    },
    DuplicateConstraint {
        model: ModelKey,
        name: SmolStr,
        existing: Span,
    },
    /// A relation or a base names a model that is not there.
    DanglingRelation {
        model: ModelKey,
        role: Role,
        target: ModelKey,
        gone: Option<Gone>,
    },
    /// A model was deleted and something still refers to it, in the end.
    DeletedTarget {
        model: ModelKey,
        role: Role,
        target: ModelKey,
        relation: Span,
    },
}

/// Where in a model another one is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// `to` or `through` of a field.
    Field(FieldName),
    Base,
}

/// Where something was removed, or lost its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    pub span: Span,
    pub renamed_to: Option<SmolStr>,
}
