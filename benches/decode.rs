//! The floor of any profile: `sum` over the same columns in plain DataFusion.
//!
//! `cargo bench --bench decode -- THREADS FOLDER COLUMN...` prints the seconds of one query over the
//! Parquet files under FOLDER, listing and planning included.

use std::error::Error;
use std::time::Instant;

use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let (Some(threads), Some(folder)) = (words.next(), words.next()) else {
        println!("decode: no folder named, nothing to measure");
        return Ok(());
    };
    let sums: Vec<String> = words.map(|column| format!("sum({column})")).collect();
    let config = SessionConfig::new()
        .with_target_partitions(threads.parse()?)
        .with_collect_statistics(false);
    let started = Instant::now();
    let context = SessionContext::new_with_config(config);
    context
        .register_parquet("t", folder, ParquetReadOptions::default())
        .await?;
    let query = format!("SELECT {} FROM t", sums.join(", "));
    let rows = context.sql(&query).await?.collect().await?;
    println!("{:.3}", started.elapsed().as_secs_f64());
    drop(rows);
    Ok(())
}
