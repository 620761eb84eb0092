//! `DATE_ADD`, `DATETIME_SUB` and their like; `date + 3`.

use datafusion::arrow::datatypes::{DataType, Date32Type, Int64Type, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::elementwise::{Operand, zip_with};
use super::moment::OVERFLOW;
use super::parts::Part;
use super::rows::{arg, each};
use super::take::{first, temporal, with};
use super::{Function, calendar, exactly, moment};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "date_add",
        takes: |given| take(given, Kind::Date),
        usage: "DATE_ADD takes a DATE and an INTERVAL of days, weeks, months, quarters or years",
        returns: first,
        run: |args, rows| shift(args, rows, Some),
    },
    Function {
        name: "date_sub",
        takes: |given| take(given, Kind::Date),
        usage: "DATE_SUB takes a DATE and an INTERVAL of days, weeks, months, quarters or years",
        returns: first,
        run: |args, rows| shift(args, rows, i64::checked_neg),
    },
    Function {
        name: "datetime_add",
        takes: |given| take(given, Kind::Datetime),
        usage: "DATETIME_ADD takes a DATETIME and an INTERVAL",
        returns: first,
        run: |args, rows| shift(args, rows, Some),
    },
    Function {
        name: "datetime_sub",
        takes: |given| take(given, Kind::Datetime),
        usage: "DATETIME_SUB takes a DATETIME and an INTERVAL",
        returns: first,
        run: |args, rows| shift(args, rows, i64::checked_neg),
    },
    Function {
        name: "timestamp_add",
        takes: |given| take(given, Kind::Timestamp),
        usage: "TIMESTAMP_ADD takes a TIMESTAMP and an INTERVAL of days or less",
        returns: first,
        run: |args, rows| shift(args, rows, Some),
    },
    Function {
        name: "timestamp_sub",
        takes: |given| take(given, Kind::Timestamp),
        usage: "TIMESTAMP_SUB takes a TIMESTAMP and an INTERVAL of days or less",
        returns: first,
        run: |args, rows| shift(args, rows, i64::checked_neg),
    },
    // `date + 3` and `date - 3`.
    Function {
        name: "$add_days",
        takes: |given| exactly(given, &[Kind::Date, Kind::Int]),
        usage: "to a DATE an INT64 of days is added",
        returns: |_| DataType::Date32,
        run: |args, rows| days(args, rows, i64::checked_add),
    },
    Function {
        name: "$subtract_days",
        takes: |given| exactly(given, &[Kind::Date, Kind::Int]),
        usage: "from a DATE an INT64 of days is subtracted",
        returns: |_| DataType::Date32,
        run: |args, rows| days(args, rows, i64::checked_sub),
    },
];

fn take(given: &[DataType], own: Kind) -> Option<Vec<DataType>> {
    let (value, rest) = given.split_first()?;
    with(temporal(value, own)?, rest, &[Kind::Int, Kind::String])
}

fn shift(
    args: &[ColumnarValue],
    rows: usize,
    sign: fn(i64) -> Option<i64>,
) -> Result<ColumnarValue> {
    let part = Part::named(args.get(2))?;
    let value = arg(args, 0)?;
    let to = value.data_type();
    let count = Operand::<Int64Type>::of(arg(args, 1)?)?;
    let count = |row| match count.get(row) {
        Some(n) => sign(n).ok_or(OVERFLOW).map(Some),
        None => Ok(None),
    };
    if to == DataType::Date32 {
        let days = Operand::<Date32Type>::of(value)?;
        return each::<Date32Type>(args, rows, &to, |row| {
            let (Some(day), Some(n)) = (days.get(row), count(row)?) else {
                return Ok(None);
            };
            Ok(Some(calendar::add(day, n, part)?))
        });
    }
    let add = match Kind::of(&to) {
        Kind::Timestamp => moment::add_exactly,
        _ => moment::add,
    };
    let moments = Operand::<TimestampMicrosecondType>::of(value)?;
    each::<TimestampMicrosecondType>(args, rows, &to, |row| {
        let (Some(micros), Some(n)) = (moments.get(row), count(row)?) else {
            return Ok(None);
        };
        Ok(Some(add(micros, n, part)?))
    })
}

fn days(
    args: &[ColumnarValue],
    rows: usize,
    move_by: fn(i64, i64) -> Option<i64>,
) -> Result<ColumnarValue> {
    zip_with::<Date32Type, Int64Type, Date32Type>(args, rows, |day, n| {
        let day = move_by(day.into(), n).ok_or(OVERFLOW)?;
        calendar::in_range(day).map(Some)
    })
}
