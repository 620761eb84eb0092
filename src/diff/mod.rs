//! What differs between runs of one table, where, since when, and what it looks like was done to the data.
//!
//! Two tables are read once for fingerprints ([`crate::scan::fingerprints`]); what is equal by them is not looked at again.
//! Rows of buckets that differ are read again, with the columns that differ in them, paired by key and compared. Rows that
//! were kept in the first pass, of small tables all, serve to explain.

mod changes;
mod columns;
mod compare;
pub mod docs;
mod document;
pub mod explain;
mod explained;
mod key_forms;
mod keys;
mod many;
mod matching;
mod model;
mod nested;
mod options;
mod paired;
mod pairing;
mod plan;
mod rule;
mod run;
mod sample;
mod segments;
mod sql;
mod tally;
mod volatile;

pub use crate::value::hash::Zeros;
pub use document::{IgnoredPaths, PathCounts, Paths};
pub use keys::best_key;
pub use many::{ColumnRuns, Run, Runs, Verdict, runs};
pub use model::{
    Cell, CellKind, ColumnDifference, Difference, Duplicates, Happened, KeyFrom, Portion, Rows,
    Segments, Side, Witness,
};
pub use options::{Options, ROWS};
pub use paired::{Paired, Role};
pub use rule::{Rule, Tolerance};
pub use run::{KeyColumns, Source, diff};
pub use volatile::is_volatile;
