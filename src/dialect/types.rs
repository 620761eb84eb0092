//! BigQuery's rules for which types go together.

use datafusion::arrow::datatypes::{DataType, TimeUnit};

use crate::schema::BqType;

/// NUMERIC, as computed with: 38 digits, 9 of them after the point.
pub(super) const NUMERIC: DataType = DataType::Decimal128(38, 9);
/// DATETIME, and what an export writes for DATETIME and TIMESTAMP alike.
pub(super) const DATETIME: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);
/// Digits after the point of NUMERIC.
pub(super) const NUMERIC_SCALE: i8 = 9;

/// TIMESTAMP: microseconds since 1970 in UTC.
pub(super) fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The types as far as the rules tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A bare NULL.
    Null,
    Bool,
    Int,
    Numeric,
    Float,
    String,
    Bytes,
    Date,
    /// Also a TIMESTAMP whose export did not say so.
    Datetime,
    Timestamp,
    /// Everything that is not computed with here: BIGNUMERIC, TIME, arrays, structs.
    Other,
}

impl Kind {
    pub(super) fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Bool,
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32
            | DataType::UInt64 => Self::Int,
            // More than 29 digits before or 9 after the point do not fit NUMERIC.
            DataType::Decimal128(p, s)
                if *s >= 0 && *s <= 9 && i16::from(*p) - i16::from(*s) <= 29 =>
            {
                Self::Numeric
            }
            DataType::Float16 | DataType::Float32 | DataType::Float64 => Self::Float,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::String,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Self::Bytes,
            DataType::Date32 => Self::Date,
            DataType::Timestamp(_, None) => Self::Datetime,
            DataType::Timestamp(_, Some(_)) => Self::Timestamp,
            DataType::Dictionary(_, value) => Self::of(value),
            _ => Self::Other,
        }
    }

    /// The type values of this kind are computed with.
    pub(super) fn arrow(self) -> Option<DataType> {
        Some(match self {
            Self::Null => DataType::Null,
            Self::Bool => DataType::Boolean,
            Self::Int => DataType::Int64,
            Self::Numeric => NUMERIC,
            Self::Float => DataType::Float64,
            Self::String => DataType::Utf8View,
            Self::Bytes => DataType::BinaryView,
            Self::Date => DataType::Date32,
            Self::Datetime => DATETIME,
            Self::Timestamp => timestamp(),
            Self::Other => return None,
        })
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Numeric | Self::Float)
    }
}

/// The kind both coerce to, as BigQuery coerces: INT64 to NUMERIC to FLOAT64, DATE to DATETIME, NULL to anything.
///
/// DATETIME and TIMESTAMP meet because an export writes them alike; the former is then taken as UTC. Nothing coerces to
/// or from STRING (but a literal does, see [`operators`](super::operators)).
pub(super) fn common(left: Kind, right: Kind) -> Option<Kind> {
    use Kind::{Date, Datetime, Float, Int, Null, Numeric, Timestamp};
    Some(match (left, right) {
        (a, b) if a == b => a,
        (Null, other) | (other, Null) => other,
        (Int, Numeric) | (Numeric, Int) => Numeric,
        (Int | Numeric, Float) | (Float, Int | Numeric) => Float,
        (Date, Datetime) | (Datetime, Date) => Datetime,
        (Datetime, Timestamp) | (Timestamp, Datetime) => Timestamp,
        _ => return None,
    })
}

/// The kind all of `types` coerce to.
pub(super) fn common_of<'a>(types: impl IntoIterator<Item = &'a DataType>) -> Option<Kind> {
    types.into_iter().map(Kind::of).try_fold(Kind::Null, common)
}

/// How BigQuery calls a type.
pub(super) fn name(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "NULL".to_owned(),
        DataType::UInt64 => "INT64".to_owned(),
        other => BqType::from_arrow(other).to_string(),
    }
}

/// `DATE, STRING`: how BigQuery calls types.
pub(super) fn names<'a>(types: impl IntoIterator<Item = &'a DataType>) -> String {
    let names: Vec<String> = types.into_iter().map(name).collect();
    names.join(", ")
}
