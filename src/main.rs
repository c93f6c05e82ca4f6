//! The `whimbrel` binary: hands its arguments to `cli` and exits with its code.

fn main() -> std::process::ExitCode {
    whimbrel::cli::main()
}
