//! A diff as Parquet: datasets beside those of audits, in the same manner.
//!
//! `<reports>/<dataset>/run=<run id>/000000000000.parquet`; [`SUMMARY`] appears last. The same diff gives the same bytes, and
//! writing it again replaces it whole.

use super::columns::{
    COLUMN, DIFF, EXPLANATION, ROW, RUN, RUN_COLUMN, SEGMENT, columns, explanations, run_columns,
    runs, segments,
};
use super::{COLUMNS, PATTERNS, ROWS, RUN_COLUMNS, RUNS, SEGMENTS, SUMMARY};
use crate::diagnostic::Diagnostic;
use crate::diff::{Difference, Runs};
use crate::lake::Address;
use crate::report::parquet::{Encoded, of_run, place};

/// Writes a diff to `reports`, all of it or nothing.
pub async fn publish(difference: &Difference, reports: &Address) -> Result<(), Diagnostic> {
    let id = &difference.id;
    let files = || {
        let explained = explanations(difference);
        Ok(vec![
            Encoded::new(COLUMNS, id, of_run(&COLUMN, id, &columns(difference))?),
            Encoded::new(ROWS, id, of_run(&ROW, id, &difference.cells)?),
            Encoded::new(PATTERNS, id, of_run(&EXPLANATION, id, &explained)?),
            Encoded::new(SEGMENTS, id, of_run(&SEGMENT, id, &segments(difference))?),
            Encoded::new(
                SUMMARY,
                id,
                of_run(&DIFF, id, std::slice::from_ref(difference))?,
            ),
        ])
    };
    place(files(), id, reports).await
}

/// Writes how several runs compare, and the diff of two of them, which comes first.
pub async fn publish_runs(
    found: &Runs,
    pair: Option<&Difference>,
    reports: &Address,
) -> Result<(), Diagnostic> {
    if let Some(pair) = pair {
        publish(pair, reports).await?;
    }
    let id = &found.id;
    let files = || {
        Ok(vec![
            Encoded::new(
                RUN_COLUMNS,
                id,
                of_run(&RUN_COLUMN, id, &run_columns(found))?,
            ),
            Encoded::new(RUNS, id, of_run(&RUN, id, &runs(found, pair))?),
        ])
    };
    place(files(), id, reports).await
}
