//! Baselines that were taken: what a window of the lake was like, as Parquet files that never change.
//!
//! A baseline is a folder `<reports>/baselines/<name>` of five Parquet files ([`DATASETS`]), which say all that is needed to
//! read them without this program: what was asked for, the files it was made from and their fingerprints, the schema
//! contract, and by column and period the readable figures beside the states they are drawn from. `docs/baselines.md`
//! describes each column.
//!
//! - **Equal files are equal bytes.** No clock, no path of the machine, not even its own name is in it, so a baseline that is
//!   taken again of the same files can be told by its id, a hash of its bytes.
//! - **It appears whole, and never changes** ([`Shelf`]): a name that is taken is refused.
//! - **It is of all its files.** A file that can't be read is an error here, since a baseline of the rest would mislead.
//!
//! Invariant: nothing here knows a suite; what of it matters is handed over ([`Asked`]).

mod compare;
mod figures;
mod files;
mod model;
mod read;
mod shelf;
mod take;

#[cfg(test)]
mod tests;

pub use compare::{ColumnChange, Comparison, ContractChange, PairChange, Side, compare};
pub use files::{Encoded, encode};
pub use model::{
    About, ColumnRow, ContractRow, Correlation, FileRow, Grain, Kind, Period, QUANTILES, Snapshot,
    TableRow, TopValue,
};
pub use read::{about, batches, decode, tables};
pub use shelf::{Entry, Shelf, id};
pub use take::{Asked, SeasonSpan, take};

/// The version of the files' layout and of what their columns mean; raised when an older program could take them for what
/// they are not.
pub const FORMAT: u32 = 1;

/// The files of a baseline in the order in which they are written. The last says that all are there.
pub const DATASETS: [&str; 5] = ["files", "schema", "correlations", "columns", "tables"];
