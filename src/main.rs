//! The `whimbrel` binary: hands its arguments to `cli` and exits with its code.

/// Evaluating makes many small objects on several threads; the system's allocator
/// spends a fifth of the run on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    whimbrel::cli::main()
}
