//! Rules on operations that do not fit the models as they are by then: the replay of
//! the plan finds them, the rules word them.

pub(super) mod dangling_relation;
pub(super) mod duplicate_constraint;
pub(super) mod duplicate_field;
pub(super) mod duplicate_index;
pub(super) mod duplicate_model;
pub(super) mod needless_alteration;
pub(super) mod unknown_constraint;
pub(super) mod unknown_field;
pub(super) mod unknown_index;
pub(super) mod unknown_model;

use smol_str::SmolStr;

use crate::base::Span;
use crate::diag::Diagnostic;
use crate::diag::wording::did_you_mean;
use crate::ir::Migration;
use crate::lint::context::Context;
use crate::lint::rule::Rule;
use crate::schema::{Gone, ReplayError};

/// A finding about an operation, at the place that is wrong. Where that stands in
/// another module, the finding is shown in the migration, with a label there.
fn finding(rule: &Rule, migration: &Migration, error: &ReplayError, message: String) -> Diagnostic {
    let mut finding = if error.span.file == migration.file {
        rule.finding(migration, error.span, message)
    } else {
        let finding = rule.finding(migration, migration.span, message);
        if Context::is_shown(error.span) {
            finding.label(error.span, "by this operation")
        } else {
            finding
        }
    };
    finding.subject.operation = Some(error.operation.clone());
    finding
}

/// `` `AddField` `post.slug` ``: the operation in backticks.
fn operation(error: &ReplayError) -> String {
    match error.operation.split_once(' ') {
        Some((class, about)) => format!("`{class}` {about}"),
        None => format!("`{}`", error.operation),
    }
}

/// A label, if the place can be shown.
fn label(finding: Diagnostic, span: Span, message: String) -> Diagnostic {
    if Context::is_shown(span) {
        finding.label(span, message)
    } else {
        finding
    }
}

/// Where something went, or a name that was perhaps meant.
fn gone_or_meant(
    finding: Diagnostic,
    what: &str,
    wanted: &str,
    gone: Option<&Gone>,
    known: &[SmolStr],
) -> Diagnostic {
    match gone {
        Some(Gone {
            span,
            renamed_to: Some(name),
        }) => label(
            finding,
            *span,
            format!("{what} is renamed to `{name}` here"),
        )
        .help(format!("write `{name}`")),
        Some(Gone {
            span,
            renamed_to: None,
        }) => label(finding, *span, format!("{what} is removed here")),
        None => match did_you_mean(wanted, known.iter().map(SmolStr::as_str)) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding,
        },
    }
}
