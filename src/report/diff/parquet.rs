//! A diff as Parquet: four datasets beside those of audits, in the same manner.
//!
//! `<reports>/<dataset>/run=<run id>/000000000000.parquet`; [`SUMMARY`] appears last. The same diff gives the same bytes, and
//! writing it again replaces it whole.

use super::columns::{COLUMN, DIFF, EXPLANATION, ROW, explanations};
use super::{COLUMNS, PATTERNS, ROWS, SUMMARY};
use crate::diagnostic::Diagnostic;
use crate::diff::Difference;
use crate::lake::Address;
use crate::report::parquet::{Encoded, of_run, place};

/// Writes a diff to `reports`, all of it or nothing.
pub async fn publish(difference: &Difference, reports: &Address) -> Result<(), Diagnostic> {
    let id = &difference.id;
    let files = || {
        let explained = explanations(difference);
        Ok(vec![
            Encoded::new(COLUMNS, id, of_run(&COLUMN, id, &difference.columns)?),
            Encoded::new(ROWS, id, of_run(&ROW, id, &difference.cells)?),
            Encoded::new(PATTERNS, id, of_run(&EXPLANATION, id, &explained)?),
            Encoded::new(
                SUMMARY,
                id,
                of_run(&DIFF, id, std::slice::from_ref(difference))?,
            ),
        ])
    };
    place(files(), id, reports).await
}
