//! Oracle.
//!
//! Source: `django/db/backends/oracle/`, 5.2.

mod procedures;

use procedures::Oracle;

use super::dialect::{
    ColumnChecks, Dialect, Features, Operators, Quoting, Templates, Types, Values, Version,
};
use super::effects;
use super::expression;
use super::limits::{Folding, Limits, NameLimit};
use super::reserved;
use crate::ir::FieldKind;

pub(super) static DIALECT: Dialect = Dialect {
    name: "oracle",
    other_names: &[],
    engines: &["oracle"],
    title: "Oracle",
    vendor: "oracle",
    default_version: Version::new(19, 0, 0),
    oldest_version: Version::new(19, 0, 0),
    features,
    types: Types {
        columns: COLUMNS,
        unlimited_char: None,
        checks: CHECKS,
        suffixes: &[],
        casts: CASTS,
        related: RELATED,
        native_uuid: None,
    },
    operators: Operators {
        lookups: LOOKUPS,
        regex: REGEX,
        patterns: PATTERNS,
        pattern_escape: "REPLACE(REPLACE(REPLACE({}, '\\', '\\\\'), '%%', '\\%%'), '_', '\\_')",
    },
    values: Values {
        typed_integers: false,
        temporals_as_text: true,
        times_with_microseconds: false,
        times_have_dates: true,
        native_addresses: false,
    },
    quoting: Quoting::Oracle,
    expressions: &expression::Oracle,
    templates: TEMPLATES,
    procedures: &Oracle,
    knowledge: effects::oracle::KNOWLEDGE,
};

/// `DatabaseSchemaEditor.sql_*`.
const TEMPLATES: Templates = Templates {
    drop_table: "DROP TABLE %(table)s CASCADE CONSTRAINTS",
    add_column: "ALTER TABLE %(table)s ADD %(definition)s",
    alter_type: "MODIFY %(column)s %(type)s%(collation)s",
    set_not_null: "MODIFY %(column)s NOT NULL",
    drop_not_null: "MODIFY %(column)s NULL",
    set_default: "MODIFY %(column)s DEFAULT %(default)s",
    drop_default: "MODIFY %(column)s DEFAULT NULL",
    drop_default_to_null: "MODIFY %(column)s DEFAULT NULL",
    drop_column: "ALTER TABLE %(table)s DROP COLUMN %(column)s",
    create_index: "CREATE INDEX %(name)s ON %(table)s (%(columns)s)%(extra)s",
    added_foreign_key: Some(
        "CONSTRAINT %(name)s REFERENCES %(to_table)s(%(to_column)s)%(deferrable)s",
    ),
    deferrable_foreign_key: " DEFERRABLE INITIALLY DEFERRED",
    fill_column: "UPDATE %(table)s set %(column)s=%(value)s",
    drop_identity: "ALTER TABLE %(table)s MODIFY %(column)s DROP IDENTITY",
    drop_old_sequence: DROP_OLD_SEQUENCE,
    ..Templates::BASE
};

/// As `delete_model` has it, with its indentation.
const DROP_OLD_SEQUENCE: &str = r#"
            DECLARE
                i INTEGER;
            BEGIN
                SELECT COUNT(1) INTO i FROM USER_SEQUENCES
                    WHERE SEQUENCE_NAME = '%(sequence)s';
                IF i = 1 THEN
                    EXECUTE IMMEDIATE 'DROP SEQUENCE "%(sequence)s"';
                END IF;
            END;
        /"#;

const fn features(version: Version) -> Features {
    // Conditions are values, which have the type BOOLEAN.
    let has_booleans = version.major >= 23;
    Features {
        max_name_length: Some(30),
        can_rollback_ddl: false,
        is_embedded: false,
        can_alter_table_drop_column: true,
        can_rename_index: true,
        has_native_duration_field: true,
        has_native_json_field: false,
        has_native_uuid_field: false,
        interprets_empty_strings_as_nulls: true,
        requires_literal_defaults: true,
        supports_boolean_expr_in_select_clause: has_booleans,
        supports_collation_on_textfield: false,
        supports_combined_alters: false,
        supports_comments: true,
        supports_comments_inline: false,
        supports_comparing_boolean_expr: has_booleans,
        supports_covering_indexes: false,
        supports_default_keyword_in_insert: true,
        supports_deferrable_unique_constraints: true,
        supports_expression_defaults: true,
        supports_expression_indexes: true,
        supports_foreign_keys: true,
        supports_index_column_ordering: true,
        supports_nulls_distinct_unique_constraints: false,
        supports_order_by_nulls_modifier: true,
        supports_partial_indexes: false,
        supports_stored_generated_columns: false,
        supports_table_check_constraints: true,
        supports_tablespaces: true,
        supports_transactions: true,
        supports_unlimited_charfield: false,
        supports_virtual_generated_columns: true,
        unique_constraint_is_index: false,
        has_identity_columns: true,
        ignores_table_name_case: true,
        has_extensions: false,
        takes_scripts: false,
        supports_operator_classes: false,
        // ORA-01408, ORA-02261.
        takes_second_key: false,
        takes_index_on_text: false,
        has_postgres_types: false,
        descending_columns_are_expressions: true,
        foreign_keys_have_indexes: false,
        keeps_foreign_keys: true,
        unique_constraint_has_index: false,
        chooses_names_by_relations: false,
        restates_columns: false,
        indexes_outlive_columns: false,
        checks: ColumnChecks::Nameless,
        limits: LIMITS,
    }
}

/// Source: Oracle 19c, "Database Object Naming Rules".
const LIMITS: Limits = Limits {
    names: Some(NameLimit {
        most: 128,
        is_of_bytes: true,
        cuts: false,
    }),
    reserved: &[reserved::ORACLE],
    folds: Folding::Upper,
    ..Limits::NONE
};

/// `data_types`.
const COLUMNS: &[(FieldKind, &str)] = &[
    (
        FieldKind::AutoField,
        "NUMBER(11) GENERATED BY DEFAULT ON NULL AS IDENTITY",
    ),
    (
        FieldKind::BigAutoField,
        "NUMBER(19) GENERATED BY DEFAULT ON NULL AS IDENTITY",
    ),
    (FieldKind::BinaryField, "BLOB"),
    (FieldKind::BooleanField, "NUMBER(1)"),
    (FieldKind::CharField, "NVARCHAR2(%(max_length)s)"),
    (FieldKind::DateField, "DATE"),
    (FieldKind::DateTimeField, "TIMESTAMP"),
    (
        FieldKind::DecimalField,
        "NUMBER(%(max_digits)s, %(decimal_places)s)",
    ),
    (FieldKind::DurationField, "INTERVAL DAY(9) TO SECOND(6)"),
    (FieldKind::FileField, "NVARCHAR2(%(max_length)s)"),
    (FieldKind::FilePathField, "NVARCHAR2(%(max_length)s)"),
    (FieldKind::FloatField, "DOUBLE PRECISION"),
    (FieldKind::IntegerField, "NUMBER(11)"),
    (FieldKind::JSONField, "NCLOB"),
    (FieldKind::BigIntegerField, "NUMBER(19)"),
    (FieldKind::IPAddressField, "VARCHAR2(15)"),
    (FieldKind::GenericIPAddressField, "VARCHAR2(39)"),
    (FieldKind::OneToOneField, "NUMBER(11)"),
    (FieldKind::PositiveBigIntegerField, "NUMBER(19)"),
    (FieldKind::PositiveIntegerField, "NUMBER(11)"),
    (FieldKind::PositiveSmallIntegerField, "NUMBER(11)"),
    (FieldKind::SlugField, "NVARCHAR2(%(max_length)s)"),
    (
        FieldKind::SmallAutoField,
        "NUMBER(5) GENERATED BY DEFAULT ON NULL AS IDENTITY",
    ),
    (FieldKind::SmallIntegerField, "NUMBER(11)"),
    (FieldKind::TextField, "NCLOB"),
    (FieldKind::TimeField, "TIMESTAMP"),
    (FieldKind::UUIDField, "VARCHAR2(32)"),
];

/// `_limited_data_types`: types of columns that no index may be on.
pub(in crate::sql) const LARGE_OBJECTS: &[&str] = &["CLOB", "NCLOB", "BLOB"];

/// `data_type_check_constraints`.
const CHECKS: &[(FieldKind, &str)] = &[
    (FieldKind::BooleanField, "%(qn_column)s IN (0,1)"),
    (FieldKind::JSONField, "%(qn_column)s IS JSON"),
    (FieldKind::PositiveBigIntegerField, "%(qn_column)s >= 0"),
    (FieldKind::PositiveIntegerField, "%(qn_column)s >= 0"),
    (FieldKind::PositiveSmallIntegerField, "%(qn_column)s >= 0"),
];

/// `DatabaseOperations.cast_data_types`.
const CASTS: &[(FieldKind, &str)] = &[
    (FieldKind::AutoField, "NUMBER(11)"),
    (FieldKind::BigAutoField, "NUMBER(19)"),
    (FieldKind::SmallAutoField, "NUMBER(5)"),
    (FieldKind::TextField, "NVARCHAR2(2000)"),
];

/// `rel_db_type` of fields whose foreign keys have another type.
const RELATED: &[(FieldKind, FieldKind)] = &[
    (FieldKind::AutoField, FieldKind::IntegerField),
    (FieldKind::BigAutoField, FieldKind::BigIntegerField),
    (FieldKind::SmallAutoField, FieldKind::SmallIntegerField),
];

const LIKE: &str = "LIKE TRANSLATE(%s USING NCHAR_CS) ESCAPE TRANSLATE('\\' USING NCHAR_CS)";
const LIKE_UPPER: &str =
    "LIKE UPPER(TRANSLATE(%s USING NCHAR_CS)) ESCAPE TRANSLATE('\\' USING NCHAR_CS)";

/// `DatabaseWrapper._standard_operators`.
const LOOKUPS: &[(&str, &str)] = &[
    ("exact", "= %s"),
    ("iexact", "= UPPER(%s)"),
    ("contains", LIKE),
    ("icontains", LIKE_UPPER),
    ("gt", "> %s"),
    ("gte", ">= %s"),
    ("lt", "< %s"),
    ("lte", "<= %s"),
    ("startswith", LIKE),
    ("endswith", LIKE),
    ("istartswith", LIKE_UPPER),
    ("iendswith", LIKE_UPPER),
];

/// `DatabaseOperations.regex_lookup`.
const REGEX: &[(&str, &str)] = &[
    ("regex", "REGEXP_LIKE(%(lhs)s, %s, 'c')"),
    ("iregex", "REGEXP_LIKE(%(lhs)s, %s, 'i')"),
];

/// `DatabaseWrapper._standard_pattern_ops`.
const PATTERNS: &[(&str, &str)] = &[
    (
        "contains",
        "LIKE TRANSLATE( '%%' || {} || '%%' USING NCHAR_CS) ESCAPE TRANSLATE('\\' USING NCHAR_CS)",
    ),
    (
        "icontains",
        "LIKE TRANSLATE( '%%' || UPPER({}) || '%%' USING NCHAR_CS) ESCAPE TRANSLATE('\\' USING NCHAR_CS)",
    ),
    (
        "startswith",
        "LIKE TRANSLATE( {} || '%%' USING NCHAR_CS) ESCAPE TRANSLATE('\\' USING NCHAR_CS)",
    ),
    (
        "istartswith",
        "LIKE TRANSLATE( UPPER({}) || '%%' USING NCHAR_CS) ESCAPE TRANSLATE('\\' USING NCHAR_CS)",
    ),
    (
        "endswith",
        "LIKE TRANSLATE( '%%' || {} USING NCHAR_CS) ESCAPE TRANSLATE('\\' USING NCHAR_CS)",
    ),
    (
        "iendswith",
        "LIKE TRANSLATE( '%%' || UPPER({}) USING NCHAR_CS) ESCAPE TRANSLATE('\\' USING NCHAR_CS)",
    ),
];
