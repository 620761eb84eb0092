//! A reconciliation: as text, as JSON and as Parquet.

use std::path::Path;

use ::parquet::errors::ParquetError;

use super::columns::RECONCILED_PAIR;
use super::parquet;
use super::text::{self, Style};
use crate::reconcile::{HowDisagrees, Pair, Reconciliation};

/// For a person at a terminal. The checks stand at the end, unless they went to a file.
pub fn text(found: &Reconciliation, style: Style, written: Option<&Path>) -> String {
    text::reconcile::render(found, style, written)
}

/// For a program: all of it.
pub fn json(found: &Reconciliation) -> String {
    let mut text = serde_json::to_string_pretty(found).unwrap_or_default();
    text.push('\n');
    text
}

/// A pair as a row.
pub(super) struct PairRow {
    /// The documents' table.
    pub(super) table: String,
    pub(super) pair: Pair,
    pub(super) basis: &'static str,
    pub(super) coercions: String,
    pub(super) explanation: Option<String>,
}

impl PairRow {
    pub(super) fn count(&self, of: HowDisagrees) -> Option<u64> {
        Some(self.pair.count(of))
    }
}

/// For BigQuery: a row a pair.
pub fn parquet(found: &Reconciliation) -> Result<Vec<u8>, ParquetError> {
    let rows: Vec<PairRow> = found
        .pairs
        .iter()
        .map(|pair| PairRow {
            table: found.table.clone(),
            pair: pair.clone(),
            basis: pair.basis.name(),
            coercions: pair
                .coercions
                .iter()
                .map(|c| c.kind.told())
                .collect::<Vec<_>>()
                .join(", "),
            explanation: pair.explanations.first().map(|e| e.formula.clone()),
        })
        .collect();
    parquet::file(&RECONCILED_PAIR, &rows)
}
