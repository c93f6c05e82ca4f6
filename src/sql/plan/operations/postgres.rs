//! Operations of `django.contrib.postgres` that no other database has.
//!
//! Source: `django/contrib/postgres/operations.py`, 5.2.

use super::Context;
use crate::ir::OperationKind;
use crate::ir::operation::Collation;
use crate::schema::ProjectState;
use crate::sql::ddl::Statement;
use crate::sql::plan::Planned;
use crate::sql::plan::editor::Editor;

pub(super) fn run(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    from: &ProjectState,
) -> Planned<()> {
    let features = editor.setup.server.features;
    let is_forwards = context.is_forwards();
    match &context.operation.kind {
        OperationKind::ValidateConstraint { model_name, name } => {
            if is_forwards && let Some(head) = context.allowed(from, model_name)? {
                editor.execute(Statement::ValidateConstraint {
                    table: head.name,
                    name: name.clone(),
                });
            }
        }
        OperationKind::CreateExtension { name } if features.has_extensions => {
            let is_there = editor.catalog.has_extension(name);
            if is_forwards && !is_there {
                editor.execute(Statement::CreateExtension { name: name.clone() });
            } else if !is_forwards && is_there {
                editor.execute(Statement::DropExtension { name: name.clone() });
            }
        }
        OperationKind::CreateCollation(collation) if features.has_extensions => {
            editor.execute(if is_forwards {
                create(collation)
            } else {
                drop(collation)
            });
        }
        OperationKind::RemoveCollation(collation) if features.has_extensions => {
            editor.execute(if is_forwards {
                drop(collation)
            } else {
                create(collation)
            });
        }
        _ => {}
    }
    Ok(())
}

fn create(collation: &Collation) -> Statement {
    let provider = Some(collation.provider.clone());
    Statement::CreateCollation {
        name: collation.name.clone(),
        locale: collation.locale.clone(),
        provider: provider.filter(|provider| provider != "libc"),
        is_deterministic: collation.deterministic,
    }
}

fn drop(collation: &Collation) -> Statement {
    Statement::DropCollation {
        name: collation.name.clone(),
    }
}
