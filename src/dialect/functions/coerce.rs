//! Numbers of several types in one call.
//!
//! Where a NUMERIC or BIGNUMERIC meets a FLOAT64, a function takes it as it is and makes a float of it itself: Arrow's
//! cast rounds twice.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, common, common_of};
use super::cast;

/// The types numbers are taken as, to be computed in the type all coerce to; a bare NULL alone is an INT64.
pub(super) fn take(given: &[DataType]) -> Option<Vec<DataType>> {
    match common_of(given)? {
        Kind::Null => Some(vec![DataType::Int64; given.len()]),
        Kind::Float => given.iter().map(take_float).collect(),
        kind if kind.is_number() => Some(vec![kind.arrow()?; given.len()]),
        _ => None,
    }
}

/// [`take`] for functions of which INT64 are computed as FLOAT64.
pub(super) fn take_reals(given: &[DataType]) -> Option<Vec<DataType>> {
    match common_of(given)? {
        Kind::Null | Kind::Int => Some(vec![DataType::Float64; given.len()]),
        _ => take(given),
    }
}

/// The types numbers are taken as, to be computed as FLOAT64 whatever they are.
pub(super) fn take_floats(given: &[DataType], count: usize) -> Option<Vec<DataType>> {
    (given.len() == count).then_some(())?;
    given.iter().map(take_float).collect()
}

fn take_float(given: &DataType) -> Option<DataType> {
    match Kind::of(given) {
        Kind::Null | Kind::Int | Kind::Float => Some(DataType::Float64),
        kind @ (Kind::Numeric | Kind::BigNumeric) => kind.arrow(),
        _ => None,
    }
}

/// The type all numbers taken are computed in.
pub(super) fn alike(taken: &[DataType]) -> DataType {
    common_of(taken)
        .and_then(Kind::arrow)
        .unwrap_or(DataType::Null)
}

/// The kind all arguments are computed in.
pub(super) fn kind(args: &[ColumnarValue]) -> Kind {
    args.iter()
        .map(|arg| Kind::of(&arg.data_type()))
        .try_fold(Kind::Null, common)
        .unwrap_or(Kind::Other)
}

/// All arguments as FLOAT64.
pub(super) fn floats(args: &[ColumnarValue], rows: usize) -> Result<Vec<ColumnarValue>> {
    args.iter()
        .map(|arg| cast::float64(std::slice::from_ref(arg), rows))
        .collect()
}
