//! Which types the functions of time take.
//!
//! BigQuery computes by the type of the argument and not by the name of the function: `DATE_TRUNC` of a TIMESTAMP is
//! `TIMESTAMP_TRUNC`. A [`Kind::Moment`] may be either; it is what the name of the function says.

use datafusion::arrow::datatypes::DataType;

use super::super::types::{Kind, common};
use super::exactly;

/// The kind `given` is computed as by a function named after `own`.
pub(super) fn temporal(given: &DataType, own: Kind) -> Option<Kind> {
    Some(match (Kind::of(given), own) {
        (Kind::Null, own) => own,
        (Kind::Moment, Kind::Date) => Kind::Moment,
        (Kind::Moment, own) => own,
        (Kind::Date, Kind::Datetime) => Kind::Datetime,
        (Kind::Date, Kind::Date) => Kind::Date,
        (kind @ (Kind::Datetime | Kind::Timestamp), _) => kind,
        _ => return None,
    })
}

/// [`temporal`] of two arguments that have to be of one type.
pub(super) fn temporal_pair(a: &DataType, b: &DataType, own: Kind) -> Option<Kind> {
    let both = common(Kind::of(a), Kind::of(b))?;
    temporal(&both.arrow()?, own)
}

/// `value` computed as `kind`, then arguments of the kinds `rest`.
pub(super) fn with(kind: Kind, given: &[DataType], rest: &[Kind]) -> Option<Vec<DataType>> {
    let rest = exactly(given, rest)?;
    Some(std::iter::once(kind.arrow()?).chain(rest).collect())
}

/// The first of the types taken.
pub(super) fn first(taken: &[DataType]) -> DataType {
    taken.first().cloned().unwrap_or(DataType::Null)
}

/// A TIMESTAMP, or what may be one.
pub(super) fn is_timestamp(given: &DataType) -> bool {
    matches!(Kind::of(given), Kind::Timestamp | Kind::Moment | Kind::Null)
}
