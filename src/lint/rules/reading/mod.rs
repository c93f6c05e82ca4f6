//! Rules on what could not be read.

pub(super) mod doubled_migration;
pub(super) mod not_a_migration;
pub(super) mod syntax_error;
pub(super) mod unanalysed_operation;
pub(super) mod unanalysed_sql;
pub(super) mod uncompiled_statement;
pub(super) mod unconverted_migration;
pub(super) mod unknown_app;
pub(in crate::lint) mod unknown_starting_point;
pub(super) mod unreadable_file;
