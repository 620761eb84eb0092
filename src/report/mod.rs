//! The reports: what an audit came to, on the terminal, as JSON and as Parquet.
//!
//! One file a writer. Each takes a [`Report`](crate::finding::Report) that is in its canonical order
//! ([`Report::sort`](crate::finding::Report::sort)) and leaves that order as it is. What the columns
//! mean stands in [`columns`], which the writers and the documentation share.
//!
//! The Parquet report is the whole of it. JSON leaves out the metrics, which are many; text shows
//! what a person needs to judge a failure and names the report for the rest.

pub mod columns;
pub mod diff;
pub mod json;
pub mod parquet;
pub mod reconcile;
pub mod rows;
#[cfg(test)]
mod sample;
pub mod snapshot;
pub mod status;
pub mod text;

/// The dataset with one row a run.
pub const RUNS: &str = "runs";
/// The dataset with the verdicts.
pub const FINDINGS: &str = "findings";
/// The dataset with rows that show the findings.
pub const EVIDENCE: &str = "evidence";
/// The dataset with the figures measured.
pub const METRICS: &str = "metrics";

/// What is printed on standard output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    #[default]
    Text,
    /// For a program.
    Json,
}
