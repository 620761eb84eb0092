//! The integration tests: one binary, because every further one links the query engine again.

mod generated;
mod real_lake;
mod audit;
mod cases;
mod table;
