//! Rules on rows: what is lost, what fails on them, what changes them.

pub(super) mod half_applied_migration;
pub(super) mod pending_trigger_events;
pub(super) mod transaction_in_sql;
pub(super) mod truncated_table;
