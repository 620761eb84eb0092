//! A query in plain DataFusion, beside which the same plan of BigQuery's SQL is measured.
//!
//! `cargo bench --bench dialect -- THREADS FOLDER SQL` prints the seconds of the query over the Parquet files under FOLDER,
//! which it calls `t`, listing and planning included. The allocator is the program's.

use std::error::Error;
use std::time::Instant;

use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let (Some(threads), Some(folder), Some(sql)) = (words.next(), words.next(), words.next())
    else {
        println!("dialect: no folder and query named, nothing to measure");
        return Ok(());
    };
    let config = SessionConfig::new()
        .with_target_partitions(threads.parse()?)
        .with_collect_statistics(false);
    let started = Instant::now();
    let context = SessionContext::new_with_config(config);
    context
        .register_parquet("t", folder, ParquetReadOptions::default())
        .await?;
    let rows = context.sql(&sql).await?.collect().await?;
    println!("{:.3}", started.elapsed().as_secs_f64());
    drop(rows);
    Ok(())
}
