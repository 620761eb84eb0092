//! The `lakeaudit` program.

/// Decoding asks for and gives back large buffers all the time; handing them back to the system each
/// time costs more than the decoding.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(lakeaudit::cli::run().await as u8)
}
