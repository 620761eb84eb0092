//! `CAST` and `SAFE_CAST` to DATE, DATETIME and TIMESTAMP.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, StringViewArray};
use datafusion::arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, datetime, timestamp};
use super::cast::{bad, cast, collect, one, one_of, rows};
use super::parts::DAY;
use super::{Function, calendar, civil_read, on_arrays, typed};

pub(super) const ALL: &[Function] = &[
    cast(
        "$cast_date",
        to_time,
        |_| DataType::Date32,
        |a, r| date(a, r, false),
    ),
    cast(
        "$safe_cast_date",
        to_time,
        |_| DataType::Date32,
        |a, r| date(a, r, true),
    ),
    cast(
        "$cast_timestamp",
        to_time,
        |_| timestamp(),
        |a, r| moment(a, r, timestamp(), false),
    ),
    cast(
        "$safe_cast_timestamp",
        to_time,
        |_| timestamp(),
        |a, r| moment(a, r, timestamp(), true),
    ),
    cast(
        "$cast_datetime",
        to_time,
        |_| datetime(),
        |a, r| moment(a, r, datetime(), false),
    ),
    cast(
        "$safe_cast_datetime",
        to_time,
        |_| datetime(),
        |a, r| moment(a, r, datetime(), true),
    ),
];

fn to_time(given: &[DataType]) -> Option<Vec<DataType>> {
    one_of(
        given,
        &[
            Kind::String,
            Kind::Date,
            Kind::Moment,
            Kind::Datetime,
            Kind::Timestamp,
        ],
    )
}

fn date(args: &[ColumnarValue], count: usize, safe: bool) -> Result<ColumnarValue> {
    one(args, count, &DataType::Date32, |array| {
        match array.data_type() {
            DataType::Utf8View => dates(array, safe),
            _ => collect::<_, _, Date32Type>(
                array.as_primitive::<TimestampMicrosecondType>(),
                safe,
                |micros| Ok(calendar::in_range(micros.div_euclid(DAY))?),
            ),
        }
    })
}

fn dates(array: &ArrayRef, safe: bool) -> Result<ArrayRef> {
    collect::<_, _, Date32Type>(array.as_string_view(), safe, |x| {
        civil_read::date(x).ok_or_else(|| bad(x, "DATE"))
    })
}

/// To TIMESTAMP or DATETIME; a string without a zone is taken as UTC, a DATETIME ignores none but its own.
fn moment(args: &[ColumnarValue], count: usize, to: DataType, safe: bool) -> Result<ColumnarValue> {
    if let Some(arg) = args.first()
        && arg.data_type() != DataType::Utf8View
    {
        return arg.cast_to(&to, None);
    }
    let zoned = to != datetime();
    on_arrays(args, count, |arrays| {
        let texts = typed::<StringViewArray>(arrays, 0)?;
        let moments = rows(texts, safe, |x: &str| {
            civil_read::moment(x, zoned)
                .ok_or_else(|| bad(x, if zoned { "TIMESTAMP" } else { "DATETIME" }))
        });
        let moments: PrimitiveArray<TimestampMicrosecondType> = moments.collect::<Result<_>>()?;
        Ok(Arc::new(moments.with_data_type(to)) as ArrayRef)
    })
}

/// `DATE('2024-01-31')`.
pub(super) fn string_to_date(args: &[ColumnarValue], count: usize) -> Result<ColumnarValue> {
    date(args, count, false)
}

/// `TIMESTAMP('2024-01-31 12:00:00')`.
pub(super) fn string_to_timestamp(args: &[ColumnarValue], count: usize) -> Result<ColumnarValue> {
    moment(args, count, timestamp(), false)
}
