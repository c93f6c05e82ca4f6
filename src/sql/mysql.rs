//! MySQL.
//!
//! Source: `django/db/backends/mysql/`, 5.2.

mod procedures;

pub(super) use procedures::MySql;

use super::dialect::{
    ColumnChecks, Dialect, Features, Operators, Quoting, Templates, Types, Values, Version,
};
use super::effects;
use super::expression;
use super::limits::{Limits, NameLimit, Timeout};
use super::reserved;
use crate::ir::FieldKind;

pub(super) static DIALECT: Dialect = Dialect {
    name: "mysql",
    other_names: &[],
    engines: &["mysql"],
    title: "MySQL",
    vendor: "mysql",
    default_version: Version::new(8, 4, 0),
    oldest_version: Version::new(8, 0, 11),
    features,
    types: TYPES,
    operators: OPERATORS,
    values: VALUES,
    quoting: Quoting::MySql { escapes: true },
    expressions: &expression::MySql { is_mariadb: false },
    templates: TEMPLATES,
    procedures: &MySql { is_mariadb: false },
    knowledge: effects::mysql::KNOWLEDGE,
};

pub(super) const TYPES: Types = Types {
    columns: COLUMNS,
    unlimited_char: None,
    checks: CHECKS,
    suffixes: &[],
    casts: CASTS,
    related: RELATED,
    native_uuid: Some("uuid"),
};

pub(super) const OPERATORS: Operators = Operators {
    lookups: LOOKUPS,
    regex: REGEX,
    patterns: PATTERNS,
    pattern_escape: "REPLACE(REPLACE(REPLACE({}, '\\\\', '\\\\\\\\'), '%%', '\\%%'), '_', '\\_')",
};

pub(super) const VALUES: Values = Values {
    typed_integers: false,
    temporals_as_text: true,
    times_with_microseconds: true,
    times_have_dates: false,
    native_addresses: false,
};

/// `DatabaseSchemaEditor.sql_*`.
pub(super) const TEMPLATES: Templates = Templates {
    rename_table: "RENAME TABLE %(old_table)s TO %(new_table)s",
    drop_not_null: "MODIFY %(column)s %(type)s NULL",
    set_not_null: "MODIFY %(column)s %(type)s NOT NULL",
    alter_type: "MODIFY %(column)s %(type)s%(collation)s%(comment)s",
    drop_default_to_null: "ALTER COLUMN %(column)s SET DEFAULT NULL",
    drop_column: "ALTER TABLE %(table)s DROP COLUMN %(column)s",
    drop_unique: "ALTER TABLE %(table)s DROP INDEX %(name)s",
    added_foreign_key: Some(
        ", ADD CONSTRAINT %(name)s FOREIGN KEY (%(column)s) REFERENCES %(to_table)s(%(to_column)s)",
    ),
    drop_foreign_key: "ALTER TABLE %(table)s DROP FOREIGN KEY %(name)s",
    drop_index: "DROP INDEX %(name)s ON %(table)s",
    rename_index: "ALTER TABLE %(table)s RENAME INDEX %(old_name)s TO %(new_name)s",
    drop_primary_key: "ALTER TABLE %(table)s DROP PRIMARY KEY",
    drop_check: "ALTER TABLE %(table)s DROP CHECK %(name)s",
    create_index: "CREATE INDEX %(name)s ON %(table)s (%(columns)s)%(extra)s",
    comment_on_table: "ALTER TABLE %(table)s COMMENT = %(comment)s",
    ..Templates::BASE
};

fn features(version: Version) -> Features {
    Features {
        supports_expression_defaults: version >= Version::new(8, 0, 13),
        supports_expression_indexes: version >= Version::new(8, 0, 13),
        supports_table_check_constraints: version >= Version::new(8, 0, 16),
        limits: Limits {
            // Made into a key from 9.0 on.
            ignores_inline_references: version.major < 9,
            row_versions: row_versions(version),
            ..LIMITS
        },
        ..FEATURES
    }
}

/// Sources: MySQL 8.4, "Identifier Length Limits", "Limits on Table Column Count and Row
/// Size", "InnoDB Limits", "CHECK Constraints", "Data Type Default Values".
pub(super) const LIMITS: Limits = Limits {
    names: Some(NameLimit {
        most: 64,
        is_of_bytes: false,
        cuts: false,
    }),
    row_bytes: Some(65_535),
    key_bytes: Some(3_072),
    checks_forbid_counters: true,
    refuses_literal_defaults: true,
    has_conditional_forms: false,
    converts_nulls: true,
    has_three_byte_charset: true,
    reserved: &[reserved::MYSQL_AND_MARIADB, reserved::MYSQL],
    matches_key_types: true,
    refuses_null_defaults: true,
    // `max_execution_time` ends nothing but `SELECT`.
    lock_timeout: Some(Timeout {
        setting: "lock_wait_timeout",
        set: "SET lock_wait_timeout = 2",
    }),
    ..Limits::NONE
};

/// Source: MySQL 8.4 and 9.1, "Online DDL Operations".
fn row_versions(version: Version) -> Option<usize> {
    if version < Version::new(8, 0, 29) {
        None
    } else if version < Version::new(9, 1, 0) {
        Some(64)
    } else {
        Some(255)
    }
}

/// What every version of MySQL can do.
pub(super) const FEATURES: Features = Features {
    can_alter_table_drop_column: true,
    max_name_length: Some(64),
    can_rollback_ddl: false,
    is_embedded: false,
    can_rename_index: true,
    has_native_duration_field: false,
    has_native_json_field: false,
    has_native_uuid_field: false,
    interprets_empty_strings_as_nulls: false,
    requires_literal_defaults: false,
    supports_boolean_expr_in_select_clause: true,
    supports_collation_on_textfield: true,
    supports_combined_alters: false,
    supports_comments: true,
    supports_comments_inline: true,
    supports_comparing_boolean_expr: true,
    supports_covering_indexes: false,
    supports_default_keyword_in_insert: true,
    supports_deferrable_unique_constraints: false,
    supports_expression_defaults: true,
    supports_expression_indexes: true,
    supports_foreign_keys: true,
    supports_index_column_ordering: true,
    supports_nulls_distinct_unique_constraints: false,
    supports_order_by_nulls_modifier: false,
    supports_partial_indexes: false,
    supports_stored_generated_columns: true,
    supports_table_check_constraints: true,
    supports_tablespaces: false,
    supports_transactions: true,
    supports_unlimited_charfield: false,
    supports_virtual_generated_columns: true,
    unique_constraint_is_index: false,
    has_identity_columns: false,
    // `lower_case_table_names` is 0 but on Windows and macOS.
    ignores_table_name_case: false,
    has_extensions: false,
    takes_scripts: false,
    supports_operator_classes: false,
    takes_second_key: true,
    takes_index_on_text: false,
    has_postgres_types: false,
    descending_columns_are_expressions: false,
    foreign_keys_have_indexes: true,
    keeps_foreign_keys: true,
    unique_constraint_has_index: true,
    chooses_names_by_relations: false,
    restates_columns: true,
    indexes_outlive_columns: true,
    checks: ColumnChecks::Numbered,
    limits: LIMITS,
};

/// `data_types`.
pub(super) const COLUMNS: &[(FieldKind, &str)] = &[
    (FieldKind::AutoField, "integer AUTO_INCREMENT"),
    (FieldKind::BigAutoField, "bigint AUTO_INCREMENT"),
    (FieldKind::BinaryField, "longblob"),
    (FieldKind::BooleanField, "bool"),
    (FieldKind::CharField, "varchar(%(max_length)s)"),
    (FieldKind::DateField, "date"),
    (FieldKind::DateTimeField, "datetime(6)"),
    (
        FieldKind::DecimalField,
        "numeric(%(max_digits)s, %(decimal_places)s)",
    ),
    (FieldKind::DurationField, "bigint"),
    (FieldKind::FileField, "varchar(%(max_length)s)"),
    (FieldKind::FilePathField, "varchar(%(max_length)s)"),
    (FieldKind::FloatField, "double precision"),
    (FieldKind::IntegerField, "integer"),
    (FieldKind::BigIntegerField, "bigint"),
    (FieldKind::IPAddressField, "char(15)"),
    (FieldKind::GenericIPAddressField, "char(39)"),
    (FieldKind::JSONField, "json"),
    (FieldKind::OneToOneField, "integer"),
    (FieldKind::PositiveBigIntegerField, "bigint UNSIGNED"),
    (FieldKind::PositiveIntegerField, "integer UNSIGNED"),
    (FieldKind::PositiveSmallIntegerField, "smallint UNSIGNED"),
    (FieldKind::SlugField, "varchar(%(max_length)s)"),
    (FieldKind::SmallAutoField, "smallint AUTO_INCREMENT"),
    (FieldKind::SmallIntegerField, "smallint"),
    (FieldKind::TextField, "longtext"),
    (FieldKind::TimeField, "time(6)"),
    (FieldKind::UUIDField, "char(32)"),
];

/// `data_type_check_constraints`.
const CHECKS: &[(FieldKind, &str)] = &[
    (FieldKind::PositiveBigIntegerField, "`%(column)s` >= 0"),
    (FieldKind::PositiveIntegerField, "`%(column)s` >= 0"),
    (FieldKind::PositiveSmallIntegerField, "`%(column)s` >= 0"),
];

/// `DatabaseOperations.cast_data_types`.
const CASTS: &[(FieldKind, &str)] = &[
    (FieldKind::AutoField, "signed integer"),
    (FieldKind::BigAutoField, "signed integer"),
    (FieldKind::SmallAutoField, "signed integer"),
    (FieldKind::CharField, "char(%(max_length)s)"),
    (
        FieldKind::DecimalField,
        "decimal(%(max_digits)s, %(decimal_places)s)",
    ),
    (FieldKind::TextField, "char"),
    (FieldKind::IntegerField, "signed integer"),
    (FieldKind::BigIntegerField, "signed integer"),
    (FieldKind::SmallIntegerField, "signed integer"),
    (FieldKind::PositiveBigIntegerField, "unsigned integer"),
    (FieldKind::PositiveIntegerField, "unsigned integer"),
    (FieldKind::PositiveSmallIntegerField, "unsigned integer"),
    (FieldKind::DurationField, "signed integer"),
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
    ("iexact", "LIKE %s"),
    ("contains", "LIKE BINARY %s"),
    ("icontains", "LIKE %s"),
    ("gt", "> %s"),
    ("gte", ">= %s"),
    ("lt", "< %s"),
    ("lte", "<= %s"),
    ("startswith", "LIKE BINARY %s"),
    ("endswith", "LIKE BINARY %s"),
    ("istartswith", "LIKE %s"),
    ("iendswith", "LIKE %s"),
];

/// `DatabaseOperations.regex_lookup`.
const REGEX: &[(&str, &str)] = &[
    ("regex", "REGEXP_LIKE(%(lhs)s, %s, 'c')"),
    ("iregex", "REGEXP_LIKE(%(lhs)s, %s, 'i')"),
];

/// `DatabaseWrapper.pattern_ops`.
const PATTERNS: &[(&str, &str)] = &[
    ("contains", "LIKE BINARY CONCAT('%%', {}, '%%')"),
    ("icontains", "LIKE CONCAT('%%', {}, '%%')"),
    ("startswith", "LIKE BINARY CONCAT({}, '%%')"),
    ("istartswith", "LIKE CONCAT({}, '%%')"),
    ("endswith", "LIKE BINARY CONCAT('%%', {})"),
    ("iendswith", "LIKE CONCAT('%%', {})"),
];
