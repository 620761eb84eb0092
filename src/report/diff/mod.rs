//! What a diff came to, on the terminal, as JSON and as Parquet.
//!
//! The writers take a [`Difference`](crate::diff::Difference) in its own order and leave that as it is; what follows from it
//! and more than one of them tells stands in [`facts`].
//!
//! Text shows what a person needs to judge what happened; JSON and the Parquet datasets are the whole of it.

mod columns;
mod facts;
pub mod json;
pub mod parquet;
#[cfg(test)]
mod sample;
pub mod text;

pub(super) use columns::{about, document_all};

/// The dataset with one row a diff, written last: a diff counts once its row is there.
pub const SUMMARY: &str = "diff_summary";
/// The dataset with one row a day or segment.
pub const SEGMENTS: &str = "diff_segments";
/// The datasets of several runs: one row a run, written last, and one row a column.
pub const RUNS: &str = "diff_runs";
pub const RUN_COLUMNS: &str = "diff_run_columns";
/// The dataset with one row a column.
pub const COLUMNS: &str = "diff_columns";
/// The dataset with differing cells and rows of one side.
pub const ROWS: &str = "diff_rows";
/// The dataset with what explains a diff: patterns, witnesses, places, paths.
pub const PATTERNS: &str = "diff_patterns";
