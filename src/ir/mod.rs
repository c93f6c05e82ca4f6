//! What a migration is, free of language and dialect.
//!
//! A [`Migration`] holds [`Operation`]s; everything an author wrote that is not
//! structure is a [`Value`], which may be known or say why it is not.

pub mod body;
pub mod change_set;
pub mod constraint;
pub mod expression;
pub mod field;
pub mod index;
pub mod migration;
pub mod names;
pub mod operation;
pub mod options;
pub mod policy;
pub mod procedure;
pub mod project;
pub mod value;

pub use change_set::{AppChanges, ChangeSet};
pub use expression::{Expression, ExpressionKind};
pub use field::{Field, FieldKind};
pub use migration::{Dependency, DependencyTarget, Migration};
pub use names::{AppLabel, FieldName, MigrationId, MigrationName, ModelName};
pub use operation::{Operation, OperationKind};
pub use project::{App, AppOrigin, Project};
pub use value::{Known, Object, Unknown, Value};
