//! SQL: what operations do to a database, as Django 5.2's schema editors write it.
//!
//! [`Dialect`] says what is true of a database; `expression` compiles conditions,
//! index expressions, generated columns and defaults; `plan` turns an operation with
//! the states before and after it into [`ddl`] statements, which the dialect renders.

pub mod catalog;
pub mod ddl;
pub mod dialect;
pub mod expression;
mod mariadb;
mod mysql;
mod names;
mod oracle;
mod own;
pub mod plan;
mod postgresql;
mod quote;
mod sqlite;
pub mod support;
pub mod value;

pub use dialect::{Dialect, Features, Server, Version};
