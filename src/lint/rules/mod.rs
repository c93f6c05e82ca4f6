//! The one list of rules. A new rule is a file here, a page in `docs/rules`, a case
//! document in `fixtures/rules` and a line in [`RULES`]; a test names what is missing.

pub(super) mod control;
mod data;
mod graph;
mod locking;
mod portability;
pub(super) mod reading;
mod rollout;
mod state;

use super::rule::Rule;

/// Sorted by name.
pub static RULES: &[&Rule] = &[
    &locking::blocking_exclusion_constraint::RULE,
    &locking::blocking_index::RULE,
    &locking::blocking_index_drop::RULE,
    &locking::blocking_primary_key::RULE,
    &locking::blocking_statement::RULE,
    &locking::blocking_unique_constraint::RULE,
    &locking::concurrent_beside_others::RULE,
    &locking::concurrent_in_transaction::RULE,
    &graph::conflicting_leaves::RULE,
    &portability::constraint_silently_skipped::RULE,
    &graph::dangling_dependency::RULE,
    &state::dangling_relation::RULE,
    &graph::dependency_cycle::RULE,
    &rollout::dropped_column_in_use::RULE,
    &rollout::dropped_table_in_use::RULE,
    &state::duplicate_constraint::RULE,
    &state::duplicate_field::RULE,
    &state::duplicate_index::RULE,
    &state::duplicate_model::RULE,
    &graph::duplicate_number::RULE,
    &rollout::forgotten_not_null_column::RULE,
    &data::half_applied_migration::RULE,
    &graph::hard_coded_user_model::RULE,
    &graph::incomplete_squash::RULE,
    &locking::lock_held_while_working::RULE,
    &locking::locked_parent::RULE,
    &locking::many_tables_locked::RULE,
    &graph::missing_dependency::RULE,
    &graph::missing_init::RULE,
    &locking::missing_lock_timeout::RULE,
    &locking::missing_statement_timeout::RULE,
    &rollout::narrowed_column::RULE,
    &locking::needless_non_atomic::RULE,
    &graph::nested_squash::RULE,
    &reading::not_a_migration::RULE,
    &rollout::not_null_without_db_default::RULE,
    &rollout::not_null_without_default::RULE,
    &graph::overlapping_squash::RULE,
    &data::pending_trigger_events::RULE,
    &portability::refused_by_database::RULE,
    &rollout::renamed_column_in_use::RULE,
    &rollout::renamed_table_in_use::RULE,
    &rollout::renamed_type_in_use::RULE,
    &graph::replaced_dependency::RULE,
    &locking::rewriting_column::RULE,
    &locking::rewriting_type_change::RULE,
    &locking::scanning_not_null::RULE,
    &graph::stale_squash::RULE,
    &reading::syntax_error::RULE,
    &data::transaction_in_sql::RULE,
    &data::truncated_table::RULE,
    &reading::unanalysed_operation::RULE,
    &reading::unanalysed_sql::RULE,
    &reading::uncompiled_statement::RULE,
    &reading::unknown_app::RULE,
    &state::unknown_constraint::RULE,
    &state::unknown_field::RULE,
    &state::unknown_index::RULE,
    &state::unknown_model::RULE,
    &reading::unknown_starting_point::RULE,
    &control::unknown_suppression::RULE,
    &reading::unreadable_file::RULE,
    &control::unreasoned_suppression::RULE,
    &control::unused_suppression::RULE,
    &locking::update_under_lock::RULE,
    &locking::validated_at_once::RULE,
    &locking::validating_check::RULE,
    &locking::validating_foreign_key::RULE,
    &graph::wrong_initial_flag::RULE,
];
