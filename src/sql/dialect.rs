//! What is true of a database, as data: features, types, templates. Another version of
//! a server is another [`Server`], not another dialect.
//!
//! Source: `django/db/backends/*/{base,features,operations,schema}.py`, 5.2.

use std::fmt;
use std::str::FromStr;

pub use super::DIALECTS;
use super::effects;
use super::expression::Expressions;
use super::limits::Limits;
use super::plan::Procedures;
use crate::ir::FieldKind;
use crate::ir::project::{ConfiguredServer, Database, Settings};

/// A database that SQL is written for.
#[derive(Debug)]
pub struct Dialect {
    /// As on the command line and in the configuration: `postgresql`.
    pub name: &'static str,
    /// What else people call it there.
    pub other_names: &'static [&'static str],
    /// The last parts of Django's `ENGINE` that it is behind.
    pub engines: &'static [&'static str],
    /// As people write it: `PostgreSQL`.
    pub title: &'static str,
    /// Django's `connection.vendor`.
    pub vendor: &'static str,
    /// The version that is meant where nobody names one.
    pub default_version: Version,
    /// The oldest version that Django 5.2 supports.
    pub oldest_version: Version,
    pub features: fn(Version) -> Features,
    pub types: Types,
    pub operators: Operators,
    pub values: Values,
    pub quoting: Quoting,
    pub(crate) expressions: &'static dyn Expressions,
    pub templates: Templates,
    /// The steps in which statements are made.
    pub(in crate::sql) procedures: &'static dyn Procedures,
    /// Which locks statements take, and what else they do.
    pub(in crate::sql) knowledge: effects::Knowledge,
}

/// Statements that dialects write in different words: `DatabaseSchemaEditor.sql_*`.
#[derive(Debug, Clone, Copy)]
pub struct Templates {
    pub rename_table: &'static str,
    pub drop_table: &'static str,
    pub add_column: &'static str,
    /// One action of `ALTER TABLE`; `%(type)s` is the type with what is stated with it.
    pub alter_type: &'static str,
    pub set_not_null: &'static str,
    pub drop_not_null: &'static str,
    pub set_default: &'static str,
    pub drop_default: &'static str,
    /// The default of a column that may be null.
    pub drop_default_to_null: &'static str,
    pub drop_column: &'static str,
    pub create_index: &'static str,
    /// `None` where the database builds no index without locking.
    pub create_index_concurrently: Option<&'static str>,
    pub create_unique_index: &'static str,
    pub drop_index: &'static str,
    pub drop_index_concurrently: Option<&'static str>,
    pub rename_index: &'static str,
    /// A constraint of any kind that has no template of its own.
    pub drop_constraint: &'static str,
    pub drop_primary_key: &'static str,
    pub drop_unique: &'static str,
    pub drop_check: &'static str,
    pub drop_foreign_key: &'static str,
    /// A foreign key within a table's definition; `None` where it is added later.
    pub inline_foreign_key: Option<&'static str>,
    /// A foreign key with a column that is added.
    pub added_foreign_key: Option<&'static str>,
    /// What follows other foreign keys.
    pub deferrable_foreign_key: &'static str,
    pub fill_nulls: &'static str,
    pub fill_column: &'static str,
    pub drop_identity: &'static str,
    /// Drops the sequence that an automatic key had before there were identity columns.
    pub drop_old_sequence: &'static str,
    pub comment_on_table: &'static str,
    pub comment_on_column: &'static str,
    pub is_collation_quoted: bool,
}

impl Templates {
    /// `BaseDatabaseSchemaEditor`'s own.
    pub const BASE: Self = Self {
        rename_table: "ALTER TABLE %(old_table)s RENAME TO %(new_table)s",
        drop_table: "DROP TABLE %(table)s CASCADE",
        add_column: "ALTER TABLE %(table)s ADD COLUMN %(definition)s",
        alter_type: "ALTER COLUMN %(column)s TYPE %(type)s%(collation)s",
        set_not_null: "ALTER COLUMN %(column)s SET NOT NULL",
        drop_not_null: "ALTER COLUMN %(column)s DROP NOT NULL",
        set_default: "ALTER COLUMN %(column)s SET DEFAULT %(default)s",
        drop_default: "ALTER COLUMN %(column)s DROP DEFAULT",
        drop_default_to_null: "ALTER COLUMN %(column)s DROP DEFAULT",
        drop_column: "ALTER TABLE %(table)s DROP COLUMN %(column)s CASCADE",
        create_index: "CREATE INDEX %(name)s ON %(table)s (%(columns)s)%(include)s%(extra)s%(condition)s",
        create_index_concurrently: None,
        create_unique_index: "CREATE UNIQUE INDEX %(name)s ON %(table)s (%(columns)s)%(include)s%(nulls_distinct)s%(condition)s",
        drop_index: "DROP INDEX %(name)s",
        drop_index_concurrently: None,
        rename_index: "ALTER INDEX %(old_name)s RENAME TO %(new_name)s",
        drop_constraint: "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
        drop_primary_key: "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
        drop_unique: "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
        drop_check: "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
        drop_foreign_key: "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
        inline_foreign_key: None,
        added_foreign_key: None,
        deferrable_foreign_key: "",
        fill_nulls: "UPDATE %(table)s SET %(column)s = %(default)s WHERE %(column)s IS NULL",
        fill_column: "UPDATE %(table)s SET %(column)s = %(value)s",
        drop_identity: "ALTER TABLE %(table)s ALTER COLUMN %(column)s DROP IDENTITY IF EXISTS",
        drop_old_sequence: "",
        comment_on_table: "COMMENT ON TABLE %(table)s IS %(comment)s",
        comment_on_column: "COMMENT ON COLUMN %(table)s.%(column)s IS %(comment)s",
        is_collation_quoted: true,
    };
}

/// A dialect at a version.
#[derive(Debug, Clone, Copy)]
pub struct Server {
    pub dialect: &'static Dialect,
    pub version: Version,
    pub features: Features,
    pub quoting: Quoting,
}

impl Server {
    /// Whether `connection.features` has a feature; `None` for one that is not known
    /// here.
    #[must_use]
    pub fn has_feature(&self, name: &str) -> Option<bool> {
        let features = &self.features;
        Some(match name {
            "can_rollback_ddl" => features.can_rollback_ddl,
            "can_alter_table_drop_column" => features.can_alter_table_drop_column,
            "can_rename_index" => features.can_rename_index,
            "is_postgresql_15" => self.is_postgresql_from(15)?,
            "is_postgresql_16" => self.is_postgresql_from(16)?,
            "is_postgresql_17" => self.is_postgresql_from(17)?,
            "has_native_duration_field" => features.has_native_duration_field,
            "has_native_json_field" => features.has_native_json_field,
            "has_native_uuid_field" => features.has_native_uuid_field,
            "interprets_empty_strings_as_nulls" => features.interprets_empty_strings_as_nulls,
            "requires_literal_defaults" => features.requires_literal_defaults,
            "supports_collation_on_textfield" => features.supports_collation_on_textfield,
            "supports_comments" => features.supports_comments,
            "supports_covering_indexes" => features.supports_covering_indexes,
            "supports_deferrable_unique_constraints" => {
                features.supports_deferrable_unique_constraints
            }
            "supports_expression_defaults" => features.supports_expression_defaults,
            "supports_expression_indexes" => features.supports_expression_indexes,
            "supports_foreign_keys" => features.supports_foreign_keys,
            "supports_index_column_ordering" => features.supports_index_column_ordering,
            "supports_json_field" => true,
            "supports_nulls_distinct_unique_constraints" => {
                features.supports_nulls_distinct_unique_constraints
            }
            "supports_partial_indexes" => features.supports_partial_indexes,
            "supports_stored_generated_columns" => features.supports_stored_generated_columns,
            "supports_table_check_constraints" => features.supports_table_check_constraints,
            "supports_tablespaces" => features.supports_tablespaces,
            "supports_transactions" => features.supports_transactions,
            "supports_unlimited_charfield" => features.supports_unlimited_charfield,
            "supports_virtual_generated_columns" => features.supports_virtual_generated_columns,
            _ => return None,
        })
    }

    /// Django's `is_postgresql_15` and the like, which other databases do not have.
    fn is_postgresql_from(&self, major: u16) -> Option<bool> {
        let is_postgresql = self.dialect.vendor == "postgresql";
        is_postgresql.then_some(self.version.major >= major)
    }

    #[must_use]
    pub fn new(dialect: &'static Dialect, version: Option<Version>) -> Self {
        let version = version.unwrap_or(dialect.default_version);
        Self {
            dialect,
            version,
            features: (dialect.features)(version),
            quoting: dialect.quoting,
        }
    }

    /// The server of one of a project's databases: the dialect that its engine or the
    /// configuration names, at the version that the configuration names.
    #[must_use]
    pub fn of_database(settings: &Settings, database: &Database) -> Option<Self> {
        let configured = settings.server.as_ref();
        let of_engine = Dialect::by_engine(&database.engine);
        // MariaDB goes by MySQL's engine.
        let dialect = match configured.and_then(|it| it.dialect.as_deref()) {
            Some(name) => Dialect::by_name(name)
                .filter(|it| of_engine.is_none_or(|engine| engine.vendor == it.vendor))
                .or(of_engine)?,
            None => of_engine?,
        };
        let version = configured.and_then(|it| it.version.as_deref());
        let mut server = Self::new(dialect, version.and_then(|text| text.parse().ok()));
        if let Some(modes) = &database.sql_mode {
            server = server.with_sql_mode(modes);
        }
        if let Some(engine) = &database.storage_engine {
            server = server.with_storage_engine(engine);
        }
        Some(server)
    }

    /// The servers that all migrations of a project run on, as far as that is known:
    /// where routers decide, the default one.
    #[must_use]
    pub fn of_project(settings: &Settings) -> Vec<Self> {
        if !settings.dialects.is_empty() {
            let configured = settings.dialects.iter();
            return configured
                .filter_map(|it| Self::configured(settings, it))
                .collect();
        }
        let names = settings.names.as_deref();
        let is_routed = names.is_none_or(|names| names.iter().any(|it| it == "DATABASE_ROUTERS"));
        let mut servers: Vec<Self> = Vec::new();
        for database in &settings.databases {
            let is_asked = database.alias == "default" || !is_routed;
            if let Some(server) = Self::of_database(settings, database)
                && is_asked
                && database.is_certain
                && servers
                    .iter()
                    .all(|it| it.dialect.name != server.dialect.name)
            {
                servers.push(server);
            }
        }
        if servers.is_empty()
            && let Some(configured) = &settings.server
            && let Some(dialect) = configured.dialect.as_deref().and_then(Dialect::by_name)
        {
            let version = configured.version.as_deref();
            servers.push(Self::new(dialect, version.and_then(|it| it.parse().ok())));
        }
        servers
    }

    /// The servers that a project's migrations are judged for: those that are known, else
    /// the three that most projects run on.
    #[must_use]
    pub fn judged_for(settings: &Settings) -> Vec<Self> {
        let known = Self::of_project(settings);
        if !known.is_empty() {
            return known;
        }
        let assumed = ["postgresql", "mysql", "sqlite"].into_iter();
        assumed
            .filter_map(Dialect::by_name)
            .map(|dialect| Self::new(dialect, None))
            .collect()
    }

    /// One that the configuration names, with what the settings say of a database of its
    /// kind.
    fn configured(settings: &Settings, configured: &ConfiguredServer) -> Option<Self> {
        let dialect = Dialect::by_name(configured.dialect.as_deref()?)?;
        let version = configured.version.as_deref();
        let mut server = Self::new(dialect, version.and_then(|it| it.parse().ok()));
        let mut databases = settings.databases.iter();
        let database = databases.find(|database| {
            Dialect::by_engine(&database.engine).is_some_and(|it| it.vendor == dialect.vendor)
        });
        if let Some(modes) = database.and_then(|it| it.sql_mode.as_deref()) {
            server = server.with_sql_mode(modes);
        }
        if let Some(engine) = database.and_then(|it| it.storage_engine.as_deref()) {
            server = server.with_storage_engine(engine);
        }
        Some(server)
    }

    /// With a `sql_mode` as MySQL has it: names between commas.
    #[must_use]
    pub fn with_sql_mode(mut self, modes: &str) -> Self {
        let has = |name: &str| {
            modes
                .split(',')
                .any(|it| it.trim().eq_ignore_ascii_case(name))
        };
        if let Quoting::MySql { .. } = self.quoting {
            self.quoting = Quoting::MySql {
                escapes: !has("NO_BACKSLASH_ESCAPES"),
            };
        }
        self
    }

    /// With tables of another storage engine than the dialect's default, which has
    /// neither indexes on expressions nor descending ones, and for Django makes none
    /// for foreign keys. MyISAM keeps no foreign keys either.
    /// Source: `DatabaseFeatures` and `_field_should_be_indexed` of MySQL's backend, 5.2.
    #[must_use]
    pub fn with_storage_engine(mut self, engine: &str) -> Self {
        let features = &mut self.features;
        let is_myisam = engine.eq_ignore_ascii_case("MyISAM");
        if features.foreign_keys_have_indexes && !engine.eq_ignore_ascii_case("InnoDB") {
            features.foreign_keys_have_indexes = false;
            features.keeps_foreign_keys = !is_myisam;
            features.supports_transactions = !is_myisam;
            features.supports_expression_indexes &= !is_myisam;
            features.supports_index_column_ordering = false;
        }
        self
    }
}

/// `15`, `8.0.36`. As a text, `8.0` is the last of its kind: that is what people have who
/// name no patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    pub major: u16,
    pub minor: u16,
    pub patch: u16,
}

impl Version {
    /// Stands for the last minor version or patch.
    const LAST: u16 = u16::MAX;

    #[must_use]
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }

    /// Compares to the parts of another version: `16.2` is equal to `16`.
    #[must_use]
    pub fn compare_to_parts(self, parts: &[u32]) -> std::cmp::Ordering {
        [self.major, self.minor, self.patch]
            .into_iter()
            .map(u32::from)
            .zip(parts.iter().copied())
            .map(|(own, other)| own.cmp(&other))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    }
}

impl FromStr for Version {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text
            .trim()
            .split('.')
            .map(|part| part.parse().map_err(|_| ()));
        let major = parts.next().ok_or(())??;
        let minor = parts.next().unwrap_or(Ok(Self::LAST))?;
        let patch = parts.next().unwrap_or(Ok(Self::LAST))?;
        match parts.next() {
            None => Ok(Self::new(major, minor, patch)),
            Some(_) => Err(()),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.major)?;
        if self.minor < Self::LAST && (self.minor > 0 || self.patch > 0) {
            write!(out, ".{}", self.minor)?;
        }
        if self.patch > 0 && self.patch < Self::LAST {
            write!(out, ".{}", self.patch)?;
        }
        Ok(())
    }
}

/// Column types.
#[derive(Debug, Clone, Copy)]
pub struct Types {
    /// `data_types`: a template with `%(max_length)s`, `%(max_digits)s` and
    /// `%(decimal_places)s`.
    pub columns: &'static [(FieldKind, &'static str)],
    /// A `CharField` without `max_length`; `None` where it needs one.
    pub unlimited_char: Option<&'static str>,
    /// `data_type_check_constraints`, with `%(column)s`.
    pub checks: &'static [(FieldKind, &'static str)],
    /// `data_types_suffix`.
    pub suffixes: &'static [(FieldKind, &'static str)],
    /// `DatabaseOperations.cast_data_types`.
    pub casts: &'static [(FieldKind, &'static str)],
    /// What `rel_db_type` gives for foreign keys to such fields, where it is not the
    /// column's own type.
    pub related: &'static [(FieldKind, FieldKind)],
    /// The type of a `UUIDField` where `has_native_uuid_field` decides, by version.
    pub native_uuid: Option<&'static str>,
}

/// The SQL of lookups.
#[derive(Debug, Clone, Copy)]
pub struct Operators {
    /// `DatabaseWrapper.operators`, with `%s` for the right side.
    pub lookups: &'static [(&'static str, &'static str)],
    /// `regex_lookup` where `operators` have none; `%(lhs)s` is the left side if it does
    /// not come first.
    pub regex: &'static [(&'static str, &'static str)],
    /// `pattern_ops`, with `{}` for the escaped right side.
    pub patterns: &'static [(&'static str, &'static str)],
    /// `pattern_esc`, with `{}`.
    pub pattern_escape: &'static str,
}

/// What a driver takes as it is, and what Django turns into something else for it
/// (`DatabaseOperations.adapt_*`).
#[derive(Debug, Clone, Copy)]
pub struct Values {
    /// Integers of integer fields carry the column's type.
    pub typed_integers: bool,
    /// Dates and times become text, moments in UTC.
    pub temporals_as_text: bool,
    /// Times have their microseconds, even if these are none.
    pub times_with_microseconds: bool,
    /// A time is a moment of the first day of 1900.
    pub times_have_dates: bool,
    /// IP addresses are values of their own, not text.
    pub native_addresses: bool,
}

/// How names and values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// `"name"`; values as psycopg writes them.
    PostgreSql,
    /// `"name"`; values as Django's SQLite schema editor writes them.
    Sqlite,
    /// `` `name` ``; values as PyMySQL and mysqlclient write them.
    MySql {
        /// Backslashes escape in texts: `sql_mode` is without `NO_BACKSLASH_ESCAPES`.
        escapes: bool,
    },
    /// `"NAME"`, of at most 30 letters; values as Django's Oracle schema editor writes
    /// them.
    Oracle,
}

/// What a server can do: Django's `DatabaseFeatures`, as far as SQL depends on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own under the name that Django gives it"
)]
pub struct Features {
    /// `max_name_length`; `None` if names may be of any length.
    pub max_name_length: Option<usize>,
    pub can_rollback_ddl: bool,
    /// The database is a file of the program that uses it: whoever writes holds all of
    /// it, and no two releases of a program share it.
    pub is_embedded: bool,
    /// `ALTER TABLE ... DROP COLUMN`.
    pub can_alter_table_drop_column: bool,
    pub can_rename_index: bool,
    pub has_native_duration_field: bool,
    pub has_native_json_field: bool,
    pub has_native_uuid_field: bool,
    pub interprets_empty_strings_as_nulls: bool,
    pub requires_literal_defaults: bool,
    pub supports_boolean_expr_in_select_clause: bool,
    pub supports_collation_on_textfield: bool,
    pub supports_combined_alters: bool,
    pub supports_comments: bool,
    pub supports_comments_inline: bool,
    pub supports_comparing_boolean_expr: bool,
    pub supports_covering_indexes: bool,
    pub supports_default_keyword_in_insert: bool,
    pub supports_deferrable_unique_constraints: bool,
    pub supports_expression_defaults: bool,
    pub supports_expression_indexes: bool,
    pub supports_foreign_keys: bool,
    pub supports_index_column_ordering: bool,
    pub supports_nulls_distinct_unique_constraints: bool,
    pub supports_order_by_nulls_modifier: bool,
    pub supports_partial_indexes: bool,
    pub supports_stored_generated_columns: bool,
    pub supports_table_check_constraints: bool,
    pub supports_tablespaces: bool,
    pub supports_transactions: bool,
    pub supports_unlimited_charfield: bool,
    pub supports_virtual_generated_columns: bool,
    /// A unique constraint on columns is an index of its own in the catalogue.
    pub unique_constraint_is_index: bool,
    /// Automatic keys are identity columns, each with a sequence.
    pub has_identity_columns: bool,
    pub ignores_table_name_case: bool,
    /// There are extensions, and collations that are made by statements.
    pub has_extensions: bool,
    /// The driver takes several statements at once.
    pub takes_scripts: bool,
    pub supports_operator_classes: bool,
    /// The server takes an index on columns that have one, and a unique constraint on
    /// columns that have one.
    pub takes_second_key: bool,
    /// The server indexes columns of texts without a length.
    pub takes_index_on_text: bool,
    /// Arrays, ranges and the like, and constraints that exclude.
    pub has_postgres_types: bool,
    /// A column that is indexed in descending order is an expression to the catalogue.
    pub descending_columns_are_expressions: bool,
    /// The server indexes the column of a foreign key by itself where nothing else
    /// does, and Django makes no index for it.
    pub foreign_keys_have_indexes: bool,
    /// Foreign keys are not passed over.
    pub keeps_foreign_keys: bool,
    /// The catalogue tells a unique constraint as an index, too.
    pub unique_constraint_has_index: bool,
    /// Names that the server chooses keep clear of those of all its relations.
    pub chooses_names_by_relations: bool,
    /// Altering a column states all of it again (`MODIFY`).
    pub restates_columns: bool,
    /// Columns that are dropped leave the indexes that they were in.
    pub indexes_outlive_columns: bool,
    pub checks: ColumnChecks,
    pub limits: Limits,
}

/// Whose the check is that a column is created with (`data_type_check_constraints`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnChecks {
    /// A constraint of the table, `<table>_<column>_check`.
    Table,
    /// One of the table as well, but `<table>_chk_<n>`; a column in it is not renamed.
    Numbered,
    /// The column's own: it has no name, and goes when the column is modified.
    Column,
    /// A constraint of the table under a number that nobody but the server knows. So are
    /// all constraints that are written without a name, and `NOT NULL` is one of them.
    Nameless,
}

impl Dialect {
    /// The dialect of a name as people write it.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        let mut dialects = DIALECTS.iter().copied();
        dialects.find(|dialect| dialect.name == name || dialect.other_names.contains(&name))
    }

    /// The dialect of an `ENGINE` of Django's `DATABASES`: `None` for the ones that SQL
    /// cannot be written for. Engines of other packages count by their last part, as
    /// most are named after Django's.
    #[must_use]
    pub fn by_engine(engine: &str) -> Option<&'static Self> {
        let last = engine.rsplit('.').next().unwrap_or(engine);
        let mut dialects = DIALECTS.iter().copied();
        dialects.find(|dialect| dialect.engines.contains(&last))
    }
}

impl Server {
    /// The template of a kind's column type, at this version.
    #[must_use]
    pub fn column_type(&self, kind: FieldKind) -> Option<&'static str> {
        let types = &self.dialect.types;
        match types.native_uuid {
            Some(uuid) if kind == FieldKind::UUIDField && self.features.has_native_uuid_field => {
                Some(uuid)
            }
            _ => types.column(kind),
        }
    }
}

impl Types {
    /// The template of a kind's column type.
    fn column(&self, kind: FieldKind) -> Option<&'static str> {
        find(self.columns, kind)
    }

    #[must_use]
    pub fn check(&self, kind: FieldKind) -> Option<&'static str> {
        find(self.checks, kind)
    }

    #[must_use]
    pub fn suffix(&self, kind: FieldKind) -> Option<&'static str> {
        find(self.suffixes, kind)
    }

    #[must_use]
    pub fn cast(&self, kind: FieldKind) -> Option<&'static str> {
        find(self.casts, kind)
    }
}

fn find(table: &[(FieldKind, &'static str)], kind: FieldKind) -> Option<&'static str> {
    table
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared() {
        assert!("15".parse() > Ok(Version::new(15, 4, 0)));
        assert!("8.0".parse() > Ok(Version::new(8, 0, 31)));
        assert!("8.0".parse() < Ok(Version::new(8, 1, 0)));
        assert_eq!("8.0".parse::<Version>().unwrap().to_string(), "8.0");
        assert_eq!("15".parse::<Version>().unwrap().to_string(), "15");
        assert_eq!("8.0.36".parse(), Ok(Version::new(8, 0, 36)));
        assert!("10.11".parse::<Version>() > "10.6".parse());
        assert!("".parse::<Version>().is_err());
        assert!("1.2.3.4".parse::<Version>().is_err());
        assert_eq!(Version::new(8, 0, 36).to_string(), "8.0.36");
        assert_eq!(Version::new(15, 0, 0).to_string(), "15");
    }

    #[test]
    fn servers_are_those_of_the_settings() {
        use crate::ir::project::ConfiguredServer;

        let database = Database {
            alias: "default".into(),
            engine: "django.db.backends.mysql".into(),
            is_certain: true,
            sql_mode: Some("ANSI, NO_BACKSLASH_ESCAPES".into()),
            storage_engine: Some("MyISAM".into()),
        };
        let mut settings = Settings {
            databases: vec![database],
            ..Settings::default()
        };
        let only = |settings: &Settings| {
            let [server] = Server::of_project(settings).try_into().unwrap();
            server
        };
        let server = only(&settings);
        assert_eq!(server.dialect.name, "mysql");
        assert_eq!(server.quoting, Quoting::MySql { escapes: false });
        assert!(!server.features.foreign_keys_have_indexes);
        assert!(!server.features.supports_expression_indexes);
        settings.server = Some(ConfiguredServer {
            dialect: Some("mariadb".into()),
            version: Some("10.6".into()),
        });
        let server = only(&settings);
        assert_eq!(server.dialect.name, "mariadb");
        assert!(!server.features.has_native_uuid_field);
        settings.databases[0].is_certain = false;
        settings.server = None;
        assert!(Server::of_project(&settings).is_empty());
    }

    #[test]
    fn dialects_are_found_by_name() {
        assert_eq!(
            Dialect::by_name("postgres").map(|it| it.name),
            Some("postgresql")
        );
        assert!(Dialect::by_name("dbase").is_none());
    }
}
