//! The commands, one file each: what `lakeaudit` does once its arguments are read.

pub mod audit;
pub mod demo;
pub mod explain;
mod open;
pub mod tables;

pub use open::{Opened, Request, open};
