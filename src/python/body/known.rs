//! Names with a meaning: what reaches outside of the database, and the methods of
//! managers and queries.

use crate::ir::body::Outside;

/// What calling a function of this path does that no rollback takes back.
pub(super) fn outside(path: &str) -> Option<Outside> {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| path.starts_with(prefix));
    Some(match path {
        "time.sleep" => Outside::Sleep,
        "os.system" | "os.popen" => Outside::Process,
        "os.remove" | "os.unlink" | "os.rename" | "os.replace" | "os.mkdir" | "os.makedirs"
        | "os.rmdir" | "os.removedirs" => Outside::File,
        _ if starts(&["subprocess."]) => Outside::Process,
        _ if starts(&[
            "shutil.copy",
            "shutil.move",
            "shutil.rmtree",
            "django.core.files.storage.default_storage.save",
            "django.core.files.storage.default_storage.delete",
        ]) =>
        {
            Outside::File
        }
        _ if starts(&["django.core.mail.", "smtplib."]) => Outside::Mail,
        _ if starts(&[
            "requests.",
            "httpx.",
            "urllib.request.",
            "urllib3.",
            "http.client.",
            "boto3.",
            "aiohttp.",
        ]) =>
        {
            Outside::Request
        }
        _ => return None,
    })
}

/// Whether a mode of `open` writes.
pub(super) fn mode_writes(mode: &str) -> bool {
    mode.contains(['w', 'a', 'x', '+'])
}

/// How a method of a manager or query takes field names and what it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    /// The same rows.
    Same,
    /// Some of them, if it has arguments.
    Some,
    /// Some of their columns.
    Light,
    Batches,
    Row,
    /// A row and whether it is new.
    RowAndFlag,
    Nothing,
}

pub(super) struct Method {
    pub(super) gives: Gives,
    /// Names of keywords are lookups or fields.
    pub(super) has_lookups: bool,
    /// Strings among the positional arguments are names of fields.
    pub(super) has_names: bool,
    /// Names of keywords are new names of the rows.
    pub(super) introduces: bool,
    /// It reads or writes rows, now or once the result is used.
    pub(super) touches_rows: bool,
}

/// Methods of `Manager` and `QuerySet`.
/// Source: `django/db/models/query.py`, 5.2.
pub(super) fn method(name: &str) -> Option<Method> {
    use Gives as G;
    let made = |gives, has_lookups, has_names, introduces, touches_rows| Method {
        gives,
        has_lookups,
        has_names,
        introduces,
        touches_rows,
    };
    Some(match name {
        "all" | "reverse" | "select_for_update" | "using" | "db_manager" | "get_queryset"
        | "complex_filter" | "union" | "difference" => made(G::Same, false, false, false, false),
        "intersection" | "none" => made(G::Some, false, false, false, false),
        "order_by" | "distinct" | "only" | "defer" | "select_related" | "prefetch_related" => {
            made(G::Same, false, true, false, false)
        }
        "annotate" | "alias" | "extra" => made(G::Same, false, false, true, false),
        "filter" | "exclude" => made(G::Some, true, false, false, false),
        "values" | "values_list" => made(G::Light, false, true, true, false),
        "dates" | "datetimes" => made(G::Light, false, true, false, false),
        "raw" => made(G::Some, false, false, false, true),
        "iterator" | "aiterator" => made(G::Batches, false, false, false, false),
        "get" | "create" => made(G::Row, true, false, false, true),
        "first" | "last" => made(G::Row, false, false, false, true),
        "earliest" | "latest" => made(G::Row, false, true, false, true),
        "get_or_create" | "update_or_create" => made(G::RowAndFlag, true, false, false, true),
        "update" => made(G::Nothing, true, false, false, true),
        "aggregate" => made(G::Nothing, false, false, true, true),
        "delete" | "bulk_create" | "bulk_update" | "count" | "exists" | "in_bulk" | "contains"
        | "explain" => made(G::Nothing, false, false, false, true),
        _ => return None,
    })
}

/// Methods of the schema editor that change tables.
/// Source: `django/db/backends/base/schema.py`, 5.2.
pub(super) fn changes_schema(method: &str) -> bool {
    matches!(
        method,
        "create_model"
            | "delete_model"
            | "add_field"
            | "alter_field"
            | "remove_field"
            | "add_index"
            | "remove_index"
            | "rename_index"
            | "add_constraint"
            | "remove_constraint"
            | "alter_db_table"
            | "alter_unique_together"
            | "alter_index_together"
            | "alter_db_tablespace"
            | "alter_db_table_comment"
    )
}

/// A class of models that a package of Django itself defines.
pub(super) fn is_contrib_model(path: &str) -> bool {
    path.starts_with("django.contrib.")
        && path
            .rsplit_once(".models.")
            .is_some_and(|(_, name)| name.starts_with(|it: char| it.is_ascii_uppercase()))
}

/// What makes rows that otherwise only exist after `post_migrate`.
pub(super) fn makes_permissions(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path);
    matches!(
        name,
        "create_permissions"
            | "create_contenttypes"
            | "create_all_permissions"
            | "emit_post_migrate_signal"
            | "update_contenttypes"
            | "update_all_contenttypes"
    )
}
