//! SQL: what operations do to a database, as Django 5.2's schema editors write it.
//!
//! [`Dialect`] says what is true of a database; `expression` compiles conditions,
//! index expressions, generated columns and defaults; `plan` turns an operation with
//! the states before and after it into [`ddl`] statements, which the dialect renders.

pub mod catalog;
pub mod ddl;
pub mod dialect;
pub mod effects;
pub mod expression;
pub mod handwritten;
pub mod limits;
mod names;
mod own;
pub mod plan;
mod quote;
mod reserved;
pub mod support;
mod template;
pub mod value;
mod volatility;

/// Declares the module of each dialect, which has a `DIALECT`, and lists them.
///
/// `cargo fmt` does not see modules behind a macro: `rustfmt --edition 2024 src/sql/*.rs`
/// does.
macro_rules! dialects {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*

        /// All dialects.
        pub const DIALECTS: &[&Dialect] = &[$(&$name::DIALECT),*];
    };
}

dialects! {
    postgresql,
    sqlite,
    mysql,
    mariadb,
    oracle,
}

pub use dialect::{Dialect, Features, Server, Version};
