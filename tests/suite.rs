//! The one integration binary: every test of behaviour hangs below this file.

mod syntax;
