//! The `lakeaudit` program.

#[tokio::main]
async fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(lakeaudit::cli::run().await as u8)
}
