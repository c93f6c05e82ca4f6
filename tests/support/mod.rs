//! Helpers that several tests share.

pub(crate) mod branch;
pub(crate) mod documents;
pub(crate) mod dump;
pub(crate) mod git;
pub(crate) mod projects;
