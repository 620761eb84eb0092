//! Where rows differ: the smallest predicates that separate those that do from those that don't.

use arrow::array::ArrayRef;
use arrow::buffer::BooleanBuffer;

/// Something known of each row that may tell where it differs: a column, its file, its row group.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// As it stands in a predicate.
    pub name: String,
    pub values: ArrayRef,
}

/// A predicate that holds of more of the rows looked for than of others.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// BigQuery SQL: `game_date >= DATE '2026-01-25' AND calculation_version = 'v2'`.
    pub predicate: String,
    /// The rows looked for that it holds of, of all looked for.
    pub hits: u64,
    pub wanted: u64,
    /// The rows it holds of, of all.
    pub covered: u64,
    pub rows: u64,
    /// The share of those looked for among the rows it holds of, over their share among all rows.
    pub lift: f64,
    /// An upper bound of the probability that it separates as well by chance.
    pub chance: f64,
}

/// Where the rows of `wanted` are, the best predicate first; nothing where they are anywhere.
pub fn places(_attributes: &[Attribute], _wanted: &BooleanBuffer) -> Vec<Place> {
    Vec::new()
}
