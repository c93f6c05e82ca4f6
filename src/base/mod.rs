//! Text, positions and memory; nothing about migrations.

pub mod afterwards;
pub mod files;
pub mod guard;
pub mod lines;
pub mod mark;
pub mod shared;
pub mod span;
pub mod text;
pub mod word;

pub use afterwards::Afterwards;
pub use files::{Files, SourceFile};
pub use span::{FileId, Span, Spanned, TextRange};
