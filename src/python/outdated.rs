//! Names that a module imports and that later versions of Django do not have.
//!
//! ```python
//! from django.utils.translation import ugettext_lazy as _
//! ```

use super::eval::object::{Obj, Scope};
use super::module::Module;
use super::tree::StmtKind;
use crate::ir::migration::Outdated;

/// What is imported unconditionally, in the order of the text.
pub(super) fn outdated(module: &Module, scope: &Scope) -> Vec<Outdated> {
    let names = scope.names.borrow();
    let mut found: Vec<Outdated> = names
        .items()
        .filter(|item| item.span.file == module.file)
        .filter_map(|item| {
            let Obj::Ref(path) = &item.obj else {
                return None;
            };
            let (removed_in, instead) = removed(path)?;
            is_plain(module, item.span.range.start).then(|| Outdated {
                path: path.clone(),
                span: item.span,
                removed_in,
                instead,
            })
        })
        .collect();
    found.sort_by_key(|outdated| outdated.span.range.start);
    found
}

/// Whether an import stands at the top of a module: within a `try` it may fail.
fn is_plain(module: &Module, at: u32) -> bool {
    let tree = &module.tree;
    let mut statements = tree.list(tree.body).iter().map(|id| tree.stmt(*id));
    statements.any(|statement| {
        let range = statement.range;
        let is_import = matches!(
            statement.kind,
            StmtKind::Import(_) | StmtKind::ImportFrom { .. }
        );
        is_import && range.start <= at && at < range.end
    })
}

/// The version of Django that removed a name, and what took its place.
/// Source: Django's release notes, "Features removed in"; none of these is in 5.2.
fn removed(path: &str) -> Option<(&'static str, &'static str)> {
    let path = path.strip_prefix("django.")?;
    Some(match path {
        "utils.translation.ugettext" => ("4.0", "gettext"),
        "utils.translation.ugettext_lazy" => ("4.0", "gettext_lazy"),
        "utils.translation.ugettext_noop" => ("4.0", "gettext_noop"),
        "utils.translation.ungettext" => ("4.0", "ngettext"),
        "utils.translation.ungettext_lazy" => ("4.0", "ngettext_lazy"),
        "utils.encoding.force_text" => ("4.0", "force_str"),
        "utils.encoding.smart_text" => ("4.0", "smart_str"),
        "utils.http.urlquote" => ("4.0", "urllib.parse.quote"),
        "utils.text.unescape_entities" => ("4.0", "html.unescape"),
        "contrib.postgres.fields.jsonb.KeyTransform" => {
            ("4.0", "django.db.models.fields.json.KeyTransform")
        }
        "contrib.postgres.fields.jsonb.KeyTextTransform" => {
            ("4.0", "django.db.models.fields.json.KeyTextTransform")
        }
        "contrib.postgres.fields.FloatRangeField" => ("3.1", "DecimalRangeField"),
        "utils.encoding.python_2_unicode_compatible" => ("3.0", "nothing"),
        "utils.lru_cache" | "utils.lru_cache.lru_cache" => ("3.0", "functools.lru_cache"),
        "utils.functional.curry" => ("3.0", "functools.partial"),
        "utils.timezone.utc" => ("5.0", "datetime.timezone.utc"),
        "core.files.storage.get_storage_class" => ("5.1", "django.core.files.storage.storages"),
        _ if path == "utils.six" || path.starts_with("utils.six.") => ("3.0", "Python 3 itself"),
        _ if path.starts_with("utils.datetime_safe") => ("5.0", "datetime"),
        _ if path.starts_with("core.urlresolvers") => ("2.0", "django.urls"),
        _ if path.starts_with("db.models.fields.subclassing") => ("1.10", "from_db_value"),
        _ => return None,
    })
}
