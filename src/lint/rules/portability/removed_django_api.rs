//! `removed-django-api`: an import or an argument that later versions of Django do not have.
//!
//! ```text
//! from django.utils.translation import ugettext_lazy as _
//! ```

use crate::base::Span;
use crate::diag::{Diagnostic, Level};
use crate::ir::constraint::{Constraint, ConstraintKind};
use crate::ir::{Field, FieldKind, Migration, Operation, OperationKind};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "removed-django-api",
    summary: "an import or an argument that later versions of Django do not have",
    page: include_str!("../../../../docs/rules/removed-django-api.md"),
    category: Category::Portability,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Migration(check),
};

fn check(_: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    for outdated in &migration.outdated {
        let (path, version) = (&outdated.path, outdated.removed_in);
        let message = format!("`{path}` does not exist from Django {version} on");
        let finding = RULE
            .finding(migration, outdated.span, message)
            .note(format!("`{}` cannot be loaded there", migration.id));
        let finding = match outdated.instead {
            "nothing" => finding.help("remove it: Python 3 needs nothing in its place"),
            instead => finding.help(format!("use `{instead}`")),
        };
        out.push(finding);
    }
    for operation in migration.walk_operations() {
        in_operation(migration, operation, out);
    }
}

/// Arguments that later versions refuse, where Django's own classes get them.
fn in_operation(migration: &Migration, operation: &Operation, out: &mut Vec<Diagnostic>) {
    let mut find = |span: Span, what: &str, version: &str, instead: &str, level: Level| {
        let place = if span.file == migration.file {
            span
        } else {
            operation.name_span
        };
        let message = format!("{what} from Django {version} on");
        let mut finding = RULE
            .finding(migration, place, message)
            .note(format!("`{}` cannot be loaded there", migration.id))
            .help(instead);
        finding.level = level;
        finding.subject.operation = Some(operation.describe());
        out.push(finding);
    };
    for constraint in constraints(operation) {
        if !constraint.class.starts_with("django.") || constraint.written.is_some() {
            continue;
        }
        if let Some(span) = constraint.older_spelling {
            // Before 5.1 there is no other spelling.
            find(
                span,
                "`CheckConstraint` takes no `check`",
                "6.0",
                "write `condition=`, which 5.1 and later take",
                Level::Info,
            );
        }
        if constraint.kind == ConstraintKind::Exclusion
            && let Some(given) = constraint.option("opclasses")
        {
            find(
                given.span,
                "`ExclusionConstraint` takes no `opclasses`",
                "5.0",
                "write `OpClass()` in `expressions`",
                RULE.level,
            );
        }
    }
    for field in fields(operation) {
        let is_key = matches!(
            field.kind.known(),
            Some(FieldKind::ForeignKey | FieldKind::OneToOneField)
        );
        if is_key && field.class.starts_with("django.") && field.option("on_delete").is_none() {
            find(
                field.span,
                &format!(
                    "`{}` needs `on_delete`",
                    field.class.rsplit('.').next().unwrap_or_default()
                ),
                "2.0",
                "write `on_delete=models.CASCADE`, which it meant before",
                RULE.level,
            );
        }
    }
}

fn constraints(operation: &Operation) -> Vec<&Constraint> {
    match &operation.kind {
        OperationKind::CreateModel(create) => {
            create.options.constraints.iter().map(|it| &**it).collect()
        }
        OperationKind::AddConstraint { constraint, .. } => vec![constraint],
        _ => Vec::new(),
    }
}

fn fields(operation: &Operation) -> Vec<&Field> {
    match &operation.kind {
        OperationKind::CreateModel(create) => create.fields.iter().map(|(_, it)| &**it).collect(),
        OperationKind::AddField { field, .. } | OperationKind::AlterField { field, .. } => {
            vec![field]
        }
        _ => Vec::new(),
    }
}
