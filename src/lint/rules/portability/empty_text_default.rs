//! `empty-text-default`: a text that may not be null is empty where none is given, which
//! Oracle takes for null.
//!
//! ```text
//! models.CharField(max_length=20, default="")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::{Field, FieldKind, Migration, Value};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::lint::rules::data::for_each_field;
use crate::sql::Server;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "empty-text-default",
    summary: "an empty text is the default of a field that may not be null, on Oracle",
    page: include_str!("../../../../docs/rules/empty-text-default.md"),
    category: Category::Portability,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Migration(check),
};

fn check(ctx: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    let servers = Server::of_project(&ctx.project.settings);
    let mut servers = servers.iter();
    let Some(server) = servers.find(|it| it.features.interprets_empty_strings_as_nulls) else {
        return;
    };
    for_each_field(migration, &mut |operation, field, _| {
        if !is_empty_by_default(field) || field.span.file != migration.file {
            return;
        }
        let title = server.dialect.title;
        let message = format!("{title} keeps null where the default is an empty text");
        let mut finding = RULE.finding(migration, field.span, message).note(format!(
            "the field may not be null, and Django makes a column that may be: {title} takes an \
             empty text for null"
        ));
        finding.subject.operation = Some(operation.describe());
        out.push(finding.help("write `null=True` and no default, or another default"));
    });
}

fn is_empty_by_default(field: &Field) -> bool {
    let is_text = matches!(
        field.kind.known(),
        Some(
            FieldKind::CharField
                | FieldKind::TextField
                | FieldKind::EmailField
                | FieldKind::SlugField
                | FieldKind::URLField
                | FieldKind::FileField
                | FieldKind::ImageField
        )
    );
    let default = field.option("default").map(|it| &it.value);
    is_text
        && field.flag("null", false) == Some(false)
        && matches!(default, Some(Value::Str(text)) if text.is_empty())
}
