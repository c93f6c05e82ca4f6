//! Rules on how migrations depend on each other.

pub(super) mod automatic_name;
pub(super) mod conflicting_leaves;
pub(super) mod dangling_dependency;
pub(super) mod dependency_cycle;
pub(super) mod duplicate_number;
pub(super) mod hard_coded_user_model;
pub(super) mod incomplete_squash;
pub(super) mod missing_dependency;
pub(super) mod missing_init;
pub(super) mod nested_squash;
pub(super) mod overlapping_squash;
pub(super) mod replaced_dependency;
pub(super) mod stale_max_migration;
pub(super) mod stale_squash;
pub(super) mod uncopied_squash_function;
pub(super) mod wrong_initial_flag;
