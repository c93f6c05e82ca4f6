//! What an operation means, as a text that layout, quotes, the order of keywords and the
//! language do not change. Two operations of the same text do the same.

use crate::base::{Files, Span};
use crate::ir::migration::Language;
use crate::ir::{Migration, Operation, OperationKind, Unknown};
use crate::python;
use crate::python::write::write_operation;

/// What an operation means, backwards as well.
pub(super) fn of_operation(files: &Files, migration: &Migration, operation: &Operation) -> String {
    let (mut text, unknown) = write_operation(operation);
    // What its own module is called does not count.
    let module = format!(".{}.", migration.id.name);
    if text.contains(&module) {
        text = text.replace(&module, OWN);
    }
    for Unknown { span, .. } in unknown {
        text.push('\n');
        text.push_str(&source(files, span));
    }
    text
}

/// What an operation does to a database that goes forwards: how it is undone, and what a
/// squash may do with it, is left out.
pub(super) fn forwards(files: &Files, migration: &Migration, operation: &Operation) -> String {
    of_operation(files, migration, &without_way_back(operation))
}

/// What functions of the migration's own module are made of, where it calls any.
pub(super) fn functions(files: &Files, migration: &Migration, operations: &[String]) -> String {
    let calls_own = operations.iter().any(|text| text.contains(OWN));
    if !calls_own || migration.language != Language::Python {
        return String::new();
    }
    python::code_beside_migration(&files.text(migration.file))
}

/// Stands for the migration's own module in names.
const OWN: &str = ".<own>.";

/// A part of a file as its language reads it.
pub(super) fn source(files: &Files, span: Span) -> String {
    if span.file == crate::ir::project::NO_FILE {
        return String::new();
    }
    let text = files.text(span.file);
    if files.path(span.file).ends_with(".py") {
        python::code(&text, span.range)
    } else {
        let written: Vec<&str> = span.range.text(&text).split_whitespace().collect();
        written.join(" ")
    }
}

fn without_way_back(operation: &Operation) -> Operation {
    let mut operation = operation.clone();
    match &mut operation.kind {
        OperationKind::RunSql(run) => {
            run.reverse_sql = None;
            run.elidable = false;
            each(&mut run.state_operations);
        }
        OperationKind::RunPython(run) => {
            run.reverse_code = None;
            run.elidable = false;
        }
        OperationKind::SeparateDatabaseAndState {
            database_operations,
            state_operations,
        } => {
            each(database_operations);
            each(state_operations);
        }
        _ => {}
    }
    operation
}

fn each(operations: &mut [Operation]) {
    for operation in operations {
        *operation = without_way_back(operation);
    }
}
