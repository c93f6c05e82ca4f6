//! The `whimbrel` binary: hands its arguments to `cli` and exits with its code.

/// Evaluating makes many small objects on several threads; the system's allocator
/// spends a fifth of the run on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    keep_freed_memory();
    whimbrel::cli::main()
}

/// How long mimalloc keeps memory that was freed, in milliseconds. Its own 10 give back
/// to the system what the next file or project asks for again, page by page: a tenth of
/// the processor's time. A watching process gives back what it does not need.
const PURGE_DELAY: std::ffi::c_long = 10_000;

/// `mi_option_purge_delay` of `mimalloc.h`, 2.2 and 3.
const MI_OPTION_PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// Has the allocator keep freed memory for [`PURGE_DELAY`], unless the environment says
/// otherwise (`MIMALLOC_PURGE_DELAY`).
#[allow(
    unsafe_code,
    reason = "the allocator has no safe interface for its options"
)]
fn keep_freed_memory() {
    // SAFETY: the function takes any number for an option and any value; options are not
    // to be set from two threads at a time, and no other thread runs yet.
    unsafe { libmimalloc_sys::mi_option_set_default(MI_OPTION_PURGE_DELAY, PURGE_DELAY) }
}
