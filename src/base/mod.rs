//! Text and positions; nothing about migrations.

pub mod files;
pub mod guard;
pub mod lines;
pub mod shared;
pub mod span;
pub mod text;
pub mod word;

pub use files::{Files, SourceFile};
pub use span::{FileId, Span, Spanned, TextRange};
