//! Rules on what the databases of a project's settings have and have not.

pub(super) mod constraint_silently_skipped;
pub(super) mod refused_by_database;
pub(super) mod removed_django_api;
