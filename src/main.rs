//! The `whimbrel` binary: hands its arguments to `cli` and exits with its code.

fn main() {}
