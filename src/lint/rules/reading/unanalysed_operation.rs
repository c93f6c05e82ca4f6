//! `unanalysed-operation`: what was not understood, so that it never passes for fine.

use crate::base::Span;
use crate::diag::{Diagnostic, Level};
use crate::ir::{Migration, Operation, OperationKind, Unknown};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unanalysed-operation",
    summary: "part of a migration could not be read without running it",
    page: include_str!("../../../../docs/rules/unanalysed-operation.md"),
    category: Category::Reading,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Migration(check),
};

fn check(_ctx: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    for unread in &migration.unread {
        if unread.unknown.is_syntax_error() {
            continue;
        }
        let (span, elsewhere) = place(migration, unread.unknown.span, migration.span);
        let mut finding = RULE.finding(
            migration,
            span,
            format!(
                "part of `{}` of `{}` was not read, because {}",
                unread.attribute, migration.id, unread.unknown.reason
            ),
        );
        if let Some(elsewhere) = elsewhere {
            finding = finding.label(elsewhere, "because of this");
        }
        out.push(finding);
    }
    for operation in migration.walk_operations() {
        // That has a finding of its own.
        let mut unknowns = operation.not_understood.iter();
        if unknowns.any(Unknown::is_syntax_error) {
            continue;
        }
        if let OperationKind::Opaque(opaque) = &operation.kind {
            let finding = RULE.finding(
                migration,
                operation.name_span,
                format!(
                    "`{}` is an operation that was not understood, because {}",
                    operation.class_name(),
                    opaque.reason
                ),
            );
            out.push(about(finding, operation));
        } else if let Some((first, others)) = operation.not_understood.split_first() {
            let (span, elsewhere) = place(migration, first.span, operation.name_span);
            let mut finding = RULE.finding(
                migration,
                span,
                format!(
                    "{} was understood in part, because {}",
                    described(operation),
                    first.reason
                ),
            );
            if let Some(elsewhere) = elsewhere {
                finding = finding.label(elsewhere, "because of this");
            }
            for other in others {
                if Context::is_shown(other.span) && other.span != first.span {
                    finding = finding.label(other.span, format!("and because {}", other.reason));
                }
            }
            out.push(about(finding, operation));
        }
    }
}

/// What cannot be read may stand in another module: the finding is shown in the
/// migration, with a label there.
fn place(migration: &Migration, wanted: Span, instead: Span) -> (Span, Option<Span>) {
    if wanted.file == migration.file {
        (wanted, None)
    } else {
        (instead, Context::is_shown(wanted).then_some(wanted))
    }
}

fn described(operation: &Operation) -> String {
    let described = operation.describe();
    if described.contains('`') {
        described
    } else {
        format!("`{described}`")
    }
}

fn about(mut finding: Diagnostic, operation: &Operation) -> Diagnostic {
    finding.subject.operation = Some(operation.describe());
    finding
}
