//! Offline audits of data lakes: BigQuery tables exported as Parquet, checked, compared with their
//! history and with each other, on Apache DataFusion.
//!
//! ARCHITECTURE.md says how the rooms below depend on each other and why.

pub mod demo;
pub mod diagnostic;
pub mod finding;
pub mod lake;
pub mod schema;
pub mod state;
pub mod value;
