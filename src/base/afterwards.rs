//! What becomes of memory that nobody needs any more.

/// What comes after a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// The process ends when the outcome is told.
    Exit,
    /// Others need the room.
    Continue,
}

impl Afterwards {
    /// Gives back what a value holds, or leaves it to the system, which is faster: a large
    /// value that is given back piece by piece only makes people wait.
    pub fn leave<T>(self, value: T) {
        match self {
            Self::Exit => std::mem::forget(value),
            Self::Continue => drop(value),
        }
    }
}
