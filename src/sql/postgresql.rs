//! PostgreSQL.
//!
//! Source: `django/db/backends/postgresql/`, 5.2.

mod procedures;

use procedures::PostgreSql;

use super::dialect::{
    ColumnChecks, Dialect, Features, Operators, Quoting, Templates, Types, Values, Version,
};
use super::effects;
use super::expression;
use super::limits::{Folding, Limits, NameLimit, Timeout};
use super::reserved;
use crate::ir::FieldKind;

pub(super) static DIALECT: Dialect = Dialect {
    name: "postgresql",
    other_names: &["postgres"],
    engines: &["postgresql", "postgresql_psycopg2", "postgis"],
    title: "PostgreSQL",
    vendor: "postgresql",
    default_version: Version::new(15, 0, 0),
    oldest_version: Version::new(14, 0, 0),
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
        pattern_escape: "REPLACE(REPLACE(REPLACE({}, E'\\\\', E'\\\\\\\\'), E'%%', E'\\\\%%'), E'_', E'\\\\_')",
    },
    values: Values {
        typed_integers: true,
        temporals_as_text: false,
        times_with_microseconds: false,
        times_have_dates: false,
        native_addresses: true,
    },
    quoting: Quoting::PostgreSql,
    expressions: &expression::PostgreSql,
    templates: TEMPLATES,
    procedures: &PostgreSql,
    knowledge: effects::postgresql::KNOWLEDGE,
};

/// `DatabaseSchemaEditor.sql_*`.
const TEMPLATES: Templates = Templates {
    alter_type: "ALTER COLUMN %(column)s TYPE %(type)s%(collation)s%(using)s",
    create_index: "CREATE INDEX %(name)s ON %(table)s%(using)s (%(columns)s)%(include)s%(extra)s%(condition)s",
    create_index_concurrently: Some(
        "CREATE INDEX CONCURRENTLY %(name)s ON %(table)s%(using)s (%(columns)s)%(include)s%(extra)s%(condition)s",
    ),
    drop_index: "DROP INDEX IF EXISTS %(name)s",
    drop_index_concurrently: Some("DROP INDEX CONCURRENTLY IF EXISTS %(name)s"),
    // Pending checks would keep the constraint from being dropped in the same
    // transaction.
    drop_foreign_key: "SET CONSTRAINTS %(name)s IMMEDIATE; ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
    added_foreign_key: Some(
        "CONSTRAINT %(name)s REFERENCES %(to_table)s(%(to_column)s)%(deferrable)s; SET CONSTRAINTS %(namespace)s%(name)s IMMEDIATE",
    ),
    deferrable_foreign_key: " DEFERRABLE INITIALLY DEFERRED",
    fill_nulls: "UPDATE %(table)s SET %(column)s = %(default)s WHERE %(column)s IS NULL; SET CONSTRAINTS ALL IMMEDIATE",
    ..Templates::BASE
};

fn features(version: Version) -> Features {
    Features {
        max_name_length: Some(63),
        can_rollback_ddl: true,
        is_embedded: false,
        can_alter_table_drop_column: true,
        can_rename_index: true,
        has_native_duration_field: true,
        has_native_json_field: true,
        has_native_uuid_field: true,
        interprets_empty_strings_as_nulls: false,
        requires_literal_defaults: false,
        supports_boolean_expr_in_select_clause: true,
        supports_collation_on_textfield: true,
        supports_combined_alters: true,
        supports_comments: true,
        supports_comments_inline: false,
        supports_comparing_boolean_expr: true,
        supports_covering_indexes: true,
        supports_default_keyword_in_insert: true,
        supports_deferrable_unique_constraints: true,
        supports_expression_defaults: true,
        supports_expression_indexes: true,
        supports_foreign_keys: true,
        supports_index_column_ordering: true,
        supports_nulls_distinct_unique_constraints: version >= Version::new(15, 0, 0),
        supports_order_by_nulls_modifier: true,
        supports_partial_indexes: true,
        supports_stored_generated_columns: true,
        supports_table_check_constraints: true,
        supports_tablespaces: true,
        supports_transactions: true,
        supports_unlimited_charfield: true,
        supports_virtual_generated_columns: false,
        unique_constraint_is_index: false,
        has_identity_columns: true,
        ignores_table_name_case: false,
        has_extensions: true,
        takes_scripts: true,
        supports_operator_classes: true,
        takes_second_key: true,
        takes_index_on_text: true,
        has_postgres_types: true,
        descending_columns_are_expressions: false,
        foreign_keys_have_indexes: false,
        keeps_foreign_keys: true,
        unique_constraint_has_index: false,
        chooses_names_by_relations: true,
        restates_columns: false,
        indexes_outlive_columns: false,
        checks: ColumnChecks::Table,
        limits: LIMITS,
    }
}

/// Source: PostgreSQL, "Identifiers and Key Words", "UPDATE".
const LIMITS: Limits = Limits {
    names: Some(NameLimit {
        most: 63,
        is_of_bytes: true,
        cuts: true,
    }),
    assigns_once: true,
    has_search_path: true,
    reserved: &[reserved::POSTGRESQL],
    folds: Folding::Lower,
    lock_timeout: Some(Timeout {
        setting: "lock_timeout",
        set: "SET LOCAL lock_timeout = '2s'",
    }),
    statement_timeout: Some(Timeout {
        setting: "statement_timeout",
        set: "SET LOCAL statement_timeout = '1min'",
    }),
    ..Limits::NONE
};

/// `data_types`.
const COLUMNS: &[(FieldKind, &str)] = &[
    (FieldKind::AutoField, "integer"),
    (FieldKind::BigAutoField, "bigint"),
    (FieldKind::BinaryField, "bytea"),
    (FieldKind::BooleanField, "boolean"),
    (FieldKind::CharField, "varchar(%(max_length)s)"),
    (FieldKind::DateField, "date"),
    (FieldKind::DateTimeField, "timestamp with time zone"),
    (
        FieldKind::DecimalField,
        "numeric(%(max_digits)s, %(decimal_places)s)",
    ),
    (FieldKind::DurationField, "interval"),
    (FieldKind::FileField, "varchar(%(max_length)s)"),
    (FieldKind::FilePathField, "varchar(%(max_length)s)"),
    (FieldKind::FloatField, "double precision"),
    (FieldKind::IntegerField, "integer"),
    (FieldKind::BigIntegerField, "bigint"),
    (FieldKind::IPAddressField, "inet"),
    (FieldKind::GenericIPAddressField, "inet"),
    (FieldKind::JSONField, "jsonb"),
    (FieldKind::OneToOneField, "integer"),
    (FieldKind::PositiveBigIntegerField, "bigint"),
    (FieldKind::PositiveIntegerField, "integer"),
    (FieldKind::PositiveSmallIntegerField, "smallint"),
    (FieldKind::SlugField, "varchar(%(max_length)s)"),
    (FieldKind::SmallAutoField, "smallint"),
    (FieldKind::SmallIntegerField, "smallint"),
    (FieldKind::TextField, "text"),
    (FieldKind::TimeField, "time"),
    (FieldKind::UUIDField, "uuid"),
];

/// `data_type_check_constraints`.
const CHECKS: &[(FieldKind, &str)] = &[
    (FieldKind::PositiveBigIntegerField, "\"%(column)s\" >= 0"),
    (FieldKind::PositiveIntegerField, "\"%(column)s\" >= 0"),
    (FieldKind::PositiveSmallIntegerField, "\"%(column)s\" >= 0"),
];

/// `data_types_suffix`.
const SUFFIXES: &[(FieldKind, &str)] = &[
    (FieldKind::AutoField, "GENERATED BY DEFAULT AS IDENTITY"),
    (FieldKind::BigAutoField, "GENERATED BY DEFAULT AS IDENTITY"),
    (
        FieldKind::SmallAutoField,
        "GENERATED BY DEFAULT AS IDENTITY",
    ),
];

/// `DatabaseOperations.cast_data_types`.
const CASTS: &[(FieldKind, &str)] = &[
    (FieldKind::AutoField, "integer"),
    (FieldKind::BigAutoField, "bigint"),
    (FieldKind::SmallAutoField, "smallint"),
];

/// `rel_db_type` of fields whose foreign keys have another type.
const RELATED: &[(FieldKind, FieldKind)] = &[
    (FieldKind::AutoField, FieldKind::IntegerField),
    (FieldKind::BigAutoField, FieldKind::BigIntegerField),
    (FieldKind::SmallAutoField, FieldKind::SmallIntegerField),
];

/// `DatabaseWrapper.operators`.
const LOOKUPS: &[(&str, &str)] = &[
    ("exact", "= %s"),
    ("iexact", "= UPPER(%s)"),
    ("contains", "LIKE %s"),
    ("icontains", "LIKE UPPER(%s)"),
    ("regex", "~ %s"),
    ("iregex", "~* %s"),
    ("gt", "> %s"),
    ("gte", ">= %s"),
    ("lt", "< %s"),
    ("lte", "<= %s"),
    ("startswith", "LIKE %s"),
    ("endswith", "LIKE %s"),
    ("istartswith", "LIKE UPPER(%s)"),
    ("iendswith", "LIKE UPPER(%s)"),
];

/// `DatabaseWrapper.pattern_ops`.
const PATTERNS: &[(&str, &str)] = &[
    ("contains", "LIKE '%%' || {} || '%%'"),
    ("icontains", "LIKE '%%' || UPPER({}) || '%%'"),
    ("startswith", "LIKE {} || '%%'"),
    ("istartswith", "LIKE UPPER({}) || '%%'"),
    ("endswith", "LIKE '%%' || {}"),
    ("iendswith", "LIKE '%%' || UPPER({})"),
];
