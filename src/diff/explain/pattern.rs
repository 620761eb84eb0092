//! What was done to a column: the catalogue of mechanisms, and which of them the values bear out.

use crate::diff::Paired;

/// Something that makes one side's values of the other's, or of something beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mechanism {
    /// Every value is one and the same.
    Constant,
}

impl Mechanism {
    /// Whether it tells of one side's values alone, and nothing of how they come from the other's.
    pub fn is_of_one_side(self) -> bool {
        true
    }
}

/// A mechanism that explains differing values of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    pub column: String,
    pub mechanism: Mechanism,
    /// In one line, the sides called `left` and `right`: `right = trunc((left - 100) / 20)`.
    pub formula: String,
    /// The differing rows it explains, of those it could.
    pub support: u64,
    pub rows: u64,
    /// An upper bound of the probability that it holds on as many rows by chance.
    pub chance: f64,
}

/// What explains the differing values of a column, the best first; nothing where nothing is sure.
pub fn patterns(_paired: &Paired, _column: usize) -> Vec<Pattern> {
    Vec::new()
}
