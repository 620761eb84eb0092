//! The integration tests: one binary, because every further one links the query engine again.

mod generated;
mod faults;
mod real_lake;
mod audit;
mod cases;
mod registry;
mod rooms;
mod same;
mod table;
mod work;
