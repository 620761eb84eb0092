//! Rows of two runs side by side.

use arrow::array::RecordBatch;
use arrow::buffer::BooleanBuffer;

/// Rows of two tables paired by key: row `i` of `left` and of `right` are of one key.
///
/// Rows stand in the order of their key, the dates first where the key has any, so that the row before is the one of
/// the day before, or the entity before, whatever the order of the files.
#[derive(Debug, Clone)]
pub struct Paired {
    /// The columns both sides have, those of the key first, then those that are compared, then others; in the left side's
    /// order and spelling. Both batches have the same types: BOOL
    /// `Boolean`, INT64 `Int64`, FLOAT64 `Float64`, NUMERIC `Decimal128`, BIGNUMERIC `Decimal256`, STRING and JSON
    /// `Utf8View`, BYTES `BinaryView`, DATE `Date32`, TIME `Time64(Microsecond)`, DATETIME and TIMESTAMP
    /// `Timestamp(Microsecond, _)`, ARRAY `List`, STRUCT `Struct`.
    pub left: RecordBatch,
    pub right: RecordBatch,
    /// One a column.
    pub roles: Vec<Role>,
    /// One a column: the rows in which the two sides differ by the rules of the diff. No row of a column that is not
    /// compared.
    pub differs: Vec<BooleanBuffer>,
}

/// What a column is in a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Of the key; `date` if it holds a day or a time.
    Key { date: bool },
    /// Compared as a value.
    Value,
    /// Compared as a JSON document, path by path.
    Json,
    /// Left out of the comparison, as times of processing are.
    Ignored,
}

impl Paired {
    pub fn rows(&self) -> usize {
        self.left.num_rows()
    }

    /// Where a column stands, by its name without regard to case.
    pub fn column(&self, name: &str) -> Option<usize> {
        crate::schema::column_index(self.left.schema_ref(), name)
    }
}
