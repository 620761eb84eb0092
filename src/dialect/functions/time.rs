//! `TIME(..)`, `TIME_ADD`, `TIME_SUB`, `TIME_DIFF`, `TIME_TRUNC`.

use datafusion::arrow::datatypes::{
    DataType, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, TIME};
use super::elementwise::{Fault, Operand, map, zip, zip_with};
use super::parts::{DAY, Part};
use super::rows::{arg, each};
use super::take::{is_timestamp, with};
use super::zone::Zones;
use super::{Function, exactly, moment};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "time",
        takes: take,
        usage: "TIME takes a DATETIME or TIMESTAMP, a TIMESTAMP and a time zone, or hour, minute and second",
        returns: |_| TIME,
        run: make,
    },
    Function {
        name: "time_add",
        takes: |given| exactly(given, &[Kind::Time, Kind::Int, Kind::String]),
        usage: "TIME_ADD takes a TIME and an INTERVAL of hours or less",
        returns: |_| TIME,
        run: |args, rows| {
            let unit = Part::of_time(args.get(2))?;
            zip_with::<Time64MicrosecondType, Int64Type, Time64MicrosecondType>(
                args,
                rows,
                |time, n| Ok(Some(moment::add_time(time, n, unit))),
            )
        },
    },
    Function {
        name: "time_sub",
        takes: |given| exactly(given, &[Kind::Time, Kind::Int, Kind::String]),
        usage: "TIME_SUB takes a TIME and an INTERVAL of hours or less",
        returns: |_| TIME,
        run: |args, rows| {
            let unit = Part::of_time(args.get(2))?;
            zip_with::<Time64MicrosecondType, Int64Type, Time64MicrosecondType>(
                args,
                rows,
                // What is more than a day is left off first, so that the least INT64 can be negated.
                |time, n| Ok(Some(moment::add_time(time, -(n % (DAY / unit)), unit))),
            )
        },
    },
    Function {
        name: "time_diff",
        takes: |given| exactly(given, &[Kind::Time, Kind::Time, Kind::String]),
        usage: "TIME_DIFF takes two TIME and a part",
        returns: |_| DataType::Int64,
        run: |args, rows| {
            let unit = Part::of_time(args.get(2))?;
            zip::<Time64MicrosecondType, Int64Type>(args, rows, |a, b| {
                Ok(Some(a / unit - b / unit))
            })
        },
    },
    Function {
        name: "time_trunc",
        takes: |given| exactly(given, &[Kind::Time, Kind::String]),
        usage: "TIME_TRUNC takes a TIME and a part",
        returns: |_| TIME,
        run: |args, rows| {
            let unit = Part::of_time(args.get(1))?;
            map::<Time64MicrosecondType, Time64MicrosecondType>(args, rows, |time| {
                Ok(Some(time / unit * unit))
            })
        },
    },
];

fn take(given: &[DataType]) -> Option<Vec<DataType>> {
    match given {
        [one] => {
            let kind = match Kind::of(one) {
                kind @ (Kind::Time | Kind::Datetime | Kind::Timestamp) => kind,
                Kind::Moment => Kind::Datetime,
                Kind::Null => Kind::Time,
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

fn make(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let value = arg(args, 0)?;
    match Kind::of(&value.data_type()) {
        Kind::Time => Ok(value.clone()),
        Kind::Int => from_parts(args, rows),
        _ => {
            let moments = Operand::<TimestampMicrosecondType>::of(value)?;
            let zones = Zones::of(args.get(1))?;
            each::<Time64MicrosecondType>(args, rows, &TIME, |row| {
                let Some((micros, zone)) = zones.beside(row, moments.get(row))? else {
                    return Ok(None);
                };
                Ok(Some(zone.local(micros)?.rem_euclid(DAY)))
            })
        }
    }
}

fn from_parts(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let hours = Operand::<Int64Type>::of(arg(args, 0)?)?;
    let minutes = Operand::<Int64Type>::of(arg(args, 1)?)?;
    let seconds = Operand::<Int64Type>::of(arg(args, 2)?)?;
    each::<Time64MicrosecondType>(args, rows, &TIME, |row| {
        let (Some(h), Some(m), Some(s)) = (hours.get(row), minutes.get(row), seconds.get(row))
        else {
            return Ok(None);
        };
        let time = moment::of_clock(h, m, s).ok_or(Fault("there is no such time"))?;
        Ok(Some(time.rem_euclid(DAY)))
    })
}
