//! Django's names: import paths, positional parameters and defaults.
//!
//! The only place that knows how Django 5.2 (and what old migrations still name)
//! spells its classes. Sources: `django/db/migrations/operations/`,
//! `django/db/models/fields/`, `django/contrib/{postgres,gis,contenttypes}/`.

use super::functions::ExpressionClass;
use crate::ir::FieldKind;
use crate::ir::expression::FunctionKind;

/// The packages whose classes count as Django's own, wherever they are re-exported.
const FIELD_PACKAGES: [&str; 7] = [
    "django.db.models",
    "django.contrib.gis.db.models",
    "django.contrib.gis.db.backends",
    "django.contrib.postgres",
    "django.contrib.contenttypes",
    "django.db.backends",
    "django.utils",
];

fn is_within(path: &str, packages: &[&str]) -> bool {
    packages.iter().any(|package| {
        path.strip_prefix(package)
            .is_some_and(|rest| rest.starts_with('.'))
    })
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or_default()
}

/// The field that a path of Django names: `django.db.models.CharField`,
/// `django.contrib.postgres.fields.jsonb.JSONField`.
pub(crate) fn field_kind(path: &str) -> Option<FieldKind> {
    // The common spelling first.
    if let Some(name) = path.strip_prefix("django.db.models.")
        && let Some(kind) = FieldKind::by_name(name)
    {
        return Some(kind);
    }
    if !is_within(path, &FIELD_PACKAGES) {
        return None;
    }
    field_kind_by_name(last(path))
}

/// The field of a class name, as `get_internal_type` returns it.
pub(super) fn field_kind_by_name(name: &str) -> Option<FieldKind> {
    Some(match name {
        "CIText" => FieldKind::CITextField,
        "OrderWrt" => FieldKind::OrderWrt,
        "AutoFieldMixin" => FieldKind::AutoField,
        "BaseSpatialField" => FieldKind::GeometryField,
        "RelatedField" => FieldKind::ForeignObject,
        "RangeField" | "ContinuousRangeField" => FieldKind::Field,
        name => FieldKind::by_name(name)?,
    })
}

/// Positional parameters of `Field.__init__`.
const FIELD: &[&str] = &[
    "verbose_name",
    "name",
    "primary_key",
    "max_length",
    "unique",
    "blank",
    "null",
    "db_index",
    "rel",
    "default",
    "editable",
    "serialize",
    "unique_for_date",
    "unique_for_month",
    "unique_for_year",
    "choices",
    "help_text",
    "db_column",
    "db_tablespace",
    "auto_created",
    "validators",
    "error_messages",
    "db_comment",
    "db_default",
];

/// Positional parameters of a field's constructor.
pub(crate) fn field_parameters(kind: FieldKind) -> &'static [&'static str] {
    match kind {
        FieldKind::DateField | FieldKind::DateTimeField | FieldKind::TimeField => {
            &["verbose_name", "name", "auto_now", "auto_now_add"]
        }
        FieldKind::DecimalField => &["verbose_name", "name", "max_digits", "decimal_places"],
        FieldKind::FilePathField => &[
            "verbose_name",
            "name",
            "path",
            "match",
            "recursive",
            "allow_files",
            "allow_folders",
        ],
        FieldKind::FileField => &["verbose_name", "name", "upload_to", "storage"],
        FieldKind::ImageField => &["verbose_name", "name", "width_field", "height_field"],
        FieldKind::GenericIPAddressField => &["verbose_name", "name", "protocol", "unpack_ipv4"],
        FieldKind::JSONField => &["verbose_name", "name", "encoder", "decoder"],
        FieldKind::ForeignKey => &[
            "to",
            "on_delete",
            "related_name",
            "related_query_name",
            "limit_choices_to",
            "parent_link",
            "to_field",
            "db_constraint",
        ],
        FieldKind::OneToOneField => &["to", "on_delete", "to_field"],
        FieldKind::ManyToManyField => &[
            "to",
            "related_name",
            "related_query_name",
            "limit_choices_to",
            "symmetrical",
            "through",
            "through_fields",
            "db_constraint",
            "db_table",
            "swappable",
        ],
        FieldKind::ForeignObject => &[
            "to",
            "on_delete",
            "from_fields",
            "to_fields",
            "rel",
            "related_name",
            "related_query_name",
            "limit_choices_to",
            "parent_link",
            "swappable",
        ],
        FieldKind::GenericForeignKey => &["ct_field", "fk_field", "for_concrete_model"],
        FieldKind::GenericRelation => &[
            "to",
            "object_id_field",
            "content_type_field",
            "for_concrete_model",
            "related_query_name",
            "limit_choices_to",
        ],
        FieldKind::ArrayField => &["base_field", "size"],
        FieldKind::GeometryField
        | FieldKind::PointField
        | FieldKind::LineStringField
        | FieldKind::PolygonField
        | FieldKind::MultiPointField
        | FieldKind::MultiLineStringField
        | FieldKind::MultiPolygonField
        | FieldKind::GeometryCollectionField => &["verbose_name", "dim", "geography"],
        FieldKind::RasterField | FieldKind::ExtentField => {
            &["verbose_name", "srid", "spatial_index"]
        }
        FieldKind::GeneratedField | FieldKind::CompositePrimaryKey => &[],
        FieldKind::AutoField
        | FieldKind::BigAutoField
        | FieldKind::SmallAutoField
        | FieldKind::BigIntegerField
        | FieldKind::BinaryField
        | FieldKind::BooleanField
        | FieldKind::CharField
        | FieldKind::CommaSeparatedIntegerField
        | FieldKind::DurationField
        | FieldKind::EmailField
        | FieldKind::Field
        | FieldKind::FloatField
        | FieldKind::IPAddressField
        | FieldKind::IntegerField
        | FieldKind::NullBooleanField
        | FieldKind::PositiveBigIntegerField
        | FieldKind::PositiveIntegerField
        | FieldKind::PositiveSmallIntegerField
        | FieldKind::SlugField
        | FieldKind::SmallIntegerField
        | FieldKind::TextField
        | FieldKind::URLField
        | FieldKind::UUIDField
        | FieldKind::OrderWrt
        | FieldKind::HStoreField
        | FieldKind::CITextField
        | FieldKind::CICharField
        | FieldKind::CIEmailField
        | FieldKind::SearchVectorField
        | FieldKind::SearchQueryField
        | FieldKind::IntegerRangeField
        | FieldKind::BigIntegerRangeField
        | FieldKind::DecimalRangeField
        | FieldKind::FloatRangeField
        | FieldKind::DateTimeRangeField
        | FieldKind::DateRangeField => FIELD,
    }
}

/// Options of a field that neither state nor SQL reads, so that a reference in them
/// need not be followed.
pub(super) fn is_python_only(option: &str) -> bool {
    matches!(
        option,
        "validators"
            | "upload_to"
            | "storage"
            | "on_delete"
            | "help_text"
            | "verbose_name"
            | "error_messages"
            | "limit_choices_to"
            | "encoder"
            | "decoder"
            | "editable"
            | "block_types"
            | "block_lookup"
            | "path"
            | "match"
            | "recursive"
            | "managers"
            | "choices"
    )
}

/// Whether a path names a class that `django.db.models` or `django.db.migrations`
/// itself has.
pub(crate) fn is_public_class(path: &str) -> bool {
    let name = path
        .strip_prefix("django.db.models.")
        .or_else(|| path.strip_prefix("django.db.migrations."));
    name.map(str::as_bytes).is_some_and(|name| {
        name.first().is_some_and(u8::is_ascii_uppercase) && !name.contains(&b'.')
    })
}

/// Whether a path names a field class of `django.db.models`.
pub(crate) fn is_model_field(path: &str) -> bool {
    path.strip_prefix("django.db.models.").is_some_and(|name| {
        let name = name.strip_prefix("fields.").unwrap_or(name);
        name.ends_with("Field") || matches!(name, "ForeignKey")
    })
}

/// Options that [`Detail::Schema`](super::Detail::Schema) leaves out.
pub(crate) fn is_skipped_option(option: &str) -> bool {
    option != "on_delete" && is_python_only(option)
}

/// The label of a model of Django's own apps: `auth.User` of
/// `django.contrib.auth.models.User`.
pub(super) fn contrib_model(path: &str) -> Option<smol_str::SmolStr> {
    let (app, model) = path
        .strip_prefix("django.contrib.")?
        .split_once(".models.")?;
    (!model.contains('.')).then(|| smol_str::SmolStr::new(format!("{app}.{model}")))
}

/// Whether `from package import *` brings a name, of those that migrations and what
/// they import use.
pub(super) fn star_exports(package: &str, name: &str) -> bool {
    let path = || format!("{package}.{name}");
    match package {
        "django.db.models" => {
            field_kind(&path()).is_some()
                || is_index(&path())
                || constraint_kind(&path()).is_some()
                || matches!(
                    name,
                    "CASCADE"
                        | "DO_NOTHING"
                        | "PROTECT"
                        | "RESTRICT"
                        | "SET"
                        | "SET_DEFAULT"
                        | "SET_NULL"
                        | "Model"
                        | "Manager"
                        | "QuerySet"
                        | "Choices"
                        | "IntegerChoices"
                        | "TextChoices"
                        | "Deferrable"
                )
                || !is_function(&path()) && ExpressionClass::of_path(&path()).is_some()
        }
        "django.db.models.functions" => is_function(&path()) || matches!(name, "Cast" | "Collate"),
        "django.db.migrations" | "django.db.migrations.operations" => {
            OperationClass::of_path(&path()).is_some()
                || matches!(name, "Migration" | "swappable_dependency")
        }
        "django.contrib.postgres.operations" => OperationClass::of_path(&path()).is_some(),
        "django.contrib.postgres.fields" => {
            field_kind(&path()).is_some() || name == "RangeOperators"
        }
        "django.contrib.postgres.indexes" => is_index(&path()),
        "django.contrib.gis.db.models" => {
            field_kind(&path()).is_some() || star_exports("django.db.models", name)
        }
        _ => false,
    }
}

fn is_function(path: &str) -> bool {
    matches!(
        ExpressionClass::of_path(path),
        Some(ExpressionClass::Function(kind)) if kind != FunctionKind::Func
    )
}

macro_rules! operation_classes {
    ($($name:ident: [$($parameter:literal),*]),* $(,)?) => {
        /// Operation classes of Django.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum OperationClass { $($name),* }

        impl OperationClass {
            fn by_name(name: &str) -> Option<Self> {
                Some(match name {
                    $(stringify!($name) => Self::$name,)*
                    _ => return None,
                })
            }

            fn path_of(name: &str) -> Option<&'static str> {
                Some(match name {
                    $(stringify!($name) => concat!("django.db.migrations.", stringify!($name)),)*
                    _ => return None,
                })
            }

            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// Parameters of the constructor, in order.
            pub(crate) const fn parameters(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($parameter),*]),* }
            }
        }
    };
}

operation_classes! {
    CreateModel: ["name", "fields", "options", "bases", "managers"],
    DeleteModel: ["name"],
    RenameModel: ["old_name", "new_name"],
    AlterModelTable: ["name", "table"],
    AlterModelTableComment: ["name", "table_comment"],
    AlterModelOptions: ["name", "options"],
    AlterModelManagers: ["name", "managers"],
    AlterOrderWithRespectTo: ["name", "order_with_respect_to"],
    AlterUniqueTogether: ["name", "unique_together"],
    AlterIndexTogether: ["name", "index_together"],
    AddField: ["model_name", "name", "field", "preserve_default"],
    AlterField: ["model_name", "name", "field", "preserve_default"],
    RemoveField: ["model_name", "name"],
    RenameField: ["model_name", "old_name", "new_name"],
    AddIndex: ["model_name", "index"],
    RemoveIndex: ["model_name", "name"],
    RenameIndex: ["model_name", "new_name", "old_name", "old_fields"],
    AddConstraint: ["model_name", "constraint"],
    RemoveConstraint: ["model_name", "name"],
    AlterConstraint: ["model_name", "name", "constraint"],
    SeparateDatabaseAndState: ["database_operations", "state_operations"],
    RunSQL: ["sql", "reverse_sql", "state_operations", "hints", "elidable"],
    RunPython: ["code", "reverse_code", "atomic", "hints", "elidable"],
    AddIndexConcurrently: ["model_name", "index"],
    RemoveIndexConcurrently: ["model_name", "name"],
    AddConstraintNotValid: ["model_name", "constraint"],
    ValidateConstraint: ["model_name", "name"],
    CreateExtension: ["name"],
    BloomExtension: [],
    BtreeGinExtension: [],
    BtreeGistExtension: [],
    CITextExtension: [],
    CryptoExtension: [],
    HStoreExtension: [],
    TrigramExtension: [],
    UnaccentExtension: [],
    CreateCollation: ["name", "locale", "provider", "deterministic"],
    RemoveCollation: ["name", "locale", "provider", "deterministic"],
}

impl OperationClass {
    /// The class that a path of Django names.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        // The common spelling first.
        if let Some(name) = path.strip_prefix("django.db.migrations.")
            && let Some(class) = Self::by_name(name)
        {
            return Some(class);
        }
        if is_within(
            path,
            &["django.db.migrations", "django.contrib.postgres.operations"],
        ) {
            Self::by_name(last(path))
        } else {
            None
        }
    }

    /// The extension of `CreateExtension`'s own subclasses.
    pub(super) const fn extension(self) -> Option<&'static str> {
        Some(match self {
            Self::BloomExtension => "bloom",
            Self::BtreeGinExtension => "btree_gin",
            Self::BtreeGistExtension => "btree_gist",
            Self::CITextExtension => "citext",
            Self::CryptoExtension => "pgcrypto",
            Self::HStoreExtension => "hstore",
            Self::TrigramExtension => "pg_trgm",
            Self::UnaccentExtension => "unaccent",
            _ => return None,
        })
    }
}

/// The base of all operations.
pub(super) fn is_operation_base(path: &str) -> bool {
    is_within(path, &["django.db.migrations"])
        && matches!(
            last(path),
            "Operation"
                | "ModelOperation"
                | "FieldOperation"
                | "IndexOperation"
                | "ModelOptionOperation"
                | "TypedMultipleChoiceField"
        )
}

pub(super) fn is_migration_base(path: &str) -> bool {
    is_within(path, &["django.db.migrations"]) && last(path) == "Migration"
        || path == "django.db.migrations.Migration"
}

pub(crate) fn is_swappable_dependency(path: &str) -> bool {
    is_within(path, &["django.db.migrations"]) && last(path) == "swappable_dependency"
}

pub(crate) fn constraint_kind(path: &str) -> Option<crate::ir::constraint::ConstraintKind> {
    use crate::ir::constraint::ConstraintKind;
    if !is_within(path, &["django.db.models", "django.contrib"]) {
        return None;
    }
    Some(match last(path) {
        "CheckConstraint" => ConstraintKind::Check,
        "UniqueConstraint" => ConstraintKind::Unique,
        "ExclusionConstraint" => ConstraintKind::Exclusion,
        "BaseConstraint" => ConstraintKind::Other,
        _ => return None,
    })
}

pub(super) fn is_index(path: &str) -> bool {
    is_within(path, &["django.db.models", "django.contrib"])
        && matches!(
            last(path),
            "Index"
                | "GinIndex"
                | "GistIndex"
                | "BrinIndex"
                | "BTreeIndex"
                | "HashIndex"
                | "SpGistIndex"
                | "BloomIndex"
                | "PostgresIndex"
        )
}

/// The paths that nearly every migration names, without a copy of their own.
pub(super) fn common_path(package: &str, name: &str) -> Option<&'static str> {
    match package {
        "django.db.models" => match name {
            "deletion" => Some("django.db.models.deletion"),
            "CASCADE" => Some("django.db.models.CASCADE"),
            "PROTECT" => Some("django.db.models.PROTECT"),
            "SET_NULL" => Some("django.db.models.SET_NULL"),
            "Index" => Some("django.db.models.Index"),
            "UniqueConstraint" => Some("django.db.models.UniqueConstraint"),
            "CheckConstraint" => Some("django.db.models.CheckConstraint"),
            name => FieldKind::model_path(name),
        },
        "django.db.models.deletion" => match name {
            "CASCADE" => Some("django.db.models.deletion.CASCADE"),
            "PROTECT" => Some("django.db.models.deletion.PROTECT"),
            "SET_NULL" => Some("django.db.models.deletion.SET_NULL"),
            _ => None,
        },
        "django.db.migrations" => match name {
            "Migration" => Some("django.db.migrations.Migration"),
            "swappable_dependency" => Some("django.db.migrations.swappable_dependency"),
            name => OperationClass::path_of(name),
        },
        "django.db.migrations.RunPython" => {
            (name == "noop").then_some("django.db.migrations.RunPython.noop")
        }
        "django.db" => match name {
            "models" => Some("django.db.models"),
            "migrations" => Some("django.db.migrations"),
            _ => None,
        },
        "django" => (name == "db").then_some("django.db"),
        _ => None,
    }
}

/// Operations that do nothing, and that speak to linters: `IgnoreMigration` of
/// django-migration-linter, which need not be installed where files are checked.
pub(crate) fn is_marker(path: &str) -> bool {
    matches!(
        path,
        "django_migration_linter.IgnoreMigration"
            | "django_migration_linter.operations.IgnoreMigration"
    )
}

/// `RunSQL.noop` and `RunPython.noop`.
pub(crate) fn is_noop(path: &str) -> bool {
    path.ends_with(".RunPython.noop") || path.ends_with(".RunSQL.noop")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_django_is_known_under_its_public_path() {
        for (path, kind) in [
            ("django.db.models.CharField", FieldKind::CharField),
            (
                "django.db.models.fields.related.ForeignKey",
                FieldKind::ForeignKey,
            ),
            (
                "django.contrib.gis.db.models.fields.PointField",
                FieldKind::PointField,
            ),
            (
                "django.contrib.gis.db.models.CharField",
                FieldKind::CharField,
            ),
            (
                "django.contrib.postgres.fields.jsonb.JSONField",
                FieldKind::JSONField,
            ),
            (
                "django.contrib.contenttypes.fields.GenericRelation",
                FieldKind::GenericRelation,
            ),
        ] {
            assert_eq!(field_kind(path), Some(kind), "{path}");
        }
        assert_eq!(field_kind("django.forms.CharField"), None);
        assert_eq!(field_kind("shop.fields.CharField"), None);
    }

    #[test]
    fn operations_are_known_under_every_path() {
        for path in [
            "django.db.migrations.AddField",
            "django.db.migrations.operations.AddField",
            "django.db.migrations.operations.fields.AddField",
        ] {
            assert_eq!(
                OperationClass::of_path(path),
                Some(OperationClass::AddField)
            );
        }
        assert_eq!(OperationClass::of_path("south.AddField"), None);
    }
}
