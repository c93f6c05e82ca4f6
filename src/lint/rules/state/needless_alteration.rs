//! `needless-alteration`: an operation that leaves the model as it is.
//!
//! ```text
//! migrations.AlterField("order", "total", models.IntegerField())    # it is one
//! ```

use std::sync::Arc;

use crate::base::Span;
use crate::diag::{Diagnostic, Level};
use crate::ir::operation::TogetherOption;
use crate::ir::{Operation, OperationKind};
use crate::lint::context::Context;
use crate::lint::meaning::{of_operation, source};
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::schema::{ModelKey, OperationStates};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "needless-alteration",
    summary: "an operation that leaves the model as it is",
    page: include_str!("../../../../docs/rules/needless-alteration.md"),
    category: Category::State,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Project(check),
};

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let Some(history) = ctx.history() else {
        return;
    };
    for step in history.steps() {
        let migration = step.migration;
        if !ctx.is_judged(migration) {
            continue;
        }
        for states in step.operations() {
            let Some(origin) = needless(ctx, migration, &states) else {
                continue;
            };
            let message = format!("{} changes nothing", states.operation.describe());
            let mut finding = RULE
                .finding(migration, states.operation.name_span, message)
                .help("remove it");
            finding.subject.operation = Some(states.operation.describe());
            if let Some(origin) = origin.filter(|origin| Context::is_shown(*origin)) {
                finding = finding.label(origin, "it is that since here");
            }
            out.push(finding);
        }
    }
}

/// Where what an operation makes was made before, if that is known; `None` if the operation
/// changes something, or may.
fn needless(
    ctx: &Context<'_>,
    migration: &crate::ir::Migration,
    states: &OperationStates<'_, '_>,
) -> Option<Option<Span>> {
    let operation: &Operation = states.operation;
    let is_plain = operation.condition.is_none()
        && operation.methods.is_none()
        && operation.not_understood.is_empty();
    let name = operation.model_name().filter(|_| is_plain)?;
    let model = states
        .before
        .model(&ModelKey::new(&migration.id.app, name))?;
    if model.why_uncertain().is_some() {
        return None;
    }
    let state = model.state();
    match &operation.kind {
        OperationKind::AlterField {
            name,
            field,
            preserve_default: true,
            ..
        } => {
            let before = state.fields.get(name.as_str())?;
            // What only running code reads of a field is not kept: the text tells. That
            // a model or a field is renamed changes what is kept, and not the text.
            let files = ctx.files();
            let written = source(files, field.span);
            if before.uncertain.is_some()
                || written.is_empty()
                || source(files, before.field.span) != written
            {
                return None;
            }
            let mut earlier = operation.clone();
            if let OperationKind::AlterField { field, .. } = &mut earlier.kind {
                *field = Arc::clone(&before.field);
            }
            let meant = |operation: &Operation| of_operation(files, migration, operation);
            (meant(&earlier) == meant(operation)).then_some(Some(before.origin))
        }
        OperationKind::AlterTogether { option, fields, .. } => {
            let before = match option {
                TogetherOption::Unique => &state.unique_together,
                TogetherOption::Index => &state.index_together,
            };
            let before = before.iter().flat_map(|sets| sets.iter());
            let before = before.map(|set| &**set);
            before.eq(fields.iter().map(Vec::as_slice)).then_some(None)
        }
        OperationKind::RenameField {
            old_name, new_name, ..
        } => (old_name == new_name).then_some(None),
        OperationKind::RenameModel { old_name, new_name } => (old_name == new_name).then_some(None),
        _ => None,
    }
}
