//! `called-default`: a default that is computed when the migration is loaded.
//!
//! ```text
//! models.UUIDField(default=uuid.uuid4())
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::{Migration, Value};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

use super::for_each_field;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "called-default",
    summary: "a default that is computed when the migration is loaded",
    page: include_str!("../../../../docs/rules/called-default.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Migration(check),
};

fn check(_: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    for_each_field(migration, &mut |operation, field, is_kept| {
        let Some(default) = field.option("default") else {
            return;
        };
        let Value::Object(object) = &default.value else {
            return;
        };
        // A value for the rows that are there, and for nothing later.
        if !is_kept || !is_computed(&object.path) {
            return;
        }
        let path = &object.path;
        let message = format!("`default={path}()` is one value, computed when the file is loaded");
        let mut finding = RULE
            .finding(migration, default.span, message)
            .note("every load of the migration computes another one")
            .help(format!(
                "name the function without calling it: `default={path}`"
            ));
        finding.subject.operation = Some(operation.describe());
        out.push(finding);
    });
}

/// Functions that give another value each time.
fn is_computed(path: &str) -> bool {
    matches!(
        path,
        "uuid.uuid1"
            | "uuid.uuid4"
            | "django.utils.timezone.now"
            | "django.utils.timezone.localtime"
            | "django.utils.timezone.localdate"
            | "django.utils.crypto.get_random_string"
            | "datetime.datetime.now"
            | "datetime.datetime.utcnow"
            | "datetime.datetime.today"
            | "datetime.date.today"
            | "time.time"
            | "os.urandom"
    ) || path.starts_with("random.")
        || path.starts_with("secrets.")
}
