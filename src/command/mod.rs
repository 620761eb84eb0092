//! The commands, one file each: what `lakeaudit` does once its arguments are read.

pub mod audit;
pub mod baseline;
pub mod demo;
pub mod diff;
mod expand;
pub mod explain;
mod infer;
pub mod lint;
mod open;
pub mod query;
pub mod reconcile;
pub mod repro;
pub mod state;
pub mod status;
pub mod tables;

pub use infer::{Asked, open_inferred, suggest};
pub use open::{Opened, Request, open, open_at};
