//! BigQuery's rules for which types go together.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, IntervalUnit, TimeUnit};

use crate::schema::BqType;

/// NUMERIC, as computed with: 38 digits, 9 of them after the point.
pub(super) const NUMERIC: DataType = DataType::Decimal128(38, 9);
/// BIGNUMERIC, as computed with: an integer of 256 bits, 38 digits of it after the point.
pub(super) const BIGNUMERIC: DataType = DataType::Decimal256(76, 38);
/// Digits after the point of NUMERIC.
pub(super) const NUMERIC_SCALE: i8 = 9;
/// What an export writes for DATETIME and TIMESTAMP alike: microseconds since 1970 of no zone or of UTC.
pub(super) const MOMENT: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);
/// TIME: microseconds since midnight.
pub(super) const TIME: DataType = DataType::Time64(TimeUnit::Microsecond);
/// INTERVAL: months, days and nanoseconds (whole microseconds of them), each with a sign of its own.
pub(super) const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);
/// JSON: its text, in the one form [`functions`](super::functions) give it. STRING is never a `LargeUtf8` here.
pub(super) const JSON: DataType = DataType::LargeUtf8;
/// The zone that marks a DATETIME in Arrow's type of it; an offset of nothing, so that casts keep the value.
const CIVIL: &str = crate::value::cell::CIVIL;

/// DATETIME: microseconds since 1970, of no zone.
pub(super) fn datetime() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(CIVIL.into()))
}

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
    BigNumeric,
    Float,
    String,
    Bytes,
    Date,
    Time,
    Datetime,
    Timestamp,
    /// A DATETIME or TIMESTAMP of a table, whose export does not say which: it goes wherever either does.
    Moment,
    Interval,
    Json,
    Array,
    Struct,
    /// A type no BigQuery export writes.
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
            DataType::Decimal128(..) | DataType::Decimal256(..) => Self::BigNumeric,
            DataType::Float16 | DataType::Float32 | DataType::Float64 => Self::Float,
            DataType::Utf8 | DataType::Utf8View => Self::String,
            DataType::LargeUtf8 => Self::Json,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Self::Bytes,
            DataType::Date32 => Self::Date,
            DataType::Time64(_) | DataType::Time32(_) => Self::Time,
            DataType::Timestamp(_, None) => Self::Moment,
            DataType::Timestamp(_, Some(zone)) if &**zone == CIVIL => Self::Datetime,
            DataType::Timestamp(_, Some(_)) => Self::Timestamp,
            DataType::Interval(_) => Self::Interval,
            DataType::List(_) | DataType::LargeList(_) | DataType::ListView(_) => Self::Array,
            DataType::Struct(_) => Self::Struct,
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
            Self::BigNumeric => BIGNUMERIC,
            Self::Float => DataType::Float64,
            Self::String => DataType::Utf8View,
            Self::Bytes => DataType::BinaryView,
            Self::Date => DataType::Date32,
            Self::Time => TIME,
            Self::Datetime => datetime(),
            Self::Timestamp => timestamp(),
            Self::Moment => MOMENT,
            Self::Interval => INTERVAL,
            Self::Json => JSON,
            Self::Array | Self::Struct | Self::Other => return None,
        })
    }

    pub(super) fn is_number(self) -> bool {
        matches!(
            self,
            Self::Int | Self::Numeric | Self::BigNumeric | Self::Float
        )
    }
}

/// The kind both coerce to, as BigQuery coerces: INT64 to NUMERIC to BIGNUMERIC to FLOAT64, DATE to DATETIME, NULL to
/// anything.
///
/// A [`Kind::Moment`] is whatever stands beside it. Nothing coerces to or from STRING (but a literal does, where it is
/// bound). Arrays and structs are of one kind whatever they hold.
pub(super) fn common(left: Kind, right: Kind) -> Option<Kind> {
    use Kind::{BigNumeric, Date, Datetime, Float, Int, Moment, Null, Numeric, Timestamp};
    Some(match (left, right) {
        (a, b) if a == b => a,
        (Null, other) | (other, Null) => other,
        (Int, Numeric) | (Numeric, Int) => Numeric,
        (Int | Numeric, BigNumeric) | (BigNumeric, Int | Numeric) => BigNumeric,
        (Int | Numeric | BigNumeric, Float) | (Float, Int | Numeric | BigNumeric) => Float,
        (Date, Datetime) | (Datetime, Date) => Datetime,
        (Date, Moment) | (Moment, Date) => Moment,
        (Moment, other @ (Datetime | Timestamp)) | (other @ (Datetime | Timestamp), Moment) => {
            other
        }
        _ => return None,
    })
}

/// The kind all of `types` coerce to.
pub(super) fn common_of<'a>(types: impl IntoIterator<Item = &'a DataType>) -> Option<Kind> {
    types.into_iter().map(Kind::of).try_fold(Kind::Null, common)
}

/// `ARRAY<element>`.
pub(super) fn array_of(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", element, true)))
}

/// What an array holds.
pub(super) fn element(array: &DataType) -> Option<&DataType> {
    match array {
        DataType::List(field) | DataType::LargeList(field) | DataType::ListView(field) => {
            Some(field.data_type())
        }
        _ => None,
    }
}

/// How BigQuery calls a type.
pub fn name(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "NULL".to_owned(),
        DataType::UInt64 => "INT64".to_owned(),
        DataType::Struct(fields) => {
            let field = |f: &Arc<Field>| match f.name().as_str() {
                "" => name(f.data_type()),
                named => format!("{named} {}", name(f.data_type())),
            };
            let fields: Vec<String> = fields.iter().map(field).collect();
            format!("STRUCT<{}>", fields.join(", "))
        }
        other => match (element(other), Kind::of(other)) {
            (Some(element), _) => format!("ARRAY<{}>", name(element)),
            (None, Kind::Datetime) => "DATETIME".to_owned(),
            (None, Kind::Interval) => "INTERVAL".to_owned(),
            (None, Kind::Json) => "JSON".to_owned(),
            _ => BqType::from_arrow(other).to_string(),
        },
    }
}

/// `DATE, STRING`: how BigQuery calls types.
pub(super) fn names<'a>(types: impl IntoIterator<Item = &'a DataType>) -> String {
    let names: Vec<String> = types.into_iter().map(name).collect();
    names.join(", ")
}
