//! The one list of rules. A new rule is a file here, a page in `docs/rules`, a case
//! document in `fixtures/rules` and a line in [`RULES`]; a test names what is missing.

mod graph;
mod portability;
mod reading;
mod state;

use super::rule::Rule;

/// Sorted by name.
pub static RULES: &[&Rule] = &[
    &graph::conflicting_leaves::RULE,
    &portability::constraint_silently_skipped::RULE,
    &graph::dangling_dependency::RULE,
    &state::dangling_relation::RULE,
    &graph::dependency_cycle::RULE,
    &state::duplicate_constraint::RULE,
    &state::duplicate_field::RULE,
    &state::duplicate_index::RULE,
    &state::duplicate_model::RULE,
    &graph::duplicate_number::RULE,
    &graph::hard_coded_user_model::RULE,
    &graph::incomplete_squash::RULE,
    &graph::missing_dependency::RULE,
    &graph::missing_init::RULE,
    &graph::nested_squash::RULE,
    &reading::not_a_migration::RULE,
    &graph::overlapping_squash::RULE,
    &portability::refused_by_database::RULE,
    &graph::replaced_dependency::RULE,
    &graph::stale_squash::RULE,
    &reading::syntax_error::RULE,
    &reading::unanalysed_operation::RULE,
    &reading::uncompiled_statement::RULE,
    &reading::unknown_app::RULE,
    &state::unknown_constraint::RULE,
    &state::unknown_field::RULE,
    &state::unknown_index::RULE,
    &state::unknown_model::RULE,
    &reading::unreadable_file::RULE,
    &graph::wrong_initial_flag::RULE,
];
