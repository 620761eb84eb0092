//! Values: exact sums, JSON paths and hashes, what the dialect, the states and the diff all need.

pub mod cell;
pub mod decimal;
pub mod exact;
pub mod hash;
pub mod json;
pub mod lanes;
pub mod normal;
pub mod text;
