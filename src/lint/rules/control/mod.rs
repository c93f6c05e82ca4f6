//! Rules on the comments that take findings away.

pub(in crate::lint) mod unknown_suppression;
pub(in crate::lint) mod unreasoned_suppression;
pub(in crate::lint) mod unused_suppression;
