//! Offline audits of data lakes: BigQuery tables exported as Parquet, checked, compared with their
//! history and with each other, on Apache DataFusion.
//!
//! ARCHITECTURE.md says how the rooms below depend on each other and why.

pub mod baseline;
pub mod check;
pub mod cli;
pub mod command;
pub mod demo;
pub mod diagnostic;
pub mod dialect;
pub mod diff;
pub mod finding;
pub mod infer;
pub mod lake;
pub mod reconcile;
pub mod report;
pub mod scan;
pub mod schema;
pub mod session;
pub mod snapshot;
pub mod state;
pub mod store;
pub mod suite;
pub mod value;
