//! Values: exact sums, JSON paths and hashes, what the dialect, the states and the diff all need.

pub mod exact;
pub mod json;
