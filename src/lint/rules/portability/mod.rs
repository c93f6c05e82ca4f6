//! Rules on what the databases of a project's settings have and have not.

pub(super) mod constraint_silently_skipped;
pub(super) mod empty_text_comparison;
pub(super) mod empty_text_default;
pub(super) mod foreign_sql;
pub(super) mod ignored_references;
pub(super) mod miscased_name;
pub(super) mod mismatched_foreign_key;
pub(super) mod missing_extension;
pub(super) mod outdated_model;
pub(super) mod oversized_key;
pub(super) mod oversized_row;
pub(super) mod refused_by_database;
pub(super) mod refused_statement;
pub(super) mod removed_django_api;
pub(super) mod reserved_name;
pub(super) mod row_version_limit;
pub(super) mod settings_dependent_operations;
pub(super) mod three_byte_charset;
pub(super) mod too_long_name;
pub(super) mod unshortened_name;

mod sizes;
