//! MariaDB: MySQL with changes.
//!
//! Source: `django/db/backends/mysql/`, where `mysql_is_mariadb`, 5.2.

use super::dialect::{ColumnChecks, Dialect, Features, Operators, Quoting, Templates, Version};
use super::effects;
use super::expression;
use super::limits::{Limits, Timeout};
use super::mysql::{self, MySql};
use super::reserved;

pub(super) static DIALECT: Dialect = Dialect {
    name: "mariadb",
    other_names: &[],
    engines: &[],
    title: "MariaDB",
    vendor: "mysql",
    default_version: Version::new(10, 11, 0),
    oldest_version: Version::new(10, 5, 0),
    features,
    types: mysql::TYPES,
    operators: Operators {
        regex: REGEX,
        ..mysql::OPERATORS
    },
    values: mysql::VALUES,
    quoting: Quoting::MySql { escapes: true },
    expressions: &expression::MySql { is_mariadb: true },
    templates: Templates {
        drop_check: "ALTER TABLE %(table)s DROP CONSTRAINT IF EXISTS %(name)s",
        ..mysql::TEMPLATES
    },
    procedures: &MySql { is_mariadb: true },
    knowledge: effects::mysql::KNOWLEDGE,
};

fn features(version: Version) -> Features {
    Features {
        has_native_uuid_field: version >= Version::new(10, 7, 0),
        supports_expression_indexes: false,
        takes_index_on_text: true,
        supports_index_column_ordering: version >= Version::new(10, 8, 0),
        checks: ColumnChecks::Column,
        limits: LIMITS,
        ..mysql::FEATURES
    }
}

/// Source: MariaDB 10.11, errors 1071, 1072, 1118 and 1901; it makes a key of
/// `REFERENCES` behind a column from 10.5 on.
const LIMITS: Limits = Limits {
    mends_long_keys: true,
    refuses_literal_defaults: false,
    constraints_hold_columns: true,
    has_conditional_forms: true,
    statement_timeout: Some(Timeout {
        setting: "max_statement_time",
        set: "SET max_statement_time = 60",
    }),
    reserved: &[reserved::MYSQL_AND_MARIADB, reserved::MARIADB],
    ..mysql::LIMITS
};

/// `DatabaseOperations.regex_lookup`.
const REGEX: &[(&str, &str)] = &[("regex", "REGEXP BINARY %s"), ("iregex", "REGEXP %s")];
