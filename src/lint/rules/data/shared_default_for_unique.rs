//! `shared-default-for-unique`: a new unique field gets one default for all rows.
//!
//! ```text
//! migrations.AddField("book", "key", models.UUIDField(default=uuid.uuid4, unique=True))
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::{FieldKind, Migration, ModelName, OperationKind, Value};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "shared-default-for-unique",
    summary: "a new unique field gets one default for all rows",
    page: include_str!("../../../../docs/rules/shared-default-for-unique.md"),
    category: Category::Data,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &["blocking-unique-constraint", "not-null-without-db-default"],
    check: Check::Migration(check),
};

fn check(_: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    for operation in migration.walk_operations() {
        let OperationKind::AddField {
            model_name,
            name,
            field,
            ..
        } = &operation.kind
        else {
            continue;
        };
        let is_unique = ["unique", "primary_key"]
            .iter()
            .any(|option| field.flag(option, false) == Some(true))
            || field.kind.known() == Some(&FieldKind::OneToOneField);
        let Some(default) = field.option("default") else {
            continue;
        };
        let is_value = !matches!(default.value, Value::None | Value::Unknown(_));
        let has_db_default = field.db_default.is_some() || field.option("db_default").is_some();
        if !is_unique || !is_value || has_db_default || is_made_here(migration, model_name) {
            continue;
        }
        let message = format!(
            "all rows of `{}.{model_name}` get the same `{name}`, which is unique",
            migration.id.app
        );
        let mut finding = RULE
            .finding(migration, operation.name_span, message)
            .note("`migrate` fails if the table has two rows");
        if default.span.file == migration.file {
            let is_function = matches!(default.value, Value::Path(_));
            let why = if is_function {
                "called once, not for each row"
            } else {
                "one value for all rows"
            };
            finding = finding.label(default.span, why);
        }
        finding.subject.operation = Some(operation.describe());
        let advice = Advice::new(
            "add the field with `null=True` and without `unique`, fill it row by row, then alter \
             it to `unique=True` in a third migration",
            "add the field as optional and not unique, fill it row by row, then change it to \
             unique in a third migration",
        );
        out.push(advise(finding, migration, advice));
    }
}

fn is_made_here(migration: &Migration, model: &ModelName) -> bool {
    migration.walk_operations().any(|operation| {
        matches!(&operation.kind, OperationKind::CreateModel(create)
            if create.name.key() == model.key())
    })
}
