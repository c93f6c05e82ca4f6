//! The migration graph: recorded verdicts of Django, and behaviour that it lacks.

mod conflict;
mod draw;
mod order;
mod parity;
