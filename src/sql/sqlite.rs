//! SQLite.
//!
//! Source: `django/db/backends/sqlite3/`, 5.2.

mod procedures;

use procedures::Sqlite;

use super::dialect::{
    ColumnChecks, Dialect, Features, Operators, Quoting, Templates, Types, Values, Version,
};
use super::effects;
use super::expression;
use super::limits::Limits;
use super::reserved;
use crate::ir::FieldKind;

pub(super) static DIALECT: Dialect = Dialect {
    name: "sqlite",
    other_names: &["sqlite3"],
    engines: &["sqlite3", "spatialite"],
    title: "SQLite",
    vendor: "sqlite",
    default_version: Version::new(3, 40, 0),
    oldest_version: Version::new(3, 31, 0),
    features,
    types: Types {
        columns: COLUMNS,
        unlimited_char: Some("varchar"),
        checks: CHECKS,
        suffixes: SUFFIXES,
        casts: CASTS,
        related: RELATED,
        native_uuid: None,
    },
    operators: Operators {
        lookups: LOOKUPS,
        regex: &[],
        patterns: PATTERNS,
        pattern_escape: "REPLACE(REPLACE(REPLACE({}, '\\', '\\\\'), '%%', '\\%%'), '_', '\\_')",
    },
    values: Values {
        typed_integers: false,
        temporals_as_text: true,
        times_with_microseconds: false,
        times_have_dates: false,
        native_addresses: false,
    },
    quoting: Quoting::Sqlite,
    expressions: &expression::Sqlite,
    templates: TEMPLATES,
    procedures: &Sqlite,
    knowledge: effects::sqlite::KNOWLEDGE,
};

/// `DatabaseSchemaEditor.sql_*`.
const TEMPLATES: Templates = Templates {
    drop_table: "DROP TABLE %(table)s",
    drop_column: "ALTER TABLE %(table)s DROP COLUMN %(column)s",
    inline_foreign_key: Some(
        "REFERENCES %(to_table)s (%(to_column)s) DEFERRABLE INITIALLY DEFERRED",
    ),
    added_foreign_key: Some(
        "REFERENCES %(to_table)s (%(to_column)s) DEFERRABLE INITIALLY DEFERRED",
    ),
    is_collation_quoted: false,
    ..Templates::BASE
};

fn features(version: Version) -> Features {
    Features {
        max_name_length: None,
        can_rollback_ddl: true,
        is_embedded: true,
        can_alter_table_drop_column: version >= Version::new(3, 35, 5),
        can_rename_index: false,
        has_native_duration_field: false,
        has_native_json_field: false,
        has_native_uuid_field: false,
        interprets_empty_strings_as_nulls: false,
        requires_literal_defaults: true,
        supports_boolean_expr_in_select_clause: true,
        supports_collation_on_textfield: true,
        supports_combined_alters: false,
        supports_comments: false,
        supports_comments_inline: false,
        supports_comparing_boolean_expr: true,
        supports_covering_indexes: false,
        supports_default_keyword_in_insert: false,
        supports_deferrable_unique_constraints: false,
        supports_expression_defaults: true,
        supports_expression_indexes: true,
        supports_foreign_keys: true,
        supports_index_column_ordering: true,
        supports_nulls_distinct_unique_constraints: false,
        supports_order_by_nulls_modifier: true,
        supports_partial_indexes: true,
        supports_stored_generated_columns: true,
        supports_table_check_constraints: true,
        supports_tablespaces: false,
        supports_transactions: true,
        supports_unlimited_charfield: true,
        supports_virtual_generated_columns: true,
        unique_constraint_is_index: true,
        has_identity_columns: false,
        ignores_table_name_case: true,
        has_extensions: false,
        takes_scripts: false,
        supports_operator_classes: false,
        takes_second_key: true,
        takes_index_on_text: true,
        has_postgres_types: false,
        descending_columns_are_expressions: false,
        foreign_keys_have_indexes: false,
        keeps_foreign_keys: true,
        unique_constraint_has_index: false,
        chooses_names_by_relations: false,
        restates_columns: false,
        indexes_outlive_columns: false,
        checks: ColumnChecks::Table,
        limits: Limits {
            reserved: &[reserved::SQLITE],
            ..Limits::NONE
        },
    }
}

/// `data_types`.
const COLUMNS: &[(FieldKind, &str)] = &[
    (FieldKind::AutoField, "integer"),
    (FieldKind::BigAutoField, "integer"),
    (FieldKind::BinaryField, "BLOB"),
    (FieldKind::BooleanField, "bool"),
    (FieldKind::CharField, "varchar(%(max_length)s)"),
    (FieldKind::DateField, "date"),
    (FieldKind::DateTimeField, "datetime"),
    (FieldKind::DecimalField, "decimal"),
    (FieldKind::DurationField, "bigint"),
    (FieldKind::FileField, "varchar(%(max_length)s)"),
    (FieldKind::FilePathField, "varchar(%(max_length)s)"),
    (FieldKind::FloatField, "real"),
    (FieldKind::IntegerField, "integer"),
    (FieldKind::BigIntegerField, "bigint"),
    (FieldKind::IPAddressField, "char(15)"),
    (FieldKind::GenericIPAddressField, "char(39)"),
    (FieldKind::JSONField, "text"),
    (FieldKind::OneToOneField, "integer"),
    (FieldKind::PositiveBigIntegerField, "bigint unsigned"),
    (FieldKind::PositiveIntegerField, "integer unsigned"),
    (FieldKind::PositiveSmallIntegerField, "smallint unsigned"),
    (FieldKind::SlugField, "varchar(%(max_length)s)"),
    (FieldKind::SmallAutoField, "integer"),
    (FieldKind::SmallIntegerField, "smallint"),
    (FieldKind::TextField, "text"),
    (FieldKind::TimeField, "time"),
    (FieldKind::UUIDField, "char(32)"),
];

/// `data_type_check_constraints`.
const CHECKS: &[(FieldKind, &str)] = &[
    (FieldKind::PositiveBigIntegerField, "\"%(column)s\" >= 0"),
    (
        FieldKind::JSONField,
        "(JSON_VALID(\"%(column)s\") OR \"%(column)s\" IS NULL)",
    ),
    (FieldKind::PositiveIntegerField, "\"%(column)s\" >= 0"),
    (FieldKind::PositiveSmallIntegerField, "\"%(column)s\" >= 0"),
];

/// `data_types_suffix`.
const SUFFIXES: &[(FieldKind, &str)] = &[
    (FieldKind::AutoField, "AUTOINCREMENT"),
    (FieldKind::BigAutoField, "AUTOINCREMENT"),
    (FieldKind::SmallAutoField, "AUTOINCREMENT"),
];

/// `DatabaseOperations.cast_data_types`.
const CASTS: &[(FieldKind, &str)] = &[
    (FieldKind::DateField, "TEXT"),
    (FieldKind::DateTimeField, "TEXT"),
];

/// `rel_db_type` of fields whose foreign keys have another type.
const RELATED: &[(FieldKind, FieldKind)] = &[
    (FieldKind::AutoField, FieldKind::IntegerField),
    (FieldKind::BigAutoField, FieldKind::BigIntegerField),
    (FieldKind::SmallAutoField, FieldKind::SmallIntegerField),
    (
        FieldKind::PositiveBigIntegerField,
        FieldKind::BigIntegerField,
    ),
    (FieldKind::PositiveIntegerField, FieldKind::IntegerField),
    (
        FieldKind::PositiveSmallIntegerField,
        FieldKind::SmallIntegerField,
    ),
];

/// `DatabaseWrapper.operators`.
const LOOKUPS: &[(&str, &str)] = &[
    ("exact", "= %s"),
    ("iexact", "LIKE %s ESCAPE '\\'"),
    ("contains", "LIKE %s ESCAPE '\\'"),
    ("icontains", "LIKE %s ESCAPE '\\'"),
    ("regex", "REGEXP %s"),
    ("iregex", "REGEXP '(?i)' || %s"),
    ("gt", "> %s"),
    ("gte", ">= %s"),
    ("lt", "< %s"),
    ("lte", "<= %s"),
    ("startswith", "LIKE %s ESCAPE '\\'"),
    ("endswith", "LIKE %s ESCAPE '\\'"),
    ("istartswith", "LIKE %s ESCAPE '\\'"),
    ("iendswith", "LIKE %s ESCAPE '\\'"),
];

/// `DatabaseWrapper.pattern_ops`.
const PATTERNS: &[(&str, &str)] = &[
    ("contains", "LIKE '%%' || {} || '%%' ESCAPE '\\'"),
    ("icontains", "LIKE '%%' || UPPER({}) || '%%' ESCAPE '\\'"),
    ("startswith", "LIKE {} || '%%' ESCAPE '\\'"),
    ("istartswith", "LIKE UPPER({}) || '%%' ESCAPE '\\'"),
    ("endswith", "LIKE '%%' || {} ESCAPE '\\'"),
    ("iendswith", "LIKE '%%' || UPPER({}) ESCAPE '\\'"),
];
