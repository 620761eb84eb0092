//! What differs between runs of one table, where, since when, and what it looks like was done to the data.

pub mod explain;
mod paired;

pub use paired::{Paired, Role};
