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
/// Source: Django's release notes, "Features removed in", compared with the sources of 2.0 to 6.0.
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
        "db.models.fields.FieldDoesNotExist" => ("3.1", "django.core.exceptions.FieldDoesNotExist"),
        "db.models.query.EmptyResultSet" => ("3.1", "django.core.exceptions.EmptyResultSet"),
        "db.models.query_utils.InvalidQuery" => ("4.0", "django.core.exceptions"),
        "db.models.permalink" => ("2.1", "django.urls.reverse"),
        "contrib.postgres.forms.JSONField" => ("4.0", "django.forms.JSONField"),
        "conf.urls.url" => ("4.0", "django.urls.re_path"),
        "shortcuts.render_to_response" => ("3.0", "django.shortcuts.render"),
        "utils.http.is_safe_url" => ("4.0", "url_has_allowed_host_and_scheme"),
        "utils.http.urlquote_plus" => ("4.0", "urllib.parse.quote_plus"),
        "utils.http.urlunquote" => ("4.0", "urllib.parse.unquote"),
        "utils.http.urlunquote_plus" => ("4.0", "urllib.parse.unquote_plus"),
        "utils.http.cookie_date" => ("3.0", "http_date"),
        "utils.translation.string_concat" => ("2.1", "django.utils.text.format_lazy"),
        "utils.timezone.FixedOffset" => ("3.1", "datetime.timezone"),
        "utils.decorators.available_attrs" => ("3.0", "functools.WRAPPER_ASSIGNMENTS"),
        "utils.decorators.ContextDecorator" => ("3.0", "contextlib.ContextDecorator"),
        "utils.safestring.SafeBytes" => ("3.0", "SafeString"),
        "utils._os.upath" | "utils._os.npath" => ("3.0", "nothing"),
        "utils._os.abspathu" => ("3.0", "os.path.abspath"),
        "contrib.postgres.fields.ranges.FloatRangeField" => ("3.1", "DecimalRangeField"),
        "contrib.postgres.fields.FloatRangeField" => ("3.1", "DecimalRangeField"),
        "utils.encoding.python_2_unicode_compatible" => ("3.0", "nothing"),
        "utils.lru_cache" | "utils.lru_cache.lru_cache" => ("3.0", "functools.lru_cache"),
        "utils.functional.curry" => ("3.0", "functools.partial"),
        "utils.timezone.utc" => ("5.0", "datetime.timezone.utc"),
        "core.files.storage.get_storage_class" => ("5.1", "django.core.files.storage.storages"),
        _ if path.starts_with("utils.baseconv") => ("5.0", "a module of the project's own"),
        _ if path.starts_with("utils.itercompat") => ("6.0", "collections.abc.Iterable"),
        _ if path.starts_with("db.models.functions.base") => ("2.1", "django.db.models.functions"),
        _ if path == "utils.six" || path.starts_with("utils.six.") => ("3.0", "Python 3 itself"),
        _ if path.starts_with("utils.datetime_safe") => ("5.0", "datetime"),
        _ if path.starts_with("core.urlresolvers") => ("2.0", "django.urls"),
        _ if path.starts_with("db.models.fields.subclassing") => ("1.10", "from_db_value"),
        _ => return None,
    })
}
