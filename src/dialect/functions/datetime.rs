//! `DATETIME(..)`.

use datafusion::arrow::datatypes::{
    DataType, Date32Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, datetime};
use super::elementwise::{Fault, Operand};
use super::rows::{Texts, arg, each};
use super::take::{is_timestamp, with};
use super::zone::Zones;
use super::{Function, calendar, civil_read, exactly, moment};

pub(super) const ALL: &[Function] = &[Function {
    name: "datetime",
    takes: take,
    usage: "DATETIME takes a DATE, DATETIME, TIMESTAMP or STRING, a DATE and a TIME, a TIMESTAMP and a time zone, or year, month, day, hour, minute and second",
    returns: |_| datetime(),
    run: make,
}];

fn take(given: &[DataType]) -> Option<Vec<DataType>> {
    match given {
        [one] => {
            let kind = match Kind::of(one) {
                kind @ (Kind::String | Kind::Datetime | Kind::Timestamp) => kind,
                // Whichever it is, in UTC it reads the same.
                Kind::Date | Kind::Moment | Kind::Null => Kind::Datetime,
                _ => return None,
            };
            with(kind, &[], &[])
        }
        [a, b] if Kind::of(b) == Kind::Time || Kind::of(a) == Kind::Date => {
            exactly(given, &[Kind::Date, Kind::Time])
        }
        [value, rest @ ..] if rest.len() == 1 && is_timestamp(value) => {
            with(Kind::Timestamp, rest, &[Kind::String])
        }
        _ => exactly(given, &[Kind::Int; 6]),
    }
}

fn make(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let value = arg(args, 0)?;
    match Kind::of(&value.data_type()) {
        Kind::Datetime => Ok(value.clone()),
        Kind::Date => from_date_and_time(args, rows),
        Kind::Int => from_parts(args, rows),
        Kind::String => {
            let texts = Texts::of(value)?;
            each::<TimestampMicrosecondType>(args, rows, &datetime(), |row| {
                texts.get(row).map(civil_read::datetime).transpose()
            })
        }
        _ => {
            let moments = Operand::<TimestampMicrosecondType>::of(value)?;
            let zones = Zones::of(args.get(1))?;
            each::<TimestampMicrosecondType>(args, rows, &datetime(), |row| {
                let Some((micros, zone)) = zones.beside(row, moments.get(row))? else {
                    return Ok(None);
                };
                Ok(Some(calendar::micros_in_range(zone.local(micros)?)?))
            })
        }
    }
}

fn from_date_and_time(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let days = Operand::<Date32Type>::of(arg(args, 0)?)?;
    let times = Operand::<Time64MicrosecondType>::of(arg(args, 1)?)?;
    each::<TimestampMicrosecondType>(args, rows, &datetime(), |row| {
        let (Some(day), Some(time)) = (days.get(row), times.get(row)) else {
            return Ok(None);
        };
        Ok(Some(calendar::micros_in_range(moment::join(day, time))?))
    })
}

fn from_parts(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let parts = args
        .iter()
        .map(Operand::<Int64Type>::of)
        .collect::<Result<Vec<_>>>()?;
    each::<TimestampMicrosecondType>(args, rows, &datetime(), |row| {
        let parts: Option<Vec<i64>> = parts.iter().map(|part| part.get(row)).collect();
        let Some([year, month, day, hour, minute, second]) = parts.as_deref() else {
            return Ok(None);
        };
        let micros = calendar::of_parts(*year, *month, *day)
            .zip(moment::of_clock(*hour, *minute, *second))
            .map(|(day, time)| moment::join(day, time))
            .ok_or(Fault("there is no such date and time"))?;
        Ok(Some(calendar::micros_in_range(micros)?))
    })
}
