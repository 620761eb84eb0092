//! The integration tests: one binary, because every further one links the query engine again.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that can't go on fails"
)]

mod accepted;
mod answers;
mod audit;
mod baseline;
mod buckets;
mod cases;
mod catalogue;
mod conformance;
mod demo;
mod diff;
mod faults;
mod fuzz;
mod generated;
mod inferred;
mod information;
mod layouts;
mod lint;
mod pipeline;
mod publish;
mod query;
mod real_lake;
mod reconcile;
mod registry;
mod repro;
mod rooms;
mod same;
mod slt;
mod state;
mod status;
mod stores;
mod suggest;
mod table;
mod work;
