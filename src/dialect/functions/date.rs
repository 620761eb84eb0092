//! `DATE(..)`, and DATE as a number of days.

use datafusion::arrow::datatypes::{DataType, Date32Type, Int64Type, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::elementwise::{Fault, Operand, map};
use super::rows::{Texts, arg, each};
use super::take::{is_timestamp, with};
use super::zone::Zones;
use super::{Function, calendar, civil_read, exactly, moment};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "date",
        takes: take,
        usage: "DATE takes a STRING, DATETIME or TIMESTAMP, a TIMESTAMP and a time zone, or year, month and day",
        returns: |_| DataType::Date32,
        run: make,
    },
    Function {
        name: "unix_date",
        takes: |given| exactly(given, &[Kind::Date]),
        usage: "UNIX_DATE takes a DATE",
        returns: |_| DataType::Int64,
        run: |args, rows| map::<Date32Type, Int64Type>(args, rows, |day| Ok(Some(day.into()))),
    },
    Function {
        name: "date_from_unix_date",
        takes: |given| exactly(given, &[Kind::Int]),
        usage: "DATE_FROM_UNIX_DATE takes an INT64 of days since 1970-01-01",
        returns: |_| DataType::Date32,
        run: |args, rows| {
            map::<Int64Type, Date32Type>(args, rows, |days| calendar::in_range(days).map(Some))
        },
    },
];

fn take(given: &[DataType]) -> Option<Vec<DataType>> {
    match given {
        [one] => {
            let kind = match Kind::of(one) {
                kind @ (Kind::Date | Kind::String | Kind::Datetime | Kind::Timestamp) => kind,
                Kind::Moment => Kind::Datetime,
                Kind::Null => Kind::Date,
                _ => return None,
            };
            with(kind, &[], &[])
        }
        [value, rest @ ..] if rest.len() == 1 && is_timestamp(value) => {
            with(Kind::Timestamp, rest, &[Kind::String])
        }
        _ => exactly(given, &[Kind::Int; 3]),
    }
}

/// `DATE(x)`, `DATE(x, 'America/New_York')`, `DATE(2024, 1, 31)`.
fn make(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let value = arg(args, 0)?;
    match Kind::of(&value.data_type()) {
        Kind::Date => Ok(value.clone()),
        Kind::Int => from_parts(args, rows),
        Kind::String => {
            let texts = Texts::of(value)?;
            each::<Date32Type>(args, rows, &DataType::Date32, |row| {
                texts.get(row).map(civil_read::date).transpose()
            })
        }
        _ => {
            let moments = Operand::<TimestampMicrosecondType>::of(value)?;
            let zones = Zones::of(args.get(1))?;
            each::<Date32Type>(args, rows, &DataType::Date32, |row| {
                let Some((micros, zone)) = zones.beside(row, moments.get(row))? else {
                    return Ok(None);
                };
                Ok(Some(moment::split(zone.local(micros)?)?.0))
            })
        }
    }
}

fn from_parts(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let [year, month, day] =
        [arg(args, 0)?, arg(args, 1)?, arg(args, 2)?].map(Operand::<Int64Type>::of);
    let (year, month, day) = (year?, month?, day?);
    each::<Date32Type>(args, rows, &DataType::Date32, |row| {
        let (Some(y), Some(m), Some(d)) = (year.get(row), month.get(row), day.get(row)) else {
            return Ok(None);
        };
        let date = calendar::of_parts(y, m, d);
        Ok(Some(date.ok_or(Fault("there is no such date"))?))
    })
}
