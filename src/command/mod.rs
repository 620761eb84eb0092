//! The commands, one file each: what `lakeaudit` does once its arguments are read.

pub mod audit;
pub mod demo;
pub mod explain;
mod open;
pub mod query;
pub mod tables;

pub use open::{Opened, Request, open, open_at};
