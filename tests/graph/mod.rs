//! The migration graph: recorded verdicts of Django, and behaviour that it lacks.

mod conflict;
mod order;
mod parity;
