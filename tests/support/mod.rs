//! Helpers that several tests share.

pub(crate) mod documents;
pub(crate) mod dump;
pub(crate) mod git;
pub(crate) mod projects;
