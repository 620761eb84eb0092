//! Where rows differ: the smallest predicates that separate those that do from those that don't.
//!
//! A predicate is worth what it saves a reader who is to be told which rows are wanted: the bits that saying so takes
//! without it, less the bits with it, less the bits that name the predicate itself. By that one measure an atom earns
//! its place in a conjunction, sixty ids of sixty rows explain nothing, and noise is not fitted. The bits of a name are
//! also the number of predicates tried, so that the chance of an equally good split by luck is bounded by the
//! hypergeometric tail times 2 to their power.
//!
//! Everything is counted: a column is coded once (`column`), the codes of the rows at hand are counted with those
//! wanted (`split`), conjunctions grow from the best atoms (`search`), and what one predicate leaves the next explains
//! (`cover`). Nothing depends on the order of rows.

mod atom;
mod column;
mod cover;
mod literal;
mod odds;
mod search;
mod split;

#[cfg(test)]
mod tests;

use arrow::array::ArrayRef;
use arrow::buffer::BooleanBuffer;

use column::Column;

/// Something known of each row that may tell where it differs: a column, its file, its row group.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// As it stands in a predicate.
    pub name: String,
    /// One a row. What BigQuery does not compare is asked for NULL only, an ARRAY for its length as well.
    pub values: ArrayRef,
}

/// A predicate that holds of more of the rows looked for than of others.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// BigQuery SQL: `game_date >= DATE '2026-01-25' AND calculation_version = 'v2'`.
    pub predicate: String,
    /// What it is the conjunction of, at most three, in the order of the attributes.
    pub parts: Vec<Part>,
    /// Single conditions that hold of nearly the same rows.
    pub also: Vec<String>,
    /// The rows looked for that it holds of, of all looked for.
    pub hits: u64,
    pub wanted: u64,
    /// The hits of no place before it.
    pub explained: u64,
    /// The rows it holds of, of all.
    pub covered: u64,
    pub rows: u64,
    /// The share of those looked for among the rows it holds of, over their share among all rows.
    pub lift: f64,
    /// An upper bound of the probability that it separates as well by chance, for as many predicates as were tried and
    /// among the rows of no better place.
    pub chance: f64,
    /// What the hits hold of dates and ids, and of the columns the predicate asks.
    pub spans: Vec<Span>,
}

/// One condition of a predicate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The position of its attribute among those given.
    pub attribute: usize,
    /// BigQuery SQL.
    pub condition: String,
    /// The literals it lists, in their order; none if it asks for NULL or NaN.
    pub values: Vec<String>,
}

/// The values of one attribute in the hits of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub attribute: usize,
    /// The attribute's name.
    pub name: String,
    /// Literals of the least and the greatest value.
    pub first: String,
    pub last: String,
    /// The number of distinct values, NULL not among them.
    pub distinct: u64,
}

/// Where the rows of `wanted` are, the place that holds most of them first; nothing where they are anywhere, nowhere or
/// everywhere. An attribute that has not one value a row is passed over.
pub fn places(attributes: &[Attribute], wanted: &BooleanBuffer) -> Vec<Place> {
    let hits = wanted.count_set_bits();
    // Row numbers and counts of them are kept in 32 bits.
    if hits == 0 || hits == wanted.len() || u32::try_from(wanted.len()).is_err() {
        return Vec::new();
    }
    let columns: Vec<Column> = attributes
        .iter()
        .enumerate()
        .filter(|(_, attribute)| attribute.values.len() == wanted.len())
        .filter_map(|(at, attribute)| Column::new(at, attribute))
        .collect();
    cover::places(&columns, wanted)
}
