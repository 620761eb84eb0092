//! Planted mechanisms must be found, and nothing where nothing was planted.

mod edges;
mod exact;
mod holdout;
mod planted;
mod random;
mod table;
