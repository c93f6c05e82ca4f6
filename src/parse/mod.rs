//! Nom over a token slice: shared by the front ends.
