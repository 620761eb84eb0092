//! The `lakeaudit` program.

use std::process::ExitCode;

/// Decoding asks for large buffers and gives them back all the time. The system's allocator hands each
/// back to the system, which then clears its pages for the next, and that costs more than the decoding.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Room for queries whose conditions are chained by the hundred: planning them is recursive. Only
/// what is used of it is ever taken from the system.
const STACK: usize = 512 << 20;
const WORKER_STACK: usize = 64 << 20;

fn main() -> ExitCode {
    keep_freed_memory();
    let program = std::thread::Builder::new()
        .name("main".to_owned())
        .stack_size(STACK)
        .spawn(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .thread_stack_size(WORKER_STACK)
                .enable_all()
                .build()?;
            Ok::<u8, std::io::Error>(runtime.block_on(lakeaudit::cli::run()) as u8)
        });
    match program.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(exit))) => ExitCode::from(exit),
        // A panic has been told by its hook.
        Ok(Err(_)) => ExitCode::from(2),
        Ok(Ok(Err(error))) | Err(error) => {
            eprintln!("error: failed to start: {error}");
            ExitCode::from(2)
        }
    }
}

/// Lets the allocator keep freed memory for ten seconds before the system gets it back.
#[allow(unsafe_code)] // The allocator's options have no safe interface.
fn keep_freed_memory() {
    // `mi_option_purge_delay` of mimalloc.h, in milliseconds.
    const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;
    // SAFETY: sets a number that the allocator reads atomically; an unknown option is ignored.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, 10_000) }
}
