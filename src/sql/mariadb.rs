//! MariaDB: MySQL with changes.
//!
//! Source: `django/db/backends/mysql/`, where `mysql_is_mariadb`, 5.2.

use super::dialect::{ColumnChecks, Dialect, Features, Operators, Quoting, Templates, Version};
use super::effects;
use super::expression;
use super::mysql::{self, MySql};

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
        ..mysql::FEATURES
    }
}

/// `DatabaseOperations.regex_lookup`.
const REGEX: &[(&str, &str)] = &[("regex", "REGEXP BINARY %s"), ("iregex", "REGEXP %s")];
